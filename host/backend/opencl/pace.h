/* pace.h - how much of its work a launch is given, so that it takes no longer than max_launch. */
#ifndef CLMLP_BACKEND_OPENCL_PACE_H
#define CLMLP_BACKEND_OPENCL_PACE_H

#include "backend/opencl/opencl.h"

/* See clmlp_device_options.max_launch. */
void clmlp_opencl_pace_limit(clmlp_opencl *opencl, double milliseconds);

/* One launch of a kernel that may have to be one of several. */
typedef struct clmlp_opencl_turn {
    double work; /* operations that it may have; its least part may be more */
    bool timed;
    double began;
    clmlp_opencl_pace *pace; /* NULL: there is no limit */
} clmlp_opencl_turn;

/* Before the next launch of the kernel `name`, a literal, which has `left` operations to do. Waits for the device where
 * the launch is to be measured. */
clmlp_status clmlp_opencl_pace_begin(clmlp_opencl *opencl, const char *name, double left, clmlp_opencl_turn *turn,
                                     clmlp_error *error);
/* After it, when `done` operations were enqueued, of `left`. */
clmlp_status clmlp_opencl_pace_end(clmlp_opencl *opencl, const char *name, const clmlp_opencl_turn *turn, double done,
                                   double left, clmlp_error *error);

/* What begin would allow of `left`, with nothing measured yet at least `least`. */
double clmlp_opencl_pace_allows(clmlp_opencl *opencl, const char *name, double left, double least);

#endif
