/* targets.h - whether a column of targets holds classes or numbers (docs/files.md says the rule). */
#ifndef CLMLP_DATA_TARGETS_H
#define CLMLP_DATA_TARGETS_H

#include "data/classes.h"
#include "clmlp/dataset.h"

/* CLASSES or VALUES. Labels of which one is infinite or NaN are CLASSES, which clmlp_classes_finish refuses by place.
 *   name  of the column in messages, or NULL
 * Errors: CLMLP_BAD_INPUT (it may be either: the message asks), CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_targets_decide(const clmlp_classes *targets, const char *name, clmlp_target_kind *kind,
                                  clmlp_error *error);

/* Whether all that are not missing are numbers, and there is one. */
bool clmlp_targets_are_numbers(const clmlp_classes *targets);

/* y [m] of targets that were found to be VALUES; released with free(). */
clmlp_status clmlp_targets_values(clmlp_classes *targets, double **y, clmlp_error *error);

#endif
