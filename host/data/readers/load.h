/* load.h - between the two halves of clmlp_dataset_load: load.c reads files, load_targets.c makes the targets. */
#ifndef CLMLP_DATA_LOAD_H
#define CLMLP_DATA_LOAD_H

#include "data/table.h"

/* As classes, targets can be read before it is known what they are. */
clmlp_target_kind clmlp_kind_to_read(const clmlp_load_options *options);

/* The targets of a table, without the rows that have none, which leave the data set, too.
 *   cells  a table with the data's cells, which are not yet encoded; NULL: there are none
 * Errors: CLMLP_BAD_INPUT (missing targets, a class that is not known, a question), CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_take_targets(clmlp_dataset *dataset, const clmlp_table *cells, clmlp_table *table,
                                const clmlp_load_options *options, clmlp_error *error);

#endif
