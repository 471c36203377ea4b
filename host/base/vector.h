/* vector.h - functions that are compiled once for each width of a processor's vectors.
 *
 * A package is built for the oldest processor of its kind; the loader then takes the widest version that this one has.
 * Their results have the same bits: products and sums are not contracted (-ffp-contract=off), and a compiler keeps the
 * order of a sum in which it is written.
 */
#ifndef CLMLP_BASE_VECTOR_H
#define CLMLP_BASE_VECTOR_H

#include <limits.h> /* __GLIBC__ */

/* Where the loader can choose; a sanitizer's runtime is not there yet when it does. */
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define CLMLP_WIDE __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define CLMLP_WIDE
#endif

#endif
