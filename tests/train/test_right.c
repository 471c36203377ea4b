/* test_right.c - which examples count as right where outputs are equal, or just between two sides: the same on every
 * device, and in the mean of several networks. */
#include <criterion/criterion.h>
#include <string.h>

#include "networks.h"

enum { ROWS = 40, K = 4 };

static const char *const devices[] = TEST_SUBJECTS;

/* theta = 0: all outputs are equal, of a sigmoid 1/2. */
static clmlp_model *all_equal(const clmlp_dataset *data, clmlp_output output, size_t members)
{
    const double zeros[K * 3] = {0};
    clmlp_model *const model = model_for(data, NULL, 0, CLMLP_SIGMOID, output, 1);
    OK(clmlp_model_set_theta(model, 1, zeros, error));
    for (size_t i = 1; i < members; i++) {
        clmlp_model *const member = model_for(data, NULL, 0, CLMLP_SIGMOID, output, 1);
        OK(clmlp_model_set_theta(member, 1, zeros, error));
        OK(clmlp_model_add_member(model, member, error));
        clmlp_model_destroy(member);
    }
    return model;
}

/* The mean is taken by the host, so one device shows it. */
static void expect_accuracy(const clmlp_dataset *data, clmlp_output output, double expected)
{
    for (size_t d = 0; d < TEST_SUBJECT_COUNT; d++) {
        clmlp_device *const device = open_device(devices[d], CLMLP_F32, 0);
        for (size_t members = 1; members <= (d == 0 ? 2 : 1); members++) {
            clmlp_evaluation *evaluation = NULL;
            clmlp_model *const model = all_equal(data, output, members);
            OK(clmlp_evaluate(model, device, data, 0.0, &evaluation, error));
            cr_assert_eq(evaluation->score.accuracy, expected, "%s, %zu networks: accuracy %g, expected %g", devices[d],
                         members, evaluation->score.accuracy, expected);
            clmlp_evaluation_destroy(evaluation);
            clmlp_model_destroy(model);
        }
        clmlp_device_close(device);
    }
}

static double x[ROWS * 2];

Test(right, is_the_first_of_equal_outputs)
{
    unsigned labels[ROWS];
    clmlp_dataset *data = NULL;
    for (size_t i = 0; i < ROWS; i++) labels[i] = i < 16 ? 0 : 1 + i % 3; /* 16, and 8 each */
    OK(clmlp_dataset_create_classes(&data, ROWS, 2, x, K, NULL, labels, error));
    expect_accuracy(data, CLMLP_OUTPUT_SOFTMAX, 16.0 / ROWS);
    clmlp_dataset_destroy(data);
}

/* One half is on the side of 0, as an output and as a target. */
Test(right, is_one_half_where_the_target_is_at_most_one_half)
{
    double y[ROWS * K] = {0};
    clmlp_dataset *data = NULL;
    for (size_t i = 0; i < ROWS; i++) {
        if (i >= 10) y[i * K + 1 + i % 3] = i < 20 ? 0.5 : 1.0;
    }
    OK(clmlp_dataset_create(&data, ROWS, 2, x, K, y, error));
    expect_accuracy(data, CLMLP_OUTPUT_SIGMOID, 20.0 / ROWS);
    clmlp_dataset_destroy(data);
}
