/* test_trajectory.c - theta after a few epochs against a trainer of plain loops. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/order.h"
#include "model/model.h"
#include "networks.h"

/* One hidden layer of sigmoids, sigmoid outputs, plain loops in double. theta as the model lays it out. */
static void naive_step(const clmlp_dataset *data, const uint32_t *rows, size_t M, size_t hidden, double rate,
                       double lambda, double *theta)
{
    const size_t n = data->n, K = data->K;
    double *theta1 = theta, *theta2 = theta + hidden * (n + 1);
    double *sum1 = calloc(hidden * (n + 1), sizeof *sum1), *sum2 = calloc(K * (hidden + 1), sizeof *sum2);
    double *x = calloc(n, sizeof *x), *y = calloc(K, sizeof *y), *a = calloc(hidden, sizeof *a),
           *d = calloc(K, sizeof *d);
    for (size_t r = 0; r < M; r++) {
        (void)clmlp_dataset_row(data, rows[r], x, y, NULL);
        for (size_t j = 0; j < hidden; j++) {
            double z = theta1[j * (n + 1)];
            for (size_t i = 0; i < n; i++) z += theta1[j * (n + 1) + 1 + i] * x[i];
            a[j] = 1.0 / (1.0 + exp(-z));
        }
        for (size_t k = 0; k < K; k++) {
            double z = theta2[k * (hidden + 1)];
            for (size_t j = 0; j < hidden; j++) z += theta2[k * (hidden + 1) + 1 + j] * a[j];
            d[k] = 1.0 / (1.0 + exp(-z)) - y[k];
            sum2[k * (hidden + 1)] += d[k];
            for (size_t j = 0; j < hidden; j++) sum2[k * (hidden + 1) + 1 + j] += d[k] * a[j];
        }
        for (size_t j = 0; j < hidden; j++) {
            double back = 0.0;
            for (size_t k = 0; k < K; k++) back += d[k] * theta2[k * (hidden + 1) + 1 + j];
            back *= a[j] * (1.0 - a[j]);
            sum1[j * (n + 1)] += back;
            for (size_t i = 0; i < n; i++) sum1[j * (n + 1) + 1 + i] += back * x[i];
        }
    }
    for (size_t i = 0; i < hidden * (n + 1); i++) {
        const double decay = i % (n + 1) != 0 ? lambda / (double)data->m * theta1[i] : 0.0;
        theta1[i] -= rate * (sum1[i] / (double)M + decay);
    }
    for (size_t i = 0; i < K * (hidden + 1); i++) {
        const double decay = i % (hidden + 1) != 0 ? lambda / (double)data->m * theta2[i] : 0.0;
        theta2[i] -= rate * (sum2[i] / (double)M + decay);
    }
    free(sum1), free(sum2), free(x), free(y), free(a), free(d);
}

static void check_trajectory(const char *spec, size_t batch)
{
    enum { HIDDEN = 4, EXAMPLES = 11, EPOCHS = 5 };
    clmlp_dataset *data = random_data(EXAMPLES, 3, 2, CLMLP_OUTPUT_SIGMOID, 21);
    clmlp_model *model = model_for(data, (size_t[]){HIDDEN}, 1, CLMLP_SIGMOID, CLMLP_OUTPUT_SIGMOID, 8);
    clmlp_device *device = open_device(spec, CLMLP_F64, 0);
    clmlp_train_config config = clmlp_train_config_default();
    const size_t count = clmlp_model_parameters(model), M = batch == 0 ? EXAMPLES : batch;
    double *theta = calloc(count, sizeof *theta);
    uint32_t order[EXAMPLES];
    config.epochs = EPOCHS;
    config.batch = batch;
    config.lambda = 0.5;
    memcpy(theta, model->theta, count * sizeof *theta);
    for (uint32_t epoch = 1; epoch <= EPOCHS; epoch++) {
        if (batch != 0) clmlp_order_shuffle(order, EXAMPLES, config.seed, epoch);
        for (uint32_t i = 0; i < EXAMPLES && batch == 0; i++) order[i] = i;
        for (size_t first = 0; first < EXAMPLES; first += M) {
            const size_t rows = EXAMPLES - first < M ? EXAMPLES - first : M;
            naive_step(data, order + first, rows, HIDDEN, config.rate, config.lambda, theta);
        }
    }
    OK(clmlp_train(model, device, data, NULL, &config, NULL, error));
    /* 15 steps of sums of at most 11 terms below 1: each adds a few dozen roundings of 2^-53 at the most */
    for (size_t i = 0; i < count; i++) {
        cr_assert(fabs(model->theta[i] - theta[i]) <= 15 * 100 * 0x1p-53,
                  "%s, batch %zu: theta %zu is %.17g, expected %.17g", spec, batch, i, model->theta[i], theta[i]);
    }
    free(theta);
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
}

Test(trajectory, full_batches_follow_plain_loops_on_the_cpu_path) { check_trajectory("cpu", 0); }
Test(trajectory, mini_batches_follow_plain_loops_on_the_cpu_path) { check_trajectory("cpu", 4); }
Test(trajectory, full_batches_follow_plain_loops_on_clblast) { check_trajectory("opencl+clblast", 0); }
Test(trajectory, mini_batches_follow_plain_loops_on_clblast) { check_trajectory("opencl+clblast", 4); }
Test(trajectory, full_batches_follow_plain_loops_on_native) { check_trajectory("opencl+native", 0); }
Test(trajectory, mini_batches_follow_plain_loops_on_native) { check_trajectory("opencl+native", 4); }
