/* against_settings.c - what steps that were dumped elsewhere descend by. */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "data/readers/npy.h"
#include "verify/lockstep/against.h"

/* A number that the folder may have, and that may be asked for. */
static clmlp_status settle(const clmlp_against *g, const char *name, bool asked, double *value, clmlp_error *error)
{
    double theirs = 0.0;
    bool found = false;
    TRY(clmlp_against_load(g, 0, 0, name, 1, 1, &theirs, &found, error));
    if (!found && asked) return CLMLP_OK;
    if (!found) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%s: does not say its %s (0000-0-%s.npy), and it was not given "
                          "either", g->folder, name, name);
    }
    if (asked && !(*value == theirs)) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%s: has steps with a %s of %.10g, asked for was %.10g", g->folder,
                          name, theirs, *value);
    }
    *value = theirs;
    return CLMLP_OK;
}

/* A number of the rule: the folder's. One that the optimizer does not use may be missing. */
static clmlp_status take_number(const clmlp_against *g, const char *name, bool used, double initial, double *value,
                                clmlp_error *error)
{
    bool found = false;
    *value = initial;
    TRY(clmlp_against_load(g, 0, 0, name, 1, 1, value, &found, error));
    if (found || !used) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: does not say its %s (0000-0-%s.npy)", g->folder, name, name);
}

/* Iterations of a minimiser cannot be followed. */
static clmlp_status check_minimiser(const clmlp_against *g, clmlp_error *error)
{
    double code = CLMLP_NO_MINIMISER;
    bool found = false;
    TRY(clmlp_against_load(g, 0, 0, "minimiser", 1, 1, &code, &found, error));
    if (code == CLMLP_NO_MINIMISER) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: has iterations of lbfgs or cg (0000-0-minimiser is %g): the line "
                      "search decides by the numbers that it meets, and two right runs part (expected steps of an "
                      "optimizer)", g->folder, code);
}

/* The folder's rule, but for the rate. A folder that does not name it has sgd's steps, which leave no state. */
static clmlp_status take_rule(const clmlp_against *g, size_t L, clmlp_descent *descent, double *layer_rates,
                              clmlp_error *error)
{
    char path[CLMLP_DUMP_PATH];
    clmlp_rule_settings *const rule = &descent->rule;
    double code = CLMLP_SGD;
    bool found = false, named = false;
    TRY(check_minimiser(g, error));
    TRY(clmlp_against_load(g, 0, 0, "optimizer", 1, 1, &code, &named, error));
    if (!(code >= 0.0 && code < CLMLP_OPTIMIZER_COUNT && code == floor(code))) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: found steps of an unknown optimizer (0000-0-optimizer is %g)",
                          g->folder, code);
    }
    rule->optimizer = (clmlp_optimizer)code;
    for (size_t l = 1; l < L && !named; l++) {
        TRY(clmlp_against_find(g, 1, l, clmlp_quantity_name(CLMLP_QUANTITY_STATE), path, &found, error));
        if (!found) continue;
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: found the state of an optimizer, and the folder does not say of "
                          "which (0000-0-optimizer.npy)", path);
    }
    const clmlp_optimizer optimizer = rule->optimizer;
#define TAKE(field, what, initial, allowed, expected, used) \
    TRY(take_number(g, #field, (used) && &rule->field != &rule->rate, initial, &rule->field, error));
    CLMLP_RULE_SETTING_LIST(TAKE)
#undef TAKE
    TRY(clmlp_against_load(g, 0, 0, "layer_rates", L - 1, 1, layer_rates, &found, error));
    rule->layer_rates = found ? layer_rates : NULL;
    return CLMLP_OK;
}

/* A folder that does not say a norm has steps without clipping. */
static clmlp_status check_clipping(const clmlp_against *g, double theirs, clmlp_error *error)
{
    const double asked = g->config->clip_norm;
    if (!(theirs >= 0.0) || !isfinite(theirs)) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: found a clip_norm of %g, expected a number >= 0", g->folder,
                          theirs);
    }
    if (!(asked > 0.0) || asked == theirs) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%s: has steps with a clip_norm of %.10g, asked for was %.10g",
                      g->folder, theirs, asked);
}

/* A folder that does not say a factor of the rate has inputs without a scale. */
static clmlp_status take_scale(const clmlp_against *g, double *theirs, clmlp_error *error)
{
    const double asked = g->config->input_scale_rate;
    bool found = false;
    TRY(clmlp_verify_scale_check(g->config, error));
    TRY(clmlp_against_load(g, 0, 0, "input_scale_rate", 1, 1, theirs, &found, error));
    if (!(*theirs >= 0.0) || !isfinite(*theirs)) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: found an input_scale_rate of %g, expected a number >= 0",
                          g->folder, *theirs);
    }
    if (!(asked > 0.0) || asked == *theirs) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%s: has steps with an input_scale_rate of %.10g, asked for was %.10g",
                      g->folder, *theirs, asked);
}

/* So would steps with dropout. */
clmlp_status clmlp_against_check_dropout(const clmlp_against *g, clmlp_error *error)
{
    char path[CLMLP_DUMP_PATH];
    bool found = false, drops = false;
    double *p = NULL;
    size_t rows = 0, columns = 0;
    clmlp_status status = CLMLP_OK;
    TRY(clmlp_against_find(g, 0, 0, "dropout", path, &found, error));
    if (!found) return CLMLP_OK;
    TRY(clmlp_npy_shape(path, &rows, &columns, error));
    TRY(clmlp_allocate(&p, rows * columns, sizeof *p, "the dropout", error));
    TRY_CLEANUP(clmlp_npy_load(path, rows, columns, p, error));
    for (size_t i = 0; i < rows * columns; i++) drops = drops || p[i] != 0.0;
    if (drops) {
        status = clmlp_fail(error, CLMLP_BAD_INPUT, "%s: found steps with dropout, expected some without, which alone "
                            "can be compared", path);
    }
cleanup:
    free(p);
    return status;
}

/* The rule and lambda / m of both sides' steps. */
static clmlp_status take_descent(const clmlp_against *g, const clmlp_dataset *dataset, clmlp_descent *descent,
                                 double *layer_rates, clmlp_error *error)
{
    const double lambda = g->config->lambda;
    const clmlp_optimizer asked = g->config->optimizer;
    TRY(take_rule(g, g->mine->L, descent, layer_rates, error));
    if (asked != CLMLP_SGD && asked != descent->rule.optimizer) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%s: has steps of %s, asked for was %s", g->folder,
                          clmlp_optimizer_name(descent->rule.optimizer), clmlp_optimizer_name(asked));
    }
    TRY(check_clipping(g, descent->rule.clip_norm, error));
    TRY(take_scale(g, &descent->input_scale_rate, error));
    descent->rule.rate = g->config->rate;
    TRY(settle(g, "rate", g->config->rate > 0.0, &descent->rule.rate, error));
    if (lambda >= 0.0 && dataset == NULL) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "lambda needs the data set that it is divided by the size of");
    }
    if (lambda >= 0.0) descent->decay = lambda / (double)dataset->m;
    TRY(settle(g, "decay", lambda >= 0.0, &descent->decay, error));
    if (descent->rule.rate > 0.0 && descent->decay >= 0.0) {
        const clmlp_precision precision = g->device->backend->precision;
        TRY(clmlp_rule_check(&descent->rule, g->mine->L, error));
        TRY(clmlp_rule_check_rounded(&descent->rule, g->mine->L, g->mine->s, precision, error));
        TRY(clmlp_rule_check_input_scale(&descent->rule, descent->input_scale_rate, precision, error));
        if (lambda >= 0.0) return clmlp_lambda_check(lambda, dataset->m, precision, error);
        return clmlp_decay_check(g->folder, descent->decay, precision, error);
    }
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: found rate %g and decay %g, expected > 0 and >= 0", g->folder,
                      descent->rule.rate, descent->decay);
}

clmlp_status clmlp_against_take_settings(clmlp_against *g, const clmlp_dataset *dataset, clmlp_error *error)
{
    clmlp_descent descent = {.decay = 0.0};
    double *layer_rates = NULL;
    clmlp_status status = CLMLP_OK;
    const clmlp_rule_settings asked = clmlp_verify_rule(g->config);
    if (!clmlp_schedule_is_constant(&asked.schedule)) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "steps from elsewhere have their rates in files (found a schedule "
                          "or a warm-up)");
    }
    TRY(clmlp_allocate(&layer_rates, g->mine->L - 1, sizeof *layer_rates, "the rates of the layers", error));
    TRY_CLEANUP(take_descent(g, dataset, &descent, layer_rates, error));
    TRY_CLEANUP(clmlp_step_record_set_descent(g->mine, &descent, error));
    TRY_CLEANUP(clmlp_step_record_set_descent(g->other, &descent, error));
cleanup:
    free(layer_rates);
    return status;
}
