/* share.c - which rows of each batch a rank takes. */
#include "train/ranks/share.h"

void clmlp_share_make(uint32_t *until, size_t count, const double *weights)
{
    double total = 0.0, sum = 0.0;
    for (size_t r = 0; r < count && weights != NULL; r++) total += weights[r];
    until[0] = 0;
    for (size_t r = 1; r < count; r++) {
        const size_t least = until[r - 1] + 1, most = CLMLP_SHARE_PARTS - (count - r);
        size_t parts = CLMLP_SHARE_PARTS * r / count;
        if (weights != NULL) {
            sum += weights[r - 1];
            parts = (size_t)(sum / total * CLMLP_SHARE_PARTS);
        }
        until[r] = (uint32_t)(parts < least ? least : parts > most ? most : parts);
    }
    until[count] = CLMLP_SHARE_PARTS;
}

/* Rows in front of those of rank r: rounded up, so that rank 0 has at least one. */
static size_t rows_before(const clmlp_share *share, size_t r, size_t M)
{
    const uint64_t parts = share->until[r], whole = M / CLMLP_SHARE_PARTS, rest = M % CLMLP_SHARE_PARTS;
    return (size_t)(whole * parts + (rest * parts + CLMLP_SHARE_PARTS - 1) / CLMLP_SHARE_PARTS);
}

void clmlp_share_rows(const clmlp_share *share, size_t M, size_t *first, size_t *rows)
{
    if (share->count == 0) {
        *first = 0;
        *rows = M;
        return;
    }
    *first = rows_before(share, share->rank, M);
    *rows = rows_before(share, share->rank + 1, M) - *first;
}
