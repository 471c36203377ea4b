/* networks.h - small random networks and data for tests. */
#ifndef TEST_NETWORKS_H
#define TEST_NETWORKS_H

#include <stdbool.h>
#include <stdlib.h>

#include "clmlp/clmlp.h"

/* Fail the test with the library's own message. */
#define OK(call)                                                  \
    do {                                                          \
        clmlp_error call_error = {.message = ""};                 \
        clmlp_error *const error = &call_error;                   \
        cr_assert_eq((call), CLMLP_OK, "%s", call_error.message); \
    } while (0)

/* for all activations that can be trained with, whatever the list has */
#define FOR_TRAINED_ACTIVATIONS(g)                         \
    for (int g = 0; g < CLMLP_ACTIVATION_COUNT; g++)       \
        if (g != CLMLP_STEP)

/* Whether an activation takes item i of a long list: those that kernels always know take all, each other one a third,
 * or all with CLMLP_TEST_WHOLE set. */
static inline bool activation_takes(int g, size_t i)
{
    return g < CLMLP_SELU || getenv("CLMLP_TEST_WHOLE") != NULL || i % 3 == (size_t)g % 3;
}

/* What to test on: devices as --device takes them, with "+engine" for a certain engine. */
#define TEST_SUBJECTS {"cpu", "opencl+clblast", "opencl+native"}
enum { TEST_SUBJECT_COUNT = 3 };

/* A device, in a precision; memory_limit 0: all there is. spec may end in "+engine". */
clmlp_device *open_device(const char *spec, clmlp_precision precision, uint64_t memory_limit);

/* m examples with n features in (-1, 1) and targets that suit the output: K classes for softmax, 0/1
 * labels for sigmoid, numbers in (-1, 1) for linear. */
clmlp_dataset *random_data(size_t m, size_t n, size_t K, clmlp_output output, uint64_t seed);

/* The same with only about `density` of the features not 0. */
clmlp_dataset *sparse_data(size_t m, size_t n, size_t K, clmlp_output output, double density, uint64_t seed);

/* Points in K clouds that a small network can tell apart. */
clmlp_dataset *cloud_data(size_t m, size_t n, size_t K, uint64_t seed);

/* A target that suits the output, from u in (-1, 1); of softmax: 1 for one output of a row, 0 for the others. */
double target_for(clmlp_output output, double u, bool is_one);

clmlp_model *model_for(const clmlp_dataset *data, const size_t *hidden, size_t count, clmlp_activation activation,
                       clmlp_output output, uint64_t seed);

#endif
