/* test_initialise.c - random theta of each kind: its moments, its range, its exact numbers. */
#include <math.h>

#include "model_files.h"

#define NAME(name, text) text,
static const char *const names[] = {CLMLP_INITIALISATION_LIST(NAME)};
#undef NAME

static clmlp_model *initialised(size_t L, const size_t *s, clmlp_initialisation kind, uint64_t seed)
{
    clmlp_model *model = NULL;
    clmlp_error error = {.message = ""};
    cr_assert_eq(clmlp_model_create(&model, L, s, CLMLP_SELU, CLMLP_OUTPUT_LINEAR, 1, &error), CLMLP_OK);
    cr_assert_eq(clmlp_model_initialise(model, kind, seed, &error), CLMLP_OK, "%s", error.message);
    cr_assert_eq(clmlp_model_initialisation(model), kind);
    return model;
}

/* What each kind promises for theta(l) without its biases, and for these. */
typedef struct promise {
    double variance, bias_variance;
    bool uniform;
} promise;

static promise promise_of(clmlp_initialisation kind, double n, double K, bool last)
{
    switch (kind) {
    case CLMLP_INITIALISATION_GLOROT_UNIFORM: return (promise){2.0 / (n + K), 0.0, true};
    case CLMLP_INITIALISATION_GLOROT_NORMAL: return (promise){2.0 / (n + K), 0.0, false};
    case CLMLP_INITIALISATION_HE_UNIFORM: return (promise){2.0 / n, 0.0, true};
    case CLMLP_INITIALISATION_HE_NORMAL: return (promise){2.0 / n, 0.0, false};
    case CLMLP_INITIALISATION_LECUN_UNIFORM: return (promise){1.0 / n, 0.0, true};
    case CLMLP_INITIALISATION_LECUN_NORMAL: return (promise){1.0 / n, 0.0, false};
    case CLMLP_INITIALISATION_EPSILON: return (promise){0.0144 / 3.0, 0.0144 / 3.0, true};
    case CLMLP_INITIALISATION_NTK: return (promise){last ? 0.0 : 1.0 / n, last ? 0.0 : 1.0, false};
    case CLMLP_INITIALISATION_COUNT: break;
    }
    return (promise){(double)NAN, (double)NAN, false};
}

/* Column 0 of theta [rows x columns], or all others: mean and variance within five standard errors. The variance of
 * (x/sd)^2 is 4/5 for uniform numbers, 2 for normal ones. */
static void check_moments(const char *what, const double *theta, size_t rows, size_t columns, bool bias,
                          double variance, bool uniform)
{
    double sum = 0.0, squares = 0.0, largest = 0.0, count = 0.0;
    for (size_t i = 0; i < rows * columns; i++) {
        if ((i % columns == 0) != bias) continue;
        sum += theta[i];
        squares += theta[i] * theta[i];
        largest = fmax(largest, fabs(theta[i]));
        count += 1.0;
    }
    if (variance == 0.0) {
        cr_assert_eq(largest, 0.0, "%s: %g", what, largest);
        return;
    }
    const double spread = uniform ? 0.8 : 2.0, width = sqrt(3.0 * variance);
    cr_assert(fabs(sum / count) <= 5.0 * sqrt(variance / count), "%s: mean %g", what, sum / count);
    cr_assert(fabs(squares / count / variance - 1.0) <= 5.0 * sqrt(spread / count), "%s: variance %g, not %g", what,
              squares / count, variance);
    /* P(none beyond 0.9 width) is 0.9^count; P(none beyond 2.5 deviations) is 0.9876^count */
    if (uniform) cr_assert(largest < width && largest > 0.9 * width, "%s: up to %g of %g", what, largest, width);
    else cr_assert(largest > 2.5 * sqrt(variance), "%s: up to %g", what, largest);
}

Test(initialise, each_kind_has_the_moments_that_it_promises)
{
    const size_t s[] = {150, 400, 300};
    for (int kind = 0; kind < CLMLP_INITIALISATION_COUNT; kind++) {
        clmlp_model *model = initialised(3, s, (clmlp_initialisation)kind, 5);
        for (size_t l = 1; l < 3; l++) {
            const promise p = promise_of((clmlp_initialisation)kind, (double)s[l - 1], (double)s[l], l == 2);
            const double *const theta = clmlp_model_theta_const(model, l);
            check_moments(names[kind], theta, s[l], s[l - 1] + 1, false, p.variance, p.uniform);
            check_moments(names[kind], theta, s[l], s[l - 1] + 1, true, p.bias_variance, p.uniform);
        }
        clmlp_model_destroy(model);
    }
}

/* Of seed 7, row 1 of theta(1): its bias and first weight, from a Philox and the formulas in Python. log and cos may
 * each be off by an ulp. */
Test(initialise, the_numbers_of_a_seed_stay_as_they_are)
{
    static const struct {
        clmlp_initialisation kind;
        double bias, weight;
    } known[] = {
        {CLMLP_INITIALISATION_GLOROT_UNIFORM, 0.0, 0.8812443367046778},
        {CLMLP_INITIALISATION_GLOROT_NORMAL, 0.0, 0.11314698992900935},
        {CLMLP_INITIALISATION_HE_UNIFORM, 0.0, 1.1657766796023235},
        {CLMLP_INITIALISATION_HE_NORMAL, 0.0, 0.14967939847384426},
        {CLMLP_INITIALISATION_LECUN_UNIFORM, 0.0, 0.8243285954959401},
        {CLMLP_INITIALISATION_LECUN_NORMAL, 0.0, 0.10583931766477864},
        {CLMLP_INITIALISATION_EPSILON, -0.11330863712061204, 0.11422232076246891},
        {CLMLP_INITIALISATION_NTK, -1.6663130993397473, 0.10583931766477864},
    };
    const size_t s[] = {4, 3, 2};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        clmlp_model *model = initialised(3, s, known[i].kind, 7);
        const double *const row = clmlp_model_theta_const(model, 1) + 5;
        cr_assert(fabs(row[0] - known[i].bias) <= 0x1p-50 * fabs(row[0]), "%s: bias %.17g", names[known[i].kind],
                  row[0]);
        cr_assert(fabs(row[1] - known[i].weight) <= 0x1p-50 * fabs(row[1]), "%s: weight %.17g", names[known[i].kind],
                  row[1]);
        clmlp_model_destroy(model);
    }
}

Test(initialise, glorot_uniform_is_what_a_model_is_created_with)
{
    const size_t s[] = {20, 10, 3};
    clmlp_error error = {.message = ""};
    clmlp_model *created = NULL, *model = initialised(3, s, CLMLP_INITIALISATION_GLOROT_UNIFORM, 11);
    cr_assert_eq(clmlp_model_create(&created, 3, s, CLMLP_SELU, CLMLP_OUTPUT_LINEAR, 11, &error), CLMLP_OK);
    cr_assert_eq(memcmp(model->theta, created->theta, clmlp_model_parameters(model) * sizeof(double)), 0);
    clmlp_model_destroy(created);
    clmlp_model_destroy(model);
}

Test(initialise, a_model_file_says_which_kind)
{
    const size_t s[] = {3, 2, 1};
    char path[512];
    clmlp_error error = {.message = ""};
    clmlp_model *model = initialised(3, s, CLMLP_INITIALISATION_NTK, 11), *loaded = NULL;
    cr_assert_eq(clmlp_model_save(model, scratch(path, "initialised.safetensors"), &error), CLMLP_OK);
    cr_assert_eq(clmlp_model_load(&loaded, path, NULL, &error), CLMLP_OK, "%s", error.message);
    cr_assert_eq(clmlp_model_initialisation(loaded), CLMLP_INITIALISATION_NTK);
    clmlp_model_destroy(loaded);
    clmlp_model_destroy(model);
}

Test(initialise, names_are_parsed_as_they_are_written)
{
    for (int kind = 0; kind < CLMLP_INITIALISATION_COUNT; kind++) {
        clmlp_initialisation parsed = CLMLP_INITIALISATION_COUNT;
        cr_assert(clmlp_initialisation_parse(names[kind], &parsed));
        cr_assert_eq((int)parsed, kind);
        cr_assert_str_eq(clmlp_initialisation_name(parsed), names[kind]);
    }
}
