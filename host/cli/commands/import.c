/* import.c - clmlp import: a network of another program as a model file. */
#include <stdio.h>
#include <string.h>

#include <clmlp/clmlp.h>

#include "commands/commands.h"
#include "json_memory.h"
#include "message.h"
#include "options/options.h"
#include "options/shared.h"
#include "options/written.h"
#include "reports/report.h"

static const char COMMAND[] = "import";

typedef struct import_options {
    const char *file, *class_names, *model;
    clmlp_model_hints hints;
    bool json, quiet, overwrite;
} import_options;

static bool parse(import_options *o, clmlp_cli_arguments *arguments, int argc, char **argv, int *status)
{
    const clmlp_cli_option options[] = {
        {NULL, NULL, NULL, NULL, "Network:", NULL, NULL},
        CLMLP_CLI_HINT_ROWS(o->hints),
        CLMLP_CLI_CLASS_NAMES_ROW(o->class_names, NULL),
        {NULL, NULL, NULL, NULL, "Output:", NULL, NULL},
        {"model", &clmlp_cli_text, &o->model, "FILE", "where to write the model", "none", NULL},
        CLMLP_CLI_CARD_ROWS(*o),
        {"overwrite", NULL, &o->overwrite, NULL, "write over a file that is no model of clmlp", NULL, NULL},
    };
    const clmlp_cli_syntax syntax = {
        COMMAND, "FILE",
        "Makes a model file of a network that another program trained: an ONNX file, as\n"
        "PyTorch, Keras (tf2onnx) and skl2onnx write it, or tensors of PyTorch in a\n"
        "safetensors file (--activation and --output say what that does not). A file\n"
        "that clmlp export wrote gives its model back. Where the loss of a training had\n"
        "the softmax or sigmoid that the file lacks, --output says it. What clmlp does\n"
        "not have is refused, by node and operator (docs/export.md).\n\n"
        "  clmlp import network.onnx --model model.safetensors\n"
        "  clmlp import logits.onnx --output softmax --model model.safetensors\n",
        options, sizeof options / sizeof options[0]};
    if (!clmlp_cli_parse(arguments, &syntax, argc, argv, status)) return false;
    o->file = arguments->positional[0];
    const char *const inputs[] = {o->file};
    if (o->model == NULL) {
        *status = clmlp_cli_usage_error(COMMAND, "say where to write it: --model FILE");
        return false;
    }
    clmlp_cli_set_quiet(o->quiet);
    return clmlp_cli_check_output(COMMAND, "--model", o->model, inputs, 1, status) &&
           (o->overwrite || clmlp_cli_check_replaced(COMMAND, "--model", o->model, CLMLP_CLI_MODEL_OUTPUT,
                                                     "another name, or --overwrite", status)) &&
           clmlp_cli_check_claimed(COMMAND, o->json, status);
}

/* A safetensors file, also with a checkpoint in it; or an ONNX file: all else. */
static clmlp_status load(const import_options *o, clmlp_model **model, clmlp_error *error)
{
    clmlp_file_kind kind = CLMLP_FILE_DATA;
    const clmlp_status status = clmlp_file_kind_of(&kind, o->file, error);
    if (status != CLMLP_OK) return status;
    if (kind != CLMLP_FILE_DATA) return clmlp_model_load(model, o->file, &o->hints, error);
    return clmlp_onnx_load_with(model, o->file, &o->hints, error);
}

static int report_json(const import_options *o, const clmlp_model *model)
{
    cJSON *const object = cJSON_CreateObject();
    const size_t L = clmlp_model_layers(model);
    (void)clmlp_cli_json_put(object, "file", clmlp_cli_json_text(o->file));
    (void)clmlp_cli_json_put(object, "model", clmlp_cli_json_text(o->model));
    cJSON *const layers = cJSON_AddArrayToObject(object, "layers");
    for (size_t l = 1; l <= L; l++) {
        (void)clmlp_cli_json_append(layers, cJSON_CreateNumber((double)clmlp_model_units(model, l)));
    }
    (void)cJSON_AddStringToObject(object, "activation", clmlp_activation_name(clmlp_model_activation(model)));
    (void)cJSON_AddStringToObject(object, "output", clmlp_output_name(clmlp_model_output(model)));
    (void)cJSON_AddStringToObject(object, "scale", clmlp_scale_name(clmlp_model_scale(model)));
    const char *const *const names = clmlp_model_class_names(model);
    if (names == NULL) (void)cJSON_AddNullToObject(object, "classes");
    cJSON *const classes = names != NULL ? cJSON_AddArrayToObject(object, "classes") : NULL;
    for (size_t k = 0; names != NULL && k < clmlp_model_units(model, L); k++) {
        (void)clmlp_cli_json_append(classes, clmlp_cli_json_text(names[k]));
    }
    return clmlp_cli_json_print(object, CLMLP_CLI_DONE);
}

static int report(const import_options *o, const clmlp_model *model)
{
    char topology[128];
    clmlp_cli_yield_output();
    if (o->json) return report_json(o, model);
    clmlp_cli_topology(model, topology, sizeof topology);
    clmlp_cli_out("network %s, hidden %s, output %s, scale %s%s\n", topology,
                  clmlp_activation_name(clmlp_model_activation(model)), clmlp_output_name(clmlp_model_output(model)),
                  clmlp_scale_name(clmlp_model_scale(model)),
                  clmlp_model_class_names(model) != NULL ? ", with names of classes" : "");
    clmlp_cli_out("model written to %s\n", o->model);
    return clmlp_cli_finish_output(CLMLP_CLI_DONE);
}

int clmlp_cli_import(int argc, char **argv)
{
    int code;
    clmlp_cli_arguments arguments;
    clmlp_model *model = NULL;
    clmlp_error error = {.status = CLMLP_OK};
    import_options o = {.hints = clmlp_model_hints_default()};
    if (parse(&o, &arguments, argc, argv, &code)) {
        clmlp_status status = load(&o, &model, &error);
        if (status == CLMLP_OK) status = clmlp_cli_name_classes(model, o.class_names, &error);
        const bool loaded = status == CLMLP_OK;
        if (loaded) status = clmlp_model_save(model, o.model, &error);
        code = status == CLMLP_OK ? report(&o, model) : clmlp_cli_fail(&error, !loaded);
    }
    clmlp_model_destroy(model);
    clmlp_cli_arguments_free(&arguments);
    return code;
}
