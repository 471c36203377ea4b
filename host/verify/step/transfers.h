/* transfers.h - data and theta as the device has them against what the host sent: equal to the bit. */
#ifndef CLMLP_VERIFY_TRANSFERS_H
#define CLMLP_VERIFY_TRANSFERS_H

#include "clmlp/verify.h"
#include "train/batch_loader.h"
#include "verify/step/step.h"

/* What goes into a step beside theta: x, y and, where examples have weights, w. */
enum { CLMLP_INPUTS = 3 };

/* x, y and w of a data set that is resident on the device, read back block by block; *count: of the findings. */
clmlp_status clmlp_check_data(clmlp_batch_loader *loader, size_t L, clmlp_finding findings[CLMLP_INPUTS], size_t *count,
                              clmlp_error *error);

/* The host's x, y and w of the batch that the loader gave last, into the step. */
clmlp_status clmlp_take_batch(const clmlp_batch_loader *loader, const clmlp_batch *batch, clmlp_step_record *step,
                              clmlp_error *error);

/* Which example its row r is. */
size_t clmlp_batch_example(const clmlp_batch_loader *loader, const clmlp_batch *batch, size_t r);

/* Whether a batch is in matrices of its own: streamed, or gathered by the backend. */
bool clmlp_has_batch(const clmlp_batch_loader *loader, const clmlp_batch *batch);

/* Such a batch read back, against the host's in the step, which takes the device's where they differ: that is what it
 * computed from. */
clmlp_status clmlp_check_batch(const clmlp_batch_loader *loader, const clmlp_batch *batch, clmlp_step_record *step,
                               size_t number, clmlp_finding findings[CLMLP_INPUTS], size_t *count, clmlp_error *error);

/* theta(l) of a network against the model's, rounded; it is left in the step's theta. */
clmlp_status clmlp_check_theta(clmlp_network *network, const clmlp_model *model, size_t l, clmlp_step_record *step,
                               clmlp_finding *finding, clmlp_error *error);

/* raw and s before the first step, as it has them from the device, against theta(1) and 1. */
enum { CLMLP_SCALE_BEGINS = 2 };
void clmlp_check_scale_begins(const clmlp_step_record *step, clmlp_finding findings[CLMLP_SCALE_BEGINS]);

/* theta(l) of another network against step->theta (part 0), or its state part - 1 against that of the step. */
clmlp_status clmlp_check_same_parameters(clmlp_network *network, size_t part, size_t l, const clmlp_step_record *step,
                                         clmlp_finding *finding, clmlp_error *error);

#endif
