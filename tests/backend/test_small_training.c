/* test_small_training.c - trainings for which auto takes the CPU path, by their counted operations; no times. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/small_training.h"
#include "networks.h"

Test(small_training, operations_are_those_of_the_formula)
{
    static const size_t two[] = {4, 3}, three[] = {5, 4, 2}, none[] = {4, 0};
    /* an example 2 2 3 5 + 50 3, a step 20 15 + 20000; 7 examples in 3 + 3 + 1, 11 epochs */
    cr_assert_eq(clmlp_training_operations(two, 2, 7, 3, 11), 11.0 * (7 * (60.0 + 150.0) + 3 * 20300.0));
    /* 2 2 4 6 + 3 2 2 5 + 50 6; 20 (24 + 10) + 40000 */
    cr_assert_eq(clmlp_training_operations(three, 3, 8, 0, 2), 2.0 * (8 * (96.0 + 60.0 + 300.0) + 40680.0));
    cr_assert_eq(clmlp_training_operations(three, 3, 8, 9, 2), clmlp_training_operations(three, 3, 8, 0, 2));
    cr_assert_eq(clmlp_training_operations(three, 3, 8, 4, 1), 8 * 456.0 + 2 * 40680.0);
    cr_assert_eq(clmlp_training_operations(NULL, 3, 8, 4, 1), 0.0);
    cr_assert_eq(clmlp_training_operations(three, 1, 8, 4, 1), 0.0);
    cr_assert_eq(clmlp_training_operations(three, 3, 0, 4, 1), 0.0);
    cr_assert_eq(clmlp_training_operations(three, 3, 8, 4, 0), 0.0);
    cr_assert_eq(clmlp_training_operations(none, 2, 8, 4, 1), 0.0);
}

static bool is_small(const char *type, const char *spec, clmlp_engine engine, double operations)
{
    clmlp_device_info info = {.spec = "opencl:0.0"};
    clmlp_device_options options = clmlp_device_options_default();
    (void)snprintf(info.type, sizeof info.type, "%s", type);
    options.engine = engine;
    options.operations = operations;
    bool result = false;
    cr_assert_eq(clmlp_small_training(&info, spec, &options, &result, NULL), CLMLP_OK);
    return result;
}

Test(small_training, only_auto_gives_up_an_opencl_cpu_device_and_only_where_less_is_computed)
{
    cr_assert_eq(unsetenv("CLMLP_AUTO_SMALL"), 0);
    cr_assert(is_small("CPU", "auto", CLMLP_ENGINE_AUTO, 1.0));
    cr_assert(is_small("CPU", "auto", CLMLP_ENGINE_AUTO, CLMLP_SMALL_OPERATIONS));
    cr_assert_not(is_small("CPU", "auto", CLMLP_ENGINE_AUTO, 1.001 * CLMLP_SMALL_OPERATIONS));
    cr_assert_not(is_small("CPU", "auto", CLMLP_ENGINE_AUTO, 0.0), "it is not known");
    cr_assert_not(is_small("CPU", "auto", CLMLP_ENGINE_AUTO, (double)NAN));
    cr_assert_not(is_small("GPU", "auto", CLMLP_ENGINE_AUTO, 1.0));
    cr_assert_not(is_small("host", "auto", CLMLP_ENGINE_AUTO, 1.0));
    cr_assert_not(is_small("CPU", "auto", CLMLP_ENGINE_NATIVE, 1.0));
    cr_assert_not(is_small("CPU", "opencl", CLMLP_ENGINE_AUTO, 1.0));
    cr_assert_not(is_small("CPU", "opencl:0.0", CLMLP_ENGINE_AUTO, 1.0));
    cr_assert_eq(setenv("CLMLP_AUTO_SMALL", "never", 1), 0);
    cr_assert_not(is_small("CPU", "auto", CLMLP_ENGINE_AUTO, 1.0));
}
