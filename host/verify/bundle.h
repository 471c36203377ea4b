/* bundle.h - a training step in a file, so that it can be done again anywhere: a model file (model/safetensors.h) with
 * theta before the step, and beside it the batch as "x" [M x s_1] and "y" [M x K], and in the metadata, under
 * "clmlp.replay.", why, device, driver, engine, tiles, step, rate, decay. */
#ifndef CLMLP_VERIFY_BUNDLE_H
#define CLMLP_VERIFY_BUNDLE_H

#include "clmlp/verify.h"
#include "verify/step.h"

/* Write x, y, theta, rate and decay of a step, and what `info` says. Written beside and renamed. */
clmlp_status clmlp_bundle_write(const char *path, const clmlp_model *model, const clmlp_step *step,
                                const clmlp_bundle_info *info, clmlp_error *error);

/* *model (topology and theta; destroyed by the caller) and *step (its inputs; all else is room). */
clmlp_status clmlp_bundle_read(const char *path, clmlp_model **model, clmlp_step **step, clmlp_bundle_info *info,
                               clmlp_error *error);

/* info's device, engine, tiles, precision and version from what computes. */
void clmlp_bundle_describe(clmlp_bundle_info *info, const clmlp_device *device);

#endif
