/* trend_networks.c - random networks with wide layers, on data that makes errors alike: none of them has a trend. */
#include "trend_networks.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/random.h"
#include "model/model.h"
#include "networks.h"

static const size_t inputs[] = {1, 3, 17, 64, 131, 300, 784, 900}, widths[] = {96, 100, 128, 131, 200, 257, 300};
static const size_t narrow[] = {1, 2, 10, 25, 64, 99}, batches[] = {1, 2, 7, 16, 32, 64, 100, 128};
static const double scales[] = {1.0, 1.0, 1.0, 0.01, 30.0, 1e-6}, decays[] = {0.0, 0.0, 1.0, 30.0};
static const double rates[] = {0.5, 0.1, 0.01, 1e-5};

static double uniform(uint64_t seed, unsigned stream, uint64_t i)
{
    return clmlp_random_uniform(seed, (clmlp_random_stream)99, stream, i);
}

static size_t choice(uint64_t seed, uint64_t i, size_t count)
{
    return (size_t)(uniform(seed, 1, i) * (double)count);
}

#define CHOOSE(i, array) ((array)[choice(seed, (i), sizeof(array) / sizeof *(array))])

trend_case trend_case_of(uint64_t seed)
{
    trend_case c = {.seed = seed, .n = CHOOSE(0, inputs), .layers = 1 + choice(seed, 1, 2), .M = CHOOSE(2, batches)};
    c.hidden[0] = CHOOSE(3, widths);
    c.hidden[1] = choice(seed, 4, 2) == 0 ? CHOOSE(5, widths) : CHOOSE(5, narrow);
    c.K = choice(seed, 6, 6) == 0 ? 120 : CHOOSE(7, narrow);
    c.data = (trend_data_kind)choice(seed, 8, TREND_DATA_KINDS);
    c.theta = choice(seed, 9, 2) == 0 ? THETA_AS_MADE : (trend_theta_kind)choice(seed, 10, TREND_THETA_KINDS);
    c.scale = CHOOSE(11, scales);
    c.decay = CHOOSE(12, decays);
    c.rate = CHOOSE(13, rates);
    /* the others need kernels that take long to compile: a quarter */
    c.activation = (clmlp_activation)choice(seed, 14, choice(seed, 15, 4) == 0 ? CLMLP_ACTIVATION_COUNT : 3);
    if (c.activation == CLMLP_STEP) c.activation = CLMLP_SOFTPLUS;
    c.output = (clmlp_output)choice(seed, 16, CLMLP_OUTPUT_COUNT);
    c.optimizer = choice(seed, 17, 3) == 0 ? (clmlp_optimizer)choice(seed, 18, CLMLP_OPTIMIZER_COUNT) : CLMLP_SGD;
    c.drops = choice(seed, 19, 8) == 0;
    c.clips = choice(seed, 20, 8) == 0;
    return c;
}

const char *trend_case_text(const trend_case *c, char text[256])
{
    static const char *const data[TREND_DATA_KINDS] = {"dense", "positive", "sparse", "constant columns",
                                                       "repeated rows", "equal rows", "one-hot", "nearly constant",
                                                       "tiny", "all scales", "equal numbers"};
    static const char *const theta[TREND_THETA_KINDS] = {"as made", "all equal", "in pairs", "of 8 bits", "positive",
                                                         "pruned"};
    (void)snprintf(text, 256, "seed %llu: %zu-%zu-%zu-%zu (%zu hidden), M %zu, %s, %s, %s, %s data, theta %s x %g, "
                   "rate %g, lambda %g%s%s", (unsigned long long)c->seed, c->n, c->hidden[0], c->hidden[1], c->K,
                   c->layers, c->M, clmlp_activation_name(c->activation), clmlp_output_name(c->output),
                   clmlp_optimizer_name(c->optimizer), data[c->data], theta[c->theta], c->scale, c->rate, c->decay,
                   c->drops ? ", dropout" : "", c->clips ? ", clipped" : "");
    return text;
}

/* Feature j of example r. */
static double feature(const trend_case *c, size_t r, size_t j)
{
    const double u = uniform(c->seed, 2, r * c->n + j), of_row = uniform(c->seed, 2, r % 3 * c->n + j);
    switch (c->data) {
    case DATA_DENSE: return 2.0 * u - 1.0;
    case DATA_POSITIVE: return u;
    case DATA_SPARSE: return u < 0.8 ? 0.0 : 5.0 * (u - 0.8);
    case DATA_CONSTANT_COLUMNS: return j % 2 == 0 ? 0.1 * (double)(j % 7) : u;
    case DATA_REPEATED_ROWS: return 2.0 * of_row - 1.0;
    case DATA_EQUAL_ROWS: return uniform(c->seed, 2, j);
    case DATA_ONE_HOT: return (size_t)(uniform(c->seed, 3, r) * (double)c->n) == j ? 1.0 : 0.0;
    case DATA_NEARLY_CONSTANT: return 1.0 + 0.3 * (double)(j % 5) + 1e-6 * u;
    case DATA_TINY: return 1e-18 * (2.0 * u - 1.0);
    case DATA_ALL_SCALES: return (2.0 * u - 1.0) * pow(10.0, (double)(j % 13) - 8.0);
    case DATA_EQUAL: return 0.1;
    case TREND_DATA_KINDS: break;
    }
    return (double)NAN;
}

clmlp_dataset *trend_dataset(const trend_case *c)
{
    clmlp_dataset *data = NULL;
    const size_t m = 2 * c->M + c->M / 2 + 1;
    double *x = calloc(m * c->n, sizeof *x), *y = calloc(m * c->K, sizeof *y);
    for (size_t i = 0; i < m * c->n; i++) x[i] = feature(c, i / c->n, i % c->n);
    for (size_t r = 0; r < m; r++) {
        const size_t like = c->data == DATA_EQUAL_ROWS || c->data == DATA_EQUAL ? 0 : r; /* targets are equal, too */
        for (size_t k = 0; k < c->K; k++) {
            y[r * c->K + k] = target_for(c->output, 2.0 * uniform(c->seed, 4, like * c->K + k) - 1.0, like % c->K == k);
        }
    }
    OK(clmlp_dataset_create(&data, m, c->n, x, c->K, y, error));
    free(x), free(y);
    return data;
}

/* theta as other programs may have left it. */
static double changed(const trend_case *c, const double *theta, size_t rows, size_t columns, size_t i)
{
    const double other = theta[(i / columns ^ 1) < rows && i / columns % 2 == 1 ? i - columns : i];
    const double step = 1.0 / (127.0 * sqrt((double)columns));
    switch (c->theta) {
    case THETA_AS_MADE: return theta[i];
    case THETA_EQUAL: return 0.1;
    case THETA_IN_PAIRS: return i / columns % 4 < 2 ? other : -2.0 * other;
    case THETA_OF_8_BITS: return step * floor(theta[i] / step);
    case THETA_POSITIVE: return fabs(theta[i]);
    case THETA_PRUNED: return uniform(c->seed, 6, i) < 0.9 ? 0.0 : theta[i];
    case TREND_THETA_KINDS: break;
    }
    return (double)NAN;
}

clmlp_model *trend_model(const trend_case *c, const clmlp_dataset *data)
{
    clmlp_model *model = model_for(data, c->hidden, c->layers, c->activation, c->output, c->seed);
    for (size_t l = 1; l < clmlp_model_layers(model); l++) {
        double *theta = clmlp_model_theta(model, l);
        const size_t rows = clmlp_model_units(model, l + 1), columns = clmlp_model_units(model, l) + 1;
        for (size_t j = 0; j < rows; j++) theta[j * columns] = uniform(c->seed, 7, l * 1000 + j) - 0.5;
        for (size_t i = 0; i < rows * columns; i++) theta[i] = changed(c, theta, rows, columns, i);
        for (size_t i = 0; i < rows * columns; i++) theta[i] *= c->scale;
    }
    return model;
}
