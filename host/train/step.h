/* step.h - the training step: forward, backward, descend; several at once where the backend can. The one place where
 * it stands: training, inspection, verification and measuring all call it. */
#ifndef CLMLP_TRAIN_STEP_H
#define CLMLP_TRAIN_STEP_H

#include "train/batch_loader.h"
#include "train/optimizer.h"

/* What all steps of a run have in common. */
typedef struct clmlp_descent {
    clmlp_rule_settings rule;
    double decay;      /* lambda / m */
    double input_scale_rate; /* factor of the rate that the scale of the inputs is learned with; 0: there is none */
    clmlp_right right; /* when a row counts as predicted right */
    clmlp_dropouts dropout; /* its step is not used */
} clmlp_descent;

/* Whether lambda >= 0, and lambda / m, which a device gets, is finite in its precision. Errors: CLMLP_BAD_ARGUMENT. */
clmlp_status clmlp_lambda_check(double lambda, size_t m, clmlp_precision precision, clmlp_error *error);

/* The same of lambda / m that a file says. */
clmlp_status clmlp_decay_check(const char *path, double decay, clmlp_precision precision, clmlp_error *error);

/* The batch of a step with its dropout; and the rules of the step, into network->rules. For who takes it apart. */
clmlp_batch clmlp_step_batch(const clmlp_batch *batch, const clmlp_descent *descent, size_t step);
void clmlp_step_rules(clmlp_network *network, const clmlp_descent *descent, size_t step);

/* z, a, delta and the cost of a batch, the latter into `slot`; `step` counts from 1 over the whole run, here and below.
 * Enqueues only, as all of these. */
clmlp_status clmlp_step_propagate(clmlp_network *network, const clmlp_batch *batch, const clmlp_descent *descent,
                                  size_t step, size_t slot, clmlp_error *error);
/* theta and its state move. */
clmlp_status clmlp_step_descend(clmlp_network *network, const clmlp_batch *batch, const clmlp_descent *descent,
                                size_t step, clmlp_error *error);
/* Both: one step. */
clmlp_status clmlp_step_take(clmlp_network *network, const clmlp_batch *batch, const clmlp_descent *descent,
                             size_t step, size_t slot, clmlp_error *error);

/* Several steps in one call of the backend, the first on `batch`, which the loader gave last, at most `most`; the
 * loader moves on. *taken: 0, and nothing was done, where the backend takes them one by one. */
clmlp_status clmlp_step_fuse(clmlp_network *network, clmlp_batch_loader *loader, const clmlp_batch *batch,
                             const clmlp_descent *descent, size_t step, size_t slot, size_t most, size_t *taken,
                             clmlp_error *error);

/* Fused steps, or else one; hands the batch back and has the device begin. *taken >= 1. */
clmlp_status clmlp_step_advance(clmlp_network *network, clmlp_batch_loader *loader, const clmlp_batch *batch,
                                const clmlp_descent *descent, size_t step, size_t slot, size_t most, size_t *taken,
                                clmlp_error *error);

#endif
