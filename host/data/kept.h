/* kept.h - texts of columns that go along with the examples as they stand: --keep. */
#ifndef CLMLP_DATA_KEPT_H
#define CLMLP_DATA_KEPT_H

#include <stddef.h>

#include "base/error.h"

/* Zero-initialise; release with clmlp_kept_release. */
typedef struct clmlp_kept {
    size_t count;  /* columns */
    char **names;  /* [count], one block */
    size_t *place; /* [m x count] where each text begins in `texts` */
    char *texts;   /* one after the other, each NUL-terminated */
    size_t place_capacity, length, capacity;
} clmlp_kept;

/* names [count], copied. */
clmlp_status clmlp_kept_begin(clmlp_kept *kept, const char *const *names, size_t count, clmlp_error *error);

/* The text of column c in row i; rows come one after the other, their columns in any order. */
clmlp_status clmlp_kept_add(clmlp_kept *kept, size_t i, size_t c, const char *text, size_t length, clmlp_error *error);

const char *clmlp_kept_text(const clmlp_kept *kept, size_t i, size_t c);

/* Row i becomes row `to` <= i. */
void clmlp_kept_move(clmlp_kept *kept, size_t to, size_t i);

/* The texts of `m` rows of a part behind those of the `before` rows that are there. Errors: CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_kept_append(clmlp_kept *kept, size_t before, const clmlp_kept *part, size_t m, clmlp_error *error);

void clmlp_kept_release(clmlp_kept *kept);

#endif
