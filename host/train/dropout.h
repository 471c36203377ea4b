/* dropout.h - whether dropout is asked for as it can be. */
#ifndef CLMLP_TRAIN_DROPOUT_H
#define CLMLP_TRAIN_DROPOUT_H

#include "model/model.h"
#include "propagate/network.h"

/* p [count], for none, all, or each of the model's hidden layers: each at least 0 and less than 1. Errors:
 * CLMLP_BAD_ARGUMENT. */
clmlp_status clmlp_dropout_check(const double *p, size_t count, const clmlp_model *model, clmlp_error *error);

/* What was checked, for the steps of training; none where every p is 0. Borrows p. */
clmlp_dropouts clmlp_dropouts_for(const double *p, size_t count, uint64_t seed);

#endif
