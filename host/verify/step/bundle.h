/* bundle.h - a training step in a file, so that it can be done again anywhere: a model file (model/safetensors.h) with
 * theta before the step, and beside it the batch as "x" [M x s_1], scaled, "y" [M x K] and, where examples have
 * weights, "w" [M x 1]. Where the inputs have a learnable scale, there are "raw" [s_2 x (s_1 + 1)], "scale"
 * [1 x (s_1 + 1)] and its state, "scale_state.1", ... [1 x (s_1 + 1)], before the step, column 0 for the bias; and the
 * metadata has "clmlp.replay.input_scale_rate". The metadata has, beside the model's own, "clmlp.replay." why, device,
 * driver, engine, tiles, version, step, seed, rate and decay, and, where there is one, dropout. Of an iteration of
 * lbfgs or cg it has minimiser and length, and "direction.L" beside each theta(l): theta goes from what is there to
 * theta + length direction.
 *
 * Numbers are stored in the precision that the step was computed in, in which they are exact, so the same bits come
 * back; those that are not finite, too: a step that diverged is what bundles are for.
 */
#ifndef CLMLP_VERIFY_BUNDLE_H
#define CLMLP_VERIFY_BUNDLE_H

#include "clmlp/verify.h"
#include "verify/step/step.h"

/* Of clmlp_verify_replay. */
struct clmlp_replay_result {
    clmlp_bundle_info info;
    clmlp_verify_result here;
    bool reference_finite;
};

/* Write x, y, w, theta, rate, decay and precision of a step, and what `info` says (its M and precision are the step's).
 * Of the model only the topology, scaling and names count. Written beside and renamed.
 * Errors: CLMLP_IO, CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_bundle_write(const char *path, const clmlp_model *model, const clmlp_step_record *step,
                                const clmlp_bundle_info *info, clmlp_error *error);

/* *model (topology and theta) and *step (its inputs; all else is to be filled). The caller destroys both, the step
 * first: its sizes are the model's.
 * Errors: CLMLP_IO, CLMLP_BAD_INPUT (what is not as in a bundle), CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_bundle_read(const char *path, clmlp_model **model, clmlp_step_record **step, clmlp_bundle_info *info,
                               clmlp_error *error);

/* info's device, driver, engine, tiles, precision and version from what computes. */
void clmlp_bundle_describe(clmlp_bundle_info *info, const clmlp_device *device);

#endif
