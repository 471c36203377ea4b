/* many.h - the entry `steps` of a backend: what training uses where several steps go into one call. */
#ifndef CLMLP_VERIFY_MANY_H
#define CLMLP_VERIFY_MANY_H

#include "clmlp/verify.h"
#include "train/batch_loader.h"
#include "verify/lockstep/step.h"

/* Take `count` steps from the model's theta once more, as many in a call as the backend likes, over the batches of the
 * feed in the order of training. Its theta must have the bits of step->theta, which single steps left.
 *   M, shuffles  of the feed's passes; config: seed
 *   findings     [L - 1], one for each theta(l): equation "steps", step `count`
 *   taken        how many steps went into such calls; 0: the backend wants none, and there are no findings */
clmlp_status clmlp_check_many_steps(clmlp_feed *feed, const clmlp_model *model, const clmlp_step *step, size_t M,
                                    bool shuffles, uint64_t seed, size_t count, clmlp_finding *findings, size_t *taken,
                                    clmlp_error *error);

#endif
