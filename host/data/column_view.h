/* column_view.h - the cells of a data set by column, as they were read, whatever storage holds them. */
#ifndef CLMLP_DATA_COLUMN_VIEW_H
#define CLMLP_DATA_COLUMN_VIEW_H

#include "data/dataset.h"

/* A number, or, where text is not NULL, a text. Missing is NaN. */
typedef struct clmlp_cell_value {
    const char *text;
    double number;
} clmlp_cell_value;

/* Columns that features come from, and what column c is. name NULL: it has none. */
size_t clmlp_view_columns(const clmlp_dataset *dataset);
clmlp_column_kind clmlp_view_kind(const clmlp_dataset *dataset, size_t c);
const char *clmlp_view_name(const clmlp_dataset *dataset, size_t c);

/* Column c of row i. Texts are the data set's. */
clmlp_cell_value clmlp_view_cell(const clmlp_dataset *dataset, size_t c, size_t i);

/* The same without the way over texts: a level of the encoder of a categorical column, level_count or more: missing;
 * a number of any other. */
uint32_t clmlp_view_level(const clmlp_dataset *dataset, size_t c, size_t i);
double clmlp_view_number(const clmlp_dataset *dataset, size_t c, size_t i);

/* Whether a text is a value of the kind, which then is in *number. CATEGORICAL: never. */
bool clmlp_cell_parse(const char *text, clmlp_column_kind kind, double *number);

bool clmlp_cell_is_missing(const clmlp_cell_value *value);
bool clmlp_cell_equal(const clmlp_cell_value *a, const clmlp_cell_value *b);

/* One more value for a hash of many; equal values change it equally. */
uint64_t clmlp_cell_hash(uint64_t hash, const clmlp_cell_value *value);

#endif
