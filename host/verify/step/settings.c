/* settings.c - whether a verification can be had as its configuration asks, and when it has a verdict. */
#include "train/minimise/minimise.h"
#include "verify/step/step.h"

bool clmlp_verdict_stands(clmlp_status status, size_t steps)
{
    return status == CLMLP_OK || (status == CLMLP_INTERRUPTED && steps > 0);
}

clmlp_rule_settings clmlp_verify_rule(const clmlp_verify_config *config)
{
    clmlp_rule_settings rule = CLMLP_RULE_OF_CONFIG;
    rule.schedule.steps = config->schedule_steps != 0 ? config->schedule_steps : config->steps;
    return rule;
}

clmlp_status clmlp_verify_rule_check(const clmlp_verify_config *config, const clmlp_model *model,
                                     clmlp_precision precision, clmlp_error *error)
{
    const clmlp_rule_settings rule = clmlp_verify_rule(config);
    TRY(clmlp_rule_check(&rule, model->L, error));
    TRY(clmlp_rule_check_rounded(&rule, model->L, model->s, precision, error));
    TRY(clmlp_rule_check_input_scale(&rule, config->input_scale_rate, precision, error));
    if (rule.schedule.steps >= config->steps) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%zu steps to compare, of a run of %zu (--schedule-steps; expected at "
                      "least as many)", config->steps, rule.schedule.steps);
}

clmlp_status clmlp_verify_minimiser_check(const clmlp_verify_config *config, size_t m, clmlp_error *error)
{
    const clmlp_minimiser_companions beside = CLMLP_COMPANIONS_OF_CONFIG;
    TRY(clmlp_minimiser_check(config->minimiser, &beside, m, error));
    if (config->minimiser == CLMLP_NO_MINIMISER || !(config->input_scale_rate > 0.0)) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "a scale of the inputs (--input-scale-rate) and %s do not go together",
                      clmlp_minimiser_name(config->minimiser));
}
