/* measured.h - which engine clmlp_tune found faster, for which networks; text alone, no device.
 *
 * A line a network, "784-25-10@128 ENGINE", and "overall ENGINE" for none in particular.
 */
#ifndef CLMLP_BACKEND_ENGINES_MEASURED_H
#define CLMLP_BACKEND_ENGINES_MEASURED_H

#include "backend/backend.h"

typedef struct clmlp_measured {
    clmlp_engine engine;
    const char *network; /* where its text begins in the lines; NULL: overall */
    size_t length;
    bool is_same;        /* just this network and batch */
} clmlp_measured;

/* The measurement that says most of a network: its own, else that of the nearest one; size NULL: overall. False: there
 * is none.
 *
 * The products of the five equations are M x s(l) x s(l+1), in three orders. So a network lies at (ln M, the mean of
 * ln s(l), that of ln s(l+1), ln of the number of products), means weighted by s(l) s(l+1), the work. The nearest one
 * has the least Euclidean distance; of two that are as near the first. Without M, that does not count. */
bool clmlp_measured_for(const char *lines, const clmlp_network_size *size, clmlp_measured *found);

/* New lines, and the older ones for other networks behind them, 64 in all, without those that make no sense; released
 * with free(). NULL: there are none, or there is no memory. */
char *clmlp_measured_merge(const char *older, const char *newer);

#endif
