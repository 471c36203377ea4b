/* model.h - a fully connected network: its topology, its parameters theta, and all that is needed to
 * apply it to new data (scaling of the features, names of the classes).
 *
 * Layer l has s_l units and a bias unit that is always 1:
 *
 *     z(l+1) = [1 a(l)] theta(l)^T        a(l+1) = g(z(l+1))        h = a(L)
 *
 * Files are safetensors. Tensors are named and shaped as PyTorch's nn.Sequential(Linear, act, Linear,
 * ...) expects them: "0.weight" [s_2 x s_1], "0.bias" [s_2], "2.weight", ... ; everything else is in
 * the file's metadata (docs/model-format.md).
 *
 * Threads: what takes a `const clmlp_model *` may run on many threads at once. Whoever changes the model (training,
 * fit_scaling, set_..., writing through clmlp_model_theta) must have it alone.
 */
#ifndef CLMLP_MODEL_H
#define CLMLP_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clmlp/dataset.h"
#include "clmlp/export.h"
#include "clmlp/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Hidden activations g: X(name, text). The step function of the article can only predict; asking to
 * train with it is an error. All are PyTorch's of that name, with its defaults:
 *   swish       z / (1 + exp(-z)), SiLU (Elfwing et al., arXiv:1702.03118)
 *   selu        1.0507009873554805 times: z for z > 0, 1.6732632423543772 (exp(z) - 1) else (Klambauer et al.,
 *               arXiv:1706.02515)
 *   mish        z tanh(log(1 + exp(z))) (Misra, arXiv:1908.08681)
 *   leaky-relu  z for z > 0, z/100 else
 *   elu         z for z > 0, exp(z) - 1 else (Clevert et al., arXiv:1511.07289)
 *   gelu        z P(X < z) of a standard normal X; gelu-tanh its approximation by tanh (Hendrycks & Gimpel,
 *               arXiv:1606.08415)
 *   softplus    log(1 + exp(z)), for all z: PyTorch returns z above its threshold of 20, 2e-9 less at most */
#define CLMLP_ACTIVATION_LIST(X) \
    X(SIGMOID, "sigmoid")        \
    X(TANH, "tanh")              \
    X(RELU, "relu")              \
    X(LINEAR, "linear")          \
    X(STEP, "step")              \
    X(SWISH, "swish")            \
    X(SELU, "selu")              \
    X(MISH, "mish")              \
    X(LEAKY_RELU, "leaky-relu")  \
    X(ELU, "elu")                \
    X(GELU, "gelu")              \
    X(GELU_TANH, "gelu-tanh")    \
    X(SOFTPLUS, "softplus")

typedef enum clmlp_activation {
#define CLMLP_ACTIVATION_ENUM(name, text) CLMLP_##name,
    CLMLP_ACTIVATION_LIST(CLMLP_ACTIVATION_ENUM)
#undef CLMLP_ACTIVATION_ENUM
    CLMLP_ACTIVATION_COUNT
} clmlp_activation;

/* Output layer with its cost, X(name, text). For each of them delta(L) = h - y, times the weight of
 * the example where it has one:
 *   sigmoid  one-vs-all:          -sum_k [ y log h + (1 - y) log(1 - h) ]   (the article's)
 *   softmax  cross-entropy:       -sum_k y log h, for rows y that add up to 1
 *   linear   half squared error:   sum_k (h - y)^2 / 2 */
#define CLMLP_OUTPUT_LIST(X) \
    X(SIGMOID, "sigmoid")    \
    X(SOFTMAX, "softmax")    \
    X(LINEAR, "linear")

typedef enum clmlp_output {
#define CLMLP_OUTPUT_ENUM(name, text) CLMLP_OUTPUT_##name,
    CLMLP_OUTPUT_LIST(CLMLP_OUTPUT_ENUM)
#undef CLMLP_OUTPUT_ENUM
    CLMLP_OUTPUT_COUNT
} clmlp_output;

/* Name of a list entry, "?" outside the list; and back: false when there is no such name. */
CLMLP_API const char *clmlp_activation_name(clmlp_activation activation);
CLMLP_API bool clmlp_activation_parse(const char *name, clmlp_activation *activation);
CLMLP_API const char *clmlp_output_name(clmlp_output output);
CLMLP_API bool clmlp_output_parse(const char *name, clmlp_output *output);

/* How features are scaled before they enter the network, X(name, text). auto: 8-bit pixels as pixel,
 * anything else as standard. robust: the median is subtracted, the interquartile range divided by; where that is 0 half
 * the range, and where that is 0 the feature becomes 0. robust-clip: the same, then x / sqrt(1 + (x/3)^2), which is
 * within -3 and 3 (Holzmueller, Grinsztajn & Steinwart, NeurIPS 2024). Quartiles are numpy's: linear interpolation. */
#define CLMLP_SCALE_LIST(X)   \
    X(AUTO, "auto")           \
    X(NONE, "none")           \
    X(MINMAX, "minmax")       \
    X(STANDARD, "standard")   \
    X(PIXEL, "pixel")         \
    X(ROBUST, "robust")       \
    X(ROBUST_CLIP, "robust-clip")

typedef enum clmlp_scale {
#define CLMLP_SCALE_ENUM(name, text) CLMLP_SCALE_##name,
    CLMLP_SCALE_LIST(CLMLP_SCALE_ENUM)
#undef CLMLP_SCALE_ENUM
    CLMLP_SCALE_COUNT
} clmlp_scale;

CLMLP_API const char *clmlp_scale_name(clmlp_scale scale);
CLMLP_API bool clmlp_scale_parse(const char *name, clmlp_scale *scale);

typedef struct clmlp_model clmlp_model;

/* Make a network with random theta: theta(l)_{j,i} for i >= 1 uniform in (-e, e), e = sqrt(6 / (s_l +
 * s_{l+1})) (Glorot & Bengio 2010, eq. 16); bias column 0. The numbers depend on the seed and the
 * topology alone (Philox4x32-10), not on device, precision or platform.
 *   L, s        number of layers (>= 2) and units of each [L], all >= 1, bias not counted; copied
 *   activation  of all hidden layers
 *   seed        any
 * Errors: CLMLP_BAD_ARGUMENT, CLMLP_OUT_OF_MEMORY. */
CLMLP_API clmlp_status clmlp_model_create(clmlp_model **out, size_t L, const size_t *s, clmlp_activation activation,
                                          clmlp_output output, uint64_t seed, clmlp_error *error);

/* How theta begins, X(name, text). n stands for s_l, the units that theta(l) multiplies; biases are 0 where nothing
 * else is said.
 *   glorot-uniform  in (-e, e), e = sqrt(6 / (s_l + s_{l+1})); glorot-normal: variance 2 / (s_l + s_{l+1}) (Glorot &
 *                   Bengio 2010, eq. 16 and 12)
 *   he-uniform      e = sqrt(6 / n); he-normal: variance 2 / n (He et al. 2015, eq. 10)
 *   lecun-uniform   e = sqrt(3 / n); lecun-normal: variance 1 / n (LeCun et al. 1998, section 4.6)
 *   epsilon         biases, too, in (-e, e), e = 0.12 (randInitializeWeights of A. Ng's course "Machine Learning", for
 *                   its network of 400-25-10)
 *   ntk             variance 1 / n, biases variance 1; the last theta and its biases 0 (Holzmueller, Grinsztajn &
 *                   Steinwart 2024, RealMLP)
 * Normal numbers are by Box and Muller's method: they rest on log and cos of the platform's C library, and may differ
 * between two of those in the last bits. Uniform ones are the same everywhere. */
#define CLMLP_INITIALISATION_LIST(X)    \
    X(GLOROT_UNIFORM, "glorot-uniform") \
    X(GLOROT_NORMAL, "glorot-normal")   \
    X(HE_UNIFORM, "he-uniform")         \
    X(HE_NORMAL, "he-normal")           \
    X(LECUN_UNIFORM, "lecun-uniform")   \
    X(LECUN_NORMAL, "lecun-normal")     \
    X(EPSILON, "epsilon")               \
    X(NTK, "ntk")

typedef enum clmlp_initialisation {
#define CLMLP_INITIALISATION_ENUM(name, text) CLMLP_INITIALISATION_##name,
    CLMLP_INITIALISATION_LIST(CLMLP_INITIALISATION_ENUM)
#undef CLMLP_INITIALISATION_ENUM
    CLMLP_INITIALISATION_COUNT
} clmlp_initialisation;

CLMLP_API const char *clmlp_initialisation_name(clmlp_initialisation initialisation);
CLMLP_API bool clmlp_initialisation_parse(const char *name, clmlp_initialisation *initialisation);

/* Make all of theta anew; clmlp_model_create does it with GLOROT_UNIFORM. The model keeps kind and seed, for its file.
 * Errors: CLMLP_BAD_ARGUMENT. */
CLMLP_API clmlp_status clmlp_model_initialise(clmlp_model *model, clmlp_initialisation initialisation, uint64_t seed,
                                              clmlp_error *error);

/* The same for a data set: s_1 and K from its features and targets, class names and columns copied.
 *   hidden  sizes of the hidden layers [hidden_count]; none: logistic, softmax or linear regression */
CLMLP_API clmlp_status clmlp_model_create_for(clmlp_model **out, const clmlp_dataset *dataset, const size_t *hidden,
                                              size_t hidden_count, clmlp_activation activation, clmlp_output output,
                                              uint64_t seed, clmlp_error *error);

/* NULL is fine. */
CLMLP_API void clmlp_model_destroy(clmlp_model *model);

/* Fit the scaling of the features to the training data and keep it in the model; train, evaluate and
 * predict apply it. Constant columns become 0. `PIXEL` divides by 255.
 * Errors: CLMLP_BAD_ARGUMENT (width differs from s_1), CLMLP_BAD_INPUT (statistics overflow). */
CLMLP_API clmlp_status clmlp_model_fit_scaling(clmlp_model *model, const clmlp_dataset *dataset, clmlp_scale scale,
                                               clmlp_error *error);

/* The same for targets that are numbers: y' = (y - mean) / deviation of each output, 1 for the deviation of a constant
 * target. Training and scoring take y', J is the cost of y'; predictions and metrics are in the units of y.
 *   scale  STANDARD, for a linear output only; NONE; AUTO: STANDARD for numbers and a linear output, else NONE
 * A model that is just made has NONE. Errors: CLMLP_BAD_ARGUMENT, CLMLP_BAD_INPUT, CLMLP_OUT_OF_MEMORY. */
CLMLP_API clmlp_status clmlp_model_fit_target_scaling(clmlp_model *model, const clmlp_dataset *dataset,
                                                      clmlp_scale scale, clmlp_error *error);

/* Read a model. A file without clmlp's metadata takes its activation and output from the hints.
 *   hints  NULL: none; else what --activation and --output said: used only where the file says nothing
 * Errors: CLMLP_IO, CLMLP_BAD_INPUT (names the file, the tensor or key, found and expected). */
typedef struct clmlp_model_hints {
    size_t size; /* sizeof of this struct; see clmlp.h */
    bool has_activation, has_output;
    clmlp_activation activation;
    clmlp_output output;
} clmlp_model_hints;

/* No hints. */
CLMLP_API void clmlp_model_hints_init(clmlp_model_hints *hints, size_t size);
static inline clmlp_model_hints clmlp_model_hints_default(void)
{
    clmlp_model_hints hints;
    clmlp_model_hints_init(&hints, sizeof hints);
    return hints;
}

CLMLP_API clmlp_status clmlp_model_load(clmlp_model **out, const char *path, const clmlp_model_hints *hints,
                                        clmlp_error *error);

/* Write a model: to a temporary file beside `path`, flushed, then renamed over it.
 * Errors: CLMLP_IO; an existing file is then as it was. */
CLMLP_API clmlp_status clmlp_model_save(const clmlp_model *model, const char *path, clmlp_error *error);

/* A place for a model that is trained first and saved then: what could keep it from being written is found before the
 * training. The temporary file beside `path` exists, and where the file system can, it has room for `members` thetas
 * like the model's. Errors: CLMLP_IO, CLMLP_OUT_OF_MEMORY. */
typedef struct clmlp_model_place clmlp_model_place;
CLMLP_API clmlp_status clmlp_model_place_open(clmlp_model_place **out, const clmlp_model *model, size_t members,
                                              const char *path, clmlp_error *error);

/* clmlp_model_save into the place, once. Where all was written and the last step, the renaming, is refused, the file
 * is kept under another name in the same folder, which the message of CLMLP_IO tells. A second call:
 * CLMLP_BAD_ARGUMENT. */
CLMLP_API clmlp_status clmlp_model_place_save(clmlp_model_place *place, const clmlp_model *model, clmlp_error *error);

/* Releases the place; where nothing was saved in it, the file of its path is as it was. NULL is fine. */
CLMLP_API void clmlp_model_place_close(clmlp_model_place *place);

/* An ensemble: several thetas of one network, all predictions the mean of theirs, in double. Training, verification and
 * gradient checks do not take one. The file has member 1, the first that was added, under the names "member.1.0.weight"
 * and so on. `member` needs the same topology, activation, output and scalings; its theta is copied (those of all its
 * members). Errors: CLMLP_BAD_ARGUMENT, CLMLP_OUT_OF_MEMORY. */
CLMLP_API clmlp_status clmlp_model_add_member(clmlp_model *model, const clmlp_model *member, clmlp_error *error);

/* The member that was added last is gone. Errors: CLMLP_BAD_ARGUMENT where there is only one. */
CLMLP_API clmlp_status clmlp_model_remove_member(clmlp_model *model, clmlp_error *error);

/* Of NULL: 0, NULL, "", NaN, and the _COUNT of a list, which is none of its entries. */
CLMLP_API size_t clmlp_model_layers(const clmlp_model *model);                      /* L */
CLMLP_API size_t clmlp_model_units(const clmlp_model *model, size_t l);             /* s_l, 1 <= l <= L */
CLMLP_API size_t clmlp_model_members(const clmlp_model *model);                     /* 1 unless it is an ensemble */
CLMLP_API size_t clmlp_model_parameters(const clmlp_model *model);                  /* sum of s_{l+1} (s_l + 1) */
CLMLP_API clmlp_activation clmlp_model_activation(const clmlp_model *model);        /* hidden */
CLMLP_API clmlp_output clmlp_model_output(const clmlp_model *model);
CLMLP_API clmlp_scale clmlp_model_scale(const clmlp_model *model);                  /* never AUTO */
CLMLP_API clmlp_scale clmlp_model_target_scale(const clmlp_model *model);           /* NONE or STANDARD */
CLMLP_API clmlp_initialisation clmlp_model_initialisation(const clmlp_model *model); /* of its first theta */
CLMLP_API double clmlp_model_lambda(const clmlp_model *model);                      /* of the last training; 0 before */

/* The scaling of feature j: x' = (x - offset_j) / divisor_j; ROBUST: 0 where divisor_j is 0; ROBUST_CLIP: the same,
 * then x' / sqrt(1 + (x'/3)^2). A feature that stays 0 or 1 has the divisor sqrt(8)/3, which clipping makes up for.
 *   offset, divisor  receive [s_1] each, whatever the kind (NONE: 0 and 1; PIXEL: 0 and 255); each may be NULL
 * Errors: CLMLP_BAD_ARGUMENT. */
CLMLP_API clmlp_status clmlp_model_get_scaling(const clmlp_model *model, double *offset, double *divisor,
                                               clmlp_error *error);
/* Set it.
 *   scale            any but AUTO, which needs data: clmlp_model_fit_scaling
 *   offset, divisor  [s_1] each, finite, divisor > 0, or >= 0 for ROBUST and ROBUST_CLIP; copied. NONE and PIXEL do not
 *                    look at them
 * Errors: CLMLP_BAD_ARGUMENT (the model is then as it was), CLMLP_OUT_OF_MEMORY. */
CLMLP_API clmlp_status clmlp_model_set_scaling(clmlp_model *model, clmlp_scale scale, const double *offset,
                                               const double *divisor, clmlp_error *error);

/* The same for the targets: y' = (y - offset_k) / divisor_k, [s_L] each; NONE: 0 and 1. */
CLMLP_API clmlp_status clmlp_model_get_target_scaling(const clmlp_model *model, double *offset, double *divisor,
                                                      clmlp_error *error);
/*   scale  NONE, or STANDARD for a linear output */
CLMLP_API clmlp_status clmlp_model_set_target_scaling(clmlp_model *model, clmlp_scale scale, const double *offset,
                                                      const double *divisor, clmlp_error *error);

/* Class names [K] in output order; NULL when the outputs are not classes. Owned by the model. */
CLMLP_API const char *const *clmlp_model_class_names(const clmlp_model *model);
/* Set them: names [K], copied; NULL: the outputs are not classes. Errors: CLMLP_BAD_ARGUMENT, CLMLP_OUT_OF_MEMORY. */
CLMLP_API clmlp_status clmlp_model_set_class_names(clmlp_model *model, const char *const *names, clmlp_error *error);

/* Name of output k < K: of the class, or of the column that its target comes from; NULL: it has none. Training gives a
 * model the names of its data's targets, if it has none. Owned by the model. */
CLMLP_API const char *clmlp_model_output_name(const clmlp_model *model, size_t k);
/* Names of the target columns [K] in output order, where the outputs are no classes; NULL: they have none. What
 * clmlp_load_options.output_names takes. Owned by the model. */
CLMLP_API const char *const *clmlp_model_output_names(const clmlp_model *model);
/* Set them: names [K], copied, none empty, no two equal; NULL: no names. Errors: CLMLP_BAD_ARGUMENT,
 * CLMLP_OUT_OF_MEMORY. */
CLMLP_API clmlp_status clmlp_model_set_output_names(clmlp_model *model, const char *const *names, clmlp_error *error);

/* The columns that the features come from; NULL: they have no names. Owned by the model. Making a model for data, or
 * training it, gives it those of the data, if it has none, and the median of each column of numbers. */
CLMLP_API const clmlp_columns *clmlp_model_columns(const clmlp_model *model);
/* Set them: copied; NULL: no names. Errors: CLMLP_BAD_ARGUMENT (they do not give s_1 features), CLMLP_OUT_OF_MEMORY. */
CLMLP_API clmlp_status clmlp_model_set_columns(clmlp_model *model, const clmlp_columns *columns, clmlp_error *error);

/* What svmlight's text counts the features from, as the training data did; AUTO: not known. Training gives a model that
 * of its data, if it has none. */
CLMLP_API clmlp_index_base clmlp_model_index_base(const clmlp_model *model);
/* Errors: CLMLP_BAD_ARGUMENT. */
CLMLP_API clmlp_status clmlp_model_set_index_base(clmlp_model *model, clmlp_index_base base, clmlp_error *error);

/* Target column that the model was trained on ("" when the targets had a file of their own); of several a list, as
 * clmlp_load_options.target takes it, with clmlp_load_options.output_names beside it. */
CLMLP_API const char *clmlp_model_target(const clmlp_model *model);
CLMLP_API clmlp_status clmlp_model_set_target(clmlp_model *model, const char *target, clmlp_error *error);

/* theta(l), 1 <= l < L: [s_{l+1} x (s_l + 1)], column 0 for the bias; NULL for another l. Owned by the model; the
 * first may be written to. */
CLMLP_API double *clmlp_model_theta(clmlp_model *model, size_t l);
CLMLP_API const double *clmlp_model_theta_const(const clmlp_model *model, size_t l);
/* Copy it out of the model, or into it: theta [s_{l+1} x (s_l + 1)], row-major. What is set must be finite.
 * Errors: CLMLP_BAD_ARGUMENT (names row and column from 0; the model is then as it was). */
CLMLP_API clmlp_status clmlp_model_get_theta(const clmlp_model *model, size_t l, double *theta, clmlp_error *error);
CLMLP_API clmlp_status clmlp_model_set_theta(clmlp_model *model, size_t l, const double *theta, clmlp_error *error);

#ifdef __cplusplus
}
#endif

#endif
