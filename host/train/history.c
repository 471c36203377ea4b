/* history.c - training history as JSON lines, one per epoch. */
#include "train/history.h"

#include <cJSON.h>
#include <stdbool.h>

static bool add_score(cJSON *line, const char *cost, const char *accuracy, const clmlp_score *score)
{
    if (line == NULL) return false;
    /* cJSON writes null for what is not finite */
    return cJSON_AddNumberToObject(line, cost, score->cost) != NULL &&
           cJSON_AddNumberToObject(line, accuracy, score->accuracy) != NULL;
}

/* The flat keys are those of clmlp 0.1.0, which knew test data only. */
static bool add_held_out(cJSON *line, const clmlp_epoch *epoch)
{
    const clmlp_score *const flat = epoch->has_validation ? &epoch->validation : &epoch->test;
    if (!epoch->has_validation && !epoch->has_test) return true;
    return add_score(line, "validation_cost", "validation_accuracy", flat) &&
           (!epoch->has_validation ||
            add_score(cJSON_AddObjectToObject(line, "validation"), "cost", "accuracy", &epoch->validation)) &&
           (!epoch->has_test || add_score(cJSON_AddObjectToObject(line, "test"), "cost", "accuracy", &epoch->test));
}

clmlp_status clmlp_history_write(clmlp_output_file *file, const clmlp_epoch *epoch, clmlp_error *error)
{
    cJSON *line = cJSON_CreateObject();
    char *text = NULL;
    clmlp_status status = CLMLP_OK;
    const bool complete =
        line != NULL && cJSON_AddNumberToObject(line, "epoch", (double)epoch->epoch) != NULL &&
        add_score(line, "cost", "accuracy", &epoch->train) &&
        add_held_out(line, epoch) &&
        cJSON_AddNumberToObject(line, "rate", epoch->rate) != NULL &&
        cJSON_AddNumberToObject(line, "seconds", epoch->seconds) != NULL;
    if (complete) text = cJSON_PrintUnformatted(line);
    if (text == NULL) {
        status = clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "not enough memory for the history");
    } else if (fprintf(file->stream, "%s\n", text) < 0 || fflush(file->stream) != 0) {
        status = clmlp_fail(error, CLMLP_IO, "%s: the history cannot be written", file->path);
    }
    cJSON_free(text);
    cJSON_Delete(line);
    return status;
}
