/* octave.c - scripts for GNU Octave: the equations written out. */
#include <inttypes.h>

#include "export/script/script.h"
#include "export/script/templates.h"

/* g(z) and g'(z) as expressions of z. */
typedef struct activation {
    const char *g, *slope;
} activation;

#define SIGMOID_OF_Z "1 ./ (1 + exp (-z))"
/* The rise of gelu-tanh's argument, 2 / sqrt(2 pi). */
#define TANH_OF_GELU "tanh (sqrt (2 / pi) * (z + 0.044715 * z .^ 3))"
#define SOFTPLUS_OF_Z "max (z, 0) + log1p (exp (-abs (z)))"
#define SELU_SCALE "1.0507009873554804934"
#define SELU_BELOW "1.7580993408473768600"

static activation activation_there(clmlp_activation code)
{
    switch (code) {
    case CLMLP_SIGMOID: return (activation){"a = " SIGMOID_OF_Z ";", "a = g (z);\n  d = a .* (1 - a);"};
    case CLMLP_TANH: return (activation){"a = tanh (z);", "d = 1 - tanh (z) .^ 2;"};
    case CLMLP_RELU: return (activation){"a = max (z, 0);", "d = cast (z > 0, class (z));"};
    case CLMLP_LINEAR: return (activation){"a = z;", "d = ones (size (z), class (z));"};
    case CLMLP_STEP: break; /* cannot be trained */
    case CLMLP_SWISH:
        return (activation){"a = z ./ (1 + exp (-z));",
                            "s = " SIGMOID_OF_Z ";\n  d = s .* (1 + z .* (1 - s));"};
    case CLMLP_SELU:
        return (activation){"a = " SELU_SCALE " * max (z, 0) + " SELU_BELOW " * expm1 (min (z, 0));",
                            "d = " SELU_SCALE " * (z > 0) + " SELU_BELOW " * exp (min (z, 0)) .* (z <= 0);"};
    case CLMLP_MISH:
        return (activation){"a = z .* tanh (" SOFTPLUS_OF_Z ");",
                            "t = tanh (" SOFTPLUS_OF_Z ");\n  d = t + z .* (1 - t .^ 2) ./ (1 + exp (-z));"};
    case CLMLP_LEAKY_RELU: return (activation){"a = max (z, 0.01 * z);", "d = 0.01 + 0.99 * (z > 0);"};
    case CLMLP_ELU:
        return (activation){"a = max (z, 0) + expm1 (min (z, 0));", "d = exp (min (z, 0));"};
    case CLMLP_GELU:
        return (activation){"a = z .* erfc (-z / sqrt (2)) / 2;",
                            "d = erfc (-z / sqrt (2)) / 2 + z .* exp (-z .^ 2 / 2) / sqrt (2 * pi);"};
    case CLMLP_GELU_TANH:
        return (activation){"a = z .* (1 + " TANH_OF_GELU ") / 2;",
                            "t = " TANH_OF_GELU ";\n"
                            "  d = (1 + t) / 2 + z .* (1 - t .^ 2) .* (1 + 0.134145 * z .^ 2) / sqrt (2 * pi);"};
    case CLMLP_SOFTPLUS: return (activation){"a = " SOFTPLUS_OF_Z ";", "d = " SIGMOID_OF_Z ";"};
    case CLMLP_ACTIVATION_COUNT: break;
    }
    return (activation){NULL, NULL};
}

static const char *output_there(clmlp_output output)
{
    switch (output) {
    case CLMLP_OUTPUT_SIGMOID:
        return "  cost = sum ((max (z, 0) - z .* y + log1p (exp (-abs (z))))(:));\n"
               "  delta = 1 ./ (1 + exp (-z)) - y;\n";
    case CLMLP_OUTPUT_SOFTMAX:
        return "  z = z - max (z, [], 2);\n"
               "  sums = sum (exp (z), 2);\n"
               "  cost = sum ((y .* (log (sums) - z))(:));\n"
               "  delta = exp (z) ./ sums - y;\n";
    case CLMLP_OUTPUT_LINEAR:
        return "  delta = z - y;\n"
               "  cost = sum (delta(:) .^ 2) / 2;\n";
    case CLMLP_OUTPUT_COUNT: break;
    }
    return NULL;
}

static clmlp_status settings(clmlp_script_writing *w)
{
    const clmlp_script_options *const o = &w->options;
    char rate[32], lambda[32];
    TRY(WRITE(w, "1; # functions follow, and this file is none\n\nMODEL = "));
    TRY(clmlp_script_bytes(w, w->model_path));
    TRY(WRITE(w, ";\nROWS = fullfile (fileparts (mfilename (\"fullpath\")), "));
    TRY(clmlp_script_bytes(w, w->data_name));
    TRY(WRITE(w, ");\n"
              "given = argv ();\n"
              "if (numel (given) >= 1 && given{1}(1) != \"-\") MODEL = given{1}; end\n"
              "if (numel (given) >= 2) ROWS = given{2}; end\n"
              "UNITS = ["));
    for (size_t l = 0; l < w->model->L; l++) TRY(WRITE(w, "%s%zu", l > 0 ? ", " : "", w->model->s[l]));
    TRY(WRITE(w, "];\nRATE = %s;\nLAMBDA = %s;\n", clmlp_script_number(rate, o->rate),
              clmlp_script_number(lambda, o->lambda)));
    return WRITE(w, "BATCH = %zu;\nEPOCHS = %zu;\nSEED = uint64 ([%" PRIu32 ", %" PRIu32 "]); # low and high half\n"
                 "SHUFFLE = %s;\nREAL = \"%s\";\n", o->batch, o->epochs, (uint32_t)o->seed, (uint32_t)(o->seed >> 32),
                 o->shuffle ? "true" : "false", o->precision == CLMLP_F32 ? "single" : "double");
}

static clmlp_status update(clmlp_script_writing *w)
{
    const clmlp_script_options *const o = &w->options;
    char first[32], second[32], epsilon[32], decay[32];
    const bool adam = o->optimizer == CLMLP_ADAM || o->optimizer == CLMLP_ADAMW;
    (void)clmlp_script_number(first, adam ? o->beta1 : o->momentum);
    (void)clmlp_script_number(second, o->beta2);
    (void)clmlp_script_number(epsilon, o->epsilon);
    (void)clmlp_script_number(decay, o->weight_decay);
    TRY(WRITE(w, "\nfunction [theta, s, v] = update (theta, gradient, s, v, step, rate) # s, v: state, 0 at first\n"));
    switch (o->optimizer) {
    case CLMLP_SGD: TRY(WRITE(w, "  theta -= rate * gradient;\n")); break;
    case CLMLP_MOMENTUM: TRY(WRITE(w, "  v = %s * v + gradient;\n  theta -= rate * v;\n", first)); break;
    case CLMLP_NESTEROV:
        TRY(WRITE(w, "  v = %s * v + gradient;\n  theta -= rate * (gradient + %s * v);\n", first, first));
        break;
    case CLMLP_RMSPROP:
        TRY(WRITE(w, "  v = %s * v + (1 - %s) * gradient .^ 2;\n  theta -= rate * gradient ./ (sqrt (v) + %s);\n",
                  second, second, epsilon));
        break;
    case CLMLP_ADAMW: TRY(WRITE(w, "  theta(:, 2:end) *= 1 - rate * %s;\n", decay)); /* fall through */
    case CLMLP_ADAM:
        TRY(WRITE(w, "  s = %s * s + (1 - %s) * gradient;\n  v = %s * v + (1 - %s) * gradient .^ 2;\n", first, first,
                  second, second));
        TRY(WRITE(w, "  theta -= rate / (1 - %s ^ step) * s ./ (sqrt (v / (1 - %s ^ step)) + %s);\n", first, second,
                  epsilon));
        break;
    case CLMLP_OPTIMIZER_COUNT:
        return clmlp_fail(w->error, CLMLP_BAD_ARGUMENT, "an optimizer that scripts do not know");
    }
    return WRITE(w, "end\n");
}

clmlp_status clmlp_script_in_octave(clmlp_script_writing *w)
{
    const activation hidden = activation_there(w->model->activation);
    const char *const output = output_there(w->model->output);
    if (hidden.g == NULL || output == NULL) {
        return clmlp_fail(w->error, CLMLP_BAD_ARGUMENT, "octave cannot train the activation %s with the output %s",
                          clmlp_activation_name(w->model->activation), clmlp_output_name(w->model->output));
    }
    TRY(clmlp_script_head(w, "GNU Octave", "  octave ", "Octave 7 or later"));
    TRY(settings(w));
    TRY(WRITE(w, "\nfunction a = g (z) # a hidden unit\n  %s\nend\n\nfunction d = g_slope (z) # dg/dz\n  %s\nend\n",
              hidden.g, hidden.slope));
    TRY(WRITE(w, "\n# The cost of all examples together, and its derivative to z.\n"
              "function [cost, delta] = output_of (z, y)\n%send\n", output));
    TRY(update(w));
    return WRITE(w, "%s%s", clmlp_script_octave, clmlp_script_octave_training);
}
