/* choose.h - which reader a file is for. */
#ifndef CLMLP_DATA_READERS_CHOOSE_H
#define CLMLP_DATA_READERS_CHOOSE_H

#include "data/readers/table.h"

typedef clmlp_status clmlp_table_reader(clmlp_table *table, clmlp_input *input, const clmlp_table_request *request,
                                        clmlp_error *error);

/* The reader of the file `path`, which is open at its start; the table gets a note where the choice may surprise.
 * Errors: CLMLP_BAD_INPUT (a file of another program: foreign.h), CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_choose_reader(clmlp_table_reader **reader, clmlp_table *table, const char *path,
                                 const clmlp_input *input, clmlp_format format, clmlp_error *error);

#endif
