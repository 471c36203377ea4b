/* predict.c - clmlp predict: the hypothesis h for every example. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <clmlp/clmlp.h>

#include "commands/commands.h"
#include "json_memory.h"
#include "message.h"
#include "options/options.h"
#include "reports/report.h"
#include "options/shared.h"
#include "options/written.h"
#include "reports/startup.h"
#include "terminal.h"

static const char COMMAND[] = "predict";

typedef struct predict_options {
    const char *model, *class_names, *data, *out_path;
    double threshold;
    bool has_threshold, for_spreadsheets, overwrite, matrix;
    clmlp_load_options load;
    clmlp_cli_text_given text;
    clmlp_model_hints hints;
    clmlp_device_options device;
    clmlp_cli_output_options out;
} predict_options;

/* What a run owns. */
typedef struct predict_run {
    clmlp_model *model;
    clmlp_dataset *dataset;
    clmlp_device *device;
    double *h; /* [m x K] */
    size_t m, K;
} predict_run;

/* The ending of a name that promises another format than the two there are; NULL: none. Other endings are CSV. */
static const char *other_format(const char *path)
{
    static const char *const endings[] = {".npz", ".gz", ".bz2", ".xz", ".zst", ".zip", ".tsv", ".json", ".jsonl",
                                          ".xlsx", ".xls", ".ods", ".parquet", ".feather", ".arrow", ".h5", ".hdf5",
                                          ".mat", ".pkl", ".pickle", ".safetensors", ".onnx", ".svm", ".libsvm"};
    const char *const dot = strrchr(path, '.');
    for (size_t i = 0; dot != NULL && i < sizeof endings / sizeof endings[0]; i++) {
        if (strcasecmp(dot, endings[i]) == 0) return endings[i];
    }
    return NULL;
}

static bool parse(predict_options *o, clmlp_cli_arguments *arguments, int argc, char **argv, int *status)
{
    const clmlp_cli_option options[] = {
        {NULL, NULL, NULL, NULL, "Data:", NULL, NULL},
        {"target", &clmlp_cli_text, &o->load.target, "COL",
         "column to leave out where DATA also has targets: its name or number from 1; or several", "that of training",
         NULL},
        CLMLP_CLI_TEXT_ROWS(o->load, o->text),
        CLMLP_CLI_COLUMN_ROWS(o->load, NULL, NULL),
        CLMLP_CLI_VALUE_ROWS(o->load, NULL, NULL, NULL),
        {"keep", &clmlp_cli_text, &o->load.keep, "COL,...",
         "columns of a text file to copy in front of the predictions as they stand, as for --features; where columns "
         "have no names they are no features", "none", NULL},
        {NULL, NULL, NULL, NULL, "Model:", NULL, NULL},
        CLMLP_CLI_HINT_ROWS(o->hints),
        CLMLP_CLI_CLASS_NAMES_ROW(o->class_names, NULL),
        CLMLP_CLI_THRESHOLD_ROW(o->threshold, &o->has_threshold),
        CLMLP_CLI_DEVICE_ROWS(o->device),
        {NULL, NULL, NULL, NULL, "Output:", NULL, NULL},
        {"out", &clmlp_cli_text, &o->out_path, "FILE",
         "write the predictions there: .npy for a float64 matrix [examples x outputs], else CSV",
         "CSV on standard output", NULL},
        {"overwrite", NULL, &o->overwrite, NULL, "write over a file that does not begin as these predictions", NULL,
         NULL},
        {"for-spreadsheet", NULL, &o->for_spreadsheets, NULL,
         "put ' in front of names and texts that a spreadsheet would take for formulas; they cannot be read back then",
         NULL, NULL},
        CLMLP_CLI_OUTPUT_ROWS(o->out),
    };
    const clmlp_cli_syntax syntax = {
        COMMAND, "MODEL DATA",
        "DATA may have the target column or not. The CSV has the predicted class and one\n"
        "column per class; when the outputs are not classes, a column per output, called\n"
        "as its target, or output_1, output_2, ...\n\n"
        "  clmlp predict model.safetensors new.csv > predictions.csv\n",
        options, sizeof options / sizeof options[0]};
    if (!clmlp_cli_parse(arguments, &syntax, argc, argv, status)) return false;
    o->model = arguments->positional[0];
    o->data = arguments->positional[1];
    const char *const inputs[] = {o->model, o->data};
    const size_t length = o->out_path != NULL ? strlen(o->out_path) : 0;
    o->matrix = length >= 4 && strcasecmp(o->out_path + length - 4, ".npy") == 0;
    if (o->matrix && (o->load.keep != NULL || o->has_threshold || o->for_spreadsheets)) {
        *status = clmlp_cli_usage_error(COMMAND, "%s: a matrix of outputs, --out '%s', has no place for it",
                                        o->load.keep != NULL ? "--keep" : o->has_threshold ? "--threshold"
                                                                                           : "--for-spreadsheet",
                                        o->out_path);
        return false;
    }
    if (o->for_spreadsheets && o->out.json && o->out_path == NULL) {
        *status = clmlp_cli_usage_error(COMMAND, "--for-spreadsheet: is for CSV, and --json writes none without --out");
        return false;
    }
    if (o->out_path == NULL) return true;
    if (!clmlp_cli_check_output(COMMAND, "--out", o->out_path, inputs, 2, status)) return false;
    const char *const other = other_format(o->out_path);
    if (other != NULL) {
        *status = clmlp_cli_usage_error(COMMAND, "--out '%s': predictions are written as CSV, or as .npy, and not as "
                                        "%s", o->out_path, other);
        return false;
    }
    return clmlp_cli_check_claimed(COMMAND, o->out.json, status);
}

static clmlp_status load_data(const predict_options *o, predict_run *run, clmlp_error *error)
{
    clmlp_load_options load = o->load;
    load.target_kind = CLMLP_TARGET_NONE;
    clmlp_cli_expect_model(&load, run->model);
    /* a text that is a class is no name of a column */
    load.class_names = clmlp_model_class_names(run->model);
    load.class_count = load.class_names != NULL ? clmlp_model_units(run->model, clmlp_model_layers(run->model)) : 0;
    return clmlp_cli_load(&run->dataset, o->data, &load, error);
}

/* Whether the predictions themselves have a column of this name. */
static bool is_predicted(const predict_options *o, const predict_run *run, const char *name)
{
    const bool classes = clmlp_model_class_names(run->model) != NULL;
    char number[64];
    if (classes && strcmp(name, "class") == 0) return true;
    for (size_t k = 0; k < run->K; k++) {
        const char *output = clmlp_model_output_name(run->model, k);
        (void)snprintf(number, sizeof number, "output_%zu", k + 1);
        if (output == NULL) output = number;
        const size_t length = strlen(output);
        if (strcmp(name, output) == 0) return true;
        const bool decided = o->has_threshold && !classes && strncmp(name, output, length) == 0;
        if (decided && strcmp(name + length, "_predicted") == 0) return true;
    }
    return false;
}

static void note_equal_names(const predict_options *o, const predict_run *run)
{
    char note[512];
    for (size_t c = 0; c < clmlp_dataset_kept(run->dataset); c++) {
        const char *const name = clmlp_dataset_kept_name(run->dataset, c);
        if (!is_predicted(o, run, name)) continue;
        (void)snprintf(note, sizeof note,
                       "--keep has a column '%.200s'; that of the predictions is called '%.200s_predicted'", name,
                       name);
        clmlp_cli_tell(note);
    }
}

static clmlp_predictions_options writing_of(const predict_options *o, const predict_run *run)
{
    clmlp_predictions_options options = clmlp_predictions_options_default();
    options.data = run->dataset;
    options.threshold = o->threshold;
    options.for_spreadsheets = o->for_spreadsheets;
    return options;
}

/* Whether --out may be written; earlier predictions with the same columns may be written over. */
static bool may_write(const predict_options *o, const predict_run *run, int *status)
{
    clmlp_error error = {.status = CLMLP_OK};
    const clmlp_predictions_options options = writing_of(o, run);
    const double none = 0.0;
    char *names = NULL;
    if (o->out_path == NULL || o->overwrite || clmlp_cli_is_same_file(o->out_path, "/dev/stdout")) return true;
    if (!o->matrix &&
        clmlp_predictions_format_with(run->model, 0, &none, &options, &names, &error) != CLMLP_OK) {
        *status = clmlp_cli_fail(&error, true);
        return false;
    }
    const bool named = clmlp_model_class_names(run->model) == NULL && clmlp_model_output_name(run->model, 0) != NULL;
    const bool may = clmlp_cli_check_predictions(COMMAND, "--out", o->out_path, names, named ? run->K : 0, status);
    clmlp_free(names);
    return may;
}

/* Model and data. */
static clmlp_status load(const predict_options *o, predict_run *run, clmlp_error *error)
{
    clmlp_status status = clmlp_cli_load_model(&run->model, o->model, o->data, &o->hints, error);
    if (status == CLMLP_OK) status = clmlp_cli_name_classes(run->model, o->class_names, error);
    if (status == CLMLP_OK) status = clmlp_cli_take_threshold(run->model, o->has_threshold, o->threshold, error);
    if (status == CLMLP_OK) status = load_data(o, run, error);
    if (status != CLMLP_OK) return status;
    run->m = clmlp_dataset_examples(run->dataset);
    run->K = clmlp_model_units(run->model, clmlp_model_layers(run->model));
    return CLMLP_OK;
}

static clmlp_status compute(const predict_options *o, predict_run *run, clmlp_cli_startup *startup, clmlp_error *error)
{
    clmlp_status status = clmlp_cli_open_device(&run->device, &o->device, NULL, 0, error);
    if (status != CLMLP_OK) return status;
    clmlp_cli_note_data("data", o->data, run->dataset);
    clmlp_cli_note_model(run->model);
    clmlp_cli_note_device(run->device);
    note_equal_names(o, run);
    if (run->m <= SIZE_MAX / sizeof(double) / run->K) run->h = malloc(run->m * run->K * sizeof(double));
    if (run->h == NULL) {
        *error = (clmlp_error){.status = CLMLP_OUT_OF_MEMORY, .message = "not enough memory for the predictions"};
        return error->status;
    }
    status = clmlp_predict(run->model, run->device, run->dataset, run->h, error);
    if (status == CLMLP_OK && o->out.verbose) clmlp_cli_startup_print(startup, run->device, "prediction");
    return status;
}

/* --- output ---------------------------------------------------------------------------------------------- */

/* classes and predicted, or the names of the outputs and, with a threshold, which labels are predicted. */
static void json_decided(cJSON *object, const predict_options *o, const predict_run *run)
{
    const char *const *const names = clmlp_model_class_names(run->model);
    if (names == NULL) (void)cJSON_AddNullToObject(object, "classes");
    if (names == NULL && !o->has_threshold) (void)cJSON_AddNullToObject(object, "predicted");
    if (names != NULL || clmlp_model_output_name(run->model, 0) != NULL) {
        cJSON *const list = cJSON_AddArrayToObject(object, names != NULL ? "classes" : "output_names");
        for (size_t k = 0; k < run->K; k++) {
            (void)clmlp_cli_json_append(list, clmlp_cli_json_text(clmlp_model_output_name(run->model, k)));
        }
    }
    if (o->has_threshold) (void)cJSON_AddNumberToObject(object, "threshold", o->threshold);
    if (names == NULL && !o->has_threshold) return;
    cJSON *const predicted = cJSON_AddArrayToObject(object, "predicted");
    for (size_t i = 0; i < run->m; i++) {
        const double *const h = run->h + i * run->K;
        if (names != NULL) {
            const size_t k = clmlp_predicted_class(h, run->K, o->threshold);
            (void)clmlp_cli_json_append(predicted, clmlp_cli_json_text(names[k]));
            continue;
        }
        cJSON *const labels = clmlp_cli_json_append(predicted, cJSON_CreateArray());
        for (size_t k = 0; k < run->K; k++) {
            (void)clmlp_cli_json_append(labels, cJSON_CreateNumber(h[k] > o->threshold ? 1 : 0));
        }
    }
}

static void json_kept(cJSON *object, const clmlp_dataset *dataset)
{
    const size_t count = clmlp_dataset_kept(dataset);
    cJSON *const kept = count > 0 ? cJSON_AddArrayToObject(object, "kept") : NULL;
    for (size_t c = 0; c < count; c++) {
        cJSON *const column = clmlp_cli_json_append(kept, cJSON_CreateObject());
        (void)clmlp_cli_json_put(column, "name", clmlp_cli_json_text(clmlp_dataset_kept_name(dataset, c)));
        cJSON *const values = cJSON_AddArrayToObject(column, "values");
        for (size_t i = 0; i < clmlp_dataset_examples(dataset); i++) {
            (void)clmlp_cli_json_append(values, clmlp_cli_json_text(clmlp_dataset_kept_text(dataset, i, c)));
        }
    }
}

static int print_json(const predict_options *o, const predict_run *run)
{
    cJSON *const object = cJSON_CreateObject();
    (void)clmlp_cli_json_put(object, "model", clmlp_cli_json_text(o->model));
    clmlp_cli_json_device(object, run->device);
    (void)cJSON_AddNumberToObject(object, "samples", (double)run->m);
    (void)clmlp_cli_json_put(object, "out",
                             o->out_path != NULL ? clmlp_cli_json_text(o->out_path) : cJSON_CreateNull());
    json_decided(object, o, run);
    json_kept(object, run->dataset);
    if (o->out_path == NULL) {
        cJSON *const outputs = cJSON_AddArrayToObject(object, "outputs");
        for (size_t i = 0; i < run->m; i++) {
            (void)clmlp_cli_json_append(outputs, cJSON_CreateDoubleArray(run->h + i * run->K, (int)run->K));
        }
    }
    return clmlp_cli_json_print(object, CLMLP_CLI_DONE);
}

static int print(const predict_options *o, const predict_run *run)
{
    clmlp_error error = {.status = CLMLP_OK};
    const clmlp_predictions_options options = writing_of(o, run);
    char *text = NULL;
    if (o->out_path != NULL &&
        clmlp_predictions_save_with(run->model, run->m, run->h, o->out_path, &options, &error) != CLMLP_OK) {
        return clmlp_cli_fail(&error, false);
    }
    clmlp_cli_yield_output();
    if (o->out.json) return print_json(o, run);
    if (o->out_path != NULL) {
        clmlp_cli_print(stdout, "%zu prediction%s written to %s\n", run->m, run->m == 1 ? "" : "s", o->out_path);
    } else {
        if (clmlp_predictions_format_with(run->model, run->m, run->h, &options, &text, &error) != CLMLP_OK) {
            return clmlp_cli_fail(&error, false);
        }
        if (isatty(STDOUT_FILENO) != 0) clmlp_make_printable(text, true); /* files and pipes get names as they are */
        clmlp_cli_write(text);
        free(text);
    }
    return clmlp_cli_finish_output(CLMLP_CLI_DONE);
}

int clmlp_cli_predict(int argc, char **argv)
{
    int code;
    clmlp_cli_arguments arguments;
    predict_options options = {.load = clmlp_load_options_default(), .hints = clmlp_model_hints_default(),
                               .device = clmlp_device_options_default()};
    predict_run run = {0};
    clmlp_error error = {.status = CLMLP_OK};
    if (parse(&options, &arguments, argc, argv, &code)) {
        clmlp_cli_startup startup = {.entered = clmlp_cli_seconds()};
        clmlp_cli_set_quiet(options.out.quiet);
        clmlp_status status = load(&options, &run, &error);
        startup.loaded = clmlp_cli_seconds();
        const bool may = status != CLMLP_OK || may_write(&options, &run, &code);
        if (status == CLMLP_OK && may) status = compute(&options, &run, &startup, &error);
        if (status != CLMLP_OK) code = clmlp_cli_fail(&error, true);
        else if (may) code = print(&options, &run);
    }
    free(run.h);
    clmlp_device_close(run.device);
    clmlp_dataset_destroy(run.dataset);
    clmlp_model_destroy(run.model);
    clmlp_cli_arguments_free(&arguments);
    return code;
}
