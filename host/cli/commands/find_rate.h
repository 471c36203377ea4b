/* find_rate.h - clmlp train --find-rate: a range test instead of a training. */
#ifndef CLMLP_CLI_FIND_RATE_H
#define CLMLP_CLI_FIND_RATE_H

#include "commands/train_options.h"

/* Sweep and report. Returns the exit status. */
int clmlp_cli_find_rate(const clmlp_cli_train_options *o, const clmlp_model *model, clmlp_device *device,
                        const clmlp_dataset *train);

#endif
