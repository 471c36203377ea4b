/* evaluate.c - clmlp evaluate: how good a model is on data with known targets. */
#include <stdio.h>

#include <clmlp/clmlp.h>

#include "commands/commands.h"
#include "message.h"
#include "options/options.h"
#include "reports/report.h"
#include "options/shared.h"
#include "reports/startup.h"

typedef struct evaluate_options {
    const char *model, *class_names, *data;
    clmlp_load_options load;
    clmlp_cli_text_given text;
    clmlp_model_hints hints;
    double lambda, threshold;
    bool has_threshold;
    clmlp_device_options device;
    clmlp_cli_output_options out;
} evaluate_options;

static bool parse(evaluate_options *o, clmlp_cli_arguments *arguments, int argc, char **argv, int *status)
{
    const clmlp_cli_option options[] = {
        {NULL, NULL, NULL, NULL, "Data:", NULL, NULL},
        {"labels", &clmlp_cli_text, &o->load.labels_path, "FILE",
         "targets of DATA in a file of their own: a class per row, or a column per output", "a column of DATA", NULL},
        {"target", &clmlp_cli_text, &o->load.target, "COL",
         "target column of DATA: its name or number from 1; or several", "that of training", NULL},
        CLMLP_CLI_TEXT_ROWS(o->load, o->text),
        CLMLP_CLI_MISSING_TARGETS_ROW(o->load, NULL),
        CLMLP_CLI_COLUMN_ROWS(o->load, NULL, NULL),
        CLMLP_CLI_VALUE_ROWS(o->load, NULL, NULL, NULL),
        {NULL, NULL, NULL, NULL, "Model:", NULL, NULL},
        {"lambda", &clmlp_cli_non_negative, &o->lambda, "LAMBDA", "L2 strength in J, >= 0", "that of training", NULL},
        CLMLP_CLI_HINT_ROWS(o->hints),
        CLMLP_CLI_CLASS_NAMES_ROW(o->class_names, NULL),
        CLMLP_CLI_THRESHOLD_ROW(o->threshold, &o->has_threshold),
        CLMLP_CLI_DEVICE_ROWS(o->device),
        {NULL, NULL, NULL, NULL, "Output:", NULL, NULL},
        CLMLP_CLI_OUTPUT_ROWS(o->out),
    };
    const clmlp_cli_syntax syntax = {
        "evaluate", "MODEL DATA",
        "MODEL: what clmlp train wrote, or a safetensors file of another program with\n"
        "--activation and --output. DATA: as for clmlp train.\n\n"
        "  clmlp evaluate model.safetensors test.csv\n",
        options, sizeof options / sizeof options[0]};
    if (!clmlp_cli_parse(arguments, &syntax, argc, argv, status)) return false;
    o->model = arguments->positional[0];
    o->data = arguments->positional[1];
    return true;
}

static int evaluate(const evaluate_options *o)
{
    clmlp_error error = {.status = CLMLP_OK};
    clmlp_model *model = NULL;
    clmlp_dataset *dataset = NULL;
    clmlp_device *device = NULL;
    clmlp_evaluation *evaluation = NULL;
    int code = CLMLP_CLI_DONE;
    clmlp_cli_startup startup = {.entered = clmlp_cli_seconds()};

    clmlp_status status = clmlp_cli_load_model(&model, o->model, o->data, &o->hints, &error);
    if (status == CLMLP_OK) status = clmlp_cli_name_classes(model, o->class_names, &error);
    if (status == CLMLP_OK) status = clmlp_cli_take_threshold(model, o->has_threshold, o->threshold, &error);
    clmlp_load_options load = o->load;
    load.asks_target = load.labels_path == NULL; /* which column it is is asked, not guessed */
    if (status == CLMLP_OK) status = clmlp_cli_load_for_model(&dataset, o->data, &load, model, &error);
    startup.loaded = clmlp_cli_seconds();
    if (status == CLMLP_OK) status = clmlp_cli_open_device(&device, &o->device, NULL, 0, &error);
    if (status == CLMLP_OK) {
        clmlp_cli_note_data("data", o->data, dataset);
        clmlp_cli_note_model(model);
        clmlp_cli_note_device(device);
        clmlp_evaluate_options options = clmlp_evaluate_options_default();
        options.lambda = o->lambda;
        options.threshold = o->threshold;
        status = clmlp_evaluate_with(model, device, dataset, &options, &evaluation, &error);
        if (status == CLMLP_OK && o->out.verbose) clmlp_cli_startup_print(&startup, device, "evaluation");
    }
    if (status != CLMLP_OK) {
        code = clmlp_cli_fail(&error, true);
    } else if (o->out.json) {
        code = clmlp_cli_report_evaluation_json(evaluation, model, o->model, device, o->threshold);
    } else {
        clmlp_cli_report_evaluation(evaluation, model);
        code = clmlp_cli_finish_output(code);
    }
    clmlp_evaluation_destroy(evaluation);
    clmlp_device_close(device);
    clmlp_dataset_destroy(dataset);
    clmlp_model_destroy(model);
    return code;
}

int clmlp_cli_evaluate(int argc, char **argv)
{
    int status;
    clmlp_cli_arguments arguments;
    evaluate_options options = {.load = clmlp_load_options_default(), .hints = clmlp_model_hints_default(),
                                .lambda = -1.0, /* the model's */
                                .device = clmlp_device_options_default()};
    if (parse(&options, &arguments, argc, argv, &status)) {
        clmlp_cli_set_quiet(options.out.quiet);
        status = evaluate(&options);
    }
    clmlp_cli_arguments_free(&arguments);
    return status;
}
