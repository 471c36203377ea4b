/* take.h - what all comparisons of steps are given, checked alike. */
#ifndef CLMLP_VERIFY_TAKE_H
#define CLMLP_VERIFY_TAKE_H

#include "base/error.h"
#include "clmlp/verify.h"

/* *own, which has the defaults, becomes the caller's configuration. Errors: CLMLP_BAD_ARGUMENT (a code that is none, no
 * model or device, an ensemble). */
clmlp_status clmlp_lockstep_take(clmlp_verify_config *own, const clmlp_verify_config *config, const clmlp_model *model,
                                 const clmlp_device *device, clmlp_error *error);

#endif
