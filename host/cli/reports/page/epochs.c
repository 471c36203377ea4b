/* epochs.c - what is known of each epoch of a training, from itself or from a history. */
#include "reports/page/epochs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_memory.h"

static bool make_room(clmlp_cli_epochs *epochs)
{
    if (epochs->count < epochs->room) return true;
    const size_t room = 2 * epochs->room + 64;
    for (int c = 0; c < CLMLP_CLI_EPOCH_COLUMNS; c++) {
        double *const larger = realloc(epochs->columns[c], room * sizeof *larger);
        if (larger == NULL) {
            epochs->lost = true;
            return false;
        }
        epochs->columns[c] = larger;
    }
    epochs->room = room;
    return true;
}

static void add(clmlp_cli_epochs *epochs, const double row[CLMLP_CLI_EPOCH_COLUMNS])
{
    if (!make_room(epochs)) return;
    for (int c = 0; c < CLMLP_CLI_EPOCH_COLUMNS; c++) epochs->columns[c][epochs->count] = row[c];
    epochs->count++;
}

void clmlp_cli_epochs_add(clmlp_cli_epochs *epochs, const clmlp_epoch *epoch)
{
    const double none = (double)NAN, last = epochs->count > 0 ? epochs->columns[CLMLP_CLI_EPOCH][epochs->count - 1]
                                                              : 0.0;
    if (epochs->begun == 0) epochs->begun = 1;
    if ((double)epoch->epoch <= last) epochs->begun = 2; /* another member has begun, if not the first */
    if (epochs->begun > 1) return;
    const double row[CLMLP_CLI_EPOCH_COLUMNS] = {
        [CLMLP_CLI_EPOCH] = (double)epoch->epoch,
        [CLMLP_CLI_COST] = epoch->train.cost,
        [CLMLP_CLI_ACCURACY] = epoch->train.accuracy,
        [CLMLP_CLI_VALIDATION_COST] = epoch->has_validation ? epoch->validation.cost : none,
        [CLMLP_CLI_VALIDATION_ACCURACY] = epoch->has_validation ? epoch->validation.accuracy : none,
        [CLMLP_CLI_TEST_COST] = epoch->has_test ? epoch->test.cost : none,
        [CLMLP_CLI_TEST_ACCURACY] = epoch->has_test ? epoch->test.accuracy : none,
        [CLMLP_CLI_MONITORED] = epoch->monitored,
        [CLMLP_CLI_RATE] = epoch->rate,
        [CLMLP_CLI_SECONDS] = epoch->seconds};
    add(epochs, row);
}

static double number_of(const cJSON *object, const char *key)
{
    const cJSON *const item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsNumber(item) ? item->valuedouble : (double)NAN;
}

/* The member of `validation` that is neither cost nor accuracy, if it has one. */
static const cJSON *monitored_of(const cJSON *validation)
{
    const cJSON *item = validation != NULL ? validation->child : NULL;
    for (; item != NULL; item = item->next) {
        if (item->string == NULL) continue;
        if (strcmp(item->string, "cost") != 0 && strcmp(item->string, "accuracy") != 0) return item;
    }
    return NULL;
}

/* Epochs become integers. */
static bool has_epoch(const cJSON *line)
{
    const cJSON *const epoch = cJSON_GetObjectItemCaseSensitive(line, "epoch");
    return clmlp_cli_json_counts(epoch, CLMLP_CLI_MOST_COUNTED) && epoch->valuedouble >= 1.0;
}

bool clmlp_cli_epochs_add_line(clmlp_cli_epochs *epochs, const cJSON *line)
{
    const cJSON *const validation = cJSON_GetObjectItemCaseSensitive(line, "validation");
    const cJSON *const test = cJSON_GetObjectItemCaseSensitive(line, "test");
    const cJSON *const monitored = monitored_of(validation);
    const double epoch = number_of(line, "epoch");
    if (!has_epoch(line) || !cJSON_HasObjectItem(line, "cost")) return false;
    if (monitored != NULL) (void)snprintf(epochs->monitor, sizeof epochs->monitor, "%s", monitored->string);
    const double row[CLMLP_CLI_EPOCH_COLUMNS] = {
        [CLMLP_CLI_EPOCH] = epoch,
        [CLMLP_CLI_COST] = number_of(line, "cost"),
        [CLMLP_CLI_ACCURACY] = number_of(line, "accuracy"),
        [CLMLP_CLI_VALIDATION_COST] = number_of(validation, "cost"),
        [CLMLP_CLI_VALIDATION_ACCURACY] = number_of(validation, "accuracy"),
        [CLMLP_CLI_TEST_COST] = number_of(test, "cost"),
        [CLMLP_CLI_TEST_ACCURACY] = number_of(test, "accuracy"),
        [CLMLP_CLI_MONITORED] = cJSON_IsNumber(monitored) ? monitored->valuedouble : (double)NAN,
        [CLMLP_CLI_RATE] = number_of(line, "rate"),
        [CLMLP_CLI_SECONDS] = number_of(line, "seconds")};
    add(epochs, row);
    return true;
}

size_t clmlp_cli_epochs_read(clmlp_cli_epochs *epochs, char *text, size_t most, bool *is_cut)
{
    size_t number = 0;
    *is_cut = false;
    for (char *line = text; *line != '\0';) {
        char *const end = strchr(line, '\n');
        if (end != NULL) *end = '\0';
        cJSON *const object = cJSON_Parse(line);
        number++;
        const bool later = has_epoch(object) && number_of(object, "epoch") > (double)most;
        const bool taken = later || clmlp_cli_epochs_add_line(epochs, object);
        cJSON_Delete(object);
        *is_cut = !taken && end == NULL && epochs->count > 0;
        if (*is_cut || later) return number;
        if (!taken) return 0;
        line = end != NULL ? end + 1 : line + strlen(line);
    }
    return number;
}

size_t clmlp_cli_epochs_best(const clmlp_cli_epochs *epochs)
{
    double least = HUGE_VAL;
    size_t best = 0;
    for (size_t i = 0; i < epochs->count; i++) {
        const double cost = epochs->columns[CLMLP_CLI_VALIDATION_COST][i];
        if (!(cost < least)) continue;
        least = cost;
        best = (size_t)epochs->columns[CLMLP_CLI_EPOCH][i];
    }
    return best;
}

void clmlp_cli_epochs_free(clmlp_cli_epochs *epochs)
{
    for (int c = 0; c < CLMLP_CLI_EPOCH_COLUMNS; c++) free(epochs->columns[c]);
    *epochs = (clmlp_cli_epochs){.count = 0};
}
