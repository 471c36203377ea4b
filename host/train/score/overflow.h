/* overflow.h - whether costs that are not finite can be: whether anything on the way to them may overflow. */
#ifndef CLMLP_TRAIN_OVERFLOW_H
#define CLMLP_TRAIN_OVERFLOW_H

#include "data/dataset.h"
#include "model/model.h"

/* Whether a device may overflow when it scores these examples with that theta, laid out as the model's. *may is true
 * where it is not known that it does not. Errors: CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_score_may_overflow(const clmlp_model *model, const double *theta, const clmlp_dataset *dataset,
                                      clmlp_precision precision, bool *may, clmlp_error *error);

#endif
