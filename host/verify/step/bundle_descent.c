/* bundle_descent.c - how the step in a bundle file descends: its update rule, rates, dropout and minimiser. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"
#include "verify/step/bundle_parts.h"

/* Of an iteration of a minimiser: which; CLMLP_NO_MINIMISER: it is a step. */
clmlp_status clmlp_bundle_read_minimiser(const clmlp_safetensors *file, clmlp_minimiser *minimiser, clmlp_error *error)
{
    static const char key[] = "clmlp.replay.minimiser";
    const char *const name = clmlp_safetensors_metadata(file, key);
    *minimiser = CLMLP_NO_MINIMISER;
    if (name == NULL) return CLMLP_OK;
    if (clmlp_minimiser_parse(name, minimiser) && *minimiser != CLMLP_NO_MINIMISER) return CLMLP_OK;
    return clmlp_bundle_bad_value(file, key, name, "lbfgs or cg", error);
}

/* A setting that the optimizer does not use may be of a later version than the bundle: it is as by default. */
static clmlp_status read_setting(const clmlp_safetensors *file, const char *key, bool used, double initial,
                                 double *value, clmlp_error *error)
{
    *value = initial;
    if (!used && clmlp_safetensors_metadata(file, key) == NULL) return CLMLP_OK;
    return clmlp_bundle_read_real(file, key, value, error);
}

/* The step's own rate, where that of its run changed from step to step. */
static clmlp_status read_step_rate(const clmlp_safetensors *file, clmlp_rule_settings *rule, clmlp_error *error)
{
    static const char key[] = "clmlp.replay.step_rate";
    double rate = 0.0;
    if (clmlp_safetensors_metadata(file, key) == NULL) return CLMLP_OK;
    TRY(clmlp_bundle_read_real(file, key, &rate, error));
    rule->schedule = (clmlp_schedule_settings){.source = CLMLP_RATE_FIXED, .other = rate};
    if (rate <= rule->rate) return CLMLP_OK;
    return clmlp_bundle_bad_value(file, key, clmlp_safetensors_metadata(file, key), "at most clmlp.replay.rate", error);
}

/* How the step descends. A bundle without an optimizer is of a version that had sgd alone. */
clmlp_status clmlp_bundle_read_rule(const clmlp_safetensors *file, clmlp_rule_settings *rule, clmlp_error *error)
{
    const char *const name = clmlp_safetensors_metadata(file, "clmlp.replay.optimizer");
    rule->optimizer = CLMLP_SGD;
    if (name != NULL && !clmlp_optimizer_parse(name, &rule->optimizer)) {
        return clmlp_bundle_bad_value(file, "clmlp.replay.optimizer", name, "an optimizer that clmlp has", error);
    }
    const clmlp_optimizer optimizer = rule->optimizer;
#define READ(field, what, initial, allowed, expected, used)                                                          \
    do {                                                                                                             \
        static const char key[] = "clmlp.replay." #field;                                                            \
        TRY(read_setting(file, key, used, initial, &rule->field, error));                                            \
        const double value = rule->field;                                                                            \
        const char *const text = clmlp_safetensors_metadata(file, key);                                              \
        if (!(allowed)) return clmlp_bundle_bad_value(file, key, text, expected, error);                             \
    } while (0);
    CLMLP_RULE_SETTING_LIST(READ)
#undef READ
    return read_step_rate(file, rule, error);
}

/* The factors of the rates of L - 1 layers; *rates NULL: there are none. */
clmlp_status clmlp_bundle_read_layer_rates(const clmlp_safetensors *file, size_t L, double **rates, clmlp_error *error)
{
    static const char key[] = "clmlp.replay.layer_rates";
    const char *const text = clmlp_safetensors_metadata(file, key);
    if (text == NULL) return CLMLP_OK;
    TRY(clmlp_allocate(rates, L - 1, sizeof **rates, "the rates of the layers", error));
    const char *at = text;
    for (size_t l = 1; l < L; l++) {
        const char *const comma = strchr(at, ','), *const end = comma != NULL ? comma : at + strlen(at);
        double *const rate = &(*rates)[l - 1];
        const bool last = comma == NULL;
        if (!clmlp_parse_double(at, end, rate) || !isfinite(*rate) || !(*rate > 0.0) || last != (l + 1 == L)) {
            return clmlp_bundle_bad_value(file, key, text, "a number > 0 for each theta(l)", error);
        }
        at = end + 1;
    }
    return CLMLP_OK;
}

/* The factor of the rate of the scale; a bundle without it has inputs without one. */
clmlp_status clmlp_bundle_read_scale_rate(const clmlp_safetensors *file, double *rate, clmlp_error *error)
{
    static const char key[] = "clmlp.replay.input_scale_rate";
    const char *const text = clmlp_safetensors_metadata(file, key);
    if (text == NULL) return CLMLP_OK;
    TRY(clmlp_bundle_read_real(file, key, rate, error));
    return *rate > 0.0 ? CLMLP_OK : clmlp_bundle_bad_value(file, key, text, "a number > 0", error);
}

/* The numbers of clmlp.replay.dropout; a bundle without them has steps without dropout. */
clmlp_status clmlp_bundle_read_dropout(const clmlp_safetensors *file, const clmlp_model *model,
                                       const clmlp_bundle_info *info, clmlp_step_record *step, clmlp_error *error)
{
    static const char key[] = "clmlp.replay.dropout", wanted[] = "numbers >= 0 and < 1, one for all hidden layers or "
                                                                 "one for each";
    const char *const text = clmlp_safetensors_metadata(file, key);
    size_t count = 0, capacity = 0;
    if (text == NULL) return CLMLP_OK;
    for (const char *at = text;; at++) {
        const size_t length = strcspn(at, ",");
        double p = 0.0;
        if (!clmlp_parse_double(at, at + length, &p) || !(p >= 0.0 && p < 1.0) || count == model->L - 2) {
            return clmlp_bundle_bad_value(file, key, text, wanted, error);
        }
        TRY(clmlp_grow(&step->dropout, &capacity, count + 1, sizeof *step->dropout, "the dropout", error));
        step->dropout[count++] = p;
        at += length;
        if (*at == '\0') break;
    }
    if (count != 1 && count != model->L - 2) {
        return clmlp_bundle_bad_value(file, key, text, wanted, error);
    }
    step->descent.dropout = (clmlp_dropouts){.p = step->dropout, .count = count, .seed = info->seed};
    return CLMLP_OK;
}
