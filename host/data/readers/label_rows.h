/* label_rows.h - targets that are rows of 0 and 1. */
#ifndef CLMLP_DATA_READERS_LABEL_ROWS_H
#define CLMLP_DATA_READERS_LABEL_ROWS_H

#include "data/table.h"

/* One 1 in each row and zeros else, below names that differ? names [n]; NULL: no. */
bool clmlp_is_one_hot(const clmlp_dataset *rows, char *const *names);

/* Classes of one-hot rows; with known classes in their order. Errors: CLMLP_BAD_INPUT, CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_take_one_hot(clmlp_dataset *dataset, const clmlp_dataset *rows, const clmlp_table *table,
                                const clmlp_load_options *options, clmlp_error *error);

/* The lists of labels of a table become y [m x K], with their names. known [count]: all that there may be, in the order
 * of the outputs; NULL: those that are met. Errors: CLMLP_BAD_INPUT, CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_take_label_lists(clmlp_dataset *dataset, clmlp_table *table, const char *const *known, size_t count,
                                    clmlp_error *error);

#endif
