/* inspect.c - clmlp inspect: what is in a data, model, checkpoint or bundle file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <clmlp/clmlp.h>

#include "commands/commands.h"
#include "message.h"
#include "options/options.h"
#include "options/hints.h"
#include "options/shared.h"
#include "options/task.h"
#include "reports/inspect.h"

static const char COMMAND[] = "inspect";

typedef struct inspect_options {
    const char *path;
    clmlp_load_options load;
    clmlp_describe_options describe;
    clmlp_cli_text_given text;
    clmlp_cli_task task;
    bool has_labels, has_target, has_task, has_missing_targets, has_features, has_ignore, has_categorical;
    bool has_max_categories, has_missing, has_missing_texts, has_weights, has_svmlight_features;
    bool has_test, has_test_labels;
    bool all, json;
} inspect_options;

static bool parse(inspect_options *o, clmlp_cli_arguments *arguments, int argc, char **argv, int *status)
{
    const clmlp_cli_option options[] = {
        {NULL, NULL, NULL, NULL, "Data:", NULL, NULL},
        {"test", &clmlp_cli_text, &o->describe.test_path, "FILE",
         "test data, to be compared: rows that are in both files, texts and columns that are in one", "none",
         &o->has_test},
        {"test-labels", &clmlp_cli_text, &o->describe.test_labels_path, "FILE",
         "targets of --test in a file of their own", "a column of it", &o->has_test_labels},
        {"labels", &clmlp_cli_text, &o->load.labels_path, "FILE",
         "targets of DATA in a file of their own: a class per row, or a column per output", "a column of DATA",
         &o->has_labels},
        {"target", &clmlp_cli_text, &o->load.target, "COL", "target column of DATA: its name or number from 1", "last",
         &o->has_target},
        {"task", &clmlp_cli_task_name, &o->task, "NAME",
         "what the target is: classify, regress, or auto, by its values", NULL, &o->has_task},
        CLMLP_CLI_TEXT_ROWS(o->load, o->text),
        {"weights", &clmlp_cli_text, &o->load.weights, "COL",
         "column of DATA with the weight of each example in training, its name or number: no feature", "none",
         &o->has_weights},
        CLMLP_CLI_MISSING_TARGETS_ROW(o->load, &o->has_missing_targets),
        CLMLP_CLI_COLUMN_ROWS(o->load, &o->has_features, &o->has_ignore),
        CLMLP_CLI_CATEGORY_ROWS(o->load, &o->has_categorical, &o->has_max_categories),
        {"missing", &clmlp_cli_missing_values, &o->load.missing_values, "WHAT",
         "features without a value: error, or impute, which counts them", NULL, &o->has_missing},
        CLMLP_CLI_MISSING_TEXTS_ROW(o->load, &o->has_missing_texts),
        {"svmlight-features", &clmlp_cli_count, &o->load.svmlight_features, "N",
         "features of svmlight text, where later data has larger indices", "up to the largest index",
         &o->has_svmlight_features},
        {NULL, NULL, NULL, NULL, "Output:", NULL, NULL},
        {"all", NULL, &o->all, NULL, "show all columns, classes and findings, however many", NULL, NULL},
        {"json", NULL, &o->json, NULL, "print one JSON object on standard output, nothing else there", NULL, NULL},
    };
    const clmlp_cli_syntax syntax = {
        COMMAND, "FILE",
        "FILE: data, as for clmlp train, a model, a checkpoint, or a bundle of clmlp\n"
        "verify; its first bytes tell which. Of data: the columns, the target, and what\n"
        "is wrong with them, with the option that helps. The exit status is 0 whatever\n"
        "is found.\n\n"
        "  clmlp inspect train.csv --test test.csv\n"
        "  clmlp inspect model.safetensors\n",
        options, sizeof options / sizeof options[0]};
    if (!clmlp_cli_parse(arguments, &syntax, argc, argv, status)) return false;
    o->path = arguments->positional[0];
    if (o->has_test_labels && !o->has_test) {
        *status = clmlp_cli_usage_error(COMMAND, "--test-labels '%s': there is no --test",
                                        o->describe.test_labels_path);
        return false;
    }
    const char *const inputs[] = {o->path, o->load.labels_path, o->describe.test_path, o->describe.test_labels_path};
    return clmlp_cli_check_inputs(COMMAND, inputs, sizeof inputs / sizeof inputs[0], status);
}

/* Names that a spreadsheet would take for formulas; names may be NULL. */
static void tell_formulas(const char *what, const char *const *names, size_t count)
{
    char note[512];
    size_t found = 0, first = 0;
    for (size_t i = 0; names != NULL && i < count; i++) {
        if (clmlp_is_formula(names[i]) && found++ == 0) first = i;
    }
    if (found == 0) return;
    (void)snprintf(note, sizeof note, "a spreadsheet takes %zu %s for %s, first '%.200s' (clmlp predict "
                   "--for-spreadsheet)", found, what, found == 1 ? "a formula" : "formulas", names[first]);
    clmlp_make_printable(note, false);
    clmlp_cli_expect_notes();
    clmlp_cli_tell(note);
}

/* --- data ------------------------------------------------------------------------------------------------------ */

static void tell_formulas_of_data(const clmlp_dataset *dataset)
{
    const size_t K = clmlp_dataset_outputs(dataset);
    const char **const names = clmlp_dataset_class_name(dataset, 0) != NULL ? calloc(K, sizeof *names) : NULL;
    for (size_t k = 0; names != NULL && k < K; k++) names[k] = clmlp_dataset_class_name(dataset, k);
    tell_formulas("names of classes", names, K);
    free(names);
}

static int inspect_data(const inspect_options *o)
{
    clmlp_error error = {.status = CLMLP_OK};
    clmlp_description *description = NULL;
    clmlp_load_options load = o->load;
    load.target_kind = clmlp_cli_task_kind(o->task, false, CLMLP_OUTPUT_SIGMOID);
    const clmlp_status status = clmlp_describe(&description, o->path, &load, &o->describe, &error);
    if (status == CLMLP_BAD_INPUT) (void)clmlp_cli_hint_at_import(o->path, &error);
    if (status != CLMLP_OK) return clmlp_cli_fail(&error, true);
    clmlp_cli_tell_notes(clmlp_description_dataset(description));
    clmlp_cli_tell_notes(clmlp_description_test(description));
    tell_formulas_of_data(clmlp_description_dataset(description));
    int code = CLMLP_CLI_DONE;
    if (o->json) {
        code = clmlp_cli_report_data_json(o->path, o->describe.test_path, description);
    } else {
        clmlp_cli_report_data(o->path, o->describe.test_path, description, o->all);
        code = clmlp_cli_finish_output(code);
    }
    clmlp_description_destroy(description);
    return code;
}

/* --- what clmlp wrote -------------------------------------------------------------------------------------------- */

/* The name of an option that only data have; NULL: none was given. */
static const char *data_option(const inspect_options *o)
{
    const struct {
        bool given;
        const char *name;
    } options[] = {{o->has_test, "--test"}, {o->has_labels, "--labels"}, {o->has_target, "--target"},
                   {o->has_task, "--task"}, {o->text.format, "--format"},
                   {o->text.index_base, "--index-base"}, {o->text.header, "--header"},
                   {o->text.delimiter, "--delimiter"},
                   {o->text.decimal, "--decimal"}, {o->has_missing_targets, "--missing-targets"},
                   {o->has_features, "--features"}, {o->has_ignore, "--ignore"},
                   {o->has_categorical, "--categorical"}, {o->has_max_categories, "--max-categories"},
                   {o->has_missing, "--missing"}, {o->has_missing_texts, "--missing-values"},
                   {o->has_weights, "--weights"}, {o->has_svmlight_features, "--svmlight-features"}};
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        if (options[i].given) return options[i].name;
    }
    return NULL;
}

/* What the file does not say does not keep it from being shown. */
static int inspect_model(const inspect_options *o, bool checkpoint)
{
    clmlp_error error = {.status = CLMLP_OK};
    clmlp_model_file *file = NULL;
    clmlp_model *model = NULL;
    clmlp_model_hints hints = clmlp_model_hints_default();
    int code = CLMLP_CLI_DONE;
    if (clmlp_model_file_open(&file, o->path, &error) != CLMLP_OK) return clmlp_cli_fail(&error, true);
    hints.has_activation = hints.has_output = true;
    hints.activation = CLMLP_LINEAR;
    hints.output = CLMLP_OUTPUT_LINEAR;
    const clmlp_status status = clmlp_model_load(&model, o->path, &hints, &error);
    const clmlp_cli_model_report report = {
        .path = o->path, .file = file, .model = model, .checkpoint = checkpoint,
        .complaint = status != CLMLP_OK ? error.message : NULL,
        .lacks_activation = clmlp_model_layers(model) > 2 && clmlp_model_file_text(file, "clmlp.activation") == NULL,
        .lacks_output = clmlp_model_file_text(file, "clmlp.output") == NULL};
    const size_t K = model != NULL ? clmlp_model_units(model, clmlp_model_layers(model)) : 0;
    const char *const *const classes = clmlp_model_class_names(model);
    tell_formulas(classes != NULL ? "names of classes" : "names of outputs",
                  classes != NULL ? classes : clmlp_model_output_names(model), K);
    if (status != CLMLP_OK && status != CLMLP_BAD_INPUT) {
        code = clmlp_cli_fail(&error, true);
    } else if (o->json) {
        code = clmlp_cli_report_model_json(&report);
    } else {
        clmlp_cli_report_model(&report, o->all);
        code = clmlp_cli_finish_output(code);
    }
    clmlp_model_destroy(model);
    clmlp_model_file_close(file);
    return code;
}

static int inspect_bundle(const inspect_options *o)
{
    clmlp_error error = {.status = CLMLP_OK};
    clmlp_bundle_info info = {.size = sizeof info};
    if (clmlp_bundle_read_info(o->path, &info, &error) != CLMLP_OK) return clmlp_cli_fail(&error, true);
    if (o->json) return clmlp_cli_report_bundle_json(o->path, &info);
    clmlp_cli_report_bundle(o->path, &info);
    return clmlp_cli_finish_output(CLMLP_CLI_DONE);
}

/* Only tensors of verify are kept in folders. */
static int refuse_folder(const char *path)
{
    char theta[4096];
    struct stat info;
    const int length = snprintf(theta, sizeof theta, "%s/0000-1-theta.device.npy", path);
    clmlp_error error = {.status = CLMLP_BAD_INPUT};
    const bool dump = length > 0 && (size_t)length < sizeof theta && stat(theta, &info) == 0;
    (void)snprintf(error.message, sizeof error.message, dump ? "%s: is a folder of tensors that clmlp verify --dump "
                   "wrote; clmlp verify DATA --against %s compares with them, and NumPy reads each" :
                   "%s: is a folder (expected a file: data, a model or a bundle)", path, path);
    return clmlp_cli_fail(&error, true);
}

static int inspect(const inspect_options *o)
{
    clmlp_error error = {.status = CLMLP_OK};
    clmlp_file_kind kind = CLMLP_FILE_KIND_COUNT;
    const char *const option = data_option(o);
    if (clmlp_file_kind_of(&kind, o->path, &error) != CLMLP_OK) return clmlp_cli_fail(&error, true);
    static const char *const names[] = {[CLMLP_FILE_MODEL] = "model", [CLMLP_FILE_BUNDLE] = "bundle",
                                        [CLMLP_FILE_CHECKPOINT] = "checkpoint"};
    if (names[kind] != NULL && option != NULL) {
        return clmlp_cli_usage_error(COMMAND, "%s: %s is a %s, no data", option, o->path, names[kind]);
    }
    switch (kind) {
    case CLMLP_FILE_DATA: return inspect_data(o);
    case CLMLP_FILE_CHECKPOINT: return inspect_model(o, true);
    case CLMLP_FILE_MODEL: return inspect_model(o, false);
    case CLMLP_FILE_BUNDLE: return inspect_bundle(o);
    case CLMLP_FILE_FOLDER: return refuse_folder(o->path);
    case CLMLP_FILE_KIND_COUNT: break;
    }
    return CLMLP_CLI_FAILED;
}

int clmlp_cli_inspect(int argc, char **argv)
{
    int status;
    clmlp_cli_arguments arguments;
    inspect_options options = {.load = clmlp_load_options_default(), .describe = clmlp_describe_options_default()};
    if (parse(&options, &arguments, argc, argv, &status)) status = inspect(&options);
    clmlp_cli_arguments_free(&arguments);
    return status;
}
