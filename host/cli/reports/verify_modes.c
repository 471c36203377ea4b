/* verify_modes.c - results of clmlp verify --determinism and --vote. */
#include <stdio.h>

#include "reports/report.h"
#include "json_memory.h"
#include "reports/verify.h"
#include "reports/table.h"
#include "terminal.h"

/* --- determinism ------------------------------------------------------------------------------------------ */

/* Where bits differ first, as far as a finding can say it. */
static clmlp_finding place_of(const clmlp_determinism_result *result)
{
    return (clmlp_finding){.step = result->step, .layer = result->layer, .quantity = result->quantity};
}

void clmlp_cli_report_determinism(const clmlp_determinism_result *result)
{
    char name[CLMLP_CLI_TENSOR];
    if (result->identical) {
        clmlp_cli_out("passed: %zu runs of %zu step%s gave the same bits, every tensor of every step\n", result->runs,
                      result->steps, result->steps == 1 ? "" : "s");
        return;
    }
    const clmlp_finding place = place_of(result);
    clmlp_cli_out("FAILED: run %zu differs from the first at step %zu, layer %zu: %s, element %zu\n", result->run,
                  result->step, result->layer, clmlp_cli_tensor_name(name, &place), result->element);
    clmlp_cli_out("  %.17g in the first run, %.17g in run %zu\n", result->first, result->other, result->run);
}

int clmlp_cli_report_determinism_json(const clmlp_determinism_result *result, const clmlp_device *device, int status)
{
    cJSON *const object = cJSON_CreateObject();
    (void)cJSON_AddStringToObject(object, "verdict", result->identical ? "pass" : "fail");
    (void)cJSON_AddStringToObject(object, "mode", "determinism");
    clmlp_cli_json_device(object, device);
    (void)cJSON_AddNumberToObject(object, "runs", (double)result->runs);
    (void)cJSON_AddNumberToObject(object, "steps", (double)result->steps);
    if (result->identical) {
        (void)cJSON_AddNullToObject(object, "first_failure");
    } else {
        cJSON *const row = cJSON_AddObjectToObject(object, "first_failure");
        (void)cJSON_AddNumberToObject(row, "run", (double)result->run);
        (void)cJSON_AddNumberToObject(row, "step", (double)result->step);
        (void)cJSON_AddNumberToObject(row, "layer", (double)result->layer);
        (void)cJSON_AddStringToObject(row, "tensor", clmlp_quantity_name(result->quantity));
        (void)cJSON_AddNumberToObject(row, "worst_index", (double)result->element);
        clmlp_cli_json_number(row, "first", result->first);
        clmlp_cli_json_number(row, "other", result->other);
    }
    (void)cJSON_AddArrayToObject(object, "tensors");
    return clmlp_cli_json_print(object, status);
}

/* --- vote -------------------------------------------------------------------------------------------------- */

static const char *blame_name(clmlp_blame blame)
{
    switch (blame) {
    case CLMLP_BLAME_NOTHING: return "nothing";
    case CLMLP_BLAME_KERNEL: return "kernel";
    case CLMLP_BLAME_DEVICE: return "device";
    case CLMLP_BLAME_BOTH: return "kernel on device";
    case CLMLP_BLAME_COUNT: break;
    }
    return "?";
}

/* The CPU path has one engine, whatever the voter says. */
static const char *engine_of(const clmlp_voter *voter)
{
    return voter->device.spec[0] == 'c' ? "cblas" : clmlp_engine_name(voter->engine);
}

static void add_voter(clmlp_cli_table *table, const clmlp_voter *voter)
{
    char name[CLMLP_CLI_TENSOR];
    clmlp_cli_table_add(table, "%s", voter->device.spec);
    clmlp_cli_table_add(table, "%s", engine_of(voter));
    clmlp_cli_table_add(table, "%s", !voter->opened ? "no vote" : voter->passed ? "agrees" : "DISAGREES");
    if (voter->opened && !voter->passed) {
        clmlp_cli_table_add(table, "%s in step %zu", clmlp_cli_tensor_name(name, &voter->failure), voter->failure.step);
        if (voter->gemm_m > 0) {
            clmlp_cli_table_add(table, "%zu x %zu x %zu", voter->gemm_m, voter->gemm_n, voter->gemm_k);
        } else {
            clmlp_cli_table_add(table, "-");
        }
    } else {
        clmlp_cli_table_add(table, "-");
        clmlp_cli_table_add(table, "-");
    }
    clmlp_cli_table_add(table, "%s", voter->device.name);
}

void clmlp_cli_report_vote(const clmlp_vote_result *result)
{
    static const char *const heads[] = {"device", "engine", "with the CPU in double", "first", "smallest GEMM", "name"};
    clmlp_cli_table table = {.columns = sizeof heads / sizeof *heads, .align = "llllll"};
    for (size_t c = 0; c < table.columns; c++) clmlp_cli_table_add(&table, "%s", heads[c]);
    const size_t count = clmlp_vote_result_count(result);
    for (size_t i = 0; i < count; i++) add_voter(&table, clmlp_vote_result_voter(result, i));
    clmlp_cli_table_print(&table, 2, stdout);
    for (size_t i = 0; i < count; i++) {
        const clmlp_voter *const voter = clmlp_vote_result_voter(result, i);
        if (!voter->opened) clmlp_cli_out("no vote: %s %s: %s\n", voter->device.spec, engine_of(voter), voter->why);
    }
    for (size_t i = 0; i < count; i++) {
        const clmlp_voter *const voter = clmlp_vote_result_voter(result, i);
        if (!voter->opened || voter->passed) continue;
        clmlp_cli_out("\n%s %s fails at ", voter->device.spec, engine_of(voter));
        clmlp_cli_print_failure(&voter->failure);
    }
    clmlp_cli_out("\n%s: %s\n", clmlp_vote_result_blame(result) == CLMLP_BLAME_NOTHING ? "passed" : "FAILED",
                  clmlp_vote_result_verdict(result));
}

static cJSON *json_voter(const clmlp_voter *voter)
{
    cJSON *const row = cJSON_CreateObject();
    (void)cJSON_AddStringToObject(row, "device", voter->device.spec);
    (void)clmlp_cli_json_put(row, "device_name", clmlp_cli_json_text(voter->device.name));
    (void)clmlp_cli_json_put(row, "driver", clmlp_cli_json_text(voter->device.driver));
    (void)cJSON_AddStringToObject(row, "engine", engine_of(voter));
    (void)cJSON_AddStringToObject(row, "verdict", !voter->opened ? "none" : voter->passed ? "pass" : "fail");
    (void)clmlp_cli_json_put(row, "why", voter->opened ? cJSON_CreateNull() : clmlp_cli_json_text(voter->why));
    const bool failed = voter->opened && !voter->passed;
    (void)clmlp_cli_json_put(row, "first_failure", failed ? clmlp_cli_json_finding(&voter->failure)
                                                          : cJSON_CreateNull());
    if (!failed || voter->gemm_m == 0) {
        (void)cJSON_AddNullToObject(row, "gemm");
        return row;
    }
    cJSON *const gemm = cJSON_AddObjectToObject(row, "gemm");
    (void)cJSON_AddNumberToObject(gemm, "m", (double)voter->gemm_m);
    (void)cJSON_AddNumberToObject(gemm, "n", (double)voter->gemm_n);
    (void)cJSON_AddNumberToObject(gemm, "k", (double)voter->gemm_k);
    return row;
}

int clmlp_cli_report_vote_json(const clmlp_vote_result *result, size_t steps, int status)
{
    cJSON *const object = cJSON_CreateObject();
    const clmlp_voter *first = NULL;
    const size_t count = clmlp_vote_result_count(result);
    const clmlp_blame blame = clmlp_vote_result_blame(result);
    for (size_t i = count; i-- > 0;) {
        const clmlp_voter *const voter = clmlp_vote_result_voter(result, i);
        if (voter->opened && !voter->passed) first = voter;
    }
    (void)cJSON_AddStringToObject(object, "verdict", blame == CLMLP_BLAME_NOTHING ? "pass" : "fail");
    (void)cJSON_AddStringToObject(object, "mode", "vote");
    (void)cJSON_AddNumberToObject(object, "steps", (double)steps);
    (void)cJSON_AddStringToObject(object, "blame", blame_name(blame));
    (void)clmlp_cli_json_put(object, "words", clmlp_cli_json_text(clmlp_vote_result_verdict(result)));
    (void)clmlp_cli_json_put(object, "first_failure", first != NULL ? clmlp_cli_json_finding(&first->failure)
                                                                    : cJSON_CreateNull());
    cJSON *const voters = cJSON_AddArrayToObject(object, "voters");
    for (size_t i = 0; i < count; i++) {
        (void)clmlp_cli_json_append(voters, json_voter(clmlp_vote_result_voter(result, i)));
    }
    (void)cJSON_AddArrayToObject(object, "tensors");
    return clmlp_cli_json_print(object, status);
}
