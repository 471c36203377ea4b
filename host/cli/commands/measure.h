/* measure.h - metrics of a model that was just trained. */
#ifndef CLMLP_CLI_MEASURE_H
#define CLMLP_CLI_MEASURE_H

#include <clmlp/clmlp.h>

/* Evaluate a model on a data set; what: its role, "training data". data NULL: there is none, and *out stays as it is.
 *   cancel  a wish to stop; NULL: there can be none
 *   on_cpu  the device was found to compute wrong: measure on the CPU path, in its precision
 * Returns the exit status, after saying why there are no metrics. */
int clmlp_cli_measure(const clmlp_model *model, clmlp_device *device, bool on_cpu, const clmlp_dataset *data,
                      const char *what, double lambda, const clmlp_cancel *cancel, clmlp_evaluation **out);

#endif
