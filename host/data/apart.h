/* apart.h - numbers such as -999 that may mean that there is no value. */
#ifndef CLMLP_DATA_APART_H
#define CLMLP_DATA_APART_H

#include "data/dataset.h"

/* How many rows have this value in column c, if it is such a number and stands apart: outside of all others by more
 * than their range, in 2 rows and in 1 % of all. Three others at least have to differ: a code of two or three numbers
 * has any. -1 and -9 are common among negative numbers. */
size_t clmlp_count_apart(const clmlp_dataset *dataset, size_t c, double value);

/* A note for each such number in a column of numbers. text: the file has texts, so --missing-values helps.
 * Errors: CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_note_apart(clmlp_dataset *dataset, const char *path, bool text, clmlp_error *error);

#endif
