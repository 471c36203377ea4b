/* verify_json.c - results of clmlp verify as JSON. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "reports/report.h"
#include "json_memory.h"
#include "reports/verify.h"

void clmlp_cli_json_number(cJSON *object, const char *key, double value)
{
    char text_key[64];
    if (isfinite(value)) {
        (void)cJSON_AddNumberToObject(object, key, value);
        return;
    }
    (void)cJSON_AddNullToObject(object, key);
    (void)snprintf(text_key, sizeof text_key, "%s_text", key);
    (void)cJSON_AddStringToObject(object, text_key, isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
}

static void add_count(cJSON *object, const char *key, size_t count)
{
    (void)cJSON_AddNumberToObject(object, key, (double)count);
}

cJSON *clmlp_cli_json_finding(const clmlp_finding *f)
{
    cJSON *const row = cJSON_CreateObject();
    add_count(row, "step", f->step);
    add_count(row, "layer", f->layer);
    (void)cJSON_AddStringToObject(row, "tensor", clmlp_quantity_name(f->quantity));
    (void)cJSON_AddStringToObject(row, "equation", f->equation != NULL ? f->equation : "");
    (void)clmlp_cli_json_put(row, "kernel", clmlp_cli_json_text(f->kernel));
    add_count(row, "rows", f->rows);
    add_count(row, "columns", f->columns);
    add_count(row, "elements", f->rows * f->columns);
    add_count(row, "failed", f->failed);
    clmlp_cli_json_number(row, "max_abs", f->max_abs);
    clmlp_cli_json_number(row, "max_ulp", f->max_ulp);
    clmlp_cli_json_number(row, "max_of_bound", f->max_of_bound);
    if (f->bound_of_value != 0.0) clmlp_cli_json_number(row, "bound_of_value", f->bound_of_value);
    add_count(row, "worst_index", f->worst);
    clmlp_cli_json_number(row, "found", f->found);
    clmlp_cli_json_number(row, "expected", f->expected);
    clmlp_cli_json_number(row, "bound", f->bound);
    (void)cJSON_AddStringToObject(row, "verdict", f->failed == 0 ? "pass" : "fail");
    return row;
}

/* With whose it is, where several ranks took the steps: null where it cannot be told. */
static cJSON *finding_of(const clmlp_cli_verify_report *report, const clmlp_finding *f)
{
    cJSON *const row = clmlp_cli_json_finding(f);
    if (report->result->ranks <= 1) return row;
    if (f->rank == CLMLP_ALL_RANKS) (void)cJSON_AddNullToObject(row, "rank");
    else add_count(row, "rank", f->rank);
    return row;
}

static void add_ranks(cJSON *object, const clmlp_cli_verify_report *report)
{
    if (report->result->ranks <= 1) return;
    const clmlp_ranks *const ranks = report->config->ranks;
    cJSON *const row = cJSON_AddObjectToObject(object, "ranks");
    add_count(row, "count", report->result->ranks);
    (void)clmlp_cli_json_put(row, "library", clmlp_cli_json_text(clmlp_ranks_library(ranks)));
    cJSON *const hosts = cJSON_AddArrayToObject(row, "hosts");
    for (size_t r = 0; r < report->result->ranks; r++) {
        (void)clmlp_cli_json_append(hosts, clmlp_cli_json_text(clmlp_ranks_host(ranks, r)));
    }
}

static void add_config(cJSON *object, const clmlp_verify_config *config, const clmlp_model *model)
{
    const clmlp_cli_rule rule = CLMLP_CLI_RULE_OF(config);
    add_count(object, "batch", config->batch);
    if (config->minimiser != CLMLP_NO_MINIMISER) {
        (void)cJSON_AddStringToObject(object, "optimizer", clmlp_minimiser_name(config->minimiser));
    } else {
        clmlp_cli_json_rule(object, &rule, clmlp_model_layers(model));
    }
    if (config->clip_norm > 0.0) (void)cJSON_AddNumberToObject(object, "clip_norm", config->clip_norm);
    if (config->input_scale_rate > 0.0) {
        (void)cJSON_AddNumberToObject(object, "input_scale_rate", config->input_scale_rate);
    }
    clmlp_cli_json_schedule(object, &config->schedule,
                            config->schedule_steps != 0 ? config->schedule_steps : config->steps);
    clmlp_cli_json_number(object, "lambda", config->lambda);
    clmlp_cli_json_number(object, "label_smoothing", config->label_smoothing);
    clmlp_cli_json_dropout(object, config->dropout, config->dropout_count);
    clmlp_cli_json_seed(object, config->seed);
    (void)cJSON_AddBoolToObject(object, "shuffle", config->shuffle);
}

static void add_replay(cJSON *object, const clmlp_replay_result *replay)
{
    const clmlp_bundle_info *const info = clmlp_replay_result_info(replay);
    cJSON *const row = cJSON_AddObjectToObject(object, "replay");
    (void)clmlp_cli_json_put(row, "why", clmlp_cli_json_text(info->why));
    (void)clmlp_cli_json_put(row, "device_name", clmlp_cli_json_text(info->device));
    (void)clmlp_cli_json_put(row, "driver", clmlp_cli_json_text(info->driver));
    (void)clmlp_cli_json_put(row, "engine", clmlp_cli_json_text(info->engine));
    (void)clmlp_cli_json_put(row, "tiles", clmlp_cli_json_text(info->tiles));
    (void)clmlp_cli_json_put(row, "version", clmlp_cli_json_text(info->version));
    (void)cJSON_AddStringToObject(row, "precision", clmlp_precision_name(info->precision));
    add_count(row, "step", info->step);
    add_count(row, "batch", info->M);
    clmlp_cli_json_seed(row, info->seed);
    (void)cJSON_AddBoolToObject(row, "reference_finite",
                                clmlp_replay_result_reference_finite(replay));
}

/* The first failure once more, with what does it again. */
static void add_failure(cJSON *object, const clmlp_cli_verify_report *report)
{
    char line[CLMLP_CLI_COMMAND_LINE];
    if (report->result->first_failure == NULL) {
        (void)cJSON_AddNullToObject(object, "first_failure");
        return;
    }
    cJSON *const row = clmlp_cli_json_put(object, "first_failure",
                                          finding_of(report, report->result->first_failure));
    (void)clmlp_cli_json_put(row, "replay", report->bundle == NULL ? cJSON_CreateNull() :
                             clmlp_cli_json_text(clmlp_cli_replay_command(line, report->bundle, report->device)));
}

static const char *verdict_of(const clmlp_cli_verify_report *report)
{
    return !report->result->passed ? "fail" : report->interrupted ? "interrupted" : "pass";
}

int clmlp_cli_report_verify_json(const clmlp_cli_verify_report *report, int status)
{
    const clmlp_verify_result *const result = report->result;
    cJSON *const object = cJSON_CreateObject();
    double largest = 0.0;
    (void)cJSON_AddStringToObject(object, "verdict", verdict_of(report));
    (void)cJSON_AddStringToObject(object, "mode", report->mode);
    clmlp_cli_json_device(object, report->device);
    if (report->model != NULL) {
        cJSON *const layers = cJSON_AddArrayToObject(object, "layers");
        for (size_t l = 1; l <= clmlp_model_layers(report->model); l++) {
            (void)clmlp_cli_json_append(layers, cJSON_CreateNumber((double)clmlp_model_units(report->model, l)));
        }
    }
    if (report->config != NULL) add_config(object, report->config, report->model);
    if (report->against != NULL) {
        (void)clmlp_cli_json_put(object, "against", clmlp_cli_json_text(report->against));
        (void)cJSON_AddBoolToObject(object, "device_right", result->device_right);
        (void)cJSON_AddBoolToObject(object, "other_right", result->other_right);
    }
    if (report->replay != NULL) add_replay(object, report->replay);
    add_ranks(object, report);
    add_count(object, "steps", result->steps);
    clmlp_cli_json_number(object, "device_seconds", result->device_seconds);
    clmlp_cli_json_number(object, "seconds", result->seconds);
    add_failure(object, report);
    cJSON *const tensors = cJSON_AddArrayToObject(object, "tensors");
    for (size_t i = 0; i < result->count; i++) {
        const clmlp_finding *const f = &result->findings[i];
        if (!(f->max_of_bound <= largest)) largest = f->max_of_bound;
        (void)clmlp_cli_json_append(tensors, finding_of(report, f));
    }
    clmlp_cli_json_number(object, "max_of_bound", largest);
    return clmlp_cli_json_print(object, status);
}
