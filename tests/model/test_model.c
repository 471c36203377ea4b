/* test_model.c - models: names, topology, initial values, limits. */
#include <math.h>
#include <stdint.h>

#include "base/random.h"
#include "clmlp/train.h"
#include "model_files.h"

static clmlp_model *create(size_t L, const size_t *s, uint64_t seed)
{
    clmlp_model *model = NULL;
    clmlp_error error = {CLMLP_OK, ""};
    cr_assert_eq(clmlp_model_create(&model, L, s, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX, seed, &error), CLMLP_OK, "%s",
                 error.message);
    return model;
}

static void expect_failure(size_t L, const size_t *s, clmlp_activation activation, clmlp_output output,
                           const char *message)
{
    clmlp_model *model = NULL;
    clmlp_error error = {CLMLP_OK, ""};
    cr_assert_eq(clmlp_model_create(&model, L, s, activation, output, 1, &error), CLMLP_BAD_ARGUMENT);
    cr_assert_null(model);
    cr_assert_str_eq(error.message, message);
}

/* --- names ---------------------------------------------------------------------------------------------- */

#define CHECK_NAME(kind, type, value, text)                         \
    do {                                                            \
        type parsed = (type)99;                                     \
        cr_assert_str_eq(clmlp_##kind##_name(value), text);         \
        cr_assert(clmlp_##kind##_parse(text, &parsed), "%s", text); \
        cr_assert_eq(parsed, value, "%s", text);                    \
    } while (0)

Test(names, every_entry_has_a_name_that_reads_back)
{
#define CHECK(name, text) CHECK_NAME(activation, clmlp_activation, CLMLP_##name, text);
    CLMLP_ACTIVATION_LIST(CHECK)
#undef CHECK
#define CHECK(name, text) CHECK_NAME(output, clmlp_output, CLMLP_OUTPUT_##name, text);
    CLMLP_OUTPUT_LIST(CHECK)
#undef CHECK
#define CHECK(name, text) CHECK_NAME(scale, clmlp_scale, CLMLP_SCALE_##name, text);
    CLMLP_SCALE_LIST(CHECK)
#undef CHECK
#define CHECK(name, text) CHECK_NAME(precision, clmlp_precision, CLMLP_##name, text);
    CLMLP_PRECISION_LIST(CHECK)
#undef CHECK
}

Test(names, outside_the_list_there_is_a_question_mark)
{
    cr_assert_str_eq(clmlp_activation_name(CLMLP_ACTIVATION_COUNT), "?");
    cr_assert_str_eq(clmlp_output_name(CLMLP_OUTPUT_COUNT), "?");
    cr_assert_str_eq(clmlp_scale_name(CLMLP_SCALE_COUNT), "?");
    cr_assert_str_eq(clmlp_precision_name((clmlp_precision)-1), "?");
}

Test(names, unknown_names_leave_the_value_alone)
{
    clmlp_activation activation = CLMLP_RELU;
    cr_assert_not(clmlp_activation_parse("Sigmoid", &activation));
    cr_assert_not(clmlp_activation_parse("sigmoid ", &activation));
    cr_assert_not(clmlp_activation_parse("", &activation));
    cr_assert_not(clmlp_activation_parse(NULL, &activation));
    cr_assert_eq(activation, CLMLP_RELU);
}

/* --- topology and theta --------------------------------------------------------------------------------- */

Test(model, has_the_layers_it_was_made_with)
{
    const size_t s[] = {64, 25, 10};
    clmlp_model *model = create(3, s, 1);
    cr_assert_eq(clmlp_model_layers(model), 3);
    cr_assert_eq(clmlp_model_units(model, 1), 64);
    cr_assert_eq(clmlp_model_units(model, 2), 25);
    cr_assert_eq(clmlp_model_units(model, 3), 10);
    cr_assert_eq(clmlp_model_parameters(model), 25 * 65 + 10 * 26);
    cr_assert_eq(clmlp_model_theta(model, 2), clmlp_model_theta(model, 1) + 25 * 65);
    cr_assert_eq(clmlp_model_activation(model), CLMLP_TANH);
    cr_assert_eq(clmlp_model_output(model), CLMLP_OUTPUT_SOFTMAX);
    clmlp_model_destroy(model);
}

Test(model, begins_without_scaling_classes_target_and_lambda)
{
    const size_t s[] = {2, 1};
    clmlp_model *model = create(2, s, 1);
    cr_assert_eq(clmlp_model_scale(model), CLMLP_SCALE_NONE);
    cr_assert_null(clmlp_model_class_names(model));
    cr_assert_str_eq(clmlp_model_target(model), "");
    cr_assert_eq(clmlp_model_lambda(model), 0.0);
    clmlp_model_destroy(model);
}

Test(model, initial_weights_fill_their_range_and_biases_are_zero)
{
    const size_t s[] = {300, 200, 7};
    clmlp_model *model = create(3, s, 42);
    for (size_t l = 1; l < 3; l++) {
        const size_t s_in = s[l - 1], s_out = s[l];
        const double e = sqrt(6.0 / (double)(s_in + s_out)), n = (double)(s_in * s_out);
        const double *theta = clmlp_model_theta_const(model, l);
        double sum = 0.0, lowest = 0.0, highest = 0.0;
        for (size_t j = 0; j < s_out; j++) {
            cr_assert_eq(theta[j * (s_in + 1)], 0.0, "bias %zu of layer %zu", j, l);
            for (size_t i = 1; i <= s_in; i++) {
                const double value = theta[j * (s_in + 1) + i];
                cr_assert(value > -e && value < e, "theta(%zu) %zu,%zu = %g", l, j, i, value);
                sum += value;
                if (value < lowest) lowest = value;
                if (value > highest) highest = value;
            }
        }
        /* standard deviation of the mean is e / sqrt(3 n); five of them. P(no value above 0.98 e) = 0.99^n */
        cr_assert(fabs(sum / n) <= 5.0 * e / sqrt(3.0 * n), "mean %g", sum / n);
        cr_assert(lowest <= -0.98 * e && highest >= 0.98 * e, "from %g to %g of %g", lowest, highest, e);
    }
    clmlp_model_destroy(model);
}

/* An output of the generator, as tests/base has it from the published vectors, through the formula. */
Test(model, initial_weights_are_numbered_by_layer_row_and_column)
{
    const size_t s[] = {3, 2, 2};
    clmlp_model *model = create(3, s, 9);
    const double e = sqrt(6.0 / 4.0);
    const double u = clmlp_random_uniform(9, CLMLP_RANDOM_THETA, 2, 1 * 2 + (2 - 1));
    cr_assert_eq(clmlp_model_theta(model, 2)[1 * 3 + 2], e * (2.0 * u - 1.0));
    clmlp_model_destroy(model);
}

Test(model, the_seed_alone_decides_the_weights)
{
    const size_t s[] = {20, 10};
    clmlp_model *a = create(2, s, 1), *b = create(2, s, 1), *c = create(2, s, 2);
    size_t equal = 0;
    cr_assert_eq(memcmp(a->theta, b->theta, 210 * sizeof(double)), 0);
    for (size_t e = 0; e < 210; e++) equal += a->theta[e] == c->theta[e];
    cr_assert_eq(equal, 10, "only the biases may be equal: %zu are", equal);
    clmlp_model_destroy(a);
    clmlp_model_destroy(b);
    clmlp_model_destroy(c);
}

Test(model, destroying_none_is_fine)
{
    clmlp_model_destroy(NULL);
}

Test(model, needs_two_layers)
{
    const size_t s[] = {3};
    expect_failure(1, s, CLMLP_SIGMOID, CLMLP_OUTPUT_SIGMOID,
                   "a network of 1 layers (expected at least 2: input and output)");
}

Test(model, rejects_an_empty_layer)
{
    const size_t s[] = {3, 0, 2};
    expect_failure(3, s, CLMLP_SIGMOID, CLMLP_OUTPUT_SIGMOID, "layer 2 has 0 units (expected >= 1)");
}

Test(model, rejects_functions_outside_their_lists)
{
    const size_t s[] = {3, 2};
    char activation[64], output[64];
    (void)snprintf(activation, sizeof activation, "no such activation: %d", (int)CLMLP_ACTIVATION_COUNT);
    (void)snprintf(output, sizeof output, "no such output: %d", (int)CLMLP_OUTPUT_COUNT);
    expect_failure(2, s, CLMLP_ACTIVATION_COUNT, CLMLP_OUTPUT_SIGMOID, activation);
    expect_failure(2, s, CLMLP_SIGMOID, CLMLP_OUTPUT_COUNT, output);
}

Test(model, rejects_sizes_that_overflow)
{
    const size_t rows[] = {SIZE_MAX / 16, 32}, bias[] = {SIZE_MAX, 1}, sum[] = {SIZE_MAX / 64, 4, SIZE_MAX / 64};
    char message[256];
    (void)snprintf(message, sizeof message,
                   "layers 1 and 2 of %zu and 32 units: too many parameters for a memory address", rows[0]);
    expect_failure(2, rows, CLMLP_SIGMOID, CLMLP_OUTPUT_SIGMOID, message);
    (void)snprintf(message, sizeof message,
                   "layers 1 and 2 of %zu and 1 units: too many parameters for a memory address", bias[0]);
    expect_failure(2, bias, CLMLP_SIGMOID, CLMLP_OUTPUT_SIGMOID, message);
    (void)snprintf(message, sizeof message,
                   "layers 2 and 3 of 4 and %zu units: too many parameters for a memory address", sum[2]);
    expect_failure(3, sum, CLMLP_SIGMOID, CLMLP_OUTPUT_SIGMOID, message);
}

Test(model, can_be_made_with_the_step_function)
{
    const size_t s[] = {3, 2, 1};
    clmlp_model *model = NULL;
    cr_assert_eq(clmlp_model_create(&model, 3, s, CLMLP_STEP, CLMLP_OUTPUT_SIGMOID, 1, NULL), CLMLP_OK);
    clmlp_model_destroy(model);
}

Test(model, scaling_class_names_and_theta_can_be_read_and_set)
{
    const size_t s[] = {2, 2};
    const double offset[] = {1.0, -2.0}, divisor[] = {4.0, 0.5}, theta[] = {1, 2, 3, 4, 5, 6};
    const double hole[] = {1, 2, 3, 4, (double)INFINITY, 6};
    const char *const names[] = {"no", "yes"};
    double a[6], b[6];
    clmlp_model *model = NULL;
    clmlp_error error = {.message = ""};
    cr_assert_eq(clmlp_model_create(&model, 2, s, CLMLP_RELU, CLMLP_OUTPUT_SIGMOID, 1, NULL), CLMLP_OK);
    cr_assert_eq(clmlp_model_get_scaling(model, a, b, NULL), CLMLP_OK);
    cr_assert(a[0] == 0.0 && a[1] == 0.0 && b[0] == 1.0 && b[1] == 1.0);
    cr_assert_eq(clmlp_model_set_scaling(model, CLMLP_SCALE_STANDARD, offset, divisor, NULL), CLMLP_OK);
    cr_assert_eq(clmlp_model_scale(model), CLMLP_SCALE_STANDARD);
    cr_assert_eq(clmlp_model_get_scaling(model, a, b, NULL), CLMLP_OK);
    cr_assert(memcmp(a, offset, sizeof offset) == 0 && memcmp(b, divisor, sizeof divisor) == 0);
    cr_assert_eq(clmlp_model_set_scaling(model, CLMLP_SCALE_PIXEL, NULL, NULL, NULL), CLMLP_OK);
    cr_assert_eq(clmlp_model_get_scaling(model, a, b, NULL), CLMLP_OK);
    cr_assert(a[1] == 0.0 && b[1] == 255.0);

    cr_assert_null(clmlp_model_class_names(model));
    cr_assert_eq(clmlp_model_set_class_names(model, names, NULL), CLMLP_OK);
    cr_assert_str_eq(clmlp_model_class_names(model)[1], "yes");
    cr_assert_eq(clmlp_model_set_class_names(model, NULL, NULL), CLMLP_OK);
    cr_assert_null(clmlp_model_class_names(model));

    cr_assert_eq(clmlp_model_set_theta(model, 1, theta, NULL), CLMLP_OK);
    cr_assert_eq(clmlp_model_set_theta(model, 1, hole, &error), CLMLP_BAD_ARGUMENT);
    cr_assert_not_null(strstr(error.message, "row 1, column 1"), "%s", error.message);
    cr_assert_eq(clmlp_model_get_theta(model, 1, a, NULL), CLMLP_OK);
    cr_assert_eq(memcmp(a, theta, sizeof theta), 0);
    clmlp_model_destroy(model);
}

Test(model, keeps_the_target_it_is_given)
{
    const size_t s[] = {2, 1};
    clmlp_model *model = create(2, s, 1);
    cr_assert_eq(clmlp_model_set_target(model, "price", NULL), CLMLP_OK);
    cr_assert_str_eq(clmlp_model_target(model), "price");
    cr_assert_eq(clmlp_model_set_target(model, NULL, NULL), CLMLP_OK);
    cr_assert_str_eq(clmlp_model_target(model), "");
    clmlp_model_destroy(model);
}
