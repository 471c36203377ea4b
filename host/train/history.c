/* history.c - training history as JSON lines, one per epoch. */
#include "train/history.h"

#include <cJSON.h>
#include <stdbool.h>

static bool add_score(cJSON *line, const char *cost, const char *accuracy, const clmlp_score *score)
{
    /* cJSON writes null for what is not finite */
    return cJSON_AddNumberToObject(line, cost, score->cost) != NULL &&
           cJSON_AddNumberToObject(line, accuracy, score->accuracy) != NULL;
}

clmlp_status clmlp_history_write(clmlp_output_file *file, const clmlp_epoch *epoch, clmlp_error *error)
{
    cJSON *line = cJSON_CreateObject();
    char *text = NULL;
    clmlp_status status = CLMLP_OK;
    const bool complete =
        line != NULL && cJSON_AddNumberToObject(line, "epoch", (double)epoch->epoch) != NULL &&
        add_score(line, "cost", "accuracy", &epoch->train) &&
        (!epoch->has_test || add_score(line, "validation_cost", "validation_accuracy", &epoch->test)) &&
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
