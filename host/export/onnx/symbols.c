/* symbols.c - the values of a graph from outside, by name. */
#include "export/onnx/symbols.h"

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
