/* save.c - a model as an ONNX file. */
#include "clmlp/onnx.h"

#include <cjson/cJSON.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/argument.h"
#include "base/file.h"
#include "base/structure.h"
#include "clmlp/version.h"
#include "export/onnx/own.h"
#include "export/onnx/stages.h"
#include "model/formats/model_file.h"

#define OWN(stem) CLMLP_ONNX_OWN stem

void clmlp_onnx_options_init(clmlp_onnx_options *options, size_t size)
{
    const clmlp_onnx_options defaults = {.size = sizeof defaults, .input = CLMLP_ONNX_INPUT_AUTO};
    clmlp_structure_init(options, size, &defaults, sizeof defaults);
}

/* --- what goes out ------------------------------------------------------------------------------------------------ */

/* `name`, with _ behind until no column is called so. */
static void name_output(const clmlp_model *model, const char *name, char out[64])
{
    (void)snprintf(out, 64, "%s", name);
    for (size_t c = 0; model->columns != NULL && c < model->columns->count; c++) {
        if (strcmp(model->columns->names[c], out) != 0) continue;
        (void)strncat(out, "_", 63 - strlen(out));
        c = (size_t)-1; /* from the start; a name of 63 letters cannot grow, and then ONNX refuses the file */
        if (strlen(out) == 63) return;
    }
}

static clmlp_status label(clmlp_onnx_graph *graph, const clmlp_model *model, const clmlp_onnx_value *h,
                          const char *unknown, const char *output)
{
    static const char *const empty = "";
    static const int64_t flat = -1;
    const char *const *const names = clmlp_model_class_names(model);
    TRY(clmlp_onnx_output(graph, output, CLMLP_ONNX_STRING, 0, "the name of the class; empty: there is none"));
    TRY(clmlp_onnx_strings(graph, OWN("classes"), names, model->s[model->L - 1]));
    TRY(clmlp_onnx_strings(graph, OWN("no_class"), &empty, 1));
    TRY(clmlp_onnx_integers(graph, OWN("flat"), &flat, 1));
    const char *const input = h->name;
    TRY(clmlp_onnx_begin(graph, "ArgMax", NULL, &input, 1, OWN("best")));
    TRY(clmlp_onnx_int(graph, "axis", 1));
    TRY(clmlp_onnx_int(graph, "keepdims", 1));
    TRY(clmlp_onnx_end(graph));
    TRY(clmlp_onnx_gather(graph, OWN("classes"), OWN("best"), 0, OWN("name_of_best")));
    TRY(clmlp_onnx_apply(graph, "Where", unknown, OWN("no_class"), OWN("name_of_best"), OWN("name_in_column")));
    return clmlp_onnx_apply(graph, "Reshape", OWN("name_in_column"), OWN("flat"), NULL, output);
}

/* Targets in their own units, in double. */
static clmlp_status unscale(clmlp_onnx_graph *graph, const clmlp_scaling *scaling, clmlp_onnx_value *h)
{
    if (scaling->kind == CLMLP_SCALE_NONE) return CLMLP_OK;
    const char *doubles = h->name;
    if (h->type != CLMLP_ONNX_DOUBLE) {
        doubles = OWN("h_as_double");
        TRY(clmlp_onnx_cast(graph, h->name, CLMLP_ONNX_DOUBLE, doubles));
    }
    TRY(clmlp_onnx_numbers(graph, OWN("target_offset"), CLMLP_ONNX_DOUBLE, 0, scaling->n, scaling->offset, 1));
    TRY(clmlp_onnx_numbers(graph, OWN("target_divisor"), CLMLP_ONNX_DOUBLE, 0, scaling->n, scaling->divisor, 1));
    TRY(clmlp_onnx_apply(graph, "Mul", doubles, OWN("target_divisor"), NULL, OWN("target_scaled")));
    TRY(clmlp_onnx_apply(graph, "Add", OWN("target_scaled"), OWN("target_offset"), NULL, OWN("target")));
    (void)snprintf(h->name, sizeof h->name, OWN("target"));
    h->type = CLMLP_ONNX_DOUBLE;
    return CLMLP_OK;
}

static clmlp_status results(clmlp_onnx_graph *graph, const clmlp_model *model, const clmlp_onnx_value *h,
                            const char *unknown, clmlp_onnx_result *result)
{
    clmlp_onnx_value numbers = *h;
    const bool classes = model->class_names != NULL;
    name_output(model, classes ? "probabilities" : "outputs", result->number_output);
    if (classes) {
        name_output(model, "label", result->label_output);
        TRY(label(graph, model, h, unknown, result->label_output));
    }
    TRY(clmlp_onnx_output(graph, result->number_output, CLMLP_ONNX_FLOAT, model->s[model->L - 1],
                          "a column for each output, in the order of the metadata; NaN: nothing can be said"));
    TRY(unscale(graph, &model->target_scaling, &numbers));
    if (numbers.type != CLMLP_ONNX_FLOAT) {
        TRY(clmlp_onnx_cast(graph, numbers.name, CLMLP_ONNX_FLOAT, OWN("h_as_float")));
        (void)snprintf(numbers.name, sizeof numbers.name, OWN("h_as_float"));
    }
    TRY(clmlp_onnx_scalar(graph, OWN("nothing"), CLMLP_ONNX_FLOAT, (double)NAN));
    return clmlp_onnx_apply(graph, "Where", unknown, OWN("nothing"), numbers.name, result->number_output);
}

/* --- the file ----------------------------------------------------------------------------------------------------- */

static clmlp_status check_names(const clmlp_model *model, const cJSON *metadata, clmlp_error *error)
{
    if (cJSON_HasObjectItem(metadata, "clmlp.encoding")) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "names of columns, classes or texts are not UTF-8, and ONNX files "
                          "have UTF-8 only");
    }
    for (size_t c = 0; model->columns != NULL && c < model->columns->count; c++) {
        const char *const name = model->columns->names[c];
        if (strncmp(name, CLMLP_ONNX_OWN, strlen(CLMLP_ONNX_OWN)) != 0) continue;
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "a column is called '%s', and names that begin with "
                          CLMLP_ONNX_OWN " are those of the graph's own values", name);
    }
    return CLMLP_OK;
}

static clmlp_status opset(clmlp_proto *proto, const char *domain, int version, clmlp_error *error)
{
    size_t begin = 0;
    TRY(clmlp_proto_begin(proto, CLMLP_MODEL_OPSET, &begin, error));
    TRY(clmlp_proto_text(proto, CLMLP_OPSET_DOMAIN, domain, error));
    TRY(clmlp_proto_integer(proto, CLMLP_OPSET_VERSION, (uint64_t)version, error));
    return clmlp_proto_end(proto, begin, error);
}

/* Everything about the model but theta, under the keys of a model file. */
static clmlp_status add_metadata(clmlp_proto *proto, const cJSON *metadata, clmlp_error *error)
{
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, metadata) {
        size_t begin = 0;
        if (strncmp(item->string, CLMLP_OWN_NAME, strlen(CLMLP_OWN_NAME)) != 0) continue;
        TRY(clmlp_proto_begin(proto, CLMLP_MODEL_METADATA, &begin, error));
        TRY(clmlp_proto_text(proto, CLMLP_ENTRY_KEY, item->string, error));
        TRY(clmlp_proto_text(proto, CLMLP_ENTRY_VALUE, item->valuestring, error));
        TRY(clmlp_proto_end(proto, begin, error));
    }
    return CLMLP_OK;
}

static clmlp_status parts(clmlp_proto *proto, const clmlp_onnx_graph *graph, clmlp_error *error)
{
    size_t begin = 0;
    TRY(clmlp_proto_begin(proto, CLMLP_MODEL_GRAPH, &begin, error));
    TRY(clmlp_proto_append(proto, &graph->nodes, error));
    TRY(clmlp_proto_text(proto, CLMLP_GRAPH_NAME, "clmlp", error));
    TRY(clmlp_proto_append(proto, &graph->constants, error));
    TRY(clmlp_proto_append(proto, &graph->inputs, error));
    TRY(clmlp_proto_append(proto, &graph->outputs, error));
    TRY(clmlp_proto_end(proto, begin, error));
    TRY(opset(proto, "", CLMLP_ONNX_OPSET, error));
    return graph->uses_ml ? opset(proto, CLMLP_ONNX_ML, CLMLP_ONNX_ML_OPSET, error) : CLMLP_OK;
}

static clmlp_status assemble(clmlp_proto *proto, const clmlp_onnx_graph *graph, const cJSON *metadata,
                             clmlp_error *error)
{
    TRY(clmlp_proto_integer(proto, CLMLP_MODEL_IR_VERSION, CLMLP_ONNX_IR_VERSION, error));
    TRY(clmlp_proto_text(proto, CLMLP_MODEL_PRODUCER, CLMLP_ONNX_PRODUCER, error));
    TRY(clmlp_proto_text(proto, CLMLP_MODEL_PRODUCER_VERSION, CLMLP_VERSION, error));
    TRY(parts(proto, graph, error));
    return add_metadata(proto, metadata, error);
}

static clmlp_status build(clmlp_onnx_graph *graph, const clmlp_model *model, const clmlp_onnx_options *options,
                          clmlp_onnx_result *result)
{
    clmlp_onnx_value features, h;
    char scaled[CLMLP_ONNX_NAME], unknown[CLMLP_ONNX_NAME];
    const bool doubles = options->input == CLMLP_ONNX_INPUT_DOUBLE ||
                         (options->input == CLMLP_ONNX_INPUT_AUTO && model->columns != NULL);
    TRY(clmlp_onnx_features(graph, model, doubles ? CLMLP_ONNX_DOUBLE : CLMLP_ONNX_FLOAT, &features));
    TRY(clmlp_onnx_scale(graph, &model->scaling, &features, scaled, unknown));
    TRY(clmlp_onnx_network(graph, model, scaled, &h));
    TRY(results(graph, model, &h, unknown, result));
    result->opset = CLMLP_ONNX_OPSET;
    result->ml_opset = graph->uses_ml ? CLMLP_ONNX_ML_OPSET : 0;
    result->by_column = clmlp_onnx_by_column(model->columns);
    result->takes_double = doubles;
    result->inputs = graph->input_count;
    result->outputs = graph->output_count;
    result->nodes = graph->node_count;
    return CLMLP_OK;
}

clmlp_status clmlp_onnx_write_parts(clmlp_proto *proto, const clmlp_model *model, clmlp_onnx_input_type type,
                                    clmlp_error *error)
{
    clmlp_onnx_graph graph = {.error = error};
    clmlp_onnx_options options = clmlp_onnx_options_default();
    clmlp_onnx_result result = {.size = sizeof result};
    cJSON *metadata = NULL;
    options.input = type;
    clmlp_status status = clmlp_metadata_build(&metadata, model, error);
    if (status == CLMLP_OK) status = check_names(model, metadata, error);
    if (status == CLMLP_OK) status = build(&graph, model, &options, &result);
    if (status == CLMLP_OK) status = parts(proto, &graph, error);
    clmlp_onnx_graph_release(&graph);
    cJSON_Delete(metadata);
    return status;
}

static clmlp_status write_file(const char *path, const clmlp_proto *proto, clmlp_error *error)
{
    clmlp_output_file file;
    if (proto->length > INT_MAX) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%s: not written: an ONNX file has less than 2 GiB", path);
    }
    TRY(clmlp_output_open(&file, path, error));
    (void)fwrite(proto->bytes, 1, proto->length, file.stream); /* commit notices errors */
    return clmlp_output_commit(&file, error);
}

clmlp_status clmlp_onnx_save(const clmlp_model *model, const char *path, const clmlp_onnx_options *options,
                             clmlp_onnx_result *result, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    clmlp_onnx_options own = clmlp_onnx_options_default();
    clmlp_onnx_result made = {.size = sizeof made};
    clmlp_proto proto = {NULL, 0, 0};
    cJSON *metadata = NULL;
    clmlp_onnx_graph graph = {.error = error};
    REQUIRE(model != NULL, "model");
    REQUIRE(path != NULL, "path");
    TRY(clmlp_structure_take(&own, sizeof own, options, "options", error));
    REQUIRE_CODE(own.input, CLMLP_ONNX_INPUT_COUNT, "options.input");
    if (result != NULL) TRY(clmlp_structure_check(result, "result", error));
    TRY_CLEANUP(clmlp_metadata_build(&metadata, model, error));
    TRY_CLEANUP(check_names(model, metadata, error));
    TRY_CLEANUP(build(&graph, model, &own, &made));
    TRY_CLEANUP(assemble(&proto, &graph, metadata, error));
    TRY_CLEANUP(write_file(path, &proto, error));
    made.bytes = proto.length;
    if (result != NULL) clmlp_structure_give(result, &made, sizeof made);
cleanup:
    clmlp_onnx_graph_release(&graph);
    cJSON_Delete(metadata);
    free(proto.bytes);
    return status;
}
