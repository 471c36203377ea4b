/* engine.h - what an engine is: a way to compute the equations on the OpenCL runtime. Each has a folder of its own. */
#ifndef CLMLP_BACKEND_OPENCL_ENGINE_H
#define CLMLP_BACKEND_OPENCL_ENGINE_H

#include "backend/opencl/borrow.h"
#include "backend/opencl/opencl.h"

struct clmlp_probe_tile; /* probe/probe.h */

typedef struct clmlp_opencl_engine {
    clmlp_engine engine;
    const clmlp_backend_ops *ops;
    /* Choose tiles and say them in base.tiles and base.tuned; builds nothing and leaves nothing to release. Of the
     * runtime, device, precision and what the caller asks for count, so that it works before a context is there, too.
     * Errors: CLMLP_BAD_ARGUMENT, tiles that are asked for and impossible. */
    clmlp_status (*plan)(clmlp_opencl *opencl, clmlp_error *error);
    /* The same, and build the kernels. What is made before an error is released with release. */
    clmlp_status (*create)(clmlp_opencl *opencl, clmlp_error *error);
    void (*release)(clmlp_opencl *opencl);
    /* Tiles that are worth trying; the first is what the engine takes by itself. Of the runtime, device, precision and
     * family count. *list released with free(). */
    clmlp_status (*candidates)(const clmlp_opencl *opencl, clmlp_tiles **list, size_t *count, clmlp_error *error);
    /* The tile that the engine takes for the product of an equation; see clmlp_probe_ops. */
    void (*tile)(const clmlp_opencl *opencl, clmlp_equation equation, size_t rows, size_t columns, size_t length,
                 struct clmlp_probe_tile *tile);
    /* How a THETA or THETA_ONE_WAY matrix lies in memory, with column 0 or without. */
    clmlp_opencl_span (*span)(const clmlp_opencl *opencl, const clmlp_tensor *tensor, bool bias);
    /* Under which name tiles are stored for the device; NULL: the environment makes no sense. */
    const char *(*family)(const clmlp_opencl *opencl);
} clmlp_opencl_engine;

/* Entries of the table that are the runtime's with every engine. */
#define CLMLP_OPENCL_RUNTIME_OPS                             \
    .tensor_copy = clmlp_opencl_tensor_copy,                 \
    .tensor_upload_wait = clmlp_opencl_tensor_upload_wait,   \
    .tensor_used = clmlp_opencl_tensor_used,                 \
    .staging_create = clmlp_opencl_staging_create,           \
    .staging_destroy = clmlp_opencl_staging_destroy,         \
    .tensor_place = clmlp_opencl_tensor_place,               \
    .borrow_begin = clmlp_opencl_borrow_begin,               \
    .scores_reserve = clmlp_opencl_scores_reserve,           \
    .scores_read = clmlp_opencl_scores_read,                 \
    .dot = clmlp_opencl_dot,                                 \
    .sums_read = clmlp_opencl_sums_read,                     \
    .clip_factor = clmlp_opencl_clip_factor,                 \
    .combine = clmlp_opencl_combine,                         \
    .flush = clmlp_opencl_flush,                             \
    .destroy = clmlp_opencl_destroy,                         \
    .profile = clmlp_opencl_profile_switch,                  \
    .profile_take = clmlp_opencl_profile_take

#endif
