/* finished.c - what a checkpoint knows of the members of an ensemble that are finished: written, and checked. */
#include "commands/finished.h"

#include <math.h>

#include "json_memory.h"

/* X(field of clmlp_train_result, type, largest value, whether it is a whole number) */
#define LIST(X)                                                                                                   \
    X(epochs, size_t, 0x1p53, true) X(good_epochs, size_t, 0x1p53, true) X(steps, size_t, 0x1p53, true)           \
    X(seconds, double, 1e18, false) X(samples_per_second, double, 1e18, false) X(best_epoch, size_t, 0x1p53, true) \
    X(stopped_early, bool, 1.0, true) X(iterations, size_t, 0x1p53, true) X(evaluations, size_t, 0x1p53, true)    \
    X(end, clmlp_minimiser_end, CLMLP_END_COUNT - 1, true)

/* A number that can be: none is below 0. */
static bool take(const cJSON *object, const char *key, double most, bool whole, double *value)
{
    const cJSON *const item = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!cJSON_IsNumber(item)) return false;
    *value = item->valuedouble;
    return *value >= 0.0 && *value <= most && (!whole || *value == floor(*value));
}

const char *clmlp_cli_finished_take(const cJSON *object, clmlp_train_result *result)
{
    double value = 0.0;
#define TAKE(field, type, most, whole)                                          \
    if (!take(object, #field, (double)(most), whole, &value)) return #field;    \
    result->field = (type)value;
    LIST(TAKE)
#undef TAKE
    /* any number, and null where there is none */
    const cJSON *const best = cJSON_GetObjectItemCaseSensitive(object, "best");
    if (!cJSON_IsNumber(best) && !cJSON_IsNull(best)) return "best";
    result->best = cJSON_IsNumber(best) ? best->valuedouble : (double)NAN;
    if (result->best_epoch > result->epochs) return "best_epoch";
    return result->good_epochs > result->epochs ? "good_epochs" : NULL;
}

void clmlp_cli_finished_add(cJSON *object, const clmlp_train_result *result)
{
#define ADD(field, type, most, whole) (void)cJSON_AddNumberToObject(object, #field, (double)result->field);
    LIST(ADD)
#undef ADD
    (void)cJSON_AddNumberToObject(object, "best", result->best); /* NaN becomes null */
}
