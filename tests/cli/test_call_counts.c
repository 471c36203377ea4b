/* test_call_counts.c - how many calls of OpenCL a training step takes, counted between a short and a long training. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "run.h"

enum { FEW = 3, MANY = 23, STEPS = 2 /* an epoch */ };

/* Calls of a function that the program made, by "failing_opencl: N of NAME"; 0: none. */
static unsigned long calls_of(const char *err, const char *name)
{
    char found[64];
    unsigned long calls = 0;
    for (const char *at = err; (at = strstr(at, "failing_opencl: ")) != NULL; at++) {
        if (sscanf(at, "failing_opencl: %lu of %63s", &calls, found) == 2 && strcmp(found, name) == 0) return calls;
    }
    return 0;
}

static unsigned long calls_with(const char *folder, const char *variables, const char *options, int epochs,
                                const char *name)
{
    char environment[1024], line[512];
    (void)snprintf(environment, sizeof environment, "CLMLP_FAIL_CALL=count LD_PRELOAD='%s' %s", FAILING_OPENCL,
                   variables);
    (void)snprintf(line, sizeof line,
                   "train points.csv --hidden 3 --batch 30 --epochs %d --device opencl --engine native --quiet "
                   "--model new.model %s", epochs, options);
    cli_run run = cli_with(folder, environment, line);
    cr_assert_eq(run.status, 0, "%s %s: %s", environment, line, run.err);
    const unsigned long calls = calls_of(run.err, name);
    cli_free(&run);
    return calls;
}

/* Each step of the longer training takes as many calls as it says; what an epoch takes is left out where it is less. */
static unsigned long calls_a_step(const char *folder, const char *variables, const char *options, const char *name)
{
    const unsigned long few = calls_with(folder, variables, options, FEW, name);
    const unsigned long many = calls_with(folder, variables, options, MANY, name);
    cr_assert(many >= few, "%s: %lu calls of %s in a short training, %lu in a long one", variables, few, name, many);
    return (many - few) / ((MANY - FEW) * STEPS);
}

/* 5 launches, whose kernels have more than 80 arguments. Where an input or a cost lies changes with each step; and the
 * fifth launch is of a kernel that has just had another layer's arguments. */
Test(cli_call_counts, arguments_are_set_when_they_change)
{
    char *const folder = cli_data_folder("call-counts");
    static const struct {
        const char *variables, *options;
        unsigned long most;
    } cases[] = {
        {"CLMLP_NATIVE_FAMILY=gpu CLMLP_NATIVE_STEPS=never", "", 20},
        {"CLMLP_NATIVE_FAMILY=cpu CLMLP_NATIVE_STEPS=never", "", 30},
        {"CLMLP_NATIVE_FAMILY=gpu CLMLP_NATIVE_STEPS=never", "--optimizer adam", 24},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        const unsigned long calls = calls_a_step(folder, cases[c].variables, cases[c].options, "clSetKernelArg");
        (void)printf("%s %s: %lu\n", cases[c].variables, cases[c].options, calls);
        cr_expect(calls <= cases[c].most, "%s %s: %lu arguments are set in a step, expected %lu at the most",
                  cases[c].variables, cases[c].options, calls, cases[c].most);
        cr_expect_gt(calls, 0, "nothing was counted");
    }
    free(folder);
}
