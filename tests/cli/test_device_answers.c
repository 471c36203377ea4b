/* test_device_answers.c - devices that do not answer, or late, as tests/support/failing/pretend.c makes them. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

#define TRAIN "train points.csv --hidden 5 --epochs 2 --batch 16 --model m.safetensors --device opencl --engine native "

static cli_run pretend(const char *folder, const char *more, const char *what, const char *line)
{
    char environment[1024];
    (void)snprintf(environment, sizeof environment, "%s CLMLP_PRETEND='%s' LD_PRELOAD='%s'", more, what,
                   PRETENDING_OPENCL);
    return cli_with(folder, environment, line);
}

/* Tiles that are chosen by numbers which the device did not give would be those of another device. */
Test(cli_device_answers, what_a_gpu_is_chosen_tiles_by_is_asked_for_with_success)
{
    static const struct { const char *what, *why; } questions[] = {
        {"fails=units", "asking for the number of compute units failed: CL_OUT_OF_HOST_MEMORY (-6)"},
        {"fails=local", "asking for the size of local memory failed: CL_OUT_OF_HOST_MEMORY (-6)"}};
    char *const folder = cli_data_folder("asked");
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
        cli_run run = pretend(folder, "CLMLP_NATIVE_FAMILY=gpu", questions[i].what, TRAIN);
        cr_expect_eq(run.status, 1, "%s: exit status %d\n%s", questions[i].what, run.status, run.err);
        cli_expect_in(run.err, questions[i].why);
        cli_free(&run);
    }
    free(folder);
}

/* Kernels are built once, in the first step: the speed of the rest is told without it. */
Test(cli_device_answers, a_first_step_that_takes_seconds_is_told_apart)
{
    char *const folder = cli_data_folder("late");
    static const char *const kernels[] = {"late.set_bias_unit=1", "late.cpu_forward=1200"};
    for (int late = 0; late < 2; late++) {
        double whole = 0.0, first = 0.0;
        cli_run run = pretend(folder, "CLMLP_NATIVE_FAMILY=cpu CLMLP_NATIVE_STEPS=never", kernels[late],
                              TRAIN "--quiet");
        cr_assert_eq(run.status, 0, "%s", run.err);
        const char *const told = strstr(run.out, " steps in ");
        cr_assert_not_null(told, "%s", run.out);
        const int found = sscanf(told, " steps in %lf s, %lf s of them until the first step was done", &whole, &first);
        cr_assert(late == 1 ? found == 2 && first >= 1.2 && first <= whole : found == 1 || first >= 1.0, "%s", run.out);
        cli_free(&run);
    }
    free(folder);
}
