/* parallel.h - a loop over independent pieces of work on several threads. */
#ifndef CLMLP_BASE_PARALLEL_H
#define CLMLP_BASE_PARALLEL_H

#include <stddef.h>

enum { CLMLP_PIECES = 8 };

/* Items begin .. end - 1 of the work; piece: which one it is, from 0, below CLMLP_PIECES. */
typedef void clmlp_work_piece(size_t piece, size_t begin, size_t end, void *context);

/* Cut `count` items into at most CLMLP_PIECES pieces, one a processor, of at least `least` items, and do them side by
 * side; returns, when all are done, how many there were. Pieces are in order of items. Where threads cannot be had, the
 * caller's does it all. */
size_t clmlp_parallel(size_t count, size_t least, clmlp_work_piece *work, void *context);

/* Threads that are worth having: one a processor, CLMLP_PIECES at the most. */
size_t clmlp_parallel_most(void);

/* Do `count` items on so many threads, the caller's among them. Each takes the next item when it has done one, so a
 * thread that the system leaves waiting holds up none but that one. piece: which thread. */
void clmlp_parallel_queue(size_t count, size_t threads, clmlp_work_piece *work, void *context);

#endif
