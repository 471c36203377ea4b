/* finished.h - what a checkpoint says of the members of an ensemble that are finished: a part of its note, in JSON. */
#ifndef CLMLP_CLI_FINISHED_H
#define CLMLP_CLI_FINISHED_H

#include <stdbool.h>

#include <cjson/cJSON.h>
#include <clmlp/train.h>

/* Whether its counts are counts; true where there are none. */
bool clmlp_cli_finished_can_be(const cJSON *note);

/* The fields of the result that it has; they can be. */
void clmlp_cli_finished_take(const cJSON *note, clmlp_train_result *result);

/* Into the note, in the place of what was there; finished NULL: nothing. */
void clmlp_cli_finished_put(cJSON *note, const clmlp_train_result *finished);

#endif
