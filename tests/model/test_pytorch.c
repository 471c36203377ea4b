/* test_pytorch.c - writes models and predictions for load_in_pytorch.py.
 *
 * CTest runs load_in_pytorch.py after this program. The predictions are the equations of model.h in double, written
 * out here, so that nothing of the library but its files is compared with PyTorch.
 */
#include <math.h>

#include "clmlp/evaluate.h"
#include "model_files.h"

enum { EXAMPLES = 5, UNITS_MAX = 65 };

static double activate(clmlp_activation activation, double z)
{
    switch (activation) {
    case CLMLP_SIGMOID: return 1.0 / (1.0 + exp(-z));
    case CLMLP_TANH: return tanh(z);
    case CLMLP_SWISH: return z / (1.0 + exp(-z));
    case CLMLP_RELU: return z > 0.0 ? z : 0.0;
    case CLMLP_LINEAR: return z;
    case CLMLP_STEP: return z > 0.0 ? 1.0 : 0.0;
    case CLMLP_SELU: return 1.0507009873554805 * (z > 0.0 ? z : 1.6732632423543772 * expm1(z));
    case CLMLP_MISH: return z * tanh(log1p(exp(z)));
    case CLMLP_LEAKY_RELU: return z > 0.0 ? z : z / 100.0;
    case CLMLP_ELU: return z > 0.0 ? z : expm1(z);
    case CLMLP_GELU: return z * (1.0 + erf(z / sqrt(2.0))) / 2.0;
    case CLMLP_GELU_TANH: return z * (1.0 + tanh(sqrt(2.0 / acos(-1.0)) * (z + 0.044715 * z * z * z))) / 2.0;
    case CLMLP_SOFTPLUS: return log1p(exp(z));
    case CLMLP_ACTIVATION_COUNT: break;
    }
    return (double)NAN;
}

static void apply_output(clmlp_output output, double *z, size_t K)
{
    double highest = z[0], sum = 0.0;
    for (size_t k = 0; k < K; k++) highest = fmax(highest, z[k]);
    for (size_t k = 0; k < K; k++) sum += exp(z[k] - highest);
    for (size_t k = 0; k < K; k++) {
        if (output == CLMLP_OUTPUT_SIGMOID) z[k] = activate(CLMLP_SIGMOID, z[k]);
        if (output == CLMLP_OUTPUT_SOFTMAX) z[k] = exp(z[k] - highest) / sum;
    }
}

static void predict(const clmlp_model *model, const double *x, double *h)
{
    double a[UNITS_MAX], z[UNITS_MAX];
    const size_t L = clmlp_model_layers(model);
    memcpy(a, x, clmlp_model_units(model, 1) * sizeof *a);
    for (size_t l = 1; l < L; l++) {
        const size_t s_in = clmlp_model_units(model, l), s_out = clmlp_model_units(model, l + 1);
        const double *theta = clmlp_model_theta_const(model, l);
        for (size_t j = 0; j < s_out; j++) {
            const double *row = theta + j * (s_in + 1);
            z[j] = row[0];
            for (size_t i = 1; i <= s_in; i++) z[j] += row[i] * a[i - 1];
        }
        for (size_t j = 0; j < s_out; j++) a[j] = l + 1 < L ? activate(clmlp_model_activation(model), z[j]) : z[j];
    }
    apply_output(clmlp_model_output(model), a, clmlp_model_units(model, L));
    memcpy(h, a, clmlp_model_units(model, L) * sizeof *h);
}

/* A matrix of float64 through the library's writer, which takes its width from a model's outputs. */
static void save_matrix(const char *path, size_t columns, const double *values)
{
    const size_t s[] = {1, columns};
    clmlp_model *shape = NULL;
    CHECK_OK(clmlp_model_create(&shape, 2, s, CLMLP_SIGMOID, CLMLP_OUTPUT_LINEAR, 1, &check_error));
    CHECK_OK(clmlp_predictions_save(shape, EXAMPLES, values, path, &check_error));
    clmlp_model_destroy(shape);
}

static void write_case(const char *name, size_t L, const size_t *s, clmlp_activation activation, clmlp_output output,
                       clmlp_precision precision)
{
    double x[EXAMPLES * UNITS_MAX], h[EXAMPLES * UNITS_MAX];
    char file[128], path[512];
    clmlp_model *model = NULL;
    const size_t n = s[0], K = s[L - 1];
    CHECK_OK(clmlp_model_create(&model, L, s, activation, output, 3, &check_error));
    model->precision = precision;
    for (size_t e = 0; e < clmlp_model_parameters(model); e++) {
        double value = model->theta[e] == 0.0 ? 0.25 * sin((double)e) : model->theta[e]; /* biases too */
        model->theta[e] = precision == CLMLP_F32 ? (double)(float)value : value;
    }
    for (size_t e = 0; e < EXAMPLES * n; e++) x[e] = (double)(float)sin(1.7 * (double)e);
    for (size_t i = 0; i < EXAMPLES; i++) predict(model, x + i * n, h + i * K);
    (void)snprintf(file, sizeof file, "pytorch_%s.safetensors", name);
    CHECK_OK(clmlp_model_save(model, scratch(path, file), &check_error));
    (void)snprintf(file, sizeof file, "pytorch_%s_x.npy", name);
    save_matrix(scratch(path, file), n, x);
    (void)snprintf(file, sizeof file, "pytorch_%s_h.npy", name);
    save_matrix(scratch(path, file), K, h);
    clmlp_model_destroy(model);
}

Test(pytorch, files_for_the_comparison_are_written)
{
    static const size_t deep[] = {33, 65, 31, 10}, flat[] = {64, 25, 1}, none[] = {7, 3}, wide[] = {1, 64, 4};
    write_case("deep", 4, deep, CLMLP_RELU, CLMLP_OUTPUT_SOFTMAX, CLMLP_F64);
    write_case("flat", 3, flat, CLMLP_SIGMOID, CLMLP_OUTPUT_SIGMOID, CLMLP_F32);
    write_case("none", 2, none, CLMLP_SIGMOID, CLMLP_OUTPUT_SOFTMAX, CLMLP_F32);
    write_case("wide", 3, wide, CLMLP_TANH, CLMLP_OUTPUT_LINEAR, CLMLP_F32);
    write_case("swish", 4, deep, CLMLP_SWISH, CLMLP_OUTPUT_LINEAR, CLMLP_F32);
    write_case("selu", 4, deep, CLMLP_SELU, CLMLP_OUTPUT_LINEAR, CLMLP_F64);
    write_case("mish", 4, deep, CLMLP_MISH, CLMLP_OUTPUT_LINEAR, CLMLP_F64);
    write_case("leaky-relu", 4, deep, CLMLP_LEAKY_RELU, CLMLP_OUTPUT_LINEAR, CLMLP_F64);
    write_case("elu", 4, deep, CLMLP_ELU, CLMLP_OUTPUT_LINEAR, CLMLP_F64);
    write_case("gelu", 4, deep, CLMLP_GELU, CLMLP_OUTPUT_LINEAR, CLMLP_F64);
    write_case("gelu-tanh", 4, deep, CLMLP_GELU_TANH, CLMLP_OUTPUT_LINEAR, CLMLP_F64);
    write_case("softplus", 4, deep, CLMLP_SOFTPLUS, CLMLP_OUTPUT_LINEAR, CLMLP_F64);
}
