/* scores.c - costs and hits of each batch: partial sums on the device, added up on the host.
 *
 * Each work-group that adds up costs leaves one pair of numbers and one count. A slot has its work-groups' pairs side
 * by side, and slots follow each other. The host adds a slot's pairs in double, in order.
 */
#include <math.h>
#include <stdlib.h>

#include "backend/opencl/opencl.h"
#include "base/memory.h"
#include "common/codes.h"

void clmlp_opencl_scores_release(clmlp_opencl *opencl)
{
    cl_mem *buffers[] = {&opencl->scores, &opencl->rights, &opencl->row_cost, &opencl->row_right};
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++) {
        if (*buffers[i] != NULL) (void)clReleaseMemObject(*buffers[i]);
        *buffers[i] = NULL;
    }
    free(opencl->score_end);
    opencl->score_end = NULL;
    opencl->base.memory_used -= opencl->score_bytes;
    opencl->slots = opencl->rows = opencl->parts = opencl->score_bytes = 0;
}

static clmlp_status create_buffer(clmlp_opencl *opencl, size_t count, size_t size, cl_mem *out, clmlp_error *error)
{
    cl_int code = CL_SUCCESS;
    size_t bytes = 0;
    if (!clmlp_multiply(count, size, &bytes) || bytes > opencl->reach) {
        return clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "%s: %zu costs are too many", opencl->name, count);
    }
    *out = clCreateBuffer(opencl->context, CL_MEM_READ_WRITE, bytes, NULL, &code);
    code = clmlp_opencl_made(code, *out);
    TRY_CL(opencl, code, "making room for the costs", error);
    opencl->score_bytes += bytes;
    opencl->base.memory_used += bytes;
    if (opencl->base.memory_used > opencl->base.memory_peak) opencl->base.memory_peak = opencl->base.memory_used;
    return CLMLP_OK;
}

clmlp_status clmlp_opencl_scores_reserve(clmlp_backend *backend, size_t slots, size_t rows, size_t total,
                                         clmlp_error *error)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    const size_t real = clmlp_precision_size(backend->precision);
    /* every batch has at most one part more than its rows fill */
    const size_t parts = opencl->score_rows == 0 ? slots : slots + total / opencl->score_rows;
    if (slots <= opencl->slots && rows <= opencl->rows && parts <= opencl->parts) return CLMLP_OK;
    const size_t new_slots = clmlp_larger(slots, opencl->slots), new_rows = clmlp_larger(rows, opencl->rows);
    const size_t new_parts = clmlp_larger(parts, opencl->parts);
    clmlp_opencl_scores_release(opencl);
    TRY(clmlp_allocate(&opencl->score_end, new_slots + 1, sizeof *opencl->score_end, "the costs", error));
    TRY(create_buffer(opencl, new_parts, 2 * real, &opencl->scores, error));
    TRY(create_buffer(opencl, new_parts, sizeof(cl_uint), &opencl->rights, error));
    if (opencl->score_rows == 0) {
        TRY(create_buffer(opencl, new_rows, real, &opencl->row_cost, error));
        TRY(create_buffer(opencl, new_rows, sizeof(cl_uint), &opencl->row_right, error));
    }
    opencl->slots = new_slots;
    opencl->rows = new_rows;
    opencl->parts = new_parts;
    return CLMLP_OK;
}

size_t clmlp_opencl_score_offset(clmlp_opencl *opencl, size_t slot, size_t parts)
{
    const size_t begin = opencl->score_end[slot];
    opencl->score_end[slot + 1] = begin + parts;
    return begin;
}

/* Both wait: memory of a read that does not must outlive a failure of the next one. */
static clmlp_status read_block(clmlp_opencl *opencl, size_t first, size_t count, void *pairs, cl_uint *rights,
                               clmlp_error *error)
{
    const size_t pair = 2 * clmlp_precision_size(opencl->base.precision);
    TRY_CL(opencl,
           clEnqueueReadBuffer(opencl->queue, opencl->scores, CL_TRUE, first * pair, count * pair, pairs, 0, NULL,
                               NULL),
           "reading the costs", error);
    TRY_CL(opencl,
           clEnqueueReadBuffer(opencl->queue, opencl->rights, CL_TRUE, first * sizeof *rights, count * sizeof *rights,
                               rights, 0, NULL, NULL),
           "reading the costs", error);
    return CLMLP_OK;
}

/* What rounding took of an infinite sum is NaN, and nothing to add. */
static double whole(double sum, double lost)
{
    return isinf(sum) ? sum : sum + lost;
}

static clmlp_batch_score add_parts(const clmlp_opencl *opencl, const void *pairs, const cl_uint *rights, size_t begin,
                                   size_t end)
{
    clmlp_batch_score score = {0.0, 0.0};
    for (size_t i = begin; i < end; i++) {
        score.cost += opencl->base.precision == CLMLP_F64
                          ? whole(((const double *)pairs)[2 * i], ((const double *)pairs)[2 * i + 1])
                          : whole((double)((const float *)pairs)[2 * i], (double)((const float *)pairs)[2 * i + 1]);
        score.right += (double)rights[i];
    }
    return score;
}

clmlp_status clmlp_opencl_scores_read(clmlp_backend *backend, size_t first, size_t count, clmlp_batch_score *scores,
                                      clmlp_error *error)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    void *pairs = NULL;
    cl_uint *rights = NULL;
    clmlp_status status = CLMLP_OK;
    if (count == 0) return CLMLP_OK;
    const size_t *end = opencl->score_end;
    const size_t begin = end[first], parts = end[first + count] - begin;

    TRY_CLEANUP(clmlp_allocate(&pairs, parts, 2 * sizeof(double), "the costs of an epoch", error));
    TRY_CLEANUP(clmlp_allocate(&rights, parts, sizeof *rights, "the costs of an epoch", error));
    TRY_CLEANUP(read_block(opencl, begin, parts, pairs, rights, error));
    for (size_t i = 0; i < count; i++) {
        scores[i] = add_parts(opencl, pairs, rights, end[first + i] - begin, end[first + i + 1] - begin);
    }
cleanup:
    free(pairs);
    free(rights);
    return status;
}
