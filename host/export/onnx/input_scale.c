/* input_scale.c - scaling of the input of an ONNX file. */
#include <stdlib.h>

#include "base/memory.h"
#include "export/onnx/symbols.h"

/* Offset and divisor for `width` features, or as many as there are. */
static clmlp_status widen(clmlp_import *import, const clmlp_parsed_node *node, size_t width)
{
    double *offset = NULL, *divisor = NULL;
    if (import->offset != NULL && (width == import->scale_width || width == 1)) return CLMLP_OK;
    if (import->offset != NULL && import->scale_width != 1) {
        return REFUSE_NODE(import, node, "it scales %zu features, and another node %zu",
                                   width, import->scale_width);
    }
    TRY(clmlp_allocate(&offset, width, sizeof *offset, "a scaling", import->error));
    const clmlp_status status = clmlp_allocate(&divisor, width, sizeof *divisor, "a scaling", import->error);
    for (size_t j = 0; status == CLMLP_OK && j < width; j++) {
        offset[j] = import->offset != NULL ? import->offset[0] : 0.0;
        divisor[j] = import->offset != NULL ? import->divisor[0] : 1.0;
    }
    if (status != CLMLP_OK) {
        free(offset);
        return status;
    }
    free(import->offset);
    free(import->divisor);
    import->offset = offset;
    import->divisor = divisor;
    import->scale_width = width;
    return CLMLP_OK;
}

/* x' = (x - o) / d becomes x' op c of each feature. */
clmlp_status clmlp_import_scale_input(clmlp_import *import, const clmlp_parsed_node *node, char op,
                                      const double *numbers, size_t count)
{
    TRY(widen(import, node, count));
    for (size_t j = 0; j < import->scale_width; j++) {
        const double c = numbers[count > 1 ? j : 0];
        double *const offset = &import->offset[j], *const divisor = &import->divisor[j];
        if (op == '+') *offset -= c * *divisor;
        else if (op == '-') *offset += c * *divisor;
        else if (op == '*') *divisor /= c;
        else *divisor *= c;
        if (*divisor > 0.0 && *divisor <= 1e300 && *offset >= -1e300 && *offset <= 1e300) continue;
        return REFUSE_NODE(import, node, "feature %zu: a scaling by a factor that is not "
                                   "above 0 and finite", j + 1);
    }
    import->stage++;
    return CLMLP_OK;
}

clmlp_status clmlp_import_scaler(clmlp_import *import, const clmlp_parsed_node *node,
                                 const clmlp_symbol *const *inputs)
{
    clmlp_status status = CLMLP_OK;
    clmlp_parsed_attribute offset, scale;
    double *numbers = NULL;
    if (!clmlp_import_is_last(import, inputs[0]) || inputs[0]->layer > 0 ||
        !clmlp_parsed_attribute_of(node, "offset", &offset) || !clmlp_parsed_attribute_of(node, "scale", &scale)) {
        return REFUSE_NODE(import, node, "expected the input of the graph, an offset and "
                                   "a scale");
    }
    const size_t count = clmlp_parsed_floats(&offset, NULL, 0), scales = clmlp_parsed_floats(&scale, NULL, 0);
    if (count == 0 || scales == 0) {
        return REFUSE_NODE(import, node, "its offset or its scale is empty");
    }
    TRY(clmlp_allocate(&numbers, clmlp_larger(count, scales), sizeof *numbers, "a scaling", import->error));
    (void)clmlp_parsed_floats(&offset, numbers, count);
    TRY_CLEANUP(clmlp_import_scale_input(import, node, '-', numbers, count));
    (void)clmlp_parsed_floats(&scale, numbers, scales);
    TRY_CLEANUP(clmlp_import_scale_input(import, node, '*', numbers, scales));
    status = clmlp_import_define_z(import, node);
cleanup:
    free(numbers);
    return status;
}
