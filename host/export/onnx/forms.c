/* forms.c - operators of an ONNX file one by one: which functions of z they make of which. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "export/onnx/symbols.h"

/* Another form of the same z. */
static clmlp_status become(clmlp_import *import, const clmlp_parsed_node *node, const clmlp_symbol *value,
                           clmlp_form form)
{
    clmlp_symbol symbol = *value;
    symbol.form = form;
    return clmlp_import_define(import, node, &symbol);
}

static clmlp_status not_known(const clmlp_import *import, const clmlp_parsed_node *node)
{
    return REFUSE_NODE(import, node, "import does not know what it is for");
}

static bool is_form(const clmlp_symbol *value, clmlp_form form)
{
    return value != NULL && value->constant == NULL && value->layer > 0 && value->form == form;
}

static bool is_same_z(const clmlp_symbol *a, const clmlp_symbol *b)
{
    return a->layer == b->layer && a->stage == b->stage;
}

/* Whether a value is a constant of one number, this one to float's precision. */
static clmlp_status is_number(clmlp_import *import, const clmlp_symbol *value, double number, bool *is)
{
    double *numbers = NULL;
    *is = false;
    if (value == NULL || value->constant == NULL || value->constant->count != 1) return CLMLP_OK;
    TRY(clmlp_parsed_numbers(&import->file, value->constant, &numbers, import->error));
    *is = fabs(numbers[0] - number) <= 0x1p-23 * fabs(number);
    free(numbers);
    return CLMLP_OK;
}

/* --- of one value ------------------------------------------------------------------------------------------------ */

static const struct {
    const char *op;
    clmlp_form from, to;
    const char *first, *second; /* attributes that must be as below; NULL: none */
    double a, b, default_a, default_b;
} functions[] = {
    {"Sigmoid", CLMLP_FORM_Z, CLMLP_FORM_SIGMOID, NULL, NULL, 0, 0, 0, 0},
    {"Tanh", CLMLP_FORM_Z, CLMLP_FORM_TANH, NULL, NULL, 0, 0, 0, 0},
    {"Tanh", CLMLP_FORM_SOFTPLUS, CLMLP_FORM_TANH_SOFTPLUS, NULL, NULL, 0, 0, 0, 0},
    {"Tanh", CLMLP_FORM_RISE, CLMLP_FORM_TANH_RISE, NULL, NULL, 0, 0, 0, 0},
    {"Relu", CLMLP_FORM_Z, CLMLP_FORM_RELU, NULL, NULL, 0, 0, 0, 0},
    {"Softplus", CLMLP_FORM_Z, CLMLP_FORM_SOFTPLUS, NULL, NULL, 0, 0, 0, 0},
    {"Mish", CLMLP_FORM_Z, CLMLP_FORM_MISH, NULL, NULL, 0, 0, 0, 0},
    {"Erf", CLMLP_FORM_ROOT_HALF, CLMLP_FORM_ERF, NULL, NULL, 0, 0, 0, 0},
    {"Elu", CLMLP_FORM_Z, CLMLP_FORM_ELU, "alpha", NULL, 1.0, 0, 1.0, 0},
    {"LeakyRelu", CLMLP_FORM_Z, CLMLP_FORM_LEAKY_RELU, "alpha", NULL, 0.01, 0, 0.01, 0},
    {"Selu", CLMLP_FORM_Z, CLMLP_FORM_SELU, "alpha", "gamma", 1.6732632423543772, 1.0507009873554805,
     1.6732632423543772, 1.0507009873554805},
    {"Swish", CLMLP_FORM_Z, CLMLP_FORM_SWISH, "alpha", NULL, 1.0, 0, 1.0, 0},
};

static bool has_attribute(const clmlp_parsed_node *node, const char *name, double wanted, double otherwise)
{
    return name == NULL || fabs((double)clmlp_parsed_float(node, name, (float)otherwise) - wanted) <= 0x1p-23 * wanted;
}

static clmlp_status function(clmlp_import *import, const clmlp_parsed_node *node, const clmlp_symbol *const *inputs)
{
    bool seen = false;
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        if (!clmlp_slice_is(node->op, functions[i].op) || !is_form(inputs[0], functions[i].from)) continue;
        seen = true;
        if (!has_attribute(node, functions[i].first, functions[i].a, functions[i].default_a)) continue;
        if (!has_attribute(node, functions[i].second, functions[i].b, functions[i].default_b)) continue;
        return become(import, node, inputs[0], functions[i].to);
    }
    if (!seen) return not_known(import, node);
    return REFUSE_NODE(import, node, "its numbers are not those that clmlp has");
}

static clmlp_status gelu(clmlp_import *import, const clmlp_parsed_node *node, const clmlp_symbol *const *inputs)
{
    clmlp_parsed_attribute kind;
    const bool told = clmlp_parsed_attribute_of(node, "approximate", &kind) && kind.has_text;
    const bool by_tanh = told && clmlp_slice_is(kind.text, "tanh");
    if (!is_form(inputs[0], CLMLP_FORM_Z) || (told && !by_tanh && !clmlp_slice_is(kind.text, "none"))) {
        return not_known(import, node);
    }
    return become(import, node, inputs[0], by_tanh ? CLMLP_FORM_GELU_TANH : CLMLP_FORM_GELU);
}

static clmlp_status softmax(clmlp_import *import, const clmlp_parsed_node *node, const clmlp_symbol *const *inputs)
{
    const int64_t axis = clmlp_parsed_int(node, "axis", 1); /* of a matrix -1 is 1, the default of either opset */
    if (!is_form(inputs[0], CLMLP_FORM_Z) || (axis != 1 && axis != -1)) return not_known(import, node);
    if (import->layers[inputs[0]->layer - 1].out == 1) { /* what is [N] by now would be one row */
        return REFUSE_NODE(import, node, "softmax of one unit says nothing");
    }
    const bool logarithm = clmlp_slice_is(node->op, "LogSoftmax");
    return become(import, node, inputs[0], logarithm ? CLMLP_FORM_LOG_SOFTMAX : CLMLP_FORM_SOFTMAX);
}

/* What hands on its input as it is. */
static clmlp_status same(clmlp_import *import, const clmlp_parsed_node *node, const clmlp_symbol *const *inputs)
{
    return clmlp_import_define(import, node, inputs[0]);
}

static clmlp_status cast(clmlp_import *import, const clmlp_parsed_node *node, const clmlp_symbol *const *inputs)
{
    const int64_t to = clmlp_parsed_int(node, "to", 0);
    const bool decided = inputs[0]->constant == NULL && inputs[0]->form >= CLMLP_FORM_INDEX;
    if (!decided && to != CLMLP_ONNX_FLOAT && to != CLMLP_ONNX_DOUBLE) {
        return REFUSE_NODE(import, node, "numbers may be cast to float or double only");
    }
    return same(import, node, inputs);
}

static clmlp_status dropout(clmlp_import *import, const clmlp_parsed_node *node, const clmlp_symbol *const *inputs)
{
    bool off = inputs[2] == NULL;
    if (!off && inputs[2]->constant != NULL && inputs[2]->constant->type == CLMLP_ONNX_BOOL) {
        return REFUSE_NODE(import, node, "export the network for inference: it must not "
                                   "say whether it is training");
    }
    if (!off) TRY(is_number(import, inputs[2], 0.0, &off));
    return off ? same(import, node, inputs) : not_known(import, node);
}

static clmlp_status flatten(clmlp_import *import, const clmlp_parsed_node *node, const clmlp_symbol *const *inputs)
{
    if (inputs[0]->constant != NULL || clmlp_parsed_int(node, "axis", 1) != 1) return not_known(import, node);
    if (inputs[0]->layer == 0) import->flattened = true;
    return same(import, node, inputs);
}

/* Rows stay rows: -1 or 0 in front, or as many as the input says that there are. */
static bool keeps_rows(const clmlp_import *import, double rows)
{
    return rows == -1.0 || rows == 0.0 || (rows >= 1.0 && rows == (double)import->rows);
}

/* To [N x width], or of a decision, or of a single output, to [N]. */
static clmlp_status reshape(clmlp_import *import, const clmlp_parsed_node *node, const clmlp_symbol *const *inputs)
{
    double *shape = NULL;
    const clmlp_symbol *const value = inputs[0];
    const clmlp_parsed_tensor *const to = inputs[1] != NULL ? inputs[1]->constant : NULL;
    if (value->constant != NULL || to == NULL || to->count < 1 || to->count > 2) return not_known(import, node);
    TRY(clmlp_parsed_numbers(&import->file, to, &shape, import->error));
    const double rows = shape[0], width = to->count == 2 ? shape[1] : 1.0;
    free(shape);
    const size_t units = value->layer > 0 ? import->layers[value->layer - 1].out : 0;
    if (!keeps_rows(import, rows)) return REFUSE_NODE(import, node, "it does not keep the rows as they are");
    if (value->form >= CLMLP_FORM_INDEX) return same(import, node, inputs);
    if (value->layer > 0 && width != (double)units && (width != -1.0 || rows == -1.0)) {
        return REFUSE_NODE(import, node, "it makes rows of %g values of rows of %zu", width, units);
    }
    if (value->layer > 0) return same(import, node, inputs);
    if (to->count != 2 || !(width == -1.0 || (width >= 1.0 && width <= 1e9))) return not_known(import, node);
    import->flattened = true;
    if (width != -1.0) import->flat_width = (size_t)width;
    return same(import, node, inputs);
}

/* Of a single output, [N x 1] to [N]. */
static clmlp_status squeeze(clmlp_import *import, const clmlp_parsed_node *node, const clmlp_symbol *const *inputs)
{
    const clmlp_symbol *const value = inputs[0];
    clmlp_parsed_attribute axes;
    int64_t axis = 0;
    const bool single = value->constant == NULL && value->layer > 0 && import->layers[value->layer - 1].out == 1;
    bool last = clmlp_parsed_attribute_of(node, "axes", &axes) && clmlp_parsed_ints(&axes, &axis, 1) == 1 &&
                (axis == 1 || axis == -1);
    if (!last) TRY(is_number(import, inputs[1], 1.0, &last));
    if (!last) TRY(is_number(import, inputs[1], -1.0, &last));
    return single && last ? same(import, node, inputs) : not_known(import, node);
}

static clmlp_status constant(clmlp_import *import, const clmlp_parsed_node *node, const clmlp_symbol *const *inputs)
{
    clmlp_parsed_attribute value;
    (void)inputs;
    if (!clmlp_parsed_attribute_of(node, "value", &value) || !value.has_tensor) {
        return REFUSE_NODE(import, node, "expected a tensor");
    }
    clmlp_parsed_tensor *const made = &import->made[import->made_count++];
    TRY(clmlp_parsed_read_tensor(&import->file, value.tensor, made, import->error));
    const clmlp_symbol symbol = {.constant = made};
    return clmlp_import_define(import, node, &symbol);
}

/* --- of two values ----------------------------------------------------------------------------------------------- */

typedef struct number_rule { /* form op number -> form; the number may stand in front where the op is + or * */
    const char *op;
    clmlp_form from;
    double number;
    clmlp_form to;
} number_rule;

static const number_rule with_number[] = {
    {"Div", CLMLP_FORM_Z, 1.4142135623730951, CLMLP_FORM_ROOT_HALF},
    {"Mul", CLMLP_FORM_Z, 0.70710678118654752, CLMLP_FORM_ROOT_HALF},
    {"Mul", CLMLP_FORM_Z, 0.5, CLMLP_FORM_HALF_Z},
    {"Add", CLMLP_FORM_ERF, 1.0, CLMLP_FORM_ERF_1},
    {"Mul", CLMLP_FORM_Z_ERF_1, 0.5, CLMLP_FORM_GELU},
    {"Pow", CLMLP_FORM_Z, 3.0, CLMLP_FORM_CUBE},
    {"Pow", CLMLP_FORM_Z, 2.0, CLMLP_FORM_SQUARE},
    {"Mul", CLMLP_FORM_CUBE, 0.044715, CLMLP_FORM_CUBE_PART},
    {"Mul", CLMLP_FORM_BENT, 0.79788456080286536, CLMLP_FORM_RISE},
    {"Add", CLMLP_FORM_TANH_RISE, 1.0, CLMLP_FORM_TANH_RISE_1},
    {"Mul", CLMLP_FORM_Z_TANH_RISE_1, 0.5, CLMLP_FORM_GELU_TANH},
    {"Greater", CLMLP_FORM_Z, 20.0, CLMLP_FORM_ABOVE_20},
};

static const struct {
    const char *op;
    clmlp_form a, b, result;
} with_form[] = {{"Mul", CLMLP_FORM_Z, CLMLP_FORM_SIGMOID, CLMLP_FORM_SWISH},
                 {"Mul", CLMLP_FORM_Z, CLMLP_FORM_TANH_SOFTPLUS, CLMLP_FORM_MISH},
                 {"Mul", CLMLP_FORM_Z, CLMLP_FORM_ERF_1, CLMLP_FORM_Z_ERF_1},
                 {"Mul", CLMLP_FORM_HALF_Z, CLMLP_FORM_ERF_1, CLMLP_FORM_GELU},
                 {"Mul", CLMLP_FORM_Z, CLMLP_FORM_Z, CLMLP_FORM_SQUARE},
                 {"Mul", CLMLP_FORM_Z, CLMLP_FORM_SQUARE, CLMLP_FORM_CUBE},
                 {"Add", CLMLP_FORM_Z, CLMLP_FORM_CUBE_PART, CLMLP_FORM_BENT},
                 {"Mul", CLMLP_FORM_Z, CLMLP_FORM_TANH_RISE_1, CLMLP_FORM_Z_TANH_RISE_1},
                 {"Mul", CLMLP_FORM_HALF_Z, CLMLP_FORM_TANH_RISE_1, CLMLP_FORM_GELU_TANH}};

static clmlp_status of_two(clmlp_import *import, const clmlp_parsed_node *node, const clmlp_symbol *a,
                           const clmlp_symbol *b)
{
    for (size_t i = 0; is_same_z(a, b) && i < sizeof with_form / sizeof with_form[0]; i++) {
        const bool straight = is_form(a, with_form[i].a) && is_form(b, with_form[i].b);
        const bool turned = is_form(b, with_form[i].a) && is_form(a, with_form[i].b);
        if (!clmlp_slice_is(node->op, with_form[i].op) || (!straight && !turned)) continue;
        return become(import, node, a, with_form[i].result);
    }
    return not_known(import, node);
}

/* A form and a number that belong to a function; *done: it was one. */
static clmlp_status with_constant(clmlp_import *import, const clmlp_parsed_node *node, const clmlp_symbol *value,
                                  const clmlp_symbol *number, bool *done)
{
    *done = false;
    for (size_t i = 0; i < sizeof with_number / sizeof with_number[0]; i++) {
        bool is = false;
        if (!clmlp_slice_is(node->op, with_number[i].op) || !is_form(value, with_number[i].from)) continue;
        TRY(is_number(import, number, with_number[i].number, &is));
        if (!is) continue;
        *done = true;
        return become(import, node, value, with_number[i].to);
    }
    return CLMLP_OK;
}

clmlp_status clmlp_import_arithmetic(clmlp_import *import, const clmlp_parsed_node *node,
                                     const clmlp_symbol *const *inputs)
{
    const clmlp_symbol *const a = inputs[0], *const b = inputs[1];
    const bool add = clmlp_slice_is(node->op, "Add"), multiply = clmlp_slice_is(node->op, "Mul");
    const char op = (char)(add ? '+' : multiply ? '*' : clmlp_slice_is(node->op, "Sub") ? '-' : '/');
    bool is = false;
    if (a == NULL || b == NULL || (a->constant != NULL && b->constant != NULL)) return not_known(import, node);
    if (a->constant == NULL && b->constant == NULL) return of_two(import, node, a, b);
    const bool turned = a->constant != NULL;
    if (turned && op == '-') { /* 1 - h */
        TRY(is_number(import, a, 1.0, &is));
        if (is && is_form(b, CLMLP_FORM_SIGMOID)) return become(import, node, b, CLMLP_FORM_COMPLEMENT);
    }
    if (turned && !add && !multiply) return not_known(import, node);
    const clmlp_symbol *const value = turned ? b : a, *const number = turned ? a : b;
    TRY(with_constant(import, node, value, number, &is));
    return is ? CLMLP_OK : clmlp_import_shift(import, node, value, op, number->constant);
}

/* Greater and Pow, of a number only. */
static clmlp_status of_number(clmlp_import *import, const clmlp_parsed_node *node, const clmlp_symbol *const *inputs)
{
    bool is = false;
    if (inputs[0] != NULL && inputs[1] != NULL) TRY(with_constant(import, node, inputs[0], inputs[1], &is));
    return is ? CLMLP_OK : not_known(import, node);
}

/* softplus, above 20 z itself: 2e-9 less at most. */
static clmlp_status where(clmlp_import *import, const clmlp_parsed_node *node, const clmlp_symbol *const *inputs)
{
    const bool fits = is_form(inputs[0], CLMLP_FORM_ABOVE_20) && is_form(inputs[1], CLMLP_FORM_Z) &&
                      is_form(inputs[2], CLMLP_FORM_SOFTPLUS);
    if (!fits || !is_same_z(inputs[0], inputs[1]) || !is_same_z(inputs[1], inputs[2])) return not_known(import, node);
    return become(import, node, inputs[1], CLMLP_FORM_SOFTPLUS);
}

/* 1 - h and h side by side. */
static clmlp_status concat(clmlp_import *import, const clmlp_parsed_node *node, const clmlp_symbol *const *inputs)
{
    const int64_t axis = clmlp_parsed_int(node, "axis", 0);
    const bool fits = node->input_count == 2 && is_form(inputs[0], CLMLP_FORM_COMPLEMENT) &&
                      is_form(inputs[1], CLMLP_FORM_SIGMOID) && (axis == 1 || axis == -1);
    if (!fits || !is_same_z(inputs[0], inputs[1]) || import->layers[inputs[0]->layer - 1].out != 1) {
        return not_known(import, node);
    }
    return become(import, node, inputs[0], CLMLP_FORM_BOTH);
}

/* --- all of them ------------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    bool ml;                  /* of ai.onnx.ml */
    size_t least;             /* inputs that must be there */
    int64_t since;            /* the first operator set that has it */
    const char *attributes;   /* that are known */
    clmlp_import_op *run;
} ops[] = {
    {"MatMul", false, 2, 1, "", clmlp_import_matmul},
    {"Gemm", false, 2, 1, " alpha beta transA transB ", clmlp_import_gemm},
    {"Add", false, 2, 1, "", clmlp_import_arithmetic},
    {"Sub", false, 2, 1, "", clmlp_import_arithmetic},
    {"Mul", false, 2, 1, "", clmlp_import_arithmetic},
    {"Div", false, 2, 1, "", clmlp_import_arithmetic},
    {"Sigmoid", false, 1, 1, "", function},
    {"Tanh", false, 1, 1, "", function},
    {"Relu", false, 1, 1, "", function},
    {"Softplus", false, 1, 1, "", function},
    {"Mish", false, 1, 18, "", function},
    {"Erf", false, 1, 9, "", function},
    {"Elu", false, 1, 1, " alpha ", function},
    {"LeakyRelu", false, 1, 1, " alpha ", function},
    {"Selu", false, 1, 1, " alpha gamma ", function},
    {"Swish", false, 1, 24, " alpha ", function},
    {"Gelu", false, 1, 20, " approximate ", gelu},
    {"Softmax", false, 1, 1, " axis ", softmax},
    {"LogSoftmax", false, 1, 1, " axis ", softmax},
    {"BatchNormalization", false, 5, 1, " epsilon momentum training_mode ", clmlp_import_batch_normalization},
    {"Identity", false, 1, 1, "", same},
    {"Cast", false, 1, 1, " to saturate round_mode ", cast},
    {"Dropout", false, 1, 1, " ratio seed ", dropout},
    {"Flatten", false, 1, 1, " axis ", flatten},
    {"Reshape", false, 2, 1, " allowzero ", reshape},
    {"Squeeze", false, 1, 1, " axes ", squeeze},
    {"Constant", false, 0, 1, " value ", constant},
    {"Greater", false, 2, 1, "", of_number},
    {"Pow", false, 2, 1, "", of_number},
    {"Where", false, 3, 9, "", where},
    {"Concat", false, 2, 1, " axis ", concat},
    {"ArgMax", false, 1, 1, " axis keepdims select_last_index ", clmlp_import_argmax},
    {"Gather", false, 2, 1, " axis ", clmlp_import_pick},
    {"Scaler", true, 1, 1, " offset scale ", clmlp_import_scaler},
    {"ArrayFeatureExtractor", true, 2, 1, "", clmlp_import_pick},
    {"ZipMap", true, 1, 1, " classlabels_strings classlabels_int64s ", clmlp_import_zipmap},
    {"Binarizer", true, 1, 1, " threshold ", clmlp_import_binarizer},
};

/* The inputs of a node, each of which must be known already. */
static clmlp_status find_inputs(const clmlp_import *import, const clmlp_parsed_node *node, size_t least,
                                const clmlp_symbol **inputs)
{
    if (node->input_count > CLMLP_PARSED_LINKS || node->input_count < least) {
        return REFUSE_NODE(import, node, "found %zu inputs, expected %zu or a few more",
                                   node->input_count, least);
    }
    for (size_t i = 0; i < CLMLP_PARSED_LINKS; i++) {
        char name[CLMLP_QUOTE_LENGTH];
        inputs[i] = NULL;
        if (i >= node->input_count || (node->inputs[i].length == 0 && i >= least)) continue;
        inputs[i] = clmlp_import_find(import, node->inputs[i]);
        if (inputs[i] != NULL) continue;
        return REFUSE_NODE(import, node, "its input %s is no value that was made before",
                                   clmlp_slice_quote(name, node->inputs[i]));
    }
    return CLMLP_OK;
}

clmlp_status clmlp_import_node(clmlp_import *import, const clmlp_parsed_node *node)
{
    const clmlp_symbol *inputs[CLMLP_PARSED_LINKS];
    const bool plain = node->domain.length == 0 || clmlp_slice_is(node->domain, "ai.onnx");
    const bool ml = clmlp_slice_is(node->domain, CLMLP_ONNX_ML);
    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++) {
        if (!clmlp_slice_is(node->op, ops[i].name) || (ops[i].ml ? !ml : !plain)) continue;
        TRY(clmlp_parsed_check_opset(&import->file, node, ops[i].since, import->error));
        TRY(find_inputs(import, node, ops[i].least, inputs));
        TRY(clmlp_parsed_check_attributes(&import->file, node, ops[i].attributes, import->error));
        return ops[i].run(import, node, inputs);
    }
    char domain[CLMLP_QUOTE_LENGTH];
    return REFUSE_NODE(import, node, "import does not know this operator%s%s",
                               plain ? "" : " of the domain ", plain ? "" : clmlp_slice_quote(domain, node->domain));
}
