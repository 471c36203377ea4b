/* pace.c - launches that take no longer than they may: how much of its work a kernel is given at a time.
 *
 * A display's driver ends kernels that take seconds. So a launch that would take long becomes several, each with some
 * of the work-groups. What a group computes does not depend on the others: the bits are the same.
 *
 * How long work takes is measured, for each kernel: the first launch is small, and the next ones grow by at most GROWTH
 * as long as they stay below half of what is allowed. Launches that are far below it are neither measured nor divided.
 */
#include "backend/opencl/pace.h"

#include <CL/cl_ext.h>
#include <math.h>
#include <string.h>

#include "base/clock.h"

static const double GROWTH = 4.0, FIRST_OPERATIONS = 1e6;
static const double WATCHED = 500.0; /* a quarter of what Windows gives a kernel; Linux gives more */

/* Whether the system ends kernels that take long, as far as a driver says. */
static bool is_watched(const clmlp_opencl *opencl)
{
    cl_bool watched = CL_FALSE; /* drivers without NVIDIA's extension do not know the question */
    const cl_int code = clGetDeviceInfo(opencl->device, CL_DEVICE_KERNEL_EXEC_TIMEOUT_NV, sizeof watched, &watched,
                                        NULL);
    return code == CL_SUCCESS && watched != CL_FALSE;
}

void clmlp_opencl_pace_limit(clmlp_opencl *opencl, double milliseconds)
{
    const bool automatic = milliseconds == 0.0, watched = automatic && is_watched(opencl);
    if (watched) milliseconds = WATCHED;
    if (watched) {
        clmlp_opencl_remark(opencl, "no launch is to take more than %g ms: the system ends kernels that take long here",
                            WATCHED);
    } else if (automatic) {
        clmlp_opencl_remark(opencl, "launches are not divided: nothing says that long ones are ended (--max-launch)");
    } else if (isfinite(milliseconds)) {
        clmlp_opencl_remark(opencl, "no launch is to take more than %g ms, by --max-launch", milliseconds);
    } else {
        clmlp_opencl_remark(opencl, "launches are not divided, by --max-launch");
    }
    opencl->paces.most = isfinite(milliseconds) ? milliseconds / 1000.0 : 0.0;
}

static clmlp_opencl_pace *find(clmlp_opencl *opencl, const char *name)
{
    clmlp_opencl_paces *const paces = &opencl->paces;
    size_t i = 0;
    while (i < paces->count && strcmp(paces->list[i].name, name) != 0) i++;
    /* more kernels than there are: the last ones share a place */
    if (i == CLMLP_OPENCL_PACES) i--;
    if (i == paces->count) paces->list[paces->count++] = (clmlp_opencl_pace){.name = name};
    return &paces->list[i];
}

double clmlp_opencl_pace_allows(clmlp_opencl *opencl, const char *name, double left, double least)
{
    const double target = opencl->paces.most / 2.0;
    if (target <= 0.0) return left;
    const clmlp_opencl_pace *const pace = find(opencl, name);
    if (pace->work <= 0.0) return fmin(left, fmax(least, FIRST_OPERATIONS));
    return fmin(left, fmin(pace->work * GROWTH, pace->work / pace->seconds * target));
}

clmlp_status clmlp_opencl_pace_begin(clmlp_opencl *opencl, const char *name, double left, clmlp_opencl_turn *turn,
                                     clmlp_error *error)
{
    *turn = (clmlp_opencl_turn){.work = clmlp_opencl_pace_allows(opencl, name, left, 0.0)};
    if (opencl->paces.most <= 0.0) return CLMLP_OK;
    turn->pace = find(opencl, name);
    /* what takes long is measured each time: one kernel may have work of several kinds */
    const double known = turn->pace->work, seconds = turn->work / known * turn->pace->seconds;
    turn->timed = known <= 0.0 || turn->work > 2.0 * known || seconds > opencl->paces.most / 8.0;
    if (!turn->timed) return CLMLP_OK;
    TRY_CL(opencl, clFinish(opencl->queue), name, error);
    turn->began = clmlp_seconds();
    return CLMLP_OK;
}

clmlp_status clmlp_opencl_pace_end(clmlp_opencl *opencl, const char *name, const clmlp_opencl_turn *turn, double done,
                                   double left, clmlp_error *error)
{
    if (turn->pace == NULL) return CLMLP_OK;
    if (!turn->timed) {
        /* drivers may send what they gathered as one, and it is one to a watchdog */
        if (done < left) TRY_CL(opencl, clFlush(opencl->queue), name, error);
        return CLMLP_OK;
    }
    TRY_CL(opencl, clFinish(opencl->queue), name, error);
    turn->pace->work = done;
    turn->pace->seconds = fmax(clmlp_seconds() - turn->began, 1e-9);
    return CLMLP_OK;
}
