/* gradcheck.h - whether the gradient is the derivative of the cost: analytic against central differences, in double.
 *
 *     dJ/dtheta ~ (J(theta + e) - J(theta - e)) / 2e
 */
#ifndef CLMLP_GRADCHECK_H
#define CLMLP_GRADCHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clmlp/dataset.h"
#include "clmlp/device.h"
#include "clmlp/export.h"
#include "clmlp/model.h"
#include "clmlp/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct clmlp_gradcheck_config {
    double lambda;
    size_t examples;  /* the first so many of the data; 0: all */
    size_t sample;    /* elements of each theta(l) to check, chosen by seed; 0: every one */
    uint64_t seed;
    void (*on_progress)(double fraction, void *context); /* NULL: none */
    void *context;
} clmlp_gradcheck_config;

/* lambda 0, 100 examples, every theta, seed 1. */
CLMLP_API clmlp_gradcheck_config clmlp_gradcheck_config_default(void);

/* Of one layer. */
typedef struct clmlp_gradcheck_layer {
    size_t layer;              /* l of theta(l) */
    size_t elements, checked;
    size_t kinks;              /* of the checked: a relu changes sides within the step, so that there is no derivative to
                                  compare with; counted, and compared with one-sided differences instead */
    size_t failed;             /* beyond truncation and rounding error */
    double max_relative;       /* largest |analytic - numeric| / max(|analytic|, |numeric|, floor) */
    double max_of_expected;    /* largest error as a fraction of truncation + rounding error */
    double truncation, rounding; /* expected errors of that element */
    size_t worst;              /* element j (s_l + 1) + i of theta(l) */
    double analytic, numeric, step; /* there */
    /* the device's gradient against the analytic one in double; only with a device */
    size_t device_failed;
    double device_max_of_bound, device_max_abs;
} clmlp_gradcheck_layer;

typedef struct clmlp_gradcheck_result {
    bool passed;
    double cost;                     /* J */
    clmlp_gradcheck_layer *layers;   /* [count], L - 1 */
    size_t count;
} clmlp_gradcheck_result;

/* Check a model's gradient on data. device: compare its gradient, too; NULL: not.
 *   result  released with clmlp_gradcheck_result_free, whatever is returned
 * Errors: CLMLP_BAD_ARGUMENT (also step, which has no derivative), CLMLP_OUT_OF_MEMORY, CLMLP_DEVICE. */
CLMLP_API clmlp_status clmlp_gradcheck(const clmlp_model *model, const clmlp_dataset *dataset, clmlp_device *device,
                                       const clmlp_gradcheck_config *config, clmlp_gradcheck_result *result,
                                       clmlp_error *error);
CLMLP_API void clmlp_gradcheck_result_free(clmlp_gradcheck_result *result);

#ifdef __cplusplus
}
#endif

#endif
