/* test_tune_command.c - clmlp tune: JSON keys, exit status, stored results in use. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/device.h"
#include "backend/registry.h"
#include "run.h"

#define TUNE "tune --device opencl --engine native --layers 20,12,3 --batch 8 --seconds 0.001 --risk 1 "
#define STEP \
  "bench step --device opencl --layers 20,12,3 --batch 8 --seconds 0.01 --no-kernels --no-peak --quiet --json"

/* An empty folder that is also the cache, with the CPU family whatever the device is. */
static char *own_cache(const char *name)
{
    char *const folder = cli_folder(name);
    cr_assert_eq(setenv("CLMLP_CACHE_DIR", folder, 1), 0);
    cr_assert_eq(setenv("CLMLP_NATIVE_FAMILY", "cpu", 1), 0);
    return folder;
}

static void expect_tiles(const char *folder, const char *tiles)
{
    cJSON *const json = cli_json(folder, STEP, 0);
    cr_assert_eq(cJSON_IsTrue(cli_member(json, "tuned")), tiles != NULL);
    if (tiles != NULL) cr_assert_str_eq(cli_text(json, "tiles"), tiles);
    cJSON_Delete(json);
}

Test(cli_tune, prints_every_promised_key_and_stores_what_bench_then_takes)
{
    char *const folder = own_cache("tune-json");
    char best[64] = "";
    cJSON *const json = cli_json(folder, TUNE "--json", 0);
    cr_assert_eq(strncmp(cli_text(json, "device"), "opencl:", 7), 0);
    cr_assert_str_not_empty(cli_text(json, "device_name"));
    cr_assert_str_not_empty(cli_text(json, "driver"));
    cr_assert_str_eq(cli_text(json, "precision"), "f32");
    cr_assert(cJSON_IsNull(cli_member(json, "duel")));
    cr_assert(cJSON_IsTrue(cli_member(json, "stored")));
    cr_assert_eq(cJSON_GetArraySize(cli_member(json, "undecided")), 0);
    const cJSON *const network = cJSON_GetArrayItem(cli_member(json, "networks"), 0);
    cr_assert_str_eq(cli_text(network, "shape"), "20-12-3@8");
    cr_assert_eq(cli_number(network, "batch"), 8);
    cr_assert_eq(cJSON_GetArraySize(cli_member(network, "layers")), 3);
    const cJSON *candidate;
    cJSON_ArrayForEach(candidate, cli_member(json, "candidates")) {
        cr_assert_str_eq(cli_text(candidate, "engine"), "native");
        cr_assert_str_empty(cli_text(candidate, "reason"));
        cr_assert(cJSON_IsBool(cli_member(candidate, "untuned")));
        cr_assert_gt(cli_number(candidate, "speed"), 0.0);
        cr_assert_eq(cli_number(candidate, "least_speed"), cli_number(candidate, "speed"));
        cr_assert_eq(cli_number(candidate, "most_speed"), cli_number(candidate, "speed"));
        cr_assert_gt(cJSON_GetArrayItem(cli_member(candidate, "milliseconds"), 0)->valuedouble, 0.0);
        if (strcmp(cli_text(candidate, "verdict"), "best") != 0) continue;
        cr_assert_str_empty(best, "two are the best");
        (void)snprintf(best, sizeof best, "%s", cli_text(candidate, "tiles"));
    }
    expect_tiles(folder, best);
    cJSON_Delete(json);
    free(folder);
}

/* Candidates as many as are listed, networks as many as are tried; at a risk of 1 three rounds are enough. */
Test(cli_tune, says_first_about_how_long_it_will_take)
{
    char *const folder = own_cache("tune-time"), expected[256];
    cli_run run = cli(folder, TUNE "--dry-run");
    cr_assert_eq(run.status, 0, "%s", run.err);
    size_t count = 0;
    for (const char *at = run.err; (at = strstr(at, "clmlp: checking ")) != NULL; at++) count++;
    (void)snprintf(expected, sizeof expected, "clmlp: timing will take about %.2g s: %zu candidates, for 0.03 s and "
                   "0.02 s to warm up (--seconds), on 1 network; building and checking them comes on top\nclmlp: "
                   "checking ", 0.05 * (double)count, count);
    cli_expect_in(run.err, expected);
    cr_assert_null(strstr(run.err, "too few"), "%s", run.err);
    cli_free(&run);
    free(folder);
}

Test(cli_tune, a_dry_run_prints_a_table_and_stores_nothing)
{
    char *const folder = own_cache("tune-dry");
    cli_run run = cli(folder, TUNE "--dry-run --quiet");
    cr_assert_eq(run.status, 0, "%s", run.err);
    cr_assert_str_empty(run.err);
    cr_assert_not_null(strstr(run.out, "20-12-3@8"));
    cr_assert_not_null(strstr(run.out, "(untuned)"));
    cr_assert_not_null(strstr(run.out, "best"));
    cr_assert_not_null(strstr(run.out, "\nnothing stored\n"));
    expect_tiles(folder, NULL);
    cli_free(&run);
    free(folder);
}

/* Three rounds are too few, however fast anything is. */
Test(cli_tune, what_is_not_decided_is_told_with_status_1_and_not_stored)
{
    char *const folder = own_cache("tune-undecided");
    cli_run run = cli(folder, TUNE "--risk 0.01");
    cr_assert_eq(run.status, 1, "%d: %s", run.status, run.err);
    /* known before the work begins, and told then */
    const char *const warned = strstr(run.err, "clmlp: 3 rounds at the most are too few to decide at a risk of "
                                     "0.01 (11 are needed): give each candidate more time, --seconds 0.3 or more\n");
    cr_assert_not_null(warned, "%s", run.err);
    cr_assert_lt(warned, strstr(run.err, "clmlp: checking "));
    cli_expect_in(run.err, "clmlp: native: not decided, what was used before stays: 3 rounds are too few (11 are "
                  "needed)\nclmlp: a quiet machine helps, or more time (--seconds)\n");
    cli_expect_in(run.out, "\nnothing stored\n");
    cr_assert_null(strstr(run.out, "best"));
    cli_free(&run);
    cJSON *const json = cli_json(folder, TUNE "--risk 0.01 --quiet --json", 1);
    cr_assert(cJSON_IsFalse(cli_member(json, "stored")));
    const cJSON *const row = cJSON_GetArrayItem(cli_member(json, "undecided"), 0);
    cr_assert_str_eq(cli_text(row, "choice"), "native");
    cr_assert_str_eq(cli_text(row, "reason"), "3 rounds are too few (11 are needed)");
    cr_assert(cJSON_IsNull(cli_member(cJSON_GetArrayItem(cli_member(json, "candidates"), 1), "most_speed")));
    cJSON_Delete(json);
    expect_tiles(folder, NULL);
    free(folder);
}

/* A cache that is switched off, and one that is a file. */
Test(cli_tune, a_result_that_cannot_be_stored_is_an_error)
{
    char *const folder = own_cache("tune-nowhere");
    static const char *const caches[] = {"", "file"};
    cli_write(folder, "file", "");
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(setenv("CLMLP_CACHE_DIR", caches[i], 1), 0);
        cli_run run = cli(folder, TUNE "--quiet --json");
        cr_assert_eq(run.status, 1, "'%s': %d: %s", caches[i], run.status, run.err);
        cli_expect_in(run.err, "clmlp: the result could not be stored; see CLMLP_CACHE_DIR in docs/devices.md\n");
        cli_expect_in(run.out, "\"stored\":\tfalse");
        cli_free(&run);
    }
    free(folder);
}

Test(cli_tune, refuses_all_candidates_of_a_broken_kernel_with_status_3)
{
    char *const folder = own_cache("tune-broken");
    cli_break_kernels(folder, TEST_KERNEL_DIR);
    cli_run run = cli(folder, TUNE "--quiet");
    cr_assert_eq(run.status, 3, "%d: %s", run.status, run.err);
    cr_assert_str_eq(run.err, "clmlp: no candidate of native is right; what it used before stays\n");
    cr_assert_not_null(strstr(run.out, "rejected: native "));
    cr_assert_not_null(strstr(run.out, "the gradient of "));
    cr_assert_null(strstr(run.out, "best"));
    cli_free(&run);
    cJSON *const json = cli_json(folder, "tune --device opencl --engine native --quiet --json", 3);
    static const char *const shapes[] = {"64-25-10@1437", "784-128-10@32", "784-512-10@128"};
    for (int n = 0; n < 3; n++) { /* those that a tuning takes by itself */
        cr_assert_str_eq(cli_text(cJSON_GetArrayItem(cli_member(json, "networks"), n), "shape"), shapes[n]);
    }
    cr_assert_eq(cJSON_GetArraySize(cli_member(json, "networks")), 3);
    cr_assert(cJSON_IsFalse(cli_member(json, "stored")));
    cJSON_Delete(json);
    cr_assert_eq(unsetenv("CLMLP_KERNEL_DIR"), 0);
    expect_tiles(folder, NULL);
    free(folder);
}

/* The note before the work, and, with --verbose, what is told after the first step: `engine`. */
static void expect_engine(const char *folder, const char *line, const char *engine)
{
    char noted[64], told[64], why[64];
    (void)snprintf(noted, sizeof noted, ", engine %s, precision f32\n", engine);
    (void)snprintf(told, sizeof told, "\n  engine %s, tiles ", engine);
    (void)snprintf(why, sizeof why, "\n  auto took %s: tuned: the faster one ", engine);
    cli_run run = cli(folder, line);
    cr_assert_eq(run.status, 0, "%s: %s", line, run.err);
    cr_assert_not_null(strstr(run.err, noted), "%s: no '%s' in %s", line, noted, run.err);
    const bool is_verbose = strstr(line, "--verbose") != NULL, is_asked = strstr(line, "--engine") != NULL;
    if (is_verbose) cr_assert_not_null(strstr(run.err, told), "%s: %s", line, run.err);
    cr_assert_eq(strstr(run.err, why) != NULL, is_verbose && !is_asked, "%s: %s", line, run.err);
    cli_free(&run);
}

Test(cli_tune, the_note_on_the_device_names_the_engine_that_computes)
{
    char *const folder = own_cache("tune-engine");
    clmlp_device_info info;
    cli_make_data(folder);
    cr_assert_eq(clmlp_device_find("opencl", &info, NULL), CLMLP_OK);
    cr_assert(clmlp_backend_keep(&info, CLMLP_ENGINE_AUTO, CLMLP_F32,
                                 "overall clblast\n2-4-3@10 native\n2-4-3@25 clblast\n"));
#define TRAIN "train points.csv --device opencl --hidden 4 --epochs 1 --verbose --batch "
    expect_engine(folder, TRAIN "10", "native");
    expect_engine(folder, TRAIN "20", "clblast");
    expect_engine(folder, TRAIN "20 --engine native", "native");
    expect_engine(folder, "evaluate model.safetensors points.csv --device opencl --verbose", "clblast");
    expect_engine(folder, "verify points.csv --device opencl --hidden 4 --batch 10 --steps 1", "native");
    expect_engine(folder, "verify points.csv --device opencl --hidden 4 --batch 20 --steps 1", "clblast");
    expect_engine(folder, "gradcheck points.csv --device opencl --hidden 4 --examples 10", "native");
    expect_engine(folder, "bench gemm --m 8 --n 8 --k 8 --seconds 0.01 --no-peak --device opencl", "clblast");
    static const char *const batches[] = {"10", "20"}, *const kernels[] = {"cpu_", "clblast_"};
    for (int i = 0; i < 2; i++) {
        char line[256];
        (void)snprintf(line, sizeof line, "bench step --device opencl --layers 2,4,3 --batch %s --seconds 0.01 "
                       "--no-peak --quiet --json", batches[i]);
        cJSON *const json = cli_json(folder, line, 0);
        char *const list = cJSON_PrintUnformatted(cli_member(json, "kernels"));
        cr_assert_not_null(strstr(list, kernels[i]), "%s", list);
        free(list);
        cr_assert_str_eq(cli_text(json, "engine"), i == 0 ? "native" : "clblast");
        cJSON_Delete(json);
    }
    free(folder);
}
