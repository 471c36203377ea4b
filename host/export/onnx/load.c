/* load.c - an ONNX file from outside as a model. */
#include <stdlib.h>
#include <string.h>

#include "base/argument.h"
#include "base/memory.h"
#include "base/structure.h"
#include "clmlp/onnx.h"
#include "export/onnx/own.h"
#include "export/onnx/symbols.h"
#include "model/model.h"

static void release(clmlp_import *import)
{
    for (size_t l = 0; l < import->layer_count; l++) {
        free(import->layers[l].weight);
        free(import->layers[l].bias);
    }
    for (size_t k = 0; import->classes != NULL && k < import->class_count; k++) free(import->classes[k]);
    free(import->classes);
    free(import->layers);
    free(import->made);
    free(import->symbols);
    free(import->offset);
    free(import->divisor);
    free(import->factor);
    free(import->shift);
    clmlp_parsed_release(&import->file);
}

static clmlp_status refuse(const clmlp_import *import, const char *why)
{
    return clmlp_fail(import->error, CLMLP_BAD_INPUT, "%s: %s", import->file.path, why);
}

/* --- what comes in ----------------------------------------------------------------------------------------------- */

/* Constants, and the one input that is none. */
static clmlp_status begin(clmlp_import *import)
{
    const clmlp_parsed *const file = &import->file;
    const size_t all = file->tensor_count + file->node_count + file->input_count;
    const clmlp_parsed_value *input = NULL;
    char name[CLMLP_QUOTE_LENGTH], other[CLMLP_QUOTE_LENGTH];
    TRY(clmlp_allocate(&import->symbols, all, sizeof *import->symbols, "the values", import->error));
    TRY(clmlp_allocate(&import->made, file->node_count, sizeof *import->made, "the constants", import->error));
    TRY(clmlp_allocate(&import->layers, file->node_count, sizeof *import->layers, "the layers", import->error));
    for (size_t i = 0; i < file->tensor_count; i++) {
        if (file->tensors[i].name.length == 0) return refuse(import, "a tensor has no name");
        if (clmlp_import_find(import, file->tensors[i].name) != NULL) {
            return clmlp_fail(import->error, CLMLP_BAD_INPUT, "%s: tensor %s is there twice", file->path,
                              clmlp_slice_quote(name, file->tensors[i].name));
        }
        import->symbols[import->symbol_count++] =
            (clmlp_symbol){.name = file->tensors[i].name, .constant = &file->tensors[i]};
    }
    for (size_t i = 0; i < file->input_count; i++) {
        if (clmlp_import_find(import, file->inputs[i].name) != NULL) continue; /* a constant: the default of an input */
        if (input != NULL) {
            return clmlp_fail(import->error, CLMLP_BAD_INPUT, "%s: its graph has several inputs, %s and %s among them; "
                              "import knows one matrix of features", file->path, clmlp_slice_quote(name, input->name),
                              clmlp_slice_quote(other, file->inputs[i].name));
        }
        input = &file->inputs[i];
    }
    if (input == NULL) return refuse(import, "its graph has no input");
    import->flattened = input->rank == 2 || input->rank == 0;
    import->rows = input->rows;
    import->width = input->width;
    import->symbols[import->symbol_count++] = (clmlp_symbol){.name = input->name, .form = CLMLP_FORM_Z};
    return CLMLP_OK;
}

/* --- what goes out ----------------------------------------------------------------------------------------------- */

/* The form of the last layer that the graph hands out. */
static clmlp_status find_output(const clmlp_import *import, clmlp_form *form)
{
    bool found = false;
    for (size_t i = 0; i < import->file.output_count; i++) {
        const clmlp_symbol *const output = clmlp_import_find(import, import->file.outputs[i].name);
        char name[CLMLP_QUOTE_LENGTH];
        if (!clmlp_import_is_output(import, output)) {
            return clmlp_fail(import->error, CLMLP_BAD_INPUT, "%s: output %s is not of the last layer",
                              import->file.path, clmlp_slice_quote(name, import->file.outputs[i].name));
        }
        if (output->form > CLMLP_FORM_BOTH) continue; /* made of those, and known */
        if (found && *form != output->form) return refuse(import, "its outputs are of different kinds");
        found = true;
        *form = output->form;
    }
    if (import->factor != NULL) {
        return refuse(import, "its outputs are scaled behind the function of the last layer, and clmlp has no such "
                      "scaling");
    }
    if (found) return CLMLP_OK;
    /* outputs by names only: what they are made of stands before them */
    for (size_t i = import->symbol_count; i-- > 0;) {
        const clmlp_symbol *const value = &import->symbols[i];
        const bool numbers = value->form == CLMLP_FORM_SOFTMAX || value->form == CLMLP_FORM_BOTH ||
                             value->form == CLMLP_FORM_SIGMOID;
        if (!clmlp_import_is_output(import, value) || !numbers) continue;
        *form = value->form;
        return CLMLP_OK;
    }
    return refuse(import, "its graph hands out no outputs of the last layer");
}

/* of forms that are activations */
static const clmlp_activation activations[] = {
    [CLMLP_FORM_Z] = CLMLP_LINEAR,       [CLMLP_FORM_SIGMOID] = CLMLP_SIGMOID,
    [CLMLP_FORM_TANH] = CLMLP_TANH,      [CLMLP_FORM_RELU] = CLMLP_RELU,
    [CLMLP_FORM_SWISH] = CLMLP_SWISH,    [CLMLP_FORM_SELU] = CLMLP_SELU,
    [CLMLP_FORM_MISH] = CLMLP_MISH,      [CLMLP_FORM_LEAKY_RELU] = CLMLP_LEAKY_RELU,
    [CLMLP_FORM_ELU] = CLMLP_ELU,        [CLMLP_FORM_GELU] = CLMLP_GELU,
    [CLMLP_FORM_GELU_TANH] = CLMLP_GELU_TANH, [CLMLP_FORM_SOFTPLUS] = CLMLP_SOFTPLUS};

static clmlp_status output_of(const clmlp_import *import, clmlp_form form, clmlp_output *output)
{
    switch (form) {
    case CLMLP_FORM_Z: *output = CLMLP_OUTPUT_LINEAR; return CLMLP_OK;
    case CLMLP_FORM_SIGMOID: *output = CLMLP_OUTPUT_SIGMOID; return CLMLP_OK;
    case CLMLP_FORM_SOFTMAX:
    case CLMLP_FORM_BOTH: *output = CLMLP_OUTPUT_SOFTMAX; return CLMLP_OK;
    case CLMLP_FORM_LOG_SOFTMAX:
        return refuse(import, "its outputs are the logarithms of softmax, which clmlp does not have; with --output "
                      "softmax the network is taken, and its outputs are the probabilities");
    default: break;
    }
    return clmlp_fail(import->error, CLMLP_BAD_INPUT, "%s: the last layer is %s, and in clmlp it is sigmoid, softmax "
                      "or linear", import->file.path, clmlp_form_name(form));
}

/* What the file does not say may be said: the function that a loss adds to a last layer that is linear, or that the
 * probabilities are meant where it hands out their logarithms. */
static clmlp_status ask_hints(const clmlp_import *import, const clmlp_model_hints *hints, clmlp_form *form)
{
    const bool logarithm = *form == CLMLP_FORM_LOG_SOFTMAX;
    clmlp_output output = CLMLP_OUTPUT_SOFTMAX;
    if (hints->has_activation && import->has_activation && activations[import->activation] != hints->activation) {
        return clmlp_fail(import->error, CLMLP_BAD_INPUT, "%s: --activation %s: its hidden layers have %s",
                          import->file.path, clmlp_activation_name(hints->activation),
                          clmlp_form_name(import->activation));
    }
    if (!hints->has_output) return CLMLP_OK;
    if (!logarithm) TRY(output_of(import, *form, &output));
    if (output == CLMLP_OUTPUT_LINEAR && hints->output == CLMLP_OUTPUT_SOFTMAX) *form = CLMLP_FORM_SOFTMAX;
    else if (output == CLMLP_OUTPUT_LINEAR && hints->output == CLMLP_OUTPUT_SIGMOID) *form = CLMLP_FORM_SIGMOID;
    else if (logarithm && hints->output == CLMLP_OUTPUT_SOFTMAX) *form = CLMLP_FORM_SOFTMAX;
    else if (hints->output != output) {
        return clmlp_fail(import->error, CLMLP_BAD_INPUT, "%s: --output %s: its last layer is %s", import->file.path,
                          clmlp_output_name(hints->output), clmlp_form_name(*form));
    }
    return CLMLP_OK;
}

/* --- the model --------------------------------------------------------------------------------------------------- */

/* theta(l) from W and b. extra: a first unit whose z is 0: softmax of 0 and z is 1 - h and h of a sigmoid. */
static void fill(double *theta, const clmlp_import_layer *layer, bool extra)
{
    for (size_t j = 0; j < layer->out; j++) {
        double *const row = theta + (j + extra) * (layer->in + 1);
        row[0] = layer->bias != NULL ? layer->bias[j] : 0.0;
        memcpy(row + 1, layer->weight + j * layer->in, layer->in * sizeof *row);
    }
}

static clmlp_status set_scaling(const clmlp_import *import, clmlp_model *model)
{
    const size_t n = model->s[0];
    if (!import->flattened) {
        return refuse(import, "its input is no matrix with a row for each example, and no Flatten makes one of it");
    }
    /* a Reshape to other rows than those of the input would mix examples */
    if ((import->width != 0 && import->width != n) || (import->flat_width != 0 && import->width == 0)) {
        return refuse(import, "its input does not say that an example has as many values as the first layer takes");
    }
    if ((import->flat_width != 0 && import->flat_width != n) ||
        (import->offset != NULL && import->scale_width != 1 && import->scale_width != n)) {
        return refuse(import, "the first layer takes another number of features than what comes before it gives");
    }
    if (import->offset == NULL) return CLMLP_OK;
    double *numbers = NULL;
    TRY(clmlp_allocate(&numbers, n, 2 * sizeof *numbers, "a scaling", import->error));
    for (size_t j = 0; j < n; j++) {
        numbers[j] = import->offset[import->scale_width > 1 ? j : 0];
        numbers[n + j] = import->divisor[import->scale_width > 1 ? j : 0];
    }
    const clmlp_status status =
        clmlp_model_set_scaling(model, CLMLP_SCALE_STANDARD, numbers, numbers + n, import->error);
    free(numbers);
    return status;
}

static clmlp_status set_classes(const clmlp_import *import, clmlp_model *model)
{
    if (import->classes == NULL) return CLMLP_OK;
    if (import->class_count != model->s[model->L - 1]) {
        return refuse(import, "it has another number of names of classes than of outputs");
    }
    return clmlp_model_set_class_names(model, (const char *const *)import->classes, import->error);
}

/* Allocates the model; *out is released by the caller whatever happens. */
static clmlp_status build(const clmlp_import *import, clmlp_form form, clmlp_model **out)
{
    clmlp_output output = CLMLP_OUTPUT_LINEAR;
    size_t *s = NULL;
    const size_t L = import->layer_count + 1;
    const bool extra = form == CLMLP_FORM_BOTH;
    const clmlp_activation activation = import->has_activation ? activations[import->activation] : CLMLP_SIGMOID;
    TRY(output_of(import, form, &output));
    TRY(clmlp_allocate(&s, L, sizeof *s, "the layers", import->error));
    s[0] = import->layers[0].in;
    for (size_t l = 1; l < L; l++) s[l] = import->layers[l - 1].out + (extra && l + 1 == L);
    const clmlp_status status = clmlp_model_allocate(out, L, s, activation, output, import->error);
    free(s);
    if (status != CLMLP_OK) return status;
    clmlp_model *const model = *out;
    for (size_t l = 1; l < L; l++) {
        fill(model->theta + model->theta_at[l - 1], &import->layers[l - 1], extra && l + 1 == L);
    }
    model->precision = import->doubles ? CLMLP_F64 : CLMLP_F32;
    TRY(set_scaling(import, model));
    return set_classes(import, model);
}

static clmlp_status load_own(clmlp_model **out, const clmlp_parsed *file, const clmlp_model_hints *hints,
                             clmlp_error *error)
{
    TRY(clmlp_onnx_load_own(out, file, error));
    const bool other = (hints->has_activation && hints->activation != (*out)->activation) ||
                       (hints->has_output && hints->output != (*out)->output);
    if (!other) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: --activation or --output: clmlp export wrote it, with activation %s "
                      "and output %s", file->path, clmlp_activation_name((*out)->activation),
                      clmlp_output_name((*out)->output));
}

static clmlp_status load_other(clmlp_model **out, clmlp_import *import, const clmlp_model_hints *hints)
{
    clmlp_form form = CLMLP_FORM_Z;
    TRY(begin(import));
    for (size_t i = 0; i < import->file.node_count; i++) TRY(clmlp_import_node(import, &import->file.nodes[i]));
    if (import->layer_count == 0) return refuse(import, "it has no layer: no Gemm and no MatMul");
    TRY(find_output(import, &form));
    TRY(ask_hints(import, hints, &form));
    return build(import, form, out);
}

clmlp_status clmlp_onnx_load_with(clmlp_model **out, const char *path, const clmlp_model_hints *given,
                                  clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    clmlp_model_hints hints = clmlp_model_hints_default();
    clmlp_import import = {.error = error};
    clmlp_model *model = NULL;
    REQUIRE(out != NULL, "out");
    REQUIRE(path != NULL, "path");
    TRY(clmlp_structure_take(&hints, sizeof hints, given, "hints", error));
    if (hints.has_activation) REQUIRE_CODE(hints.activation, CLMLP_ACTIVATION_COUNT, "hints.activation");
    if (hints.has_output) REQUIRE_CODE(hints.output, CLMLP_OUTPUT_COUNT, "hints.output");
    TRY_CLEANUP(clmlp_parsed_open(&import.file, path, error));
    status = clmlp_slice_is(import.file.producer, CLMLP_ONNX_PRODUCER) ? load_own(&model, &import.file, &hints, error)
                                                                      : load_other(&model, &import, &hints);
    if (status != CLMLP_OK) goto cleanup;
    *out = model;
    model = NULL;
cleanup:
    clmlp_model_destroy(model);
    release(&import);
    return status;
}

clmlp_status clmlp_onnx_load(clmlp_model **out, const char *path, clmlp_error *error)
{
    return clmlp_onnx_load_with(out, path, NULL, error);
}
