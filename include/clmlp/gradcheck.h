/* gradcheck.h - whether the gradient is the derivative of the cost: the CPU path's, in double, against central
 * differences of J, which is computed from its definition by code that shares nothing with any backend.
 *
 *     dJ/dtheta = (J(theta + h e) - J(theta - h e)) / 2h - (h^2/6) J''' - ...
 *
 * The step is h = eps^(1/3) x_c (Numerical Recipes, 3rd ed., section 5.7; Nocedal & Wright, Numerical Optimization,
 * 2nd ed., section 8.1), eps = 2^-52, rounded to a power of two, so that it is exact. The characteristic scale x_c of
 * theta(l)_{j,i} is 1 / max |a(l)_i|: the change that moves z by one, the scale on which g, exp and log change.
 *
 * Two errors are to be expected, and are derived for each element:
 *   truncation  (h^2/6) |J'''|, J''' from the differences at h and 8h (Richardson)
 *   rounding    of the two costs, by 2h; and what the analytic gradient itself may be off. First-order bounds.
 * An element fails where |analytic - numeric| > 2 (truncation + rounding): 2 is for what the first order leaves out,
 * J''' at another place within the step above all; it would have to be as large as the first order itself.
 *
 * Where a unit of relu, leaky-relu, elu or selu changes sides between theta - h and theta + h (a kink) there is no such
 * derivative. These elements are counted and compared with the one-sided difference on the side where all units stay,
 *     (4 J(theta + h e) - 3 J(theta) - J(theta + 2h e)) / 2h + (h^2/3) J'''
 * or with smaller steps, down to h/4096, that stay clear of the kink. Where units are at z = 0 in both directions, the
 * cost is continued from theta with every unit on its side; one at z = 0 is below, as in every backend.
 *
 * Where examples have weights (clmlp_dataset_set_weights), J is (1/M) sum_i w_i cost_i + ..., over the M examples that
 * are looked at.
 *
 * Threads: the device alone, where there is one; model and data may be shared with others who read them. Callbacks come
 * on the thread that called.
 */
#ifndef CLMLP_GRADCHECK_H
#define CLMLP_GRADCHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clmlp/cancel.h"
#include "clmlp/dataset.h"
#include "clmlp/device.h"
#include "clmlp/export.h"
#include "clmlp/model.h"
#include "clmlp/status.h"
#include "clmlp/verify.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A callback: a function, NULL for none, and what it is given. It is called on the thread that checks. */
typedef struct clmlp_on_fraction {
    void (*function)(double fraction, void *context);
    void *context;
} clmlp_on_fraction;

typedef struct clmlp_gradcheck_config {
    size_t size; /* sizeof of this struct; see clmlp.h */
    double lambda;
    size_t examples;  /* the first so many of the data, or all where there are fewer; 0: all. J is theirs alone: m */
    size_t sample;    /* elements of each theta(l) to check, chosen by seed, a quarter of them biases; 0: every one */
    uint64_t seed;
    clmlp_on_fraction on_progress; /* now and then, at last with 1 */
    const clmlp_cancel *cancel;    /* looked at before each element; NULL: none. Borrowed */
    double label_smoothing;        /* E, as in clmlp_train_config */
    const double *dropout;         /* [dropout_count], as in clmlp_train_config: J with the units dropped that `seed`
                                      and step 1 say. Borrowed */
    size_t dropout_count;
    bool input_scale; /* check a scale of the inputs, too (input_scale_rate of clmlp_train_config): dJ/ds where theta(1)
                         is raw diag(s), s of each input 1/2, 1 or 2 by seed */
} clmlp_gradcheck_config;

/* lambda 0, 200 examples, 500 elements of each theta(l), seed 1. */
CLMLP_API void clmlp_gradcheck_config_init(clmlp_gradcheck_config *config, size_t size);
static inline clmlp_gradcheck_config clmlp_gradcheck_config_default(void)
{
    clmlp_gradcheck_config config;
    clmlp_gradcheck_config_init(&config, sizeof config);
    return config;
}

/* An element: (row, column) of theta(l) [s_{l+1} x (s_l + 1)]; column 0 is the bias. */
typedef struct clmlp_gradcheck_element {
    size_t row, column;
    double analytic, numeric;
    double step;                 /* h; negative: one-sided, downwards */
    double truncation, rounding; /* expected errors */
    double of_bound; /* |analytic - numeric| / 2 (truncation + rounding); infinite where one is not finite */
    bool kink;
} clmlp_gradcheck_element;

/* theta(l) of one layer, or s. */
typedef struct clmlp_gradcheck_layer {
    size_t layer;                  /* l; 0: s of the inputs, [1 x (s_1 + 1)]; column 0 for the bias, which has none */
    size_t elements, checked;
    size_t kinks;                  /* of the checked */
    size_t failed;                 /* beyond twice the truncation and rounding error */
    double max_relative;           /* largest |analytic - numeric| / max(|analytic|, |numeric|, rms): rms is that of the
                                      layer's gradient, as differences have no relative accuracy where it is nearly 0 */
    clmlp_gradcheck_element worst; /* largest of_bound */
    /* the device's, where there is one, from the same theta and data rounded to its precision */
    size_t device_failed;          /* elements beyond their bounds, of both comparisons below */
    /* lock-step: of z(l+1), a(l+1), delta(l+1), the gradient of theta(l), and the cost, each against the CPU path in
     * double from the device's own inputs, the first that failed, else the one nearest to its bound */
    clmlp_finding device_equation;
    /* free run: the whole gradient against the one in double from the start. Errors of all layers come together here,
     * so that the bounds of deep and wide networks become wide (bound_of_value) */
    clmlp_finding device_gradient;
} clmlp_gradcheck_layer;

typedef struct clmlp_gradcheck_result {
    size_t size; /* sizeof of this struct; see clmlp.h */
    bool passed;                   /* and the device's, where there is one */
    double cost;                   /* J */
    size_t examples;               /* m */
    size_t elements, checked;      /* of all layers */
    double max_relative;           /* of all layers */
    bool has_device;
    size_t device_failed;          /* of all layers */
    clmlp_finding device_failure;  /* the first in the order of computation, in lock-step, else in the free run; valid
                                      where device_failed > 0 */
    clmlp_gradcheck_layer *layers; /* [count], L - 1; with input_scale one more, s, at the end */
    size_t count;
} clmlp_gradcheck_result;

/* Check a model's gradient on data. A mismatch is not an error: it is in the result.
 *   device  compare its gradient, too, by its own engine in its own precision, element by element as clmlp_verify
 *           does (verify.h); NULL: not
 *   config  NULL: the defaults
 *   result  result->layers is released with clmlp_free, whatever is returned
 * Errors: CLMLP_BAD_ARGUMENT (also the step activation, which has no derivative, and a cost that is not finite),
 * CLMLP_OUT_OF_MEMORY, CLMLP_DEVICE, CLMLP_INTERRUPTED. */
CLMLP_API clmlp_status clmlp_gradcheck(const clmlp_model *model, const clmlp_dataset *dataset, clmlp_device *device,
                                       const clmlp_gradcheck_config *config, clmlp_gradcheck_result *result,
                                       clmlp_error *error);

#ifdef __cplusplus
}
#endif

#endif
