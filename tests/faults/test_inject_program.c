/* test_inject_program.c - clmlp verify on a faulty device: exit status 3 and the blame. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

static void expect_blame(const char *options, double step, double layer, const char *tensor, const char *equation)
{
    char line[512];
    char *folder = cli_data_folder("inject-program");
    (void)snprintf(line, sizeof line, "verify points.csv --hidden 7,5 --batch 13 --lambda 1 --quiet --json %s",
                   options);
    cJSON *json = cli_json(folder, line, 3);
    cr_expect_str_eq(cli_text(json, "verdict"), "fail");
    const cJSON *failure = cli_member(json, "first_failure");
    cr_expect_eq(cli_number(failure, "step"), step, "%s", options);
    cr_expect_eq(cli_number(failure, "layer"), layer, "%s", options);
    cr_expect_str_eq(cli_text(failure, "tensor"), tensor, "%s", options);
    cr_expect_str_eq(cli_text(failure, "equation"), equation, "%s", options);
    cJSON_Delete(json);
    free(folder);
}

Test(inject_program, verify_blames_a_fault_of_each_backend)
{
    expect_blame("--device cpu --inject nan:delta:2@3", 3, 2, "delta", "hidden_delta");
    expect_blame("--device cpu --precision f64 --inject=flip:z:3@1", 1, 3, "z", "forward");
    expect_blame("--device opencl --engine native --inject scale:1+1e-4:gradient:2@2", 2, 2, "gradient", "gradient");
    expect_blame("--device opencl --engine clblast --inject stale:theta:1@2", 2, 1, "theta", "update");
}

Test(inject_program, verify_blames_a_fault_of_a_kernel)
{
    /* biases begin as 0 */
    expect_blame("--device opencl --engine native --inject no_bias:forward", 2, 2, "z", "forward");
    expect_blame("--device opencl --engine clblast --inject race:output_delta", 1, 4, "cost", "output_delta");
}

Test(inject_program, verify_blames_a_wrong_count)
{
    expect_blame("--device opencl --engine native --inject count:output_delta", 1, 4, "right", "output_delta");
    expect_blame("--device opencl --engine clblast --inject count:output_delta", 1, 4, "right", "output_delta");
}

/* A flipped bit, as the count is read. */
static void expect_impossible(const char *line, int status)
{
    char *folder = cli_data_folder("inject-program-count");
    cli_run run = cli(folder, line);
    cr_expect_eq(run.status, status, "%s: exit status %d", line, run.status);
    cr_expect(status == 3 ? strstr(run.out, "right") != NULL : strstr(run.err, "right predictions") != NULL, "%s: %s%s",
              line, run.out, run.err);
    cr_expect_null(strstr(run.out, "accuracy"), "%s: %s", line, run.out);
    cli_free(&run);
    free(folder);
}

Test(inject_program, a_count_that_cannot_be_is_an_error_and_never_printed)
{
    expect_impossible("train points.csv --hidden 7 --batch full --epochs 3 --device cpu --inject flip:right:3@2", 1);
    expect_impossible("train points.csv --hidden 7 --batch full --epochs 3 --device opencl --inject flip:right:3@2", 1);
    /* a verification finds it and names it */
    expect_impossible("verify points.csv --hidden 7 --batch 13 --device cpu --inject flip:right:3@2", 3);
}

Test(inject_program, verify_passes_without_a_fault)
{
    char *folder = cli_data_folder("inject-program-clean");
    cli_ok(folder, "verify points.csv --hidden 7,5 --batch 13 --device cpu");
    free(folder);
}

Test(inject_program, refuses_what_is_no_fault)
{
    char *folder = cli_data_folder("inject-program-refused");
    cli_run run = cli(folder, "verify points.csv --device cpu --inject nan:delta");
    cr_expect_eq(run.status, 2);
    cr_expect_not_null(strstr(run.err, "nan:delta"), "%s", run.err);
    cli_free(&run);
    free(folder);
}
