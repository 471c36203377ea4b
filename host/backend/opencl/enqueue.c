/* enqueue.c - any kernel: its arguments set, enqueued in as many parts as its time asks for, recorded. */
#include <math.h>

#include "backend/opencl/opencl.h"
#include "backend/opencl/pace.h"

/* A part of an NDRange: from work-group `first` on, `count` of them, along both dimensions. */
typedef struct part {
    size_t first[2], count[2];
} part;

static clmlp_status enqueue_part(clmlp_opencl *opencl, const clmlp_launch *launch, const part *p, clmlp_error *error)
{
    const char *const name = launch->interface().name;
    size_t offset[2], global[2];
    for (int d = 0; d < 2; d++) {
        offset[d] = p->first[d] * launch->local[d];
        global[d] = p->count[d] * launch->local[d];
    }
    const bool from_start = offset[0] == 0 && offset[1] == 0; /* some drivers have faster kernels for that */
    TRY_CL(opencl, clEnqueueNDRangeKernel(opencl->queue, launch->kernel, 2, from_start ? NULL : offset, global,
                                          launch->local, 0, NULL, clmlp_opencl_event(opencl)),
           name, error);
    return clmlp_opencl_record(opencl, name, error);
}

/* The part from p->first on that has about `most` of `groups` [2]: whole columns, else some rows of one. */
static void cut(part *p, const size_t groups[2], double most, clmlp_division division)
{
    const double columns = floor(most / (double)groups[0]);
    const size_t left = groups[1] - p->first[1];
    if (division == CLMLP_UNDIVIDED || (p->first[0] == 0 && columns >= (double)left)) {
        p->count[0] = groups[0];
        p->count[1] = left;
    } else if (division == CLMLP_BY_COLUMNS || (p->first[0] == 0 && columns >= 1.0)) {
        p->count[0] = groups[0];
        p->count[1] = columns >= 1.0 ? (size_t)columns : 1;
    } else {
        const size_t rows = groups[0] - p->first[0];
        p->count[0] = most >= (double)rows ? rows : most >= 1.0 ? (size_t)most : 1;
        p->count[1] = 1;
    }
}

static clmlp_status enqueue_parts(clmlp_opencl *opencl, const clmlp_launch *launch, clmlp_error *error)
{
    static const double FEW = 8.0; /* operations of a work-item of which nothing is known */
    const char *const name = launch->pace != NULL ? launch->pace : launch->interface().name;
    const size_t groups[2] = {launch->global[0] / launch->local[0], launch->global[1] / launch->local[1]};
    const double items = (double)launch->global[0] * (double)launch->global[1];
    const double all = launch->work > 0.0 ? launch->work : FEW * items;
    const double one = all / ((double)groups[0] * (double)groups[1]);
    part p = {.first = {0, 0}};
    double left = all;
    while (p.first[1] < groups[1]) {
        clmlp_opencl_turn turn;
        TRY(clmlp_opencl_pace_begin(opencl, name, left, &turn, error));
        cut(&p, groups, turn.work / one, launch->division);
        const double done = one * (double)p.count[0] * (double)p.count[1];
        TRY(enqueue_part(opencl, launch, &p, error));
        TRY(clmlp_opencl_pace_end(opencl, name, &turn, done, left, error));
        left -= done;
        p.first[0] += p.count[0];
        if (p.first[0] < groups[0]) continue;
        p.first[0] = 0;
        p.first[1] += p.count[1];
    }
    return CLMLP_OK;
}

clmlp_status clmlp_opencl_enqueue(clmlp_opencl *opencl, const clmlp_launch *launch, const void *arguments,
                                  clmlp_error *error)
{
    const char *const name = launch->interface().name;
    if (launch->global[0] == 0 || launch->global[1] == 0) return CLMLP_OK;
    if (launch->global[0] > opencl->reach || launch->global[1] > opencl->reach) {
        return clmlp_fail(error, CLMLP_DEVICE, "%s: %s needs %zu x %zu work-items, beyond the device's addresses of %u "
                          "bits", opencl->name, name, launch->global[0], launch->global[1], opencl->base.address_bits);
    }
    TRY_CL(opencl, clmlp_arguments_set(launch->kernel, launch->interface, arguments, launch->states,
                                       opencl->base.precision == CLMLP_F64), name, error);
    if (opencl->paces.most > 0.0) return enqueue_parts(opencl, launch, error);
    const part whole = {.count = {launch->global[0] / launch->local[0], launch->global[1] / launch->local[1]}};
    return enqueue_part(opencl, launch, &whole, error);
}
