/* layers.c - operators of an ONNX file that make up layers: products. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "export/onnx/symbols.h"

/* The value that a product takes: the activation of a hidden layer, the same in all of them, or the input. */
static clmlp_status take_activation(clmlp_import *import, const clmlp_parsed_node *node, const clmlp_symbol *value)
{
    if (!clmlp_import_is_last(import, value)) {
        return REFUSE_NODE(import, node, "it does not go on from the layer before: layers "
                                   "must follow one another");
    }
    const bool input = value->layer == 0;
    if (value->form >= CLMLP_FORM_SOFTMAX || (input && value->form != CLMLP_FORM_Z)) {
        return REFUSE_NODE(import, node, "what it multiplies is no activation of a hidden "
                                   "layer that clmlp has");
    }
    if (input) return CLMLP_OK;
    if (import->has_activation && import->activation != value->form) {
        return REFUSE_NODE(import, node, "the layer before has the activation %s, an "
                                   "earlier one %s, and in clmlp all hidden layers have the same",
                                   clmlp_form_name(value->form), clmlp_form_name(import->activation));
    }
    import->has_activation = true;
    import->activation = value->form;
    return CLMLP_OK;
}

/* One more layer, z = a W, or a W^T where `transposed`. */
static clmlp_status add_layer(clmlp_import *import, const clmlp_parsed_node *node, const clmlp_symbol *value,
                              const clmlp_symbol *constant, bool transposed)
{
    if (value == NULL || constant == NULL || constant->constant == NULL) {
        return REFUSE_NODE(import, node, "expected a value and a constant matrix");
    }
    const clmlp_parsed_tensor *const matrix = constant->constant;
    if (matrix->dim_count != 2 || matrix->count == 0) {
        return REFUSE_NODE(import, node, "expected a matrix with two dimensions");
    }
    TRY(take_activation(import, node, value));
    const size_t rows = (size_t)matrix->dims[0], columns = (size_t)matrix->dims[1];
    const size_t in = transposed ? columns : rows, out = transposed ? rows : columns;
    const size_t before = import->layer_count > 0 ? import->layers[import->layer_count - 1].out : in;
    if (in != before) {
        return REFUSE_NODE(import, node, "its matrix takes %zu values, and the layer "
                                   "before has %zu", in, before);
    }
    double *numbers = NULL, *weight = NULL;
    TRY(clmlp_parsed_numbers(&import->file, matrix, &numbers, import->error));
    const clmlp_status status = clmlp_allocate(&weight, matrix->count, sizeof *weight, "a layer", import->error);
    for (size_t i = 0; status == CLMLP_OK && i < matrix->count; i++) {
        const size_t row = i / columns, column = i % columns;
        weight[transposed ? i : column * in + row] = numbers[i];
    }
    free(numbers);
    if (status != CLMLP_OK) return status;
    clmlp_import_layer *const layer = &import->layers[import->layer_count++];
    *layer = (clmlp_import_layer){.weight = weight, .in = in, .out = out};
    TRY(clmlp_import_take_affine(import, node, layer));
    import->doubles = import->doubles || matrix->type == CLMLP_ONNX_DOUBLE;
    import->stage++;
    return CLMLP_OK;
}

clmlp_status clmlp_import_matmul(clmlp_import *import, const clmlp_parsed_node *node,
                                 const clmlp_symbol *const *inputs)
{
    TRY(add_layer(import, node, inputs[0], inputs[1], false));
    return clmlp_import_define_z(import, node);
}

clmlp_status clmlp_import_gemm(clmlp_import *import, const clmlp_parsed_node *node, const clmlp_symbol *const *inputs)
{
    const float alpha = clmlp_parsed_float(node, "alpha", 1.0f), beta = clmlp_parsed_float(node, "beta", 1.0f);
    if (alpha != 1.0f || beta != 1.0f || clmlp_parsed_int(node, "transA", 0) != 0) {
        return REFUSE_NODE(import, node, "expected alpha 1, beta 1 and transA 0");
    }
    TRY(add_layer(import, node, inputs[0], inputs[1], clmlp_parsed_int(node, "transB", 0) != 0));
    if (inputs[2] != NULL) {
        if (inputs[2]->constant == NULL) {
            return REFUSE_NODE(import, node, "expected a constant for its bias");
        }
        TRY(clmlp_import_add_bias(import, node, inputs[2]->constant));
    }
    return clmlp_import_define_z(import, node);
}
