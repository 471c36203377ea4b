/* common/dropout.h - which units of a hidden layer are dropped, once for all kernels.
 *
 * Unit j of row r gets 32 random bits: word j % 4 of Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random
 * numbers: as easy as 1, 2, 3", SC'11) by seed, step, layer, r and j / 4. It is dropped where they are below a
 * threshold, an integer, so that all devices and precisions drop the same. host/base/random.h makes the same words. The
 * mask is never stored: the backward pass makes it again.
 *
 * Included with
 *   WORD   uint, or a vector of uints: so many counters at a time
 */
#ifndef CLMLP_DROPOUT_H
#define CLMLP_DROPOUT_H

#include "common/codes.h"
#include "common/real.h"

/* Of one layer in one step. */
typedef struct dropout_numbers {
    REAL scale, rest; /* 1 / (1 - p), 1 - p */
    uint key[2];      /* the seed's low and high half */
    uint step, layer, threshold, on; /* on: 0 where p is 0, and nothing is done */
    uint first;                      /* rows of the batch in front of row 0 */
} dropout_numbers;

/* The multipliers, and what the key grows by, of the paper's table 2. */
#define PHILOX_M0 0xD2511F53u
#define PHILOX_M1 0xCD9E8D57u
#define PHILOX_W0 0x9E3779B9u
#define PHILOX_W1 0xBB67AE85u
#define PHILOX_ROUNDS 10

/* words[0] to words[3]: the bits of units 4 group to 4 group + 3 of a row. */
INLINE void dropout_words(WORD *words, const WORD group, const WORD row, const dropout_numbers *d)
{
    WORD a = group, b = row + (WORD)(d->first), c = (WORD)(d->step), e = (WORD)(d->layer << 8 | CODE_RANDOM_DROPOUT);
    uint key_0 = d->key[0], key_1 = d->key[1];
    for (int round = 0; round < PHILOX_ROUNDS; round++) {
        const WORD low_0 = a * (WORD)(PHILOX_M0), high_0 = mul_hi(a, (WORD)(PHILOX_M0));
        const WORD low_1 = c * (WORD)(PHILOX_M1), high_1 = mul_hi(c, (WORD)(PHILOX_M1));
        a = high_1 ^ b ^ (WORD)(key_0);
        b = low_1;
        c = high_0 ^ e ^ (WORD)(key_1);
        e = low_0;
        key_0 += PHILOX_W0;
        key_1 += PHILOX_W1;
    }
    words[0] = a;
    words[1] = b;
    words[2] = c;
    words[3] = e;
}

#endif
