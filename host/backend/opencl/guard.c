/* guard.c - guard zones around buffers that show writes out of bounds.
 *
 * Each buffer is cut out of a larger one, between two zones of a known pattern that no kernel may touch.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/opencl/opencl.h"
#include "base/memory.h"

enum { LEAST_ZONE = 4096 }; /* bytes; more where the device aligns buffers to more */
static const cl_uchar PATTERN = 0xa5;

typedef struct clmlp_opencl_guarded {
    cl_mem whole;  /* zone, buffer, zone */
    size_t used;   /* bytes of the buffer */
} clmlp_opencl_guarded;

void clmlp_opencl_guard(clmlp_backend *backend, bool on)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    clmlp_opencl_guards *guards = &opencl->guards;
    guards->on = on;
    if (on) return;
    for (size_t i = 0; i < guards->count; i++) (void)clReleaseMemObject(guards->list[i].whole);
    free(guards->list);
    *guards = (clmlp_opencl_guards){.on = false};
}

/* Sub-buffers begin where the device can align them. */
static size_t zone_of(clmlp_opencl *opencl)
{
    cl_uint bits = 0;
    (void)clGetDeviceInfo(opencl->device, CL_DEVICE_MEM_BASE_ADDR_ALIGN, sizeof bits, &bits, NULL);
    return bits / 8 > LEAST_ZONE ? bits / 8 : LEAST_ZONE;
}

clmlp_status clmlp_opencl_guarded_buffer(clmlp_opencl *opencl, size_t bytes, cl_mem *out, clmlp_error *error)
{
    clmlp_opencl_guards *guards = &opencl->guards;
    cl_int code = CL_SUCCESS;
    if (guards->zone == 0) guards->zone = zone_of(opencl);
    const size_t zone = guards->zone, used = bytes > 0 ? bytes : 1;
    const size_t whole = used + 2 * zone;
    TRY(clmlp_grow(&guards->list, &guards->capacity, guards->count + 1, sizeof *guards->list, "guard zones", error));
    clmlp_opencl_guarded *entry = &guards->list[guards->count];
    entry->used = used;
    entry->whole = clmlp_opencl_new_buffer(opencl, CL_MEM_READ_WRITE, whole, NULL, &code);
    TRY_CL(opencl, code, "making guard zones", error);
    guards->count++; /* and with it who releases it */
    TRY_CL(opencl,
           clEnqueueFillBuffer(opencl->queue, entry->whole, &PATTERN, sizeof PATTERN, 0, whole, 0, NULL, NULL),
           "filling guard zones", error);
    const cl_buffer_region region = {zone, used};
    *out = clCreateSubBuffer(entry->whole, CL_MEM_READ_WRITE, CL_BUFFER_CREATE_TYPE_REGION, &region, &code);
    code = clmlp_opencl_made(code, *out);
    TRY_CL(opencl, code, "making guard zones", error);
    return CLMLP_OK;
}

/* The first byte of a zone, at `offset`, that is not as it was, or `zone`. */
static clmlp_status first_broken(clmlp_opencl *opencl, cl_mem whole, size_t offset, unsigned char *bytes,
                                 size_t *found, clmlp_error *error)
{
    const size_t zone = opencl->guards.zone;
    TRY_CL(opencl, clEnqueueReadBuffer(opencl->queue, whole, CL_TRUE, offset, zone, bytes, 0, NULL, NULL),
           "reading guard zones", error);
    for (*found = 0; *found < zone && bytes[*found] == PATTERN;) (*found)++;
    return CLMLP_OK;
}

/* A zone as it was, so that whoever comes next is not blamed. */
static clmlp_status repair(clmlp_opencl *opencl, cl_mem whole, size_t offset, bool *broken, clmlp_error *error)
{
    *broken = true;
    TRY_CL(opencl,
           clEnqueueFillBuffer(opencl->queue, whole, &PATTERN, sizeof PATTERN, offset, opencl->guards.zone, 0, NULL,
                               NULL),
           "filling guard zones", error);
    return CLMLP_OK;
}

clmlp_status clmlp_opencl_guards_broken(clmlp_backend *backend, bool *broken, char *text, size_t size,
                                        clmlp_error *error)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    const clmlp_opencl_guards *guards = &opencl->guards;
    unsigned char *bytes = NULL;
    clmlp_status status = CLMLP_OK;
    *broken = false;
    TRY(clmlp_allocate(&bytes, guards->zone, 1, "guard zones", error));
    for (size_t i = 0; i < guards->count && !*broken; i++) {
        const clmlp_opencl_guarded *g = &guards->list[i];
        const size_t behind = guards->zone + g->used;
        size_t found = 0;
        TRY_CLEANUP(first_broken(opencl, g->whole, 0, bytes, &found, error));
        if (found < guards->zone) {
            (void)snprintf(text, size, "byte %zu before a buffer of %zu bytes was overwritten (found 0x%02x)",
                           guards->zone - found, g->used, (unsigned)bytes[found]);
            TRY_CLEANUP(repair(opencl, g->whole, 0, broken, error));
        }
        TRY_CLEANUP(first_broken(opencl, g->whole, behind, bytes, &found, error));
        if (found < guards->zone) {
            (void)snprintf(text, size, "byte %zu behind a buffer of %zu bytes was overwritten (found 0x%02x)", found,
                           g->used, (unsigned)bytes[found]);
            TRY_CLEANUP(repair(opencl, g->whole, behind, broken, error));
        }
    }
cleanup:
    free(bytes);
    return status;
}
