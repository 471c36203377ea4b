/* load_targets.h - from the targets of a file that was read to those of the data set. */
#ifndef CLMLP_DATA_READERS_LOAD_TARGETS_H
#define CLMLP_DATA_READERS_LOAD_TARGETS_H

#include "data/readers/table.h"

/* An error that asks for --target, where the request has to ask. Errors: CLMLP_BAD_INPUT. */
clmlp_status clmlp_check_target_known(const char *path, const clmlp_table_request *request, clmlp_error *error);

/* Whether classes are the numbers of a model's outputs. */
bool clmlp_has_indices(const clmlp_load_options *options);

/* Whether the targets have to be looked at to know what they are. Class names say it. */
bool clmlp_asks_for_kind(const clmlp_load_options *options);

/* As classes, targets can be read before it is known what they are. */
clmlp_target_kind clmlp_kind_to_read(const clmlp_load_options *options);

/* The targets of a table, without the rows that have none, which leave the data set, too.
 *   cells  a table with the data's cells, which are not yet encoded; NULL: there are none
 * Errors: CLMLP_BAD_INPUT (missing targets, a class that is not known, a question), CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_load_targets(clmlp_dataset *dataset, const clmlp_table *cells, clmlp_table *table,
                                const clmlp_load_options *options, clmlp_error *error);

/* Lists of labels become rows of 0 and 1. Errors: CLMLP_BAD_INPUT, CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_load_label_lists(clmlp_dataset *dataset, clmlp_table *table, const clmlp_load_options *options,
                                    clmlp_error *error);

#endif
