/* add.h - a sum in the order of ranks, the same bits wherever it is made. */
#ifndef CLMLP_RANKS_ADD_H
#define CLMLP_RANKS_ADD_H

#include <stddef.h>
#include <stdint.h>

#include "clmlp/precision.h"

/* sum := parts[0] + parts[1] + ..., from the first to the last in double, rounded once. Each has `count` numbers of a
 * precision; sum may be one of the parts. ranks > 0. */
void clmlp_add_in_order(clmlp_precision precision, size_t ranks, const void *const *parts, void *sum, size_t count);
/* The same of bfloat16. */
void clmlp_add_short_in_order(size_t ranks, const void *const *parts, uint16_t *sum, size_t count);

#endif
