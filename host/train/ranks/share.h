/* share.h - which rows of each batch a rank takes: whole numbers alone decide, so that all ranks agree. */
#ifndef CLMLP_TRAIN_SHARE_H
#define CLMLP_TRAIN_SHARE_H

#include <stddef.h>
#include <stdint.h>

enum { CLMLP_SHARE_PARTS = 1 << 20 }; /* of a batch */

/* Rank r has the parts until[r] to until[r + 1] of every batch. */
typedef struct clmlp_share {
    size_t rank, count;    /* count 0: there is one process, which has all rows */
    const uint32_t *until; /* [count + 1]: 0, rising, CLMLP_SHARE_PARTS */
} clmlp_share;

/* Parts in the proportion of weights [count], all > 0; NULL: equal ones. Each rank gets one part or more.
 * 1 <= count <= CLMLP_SHARE_PARTS. */
void clmlp_share_make(uint32_t *until, size_t count, const double *weights);

/* Rows first .. first + rows - 1 of a batch of M are this rank's. Rank 0 has some, where M > 0; others may have
 * none. */
void clmlp_share_rows(const clmlp_share *share, size_t M, size_t *first, size_t *rows);

#endif
