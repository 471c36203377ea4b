/* load_targets.h - from the targets of a file that was read to those of the data set. */
#ifndef CLMLP_DATA_READERS_LOAD_TARGETS_H
#define CLMLP_DATA_READERS_LOAD_TARGETS_H

#include "data/table.h"

/* Whether classes are the numbers of a model's outputs. */
bool clmlp_has_indices(const clmlp_load_options *options);

/* As classes, targets can be read before it is known what they are. */
clmlp_target_kind clmlp_kind_to_read(const clmlp_load_options *options);

/* The target column of a table, without the rows that have none. cells: a table with the data's, which are not yet
 * encoded; NULL: there are none. Errors of this and the next two: CLMLP_BAD_INPUT, CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_load_targets(clmlp_dataset *dataset, const clmlp_table *cells, clmlp_table *table,
                                const clmlp_load_options *options, clmlp_error *error);

/* Lists of labels become rows of 0 and 1. */
clmlp_status clmlp_load_label_lists(clmlp_dataset *dataset, clmlp_table *table, const clmlp_load_options *options,
                                    clmlp_error *error);

/* Several columns of a labels file. */
clmlp_status clmlp_load_target_columns(clmlp_dataset *dataset, const clmlp_table *table,
                                       const clmlp_load_options *options, clmlp_error *error);

#endif
