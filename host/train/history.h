/* history.h - the record of a training run: one JSON object a line per epoch. */
#ifndef CLMLP_TRAIN_HISTORY_H
#define CLMLP_TRAIN_HISTORY_H

#include "base/file.h"
#include "clmlp/train.h"

/* Keys: epoch, cost, accuracy, rate (of the last step), seconds; with data held out validation_cost and
 * validation_accuracy (of the validation data, else of the test data), and the objects validation and test, {cost,
 * accuracy} each, of those there are.
 * Numbers that are not finite, and accuracies that do not exist, are null. Errors: CLMLP_OUT_OF_MEMORY, CLMLP_IO. */
clmlp_status clmlp_history_write(clmlp_output_file *file, const clmlp_epoch *epoch, clmlp_error *error);

#endif
