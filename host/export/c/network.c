/* network.c - scaling, theta and the layers in C. */
#include <math.h>

#include "common/codes.h"
#include "export/c/writer.h"

enum { A_LINE = 6 }; /* numbers in a line of code */

/* --- scaling ----------------------------------------------------------------------------------------------------- */

static clmlp_status doubles(clmlp_c_writer *w, const char *name, const double *values, size_t count)
{
    TRY(clmlp_c_codef(w, "static const double $N_%s[] = {", name));
    for (size_t i = 0; i < count; i++) {
        TRY(clmlp_c_code(w, i == 0 ? "\n    " : i % (A_LINE / 2) == 0 ? ",\n    " : ", "));
        TRY(clmlp_c_double(w, values[i]));
    }
    return clmlp_c_code(w, "};\n");
}

static const char clip[] =
    "    {\n"
    "        const double third = value / 3.0;\n"
    "        if (fabs(third) > 0x1p60) value = value > 0.0 ? 3.0 : -3.0; /* the square may overflow */\n"
    "        else value = value / sqrt(1.0 + third * third);\n"
    "    }\n";

/* `value` of feature j in double, scaled. */
static clmlp_status scale_value(clmlp_c_writer *w)
{
    switch (w->model->scaling.kind) {
    case CLMLP_SCALE_NONE: return CLMLP_OK;
    case CLMLP_SCALE_PIXEL: return clmlp_c_code(w, "    value /= 255.0;\n");
    case CLMLP_SCALE_MINMAX:
    case CLMLP_SCALE_STANDARD: return clmlp_c_code(w, "    value = (value - $N_offset[j]) / $N_divisor[j];\n");
    case CLMLP_SCALE_ROBUST:
    case CLMLP_SCALE_ROBUST_CLIP:
        TRY(clmlp_c_code(w, "    value = $N_divisor[j] > 0.0 ? (value - $N_offset[j]) / $N_divisor[j] : 0.0;\n"));
        return w->model->scaling.kind == CLMLP_SCALE_ROBUST_CLIP ? clmlp_c_code(w, clip) : CLMLP_OK;
    case CLMLP_SCALE_AUTO:
    case CLMLP_SCALE_COUNT: break;
    }
    return clmlp_fail(w->error, CLMLP_BAD_ARGUMENT, "a scaling that C files do not know");
}

clmlp_status clmlp_c_scale(clmlp_c_writer *w)
{
    const clmlp_scaling *const scaling = &w->model->scaling;
    const bool numbers = clmlp_scale_has_numbers(scaling->kind);
    if (numbers) {
        TRY(doubles(w, "offset", scaling->offset, scaling->n));
        TRY(doubles(w, "divisor", scaling->divisor, scaling->n));
    }
    TRY(clmlp_c_code(w, "\n/* Feature j as the network takes it: computed in double, rounded once. */\n"
                     "static $R $N_scaled(double value, size_t j)\n{\n"));
    TRY(scale_value(w));
    return clmlp_c_code(w, numbers ? "    return ($R)value;\n}\n\n" : "    (void)j;\n    return ($R)value;\n}\n\n");
}

/* --- theta ------------------------------------------------------------------------------------------------------- */

double clmlp_c_row_scale(const double *row, size_t s_in)
{
    double most = 0.0;
    for (size_t i = 1; i <= s_in; i++) most = fmax(most, fabs(row[i]));
    return (double)(float)(most / 127.0);
}

int clmlp_c_int8(double weight, double scale)
{
    if (!(scale > 0.0)) return 0;
    const double q = nearbyint(weight / scale);
    return q > 127.0 ? 127 : q < -127.0 ? -127 : (int)q; /* the scale is rounded, and may be a little small */
}

/* theta(l) of a member, bias in column 0. */
static clmlp_status layer_of_reals(clmlp_c_writer *w, const double *theta, size_t s_in, size_t s_out)
{
    for (size_t j = 0; j < s_out; j++) {
        for (size_t i = 0; i <= s_in; i++) {
            TRY(clmlp_c_code(w, i == 0 ? j == 0 ? "\n    " : ",\n    " : i % A_LINE == 0 ? ",\n    " : ", "));
            TRY(clmlp_c_real(w, theta[j * (s_in + 1) + i]));
        }
    }
    return clmlp_c_code(w, "};\n");
}

/* Weights as integers without the bias. */
static clmlp_status layer_of_integers(clmlp_c_writer *w, const double *theta, size_t s_in, size_t s_out)
{
    for (size_t j = 0; j < s_out; j++) {
        const double *const row = theta + j * (s_in + 1), scale = clmlp_c_row_scale(row, s_in);
        for (size_t i = 1; i <= s_in; i++) {
            const char *const between = i == 1 ? j == 0 ? "\n    " : ",\n    " : i % 24 == 1 ? ",\n    " : ",";
            TRY(clmlp_text_append(&w->text, w->error, "%s%d", between, clmlp_c_int8(row[i], scale)));
        }
    }
    return clmlp_c_code(w, "};\n");
}

/* Bias and scale of each row. */
static clmlp_status rows_of_integers(clmlp_c_writer *w, const double *theta, size_t s_in, size_t s_out)
{
    for (size_t j = 0; j < s_out; j++) {
        const double *const row = theta + j * (s_in + 1);
        TRY(clmlp_c_code(w, j == 0 ? "\n    " : j % 3 == 0 ? ",\n    " : ", "));
        TRY(clmlp_c_real(w, row[0]));
        TRY(clmlp_c_code(w, ", "));
        TRY(clmlp_c_real(w, clmlp_c_row_scale(row, s_in)));
    }
    return clmlp_c_code(w, "};\n");
}

static clmlp_status table(clmlp_c_writer *w, const char *type, const char *name)
{
    TRY(clmlp_c_codef(w, "static const %s *const $N_%s[$U_MEMBERS][$U_LAYERS] = {\n", type, name));
    for (size_t k = 0; k <= w->model->others; k++) {
        TRY(clmlp_c_code(w, "    {"));
        for (size_t l = 1; l < w->model->L; l++) {
            TRY(clmlp_c_codef(w, "%s$N_%s_%zu_%zu", l > 1 ? ", " : "", name, k + 1, l));
        }
        TRY(clmlp_c_code(w, k < w->model->others ? "},\n" : "}};\n"));
    }
    return CLMLP_OK;
}

clmlp_status clmlp_c_theta(clmlp_c_writer *w)
{
    const clmlp_model *const model = w->model;
    size_t widest = 0;
    for (size_t l = 0; l < model->L; l++) widest = model->s[l] > widest ? model->s[l] : widest;
    TRY(clmlp_c_codef(w, "enum { $U_FEATURES = %zu, $U_WIDEST = %zu, $U_MEMBERS = %zu, $U_LAYERS = %zu };\n\n"
                      "static const size_t $N_units[] = {", model->s[0], widest, model->others + 1, model->L - 1));
    for (size_t l = 0; l < model->L; l++) TRY(clmlp_c_codef(w, "%s%zu", l > 0 ? ", " : "", model->s[l]));
    TRY(clmlp_c_codef(w, "};\n\n/* theta(l) of each member, row by row%s. */\n",
                      w->int8 ? ": weights; and the bias and the scale of each row" : ", the bias in front"));
    for (size_t k = 0; k <= model->others; k++) {
        for (size_t l = 1; l < model->L; l++) {
            const double *const theta = clmlp_model_member_theta(model, k) + model->theta_at[l - 1];
            const size_t s_in = model->s[l - 1], s_out = model->s[l];
            TRY(clmlp_c_codef(w, "static const %s $N_theta_%zu_%zu[] = {", w->int8 ? "signed char" : "$R", k + 1, l));
            TRY(w->int8 ? layer_of_integers(w, theta, s_in, s_out) : layer_of_reals(w, theta, s_in, s_out));
            if (!w->int8) continue;
            TRY(clmlp_c_codef(w, "static const $R $N_rows_%zu_%zu[] = {", k + 1, l));
            TRY(rows_of_integers(w, theta, s_in, s_out));
        }
    }
    TRY(clmlp_c_code(w, "\n"));
    TRY(table(w, w->int8 ? "signed char" : "$R", "theta"));
    return w->int8 ? table(w, "$R", "rows") : CLMLP_OK;
}

/* --- activations ------------------------------------------------------------------------------------------------- */

/* A line `const $R NAME = VALUE;` inside a function. */
static clmlp_status constant(clmlp_c_writer *w, const char *name, double value)
{
    TRY(clmlp_c_codef(w, "    const $R %s = ", name));
    TRY(clmlp_c_real(w, value));
    return clmlp_c_code(w, ";\n");
}

static const char mish[] = /* tanh(log(1 + e^z)) = n / d */
    "    const $R e = exp$F(-fabs$F(z));\n"
    "    const $R n = z < 0 ? e * (e + 2) : 1 + e + e;\n"
    "    const $R d = z < 0 ? n + 2 : n + e * e * 2;\n"
    "    return z * (n / d);\n";

static const char gelu_tanh[] = /* z sigmoid(y) */
    "    const $R y = rise * z * (1 + cube * z * z);\n"
    "    const $R e = exp$F(-fabs$F(y)), large = 1 / (1 + e);\n"
    "    return z * (y < 0 ? e * large : large);\n";

/* The body of g(z). The forms are those of the CPU path. */
static clmlp_status activation_body(clmlp_c_writer *w, clmlp_activation activation)
{
    switch (activation) {
    case CLMLP_SIGMOID: return clmlp_c_code(w, "    return 1 / (1 + exp$F(-z));\n");
    case CLMLP_TANH: return clmlp_c_code(w, "    return tanh$F(z);\n");
    case CLMLP_RELU: return clmlp_c_code(w, "    return z < 0 ? 0 : z;\n");
    case CLMLP_LINEAR: return clmlp_c_code(w, "    return z;\n");
    case CLMLP_STEP: return clmlp_c_code(w, "    return z > 0 ? 1 : 0;\n");
    case CLMLP_SWISH: return clmlp_c_code(w, "    return z / (1 + exp$F(-z));\n");
    case CLMLP_SELU:
        TRY(constant(w, "above", SELU_SCALE));
        TRY(constant(w, "below", SELU_BELOW));
        return clmlp_c_code(w, "    return z > 0 ? above * z : below * expm1$F(z);\n");
    case CLMLP_MISH: return clmlp_c_code(w, mish);
    case CLMLP_LEAKY_RELU:
        TRY(constant(w, "slope", LEAKY_SLOPE));
        return clmlp_c_code(w, "    return z > 0 ? z : slope * z;\n");
    case CLMLP_ELU: return clmlp_c_code(w, "    return z > 0 ? z : expm1$F(z);\n");
    case CLMLP_GELU:
        TRY(constant(w, "root", -ROOT_HALF));
        TRY(constant(w, "half", 0.5));
        return clmlp_c_code(w, "    return z * (half * erfc$F(z * root));\n");
    case CLMLP_GELU_TANH:
        TRY(constant(w, "rise", GELU_RISE));
        TRY(constant(w, "cube", GELU_CUBE));
        return clmlp_c_code(w, gelu_tanh);
    case CLMLP_SOFTPLUS: return clmlp_c_code(w, "    return (z > 0 ? z : 0) + log1p$F(exp$F(-fabs$F(z)));\n");
    case CLMLP_ACTIVATION_COUNT: break;
    }
    return clmlp_fail(w->error, CLMLP_BAD_ARGUMENT, "an activation that C files do not know");
}

static const char softmax[] =
    "static void $N_output($R *a)\n"
    "{\n"
    "    $R largest = a[0], sum = 0;\n"
    "    size_t k;\n"
    "    for (k = 1; k < $U_OUTPUTS; k++) largest = a[k] > largest ? a[k] : largest;\n"
    "    for (k = 0; k < $U_OUTPUTS; k++) {\n"
    "        a[k] = exp$F(a[k] - largest);\n"
    "        sum += a[k];\n"
    "    }\n"
    "    for (k = 0; k < $U_OUTPUTS; k++) a[k] /= sum;\n"
    "}\n\n";

static clmlp_status output(clmlp_c_writer *w)
{
    TRY(clmlp_c_code(w, "/* h of the last z, in place. */\n"));
    switch (w->model->output) {
    case CLMLP_OUTPUT_SIGMOID:
        return clmlp_c_code(w, "static void $N_output($R *a)\n{\n    size_t k;\n"
                            "    for (k = 0; k < $U_OUTPUTS; k++) a[k] = 1 / (1 + exp$F(-a[k]));\n}\n\n");
    case CLMLP_OUTPUT_SOFTMAX: return clmlp_c_code(w, softmax);
    case CLMLP_OUTPUT_LINEAR: return clmlp_c_code(w, "static void $N_output($R *a)\n{\n    (void)a;\n}\n\n");
    case CLMLP_OUTPUT_COUNT: break;
    }
    return clmlp_fail(w->error, CLMLP_BAD_ARGUMENT, "an output that C files do not know");
}

/* --- layers ------------------------------------------------------------------------------------------------------ */

static const char product_of_reals[] =
    "static void $N_product(size_t member, size_t l, const $R *a, $R *z)\n"
    "{\n"
    "    const $R *theta = $N_theta[member][l];\n"
    "    size_t i, j;\n"
    "    for (j = 0; j < $N_units[l + 1]; j++) {\n"
    "        $R sum = *theta++;\n"
    "        for (i = 0; i < $N_units[l]; i++) sum += *theta++ * a[i];\n"
    "        z[j] = sum;\n"
    "    }\n"
    "}\n\n";

static const char product_of_integers[] =
    "static void $N_product(size_t member, size_t l, const $R *a, $R *z)\n"
    "{\n"
    "    const signed char *theta = $N_theta[member][l];\n"
    "    const $R *row = $N_rows[member][l];\n"
    "    size_t i, j;\n"
    "    for (j = 0; j < $N_units[l + 1]; j++, row += 2) {\n"
    "        $R sum = 0;\n"
    "        for (i = 0; i < $N_units[l]; i++) sum += ($R)*theta++ * a[i];\n"
    "        z[j] = row[0] + row[1] * sum;\n"
    "    }\n"
    "}\n\n";

static const char forward[] =
    "/* h of a member, from the scaled features. Returns where it is, in `room`. */\n"
    "static const $R *$N_forward(size_t member, const $R *features, $R room[2][$U_WIDEST])\n"
    "{\n"
    "    const $R *a = features;\n"
    "    size_t l;\n"
    "    for (l = 0; l < $U_LAYERS; l++) {\n"
    "        $R *z = room[l % 2];\n"
    "        $N_product(member, l, a, z);\n"
    "        if (l + 1 < $U_LAYERS) {\n"
    "            size_t j;\n"
    "            for (j = 0; j < $N_units[l + 1]; j++) z[j] = $N_activate(z[j]);\n"
    "        } else {\n"
    "            $N_output(z);\n"
    "        }\n"
    "        a = z;\n"
    "    }\n"
    "    return a;\n"
    "}\n\n";

clmlp_status clmlp_c_network(clmlp_c_writer *w)
{
    TRY(clmlp_c_code(w, "\n/* z = [1 a] theta(l + 1)^T. */\n"));
    TRY(clmlp_c_code(w, w->int8 ? product_of_integers : product_of_reals));
    TRY(clmlp_c_codef(w, "/* %s */\nstatic $R $N_activate($R z)\n{\n", clmlp_activation_name(w->model->activation)));
    TRY(activation_body(w, w->model->activation));
    TRY(clmlp_c_code(w, "}\n\n"));
    TRY(output(w));
    return clmlp_c_code(w, forward);
}

/* --- all together ------------------------------------------------------------------------------------------------ */

static const char features[] =
    "    for (j = 0; j < $U_FEATURES; j++) {\n"
    "        if (!isfinite(x[j])) return -1;\n"
    "        features[j] = $N_scaled(x[j], j);\n"
    "        if (!isfinite(features[j])) return -1;\n"
    "    }\n"
    "    for (member = 0; member < $U_MEMBERS; member++) {\n"
    "        const $R *h = $N_forward(member, features, room);\n"
    "        for (k = 0; k < $U_OUTPUTS; k++) outputs[k] = member == 0 ? (double)h[k] : outputs[k] + (double)h[k];\n"
    "    }\n";

clmlp_status clmlp_c_predict(clmlp_c_writer *w)
{
    const clmlp_model *const model = w->model;
    const bool columns = model->columns != NULL, scaled = model->target_scaling.kind != CLMLP_SCALE_NONE;
    const bool classes = model->class_names != NULL;
    if (scaled) {
        TRY(doubles(w, "target_offset", model->target_scaling.offset, model->target_scaling.n));
        TRY(doubles(w, "target_divisor", model->target_scaling.divisor, model->target_scaling.n));
        TRY(clmlp_c_code(w, "\n"));
    }
    if (classes) {
        TRY(clmlp_c_code(w, "const char *const $N_classes[$U_OUTPUTS] = {\n"));
        TRY(clmlp_c_texts(w, (const char *const *)model->class_names, model->s[model->L - 1]));
        TRY(clmlp_c_code(w, "\n"));
    }
    TRY(clmlp_c_codef(w, "static int $N_compute(const %s *row, double *outputs)\n{\n"
                      "    $R features[$U_FEATURES], room[2][$U_WIDEST];\n    size_t member, j, k;\n",
                      w->by_column ? "$N_row" : "double"));
    TRY(clmlp_c_code(w, columns ? "    double x[$U_FEATURES];\n    if ($N_encode(row, x) != 0) return -1;\n"
                                : "    const double *x = row;\n"));
    TRY(clmlp_c_code(w, features));
    if (model->others > 0) {
        TRY(clmlp_c_code(w, "    for (k = 0; k < $U_OUTPUTS; k++) outputs[k] /= (double)$U_MEMBERS;\n"));
    }
    if (scaled) {
        TRY(clmlp_c_code(w, "    for (k = 0; k < $U_OUTPUTS; k++) {\n"
                         "        outputs[k] = outputs[k] * $N_target_divisor[k] + $N_target_offset[k];\n    }\n"));
    }
    TRY(clmlp_c_code(w, !classes ? "    return 0;\n}\n\n"
                                 : "    j = 0;\n    for (k = 1; k < $U_OUTPUTS; k++) {\n"
                                   "        if (outputs[k] > outputs[j]) j = k;\n    }\n    return (int)j;\n}\n\n"));
    return clmlp_c_codef(w, "int $N_predict(const %s *row, double *outputs)\n{\n"
                         "    const int result = $N_compute(row, outputs);\n    size_t k;\n"
                         "    if (result < 0) {\n"
                         "        for (k = 0; k < $U_OUTPUTS; k++) outputs[k] = (double)NAN;\n    }\n"
                         "    return result;\n}\n", w->by_column ? "$N_row" : "double");
}
