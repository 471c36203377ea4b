/* test_model_data.c - models that are made for data, and data that suit a model. */
#include <math.h>
#include <stdint.h>

#include "clmlp/train.h"
#include "model_files.h"

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
