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

#define FAIL(name) \
    if (fails(#name)) return CL_OUT_OF_RESOURCES
#define FAIL_NULL(name)                                \
    if (fails(#name)) {                                \
        if (code != NULL) *code = CL_OUT_OF_RESOURCES; \
        return NULL;                                   \
    }

extern const char LEFT_EVENT[], LEFT_MAP[];
/* Keep in mind the event of a call that went well, if the program asked for one. Returns the call's code. */
cl_int note_event(cl_int code, const cl_event *event, const void *maker);
/* An object is given back: it has to be there. A call that fails on demand counts, too: the program did what it can. */
void note_released(const void *object, const char *kind);

/* After the program waited: transfers that are done are forgotten. Passes the code of the wait on. */
cl_int waited(cl_int code);

END_HIDDEN
#endif
