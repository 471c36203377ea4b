/* checkpoint.h - clmlp train while it makes checkpoints, and what it says of them. */
#ifndef CLMLP_CLI_CHECKPOINT_H
#define CLMLP_CLI_CHECKPOINT_H

#include "commands/train_options.h"
#include "reports/progress.h"

/* All is known that a checkpoint keeps: put it into o->config, with what is called. `progress` may have a line on the
 * terminal. */
void clmlp_cli_checkpoint_begin(clmlp_cli_train_options *o, clmlp_cli_progress *progress);

/* A count of the checkpoint of --resume; 0: it has none, or there is no such file. */
size_t clmlp_cli_checkpoint_number(const clmlp_cli_checkpoints *c, const char *key);

/* What a checkpoint of a run of `model` keeps: the options as JSON, with what the data decided; and what came of the
 * members of an ensemble that are finished (NULL: none). Released with cJSON_free. */
char *clmlp_cli_checkpoint_text(const clmlp_cli_train_options *o, const clmlp_model *model,
                                const clmlp_train_result *finished);

/* Take the latter, of the checkpoint of --resume. */
void clmlp_cli_checkpoint_finished(const clmlp_cli_checkpoints *c, clmlp_train_result *result);

/* Where the run goes on, and whether it can be to the same bits on this device. */
void clmlp_cli_checkpoint_note(const clmlp_cli_train_options *o, const clmlp_device *device);

#endif
