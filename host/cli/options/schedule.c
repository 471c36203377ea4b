/* schedule.c - options of the learning rate's schedule. */
#include "options/schedule.h"

#include <stdio.h>
#include <string.h>

#include "message.h"

bool clmlp_cli_check_schedule(const char *command, const clmlp_rate_schedule *set,
                              const clmlp_cli_schedule_given *given, int *status)
{
    const struct {
        const char *option, *expected;
        bool given, means;
    } uses[] = {
        {"--min-rate", "--schedule step, exponential, cosine, flat-cosine, coslog4, inverse or linear",
         given->min_rate, clmlp_schedule_has_least(set->kind)},
        {"--decay", "--schedule step, exponential or inverse", given->decay, clmlp_schedule_has_decay(set->kind)},
        {"--decay-every", "--schedule step or exponential", given->every, clmlp_schedule_has_interval(set->kind)}};
    for (size_t i = 0; i < sizeof uses / sizeof *uses; i++) {
        if (!uses[i].given || uses[i].means) continue;
        *status = clmlp_cli_usage_error(command, "%s: has no meaning with --schedule %s (expected %s)", uses[i].option,
                                        clmlp_schedule_name(set->kind), uses[i].expected);
        return false;
    }
    if (!clmlp_schedule_has_interval(set->kind) || !(set->decay > 1.0)) return true;
    *status = clmlp_cli_usage_error(command, "--decay '%g': expected a number > 0 and at most 1 for --schedule %s",
                                    set->decay, clmlp_schedule_name(set->kind));
    return false;
}

void clmlp_cli_schedule_text(const clmlp_rate_schedule *set, size_t steps, char *text, size_t size)
{
    const size_t warmup = clmlp_schedule_warmup(set, steps), every = clmlp_schedule_interval(set, steps);
    char decay[80] = "", least[40] = "", first[48] = "";
    if (every > 0) {
        (void)snprintf(decay, sizeof decay, " by %g every %zu step%s", clmlp_schedule_decay(set), every,
                       every == 1 ? "" : "s");
    } else if (clmlp_schedule_has_decay(set->kind)) {
        (void)snprintf(decay, sizeof decay, " by the power %g", clmlp_schedule_decay(set));
    }
    if (set->min_rate > 0.0) (void)snprintf(least, sizeof least, " down to %g", set->min_rate);
    if (warmup > 0) {
        (void)snprintf(first, sizeof first, ", warm-up of %zu step%s", warmup, warmup == 1 ? "" : "s");
    }
    const bool plain = set->kind == CLMLP_SCHEDULE_CONSTANT;
    (void)snprintf(text, size, "%s%s%s%s%s", plain ? "" : ", ", plain ? "" : clmlp_schedule_name(set->kind), decay,
                   least, first);
}

size_t clmlp_cli_steps(const clmlp_train_config *config, size_t m)
{
    const size_t M = config->batch != 0 ? config->batch : m;
    const bool short_one = m % M != 0 && config->last_batch == CLMLP_LAST_BATCH_KEEP;
    return config->epochs * (m / M + short_one);
}
