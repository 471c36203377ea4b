/* array.h - what IDX and NPY files have in common: typed elements of a dense array of known shape. */
#ifndef CLMLP_DATA_ARRAY_H
#define CLMLP_DATA_ARRAY_H

#include "data/readers/array_elements.h"
#include "data/readers/table.h"

/* The columns of a table whose x is filled become targets and features as the request says; `shape` is for messages. */
clmlp_status clmlp_array_take_columns(clmlp_table *table, const char *path, size_t rank, const char *shape,
                                      const clmlp_table_request *request, clmlp_error *error);

/* The columns [*count] of n that request->target means: one number, or a list. strict: all of a list have to be there;
 * what is no such number gives none, and is counted in *absent, which may be NULL. */
clmlp_status clmlp_array_list_targets(const char *path, const clmlp_table_request *request, size_t n, bool strict,
                                      size_t *columns, size_t *count, size_t *absent, clmlp_error *error);

/* Read the elements, which start at the input's position, and make the table: the first dimension are its
 * rows, the others its columns; a target column is taken out as the request says. Memory grows with what
 * is really there, not with what the header claims. */
clmlp_status clmlp_array_read(clmlp_table *table, clmlp_input *input, const clmlp_array_header *header,
                              const clmlp_table_request *request, clmlp_error *error);

#endif
