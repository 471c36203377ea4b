/* best.h - the best theta so far, kept on the device; what early stopping counts by. */
#ifndef CLMLP_TRAIN_BEST_H
#define CLMLP_TRAIN_BEST_H

#include "propagate/network.h"

/* When an epoch counts as better, and for how long training goes on without. */
typedef struct clmlp_patience {
    bool more;         /* larger values are better */
    double tolerance;  /* by how much more than this a gain has to be better */
    size_t epochs;     /* without a gain; 0: for ever */
    size_t min_epochs; /* never stop before */
} clmlp_patience;

/* All state of early stopping; without a device it is its numbers and the theta of clmlp_best_get. */
typedef struct clmlp_best {
    clmlp_backend *backend;
    clmlp_tensor **theta; /* [layers]: as network->theta; NULL: none is to be kept */
    size_t layers;        /* L - 1 */
    size_t epoch;         /* whose theta it is: the first that nothing was better than; 0: none yet */
    double value;         /* monitored then */
    size_t gain_epoch;    /* the last epoch that was better by more than the tolerance; 0: none yet */
    double gain_value;
} clmlp_best;

/* Make room like the network's theta, or release it; the numbers stay. Errors: CLMLP_OUT_OF_MEMORY, CLMLP_DEVICE. */
clmlp_status clmlp_best_place(clmlp_best *best, const clmlp_network *network, clmlp_error *error);
void clmlp_best_leave(clmlp_best *best);

/* The value after an epoch; *keep: it is the best yet. A value that is not finite is never better, and equal values
 * are not: the first epoch stays. The numbers change, theta is the caller's to keep. */
void clmlp_best_see(clmlp_best *best, const clmlp_patience *patience, size_t epoch, double value, bool *keep);

/* Whether training has gone on for long enough without a gain. */
bool clmlp_best_stops(const clmlp_best *best, const clmlp_patience *patience, size_t epoch);

/* theta of the network to here and back, on the device. Enqueue only. */
clmlp_status clmlp_best_keep(clmlp_best *best, const clmlp_network *network, clmlp_error *error);
clmlp_status clmlp_best_restore(const clmlp_best *best, clmlp_network *network, clmlp_error *error);

/* The best theta, laid out as the model's, to the host (waits) and from it. */
clmlp_status clmlp_best_get(const clmlp_best *best, clmlp_network *network, const clmlp_model *model, double *theta,
                            clmlp_error *error);
clmlp_status clmlp_best_put(clmlp_best *best, clmlp_network *network, const clmlp_model *model, const double *theta,
                            clmlp_error *error);

#endif
