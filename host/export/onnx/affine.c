/* affine.c - biases, and other factors and summands of each column, of an ONNX file: they go into layers. */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "export/onnx/symbols.h"

/* Whether a constant stands for one row: a scalar, or all but its last dimension are 1. */
static bool is_row(const clmlp_parsed_tensor *tensor)
{
    return tensor->count == 1 || (tensor->dim_count > 0 && tensor->dims[tensor->dim_count - 1] == tensor->count);
}

static bool is_activation(clmlp_form form)
{
    return form > CLMLP_FORM_Z && form < CLMLP_FORM_SOFTMAX;
}

static clmlp_status need_bias(clmlp_import *import, clmlp_import_layer *layer)
{
    return layer->bias != NULL
               ? CLMLP_OK : clmlp_allocate(&layer->bias, layer->out, sizeof *layer->bias, "a layer", import->error);
}

/* factor z + shift of column j: z = W a + b. */
static void apply(clmlp_import_layer *layer, size_t j, double factor, double shift)
{
    layer->bias[j] = factor * layer->bias[j] + shift;
    if (factor == 1.0) return;
    for (size_t k = 0; k < layer->in; k++) layer->weight[j * layer->in + k] *= factor;
}

/* factor a + shift of an activation becomes factor' (factor a + shift) + shift'. */
static clmlp_status keep(clmlp_import *import, size_t units, size_t j, double factor, double shift)
{
    if (import->factor == NULL) {
        TRY(clmlp_allocate(&import->factor, units, sizeof *import->factor, "a layer", import->error));
        TRY(clmlp_allocate(&import->shift, units, sizeof *import->shift, "a layer", import->error));
        for (size_t i = 0; i < units; i++) import->factor[i] = 1.0;
    }
    import->factor[j] *= factor;
    import->shift[j] = factor * import->shift[j] + shift;
    return CLMLP_OK;
}

clmlp_status clmlp_import_take_affine(clmlp_import *import, const clmlp_parsed_node *node, clmlp_import_layer *layer)
{
    if (import->factor == NULL) return CLMLP_OK;
    TRY(need_bias(import, layer));
    for (size_t j = 0; j < layer->out; j++) {
        for (size_t k = 0; k < layer->in; k++) {
            double *const weight = &layer->weight[j * layer->in + k];
            layer->bias[j] += *weight * import->shift[k];
            *weight *= import->factor[k];
        }
        if (!isfinite(layer->bias[j])) return REFUSE_NODE(import, node, "with what stands before it, it is not finite");
    }
    free(import->factor);
    free(import->shift);
    import->factor = import->shift = NULL;
    return CLMLP_OK;
}

/* All columns of z, or of an activation: factors and shifts [count], count 1 for all. */
static clmlp_status transform(clmlp_import *import, const clmlp_parsed_node *node, const clmlp_symbol *value,
                              const double *factors, const double *shifts, size_t count)
{
    clmlp_import_layer *const layer = &import->layers[value->layer - 1];
    if (count != 1 && count != layer->out) {
        return REFUSE_NODE(import, node, "expected a number for each of %zu units", layer->out);
    }
    const bool z = value->form == CLMLP_FORM_Z;
    if (z) TRY(need_bias(import, layer));
    for (size_t j = 0; j < layer->out; j++) {
        const double factor = factors[count > 1 ? j : 0], shift = shifts[count > 1 ? j : 0];
        if (!isfinite(factor) || !isfinite(shift)) return REFUSE_NODE(import, node, "its numbers are not finite");
        if (z) apply(layer, j, factor, shift);
        else TRY(keep(import, layer->out, j, factor, shift));
        if (z && !isfinite(layer->bias[j])) return REFUSE_NODE(import, node, "with its layer, it is not finite");
    }
    import->stage++;
    return CLMLP_OK;
}

static clmlp_status define(clmlp_import *import, const clmlp_parsed_node *node, const clmlp_symbol *value)
{
    clmlp_symbol symbol = *value;
    symbol.stage = import->stage;
    return clmlp_import_define(import, node, &symbol);
}

/* y op c as factor y + shift, in place. */
static void as_affine(char op, double *numbers, double *others, size_t count)
{
    for (size_t j = 0; j < count; j++) {
        const double c = numbers[j];
        const bool sum = op == '+' || op == '-';
        numbers[j] = sum ? 1.0 : op == '*' ? c : 1.0 / c;
        others[j] = !sum ? 0.0 : op == '+' ? c : -c;
    }
}

static clmlp_status shift_units(clmlp_import *import, const clmlp_parsed_node *node, const clmlp_symbol *value,
                                char op, double *numbers, size_t count)
{
    double *shifts = NULL;
    TRY(clmlp_allocate(&shifts, count, sizeof *shifts, "a layer", import->error));
    as_affine(op, numbers, shifts, count);
    const clmlp_status status = transform(import, node, value, numbers, shifts, count);
    free(shifts);
    return status;
}

clmlp_status clmlp_import_add_bias(clmlp_import *import, const clmlp_parsed_node *node,
                                   const clmlp_parsed_tensor *constant)
{
    const clmlp_symbol z = {.layer = import->layer_count, .form = CLMLP_FORM_Z};
    double *numbers = NULL;
    if (!is_row(constant)) return REFUSE_NODE(import, node, "expected a number for each unit, in one row");
    TRY(clmlp_parsed_numbers(&import->file, constant, &numbers, import->error));
    const clmlp_status status = shift_units(import, node, &z, '+', numbers, constant->count);
    free(numbers);
    return status;
}

clmlp_status clmlp_import_shift(clmlp_import *import, const clmlp_parsed_node *node, const clmlp_symbol *value,
                                char op, const clmlp_parsed_tensor *constant)
{
    double *numbers = NULL;
    const bool known = clmlp_import_is_last(import, value) && constant->count > 0 &&
                       (value->form == CLMLP_FORM_Z || (value->layer > 0 && is_activation(value->form)));
    if (!known) return REFUSE_NODE(import, node, "import does not know what it is for");
    if (!is_row(constant)) return REFUSE_NODE(import, node, "expected a number for each column, in one row");
    TRY(clmlp_parsed_numbers(&import->file, constant, &numbers, import->error));
    const clmlp_status status =
        value->layer == 0 ? clmlp_import_scale_input(import, node, op, numbers, constant->count)
                          : shift_units(import, node, value, op, numbers, constant->count);
    free(numbers);
    return status == CLMLP_OK ? define(import, node, value) : status;
}

/* --- BatchNormalization ------------------------------------------------------------------------------------------ */

enum { SCALE, BIAS, MEAN, VARIANCE, INPUTS };

/* (x - mean) / sqrt(variance + epsilon) scale + bias of each column: the numbers of a network that is not training. */
static clmlp_status normalize(clmlp_import *import, const clmlp_parsed_node *node, const clmlp_symbol *value,
                              double *const numbers[INPUTS], size_t count, double epsilon)
{
    for (size_t j = 0; j < count; j++) {
        const double spread = numbers[VARIANCE][j] + epsilon;
        if (!(spread > 0.0)) return REFUSE_NODE(import, node, "column %zu: its variance is not above 0", j + 1);
        numbers[SCALE][j] /= sqrt(spread);
    }
    if (value->layer == 0) {
        TRY(clmlp_import_scale_input(import, node, '-', numbers[MEAN], count));
        TRY(clmlp_import_scale_input(import, node, '*', numbers[SCALE], count));
        return clmlp_import_scale_input(import, node, '+', numbers[BIAS], count);
    }
    for (size_t j = 0; j < count; j++) numbers[BIAS][j] -= numbers[MEAN][j] * numbers[SCALE][j];
    return transform(import, node, value, numbers[SCALE], numbers[BIAS], count);
}

clmlp_status clmlp_import_batch_normalization(clmlp_import *import, const clmlp_parsed_node *node,
                                              const clmlp_symbol *const *inputs)
{
    clmlp_status status = CLMLP_OK;
    double *numbers[INPUTS] = {NULL};
    const clmlp_symbol *const value = inputs[0];
    if (node->output_count != 1 || clmlp_parsed_int(node, "training_mode", 0) != 0) {
        return REFUSE_NODE(import, node, "export the network for inference: it must not be training");
    }
    const bool known = clmlp_import_is_last(import, value) &&
                       (value->form == CLMLP_FORM_Z || (value->layer > 0 && is_activation(value->form)));
    if (!known) return REFUSE_NODE(import, node, "it is neither at a layer nor at an activation that clmlp has");
    const size_t count = inputs[1]->constant != NULL ? inputs[1]->constant->count : 0;
    for (size_t i = 0; i < INPUTS; i++) {
        const clmlp_parsed_tensor *const constant = inputs[1 + i]->constant;
        if (constant == NULL || count == 0 || constant->count != count || !is_row(constant)) {
            TRY_CLEANUP(REFUSE_NODE(import, node, "expected four constants, a number for each column"));
        }
        TRY_CLEANUP(clmlp_parsed_numbers(&import->file, constant, &numbers[i], import->error));
    }
    TRY_CLEANUP(normalize(import, node, value, numbers, count, (double)clmlp_parsed_float(node, "epsilon", 1e-5f)));
    status = define(import, node, value);
cleanup:
    for (size_t i = 0; i < INPUTS; i++) free(numbers[i]);
    return status;
}
