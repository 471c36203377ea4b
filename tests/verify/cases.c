/* cases.c - random networks and batches for the verification tests. */
#include "cases.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/random.h"
#include "model/model.h"

static const size_t sizes[] = {1, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 63, 64, 65, 100, 129, 200};
static const size_t small_sizes[] = {1, 2, 3, 5, 8, 17};
static const size_t batches[] = {1, 2, 3, 7, 8, 13, 31, 32, 33, 64, 65, 100, 128};
static const size_t small_batches[] = {1, 3, 9};
static const double rates[] = {0.5, 0.1, 0.03, 1.0, 3.0}, decays[] = {0.0, 0.0, 0.25, 0.013, 1e-4};
static const double scales[] = {1.0, 1.0, 0.01, 8.0};

static double uniform(uint64_t seed, unsigned stream, uint64_t i)
{
    return clmlp_random_uniform(seed, (clmlp_random_stream)97, stream, i);
}

/* The i-th choice of a case, below count. */
static size_t choice(uint64_t seed, uint64_t i, size_t count)
{
    return (size_t)(uniform(seed, 1, i) * (double)count);
}

#define CHOOSE(i, array) ((array)[choice(seed, (i), sizeof(array) / sizeof *(array))])

/* The i-th of those that can be trained with. */
static clmlp_activation trained_activation(size_t i)
{
    FOR_TRAINED_ACTIVATIONS(g) {
        if (i-- == 0) return (clmlp_activation)g;
    }
    return CLMLP_ACTIVATION_COUNT;
}

random_case case_of(uint64_t seed, bool small)
{
    random_case c = {.seed = seed, .L = 2 + choice(seed, 0, 4)};
    for (size_t l = 0; l < c.L; l++) c.s[l] = small ? CHOOSE(10 + l, small_sizes) : CHOOSE(10 + l, sizes);
    c.M = small ? CHOOSE(1, small_batches) : CHOOSE(1, batches);
    c.activation = trained_activation(choice(seed, 2, CLMLP_ACTIVATION_COUNT - 1));
    c.output = (clmlp_output)choice(seed, 3, CLMLP_OUTPUT_COUNT);
    c.rate = CHOOSE(4, rates);
    c.decay = CHOOSE(5, decays);
    c.x_scale = CHOOSE(6, scales);
    c.theta_scale = CHOOSE(7, scales);
    c.sparse = choice(seed, 8, 3) == 0;
    return c;
}

const char *case_text(const random_case *c, char text[256])
{
    int length = snprintf(text, 256, "seed %llu:", (unsigned long long)c->seed);
    for (size_t l = 0; l < c->L; l++) length += snprintf(text + length, 32, "%c%zu", l == 0 ? ' ' : '-', c->s[l]);
    (void)snprintf(text + length, 256 - (size_t)length, ", M %zu, %s, %s output, rate %g, decay %g, x %g, theta %g",
                   c->M, clmlp_activation_name(c->activation), clmlp_output_name(c->output), c->rate, c->decay,
                   c->x_scale, c->theta_scale);
    return text;
}

clmlp_model *case_model(const random_case *c)
{
    clmlp_model *model = NULL;
    OK(clmlp_model_create(&model, c->L, c->s, c->activation, c->output, c->seed, error));
    for (size_t i = 0; i < clmlp_model_parameters(model); i++) {
        /* biases, too; and the initial theta of a layer from other than its usual range */
        if (model->theta[i] == 0.0) model->theta[i] = uniform(c->seed, 2, i) - 0.5;
        model->theta[i] *= c->theta_scale;
    }
    return model;
}

static double target(const random_case *c, size_t r, size_t k, size_t number)
{
    const size_t K = c->s[c->L - 1];
    const double u = uniform(c->seed, 4, (number * c->M + r) * K + k);
    const size_t one = (size_t)(uniform(c->seed, 5, number * c->M + r) * (double)K);
    if (c->output == CLMLP_OUTPUT_LINEAR) return 4.0 * u - 2.0;
    if (c->output == CLMLP_OUTPUT_SIGMOID && c->seed % 5 == 0) return u;
    return target_for(c->output, 2.0 * u - 1.0, one == k);
}

void case_inputs(const random_case *c, size_t number, const clmlp_model *model, clmlp_step_record *step)
{
    const size_t n = c->s[0], K = c->s[c->L - 1];
    step->M = number == 1 ? c->M : 1 + c->M / 2;
    step->descent.rule.rate = c->rate;
    step->descent.decay = c->decay;
    for (size_t i = 0; i < step->M * n; i++) {
        const double u = uniform(c->seed, 3, number * c->M * n + i);
        step->x[i] = c->sparse && u < 0.7 ? 0.0 : c->x_scale * (2.0 * u - 1.0);
    }
    for (size_t r = 0; r < step->M; r++) {
        for (size_t k = 0; k < K; k++) step->y[r * K + k] = target(c, r, k, number);
    }
    if (c->seed % 3 == 0) OK(clmlp_step_record_weigh(step, error));
    for (size_t r = 0; r < step->M && step->w != NULL; r++) {
        const double u = uniform(c->seed, 6, number * c->M + r);
        step->w[r] = u < 0.1 ? 0.0 : u < 0.2 ? 2.0 : 3.0 * u; /* none, and an exact one, too */
    }
    for (size_t l = 1; l < c->L && number == 1; l++) {
        const size_t count = model->theta_at[l] - model->theta_at[l - 1];
        memcpy(step->theta[l - 1], model->theta + model->theta_at[l - 1], count * sizeof(double));
    }
}
