/* label_rows.h - lists of several labels as rows of 0 and 1. */
#ifndef CLMLP_DATA_READERS_LABEL_ROWS_H
#define CLMLP_DATA_READERS_LABEL_ROWS_H

#include "data/readers/table.h"

/* The lists of labels of a table become y [m x K], with their names. known [count]: all that there may be, in the order
 * of the outputs; NULL: those that are met. Errors: CLMLP_BAD_INPUT, CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_take_label_lists(clmlp_dataset *dataset, clmlp_table *table, const char *const *known, size_t count,
                                    clmlp_error *error);

#endif
