/* networks.c - networks and data sets for tests. */
#include "networks.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"

static double uniform(uint64_t seed, unsigned stream, uint64_t i)
{
    return 2.0 * clmlp_random_uniform(seed, (clmlp_random_stream)98, stream, i) - 1.0;
}

clmlp_device *open_device(const char *spec, clmlp_precision precision, uint64_t memory_limit)
{
    clmlp_device *device = NULL;
    clmlp_device_options options = clmlp_device_options_default();
    char name[64];
    (void)snprintf(name, sizeof name, "%s", spec);
    char *engine = strchr(name, '+');
    if (engine != NULL) {
        *engine++ = '\0';
        cr_assert(clmlp_engine_parse(engine, &options.engine), "there is no engine '%s'", engine);
    }
    options.spec = name;
    options.precision = precision;
    options.memory_limit = memory_limit;
    OK(clmlp_device_open(&device, &options, error));
    return device;
}

double target_for(clmlp_output output, double u, bool is_one)
{
    switch (output) {
    case CLMLP_OUTPUT_SIGMOID: return u > 0.0 ? 1.0 : 0.0;
    case CLMLP_OUTPUT_SOFTMAX: return is_one ? 1.0 : 0.0;
    case CLMLP_OUTPUT_LINEAR: return u;
    case CLMLP_OUTPUT_COUNT: break;
    }
    return (double)NAN;
}

clmlp_dataset *random_data(size_t m, size_t n, size_t K, clmlp_output output, uint64_t seed)
{
    return sparse_data(m, n, K, output, 1.0, seed);
}

clmlp_dataset *sparse_data(size_t m, size_t n, size_t K, clmlp_output output, double density, uint64_t seed)
{
    clmlp_dataset *data = NULL;
    double *x = calloc(m * n, sizeof *x), *y = calloc(m * K, sizeof *y);
    for (size_t i = 0; i < m * n; i++) {
        const bool kept = density >= 1.0 || 0.5 * (uniform(seed, 5, i) + 1.0) < density;
        x[i] = kept ? uniform(seed, 1, i) : 0.0;
    }
    for (size_t r = 0; r < m; r++) {
        for (size_t k = 0; k < K; k++) {
            const double u = uniform(seed, 2, r * K + k);
            y[r * K + k] = target_for(output, u, r % K == k);
        }
    }
    OK(clmlp_dataset_create(&data, m, n, x, K, y, error));
    free(x), free(y);
    return data;
}

clmlp_dataset *cloud_data(size_t m, size_t n, size_t K, uint64_t seed)
{
    clmlp_dataset *data = NULL;
    double *x = calloc(m * n, sizeof *x);
    unsigned *labels = calloc(m, sizeof *labels);
    for (size_t r = 0; r < m; r++) {
        labels[r] = (unsigned)(r % K);
        for (size_t j = 0; j < n; j++) {
            x[r * n + j] = uniform(seed, 3, labels[r] * n + j) + 0.2 * uniform(seed, 4, r * n + j);
        }
    }
    OK(clmlp_dataset_create_classes(&data, m, n, x, K, NULL, labels, error));
    free(x), free(labels);
    return data;
}

clmlp_model *model_for(const clmlp_dataset *data, const size_t *hidden, size_t count, clmlp_activation activation,
                       clmlp_output output, uint64_t seed)
{
    clmlp_model *model = NULL;
    OK(clmlp_model_create_for(&model, data, hidden, count, activation, output, seed, error));
    return model;
}
