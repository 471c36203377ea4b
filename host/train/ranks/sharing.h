/* sharing.h - one training of several ranks: which rows of a batch each takes, the step that they take together, and
 * what they must agree on. */
#ifndef CLMLP_TRAIN_SHARING_H
#define CLMLP_TRAIN_SHARING_H

#include "clmlp/train.h"
#include "train/ranks/gradient_sums.h"
#include "train/ranks/share.h"
#include "train/step.h"

/* What of a step goes to all beside the gradients, added up over the ranks: seconds of computing and rows of rank r
 * stand behind it, at RECORD_RANKS + 2 r, where all others add 0. */
enum { CLMLP_RECORD_COST, CLMLP_RECORD_RIGHT, CLMLP_RECORD_STOP, CLMLP_RECORD_RANKS };

typedef struct clmlp_sharing {
    clmlp_ranks *ranks;
    size_t rank, count;
    uint32_t *until;            /* [count + 1]: see clmlp_share */
    clmlp_share share;
    clmlp_gradient_sums sums;
    double *record;             /* [CLMLP_RECORD_RANKS + 2 count] of the last step */
    double *seconds, *rows;     /* [count]: of computing, since shares were made last */
    double *computed;           /* [count]: seconds of computing in all */
    char *devices;              /* where descriptions of them arrive */
    uint64_t *checksums;        /* [count], of theta */
    bool alike;                 /* all devices, so that all get the same bits */
    bool measures;              /* shares follow the speeds */
    bool stops;                 /* somebody wanted to, in the last step */
    bool takes_any;             /* scores that cannot be are no error: a verification compares them */
    clmlp_score_limits limits;  /* of this rank's rows of a step */
    const clmlp_cancel *cancel;
} clmlp_sharing;

/* How shares are made: equal ones; by speed; by weights [count], where those are not NULL; or, AUTO, by speed where
 * devices are unlike, else equal. Collective; `device` says what this rank computes with, to the last setting that
 * decides bits. Errors: CLMLP_OUT_OF_MEMORY, CLMLP_RANKS. */
clmlp_status clmlp_sharing_create(clmlp_sharing **out, clmlp_ranks *ranks, size_t L, const clmlp_train_config *config,
                                  const char *device, clmlp_error *error);
void clmlp_sharing_destroy(clmlp_sharing *sharing); /* NULL is fine */

/* What decides the bits of a device's results. */
void clmlp_sharing_describe(const clmlp_device *device, char *text, size_t size);

/* A step of all ranks: dJ/dtheta(l) of this rank's rows, summed over the ranks, from the last layer to the first while
 * those in front are computed, then theta moves by the rule, on every rank. The lambda term is rank 0's. `score`
 * receives that of the whole batch; the device is waited for. Collective. Errors: CLMLP_RANKS, CLMLP_DEVICE. */
clmlp_status clmlp_shared_step(clmlp_sharing *sharing, clmlp_network *network, const clmlp_batch *batch,
                               const clmlp_descent *descent, size_t step, clmlp_batch_score *score,
                               clmlp_error *error);

/* The first part of it, up to network->gradient and the score, for who descends otherwise. */
clmlp_status clmlp_shared_gradients(clmlp_sharing *sharing, clmlp_network *network, const clmlp_batch *batch,
                                    const clmlp_descent *descent, size_t step, clmlp_batch_score *score,
                                    clmlp_error *error);

/* And what follows those, of a scale of the inputs, too: theta moves. */
clmlp_status clmlp_shared_descend(clmlp_network *network, const clmlp_descent *descent, size_t step,
                                  clmlp_error *error);

/* Scores of the batches of a pass, of which each rank has filled some and left the others 0: those of all.
 * Collective. */
clmlp_status clmlp_sharing_add_scores(clmlp_sharing *sharing, clmlp_batch_score *scores, size_t count,
                                      clmlp_error *error);
/* Which of `count` batches of a pass are this rank's. */
void clmlp_sharing_batches(const clmlp_sharing *sharing, size_t count, size_t *first, size_t *own);

/* Whether theta and state, values [count], have the same bits on all ranks; where devices are unlike rank 0's become
 * everybody's, and *changed tells that this rank's were others. Collective. Errors: CLMLP_MISMATCH (whose, after which
 * step), CLMLP_RANKS. */
clmlp_status clmlp_sharing_compare(clmlp_sharing *sharing, double *values, size_t count, size_t epoch, size_t step,
                                   bool *changed, clmlp_error *error);

/* Whether all ranks begin at one place: theta and state, values [count], and so many epochs and steps done. Collective.
 * Errors: CLMLP_BAD_ARGUMENT (which rank has others), CLMLP_RANKS. */
clmlp_status clmlp_sharing_check_start(clmlp_sharing *sharing, const double *values, size_t count, size_t epochs,
                                       size_t steps, size_t done, clmlp_error *error);

/* Between two epochs: shares by what was measured, where they follow it; whether that changed them. Collective in
 * effect: all ranks know the same times, and come to the same shares. */
bool clmlp_sharing_measure(clmlp_sharing *sharing);

/* Tell whoever asks for it how batches of M examples are shared, `epochs` being completed. Errors:
 * CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_sharing_tell(const clmlp_sharing *sharing, const clmlp_on_shares *on_shares, size_t M, size_t epochs,
                                clmlp_error *error);

#endif
