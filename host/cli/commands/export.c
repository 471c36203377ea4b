/* export.c - clmlp export: a model as a file for other programs. */
#include <stdio.h>
#include <string.h>

#include <clmlp/clmlp.h>

#include "commands/commands.h"
#include "commands/export_c.h"
#include "commands/export_script.h"
#include "json_memory.h"
#include "message.h"
#include "options/options.h"
#include "options/shared.h"
#include "options/written.h"
#include "reports/report.h"

static const char COMMAND[] = "export";

typedef struct export_options {
    const char *model, *class_names, *onnx;
    clmlp_onnx_options onnx_options;
    clmlp_cli_export_c c;
    clmlp_cli_export_script script;
    clmlp_model_hints hints;
    bool json, quiet, has_input, overwrite;
} export_options;

static const char *parse_input(const char *text, void *value)
{
    clmlp_onnx_input_type *const type = value;
    if (strcmp(text, "float") == 0) *type = CLMLP_ONNX_INPUT_FLOAT;
    else if (strcmp(text, "double") == 0) *type = CLMLP_ONNX_INPUT_DOUBLE;
    else return "expected float or double";
    return NULL;
}

static const clmlp_cli_type input_type = {parse_input, NULL, "float double"};

static bool may_write(const export_options *o, const char *option, const char *path, clmlp_cli_output_kind kind,
                      int *status)
{
    return o->overwrite ||
           clmlp_cli_check_replaced(COMMAND, option, path, kind, "another name, or --overwrite", status);
}

static bool parse(export_options *o, clmlp_cli_arguments *arguments, int argc, char **argv, int *status)
{
    const clmlp_cli_option options[] = {
        {NULL, NULL, NULL, NULL, "Formats:", NULL, NULL},
        {"onnx", &clmlp_cli_text, &o->onnx, "FILE",
         "write an ONNX file there (ai.onnx 13, ai.onnx.ml 2): raw rows in, predictions out", "none", NULL},
        {"onnx-input", &input_type, &o->onnx_options.input, "TYPE", "take numbers as float or double",
         "double where columns have names, else float", &o->has_input},
        CLMLP_CLI_EXPORT_C_ROWS(o->c),
        CLMLP_CLI_EXPORT_SCRIPT_ROWS(o->script),
        {NULL, NULL, NULL, NULL, "Data of --measure or --data:", NULL, NULL},
        CLMLP_CLI_EXPORT_DATA_ROWS(o->c),
        {NULL, NULL, NULL, NULL, "Model:", NULL, NULL},
        CLMLP_CLI_HINT_ROWS(o->hints),
        CLMLP_CLI_CLASS_NAMES_ROW(o->class_names, NULL),
        {NULL, NULL, NULL, NULL, "Output:", NULL, NULL},
        CLMLP_CLI_CARD_ROWS(*o),
        {"overwrite", NULL, &o->overwrite, NULL, "write over a file that clmlp did not export", NULL, NULL},
    };
    const clmlp_cli_syntax syntax = {
        COMMAND, "MODEL",
        "Writes a model for programs that do not have clmlp. The file has everything\n"
        "from the raw row to the prediction: texts, dates and missing values become\n"
        "features as in training, then come scaling, network and names of classes\n"
        "(docs/export.md).\n\n"
        "  clmlp export model.safetensors --onnx model.onnx\n"
        "  clmlp export model.safetensors --c model.c\n"
        "  clmlp export model.safetensors --c small.c --int8 --measure test.csv\n"
        "  clmlp export start.safetensors --script pytorch --out train.py --data x.csv\n",
        options, sizeof options / sizeof options[0]};
    if (!clmlp_cli_parse(arguments, &syntax, argc, argv, status)) return false;
    o->model = arguments->positional[0];
    const char *const inputs[] = {o->model};
    const int formats = (o->onnx != NULL) + (o->c.path != NULL) + o->script.wanted;
    if (formats != 1) {
        *status = clmlp_cli_usage_error(COMMAND, "%s", formats == 0
                                                           ? "nothing to write; say --onnx, --c or --script"
                                                           : "--onnx, --c and --script: one at a time");
        return false;
    }
    o->c.for_script = o->script.wanted;
    if (o->c.has_precision) o->script.options.precision = o->c.options.precision;
    if (o->onnx == NULL && o->has_input) {
        *status = clmlp_cli_usage_error(COMMAND, "--onnx-input: is for --onnx");
        return false;
    }
    if (!clmlp_cli_export_c_check(COMMAND, &o->c, status)) return false;
    if (!clmlp_cli_export_script_check(COMMAND, &o->script, status)) return false;
    clmlp_cli_set_quiet(o->quiet);
    clmlp_cli_set_silent(o->quiet);
    if (o->c.path != NULL) {
        return clmlp_cli_export_c_check_output(COMMAND, &o->c, o->model, o->json, status) &&
               may_write(o, "--c", o->c.path, CLMLP_CLI_C_OUTPUT, status);
    }
    if (o->script.wanted) {
        return clmlp_cli_export_script_check_output(COMMAND, &o->script, o->model, o->json, status) &&
               (o->overwrite || clmlp_cli_export_script_check_data(COMMAND, &o->script, status)) &&
               may_write(o, "--out", o->script.path, CLMLP_CLI_SCRIPT_OUTPUT, status);
    }
    return clmlp_cli_check_output(COMMAND, "--onnx", o->onnx, inputs, 1, status) &&
           may_write(o, "--onnx", o->onnx, CLMLP_CLI_ONNX_OUTPUT, status) &&
           clmlp_cli_check_claimed(COMMAND, o->json, status);
}

static int report_json(const export_options *o, const clmlp_onnx_result *result)
{
    cJSON *const object = cJSON_CreateObject();
    (void)clmlp_cli_json_put(object, "model", clmlp_cli_json_text(o->model));
    (void)clmlp_cli_json_put(object, "onnx", clmlp_cli_json_text(o->onnx));
    (void)cJSON_AddNumberToObject(object, "bytes", (double)result->bytes);
    (void)cJSON_AddNumberToObject(object, "opset", result->opset);
    (void)cJSON_AddNumberToObject(object, "ml_opset", result->ml_opset);
    (void)cJSON_AddNumberToObject(object, "nodes", (double)result->nodes);
    (void)cJSON_AddNumberToObject(object, "inputs", (double)result->inputs);
    (void)cJSON_AddStringToObject(object, "input", result->by_column ? "columns" : "matrix");
    (void)cJSON_AddStringToObject(object, "input_type", result->takes_double ? "double" : "float");
    cJSON *const outputs = cJSON_AddArrayToObject(object, "outputs");
    if (result->label_output[0] != '\0') {
        (void)clmlp_cli_json_append(outputs, clmlp_cli_json_text(result->label_output));
    }
    (void)clmlp_cli_json_append(outputs, clmlp_cli_json_text(result->number_output));
    return clmlp_cli_json_print(object, CLMLP_CLI_DONE);
}

static int report(const export_options *o, const clmlp_onnx_result *result)
{
    const char *const type = result->takes_double ? "double" : "float";
    clmlp_cli_yield_output();
    if (o->json) return report_json(o, result);
    clmlp_cli_out("%s: ONNX, ai.onnx %d", o->onnx, result->opset);
    if (result->ml_opset > 0) clmlp_cli_out(" and ai.onnx.ml %d", result->ml_opset);
    clmlp_cli_out(", %zu nodes, %llu bytes\n", result->nodes, (unsigned long long)result->bytes);
    if (result->by_column) {
        clmlp_cli_out("  in:  %zu columns, each [N x 1], by name; numbers are %ss\n", result->inputs, type);
    } else {
        clmlp_cli_out("  in:  features, a matrix of %ss with a row for each example\n", type);
    }
    if (result->label_output[0] != '\0') clmlp_cli_out("  out: %s, the name of the class\n", result->label_output);
    clmlp_cli_out("  out: %s, floats, a column for each output\n", result->number_output);
    return clmlp_cli_finish_output(CLMLP_CLI_DONE);
}

int clmlp_cli_export(int argc, char **argv)
{
    int code;
    clmlp_cli_arguments arguments;
    clmlp_model *model = NULL;
    clmlp_error error = {.status = CLMLP_OK};
    export_options o = {.onnx_options = clmlp_onnx_options_default(), .hints = clmlp_model_hints_default(),
                        .c = {.options = clmlp_c_options_default(), .load = clmlp_load_options_default()},
                        .script = clmlp_cli_export_script_default()};
    if (parse(&o, &arguments, argc, argv, &code)) {
        clmlp_onnx_result result = {.size = sizeof result};
        clmlp_status status = clmlp_model_load(&model, o.model, &o.hints, &error);
        if (status == CLMLP_OK) status = clmlp_cli_name_classes(model, o.class_names, &error);
        const bool loaded = status == CLMLP_OK;
        const bool is_c = loaded && o.c.path != NULL, is_script = loaded && o.script.wanted;
        if (loaded && !is_c && !is_script) status = clmlp_onnx_save(model, o.onnx, &o.onnx_options, &result, &error);
        if (is_c) code = clmlp_cli_export_c_run(&o.c, model, o.model, o.json);
        else if (is_script) code = clmlp_cli_export_script_run(&o.script, &o.c.load, model, o.model, o.json);
        else code = status == CLMLP_OK ? report(&o, &result) : clmlp_cli_fail(&error, !loaded);
    }
    clmlp_model_destroy(model);
    clmlp_cli_arguments_free(&arguments);
    return code;
}
