/* together.h - the verification of steps that several ranks take: what each has, what they give, what they come to.
 *
 * Every rank checks its own part in lock-step. Beside that:
 *   rows            each takes its rows of the batch, of the same order
 *   given           what it gave to the sums is its device's gradient, to the bit
 *   sum_gradient    what it got is the sum of what all gave, in the order of ranks, in double, rounded once: to the bit
 *   sum_cost        the same of cost and right
 *   same_theta      theta and its state have the same bits on ranks whose devices are alike
 *   whole_...       what all come to is within the bound of one process with the whole batch: rank 0 looks
 * All ranks get all findings. Functions are collective, unless they say otherwise.
 */
#ifndef CLMLP_VERIFY_TOGETHER_H
#define CLMLP_VERIFY_TOGETHER_H

#include "train/ranks/sharing.h"
#include "verify/step/step_checker.h"

typedef struct clmlp_together {
    clmlp_ranks *ranks;
    size_t rank, count;
    size_t L, M;                    /* M: rows of a whole batch, at the most */
    const size_t *s;                /* [L], the model's */
    clmlp_precision precision;
    clmlp_sharing *sharing;
    clmlp_shared_record record;     /* of this rank's step */
    clmlp_finding *own;             /* [own_count]: of this rank, since they were merged last */
    size_t own_count, own_room;
    /* of rank 0 alone */
    clmlp_step_checker *whole;
    clmlp_step_record *batch;       /* x, y and w of the whole batch */
    double **none;                  /* [L] of NULL: nobody has those of the whole batch */
} clmlp_together;

/* config->ranks has more than one. M: rows of a batch. Errors: CLMLP_BAD_ARGUMENT (other data or another model on a
 * rank), CLMLP_OUT_OF_MEMORY, CLMLP_RANKS. */
clmlp_status clmlp_together_create(clmlp_together **out, const clmlp_model *model, const clmlp_device *device,
                                   const clmlp_dataset *dataset, const clmlp_verify_config *config, size_t M,
                                   clmlp_error *error);
void clmlp_together_destroy(clmlp_together *together); /* NULL is fine; not collective */

/* Keep a finding of this rank until they are merged. Not collective. */
clmlp_status clmlp_together_add(clmlp_together *together, const clmlp_finding *finding, clmlp_error *error);

/* After this rank's own part of a step was checked: all that is about the ranks. The loader gave `batch` last. */
clmlp_status clmlp_together_check(clmlp_together *together, const clmlp_batch_loader *loader, const clmlp_batch *batch,
                                  const clmlp_step_record *step, clmlp_error *error);

/* What all ranks have found since the last time, in the order in which it is to be blamed: rows, then each rank's own
 * part, then the sums, then the whole. */
typedef clmlp_status clmlp_together_sink(const clmlp_finding *finding, void *context, clmlp_error *error);
clmlp_status clmlp_together_merge(clmlp_together *together, clmlp_together_sink *sink, void *context,
                                  clmlp_error *error);

/* After hand_on: devices that are not alike go on from rank 0's theta and state. */
clmlp_status clmlp_together_go_on(clmlp_together *together, clmlp_stepper *stepper, clmlp_step_record *step,
                                  clmlp_error *error);

/* Not collective: the others learn of a failure that they cannot know of. */
void clmlp_together_tell(const clmlp_together *together, clmlp_status status, const clmlp_error *error);

/* --- for the files of this folder -------------------------------------------------------------------------------- */

/* free(), unless a rank failed: then a message may still come there. */
void clmlp_together_free(const clmlp_together *together, void *block);

/* Compare what the ranks come to with one process, on rank 0. Not collective. */
clmlp_status clmlp_together_check_whole(clmlp_together *together, const clmlp_batch_loader *loader,
                                        const clmlp_batch *batch, const clmlp_step_record *step, clmlp_error *error);
clmlp_status clmlp_together_create_whole(clmlp_together *together, const clmlp_model *model, clmlp_error *error);

/* Sums of the step against those of what the ranks gave. */
clmlp_status clmlp_together_check_sums(clmlp_together *together, const clmlp_step_record *step, clmlp_error *error);

/* Elements that have to be equal; a NaN equals a NaN. `first`: number of element 0 in the tensor. */
void clmlp_together_compare(clmlp_finding *finding, const double *found, const double *expected, size_t first,
                            size_t count);

#endif
