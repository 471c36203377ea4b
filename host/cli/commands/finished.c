/* finished.c - what a checkpoint says of the members of an ensemble that are finished. */
#include "commands/finished.h"

#include "json_memory.h"

/* X(field of clmlp_train_result, type, the most that it counts to). ANY: a real number, or null. */
#define MOST CLMLP_CLI_MOST_COUNTED
#define ANY (-1.0)
#define FINISHED_LIST(X)                                                                                            \
    X(epochs, size_t, MOST) X(good_epochs, size_t, MOST) X(steps, size_t, MOST) X(seconds, double, ANY)             \
    X(samples_per_second, double, ANY) X(best_epoch, size_t, MOST) X(best, double, ANY) X(stopped_early, bool, 1.0) \
    X(iterations, size_t, MOST) X(evaluations, size_t, MOST)                                                        \
    X(end, clmlp_minimiser_end, (double)(CLMLP_END_COUNT - 1))

static const char FINISHED[] = "finished";

bool clmlp_cli_finished_can_be(const cJSON *note)
{
    const cJSON *const finished = cJSON_GetObjectItemCaseSensitive(note, FINISHED), *item = NULL;
#define CHECK(field, type, most)                               \
    item = cJSON_GetObjectItemCaseSensitive(finished, #field); \
    if ((most) >= 0.0 && !clmlp_cli_json_counts(item, (most))) return false;
    if (finished != NULL) {
        FINISHED_LIST(CHECK)
    }
#undef CHECK
    return true;
}

void clmlp_cli_finished_take(const cJSON *note, clmlp_train_result *result)
{
    const cJSON *const finished = cJSON_GetObjectItemCaseSensitive(note, FINISHED);
#define TAKE(field, type, most) \
    result->field = (type)cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(finished, #field));
    if (finished != NULL) {
        FINISHED_LIST(TAKE)
    }
#undef TAKE
}

void clmlp_cli_finished_put(cJSON *note, const clmlp_train_result *finished)
{
    cJSON_DeleteItemFromObjectCaseSensitive(note, FINISHED);
    cJSON *const object = finished != NULL ? cJSON_AddObjectToObject(note, FINISHED) : NULL;
#define ADD(field, type, most) (void)cJSON_AddNumberToObject(object, #field, (double)finished->field);
    if (object != NULL) {
        FINISHED_LIST(ADD)
    }
#undef ADD
}
