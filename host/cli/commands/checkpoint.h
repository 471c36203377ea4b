/* checkpoint.h - clmlp train while it makes checkpoints, and what it says of them. */
#ifndef CLMLP_CLI_CHECKPOINT_H
#define CLMLP_CLI_CHECKPOINT_H

#include "commands/train_options.h"
#include "reports/progress.h"

/* All is known that a checkpoint keeps: put it into o->config, with what is called. `progress` may have a line on the
 * terminal. */
void clmlp_cli_checkpoint_begin(clmlp_cli_train_options *o, clmlp_cli_progress *progress);

/* Where the run goes on, and whether it can be to the same bits on this device. */
void clmlp_cli_checkpoint_note(const clmlp_cli_train_options *o, const clmlp_device *device);

#endif
