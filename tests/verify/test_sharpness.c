/* test_sharpness.c - error bounds are sharp: real errors are a sizeable part of them.
 *
 * The bounds are compared with another derivation, by naive loops in long double (reference.h), and with the errors of
 * real networks: the largest error of a tensor should be a sizeable part of its bound.
 */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "reference.h"
#include "verify/step/step_checker.h"

/* --- another derivation ------------------------------------------------------------------------------------------ */

typedef struct witness {
    const random_case *c;
    const clmlp_step_record *step;
    size_t compared;
} witness;

static matrix view(size_t rows, size_t columns, double *values)
{
    return (matrix){rows, columns, values};
}

static matrix a_of(const clmlp_step_record *step, size_t l)
{
    return view(step->M, step->s[l - 1], l == 1 ? step->x : step->a[l - 1]);
}

static matrix theta_of(const clmlp_step_record *step, size_t l)
{
    return view(step->s[l], step->s[l - 1] + 1, step->theta[l - 1]);
}

static matrix delta_of(const clmlp_step_record *step, size_t l)
{
    return view(step->M, step->s[l - 1], step->delta[l - 1]);
}

static void output_again(expected *out, const clmlp_step_record *step, clmlp_quantity quantity)
{
    const size_t L = step->L, K = step->s[L - 1];
    const matrix z = view(step->M, K, step->z[L - 1]), y = view(step->M, K, step->y);
    const matrix w = view(step->M, 1, step->w);
    expected h = expected_create(step->M, K), delta = expected_create(step->M, K), cost = expected_create(1, 1);
    reference_output(&h, &delta, &cost, &z, &y, step->w != NULL ? &w : NULL, step->output, step->precision);
    expected *const wanted = quantity == CLMLP_QUANTITY_A ? &h : quantity == CLMLP_QUANTITY_COST ? &cost : &delta;
    const expected swap = *out;
    *out = *wanted;
    *wanted = swap;
    expected_free(&h), expected_free(&delta), expected_free(&cost);
}

/* The same tensor by the naive loops. */
static void compute_again(expected *out, const clmlp_step_record *step, clmlp_quantity quantity, size_t l)
{
    const clmlp_precision precision = step->precision;
    const bool output = l == step->L;
    matrix z = {0, 0, NULL}, a = {0, 0, NULL}, theta = {0, 0, NULL}, other = {0, 0, NULL};
    switch (quantity) {
    case CLMLP_QUANTITY_Z:
        a = a_of(step, l - 1), theta = theta_of(step, l - 1);
        reference_z(out, &a, &theta, precision);
        break;
    case CLMLP_QUANTITY_DELTA:
        if (output) {
            output_again(out, step, quantity);
            break;
        }
        a = a_of(step, l), theta = theta_of(step, l), other = delta_of(step, l + 1);
        z = view(step->M, step->s[l - 1], step->z[l - 1]);
        reference_hidden(out, &other, &theta, &z, &a, step->activation, precision);
        break;
    case CLMLP_QUANTITY_GRADIENT:
        a = a_of(step, l), theta = theta_of(step, l), other = delta_of(step, l + 1);
        reference_gradient(out, &other, &a, &theta, step->descent.decay, precision);
        break;
    case CLMLP_QUANTITY_THETA:
        theta = theta_of(step, l), other = view(theta.rows, theta.columns, step->gradient[l - 1]);
        reference_update(out, &theta, &other, step->descent.rule.rate, precision);
        break;
    default:
        other = view(step->M, step->s[l - 1], step->z[l - 1]);
        if (output) {
            output_again(out, step, quantity);
        } else {
            reference_activation(out, &other, step->activation, precision);
        }
        break;
    }
}

static clmlp_status compare_again(const clmlp_checked_tensor *checked, void *context, clmlp_error *error)
{
    witness *w = context;
    const clmlp_finding *f = &checked->finding;
    const double least = 1e-30; /* far above what either allows for underflow, far below all else */
    char text[256];
    clmlp_step_record in_double = *w->step;
    expected again = expected_create(f->rows, f->columns), exact = expected_create(f->rows, f->columns);
    (void)error; /* exact: how far double may be from long double */
    if (clmlp_is_trend(f->quantity)) return CLMLP_OK; /* of all elements, no tensor */
    if (f->quantity == CLMLP_QUANTITY_RIGHT) return CLMLP_OK; /* a count, whose bound is a count of rows, too */
    in_double.precision = CLMLP_F64;
    compute_again(&again, w->step, f->quantity, f->layer);
    compute_again(&exact, &in_double, f->quantity, f->layer);
    for (size_t i = 0; i < f->rows * f->columns; i++) {
        const double value = checked->expected[i], bound = checked->bound[i], naive = again.bound.values[i];
        if (!isfinite(value) || fabs(value) > 1e30 || isinf(bound)) continue;
        cr_assert(fabs(value - again.value.values[i]) <= exact.bound.values[i] + least,
                  "%s: %s(%zu) of step %zu, element %zu: %.17g, but %.17g", case_text(w->c, text),
                  clmlp_quantity_name(f->quantity), f->layer, f->step, i, value, again.value.values[i]);
        cr_assert(bound <= 1.05 * naive + least, "%s: %s(%zu), element %zu: a bound of %.3g, but %.3g is enough",
                  case_text(w->c, text), clmlp_quantity_name(f->quantity), f->layer, i, bound, naive);
        w->compared++;
    }
    expected_free(&again), expected_free(&exact);
    return CLMLP_OK;
}

/* A step of the CPU path in float. */
static size_t witness_case(clmlp_device *device, const random_case *c)
{
    clmlp_model *model = case_model(c);
    clmlp_stepper *stepper = NULL;
    clmlp_step_record *step = NULL;
    clmlp_step_checker *checker = NULL;
    witness w = {.c = c};
    OK(clmlp_stepper_create(&stepper, device->backend, model, c->M, error));
    OK(clmlp_step_record_create(&step, model, c->M, device->backend->precision, true, error));
    OK(clmlp_step_checker_create(&checker, model, c->M, device->backend->precision, device->backend, error));
    case_inputs(c, 1, model, step);
    OK(clmlp_stepper_run(stepper, step, true, error));
    w.step = step;
    OK(clmlp_step_checker_check(checker, step, 1, compare_again, &w, error));
    clmlp_step_checker_destroy(checker);
    clmlp_step_record_destroy(step);
    clmlp_stepper_destroy(stepper);
    clmlp_model_destroy(model);
    return w.compared;
}

Test(sharpness, agrees_with_a_naive_derivation_and_is_not_wider)
{
    clmlp_device *device = open_device("cpu", CLMLP_F32, 0);
    size_t compared = 0;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        const random_case c = case_of(seed, false);
        compared += witness_case(device, &c);
    }
    cr_assert_gt(compared, 100000);
    clmlp_device_close(device);
}

/* --- what networks do -------------------------------------------------------------------------------------------- */

typedef struct network {
    size_t m, n, K, hidden[3], count, batch;
    clmlp_activation activation;
    clmlp_output output;
    double lambda;
} network;

static const network networks[] = {
    {400, 64, 10, {25}, 1, 32, CLMLP_SIGMOID, CLMLP_OUTPUT_SIGMOID, 1.0},
    {400, 64, 10, {50, 30}, 2, 100, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX, 0.0},
    {300, 13, 1, {32, 16}, 2, 16, CLMLP_TANH, CLMLP_OUTPUT_LINEAR, 0.1},
    {300, 200, 10, {100}, 1, 128, CLMLP_RELU, CLMLP_OUTPUT_SOFTMAX, 0.0},
    {256, 784, 10, {512}, 1, 128, CLMLP_SIGMOID, CLMLP_OUTPUT_SIGMOID, 0.0},
    {150, 4, 3, {5}, 1, 0, CLMLP_SIGMOID, CLMLP_OUTPUT_SOFTMAX, 0.5},
};

static void watch(const network *n, clmlp_device *device, double largest[CLMLP_QUANTITY_COUNT])
{
    clmlp_dataset *data = n->output == CLMLP_OUTPUT_LINEAR ? random_data(n->m, n->n, n->K, n->output, 3)
                                                           : cloud_data(n->m, n->n, n->K, 3);
    clmlp_model *model = model_for(data, n->hidden, n->count, n->activation, n->output, 1);
    clmlp_verify_config config = clmlp_verify_config_default();
    clmlp_verify_result result = {.size = sizeof result};
    config.batch = n->batch;
    config.lambda = n->lambda;
    config.rate = n->activation == CLMLP_SIGMOID ? 0.5 : 0.1;
    OK(clmlp_verify(model, device, data, &config, &result, error));
    cr_assert(result.passed);
    for (size_t i = 0; i < result.count; i++) {
        const clmlp_finding *f = &result.findings[i];
        if (f->max_of_bound > largest[f->quantity]) largest[f->quantity] = f->max_of_bound;
    }
    clmlp_free(result.findings);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
}

/* Of a plain step of sgd: no state, no weights of examples, nothing clipped, inputs without a scale. */
static bool is_there(clmlp_quantity quantity)
{
    return quantity <= CLMLP_QUANTITY_THETA && quantity != CLMLP_QUANTITY_STATE;
}

/* In double, the CPU path and a native engine may round as the reference does, with no error at all: only float is
 * held to the lower end. */
Test(sharpness, real_errors_are_between_a_thousandth_and_all_of_their_bounds)
{
    static const char *const subjects[TEST_SUBJECT_COUNT] = TEST_SUBJECTS;
    for (size_t i = 0; i < TEST_SUBJECT_COUNT; i++) {
        clmlp_device *device = open_device(subjects[i], CLMLP_F32, 0);
        for (size_t k = 0; k < sizeof networks / sizeof *networks; k++) {
            double largest[CLMLP_QUANTITY_COUNT] = {0.0};
            watch(&networks[k], device, largest);
            for (int q = CLMLP_QUANTITY_Z; q < CLMLP_QUANTITY_COUNT; q++) {
                if (!is_there((clmlp_quantity)q)) continue;
                cr_log_info("%s, network %zu: %s %.3g", subjects[i], k, clmlp_quantity_name((clmlp_quantity)q),
                            largest[q]);
                cr_assert(largest[q] <= 1.0);
                cr_assert(largest[q] >= 0.001, "%s, network %zu: %s reaches %.3g of its bounds", subjects[i], k,
                          clmlp_quantity_name((clmlp_quantity)q), largest[q]);
            }
        }
        clmlp_device_close(device);
    }
}
