/* small_training.h - trainings that are done before an OpenCL CPU device has started. */
#ifndef CLMLP_BACKEND_SMALL_TRAINING_H
#define CLMLP_BACKEND_SMALL_TRAINING_H

#include <stdbool.h>

#include "clmlp/device.h"

/* Whether the CPU path is to be taken instead of what was found for `spec`. Errors: CLMLP_BAD_ARGUMENT
 * (CLMLP_AUTO_SMALL is another word than never). */
clmlp_status clmlp_small_training(const clmlp_device_info *found, const char *spec,
                                  const clmlp_device_options *options, bool *is_small, clmlp_error *error);

#endif
