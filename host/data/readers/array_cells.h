/* array_cells.h - numbers from arrays as the cells of columns, of whatever kind a model has there. */
#ifndef CLMLP_DATA_ARRAY_CELLS_H
#define CLMLP_DATA_ARRAY_CELLS_H

#include "data/readers/table.h"

/* The shortest of a few forms that reads back as the same number. Returns text. */
const char *clmlp_show_number(char text[32], double value);

/* The cell of the next row, which is a number; NaN: missing. Where its column holds texts it is one: "1" is the
 * category of 1. *fits as in clmlp_cells_add. */
clmlp_status clmlp_cells_add_value(clmlp_cells *cells, double value, bool *fits, clmlp_error *error);

/* A cell of row i, from 0, that does not fit. */
clmlp_status clmlp_wrong_cell(const char *path, size_t i, const char *name, const char *found, clmlp_column_kind kind,
                              clmlp_error *error);

/* Whether an array can hold all columns of a model: numbers and booleans. Errors: CLMLP_BAD_INPUT. */
clmlp_status clmlp_array_suits(const clmlp_columns *columns, const char *path, clmlp_error *error);

/* The columns of such an array, x or sparse, become cells of the kinds that the model has. Errors: CLMLP_BAD_INPUT (a
 * number that is no boolean). */
clmlp_status clmlp_cells_from_array(clmlp_table *table, const clmlp_columns *columns, const char *path,
                                    clmlp_error *error);

#endif
