/* fault_networks.h - the networks that faults are planted in. */
#ifndef TEST_FAULT_NETWORKS_H
#define TEST_FAULT_NETWORKS_H

#include <math.h>
#include <stdlib.h>

#include "backend/backend.h"
#include "networks.h"

typedef struct fault_network {
    size_t n, hidden[2], layers, K; /* layers: hidden ones */
    clmlp_activation activation;
    clmlp_output output;
    size_t M, m; /* m is 3 batches and a smaller one, the fourth */
} fault_network;

/* Odd sizes throughout; the first has an activation whose derivative takes z; the second has hundreds of inputs, the
 * third more than two tiles of any kernel, the last no hidden layer. The first three have at most as many outputs as
 * any vector has lanes, the fourth has more. The sums are short enough for a factor of 1 + 1e-4 to be more than
 * rounding in float: gamma_n sum |a||b| is below 1e-4 |c| for some element as long as n is some hundreds. */
static const fault_network fault_networks[] = {
    {13, {9, 6}, 2, 4, CLMLP_SWISH, CLMLP_OUTPUT_SIGMOID, 13, 3 * 13 + 5},
    {301, {67, 33}, 2, 4, CLMLP_RELU, CLMLP_OUTPUT_SOFTMAX, 33, 3 * 33 + 7},
    {31, {131, 21}, 2, 3, CLMLP_SIGMOID, CLMLP_OUTPUT_LINEAR, 65, 3 * 65 + 1},
    {19, {11, 7}, 2, 37, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX, 29, 3 * 29 + 3},
    {17, {0, 0}, 0, 11, CLMLP_TANH, CLMLP_OUTPUT_SIGMOID, 7, 3 * 7 + 2},
};
enum { FAULT_NETWORKS = sizeof fault_networks / sizeof *fault_networks, FAULT_STEPS = 4 };

typedef struct fault_setup {
    clmlp_dataset *data;
    clmlp_model *model;
    clmlp_verify_config config;
    size_t L;
} fault_setup;

/* density: about what share of the features is not 0. */
static inline fault_setup make_sparse_fault_setup(const fault_network *network, double density)
{
    fault_setup s = {.data = sparse_data(network->m, network->n, network->K, network->output, density, 31),
                     .L = network->layers + 2};
    s.model = model_for(s.data, network->hidden, network->layers, network->activation, network->output, 32);
    for (size_t l = 1; l < s.L; l++) { /* biases too, so that it matters whether they are there */
        double *theta = clmlp_model_theta(s.model, l);
        const size_t rows = clmlp_model_units(s.model, l + 1), columns = clmlp_model_units(s.model, l) + 1;
        for (size_t j = 0; j < rows; j++) theta[j * columns] = 0.1 + 0.05 * (double)(j % 7);
    }
    s.config = clmlp_verify_config_default();
    s.config.steps = FAULT_STEPS;
    s.config.batch = network->M;
    s.config.lambda = 0.7;
    return s;
}

/* Weights from 0 to 4 for the examples, not in their order. */
static inline void weigh_fault_setup(fault_setup *s)
{
    const size_t m = clmlp_dataset_examples(s->data);
    double *const weights = calloc(m, sizeof *weights);
    for (size_t i = 0; i < m; i++) weights[i] = 0.25 * (double)((i * 7 + i / 3) % 17);
    OK(clmlp_dataset_set_weights(s->data, weights, error));
    free(weights);
}

/* Dropout of both hidden layers. */
static inline void drop_fault_setup(fault_setup *s)
{
    static const double p[] = {0.4, 0.2};
    s->config.dropout = p;
    s->config.dropout_count = 2;
}

/* Rates that differ between layers, and for the biases. */
static inline void tell_rates_apart(fault_setup *s)
{
    s->config.fan_in_rates = true;
    s->config.bias_rate = 2.0;
}

/* Iterations of lbfgs on all examples. */
static inline void minimise_fault_setup(fault_setup *s)
{
    s->config.minimiser = CLMLP_LBFGS;
    s->config.batch = 0;
    s->config.steps = 2;
}

static inline fault_setup make_fault_setup(const fault_network *network)
{
    return make_sparse_fault_setup(network, 1.0);
}

static inline void unmake_fault_setup(fault_setup *s)
{
    clmlp_model_destroy(s->model);
    clmlp_dataset_destroy(s->data);
}

#endif
