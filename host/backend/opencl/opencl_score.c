#include "backend/opencl/opencl.h"
#include "base/memory.h"
#include "codes.h"

#include <stdlib.h>

void clmlp_opencl_scores_release(clmlp_opencl *opencl)
{
    cl_mem *buffers[] = {&opencl->scores, &opencl->rights, &opencl->row_cost, &opencl->row_right};
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++) {
        if (*buffers[i] != NULL) (void)clReleaseMemObject(*buffers[i]);
        *buffers[i] = NULL;
    }
    opencl->base.memory_used -= opencl->score_bytes;
    opencl->slots = opencl->rows = opencl->score_bytes = 0;
}

static clmlp_status create_buffer(clmlp_opencl *opencl, size_t count, size_t size, cl_mem *out, clmlp_error *error)
{
    cl_int code = CL_SUCCESS;
    size_t bytes = 0;
    if (!clmlp_multiply(count, size, &bytes)) {
        return clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "%s: %zu costs are too many", opencl->name, count);
    }
    *out = clCreateBuffer(opencl->context, CL_MEM_READ_WRITE, bytes, NULL, &code);
    TRY_CL(opencl, code, "making room for the costs", error);
    opencl->score_bytes += bytes;
    opencl->base.memory_used += bytes;
    if (opencl->base.memory_used > opencl->base.memory_peak) opencl->base.memory_peak = opencl->base.memory_used;
    return CLMLP_OK;
}

clmlp_status clmlp_opencl_scores_reserve(clmlp_backend *backend, size_t slots, size_t rows, clmlp_error *error)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    const size_t real = clmlp_precision_size(backend->precision);
    if (slots <= opencl->slots && rows <= opencl->rows) return CLMLP_OK;
    const size_t new_slots = slots > opencl->slots ? slots : opencl->slots;
    const size_t new_rows = rows > opencl->rows ? rows : opencl->rows;
    clmlp_opencl_scores_release(opencl);
    TRY(create_buffer(opencl, new_slots, 2 * real, &opencl->scores, error));
    TRY(create_buffer(opencl, new_slots, sizeof(cl_uint), &opencl->rights, error));
    TRY(create_buffer(opencl, new_rows, real, &opencl->row_cost, error));
    TRY(create_buffer(opencl, new_rows, sizeof(cl_uint), &opencl->row_right, error));
    opencl->slots = new_slots;
    opencl->rows = new_rows;
    return CLMLP_OK;
}

static clmlp_status read_block(clmlp_opencl *opencl, size_t first, size_t count, void *pairs, cl_uint *rights,
                               clmlp_error *error)
{
    const size_t pair = 2 * clmlp_precision_size(opencl->base.precision);
    TRY_CL(opencl,
           clEnqueueReadBuffer(opencl->queue, opencl->scores, CL_FALSE, first * pair, count * pair, pairs, 0, NULL,
                               NULL),
           "reading the costs", error);
    TRY_CL(opencl,
           clEnqueueReadBuffer(opencl->queue, opencl->rights, CL_TRUE, first * sizeof *rights, count * sizeof *rights,
                               rights, 0, NULL, NULL),
           "reading the costs", error);
    return CLMLP_OK;
}

clmlp_status clmlp_opencl_scores_read(clmlp_backend *backend, size_t first, size_t count, clmlp_batch_score *scores,
                                      clmlp_error *error)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    void *pairs = NULL;
    cl_uint *rights = NULL;
    clmlp_status status = CLMLP_OK;

    TRY_CLEANUP(clmlp_allocate(&pairs, count, 2 * sizeof(double), "the costs of an epoch", error));
    TRY_CLEANUP(clmlp_allocate(&rights, count, sizeof *rights, "the costs of an epoch", error));
    TRY_CLEANUP(read_block(opencl, first, count, pairs, rights, error));
    for (size_t i = 0; i < count; i++) {
        const double sum = backend->precision == CLMLP_F64
                               ? ((const double *)pairs)[2 * i] + ((const double *)pairs)[2 * i + 1]
                               : (double)((const float *)pairs)[2 * i] + (double)((const float *)pairs)[2 * i + 1];
        scores[i] = (clmlp_batch_score){.cost = sum, .right = (double)rights[i]};
    }
cleanup:
    free(pairs);
    free(rights);
    return status;
}
