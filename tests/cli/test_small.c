/* test_small.c - what auto takes for a small training, and what it says about that. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "backend/device.h"
#include "run.h"

#define TRAIN "train points.csv --hidden 4 --epochs 2 --overwrite "
static const char SMALL[] = " operations), so auto took the CPU path, which starts at once (--device opencl takes the "
                            "OpenCL CPU device)\n";

/* Whether it ran on the CPU path, and said that the training is small; never more than once, and nothing of what is
 * missing. */
static void expect_small(const char *folder, const char *line, bool is_small)
{
    cli_run run = cli(folder, line);
    cr_assert_eq(run.status, 0, "%s: %s", line, run.err);
    cr_assert_eq(strstr(run.err, "clmlp: device cpu: ") != NULL, is_small, "%s: %s", line, run.err);
    cr_assert_eq(strstr(run.err, SMALL) != NULL, is_small, "%s: %s", line, run.err);
    if (is_small) cr_assert_null(strstr(run.err, "no OpenCL GPU"), "%s: %s", line, run.err);
    if (is_small) cr_assert_null(strstr(run.err, "says what is missing"), "%s: %s", line, run.err);
    cli_free(&run);
}

Test(cli_small, auto_trains_on_the_cpu_path_and_says_so)
{
    char *const folder = cli_folder("small");
    clmlp_device_info info;
    cli_make_data(folder);
    cr_assert_eq(unsetenv("CLMLP_AUTO_SMALL"), 0);
    cr_assert_eq(clmlp_device_find("auto", &info, NULL), CLMLP_OK);
    const bool is_cpu = strcmp(info.type, "CPU") == 0;
    if (!is_cpu) cr_skip_test("auto takes no OpenCL CPU device here");
    cli_run list = cli(folder, "devices");
    cli_expect_in(list.out, "* is what --device auto takes; for small trainings train takes the CPU path\n");
    cli_free(&list);
    expect_small(folder, TRAIN, true);
    expect_small(folder, TRAIN "--device auto --precision f64", true);
    expect_small(folder, TRAIN "--engine native", false);
    expect_small(folder, TRAIN "--device opencl", false);
    expect_small(folder, TRAIN "--self-check 1/2", false);
    expect_small(folder, "evaluate model.safetensors points.csv", false);
    cr_assert_eq(setenv("CLMLP_AUTO_SMALL", "never", 1), 0);
    list = cli(folder, "devices");
    cli_expect_in(list.out, "* is what --device auto takes\n");
    cli_free(&list);
    expect_small(folder, TRAIN, false);
    free(folder);
}

/* 20,000 a layer and step: 2 layers and 15,000 steps are no small training any more. */
Test(cli_small, many_steps_are_not_small)
{
    char *const folder = cli_folder("small-steps");
    cli_make_data(folder);
    cr_assert_eq(unsetenv("CLMLP_AUTO_SMALL"), 0);
    expect_small(folder, "train points.csv --hidden 2 --batch full --epochs 15000 --overwrite --engine auto", false);
    free(folder);
}

static void expect_refusal(const char *folder, const char *environment, const char *line, const char *err)
{
    cli_run run = cli_with(folder, environment, line);
    cr_expect_eq(run.status, 2, "%s %s: exit status %d", environment, line, run.status);
    cli_expect_in(run.err, err);
    cli_free(&run);
}

/* A number is part of many a device's name: it is meant as a place in the list. */
Test(cli_small, what_is_no_device_and_no_word_is_refused)
{
    char *const folder = cli_folder("small-refused");
    cli_make_data(folder);
    expect_refusal(folder, "", TRAIN "--device opencl:0", "there is no device 'opencl:0'; there are:\n  opencl:0.0");
    expect_refusal(folder, "CLMLP_AUTO_SMALL=no", TRAIN, "CLMLP_AUTO_SMALL: found 'no', expected never");
    free(folder);
}

/* A mistyped word is no less mistyped where this run would not have read it. */
Test(cli_small, a_variable_with_another_word_is_refused_on_every_device)
{
    char *const folder = cli_folder("small-words");
    cli_make_data(folder);
    static const struct { const char *variable, *err; } cases[] = {
        {"CLMLP_PROGRAM_CACHE=nevr", "CLMLP_PROGRAM_CACHE: found 'nevr', expected always or never"},
        {"CLMLP_NATIVE_PARTS=many", "CLMLP_NATIVE_PARTS: found 'many', expected 1 to 64"},
        {"CLMLP_NATIVE_FAMILY=tpu", "CLMLP_NATIVE_FAMILY: found 'tpu', expected cpu or gpu"},
        {"CLMLP_SHARED_SUMS=off", "CLMLP_SHARED_SUMS: found 'off', expected yes or no"},
        {"CLMLP_CPU_THREADS=all", "CLMLP_CPU_THREADS: found 'all', expected threads, 1 to 8"},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        expect_refusal(folder, cases[c].variable, TRAIN "--device cpu", cases[c].err);
        expect_refusal(folder, cases[c].variable, TRAIN "--device opencl --engine clblast", cases[c].err);
    }
    free(folder);
}
