/* shared_steps.c - a step that several ranks take, as one of them records it. */
#include "base/clock.h"
#include "train/ranks/sharing.h"
#include "train/score/score.h"
#include "verify/step/stepping.h"

/* This rank's part by itself: its cost, and its gradients before they are summed. Training computes them once more, to
 * the same bits, and sums them at once. */
static clmlp_status compute_own(clmlp_stepper *stepper, const clmlp_batch *batch, clmlp_step_record *step,
                                clmlp_error *error)
{
    clmlp_network *const network = stepper->network;
    clmlp_batch_score score = {0.0, 0.0};
    step->cost = step->right = 0.0;
    if (batch->M == 0) return CLMLP_OK;
    TRY(clmlp_step_propagate(network, batch, &step->descent, step->number, 0, error));
    TRY(network->backend->ops->scores_read(network->backend, 0, 1, &score, error));
    step->cost = score.cost;
    step->right = score.right;
    TRY(clmlp_gradients(network, batch, clmlp_step_decay(step), error));
    for (size_t l = 1; l < step->L; l++) {
        TRY(clmlp_stepper_fetch(stepper, network->gradient[l - 1], step->s[l], step->gradient[l - 1], error));
    }
    return CLMLP_OK;
}

/* Where something is made of the sums before theta moves: it is the same step, read in between. */
static clmlp_status step_in_parts(clmlp_stepper *stepper, const clmlp_batch *batch, clmlp_step_record *step,
                                  clmlp_batch_score *whole, clmlp_error *error)
{
    clmlp_network *const network = stepper->network;
    const clmlp_scale_record *const scale = step->scale;
    TRY(clmlp_shared_gradients(stepper->sharing, network, batch, &step->descent, step->number, whole, error));
    for (size_t l = 1; l < step->L; l++) {
        TRY(clmlp_stepper_fetch(stepper, network->gradient[l - 1], step->s[l], step->shared->sum[l - 1], error));
    }
    if (scale != NULL) TRY(clmlp_scale_gradients(network, error));
    if (scale != NULL && step->clipped != NULL) {
        TRY(clmlp_stepper_fetch(stepper, network->gradient[0], step->s[1], scale->raw_gradient, error));
        TRY(clmlp_stepper_fetch(stepper, network->scale->scale_gradient, 1, scale->slopes, error));
    }
    return clmlp_shared_descend(network, &step->descent, step->number, error);
}

clmlp_status clmlp_stepper_compute_shared(clmlp_stepper *stepper, const clmlp_batch *batch, clmlp_step_record *step,
                                          clmlp_error *error)
{
    clmlp_network *const network = stepper->network;
    clmlp_batch_score whole = {0.0, 0.0};
    step->shared->divisor = batch->divisor;
    step->shared->before = batch->before;
    step->descent.right = clmlp_right_of_output(network->output);
    TRY(compute_own(stepper, batch, step, error));
    const double began = clmlp_seconds();
    if (step->clipped == NULL && network->scale == NULL) {
        TRY(clmlp_shared_step(stepper->sharing, network, batch, &step->descent, step->number, &whole, error));
    } else {
        TRY(step_in_parts(stepper, batch, step, &whole, error));
    }
    stepper->seconds = clmlp_seconds() - began;
    step->shared->cost = whole.cost;
    step->shared->right = whole.right;
    step->counts_right = true;
    return CLMLP_OK;
}
