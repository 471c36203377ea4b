/* test_verify_command.c - clmlp verify: exit statuses and reports, on right and on broken kernels. */
#include <criterion/criterion.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/readers/npy.h"
#include "run.h"

static void expect_in(const char *text, const char *part)
{
    cr_assert_not_null(strstr(text, part), "no '%s' in:\n%s", part, text);
}

static void expect_run(const char *folder, const char *line, int status, const char *out, const char *err)
{
    cli_run run = cli(folder, line);
    cr_assert_eq(run.status, status, "clmlp %s: exit status %d\n%s%s", line, run.status, run.out, run.err);
    if (out != NULL) expect_in(run.out, out);
    if (err != NULL) expect_in(run.err, err);
    else cr_assert_str_empty(run.err);
    cli_free(&run);
}

/* A folder with data in which the descent of the kernels for CPUs forgets 1/m. */
static char *broken_folder(const char *name)
{
    char *const folder = cli_data_folder(name);
    cli_break_kernels(folder, TEST_KERNEL_DIR);
    cr_assert_eq(setenv("CLMLP_NATIVE_FAMILY", "cpu", 1), 0);
    return folder;
}

#define BROKEN "verify points.csv --hidden 4 --quiet --device opencl --engine native "

static void write_matrix(const char *folder, const char *name, size_t rows, size_t columns, const double *values)
{
    char path[2048];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    cr_assert_eq(clmlp_npy_save(path, rows, columns, values, NULL), CLMLP_OK);
}

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

/* --- beyond the process ------------------------------------------------------------------------------------ */

#define DUMP "verify points.csv --hidden 4 --rate 0.25 --lambda 0.5 --device cpu --quiet --dump tensors"
#define AGAINST "verify points.csv --hidden 4 --device cpu --quiet --against tensors "

static char *dumped_folder(const char *name)
{
    char *const folder = cli_data_folder(name);
    cli_ok(folder, DUMP);
    return folder;
}

Test(cli_verify, agrees_to_the_bit_with_its_own_dump)
{
    char *const folder = dumped_folder("verify-dump");
    cJSON *const json = cli_json(folder, AGAINST "--json", 0);
    cr_assert_eq(cli_number(json, "steps"), 3);
    cr_assert_eq(cli_number(json, "max_of_bound"), 0.0);
    cr_assert_eq(cJSON_GetArraySize(cli_member(json, "tensors")), 3 * 11);
    cJSON_Delete(json);
    free(folder);
}

Test(cli_verify, holds_clipped_steps_against_a_dump)
{
    char *const folder = cli_data_folder("verify-dump-clipped");
    cli_ok(folder, DUMP " --clip-norm 0.02");
    cJSON *const json = cli_json(folder, AGAINST "--json", 0);
    cr_assert_eq(cli_number(json, "max_of_bound"), 0.0);
    cr_assert_eq(cJSON_GetArraySize(cli_member(json, "tensors")), 3 * 13);
    cJSON_Delete(json);
    expect_run(folder, AGAINST "--clip-norm 0.5", 2, NULL, "has steps with a clip_norm of 0.02, asked for was 0.5");
    free(folder);
}

Test(cli_verify, holds_steps_with_a_scale_of_the_inputs_against_a_dump)
{
    char *const folder = cli_data_folder("verify-dump-scale");
    cli_ok(folder, DUMP " --input-scale-rate 6 --optimizer momentum");
    cJSON *const json = cli_json(folder, AGAINST "--json", 0);
    cr_assert_eq(cli_number(json, "max_of_bound"), 0.0);
    /* gradients of s and of raw, both after the step, and the state of s and of each theta(l) */
    cr_assert_eq(cJSON_GetArraySize(cli_member(json, "tensors")), 3 * (11 + 4 + 3));
    cJSON_Delete(json);
    expect_run(folder, AGAINST "--input-scale-rate 5", 2, NULL,
               "has steps with an input_scale_rate of 6, asked for was 5");
    free(folder);
}

Test(cli_verify, holds_another_precision_against_a_dump)
{
    char *const folder = dumped_folder("verify-dump-f64");
    cJSON *const json = cli_json(folder, AGAINST "--precision f64 --json", 0);
    cr_assert_gt(cli_number(json, "max_of_bound"), 0.0);
    cr_assert_lt(cli_number(json, "max_of_bound"), 1.0);
    cJSON_Delete(json);
    free(folder);
}

Test(cli_verify, says_that_a_changed_dump_is_off)
{
    char *const folder = dumped_folder("verify-dump-changed");
    char path[2048];
    double values[4 * 3];
    (void)snprintf(path, sizeof path, "%s/tensors/0002-1-gradient.device.npy", folder);
    cr_assert_eq(clmlp_npy_load(path, 4, 3, values, NULL), CLMLP_OK);
    values[7] += 1e-4;
    write_matrix(folder, "tensors/0002-1-gradient.npy", 4, 3, values);
    cli_run run = cli(folder, AGAINST);
    cr_assert_eq(run.status, 3);
    expect_in(run.out, "FAILED at step 2, layer 1: gradient(1)");
    expect_in(run.out, "1 of 12 elements are beyond their bound; worst [2, 1]");
    expect_in(run.out, "agrees with this device: the other side is off");
    cli_free(&run);
    free(folder);
}

Test(cli_verify, says_what_is_wrong_with_a_dump)
{
    char *const folder = dumped_folder("verify-dump-bad");
    static const double nan_here[2 * 5] = {1, 2, 3, 4, (double)NAN, 6, 7, 8, 9, 10}, tenth[4 * 3] = {0.5, 0.1};
    static const struct {
        const char *prepare, *complaint;
    } cases[] = {
        {"rm tensors/0000-1-theta*", "tensors/0000-1-theta.npy: there is no such file"},
        {"rm tensors/0001-1-x*", "tensors/0001-1-x.npy: there is no such file"},
        {"rm tensors/0002-3-y*", "tensors/0002-3-y.npy: there is no such file"},
        {"cp nan.npy tensors/0001-2-z.npy", "tensors/0001-2-z.npy: found [2 x 5], expected [32 x 4]"},
        {"cp nan.npy tensors/0000-2-theta.npy", "tensors/0000-2-theta.npy: found [2 x 5], expected [3 x 5]"},
        {"cp tenth.npy tensors/0000-1-theta.npy", "tensors/0000-1-theta.npy: row 1, column 2: found 0.1"},
        {"cp whole.npy tensors/0001-2-z.npy", "tensors/0001-2-z.npy: found whole numbers, expected float64"},
        {"head -c 200 tensors/0001-2-z.device.npy > tensors/0001-2-z.npy", "tensors/0001-2-z.npy: ends too early"},
        {"cp points.csv tensors/0001-2-z.npy", "tensors/0001-2-z.npy: not an NPY file"},
        {"mkdir tensors/0001-2-z.npy", "tensors/0001-2-z.npy: "},
        {"find tensors -type f ! -name '0000*' ! -name '*x.device*' ! -name '*y.device*' -delete",
         "tensors: nothing to compare with"},
        {"rm tensors/0000-0-rate*", "tensors: does not say its rate"},
        {"rm -r tensors", "tensors: there is no such folder"},
        {"rm -r tensors; echo > tensors", "tensors: is a file"}};
    write_matrix(folder, "nan.npy", 2, 5, nan_here);
    write_matrix(folder, "tenth.npy", 4, 3, tenth);
    char line[512];
    cli_ok(folder, "devices >/dev/null; sed 's/<f8/<i8/' tenth.npy > whole.npy; cp -r tensors kept");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        (void)snprintf(line, sizeof line, "devices >/dev/null; rm -rf tensors; cp -r kept tensors; %s",
                       cases[i].prepare);
        cli_ok(folder, line);
        expect_run(folder, AGAINST, 2, NULL, cases[i].complaint);
    }
    cli_ok(folder, "devices >/dev/null; rm -rf tensors; mv kept tensors");
    expect_run(folder, AGAINST "--rate 0.5", 2, NULL, "tensors: has steps with a rate of 0.25, asked for was 0.5");
    free(folder);
}

Test(cli_verify, takes_the_dump_of_each_optimizer)
{
    static const char *const optimizers[] = {"momentum", "nesterov", "rmsprop", "adam", "adamw"};
    char *const folder = cli_data_folder("verify-dump-optimizers");
    for (size_t i = 0; i < sizeof optimizers / sizeof *optimizers; i++) {
        char line[256];
        (void)snprintf(line, sizeof line, "verify points.csv --hidden 4 --optimizer %s --layer-rates 1,0.5 "
                       "--bias-rate 2 --rate 0.01 --device cpu --quiet --dump tensors", optimizers[i]);
        cli_ok(folder, line);
        expect_run(folder, AGAINST, 0, "passed: all ", NULL);
    }
    cli_ok(folder, "verify points.csv --hidden 4 --device cpu --quiet --dump tensors"); /* with all rates alike */
    expect_run(folder, AGAINST, 0, "passed: all ", NULL);
    free(folder);
}

/* Replayed with other numbers, or as sgd's, its steps would be wrong on no side. */
Test(cli_verify, refuses_a_dump_that_does_not_say_its_rule)
{
    static const double unknown = 99.0;
    char *const folder = cli_data_folder("verify-dump-momentum");
    cli_ok(folder, "verify points.csv --hidden 4 --optimizer momentum --device cpu --quiet --dump tensors");
    cli_ok(folder, "devices >/dev/null; mv tensors/0000-0-momentum* .");
    expect_run(folder, AGAINST, 2, NULL, "tensors: does not say its momentum (0000-0-momentum.npy)");
    write_matrix(folder, "tensors/0000-0-optimizer.npy", 1, 1, &unknown);
    expect_run(folder, AGAINST, 2, NULL, "tensors: found steps of an unknown optimizer (0000-0-optimizer is 99)");
    cli_ok(folder, "devices >/dev/null; rm tensors/0000-0-optimizer*");
    expect_run(folder, AGAINST, 2, NULL, "tensors/0001-1-state.device.npy: found the state of an optimizer, and the "
               "folder does not say of which (0000-0-optimizer.npy)");
    free(folder);
}

Test(cli_verify, refuses_the_dump_of_steps_with_dropout)
{
    char *const folder = cli_data_folder("verify-dump-dropout");
    cli_ok(folder, "verify points.csv --hidden 4 --dropout 0.5 --device cpu --quiet --dump tensors");
    expect_run(folder, AGAINST, 2, NULL, "tensors/0000-0-dropout.device.npy: found steps with dropout, expected some "
               "without");
    cli_ok(folder, DUMP); /* into the same folder */
    expect_run(folder, AGAINST, 0, "passed: all ", NULL);
    free(folder);
}

Test(cli_verify, takes_a_dump_that_does_not_say_its_optimizer_or_has_old_files)
{
    char *const folder = dumped_folder("verify-dump-old");
    cli_ok(folder, "devices >/dev/null; rm tensors/0000-0-optimizer*");
    expect_run(folder, AGAINST, 0, "passed: all ", NULL);
    cli_ok(folder, "verify points.csv --hidden 4 --optimizer momentum --device cpu --quiet --dump tensors");
    cli_ok(folder, DUMP); /* into the same folder, which keeps the state */
    expect_run(folder, AGAINST, 0, "passed: all ", NULL);
    free(folder);
}

/* Each step descends by its own rate, on both sides; which another rate would not pass for. */
Test(cli_verify, takes_a_dump_whose_rate_changes)
{
    static const double other = 0.125;
    char *const folder = cli_data_folder("verify-dump-schedule");
    cli_ok(folder, "verify points.csv --hidden 4 --device cpu --quiet --dump tensors --steps 4 --rate 0.5 "
                   "--schedule linear --warmup 1 --schedule-steps 9");
    expect_run(folder, AGAINST "--steps 4", 0, "passed: all ", NULL);
    write_matrix(folder, "tensors/0003-0-rate.npy", 1, 1, &other);
    expect_run(folder, AGAINST "--steps 4", 3, "FAILED at step 3", NULL);
    cli_ok(folder, "devices >/dev/null; rm tensors/0003-0-rate*");
    expect_run(folder, AGAINST "--steps 4", 2, NULL, "tensors: step 3 does not say its rate (0003-0-rate.npy)");
    cli_ok(folder, DUMP); /* into the same folder, which keeps the other rates */
    expect_run(folder, AGAINST "--steps 3", 0, "passed: all ", NULL);
    expect_run(folder, AGAINST "--schedule cosine", 2, NULL, "--schedule: has no meaning with --against");
    free(folder);
}

Test(cli_verify, refuses_a_dump_with_a_rate_that_is_0_in_float)
{
    static const double tiny = 1e-50;
    char *const folder = dumped_folder("verify-dump-rate");
    write_matrix(folder, "tensors/0000-0-rate.npy", 1, 1, &tiny);
    expect_run(folder, AGAINST, 2, NULL, "the learning rate (--rate) is 1e-50, which f32 rounds to 0");
    free(folder);
}

Test(cli_verify, refuses_a_dump_with_a_lambda_that_is_infinite_in_float)
{
    static const double large = 1e39;
    char *const folder = dumped_folder("verify-dump-lambda");
    write_matrix(folder, "tensors/0000-0-decay.npy", 1, 1, &large);
    expect_run(folder, AGAINST, 2, NULL, "tensors: has steps with lambda / m = 1e+39, which is beyond the largest "
               "number of f32, 3.40282346638529e+38 (f64 can have it)\n");
    free(folder);
}

Test(cli_verify, refuses_a_nan_in_a_dump)
{
    char *const folder = dumped_folder("verify-dump-nan");
    char path[2048];
    double values[4 * 3];
    (void)snprintf(path, sizeof path, "%s/tensors/0001-1-gradient.device.npy", folder);
    cr_assert_eq(clmlp_npy_load(path, 4, 3, values, NULL), CLMLP_OK);
    values[5] = (double)NAN;
    write_matrix(folder, "tensors/0001-1-gradient.device.npy", 4, 3, values);
    expect_run(folder, AGAINST, 2, NULL,
               "0001-1-gradient.device.npy: row 2, column 3: found nan, expected a finite number");
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
