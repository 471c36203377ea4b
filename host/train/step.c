/* step.c - the training step: forward, backward, descend; several at once where the backend can. */
#include "train/step.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/rounded.h"

/* Steps in a call whose numbers are made in advance: a launch may take fewer, and then they are made again. */
enum { MOST_FUSED = 1 << 12 };

clmlp_status clmlp_lambda_check(double lambda, size_t m, clmlp_precision precision, clmlp_error *error)
{
    const double decay = lambda / (double)m;
    if (!(lambda >= 0.0) || !isfinite(lambda)) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "lambda is %g (expected a number >= 0)", lambda);
    }
    if (precision != CLMLP_F32 || isfinite((float)decay)) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "lambda (--lambda) is %g: lambda / m with m = %zu is %g, which f32 "
                      "rounds to inf (expected lambda to be at most %.15g; f64 can have it)", lambda, m, decay,
                      clmlp_largest_number(precision) * (double)m);
}

clmlp_status clmlp_decay_check(const char *path, double decay, clmlp_precision precision, clmlp_error *error)
{
    float rounded;
    if (precision != CLMLP_F32 || clmlp_round_to_float(&decay, 1, &rounded) == 1) return CLMLP_OK;
    return clmlp_fail_beyond(error, precision, "%s: has steps with lambda / m = %g", path, decay);
}

clmlp_batch clmlp_step_batch(const clmlp_batch *batch, const clmlp_descent *descent, size_t step)
{
    clmlp_batch trained = *batch;
    trained.dropout = descent->dropout;
    trained.dropout.step = step;
    trained.dropout.first = batch->before;
    return trained;
}

clmlp_status clmlp_step_propagate(clmlp_network *network, const clmlp_batch *batch, const clmlp_descent *descent,
                                  size_t step, size_t slot, clmlp_error *error)
{
    const clmlp_batch trained = clmlp_step_batch(batch, descent, step);
    TRY(clmlp_forward(network, &trained, error));
    return clmlp_backward(network, &trained, descent->right, slot, error);
}

void clmlp_step_rules(clmlp_network *network, const clmlp_descent *descent, size_t step)
{
    if (network->scale != NULL) {
        network->scale->rule = clmlp_rule_of_input_scale(&descent->rule, descent->input_scale_rate, step);
    }
    for (size_t l = 1; l < network->L; l++) {
        network->rules[l - 1] = clmlp_rule_of_step(&descent->rule, network->s, l, step);
    }
}

clmlp_status clmlp_step_descend(clmlp_network *network, const clmlp_batch *batch, const clmlp_descent *descent,
                                size_t step, clmlp_error *error)
{
    clmlp_step_rules(network, descent, step);
    if (descent->rule.clip_norm > 0.0) {
        return clmlp_descend_clipped(network, batch, network->rules, descent->decay, descent->rule.clip_norm, error);
    }
    return clmlp_descend(network, batch, network->rules, descent->decay, error);
}

clmlp_status clmlp_step_take(clmlp_network *network, const clmlp_batch *batch, const clmlp_descent *descent,
                             size_t step, size_t slot, clmlp_error *error)
{
    TRY(clmlp_step_propagate(network, batch, descent, step, slot, error));
    return clmlp_step_descend(network, batch, descent, step, error);
}

clmlp_status clmlp_step_fuse(clmlp_network *network, clmlp_batch_loader *loader, const clmlp_batch *batch,
                             const clmlp_descent *descent, size_t step, size_t slot, size_t most, size_t *taken,
                             clmlp_error *error)
{
    const size_t ahead = clmlp_batch_loader_ahead(loader);
    size_t count = most < ahead ? most : ahead;
    const clmlp_batch trained = clmlp_step_batch(batch, descent, step);
    double *numbers = NULL;
    if (count > MOST_FUSED) count = MOST_FUSED;
    *taken = 0;
    if (network->backend->ops->steps == NULL || count == 0) return CLMLP_OK;
    if (descent->rule.clip_norm > 0.0) return CLMLP_OK; /* all gradients are needed before theta moves */
    TRY(clmlp_rule_of_steps(&descent->rule, network->L, network->s, step, count, &numbers, error));
    const clmlp_status status = clmlp_fused_steps(network, &trained, count, descent->right, slot, numbers,
                                                  descent->decay, taken, error);
    free(numbers);
    if (status == CLMLP_OK && *taken > 1) clmlp_batch_loader_skip(loader, *taken - 1);
    return status;
}

clmlp_status clmlp_step_advance(clmlp_network *network, clmlp_batch_loader *loader, const clmlp_batch *batch,
                                const clmlp_descent *descent, size_t step, size_t slot, size_t most, size_t *taken,
                                clmlp_error *error)
{
    TRY(clmlp_step_fuse(network, loader, batch, descent, step, slot, most, taken, error));
    if (*taken == 0) {
        TRY(clmlp_step_take(network, batch, descent, step, slot, error));
        *taken = 1;
    }
    TRY(clmlp_batch_loader_done(loader, error));
    return network->backend->ops->flush(network->backend, error);
}
