/* symbols.c - the values of a graph from outside, by name. */
#include "export/onnx/symbols.h"

const char *clmlp_form_name(clmlp_form form)
{
    static const char *const names[] = {
        [CLMLP_FORM_Z] = "linear",       [CLMLP_FORM_SIGMOID] = "sigmoid",       [CLMLP_FORM_TANH] = "tanh",
        [CLMLP_FORM_RELU] = "relu",      [CLMLP_FORM_SWISH] = "swish",           [CLMLP_FORM_SELU] = "selu",
        [CLMLP_FORM_MISH] = "mish",      [CLMLP_FORM_LEAKY_RELU] = "leaky-relu", [CLMLP_FORM_ELU] = "elu",
        [CLMLP_FORM_GELU] = "gelu",      [CLMLP_FORM_GELU_TANH] = "gelu-tanh",   [CLMLP_FORM_SOFTPLUS] = "softplus",
        [CLMLP_FORM_SOFTMAX] = "softmax",  [CLMLP_FORM_LOG_SOFTMAX] = "log-softmax"};
    return form < sizeof names / sizeof names[0] ? names[form] : "?";
}

bool clmlp_import_is_last(const clmlp_import *import, const clmlp_symbol *value)
{
    return value != NULL && value->constant == NULL && value->layer == import->layer_count &&
           value->stage == import->stage;
}

bool clmlp_import_is_output(const clmlp_import *import, const clmlp_symbol *value)
{
    return clmlp_import_is_last(import, value) && import->layer_count > 0;
}

const clmlp_symbol *clmlp_import_find(const clmlp_import *import, clmlp_slice name)
{
    for (size_t i = import->symbol_count; i-- > 0;) {
        if (clmlp_slices_equal(import->symbols[i].name, name)) return &import->symbols[i];
    }
    return NULL;
}

clmlp_status clmlp_import_define(clmlp_import *import, const clmlp_parsed_node *node, const clmlp_symbol *symbol)
{
    const clmlp_slice name = node->outputs[0];
    if (node->output_count == 0 || name.length == 0 || clmlp_import_find(import, name) != NULL) {
        return REFUSE_NODE(import, node, "its output has no name, or that of another value");
    }
    import->symbols[import->symbol_count] = *symbol;
    import->symbols[import->symbol_count++].name = name;
    return CLMLP_OK;
}

clmlp_status clmlp_import_define_z(clmlp_import *import, const clmlp_parsed_node *node)
{
    const clmlp_symbol z = {.layer = import->layer_count, .stage = import->stage, .form = CLMLP_FORM_Z};
    return clmlp_import_define(import, node, &z);
}
