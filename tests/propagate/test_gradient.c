/* test_gradient.c - backpropagation by hand and against central differences of J. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "backend/cpu/cpu_backend.h"
#include "data/dataset.h"
#include "networks.h"
#include "propagate/network.h"
#include "train/score/score.h"

/* A model and its data as one full batch on a device. */
typedef struct setup {
    clmlp_device *device;
    clmlp_dataset *data;
    clmlp_model *model;
    clmlp_network *network;
    clmlp_batch_loader *loader;
    double lambda;
} setup;

static setup make(const char *spec, clmlp_dataset *data, clmlp_model *model, double lambda)
{
    setup s = {.device = open_device(spec, CLMLP_F64, 0), .data = data, .model = model, .lambda = lambda};
    clmlp_backend *backend = s.device->backend;
    OK(clmlp_network_create(&s.network, backend, model, data->m, CLMLP_FOR_GRADIENTS, error));
    OK(backend->ops->scores_reserve(backend, 1, data->m, data->m, error));
    OK(clmlp_batch_loader_create(&s.loader, backend, data, model, data->m, false, CLMLP_TO_TRAIN, 0.0, error));
    return s;
}

static void unmake(setup *s)
{
    clmlp_batch_loader_destroy(s->loader);
    clmlp_network_destroy(s->network);
    clmlp_model_destroy(s->model);
    clmlp_dataset_destroy(s->data);
    clmlp_device_close(s->device);
}

static double cost_of(setup *s)
{
    clmlp_batch_score score;
    clmlp_backend *backend = s->device->backend;
    OK(clmlp_network_put_theta(s->network, s->model, s->model->theta, error));
    OK(clmlp_score_pass(s->network, s->loader, s->data->m, CLMLP_RIGHT_NEVER, 0, NULL, error));
    OK(backend->ops->scores_read(backend, 0, 1, &score, error));
    return clmlp_score_of(&score, 1, s->data->m, s->lambda, clmlp_theta_squares(s->model, s->model->theta),
                          CLMLP_RIGHT_NEVER).cost;
}

/* dJ/dtheta, laid out as the model's theta. */
static double *gradient_of(setup *s)
{
    double *gradient = calloc(clmlp_model_parameters(s->model), sizeof *gradient);
    clmlp_batch batch;
    OK(clmlp_network_put_theta(s->network, s->model, s->model->theta, error));
    OK(clmlp_batch_loader_begin(s->loader, s->data->m, false, error));
    OK(clmlp_batch_loader_next(s->loader, &batch, error));
    OK(clmlp_forward(s->network, &batch, error));
    OK(clmlp_backward(s->network, &batch, CLMLP_RIGHT_NEVER, 0, error));
    OK(clmlp_gradients(s->network, &batch, s->lambda / (double)s->data->m, error));
    for (size_t l = 1; l < s->model->L; l++) {
        OK(s->device->backend->ops->tensor_read(s->device->backend, s->network->gradient[l - 1], 0, s->model->s[l],
                                                gradient + s->model->theta_at[l - 1], error));
    }
    return gradient;
}

/* (8 (J(+h) - J(-h)) - (J(+2h) - J(-2h))) / 12h: the central difference with its h^2 term removed. */
static double difference(setup *s, size_t i, double h)
{
    const double kept = s->model->theta[i];
    double J[4];
    const double at[4] = {kept + h, kept - h, kept + 2.0 * h, kept - 2.0 * h};
    for (int p = 0; p < 4; p++) {
        s->model->theta[i] = at[p];
        J[p] = cost_of(s);
    }
    s->model->theta[i] = kept;
    return (8.0 * (J[0] - J[1]) - (J[2] - J[3])) / (12.0 * h);
}

/* Largest |analytic - numeric| / |numeric| over every theta. Where a derivative is so small that the
 * rounding of J itself (a few of its last bits, divided by h) is more than a 1e-7th of it, that rounding
 * is taken off first. */
static double worst_relative_error(setup *s)
{
    const double h = 0x1p-13;
    const double rounding = 32.0 * 0x1p-53 * cost_of(s) / h;
    double *gradient = gradient_of(s);
    double worst = 0.0, total = 0.0;
    const size_t count = clmlp_model_parameters(s->model);
    for (size_t i = 0; i < count; i++) {
        const double numeric = difference(s, i, h);
        const double error = fmax(fabs(gradient[i] - numeric) - rounding, 0.0) / fabs(numeric);
        if (!(error <= worst)) worst = error;
        total += fabs(gradient[i]);
    }
    free(gradient);
    cr_assert(total / (double)count > 1e-3, "a gradient that is nearly zero proves nothing");
    return worst;
}

static void check_network(const char *spec, const size_t *hidden, size_t hidden_count, clmlp_activation g,
                          clmlp_output output, double lambda)
{
    clmlp_dataset *data = random_data(9, 5, 3, output, 11);
    setup s = make(spec, data, model_for(data, hidden, hidden_count, g, output, 5), lambda);
    for (size_t i = 0; i < clmlp_model_parameters(s.model); i++) s.model->theta[i] += 0.1; /* biases too */
    const double worst = worst_relative_error(&s);
    cr_assert(worst <= 1e-7, "%s, %zu hidden layers, %s, output %s, lambda %g: relative error %g", spec, hidden_count,
              clmlp_activation_name(g), clmlp_output_name(output), lambda, worst);
    unmake(&s);
}

static void check_all(const char *spec)
{
    const size_t hidden[] = {4, 6, 3};
    for (size_t layers = 0; layers <= 3; layers++) {
        FOR_TRAINED_ACTIVATIONS(g) {
            for (int output = 0; output < CLMLP_OUTPUT_COUNT; output++) {
                if (!activation_takes(g, layers + (size_t)output)) continue;
                check_network(spec, hidden, layers, (clmlp_activation)g, (clmlp_output)output, 0.0);
                check_network(spec, hidden, layers, (clmlp_activation)g, (clmlp_output)output, 0.7);
            }
        }
    }
}

/* Products are cut along the longer side; what is empty is not cut. */
Test(gradient, products_without_a_number_are_one_part)
{
    cr_assert_eq(clmlp_cpu_blas_part(5, 0, 3), 5);
    cr_assert_eq(clmlp_cpu_blas_part(5, 3, 0), 5);
    cr_assert_eq(clmlp_cpu_blas_part(0, 0, 0), 1);
    cr_assert_eq(clmlp_cpu_blas_part(5, 3, 2), 5);
    const size_t part = clmlp_cpu_blas_part(1000000, 1000, 1000);
    cr_assert(part >= 1 && part < 1000000, "%zu", part);
}

Test(gradient, of_the_cpu_path_is_the_central_difference_of_J)
{
    check_all("cpu");
}

static void check_opencl(const char *spec)
{
    const size_t hidden[] = {4, 3};
    clmlp_device *device = open_device("opencl", CLMLP_F32, 0);
    const bool fp64 = clmlp_device_get_info(device)->fp64;
    clmlp_device_close(device);
    if (!fp64) cr_skip_test("the OpenCL device has no double precision");
    FOR_TRAINED_ACTIVATIONS(g) {
        for (int output = 0; output < CLMLP_OUTPUT_COUNT; output++) {
            check_network(spec, hidden, 2, (clmlp_activation)g, (clmlp_output)output, 0.7);
        }
    }
}

Test(gradient, of_clblast_is_the_central_difference_of_J)
{
    check_opencl("opencl+clblast");
}

Test(gradient, of_native_is_the_central_difference_of_J)
{
    check_opencl("opencl+native");
}

/* One unit a layer, worked with pencil and paper:
 *   x = 1, y = 1, theta(1) = [0 0], theta(2) = [0 1], lambda = 1
 *   z(2) = 0, a(2) = 1/2, z(3) = 1/2, h = 1 / (1 + e^-0.5)
 *   J = -log h + 1/2 (0^2 + 1^2), delta(3) = h - 1, delta(2) = delta(3) 1 (1/2)(1 - 1/2)
 *   dJ/dtheta(2) = [delta(3), delta(3)/2 + 1], dJ/dtheta(1) = [delta(2), delta(2) 1 + 0] */
static void check_by_hand(const char *spec)
{
    const double x[] = {1.0}, y[] = {1.0}, theta[] = {0.0, 0.0, 0.0, 1.0};
    const double h = 0.62245933120185456464, J = 0.47407698418010668087 + 0.5, delta3 = h - 1.0, delta2 = delta3 / 4.0;
    const double expected[] = {delta2, delta2, delta3, delta3 / 2.0 + 1.0};
    clmlp_dataset *data = NULL;
    OK(clmlp_dataset_create(&data, 1, 1, x, 1, y, error));
    setup s = make(spec, data, model_for(data, (size_t[]){1}, 1, CLMLP_SIGMOID, CLMLP_OUTPUT_SIGMOID, 1), 1.0);
    memcpy(s.model->theta, theta, sizeof theta);
    const double cost = cost_of(&s);
    double *gradient = gradient_of(&s);
    /* a few roundings of numbers below 2 */
    cr_assert(fabs(cost - J) <= 8 * 0x1p-52, "J is %.17g, expected %.17g", cost, J);
    for (int i = 0; i < 4; i++) {
        cr_assert(fabs(gradient[i] - expected[i]) <= 8 * 0x1p-52, "gradient %d is %.17g, expected %.17g", i,
                  gradient[i], expected[i]);
    }
    free(gradient);
    unmake(&s);
}

Test(gradient, of_the_cpu_path_is_what_pencil_and_paper_give)
{
    check_by_hand("cpu");
}

Test(gradient, of_clblast_is_what_pencil_and_paper_give)
{
    check_by_hand("opencl+clblast");
}

Test(gradient, of_native_is_what_pencil_and_paper_give)
{
    check_by_hand("opencl+native");
}

/* The logical XNOR of the textbook: two hidden units, saturated, exact to four digits. */
Test(forward, computes_xnor_with_known_theta)
{
    const double x[] = {0, 0, 0, 1, 1, 0, 1, 1}, theta[] = {-30, 20, 20, 10, -20, -20, -10, 20, 20};
    const double xnor[] = {1, 0, 0, 1};
    double h[4];
    clmlp_dataset *data = NULL;
    OK(clmlp_dataset_create(&data, 4, 2, x, 1, xnor, error));
    clmlp_model *model = model_for(data, (size_t[]){2}, 1, CLMLP_SIGMOID, CLMLP_OUTPUT_SIGMOID, 1);
    clmlp_device *device = open_device("cpu", CLMLP_F64, 0);
    memcpy(clmlp_model_theta(model, 1), theta, 6 * sizeof *theta);
    memcpy(clmlp_model_theta(model, 2), theta + 6, 3 * sizeof *theta);
    OK(clmlp_predict(model, device, data, h, error));
    for (int i = 0; i < 4; i++) cr_assert(fabs(h[i] - xnor[i]) < 1e-4, "h(%d) = %g", i, h[i]);
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
}
