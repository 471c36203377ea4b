/* fetch.h - for CPUs: memory that is asked for before it is needed. No result depends on it.
 *
 * A processor foresees the long rows of a product, but not what the tile does with it: its part of theta, or of a
 * layer, is in another core's cache or in none. OpenCL's prefetch() does nothing in PoCL. So this is clang's, where
 * clang compiles for the CPU itself; what is compiled to SPIR first does without.
 */
#ifndef CLMLP_FETCH_H
#define CLMLP_FETCH_H

#include "common/real.h"

#if defined(__clang__) && (defined(__x86_64__) || defined(__aarch64__))
#define FETCH(at, to_write) __builtin_prefetch((const void *)(size_t)(at), to_write, 3)
#else
#define FETCH(at, to_write) (void)(at)
#endif

#ifdef CLMLP_DOUBLE
#define CACHE_LINE 8
#else
#define CACHE_LINE 16
#endif

/* MR x NR numbers that lie side by side. */
#define FETCH_TILE(tile, to_write) \
    UNROLL for (int number = 0; number < MR * NR; number += CACHE_LINE) FETCH((tile) + number, to_write)

/* Steps of a product from which on that pays: it takes the time of some. */
#define FETCH_LEAST 128

/* The row of NR numbers that a product takes so many steps later. The processor foresees it as well, but not from as
 * far away as another cache than the core's own. */
#define FETCH_AHEAD 16
#define FETCH_ROW(b) \
    UNROLL for (int number = 0; number < NR; number += CACHE_LINE) FETCH((b) + FETCH_AHEAD * NR + number, 0)

#endif
