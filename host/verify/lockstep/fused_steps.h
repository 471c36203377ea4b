/* fused_steps.h - check a backend's fused steps against single steps.
 *
 * Training uses the entry `steps` of a backend where several steps go into one call.
 */
#ifndef CLMLP_VERIFY_FUSED_STEPS_H
#define CLMLP_VERIFY_FUSED_STEPS_H

#include "clmlp/verify.h"
#include "train/batch_loader.h"
#include "verify/step/step.h"

/* Take `count` steps from the model's theta once more, fused as the backend likes, over the loader's batches in the
 * order of training. theta must then have the bits of step->theta, which single steps left, state those of
 * step->state, and each step's cost those of `costs`.
 *   M, shuffles  of the loader's passes; config: seed
 *   costs        [count], of the single steps
 *   findings     [(1 + states)(L - 1) + 1], one for each theta(l), then for each state, then of the costs: equation
 *                "steps", step `count`; of a cost that is wrong its step
 *   taken        how many steps went into such calls; 0: the backend wants none, and there are no findings */
clmlp_status clmlp_check_fused_steps(clmlp_batch_loader *loader, const clmlp_model *model,
                                     const clmlp_step_record *step, size_t M, bool shuffles, uint64_t seed,
                                     size_t count, const clmlp_batch_score *costs, clmlp_finding *findings,
                                     size_t *taken,
                                     clmlp_error *error);

#endif
