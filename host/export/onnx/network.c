/* network.c - the network itself as nodes of a graph, in float. */
#include "export/onnx/stages.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/text.h"

#define OWN(stem) CLMLP_ONNX_OWN stem

/* One layer that is being written: its values are called as it, with something behind. */
typedef struct layer {
    clmlp_onnx_graph *graph;
    const char *stem;  /* "clmlp/member.1.layer_2." */
} layer;

static const char *named(char text[CLMLP_ONNX_NAME], const layer *l, const char *what)
{
    (void)snprintf(text, CLMLP_ONNX_NAME, "%s%s", l->stem, what);
    return text;
}

/* --- activations -------------------------------------------------------------------------------------------------- */

/* output = z * s, s = op(z). */
static clmlp_status times(const layer *l, const char *op, const char *z, const char *output)
{
    char s[CLMLP_ONNX_NAME];
    TRY(clmlp_onnx_apply(l->graph, op, z, NULL, NULL, named(s, l, "factor")));
    return clmlp_onnx_apply(l->graph, "Mul", z, s, NULL, output);
}

/* z tanh(log(1 + exp(z))). */
static clmlp_status mish(const layer *l, const char *z, const char *output)
{
    char soft[CLMLP_ONNX_NAME], factor[CLMLP_ONNX_NAME];
    TRY(clmlp_onnx_apply(l->graph, "Softplus", z, NULL, NULL, named(soft, l, "softplus")));
    TRY(clmlp_onnx_apply(l->graph, "Tanh", soft, NULL, NULL, named(factor, l, "factor")));
    return clmlp_onnx_apply(l->graph, "Mul", z, factor, NULL, output);
}

/* A scalar of this layer, into name. */
static clmlp_status constant(const layer *l, const char *what, double value, char name[CLMLP_ONNX_NAME])
{
    return clmlp_onnx_scalar(l->graph, named(name, l, what), CLMLP_ONNX_FLOAT, value);
}

/* z/2 (1 + erf(z / sqrt(2))). */
static clmlp_status gelu(const layer *l, const char *z, const char *output)
{
    char root[CLMLP_ONNX_NAME], half[CLMLP_ONNX_NAME], one[CLMLP_ONNX_NAME], argument[CLMLP_ONNX_NAME];
    char erf_name[CLMLP_ONNX_NAME], sum[CLMLP_ONNX_NAME], halved[CLMLP_ONNX_NAME];
    TRY(constant(l, "root_of_half", sqrt(0.5), root));
    TRY(constant(l, "half", 0.5, half));
    TRY(constant(l, "one", 1.0, one));
    TRY(clmlp_onnx_apply(l->graph, "Mul", z, root, NULL, named(argument, l, "argument")));
    TRY(clmlp_onnx_apply(l->graph, "Erf", argument, NULL, NULL, named(erf_name, l, "erf")));
    TRY(clmlp_onnx_apply(l->graph, "Add", erf_name, one, NULL, named(sum, l, "sum")));
    TRY(clmlp_onnx_apply(l->graph, "Mul", z, half, NULL, named(halved, l, "halved")));
    return clmlp_onnx_apply(l->graph, "Mul", halved, sum, NULL, output);
}

/* z/2 (1 + tanh(y)) = z sigmoid(2y), y = sqrt(2/pi) (z + 0.044715 z^3). */
static clmlp_status gelu_tanh(const layer *l, const char *z, const char *output)
{
    char rise[CLMLP_ONNX_NAME], cube[CLMLP_ONNX_NAME], one[CLMLP_ONNX_NAME], square[CLMLP_ONNX_NAME];
    char bent[CLMLP_ONNX_NAME], sum[CLMLP_ONNX_NAME], steep[CLMLP_ONNX_NAME], argument[CLMLP_ONNX_NAME];
    char factor[CLMLP_ONNX_NAME];
    TRY(constant(l, "rise", 2.0 * sqrt(2.0 / 3.14159265358979323846), rise));
    TRY(constant(l, "cube", 0.044715, cube));
    TRY(constant(l, "one", 1.0, one));
    TRY(clmlp_onnx_apply(l->graph, "Mul", z, z, NULL, named(square, l, "square")));
    TRY(clmlp_onnx_apply(l->graph, "Mul", square, cube, NULL, named(bent, l, "bent")));
    TRY(clmlp_onnx_apply(l->graph, "Add", bent, one, NULL, named(sum, l, "sum")));
    TRY(clmlp_onnx_apply(l->graph, "Mul", z, rise, NULL, named(steep, l, "steep")));
    TRY(clmlp_onnx_apply(l->graph, "Mul", steep, sum, NULL, named(argument, l, "argument")));
    TRY(clmlp_onnx_apply(l->graph, "Sigmoid", argument, NULL, NULL, named(factor, l, "factor")));
    return clmlp_onnx_apply(l->graph, "Mul", z, factor, NULL, output);
}

/* 1 for z > 0, else 0. */
static clmlp_status step(const layer *l, const char *z, const char *output)
{
    char zero[CLMLP_ONNX_NAME], above[CLMLP_ONNX_NAME];
    TRY(constant(l, "zero", 0.0, zero));
    TRY(clmlp_onnx_apply(l->graph, "Greater", z, zero, NULL, named(above, l, "above")));
    return clmlp_onnx_cast(l->graph, above, CLMLP_ONNX_FLOAT, output);
}

/* An operator with two numbers, or with one, or with none (names NULL). */
static clmlp_status with_numbers(const layer *l, const char *op, const char *z, const char *first, float a,
                                 const char *second, float b, const char *output)
{
    TRY(clmlp_onnx_begin(l->graph, op, NULL, &z, 1, output));
    if (first != NULL) TRY(clmlp_onnx_float(l->graph, first, a));
    if (second != NULL) TRY(clmlp_onnx_float(l->graph, second, b));
    return clmlp_onnx_end(l->graph);
}

static clmlp_status activate(const layer *l, clmlp_activation activation, const char *z, const char *output)
{
    const float selu_alpha = 1.6732632423543772f, selu_gamma = 1.0507009873554805f;
    switch (activation) {
    case CLMLP_SIGMOID: return clmlp_onnx_apply(l->graph, "Sigmoid", z, NULL, NULL, output);
    case CLMLP_TANH: return clmlp_onnx_apply(l->graph, "Tanh", z, NULL, NULL, output);
    case CLMLP_RELU: return clmlp_onnx_apply(l->graph, "Relu", z, NULL, NULL, output);
    case CLMLP_LINEAR: return clmlp_onnx_apply(l->graph, "Identity", z, NULL, NULL, output);
    case CLMLP_STEP: return step(l, z, output);
    case CLMLP_SWISH: return times(l, "Sigmoid", z, output);
    case CLMLP_SELU: return with_numbers(l, "Selu", z, "alpha", selu_alpha, "gamma", selu_gamma, output);
    case CLMLP_MISH: return mish(l, z, output);
    case CLMLP_LEAKY_RELU: return with_numbers(l, "LeakyRelu", z, "alpha", 0.01f, NULL, 0.0f, output);
    case CLMLP_ELU: return with_numbers(l, "Elu", z, "alpha", 1.0f, NULL, 0.0f, output);
    case CLMLP_GELU: return gelu(l, z, output);
    case CLMLP_GELU_TANH: return gelu_tanh(l, z, output);
    case CLMLP_SOFTPLUS: return clmlp_onnx_apply(l->graph, "Softplus", z, NULL, NULL, output);
    case CLMLP_ACTIVATION_COUNT: break;
    }
    return clmlp_fail(l->graph->error, CLMLP_BAD_ARGUMENT, "an activation that ONNX files do not know");
}

static clmlp_status decide(const layer *l, clmlp_output kind, const char *z, const char *output)
{
    switch (kind) {
    case CLMLP_OUTPUT_SIGMOID: return clmlp_onnx_apply(l->graph, "Sigmoid", z, NULL, NULL, output);
    case CLMLP_OUTPUT_LINEAR: return clmlp_onnx_apply(l->graph, "Identity", z, NULL, NULL, output);
    case CLMLP_OUTPUT_SOFTMAX:
        TRY(clmlp_onnx_begin(l->graph, "Softmax", NULL, &z, 1, output));
        TRY(clmlp_onnx_int(l->graph, "axis", 1));
        return clmlp_onnx_end(l->graph);
    case CLMLP_OUTPUT_COUNT: break;
    }
    return clmlp_fail(l->graph->error, CLMLP_BAD_ARGUMENT, "an output that ONNX files do not know");
}

/* --- layers ------------------------------------------------------------------------------------------------------- */

/* Numbers that are no floats would be wrong everywhere. */
static clmlp_status check_theta(const clmlp_model *model, const double *theta, clmlp_error *error)
{
    const size_t count = model->theta_at[model->L - 1];
    for (size_t e = 0; e < count; e++) {
        char text[32];
        if (isfinite((float)theta[e])) continue;
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "theta has the number %s, which is not a finite f32",
                          clmlp_format_double(text, theta[e], 9));
    }
    return CLMLP_OK;
}

/* z = [1 a] theta^T. */
static clmlp_status product(const layer *l, const double *theta, size_t s_in, size_t s_out, const char *a,
                            const char *z)
{
    char weight[CLMLP_ONNX_NAME], bias[CLMLP_ONNX_NAME];
    TRY(clmlp_onnx_numbers(l->graph, named(weight, l, "weight"), CLMLP_ONNX_FLOAT, s_out, s_in, theta + 1, s_in + 1));
    /* a column of theta as a vector: one number in each of s_out rows */
    double *column = NULL;
    TRY(clmlp_allocate(&column, s_out, sizeof *column, "the biases", l->graph->error));
    for (size_t j = 0; j < s_out; j++) column[j] = theta[j * (s_in + 1)];
    const clmlp_status status =
        clmlp_onnx_numbers(l->graph, named(bias, l, "bias"), CLMLP_ONNX_FLOAT, 0, s_out, column, 1);
    free(column);
    if (status != CLMLP_OK) return status;
    const char *const inputs[] = {a, weight, bias};
    TRY(clmlp_onnx_begin(l->graph, "Gemm", NULL, inputs, 3, z));
    TRY(clmlp_onnx_int(l->graph, "transB", 1));
    return clmlp_onnx_end(l->graph);
}

/* One member of an ensemble, or the network: h. */
static clmlp_status member(clmlp_onnx_graph *graph, const clmlp_model *model, size_t k, const char *scaled,
                           char h[CLMLP_ONNX_NAME])
{
    char a[CLMLP_ONNX_NAME], z[CLMLP_ONNX_NAME], stem[CLMLP_ONNX_NAME * 2 / 3];
    const double *const theta = clmlp_model_member_theta(model, k);
    TRY(check_theta(model, theta, graph->error));
    (void)snprintf(a, sizeof a, "%s", scaled);
    for (size_t l = 1; l < model->L; l++) {
        const layer own = {graph, stem};
        if (model->others > 0) (void)snprintf(stem, sizeof stem, OWN("member_%zu.layer_%zu."), k + 1, l);
        else (void)snprintf(stem, sizeof stem, OWN("layer_%zu."), l);
        const bool last = l + 1 == model->L;
        TRY(product(&own, theta + model->theta_at[l - 1], model->s[l - 1], model->s[l], a, named(z, &own, "z")));
        (void)named(a, &own, last ? "h" : "a");
        TRY(last ? decide(&own, model->output, z, a) : activate(&own, model->activation, z, a));
    }
    (void)snprintf(h, CLMLP_ONNX_NAME, "%s", a);
    return CLMLP_OK;
}

/* The mean of the members, in double. */
static clmlp_status mean(clmlp_onnx_graph *graph, const clmlp_model *model, const char *scaled, clmlp_onnx_value *h)
{
    clmlp_status status = CLMLP_OK;
    const size_t count = model->others + 1;
    char (*doubles)[CLMLP_ONNX_NAME] = NULL;
    const char **names = NULL;
    TRY(clmlp_allocate(&doubles, count, CLMLP_ONNX_NAME, "the members", graph->error));
    TRY_CLEANUP(clmlp_allocate(&names, count, sizeof *names, "the members", graph->error));
    for (size_t k = 0; k < count; k++) {
        char floats[CLMLP_ONNX_NAME];
        TRY_CLEANUP(member(graph, model, k, scaled, floats));
        (void)snprintf(doubles[k], CLMLP_ONNX_NAME, OWN("member_%zu.double"), k + 1);
        TRY_CLEANUP(clmlp_onnx_cast(graph, floats, CLMLP_ONNX_DOUBLE, doubles[k]));
        names[k] = doubles[k];
    }
    TRY_CLEANUP(clmlp_onnx_begin(graph, "Sum", NULL, names, count, OWN("sum_of_members")));
    TRY_CLEANUP(clmlp_onnx_end(graph));
    TRY_CLEANUP(clmlp_onnx_scalar(graph, OWN("members"), CLMLP_ONNX_DOUBLE, (double)count));
    (void)snprintf(h->name, sizeof h->name, OWN("mean"));
    h->type = CLMLP_ONNX_DOUBLE;
    TRY_CLEANUP(clmlp_onnx_apply(graph, "Div", OWN("sum_of_members"), OWN("members"), NULL, h->name));
cleanup:
    free(names);
    free(doubles);
    return status;
}

clmlp_status clmlp_onnx_network(clmlp_onnx_graph *graph, const clmlp_model *model, const char *scaled,
                                clmlp_onnx_value *h)
{
    if (model->others > 0) return mean(graph, model, scaled, h);
    h->type = CLMLP_ONNX_FLOAT;
    return member(graph, model, 0, scaled, h->name);
}
