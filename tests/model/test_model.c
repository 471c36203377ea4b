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

/* --- data ----------------------------------------------------------------------------------------------- */

static double two_features[] = {1.0, 2.0, 3.0, 4.0};
static uint32_t two_labels[] = {1, 0};
static char *two_names[] = {"no", "yes"};

static struct clmlp_dataset class_data(void)
{
    return (struct clmlp_dataset){.m = 2, .n = 2, .K = 2, .storage = CLMLP_STORE_F64, .x = two_features,
                                  .target_kind = CLMLP_TARGET_CLASSES, .labels = two_labels,
                                  .class_names = two_names, .target = "answer"};
}

static struct clmlp_dataset value_data(double *y, size_t K)
{
    return (struct clmlp_dataset){.m = 2, .n = 2, .K = K, .storage = CLMLP_STORE_F64, .x = two_features,
                                  .target_kind = CLMLP_TARGET_VALUES, .y = y};
}

static clmlp_model *create_for(const struct clmlp_dataset *data, clmlp_output output)
{
    const size_t hidden[] = {5, 4};
    clmlp_model *model = NULL;
    clmlp_error error = {CLMLP_OK, ""};
    cr_assert_eq(clmlp_model_create_for(&model, data, hidden, 2, CLMLP_RELU, output, 1, &error), CLMLP_OK, "%s",
                 error.message);
    return model;
}

static void expect_check(const struct clmlp_dataset *trained, clmlp_output output, const struct clmlp_dataset *data,
                         const char *message)
{
    clmlp_model *model = create_for(trained, output);
    clmlp_error error = {CLMLP_OK, ""};
    const clmlp_status status = clmlp_model_check_data(model, data, true, "test data", &error);
    cr_assert_eq(status, message == NULL ? CLMLP_OK : CLMLP_BAD_ARGUMENT, "%s", error.message);
    cr_assert_str_eq(error.message, message == NULL ? "" : message);
    clmlp_model_destroy(model);
}

Test(model, takes_sizes_classes_and_target_from_the_data)
{
    struct clmlp_dataset data = class_data();
    clmlp_model *model = create_for(&data, CLMLP_OUTPUT_SIGMOID);
    cr_assert_eq(clmlp_model_layers(model), 4);
    cr_assert_eq(clmlp_model_units(model, 1), 2);
    cr_assert_eq(clmlp_model_units(model, 2), 5);
    cr_assert_eq(clmlp_model_units(model, 3), 4);
    cr_assert_eq(clmlp_model_units(model, 4), 2);
    cr_assert_str_eq(clmlp_model_class_names(model)[0], "no");
    cr_assert_str_eq(clmlp_model_class_names(model)[1], "yes");
    cr_assert_neq(clmlp_model_class_names(model)[1], two_names[1], "the names are copies");
    cr_assert_str_eq(clmlp_model_target(model), "answer");
    clmlp_model_destroy(model);
}

Test(model, without_hidden_layers_is_a_regression)
{
    double y[] = {0.25, -3.0};
    struct clmlp_dataset data = value_data(y, 1);
    clmlp_model *model = NULL;
    cr_assert_eq(clmlp_model_create_for(&model, &data, NULL, 0, CLMLP_SIGMOID, CLMLP_OUTPUT_LINEAR, 1, NULL),
                 CLMLP_OK);
    cr_assert_eq(clmlp_model_layers(model), 2);
    cr_assert_eq(clmlp_model_parameters(model), 3);
    cr_assert_null(clmlp_model_class_names(model));
    cr_assert_str_eq(clmlp_model_target(model), "");
    clmlp_model_destroy(model);
}

Test(model, cannot_be_made_for_data_without_targets)
{
    struct clmlp_dataset data = class_data();
    clmlp_model *model = NULL;
    clmlp_error error = {CLMLP_OK, ""};
    data.target_kind = CLMLP_TARGET_NONE;
    data.K = 0;
    cr_assert_eq(clmlp_model_create_for(&model, &data, NULL, 0, CLMLP_SIGMOID, CLMLP_OUTPUT_LINEAR, 1, &error),
                 CLMLP_BAD_ARGUMENT);
    cr_assert_str_eq(error.message, "a model for data without targets has no outputs");
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

Test(check_data, accepts_the_data_that_the_model_was_made_for)
{
    double labels[] = {0.0, 1.0, 1.0, 1.0}, rows[] = {0.25, 0.75, 0.0, 1.0 + 9e-7}, reals[] = {-1e9, 7.0, 0.0, 1e300};
    struct clmlp_dataset classes = class_data();
    expect_check(&classes, CLMLP_OUTPUT_SIGMOID, &classes, NULL);
    struct clmlp_dataset values = value_data(labels, 2);
    expect_check(&values, CLMLP_OUTPUT_SIGMOID, &values, NULL);
    values.y = rows;
    expect_check(&values, CLMLP_OUTPUT_SOFTMAX, &values, NULL);
    values.y = reals;
    expect_check(&values, CLMLP_OUTPUT_LINEAR, &values, NULL);
}

Test(check_data, names_both_widths)
{
    struct clmlp_dataset data = class_data(), narrow = class_data();
    narrow.n = 1;
    expect_check(&data, CLMLP_OUTPUT_SIGMOID, &narrow, "test data: 1 features, the model takes 2");
}

Test(check_data, asks_for_targets_only_when_they_are_wanted)
{
    struct clmlp_dataset data = class_data(), bare = class_data();
    bare.target_kind = CLMLP_TARGET_NONE;
    expect_check(&data, CLMLP_OUTPUT_SIGMOID, &bare, "test data: no targets, 2 per example expected");
    clmlp_model *model = create_for(&data, CLMLP_OUTPUT_SIGMOID);
    cr_assert_eq(clmlp_model_check_data(model, &bare, false, "data", NULL), CLMLP_OK);
    clmlp_model_destroy(model);
}

Test(check_data, compares_the_number_of_outputs)
{
    double y[] = {0.0, 1.0};
    struct clmlp_dataset data = class_data(), fewer = class_data(), one = value_data(y, 1);
    fewer.K = 1;
    expect_check(&data, CLMLP_OUTPUT_SIGMOID, &fewer, "test data: 1 classes, the model has 2 outputs");
    expect_check(&data, CLMLP_OUTPUT_SIGMOID, &one, "test data: 1 targets per example, the model has 2 outputs");
}

Test(check_data, compares_the_names_of_the_classes)
{
    char *names[] = {"no", "maybe"};
    struct clmlp_dataset data = class_data(), other = class_data();
    other.class_names = names;
    expect_check(&data, CLMLP_OUTPUT_SIGMOID, &other, "test data: class 2 is \"maybe\", the model's is \"yes\"");
}

static char *ab[] = {"a", "b"}, *ba[] = {"b", "a"};

Test(check_data, compares_the_names_of_the_columns)
{
    struct clmlp_columns first = {.count = 2, .names = ab}, second = {.count = 2, .names = ba};
    struct clmlp_dataset data = class_data(), other = class_data(), bare = class_data();
    data.columns = &first;
    other.columns = &second;
    expect_check(&data, CLMLP_OUTPUT_SIGMOID, &data, NULL);
    expect_check(&data, CLMLP_OUTPUT_SIGMOID, &bare, NULL);
    expect_check(&bare, CLMLP_OUTPUT_SIGMOID, &data, NULL);
    expect_check(&data, CLMLP_OUTPUT_SIGMOID, &other,
                 "test data: column 1 is 'b', the model's is 'a'; load it with the model's columns to match by name");
}

/* Both would be read as the other's levels or fillings. */
Test(check_data, compares_the_encoders_of_the_columns)
{
    static char a[] = "a", b[] = "b";
    clmlp_encoder numeric_a = {.name = a, .fill = {1.5}}, other_a = {.name = a, .fill = {2.5}};
    clmlp_encoder numeric_b = {.name = b, .fill = {1.5}};
    clmlp_encoder *encoders[] = {&numeric_a, &numeric_b}, *others[] = {&other_a, &numeric_b};
    struct clmlp_columns first = {.count = 2, .names = ab, .encoders = encoders};
    struct clmlp_columns second = {.count = 2, .names = ab, .encoders = others}, one = {.count = 1, .names = ab};
    struct clmlp_dataset data = class_data(), other = class_data(), short_of = class_data();
    data.columns = &first;
    other.columns = &second;
    short_of.columns = &one;
    expect_check(&data, CLMLP_OUTPUT_SIGMOID, &data, NULL);
    expect_check(&data, CLMLP_OUTPUT_SIGMOID, &other,
                 "test data: column 'a' is not encoded as the model's; load it with the model's columns");
    expect_check(&data, CLMLP_OUTPUT_SIGMOID, &short_of,
                 "test data: 1 columns, the model has 2; load it with the model's columns to match by name");
}

Test(model, without_columns_or_target_gets_those_of_its_training_data)
{
    struct clmlp_columns first = {.count = 2, .names = ab}, second = {.count = 2, .names = ba};
    struct clmlp_dataset named = class_data(), other = class_data(), bare = class_data();
    const clmlp_device_options cpu = {.size = sizeof cpu, .spec = "cpu"};
    clmlp_train_config config = clmlp_train_config_default();
    clmlp_device *device = NULL;
    clmlp_error error = {CLMLP_OK, ""};
    named.columns = &first;
    other.columns = &second;
    bare.target = NULL;
    config.epochs = config.batch = 1;
    cr_assert_eq(clmlp_device_open(&device, &cpu, &error), CLMLP_OK, "%s", error.message);
    clmlp_model *model = create_for(&bare, CLMLP_OUTPUT_SIGMOID);
    cr_assert_null(clmlp_model_columns(model));
    cr_assert_str_eq(clmlp_model_target(model), "");
    cr_assert_eq(clmlp_train(model, device, &named, NULL, &config, NULL, &error), CLMLP_OK, "%s", error.message);
    cr_assert_eq(clmlp_columns_count(clmlp_model_columns(model)), 2);
    cr_assert_str_eq(clmlp_columns_name(clmlp_model_columns(model), 1), "b");
    cr_assert_str_eq(clmlp_model_target(model), "answer");
    cr_assert_eq(clmlp_train(model, device, &other, NULL, &config, NULL, &error), CLMLP_BAD_ARGUMENT);
    clmlp_model_destroy(model);
    clmlp_device_close(device);
}

Test(check_data, holds_sigmoid_targets_to_the_unit_interval)
{
    double above[] = {0.0, 1.0, 1.0, 1.0 + 1e-7}, below[] = {-0.5, 1.0, 1.0, 1.0}, nan[] = {0.0, 1.0, (double)NAN, 1.0};
    struct clmlp_dataset data = class_data(), values = value_data(above, 2);
    expect_check(&data, CLMLP_OUTPUT_SIGMOID, &values,
                 "test data: target 2 of example 2 is 1.0000001: outside [0, 1], which the sigmoid output's cost is "
                 "defined for; use --output linear for real targets");
    values.y = below;
    expect_check(&data, CLMLP_OUTPUT_SIGMOID, &values,
                 "test data: target 1 of example 1 is -0.5: outside [0, 1], which the sigmoid output's cost is "
                 "defined for; use --output linear for real targets");
    values.y = nan;
    expect_check(&data, CLMLP_OUTPUT_SIGMOID, &values,
                 "test data: target 1 of example 2 is nan: outside [0, 1], which the sigmoid output's cost is "
                 "defined for; use --output linear for real targets");
}

Test(check_data, holds_softmax_rows_to_distributions)
{
    double sum[] = {0.5, 0.5, 1.0, 0.5}, negative[] = {1.0, 0.0, 1.25, -0.25};
    struct clmlp_dataset data = class_data(), values = value_data(sum, 2);
    expect_check(&data, CLMLP_OUTPUT_SOFTMAX, &values,
                 "test data: the targets of example 2 add up to 1.5, not to 1, which the softmax output's cost is "
                 "defined for; use --output sigmoid for several labels at once");
    values.y = negative;
    expect_check(&data, CLMLP_OUTPUT_SOFTMAX, &values,
                 "test data: target 2 of example 2 is -0.25: below 0, which the softmax output's cost is not "
                 "defined for; use --output linear for real targets");
}

/* --- scaling -------------------------------------------------------------------------------------------- */

Test(fit_scaling, keeps_what_the_data_gave)
{
    struct clmlp_dataset data = class_data(); /* columns 1, 3 and 2, 4 */
    clmlp_model *model = create_for(&data, CLMLP_OUTPUT_SIGMOID);
    CHECK_OK(clmlp_model_fit_scaling(model, &data, CLMLP_SCALE_MINMAX, &check_error));
    cr_assert_eq(clmlp_model_scale(model), CLMLP_SCALE_MINMAX);
    cr_assert_eq(model->scaling.offset[1], 2.0);
    cr_assert_eq(model->scaling.divisor[1], 2.0);
    CHECK_OK(clmlp_model_fit_scaling(model, &data, CLMLP_SCALE_AUTO, &check_error));
    cr_assert_eq(clmlp_model_scale(model), CLMLP_SCALE_STANDARD);
    cr_assert_eq(model->scaling.offset[1], 3.0);
    cr_assert_eq(model->scaling.divisor[1], 1.0);
    CHECK_OK(clmlp_model_fit_scaling(model, &data, CLMLP_SCALE_PIXEL, &check_error));
    cr_assert_eq(clmlp_model_scale(model), CLMLP_SCALE_PIXEL);
    cr_assert_eq(model->scaling.n, 2);
    clmlp_model_destroy(model);
}

Test(fit_scaling, that_fails_leaves_the_old_scaling)
{
    double huge[] = {-1e308, 2.0, 1e308, 4.0};
    struct clmlp_dataset data = class_data(), wide = class_data();
    clmlp_error error = {CLMLP_OK, ""};
    clmlp_model *model = create_for(&data, CLMLP_OUTPUT_SIGMOID);
    CHECK_OK(clmlp_model_fit_scaling(model, &data, CLMLP_SCALE_MINMAX, &check_error));
    wide.x = huge;
    cr_assert_eq(clmlp_model_fit_scaling(model, &wide, CLMLP_SCALE_STANDARD, &error), CLMLP_BAD_INPUT);
    wide.n = 1;
    cr_assert_eq(clmlp_model_fit_scaling(model, &wide, CLMLP_SCALE_STANDARD, &error), CLMLP_BAD_ARGUMENT);
    cr_assert_str_eq(error.message, "training data: 1 features, the model takes 2");
    cr_assert_eq(clmlp_model_fit_scaling(model, &data, CLMLP_SCALE_COUNT, &error), CLMLP_BAD_ARGUMENT);
    cr_assert_str_eq(error.message, "argument 'scale': found 7, expected 0 to 6");
    cr_assert_eq(clmlp_model_scale(model), CLMLP_SCALE_MINMAX);
    cr_assert_eq(model->scaling.offset[1], 2.0);
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
