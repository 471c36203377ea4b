/* test_verify_command.c - clmlp verify: exit statuses and reports, on right and on broken kernels. */
#include <criterion/criterion.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verify_run.h"

/* A folder with data in which the descent of the kernels for CPUs forgets 1/m. */
static char *broken_folder(const char *name)
{
    char *const folder = cli_data_folder(name);
    cli_break_kernels(folder, TEST_KERNEL_DIR);
    cr_assert_eq(setenv("CLMLP_NATIVE_FAMILY", "cpu", 1), 0);
    return folder;
}

#define BROKEN "verify points.csv --hidden 4 --quiet --device opencl --engine native "

/* --- right kernels ----------------------------------------------------------------------------------------- */

Test(cli_verify, passes_with_every_engine_and_names_every_tensor)
{
    static const char *const places[] = {"--device cpu", "--device cpu --precision f64",
                                         "--device opencl --engine native", "--device opencl --engine clblast"};
    static const char *const tensors[] = {"x ", "y ", "z(2)", "a(2)", "z(3)", "a(3)", "cost", "delta(3)", "delta(2)",
                                          "gradient(1)", "gradient(2)", "theta(1)", "theta(2)"};
    char *const folder = cli_data_folder("verify-engines");
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        char line[256];
        (void)snprintf(line, sizeof line, "verify points.csv --hidden 7 --lambda 0.5 --quiet %s", places[i]);
        cli_run run = cli(folder, line);
        cr_assert_eq(run.status, 0, "%s\n%s%s", line, run.out, run.err);
        cr_assert_str_empty(run.err);
        for (size_t t = 0; t < sizeof tensors / sizeof tensors[0]; t++) expect_in(run.out, tensors[t]);
        expect_in(run.out, "\npassed: all ");
        cr_assert_null(strstr(run.out, "FAIL"));
        cli_free(&run);
    }
    cr_assert_null(cli_read(folder, "verify-failure.safetensors"), "a step was saved though none failed");
    free(folder);
}

Test(cli_verify, prints_every_promised_key)
{
    char *const folder = cli_data_folder("verify-json");
    cJSON *const json = cli_json(folder, "verify points.csv --hidden 7 --steps 2 --device cpu --quiet --json", 0);
    cr_assert_str_eq(cli_text(json, "verdict"), "pass");
    cr_assert_str_eq(cli_text(json, "mode"), "lock-step");
    cr_assert_eq(cli_number(json, "steps"), 2);
    cr_assert(cJSON_IsNull(cli_member(json, "first_failure")));
    const cJSON *const tensors = cli_member(json, "tensors"), *tensor;
    cr_assert(cJSON_GetArraySize(tensors) >= 2 * 11, "%d", cJSON_GetArraySize(tensors));
    double elements = 0.0;
    cJSON_ArrayForEach(tensor, tensors) {
        cr_assert_leq(cli_number(tensor, "step"), 2);
        cr_assert_geq(cli_number(tensor, "layer"), 1);
        cr_assert_str_not_empty(cli_text(tensor, "tensor"));
        cr_assert_str_not_empty(cli_text(tensor, "equation"));
        cr_assert_geq(cli_number(tensor, "max_abs"), 0.0);
        cr_assert_geq(cli_number(tensor, "max_ulp"), 0.0);
        cr_assert_leq(cli_number(tensor, "max_of_bound"), 1.0);
        cr_assert_lt(cli_number(tensor, "worst_index"), cli_number(tensor, "elements"));
        cr_assert_str_eq(cli_text(tensor, "verdict"), "pass");
        if (strcmp(cli_text(tensor, "tensor"), "delta") == 0) elements += cli_number(tensor, "elements");
    }
    /* delta(2) and delta(3) of batches of 32 and 28 */
    cr_assert_eq(elements, 60.0 * (7 + 3));
    cJSON_Delete(json);
    free(folder);
}

Test(cli_verify, says_how_far_a_free_run_drifts)
{
    char *const folder = cli_data_folder("verify-free");
    expect_run(folder, "verify points.csv --hidden 4 --steps 3 --free-run --device cpu --quiet", 0, "theta off by",
               NULL);
    cJSON *const json =
        cli_json(folder, "verify points.csv --hidden 4 --steps 3 --free-run --device cpu --quiet --json", 0);
    cr_assert_str_eq(cli_text(json, "mode"), "free run");
    double drift = 0.0;
    const cJSON *tensor;
    cJSON_ArrayForEach(tensor, cli_member(json, "tensors")) {
        if (cli_number(tensor, "step") == 3) drift = fmax(drift, cli_number(tensor, "max_abs"));
    }
    cr_assert_gt(drift, 0.0, "float and double would agree to the bit after three steps");
    cJSON_Delete(json);
    free(folder);
}

Test(cli_verify, begins_with_a_model)
{
    char *const folder = cli_data_folder("verify-model");
    cli_ok(folder, "train real.csv --output linear --hidden 5 --epochs 1 --rate 0.01 --model m --device cpu --quiet");
    expect_run(folder, "verify real.csv --model m --rate 0.01 --batch full --device cpu --quiet", 0, "passed", NULL);
    expect_run(folder, "verify real.csv --model m --hidden 6", 2, NULL, "--hidden: contradicts --model 'm', which has");
    free(folder);
}

Test(cli_verify, compares_runs_to_the_bit)
{
    char *const folder = cli_data_folder("verify-determinism");
    expect_run(folder, "verify points.csv --determinism 3 --device opencl --engine native --quiet", 0,
               "passed: 3 runs of 3 steps gave the same bits", NULL);
    cJSON *const json = cli_json(folder, "verify points.csv --determinism 2 --device cpu --quiet --json", 0);
    cr_assert_str_eq(cli_text(json, "verdict"), "pass");
    cr_assert_eq(cli_number(json, "runs"), 2);
    cr_assert(cJSON_IsNull(cli_member(json, "first_failure")));
    cr_assert(cJSON_IsArray(cli_member(json, "tensors")));
    cJSON_Delete(json);
    free(folder);
}

Test(cli_verify, json_says_what_it_compared_the_steps_of)
{
    char *const folder = cli_data_folder("verify-json-settings");
    cJSON *json = cli_json(folder, "verify points.csv --hidden 4 --device cpu --rate 0.25 --quiet --json", 0);
    cr_assert_str_eq(cli_text(json, "optimizer"), "sgd");
    cr_assert_eq(cli_number(json, "rate"), 0.25);
    cr_assert_null(cJSON_GetObjectItemCaseSensitive(json, "momentum"), "sgd has none");
    cJSON_Delete(json);
    cli_run run = cli(folder, "verify points.csv --hidden 4 --device cpu --optimizer momentum --momentum 0.75 --quiet "
                              "--seed 18446744073709551615 --json");
    expect_in(run.out, "\"optimizer\":\t\"momentum\"");
    expect_in(run.out, "\"momentum\":\t0.75,");
    expect_in(run.out, "\"seed\":\t18446744073709551615,");
    cli_free(&run);
    free(folder);
}

Test(cli_verify, stops_when_told_to_and_says_what_was_compared)
{
    char *const folder = cli_data_folder("verify-stop");
    char *arguments[] = {"clmlp", "verify", "points.csv", "--steps", "2000000000", "--device", "cpu", NULL};
    const pid_t program = cli_start(folder, arguments);
    cli_wait_for(folder, program, "clmlp: step ");
    cli_run run = cli_stop(folder, program, SIGTERM);
    cr_assert_eq(run.status, 130, "exit status %d\n%s", run.status, run.err);
    expect_in(run.out, "interrupted: all ");
    cli_free(&run);
    free(folder);
}

/* --- broken kernels ---------------------------------------------------------------------------------------- */

Test(cli_verify, blames_the_step_the_equation_and_the_kernel_of_a_fault)
{
    char *const folder = broken_folder("verify-broken");
    cli_run run = cli(folder, BROKEN);
    cr_assert_eq(run.status, 3, "%d: %s", run.status, run.err);
    expect_in(run.out, "\nFAILED at step 1, layer 1: gradient(1), equation gradient, kernel cpu_descend\n");
    expect_in(run.out, "clmlp verify --replay verify-failure.safetensors --device opencl:");
    expect_in(run.out, " --engine native\n");
    cli_free(&run);

    cJSON *const json = cli_json(folder, BROKEN "--go-on --json", 3);
    cr_assert_str_eq(cli_text(json, "verdict"), "fail");
    cr_assert_eq(cli_number(json, "steps"), 3, "did not go on");
    const cJSON *const failure = cli_member(json, "first_failure");
    cr_assert_eq(cli_number(failure, "step"), 1);
    cr_assert_eq(cli_number(failure, "layer"), 1);
    cr_assert_str_eq(cli_text(failure, "tensor"), "gradient");
    cr_assert_str_eq(cli_text(failure, "equation"), "gradient");
    cr_assert_gt(cli_number(failure, "max_of_bound"), 1.0);
    expect_in(cli_text(failure, "replay"), "clmlp verify --replay ");
    cJSON_Delete(json);
    cJSON *const stopped = cli_json(folder, BROKEN "--json", 3);
    cr_assert_eq(cli_number(stopped, "steps"), 1, "went on");
    cJSON_Delete(stopped);
    free(folder);
}

Test(cli_verify, replays_a_failing_step_here_and_elsewhere)
{
    char *const folder = broken_folder("verify-replay");
    expect_run(folder, BROKEN "--bundle 'a step.st'", 3, "--replay 'a step.st' --device opencl:", NULL);
    expect_run(folder, "verify --replay 'a step.st' --device opencl --engine native --quiet", 3,
               "FAILED at step 1, layer 1: gradient(1)", NULL);
    expect_run(folder, "inspect 'a step.st'", 0, "one training step (a bundle), saved by clmlp", NULL);
    expect_run(folder, "inspect 'a step.st'", 0, "clmlp verify --replay a step.st does it again", NULL);
    expect_run(folder, "inspect 'a step.st' --labels x", 2, "", "is a bundle, no data");
    expect_run(folder, "verify --replay 'a step.st' --device cpu --quiet", 0, "the fault was that of", NULL);
    cJSON *const json = cli_json(folder, "verify --replay 'a step.st' --device cpu --quiet --json", 0);
    cr_assert_str_eq(cli_text(json, "verdict"), "pass");
    const cJSON *const saved = cli_member(json, "replay");
    cr_assert_str_eq(cli_text(saved, "engine"), "native");
    cr_assert(cJSON_IsTrue(cli_member(saved, "reference_finite")));
    cJSON_Delete(json);
    expect_run(folder, "verify --replay 'a step.st' --device cpu --engine native --quiet", 2, "",
               "clmlp: device 'cpu': --engine native is for OpenCL devices");
    /* the engine of the step is no wish of the user */
    cr_assert_eq(setenv("OCL_ICD_VENDORS", "/nowhere", 1), 0);
    expect_run(folder, "verify --replay 'a step.st' --quiet", 0, "the fault was that of", NULL);
    free(folder);
}

Test(cli_verify, without_a_bundle_nothing_is_saved)
{
    char *const folder = broken_folder("verify-no-bundle");
    char *const before = cli_snapshot(folder);
    cli_run run = cli(folder, BROKEN "--bundle none");
    cr_assert_eq(run.status, 3);
    cr_assert_null(strstr(run.out, "--replay"));
    char *const after = cli_snapshot(folder);
    cr_assert_str_eq(before, after);
    free(before);
    free(after);
    cli_free(&run);
    free(folder);
}

Test(cli_verify, votes_against_a_broken_engine)
{
    char *const folder = broken_folder("verify-vote");
    cJSON *const json = cli_json(folder, "verify points.csv --hidden 4 --vote --quiet --json", 3);
    cr_assert_str_eq(cli_text(json, "verdict"), "fail");
    size_t wrong = 0, right = 0;
    const cJSON *voter;
    cJSON_ArrayForEach(voter, cli_member(json, "voters")) {
        const bool native = strcmp(cli_text(voter, "engine"), "native") == 0;
        if (strcmp(cli_text(voter, "verdict"), "none") == 0) continue;
        cr_assert_str_eq(cli_text(voter, "verdict"), native ? "fail" : "pass");
        wrong += native;
        right += !native;
    }
    cr_assert(wrong >= 1 && right >= 2, "%zu wrong, %zu right", wrong, right);
    cJSON_Delete(json);
    expect_run(folder, "verify points.csv --hidden 4 --vote --quiet", 3, "DISAGREES", NULL);
    free(folder);
}

/* --- mistakes ---------------------------------------------------------------------------------------------- */

Test(cli_verify, refuses_lines_that_make_no_sense)
{
    static const struct {
        const char *line, *complaint;
    } cases[] = {{"verify", "clmlp verify: DATA is missing"},
                 {"verify points.csv more.csv", "unexpected argument 'more.csv'"},
                 {"verify points.csv --replay f", "unexpected argument 'points.csv': --replay takes no DATA"},
                 {"verify --replay f --hidden 3", "--hidden: has no meaning with --replay"},
                 {"verify --replay f --dump d", "--dump: has no meaning with --replay"},
                 {"verify points.csv --vote --free-run", "--free-run and --vote: only one of them at a time"},
                 {"verify points.csv --vote --device cpu", "--device: has no meaning with --vote"},
                 {"verify points.csv --vote --engine native", "--engine: has no meaning with --vote"},
                 {"verify points.csv --determinism 1", "--determinism '1': expected 2 runs or more"},
                 {"verify points.csv --determinism 2 --bundle f", "--bundle: has no meaning with --determinism"},
                 {"verify points.csv --against . --batch 3", "--batch: has no meaning with --against"},
                 {"verify points.csv --steps 0", "--steps '0': expected a whole number from 1"},
                 {"verify points.csv --rate -1", "--rate '-1': expected a number > 0"},
                 {"verify points.csv --batch 100", "--batch '100': there are only 60 examples"},
                 {"verify points.csv --activation step", "--activation 'step': "},
                 {"verify points.csv --dump points.csv", "--dump 'points.csv': is a file, expected a folder"},
                 {"verify points.csv --dump no/such", "--dump 'no/such': cannot be written"},
                 {"verify points.csv --bundle no/such", "--bundle 'no/such': cannot be written"},
                 {"verify points.csv --bundle points.csv", "--bundle 'points.csv': cannot be written: would overwrite"},
                 {"verify points.csv --stepz 3", "unknown option '--stepz'; did you mean '--steps'?"},
                 {"verify missing.csv", "missing.csv: cannot be opened"},
                 {"verify --replay missing", "missing: "},
                 {"verify --replay points.csv", "points.csv: "},
                 {"verify points.csv --model missing", "missing: cannot be opened"}};
    char *const folder = cli_data_folder("verify-bad");
    char *const before = cli_snapshot(folder);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        expect_run(folder, cases[i].line, 2, NULL, cases[i].complaint);
        cli_run run = cli(folder, cases[i].line); /* what is refused goes no further, to be refused once more */
        const char *const said = strstr(run.err, cases[i].complaint);
        cr_assert(said != NULL && strstr(said, "\nclmlp") == NULL, "clmlp %s: %s", cases[i].line, run.err);
        cli_free(&run);
    }
    char *const after = cli_snapshot(folder);
    cr_assert_str_eq(before, after);
    free(before);
    free(after);
    free(folder);
}
