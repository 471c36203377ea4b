/* repeated_rows.h - rows of a data set that stand there twice, and rows of another one that stand in it, too: by hash,
 * then compared. */
#ifndef CLMLP_DATA_REPEATED_ROWS_H
#define CLMLP_DATA_REPEATED_ROWS_H

#include "data/dataset.h"

/* Rows are compared in these columns. */
typedef struct clmlp_row_view {
    const clmlp_dataset *dataset;
    const size_t *column;          /* [columns] of the data set; NULL: 0, 1, 2, ... */
    const clmlp_column_kind *kind; /* [columns] that texts are read as; NULL, or CATEGORICAL: they stay texts */
    size_t columns;
    bool sparse;                   /* this data set, or the one that it is compared with, is sparse */
} clmlp_row_view;

/* Hashes of a row. */
typedef struct clmlp_row_key {
    uint64_t features, all; /* without, and with the target */
    uint32_t row;
} clmlp_row_key;

/* *out = keys [m], those of equal rows beside each other, in their order. Released with free(). */
clmlp_status clmlp_row_keys(clmlp_row_key **out, const clmlp_row_view *view, clmlp_error *error);

/* Pairs of rows: how many, and the first of them. */
typedef struct clmlp_row_pairs {
    size_t count, same_target; /* rows; those of which the target is equal, too */
    size_t row, other;         /* the first, and what it equals; where count > 0 */
} clmlp_row_pairs;

/* Rows that equal an earlier one, with the target. */
clmlp_row_pairs clmlp_find_copies(const clmlp_row_view *view, const clmlp_row_key *keys);

/* Rows whose features another row has with another class. */
clmlp_row_pairs clmlp_find_contradictions(const clmlp_row_view *view, const clmlp_row_key *keys);

/* Rows of `test` whose features a row of `train` has; the same columns in the same order. */
clmlp_row_pairs clmlp_find_shared(const clmlp_row_view *train, const clmlp_row_key *train_keys,
                                  const clmlp_row_view *test, const clmlp_row_key *test_keys);

#endif
