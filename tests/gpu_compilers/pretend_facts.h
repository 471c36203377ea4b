/* pretend_facts.h - what the files of the OpenCL library that pretends share. */
#ifndef TEST_PRETEND_FACTS_H
#define TEST_PRETEND_FACTS_H

#include <CL/cl.h>
#include <string.h>

#include "pretend.h"

typedef struct vendor {
    const char *vendor, *platform, *version, *driver, *extensions;
    cl_uint id;
} vendor;

typedef struct facts {
    const char *key, *name;
    const vendor *maker;
    size_t group;
    cl_ulong local;
    cl_uint units, wave, major, minor;
    bool fp64;
} facts;

extern const facts *pretend_now;
extern void *const pretend_anything; /* a handle that nobody looks into */

/* Answers to a question. */
static inline cl_int answer(const void *value, size_t size, size_t room, void *to, size_t *needed)
{
    if (needed != NULL) *needed = size;
    if (to == NULL) return CL_SUCCESS;
    if (room < size) return CL_INVALID_VALUE;
    memcpy(to, value, size);
    return CL_SUCCESS;
}

static inline cl_int say(const char *text, size_t room, void *to, size_t *needed)
{
    return answer(text, strlen(text) + 1, room, to, needed);
}

#define ANSWER(type, ...) \
    do { \
        const type value = __VA_ARGS__; \
        return answer(&value, sizeof value, room, to, needed); \
    } while (0)

#endif
