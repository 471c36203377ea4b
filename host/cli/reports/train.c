/* train.c - results of clmlp train, as text and as JSON. */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "json_memory.h"
#include "options/schedule.h"
#include "ranks/launch.h"
#include "reports/metrics.h"
#include "reports/ranks.h"
#include "reports/report.h"
#include "reports/verify.h"
#include "options/shared.h"
#include "reports/table.h"
#include "terminal.h"

static const char *outcome(clmlp_status status)
{
    return status == CLMLP_OK ? "done" : status == CLMLP_DIVERGED ? "diverged" :
           status == CLMLP_INTERRUPTED ? "interrupted" : status == CLMLP_MISMATCH ? "mismatch" : "failed";
}

/* self_check: null where there was none. */
static void add_check(cJSON *object, const clmlp_cli_train_report *report)
{
    const clmlp_self_check_result *const check = report->check;
    if (check == NULL) {
        (void)cJSON_AddNullToObject(object, "self_check");
        return;
    }
    cJSON *const member = cJSON_AddObjectToObject(object, "self_check");
    (void)cJSON_AddNumberToObject(member, "checked", (double)check->checked);
    (void)cJSON_AddNumberToObject(member, "failed", (double)check->failed);
    (void)cJSON_AddNumberToObject(member, "max_of_bound", check->max_of_bound);
    (void)cJSON_AddBoolToObject(member, "on_cpu", check->on_cpu);
    (void)clmlp_cli_json_put(member, "first_failure",
                             check->failed > 0 ? clmlp_cli_json_finding(&check->first_failure) : cJSON_CreateNull());
    (void)clmlp_cli_json_put(member, "bundle", report->bundle_path != NULL ? clmlp_cli_json_text(report->bundle_path)
                                                                          : cJSON_CreateNull());
}

/* What was asked for; batch 0 of the library is all examples. */
static void add_settings(cJSON *object, const clmlp_cli_train_report *report)
{
    const clmlp_train_config *const config = report->config;
    const size_t m = report->samples, M = config->batch != 0 ? config->batch : m;
    if (config->minimiser != CLMLP_NO_MINIMISER) {
        (void)cJSON_AddStringToObject(object, "optimizer", clmlp_minimiser_name(config->minimiser));
    } else {
        const clmlp_cli_rule rule = CLMLP_CLI_RULE_OF(config);
        clmlp_cli_json_rule(object, &rule, clmlp_model_layers(report->model));
    }
    if (config->clip_norm > 0.0) (void)cJSON_AddNumberToObject(object, "clip_norm", config->clip_norm);
    clmlp_cli_json_schedule(object, &config->schedule, clmlp_cli_steps(config, m));
    (void)cJSON_AddNumberToObject(object, "lambda", config->lambda);
    (void)cJSON_AddNumberToObject(object, "label_smoothing", config->label_smoothing);
    clmlp_cli_json_dropout(object, config->dropout, config->dropout_count);
    (void)cJSON_AddNumberToObject(object, "batch", (double)M);
    (void)cJSON_AddStringToObject(object, "last_batch",
                                  config->last_batch == CLMLP_LAST_BATCH_DROP ? "drop" : "keep");
    clmlp_cli_json_seed(object, config->seed);
}

/* NULL where there was no evaluation. */
static const clmlp_metrics *metrics_of(const clmlp_evaluation *evaluation)
{
    return evaluation != NULL ? evaluation->metrics : NULL;
}

static void add_classes(cJSON *task, const clmlp_dataset *data)
{
    const size_t K = clmlp_dataset_outputs(data);
    size_t *const counts = malloc(K * sizeof *counts);
    if (counts == NULL) clmlp_cli_lose("the numbers of examples of classes");
    if (counts == NULL || clmlp_dataset_class_counts(data, counts, NULL) != CLMLP_OK) {
        free(counts);
        return;
    }
    cJSON *const classes = cJSON_AddArrayToObject(task, "classes");
    for (size_t k = 0; k < K; k++) {
        cJSON *const entry = cJSON_CreateObject();
        (void)clmlp_cli_json_put(entry, "class", clmlp_cli_json_text(clmlp_dataset_class_name(data, k)));
        (void)cJSON_AddNumberToObject(entry, "examples", (double)counts[k]);
        (void)clmlp_cli_json_append(classes, entry);
    }
    free(counts);
}

/* The names of targets that are no classes, if they have some. */
static void add_outputs(cJSON *task, const clmlp_dataset *data)
{
    if (clmlp_dataset_output_name(data, 0) == NULL) return;
    cJSON *const outputs = cJSON_AddArrayToObject(task, "outputs");
    for (size_t k = 0; k < clmlp_dataset_outputs(data); k++) {
        (void)clmlp_cli_json_append(outputs, clmlp_cli_json_text(clmlp_dataset_output_name(data, k)));
    }
}

/* What the targets were taken for. */
static void add_task(cJSON *object, const clmlp_cli_train_report *report)
{
    const bool linear = clmlp_model_output(report->model) == CLMLP_OUTPUT_LINEAR;
    const char *const target = clmlp_dataset_target(report->data);
    const bool classes = clmlp_dataset_target_kind(report->data) == CLMLP_TARGET_CLASSES;
    cJSON *const task = cJSON_AddObjectToObject(object, "task");
    (void)cJSON_AddStringToObject(task, "kind", linear && !classes ? "regress" : "classify");
    (void)clmlp_cli_json_put(task, "target", target != NULL ? clmlp_cli_json_text(target) : cJSON_CreateNull());
    if (classes) add_classes(task, report->data);
    else add_outputs(task, report->data);
}

static void add_text(cJSON *object, const char *key, const char *text)
{
    (void)clmlp_cli_json_put(object, key, text != NULL ? clmlp_cli_json_text(text) : cJSON_CreateNull());
}

/* weights: null where all examples count alike; the least and the largest are of mean 1. */
static void add_weights(cJSON *object, const clmlp_cli_train_report *report)
{
    const double *const weights = clmlp_dataset_weights(report->data);
    if (weights == NULL) {
        (void)cJSON_AddNullToObject(object, "weights");
        return;
    }
    double least = weights[0], most = weights[0];
    for (size_t i = 0; i < clmlp_dataset_examples(report->data); i++) {
        least = weights[i] < least ? weights[i] : least;
        most = weights[i] > most ? weights[i] : most;
    }
    cJSON *const member = cJSON_AddObjectToObject(object, "weights");
    add_text(member, "column", report->weights_column);
    add_text(member, "class_weights", report->class_weights);
    (void)cJSON_AddNumberToObject(member, "least", least);
    (void)cJSON_AddNumberToObject(member, "most", most);
}

/* Member `role`: null where there are no such data. */
static void add_held_out(cJSON *object, const clmlp_model *model, const char *role, bool has, size_t samples,
                         const clmlp_score *score, const clmlp_evaluation *evaluation)
{
    if (!has) {
        (void)cJSON_AddNullToObject(object, role);
        return;
    }
    cJSON *const member = cJSON_AddObjectToObject(object, role);
    (void)cJSON_AddNumberToObject(member, "samples", (double)samples);
    clmlp_cli_json_score(member, score);
    clmlp_cli_json_metrics(member, metrics_of(evaluation), model);
}

/* What was monitored; NULL: nothing. */
static const char *monitor_of(const clmlp_train_config *config)
{
    if (config->early_stopping == 0 && !config->keep_best) return NULL;
    return config->monitor != NULL ? config->monitor : "cost";
}

/* Which epoch was kept, and by what; null where the last one was. */
static void add_best(cJSON *object, const clmlp_cli_train_report *report)
{
    const clmlp_train_result *const result = report->result;
    const bool kept = result->best_epoch > 0;
    add_text(object, "monitor", monitor_of(report->config));
    (void)clmlp_cli_json_put(object, "best_epoch", kept ? cJSON_CreateNumber((double)result->best_epoch)
                                                        : cJSON_CreateNull());
    (void)clmlp_cli_json_put(object, "best", kept ? cJSON_CreateNumber(result->best) : cJSON_CreateNull());
    (void)cJSON_AddBoolToObject(object, "stopped_early", result->stopped_early);
}

int clmlp_cli_report_train_json(const clmlp_cli_train_report *report, int status)
{
    const clmlp_train_result *const result = report->result;
    cJSON *const object = cJSON_CreateObject();
    (void)cJSON_AddStringToObject(object, "status", outcome(report->status));
    (void)clmlp_cli_json_put(object, "model", report->model_path != NULL ? clmlp_cli_json_text(report->model_path)
                                                                        : cJSON_CreateNull());
    clmlp_cli_json_device(object, report->device);
    add_task(object, report);
    cJSON *const layers = cJSON_AddArrayToObject(object, "layers");
    for (size_t l = 1; l <= clmlp_model_layers(report->model); l++) {
        (void)clmlp_cli_json_append(layers, cJSON_CreateNumber((double)clmlp_model_units(report->model, l)));
    }
    (void)cJSON_AddStringToObject(object, "scale", clmlp_scale_name(clmlp_model_scale(report->model)));
    (void)cJSON_AddStringToObject(object, "target_scale", clmlp_scale_name(clmlp_model_target_scale(report->model)));
    (void)cJSON_AddNumberToObject(object, "parameters", (double)clmlp_model_parameters(report->model));
    (void)cJSON_AddNumberToObject(object, "members", (double)clmlp_model_members(report->model));
    (void)cJSON_AddNumberToObject(object, "samples", (double)report->samples);
    cJSON *const preset = report->preset != NULL ? cJSON_AddObjectToObject(object, "preset") : NULL;
    if (preset == NULL) (void)cJSON_AddNullToObject(object, "preset");
    if (preset != NULL) (void)cJSON_AddStringToObject(preset, "name", report->preset);
    if (preset != NULL) (void)cJSON_AddStringToObject(preset, "options", report->preset_options);
    add_weights(object, report);
    add_settings(object, report);
    (void)cJSON_AddNumberToObject(object, "epochs", (double)result->epochs);
    (void)cJSON_AddNumberToObject(object, "steps", (double)result->steps);
    if (report->config->minimiser != CLMLP_NO_MINIMISER) {
        (void)cJSON_AddNumberToObject(object, "iterations", (double)result->iterations);
        (void)cJSON_AddNumberToObject(object, "evaluations", (double)result->evaluations);
        (void)cJSON_AddStringToObject(object, "ended", clmlp_minimiser_end_text(result->end));
    }
    add_best(object, report);
    const clmlp_train_config *const config = report->config;
    const bool saves = config->checkpoint_epochs > 0 || config->checkpoint_seconds > 0.0;
    add_text(object, "checkpoint", saves ? config->checkpoint_path : NULL);
    add_text(object, "resumed_from", config->resume_path);
    (void)cJSON_AddNumberToObject(object, "seconds", result->seconds);
    (void)cJSON_AddNumberToObject(object, "samples_per_second", result->samples_per_second);
    (void)cJSON_AddBoolToObject(object, "streamed", result->streamed);
    clmlp_cli_json_ranks(object, config, result, report->shares);
    (void)cJSON_AddNumberToObject(object, "device_memory", (double)clmlp_device_memory_peak(report->device));
    /* a model that diverged or was wrong was put back, not scored again */
    const clmlp_score unknown = {NAN, NAN};
    const bool scored = report->status != CLMLP_DIVERGED && report->status != CLMLP_MISMATCH;
    clmlp_cli_json_score(object, scored ? &result->train : &unknown);
    clmlp_cli_json_metrics(object, metrics_of(report->evaluation), report->model);
    add_held_out(object, report->model, "validation", result->has_validation, report->validation_samples,
                 &result->validation, report->validation_evaluation);
    clmlp_cli_json_cross_validation(object, report->cross_validation);
    add_held_out(object, report->model, "test", result->has_test, report->test_samples, &result->test,
                 report->test_evaluation);
    if (report->status == CLMLP_DIVERGED) {
        cJSON *const where = cJSON_AddObjectToObject(object, "diverged");
        (void)cJSON_AddNumberToObject(where, "epoch", (double)result->diverged_epoch);
        (void)cJSON_AddNumberToObject(where, "step", (double)result->diverged_step);
        (void)clmlp_cli_json_put(where, "bundle", report->bundle_path != NULL
                                                      ? clmlp_cli_json_text(report->bundle_path)
                                                      : cJSON_CreateNull());
    }
    add_check(object, report);
    return clmlp_cli_json_print(object, status);
}

static void add_score(clmlp_cli_table *table, const char *role, size_t samples, const clmlp_score *score)
{
    clmlp_cli_table_add(table, "%s", role);
    clmlp_cli_table_add(table, "%zu", samples);
    clmlp_cli_table_add(table, "%.6g", score->cost);
    if (isnan(score->accuracy)) clmlp_cli_table_add(table, "-");
    else clmlp_cli_table_add(table, "%.2f %%", 100.0 * score->accuracy);
}

/* A file name as a shell takes it, and as no option. */
static void print_word(const char *word)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./+,:@%=-";
    const char *const here = word[0] == '-' && word[1] != '\0' ? "./" : "";
    if (word[strspn(word, plain)] == '\0') {
        clmlp_cli_out(" %s%s", here, word);
        return;
    }
    clmlp_cli_out(" '%s", here);
    for (size_t length = strcspn(word, "'"); ; word += length + 1, length = strcspn(word, "'")) {
        clmlp_cli_print(stdout, "%.*s", (int)length, word);
        if (word[length] == '\0') break;
        clmlp_cli_out("'\\''");
    }
    clmlp_cli_out("'");
}

/* An option and the file that it names; nothing where there is none. */
static void print_file(const char *option, const char *path)
{
    if (path == NULL) return;
    clmlp_cli_print(stdout, " %s", option);
    print_word(path);
}

/* Files of data are not kept in a checkpoint: they are named again. */
static void print_resume(const clmlp_cli_train_report *report)
{
    char launch[64];
    clmlp_cli_launch_text(report->config->ranks, launch, sizeof launch);
    clmlp_cli_out("%sclmlp train", launch);
    print_word(report->data_path);
    print_file("--labels", report->labels_path);
    print_file("--validation", report->validation_path);
    print_file("--validation-labels", report->validation_labels_path);
    print_file("--test", report->test_path);
    print_file("--test-labels", report->test_labels_path);
    print_file("--resume", report->config->checkpoint_path);
    clmlp_cli_out("\n       ");
}

static void print_next(const clmlp_cli_train_report *report)
{
    const clmlp_train_config *const config = report->config;
    const bool saves = config->checkpoint_epochs > 0 || config->checkpoint_seconds > 0.0;
    const char *path = "NEW_DATA", *labels = NULL; /* the model has seen the other file */
    if (report->test_path != NULL) {
        path = report->test_path;
        labels = report->test_labels_path;
    } else if (report->validation_path != NULL) {
        path = report->validation_path;
        labels = report->validation_labels_path;
    }
    clmlp_cli_out("\nnext:  ");
    if (report->status == CLMLP_INTERRUPTED && saves) print_resume(report);
    clmlp_cli_out("clmlp evaluate");
    print_word(report->model_path);
    print_word(path);
    print_file("--labels", labels);
    clmlp_cli_out("\n       clmlp predict");
    print_word(report->model_path);
    clmlp_cli_out(" NEW_DATA\n");
}

void clmlp_cli_report_train(const clmlp_cli_train_report *report)
{
    const clmlp_train_result *const result = report->result;
    clmlp_cli_table table = {.columns = 4, .align = "lr"};
    clmlp_cli_table_add(&table, " ");
    clmlp_cli_table_add(&table, "samples");
    clmlp_cli_table_add(&table, "cost J");
    clmlp_cli_table_add(&table, "accuracy");
    add_score(&table, "train", report->samples, &result->train);
    if (result->has_validation) add_score(&table, "validation", report->validation_samples, &result->validation);
    if (result->has_test) add_score(&table, "test", report->test_samples, &result->test);
    clmlp_cli_table_print(&table, 2, stdout);
    if (clmlp_dataset_weights(report->data) != NULL) {
        clmlp_cli_out("  (the cost J of train is weighted; all other scores count examples alike)\n");
    }
    const clmlp_cli_metrics_column columns[] = {{"train", metrics_of(report->evaluation)},
                                                {"validation", metrics_of(report->validation_evaluation)},
                                                {"test", metrics_of(report->test_evaluation)}};
    clmlp_cli_print_metrics(columns, sizeof columns / sizeof columns[0]);
    const size_t judge = columns[2].metrics != NULL ? 2 : columns[1].metrics != NULL ? 1 : 0; /* the most honest */
    clmlp_cli_print_output_metrics(columns[judge].metrics, report->model, columns[judge].title);
    clmlp_cli_print_cross_validation(report->cross_validation);

    const bool many = report->members > 1; /* whose epochs differ */
    const size_t count = many ? report->begun : result->epochs;
    clmlp_cli_out("\n%zu %s%s, %zu step%s in %.2f s", count, many ? "member" : "epoch", count == 1 ? "" : "s",
                  result->steps, result->steps == 1 ? "" : "s", result->seconds);
    const double after = result->seconds - report->until_first;
    if (report->until_first >= 1.0 && after > 0.0) {
        clmlp_cli_out(", %.2f s of them until the first step was done (transfers, and what is built for a first "
                      "launch; opening the device is not in it), then %.0f samples/s\n", report->until_first,
                      result->samples_per_second * (result->seconds / after));
    } else {
        clmlp_cli_out(", %.0f samples/s\n", result->samples_per_second);
    }
    clmlp_cli_print_ranks(report->config, result, report->shares);
    if (report->config->minimiser != CLMLP_NO_MINIMISER) {
        clmlp_cli_out("%zu iteration%s, %zu evaluation%s of J and its gradient; %s\n", result->iterations,
                      result->iterations == 1 ? "" : "s", result->evaluations, result->evaluations == 1 ? "" : "s",
                      clmlp_minimiser_end_text(result->end));
    }
    if (result->best_epoch > 0 && !many) {
        clmlp_cli_out("kept epoch %zu of %zu%s: validation %s %.6g\n", result->best_epoch, result->epochs,
                      result->stopped_early ? ", where training stopped early" : "", monitor_of(report->config),
                      result->best);
    }
    if (report->model_path == NULL) return;
    clmlp_cli_print(stdout, "model written to %s\n", report->model_path);
    print_next(report);
}
