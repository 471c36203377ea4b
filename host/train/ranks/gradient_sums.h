/* gradient_sums.h - the gradients of a network, summed over the ranks while earlier layers are still computed. */
#ifndef CLMLP_TRAIN_GRADIENT_SUMS_H
#define CLMLP_TRAIN_GRADIENT_SUMS_H

#include "propagate/network.h"
#include "ranks/exchange.h"
#include "train/ranks/short_gradients.h"

/* Of one network: whose gradients are under way. */
typedef struct clmlp_gradient_sums {
    clmlp_ranks *ranks;
    size_t layers;      /* L - 1 */
    clmlp_view view;    /* AS_IT_LIES where all ranks' devices are alike, else DENSE */
    clmlp_loan *loans;  /* [layers]: dJ/dtheta(l) in the host's hands; values NULL: the device has it */
    size_t *tickets;    /* [layers]: of the sums */
    bool *direct;       /* [layers]: made in shared memory */
    clmlp_short_gradient *shortened; /* [layers]: gradients go in 16 bits; NULL: as they are */
    size_t fetched;     /* layers, counted from the last one, whose gradients are on their way to the host */
    size_t begun;       /* of them, those whose sum has begun */
    double **given;     /* [layers]: receive what this rank gives to the sums, as theta(l) lies; NULL: nobody asks */
} clmlp_gradient_sums;

/* Room for a network of L layers. Errors: CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_gradient_sums_create(clmlp_gradient_sums *sums, clmlp_ranks *ranks, size_t L, clmlp_error *error);
void clmlp_gradient_sums_destroy(clmlp_gradient_sums *sums);

/* From now on gradients go in 16 bits, with error feedback; of f32 alone. Errors: CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_gradient_sums_shorten(clmlp_gradient_sums *sums, clmlp_error *error);

/* The gradient of the next layer, from the last to the first, was enqueued: have the host get it. On a device that
 * computes within the call its sum begins at once. empty: this rank has no rows, and its gradient is 0. */
clmlp_status clmlp_gradient_sums_fetch(clmlp_gradient_sums *sums, clmlp_network *network, bool empty,
                                       clmlp_error *error);

/* Begin the sums of all layers that were fetched, each as soon as the device is done with it. */
clmlp_status clmlp_gradient_sums_begin(clmlp_gradient_sums *sums, clmlp_network *network, bool empty,
                                       clmlp_error *error);

/* Wait for the sum of theta(l)'s gradient, from the last layer to the first, and give it back to the device. */
clmlp_status clmlp_gradient_sums_end(clmlp_gradient_sums *sums, clmlp_network *network, size_t l, clmlp_error *error);

/* Which rank adds up element (row, column) of theta(l)'s gradient; the number of ranks: each for itself. After its sum.
 */
size_t clmlp_gradient_sums_adder(const clmlp_gradient_sums *sums, clmlp_precision precision, size_t l, size_t columns,
                                 size_t row, size_t column);

/* After a failure: nobody reads or writes what was fetched any more. */
void clmlp_gradient_sums_give_up(clmlp_gradient_sums *sums, clmlp_network *network);

#endif
