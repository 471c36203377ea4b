/* finished.h - what a checkpoint knows of the members of an ensemble that are finished. */
#ifndef CLMLP_CLI_FINISHED_H
#define CLMLP_CLI_FINISHED_H

#include <cjson/cJSON.h>

#include <clmlp/clmlp.h>

/* The member of a checkpoint's note. */
#define CLMLP_CLI_FINISHED "finished"

/* Into the result, if all of it can be. Returns NULL, or the key whose value is missing or cannot be. */
const char *clmlp_cli_finished_take(const cJSON *object, clmlp_train_result *result);

void clmlp_cli_finished_add(cJSON *object, const clmlp_train_result *result);

#endif
