/* vectors.c - dot products and sums of matrices that lie as theta does.
 *
 * Each work-group leaves a pair of numbers, whose sum is its part of a dot product; one more work-group adds the parts
 * of all layers. The result stays on the device as a pair, in its slot. Which numbers a work-group takes follows from
 * the matrix alone, so the bits are the same in every run.
 */
#include <string.h>

#include "backend/opencl/engine.h"
#include "base/memory.h"
#include "common/codes.h"

void clmlp_opencl_sums_release(clmlp_opencl *opencl)
{
    if (opencl->sums != NULL) (void)clReleaseMemObject(opencl->sums);
    if (opencl->sum_parts != NULL) (void)clReleaseMemObject(opencl->sum_parts);
    opencl->sums = opencl->sum_parts = NULL;
    opencl->base.memory_used -= opencl->sum_bytes;
    opencl->sum_parts_room = opencl->sum_bytes = 0;
}

static clmlp_status create(clmlp_opencl *opencl, size_t pairs, cl_mem *out, clmlp_error *error)
{
    const size_t bytes = pairs * 2 * clmlp_precision_size(opencl->base.precision); /* some for each layer: it fits */
    TRY(clmlp_opencl_create_buffer(opencl, bytes, out, error));
    opencl->sum_bytes += bytes;
    opencl->base.memory_used += bytes;
    if (opencl->base.memory_used > opencl->base.memory_peak) opencl->base.memory_peak = opencl->base.memory_used;
    return CLMLP_OK;
}

/* Sums that were there are lost where more layers than ever are added up. */
static clmlp_status reserve(clmlp_opencl *opencl, size_t layers, clmlp_error *error)
{
    if (layers * DOT_GROUPS <= opencl->sum_parts_room) return CLMLP_OK;
    clmlp_opencl_sums_release(opencl);
    TRY(create(opencl, CLMLP_SUMS, &opencl->sums, error));
    TRY(create(opencl, layers * DOT_GROUPS, &opencl->sum_parts, error));
    opencl->sum_parts_room = layers * DOT_GROUPS;
    return CLMLP_OK;
}

clmlp_status clmlp_opencl_dot(clmlp_backend *backend, const clmlp_dot_args *args, clmlp_error *error)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    size_t parts = 0;
    TRY(reserve(opencl, args->layers, error));
    for (size_t l = 0; l < args->layers; l++) {
        const clmlp_opencl_span s = opencl->engine->span(opencl, args->x[l], args->bias);
        const size_t chunks = s.panels * ((s.extent + DOT_CHUNK - 1) / DOT_CHUNK);
        const size_t groups = chunks < DOT_GROUPS ? chunks : DOT_GROUPS;
        const clmlp_dot_parts_arguments arguments = {
            .x = clmlp_opencl_buffer(args->x[l]), .y = clmlp_opencl_buffer(args->y[l]), .panels = s.panels,
            .stride = s.stride, .begin = s.begin, .extent = s.extent, .width = s.width, .last = s.last,
            .first = parts, .parts = opencl->sum_parts};
        TRY(clmlp_opencl_launch(opencl, KERNEL_dot_parts, groups * SCORE_GROUP, SCORE_GROUP, &arguments, error));
        parts += groups;
    }
    const clmlp_add_parts_arguments arguments = {
        .parts = opencl->sum_parts, .count = parts, .slot = args->slot, .sums_of = opencl->sums};
    return clmlp_opencl_launch(opencl, KERNEL_add_parts, SCORE_GROUP, SCORE_GROUP, &arguments, error);
}

clmlp_status clmlp_opencl_sums_read(clmlp_backend *backend, size_t first, size_t count, double *sums,
                                    clmlp_error *error)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    const size_t pair = 2 * clmlp_precision_size(backend->precision);
    char pairs[CLMLP_SUMS * sizeof(double[2])];
    TRY_CL(opencl,
           clEnqueueReadBuffer(opencl->queue, opencl->sums, CL_TRUE, first * pair, count * pair, pairs, 0, NULL, NULL),
           "reading sums", error);
    for (size_t i = 0; i < count; i++) {
        double wide[2];
        float narrow[2];
        if (backend->precision == CLMLP_F64) {
            memcpy(wide, pairs + i * sizeof wide, sizeof wide);
        } else {
            memcpy(narrow, pairs + i * sizeof narrow, sizeof narrow);
            for (int k = 0; k < 2; k++) wide[k] = (double)narrow[k];
        }
        sums[i] = wide[0] + wide[1];
    }
    return CLMLP_OK;
}

clmlp_status clmlp_opencl_clip_factor(clmlp_backend *backend, size_t slot, double limit, clmlp_error *error)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    const clmlp_clip_factor_arguments arguments = {
        .sums_of = opencl->sums, .slot = slot, .limit = limit, .margin = CLMLP_CLIP_MARGIN};
    return clmlp_opencl_launch(opencl, KERNEL_clip_factor, 1, 1, &arguments, error);
}

clmlp_status clmlp_opencl_combine(clmlp_backend *backend, const clmlp_combine_args *args, clmlp_error *error)
{
    clmlp_opencl *opencl = (clmlp_opencl *)backend;
    const clmlp_opencl_tensor *const result = (const clmlp_opencl_tensor *)args->result;
    const clmlp_opencl_span s = opencl->engine->span(opencl, args->result, true);
    const size_t global[2] = {s.extent, s.panels};
    const clmlp_combine_arguments arguments = {
        .x = clmlp_opencl_buffer(args->x), .a = args->a.constant, .a_slot = args->a.slot,
        .y = clmlp_opencl_buffer(args->y), .b = args->b.constant, .b_slot = args->b.slot, .sums_of = opencl->sums,
        .result = result->buffer, .panels = s.panels, .stride = s.stride, .extent = s.extent, .width = s.width,
        .last = s.last, .copy = result->copy, .copy_stride = result->copy_stride,
        .copied = args->result->columns - 1};
    const size_t group = clmlp_smaller(SCORE_GROUP, opencl->group);
    return clmlp_opencl_launch_over(opencl, KERNEL_combine, global, group, &arguments, error);
}
