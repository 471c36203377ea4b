/* system.h - which call of the C library fails: for the parts of the library for LD_PRELOAD. */
#ifndef TEST_FAILING_SYSTEM_H
#define TEST_FAILING_SYSTEM_H

#include <errno.h>
#include <stdbool.h>

#include "layer.h"

#define KIND_LIST(K)                                                                                                \
    K(malloc) K(open) K(read) K(write) K(flush) K(fsync) K(ftruncate) K(fallocate) K(rename) K(link) K(stat) K(seek) \
    K(lock) K(thread) K(spawn) K(socket) K(send) K(recv) K(poll)

typedef enum kind {
#define KIND_CODE(name) KIND_##name,
    KIND_LIST(KIND_CODE)
#undef KIND_CODE
    KINDS
} kind;

BEGIN_HIDDEN

/* Whether this call, from that address, is to fail. */
bool fails(kind k, const void *from, const char *function);
/* Whether all later calls fail, too. */
bool fails_on(void);

#define FAILS(k, name) fails(KIND_##k, CALLER, #name)
#define FAIL(k, name, number, value) \
    if (FAILS(k, name)) {            \
        errno = (number);            \
        return (value);              \
    }

extern const char LEFT_MEMORY[], LEFT_DESCRIPTOR[], LEFT_STREAM[], LEFT_FOLDER[];
/* Keep an object in mind, if one of the modules that count made it. */
void note_made(const void *object, const char *what, const void *maker);
/* Descriptors are numbers. */
#define NUMBERED(descriptor) ((const void *)((uintptr_t)(descriptor) + 1))

END_HIDDEN
#endif
