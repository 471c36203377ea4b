/* opencl.h - which call of OpenCL fails: for the parts of the library for LD_PRELOAD. */
#ifndef TEST_FAILING_OPENCL_H
#define TEST_FAILING_OPENCL_H

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <stdbool.h>

#include "layer.h"

BEGIN_HIDDEN

/* Whether this call is to fail. */
bool fails(const char *name);
/* What a failing call that makes something says. */
extern cl_int failing_code;

#define FAIL(name) \
    if (fails(#name)) return CL_OUT_OF_RESOURCES
#define FAIL_NULL(name)                                \
    if (fails(#name)) {                                \
        if (code != NULL) *code = failing_code;        \
        return NULL;                                   \
    }

/* Flip the wanted bit of what was read, where this is the wanted read. Passes the code of the read on. memory: NULL
 * when nothing was read yet. */
cl_int spoiled(const char *name, cl_int code, void *memory, size_t bytes);

extern const char LEFT_EVENT[], LEFT_MAP[];
/* Keep in mind the event of a call that went well, if the program asked for one. Returns the call's code. */
cl_int note_event(cl_int code, const cl_event *event, const void *maker);
/* An object is given back: it has to be there. A call that fails on demand counts, too: the program did what it can. */
void note_released(const void *object, const char *kind);

/* After the program waited: transfers that are done are forgotten. Passes the code of the wait on. */
cl_int waited(cl_int code);

END_HIDDEN
#endif
