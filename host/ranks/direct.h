/* direct.h - sums in memory that all ranks of a host see: nothing is sent.
 *
 * Each rank has a part of that memory, and its numbers lie there at the same place as the others' in theirs. Rank r
 * adds up its slices of all ranks' numbers, from rank 0 to the last, and writes the sums into all parts. Slices are
 * those of a sum by messages (piece.h), so it has the same bits, made by the same ranks.
 *
 * Two counters of each rank lie in front: how many sums it has given its numbers for, and how many it has added up its
 * slices of. Sums are counted from 1, in the order in which they were begun, and compared modulo 2^32.
 *
 * Threads: one gives, one adds.
 */
#ifndef CLMLP_RANKS_DIRECT_H
#define CLMLP_RANKS_DIRECT_H

#include <stdbool.h>

#include "base/error.h"
#include "clmlp/precision.h"
#include "clmlp/ranks.h"

typedef struct clmlp_direct clmlp_direct;

/* Memory for `count` ranks, of which this one is `rank`: CLMLP_DIRECT_PAGE bytes or more of counters, then `part` bytes
 * of each, a multiple of it. Bytes of all; SIZE_MAX: more than there can be. The memory has to be zero at first, at an
 * address that is a multiple of 128, and outlive what is made of it. */
enum { CLMLP_DIRECT_PAGE = 1 << 16 };
size_t clmlp_direct_size(size_t count, size_t part);
clmlp_status clmlp_direct_create(clmlp_direct **out, void *memory, size_t rank, size_t count, size_t part,
                                 clmlp_error *error);
void clmlp_direct_destroy(clmlp_direct *direct); /* the memory stays; NULL is fine */
unsigned char *clmlp_direct_part(const clmlp_direct *direct, size_t rank);
void *clmlp_direct_memory(const clmlp_direct *direct, size_t *bytes);

/* Whether a sum of these can be made here: they lie in this rank's part, and are not so few that each rank sums for
 * itself. NULL: no. */
bool clmlp_direct_holds(const clmlp_direct *direct, const void *values, size_t bytes);

/* This rank's numbers of its next sum are there; the turn of that. */
unsigned clmlp_direct_give(clmlp_direct *direct);

/* Add up this rank's slices, if all have given theirs. *sent: plus the bytes that messages would have taken. False:
 * some have not. Then, in a later round: whether all have added up theirs. */
bool clmlp_direct_add(clmlp_direct *direct, unsigned turn, clmlp_precision precision, const void *values, size_t count,
                      double *sent);
bool clmlp_direct_is_done(const clmlp_direct *direct, unsigned turn);

/* --- direct_open.c ---------------------------------------------------------------------------------------------- */

/* Such memory for the ranks at hand, a part of `bytes` each, zero. *out NULL: it cannot be had, and sums go by
 * messages: ranks are on several hosts, there is no room, a rank wants none (bytes 0) or another size, or the variable
 * CLMLP_SHARED_SUMS says no. Collective. Errors: CLMLP_BAD_ARGUMENT: it says neither yes nor no; CLMLP_OUT_OF_MEMORY,
 * CLMLP_RANKS. */
clmlp_status clmlp_direct_open(clmlp_direct **out, clmlp_ranks *ranks, size_t bytes, clmlp_error *error);

/* From now on sums of what lies there are made there, if all ranks are ready for it and there is no other such memory.
 * Collective. Errors: CLMLP_RANKS. */
clmlp_status clmlp_direct_use(clmlp_direct *direct, clmlp_ranks *ranks, bool ready, clmlp_error *error);

/* No sum is made there any more, and the memory goes. Before the ranks are left; not collective. NULL is fine. */
void clmlp_direct_close(clmlp_direct *direct, clmlp_ranks *ranks);

#endif
