/* test_self_check_command.c - clmlp train --self-check, and replay of the bundles it saves.
 *
 * Also --on-mismatch and --bundle.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "faults.h"
#include "run.h"

#define TRAIN "train points.csv --device opencl --engine native --hidden 4 --epochs 20 --batch 10 --rate 1"

/* Steps that go too far by a thousandth. */
static void plant(void)
{
    cr_assert_eq(setenv("CLMLP_NATIVE_FAMILY", "cpu", 1), 0);
    plant_fault("cli-self-check", "common/update.h", "theta - RATE * slope",
                "theta - RATE * slope * (REAL)1.001");
}

static const cJSON *check_of(const cJSON *json)
{
    return cli_member(json, "self_check");
}

static void expect_in(const char *text, const char *part)
{
    cr_assert_not_null(strstr(text, part), "no '%s' in\n%s", part, text);
}

Test(cli_self_check, says_that_all_is_well)
{
    char *const folder = cli_data_folder("self-check-well");
    cJSON *const json = cli_json(folder, TRAIN " --self-check 1/2 --json --quiet", 0);
    const cJSON *const check = check_of(json);
    cr_assert(cli_number(check, "checked") > 30 && cli_number(check, "checked") < 90);
    cr_assert_eq(cli_number(check, "failed"), 0);
    cr_assert(cli_number(check, "max_of_bound") > 0.001 && cli_number(check, "max_of_bound") <= 1.0);
    cr_assert(cJSON_IsNull(cli_member(check, "bundle")));
    cr_assert(cJSON_IsNull(cli_member(check, "first_failure")));
    cr_assert(cJSON_IsFalse(cli_member(check, "on_cpu")));
    cJSON_Delete(json);
    cli_run run = cli(folder, TRAIN " --self-check 1/2");
    cr_assert_eq(run.status, 0);
    expect_in(run.err, "steps checked, all within their bounds; the largest error was 0.");
    cli_free(&run);
    char *const bundle = cli_read(folder, "model.replay.safetensors");
    cr_assert_null(bundle, "a step was saved though none was wrong");
    free(folder);
}

Test(cli_self_check, is_null_in_json_without_the_option)
{
    char *const folder = cli_data_folder("self-check-none");
    cJSON *const json = cli_json(folder, TRAIN " --json", 0);
    cr_assert(cJSON_IsNull(check_of(json)));
    cJSON_Delete(json);
    free(folder);
}

Test(cli_self_check, stops_with_status_3_and_the_command_that_replays_the_step)
{
    char *const folder = cli_data_folder("self-check-stop");
    plant();
    cli_run run = cli(folder, TRAIN " --self-check 1/10 --model m.safetensors --quiet");
    cr_assert_eq(run.status, 3, "exit status %d\n%s", run.status, run.err);
    cr_assert_str_empty(run.out);
    expect_in(run.err, "clmlp: self-check on ");
    expect_in(run.err, "theta(1) [4 x 3] by update (cpu_descend)");
    expect_in(run.err, "clmlp verify --replay m.replay.safetensors --device opencl:");
    expect_in(run.err, "the model as it was before that step was written to m.safetensors");
    cli_free(&run);
    cJSON *const json = cli_json(folder, TRAIN " --self-check 1/10 --json --bundle other", 3);
    cr_assert_str_eq(cli_text(json, "status"), "mismatch");
    cr_assert(cJSON_IsNull(cli_member(json, "cost")));
    cr_assert_eq(cli_number(check_of(json), "failed"), 1);
    cr_assert_str_eq(cli_text(check_of(json), "bundle"), "other");
    cr_assert_str_eq(cli_text(cli_member(check_of(json), "first_failure"), "tensor"), "theta");
    cJSON_Delete(json);
    cli_ok(folder, "evaluate m.safetensors points.csv --device cpu");
    cli_ok(folder, "verify --replay m.replay.safetensors --device cpu");
    run = cli(folder, "verify --replay m.replay.safetensors --device opencl --engine native");
    cr_assert_eq(run.status, 3, "exit status %d\n%s", run.status, run.err);
    expect_in(run.out, "theta(1)");
    cli_free(&run);
    free(folder);
}

Test(cli_self_check, warns_and_goes_on)
{
    char *const folder = cli_data_folder("self-check-warn");
    plant();
    cJSON *const json = cli_json(folder, TRAIN " --self-check 1/2 --on-mismatch warn --json", 0);
    cr_assert_eq(cli_number(json, "steps"), 120);
    cr_assert_gt(cli_number(check_of(json), "failed"), 30);
    cr_assert_str_eq(cli_text(check_of(json), "bundle"), "model.replay.safetensors");
    cJSON_Delete(json);
    cli_run run = cli(folder, TRAIN " --self-check 1/2 --on-mismatch warn");
    cr_assert_eq(run.status, 0);
    size_t warnings = 0;
    for (const char *at = run.err; (at = strstr(at, "clmlp: self-check: step ")) != NULL; at++) warnings++;
    cr_assert_eq(warnings, 10);
    expect_in(run.err, "more wrong steps are counted, not told");
    cli_free(&run);
    free(folder);
}

Test(cli_self_check, goes_on_on_the_cpu_path)
{
    char *const folder = cli_data_folder("self-check-cpu");
    cli_ok(folder, "train points.csv --device cpu --hidden 4 --epochs 20 --batch 10 --rate 1 --model right");
    plant();
    cli_run run = cli(folder, TRAIN " --self-check 1/1 --on-mismatch cpu --model m");
    cr_assert_eq(run.status, 0, "%s", run.err);
    expect_in(run.err, "going on from before that step on the CPU path");
    cli_free(&run);
    run = cli(folder, "--version && cmp m right");
    cr_assert_eq(run.status, 0, "%s", run.out);
    cli_free(&run);
    /* nor is the device asked for the metrics */
    cJSON *const trained = cli_json(folder, TRAIN " --self-check 1/1 --on-mismatch cpu --model m --json", 0);
    cJSON *const right = cli_json(folder, "evaluate right points.csv --device cpu --json", 0);
    cr_assert(cJSON_Compare(cli_member(trained, "metrics"), cli_member(right, "metrics"), true));
    cJSON_Delete(trained);
    cJSON_Delete(right);
    free(folder);
}

/* Small enough for many steps in a launch, with examples enough for gradients in parts. */
static void write_examples(const char *folder)
{
    enum { EXAMPLES = 256, FEATURES = 64, CLASSES = 10 };
    static char text[EXAMPLES * (FEATURES + 1) * 8];
    size_t used = 0;
    for (unsigned e = 0; e < EXAMPLES; e++) {
        for (unsigned f = 0; f < FEATURES; f++) {
            used += (size_t)snprintf(text + used, sizeof text - used, "%u.%u,", (e * 7 + f * f) % 13, (e * f) % 10);
        }
        used += (size_t)snprintf(text + used, sizeof text - used, "c%u\n", (e * e + e / 7) % CLASSES);
    }
    cli_write(folder, "parts.csv", text);
}

/* What is checked is what is trained with: single steps. A fault that only launches of many steps have is in no model
 * that was checked, and one in the model of the same training without it. */
Test(cli_self_check, takes_no_steps_that_it_could_not_check)
{
    char *const folder = cli_folder("self-check-single");
    static const char line[] = "train parts.csv --header no --device opencl --engine native --hidden 25 --epochs 12 "
                               "--batch full --rate 1 --overwrite --model ";
    char with[512];
    cr_assert_eq(setenv("CLMLP_NATIVE_FAMILY", "cpu", 1) | setenv("CLMLP_NATIVE_STEPS", "always", 1), 0);
    write_examples(folder);
    (void)snprintf(with, sizeof with, "%s right", line);
    cli_ok(folder, with);
    /* parts are added there alone, and now the last is left out */
    plant_fault("cli-self-check-parts", "native_cpu/parts.cl", "for (size_t p = 1; p < parts; p++) {\n        sums +=",
                "for (size_t p = 2; p < parts; p++) {\n        sums +=");
    static const char *const asked[] = {"--self-check 1/1", "--self-check 1/5"};
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        (void)snprintf(with, sizeof with, "%s checked %s && cmp checked right", line, asked[i]);
        cli_ok(folder, with);
    }
    (void)snprintf(with, sizeof with, "%s wrong", line);
    cli_ok(folder, with);
    cli_run run = cli(folder, "--version && cmp wrong right");
    cr_assert_eq(run.status, 1, "launches of many steps do not have the fault: the test tests nothing\n%s", run.err);
    cli_free(&run);
    free(folder);
}

/* Half a million times too far: the mathematics. */
Test(cli_self_check, saves_the_step_that_diverged_where_a_file_is_named)
{
    char *const folder = cli_data_folder("self-check-diverged");
    static const char line[] = "train real.csv --output linear --activation linear --rate 5e5 --epochs 50 --batch 5 "
                               "--device opencl --engine native --json";
    char with[256];
    cJSON *json = cli_json(folder, line, 4);
    cr_assert(cJSON_IsNull(cli_member(cli_member(json, "diverged"), "bundle")));
    cJSON_Delete(json);
    (void)snprintf(with, sizeof with, "%s --bundle d", line);
    json = cli_json(folder, with, 4);
    cr_assert_str_eq(cli_text(cli_member(json, "diverged"), "bundle"), "d");
    cr_assert(cJSON_IsNull(check_of(json)));
    cJSON_Delete(json);
    cli_run run = cli(folder, with);
    expect_in(run.err, "clmlp verify --replay d --device opencl:");
    cli_free(&run);
    json = cli_json(folder, "verify --replay d --device opencl --engine native --json", 0);
    cr_assert_str_eq(cli_text(json, "verdict"), "pass");
    cJSON_Delete(json);
    run = cli(folder, "verify --replay d --device cpu");
    expect_in(run.out, "mathematics");
    cli_free(&run);
    free(folder);
}
