/* train_notes.h - what clmlp train says of a training before it begins. */
#ifndef CLMLP_CLI_TRAIN_NOTES_H
#define CLMLP_CLI_TRAIN_NOTES_H

#include "commands/train_input.h"

/* The preset, the data, the network, the device, the descent; and what is easily misread. */
void clmlp_cli_train_note_plan(const clmlp_cli_train_options *o, const clmlp_cli_train_input *in,
                               const clmlp_device *device);

#endif
