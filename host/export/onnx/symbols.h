/* symbols.h - what the values of a graph from outside mean: functions of z of a layer, or constants.
 *
 * Import goes through the nodes in their order and says of each value what it is. A chain of layers comes out, or a
 * node is refused. Layer 0 is the input; layer l >= 1 has z = W a + b, and what follows it is a form of z. */
#ifndef CLMLP_EXPORT_ONNX_SYMBOLS_H
#define CLMLP_EXPORT_ONNX_SYMBOLS_H

#include "clmlp/model.h"
#include "export/onnx/parsed.h"

typedef enum clmlp_form {
    /* what a layer may hand on, or be the output */
    CLMLP_FORM_Z,
    CLMLP_FORM_SIGMOID,
    CLMLP_FORM_TANH,
    CLMLP_FORM_RELU,
    CLMLP_FORM_SWISH,
    CLMLP_FORM_SELU,
    CLMLP_FORM_MISH,
    CLMLP_FORM_LEAKY_RELU,
    CLMLP_FORM_ELU,
    CLMLP_FORM_GELU,
    CLMLP_FORM_GELU_TANH,
    CLMLP_FORM_SOFTPLUS,
    CLMLP_FORM_SOFTMAX,
    CLMLP_FORM_LOG_SOFTMAX,
    CLMLP_FORM_BOTH, /* 1 - h and h, of one sigmoid unit */
    /* parts of those */
    CLMLP_FORM_TANH_SOFTPLUS,
    CLMLP_FORM_ABOVE_20,   /* z > 20 */
    CLMLP_FORM_ROOT_HALF,  /* z / sqrt(2) */
    CLMLP_FORM_ERF,       /* erf of that */
    CLMLP_FORM_ERF_1,     /* 1 + that */
    CLMLP_FORM_Z_ERF_1,   /* z times that */
    CLMLP_FORM_HALF_Z,
    CLMLP_FORM_SQUARE,       /* z z */
    CLMLP_FORM_CUBE,         /* z z z */
    CLMLP_FORM_CUBE_PART,    /* 0.044715 of that */
    CLMLP_FORM_BENT,         /* z + that */
    CLMLP_FORM_RISE,         /* sqrt(2/pi) times that */
    CLMLP_FORM_TANH_RISE,    /* tanh of that */
    CLMLP_FORM_TANH_RISE_1,  /* 1 + that */
    CLMLP_FORM_Z_TANH_RISE_1, /* z times that */
    CLMLP_FORM_COMPLEMENT, /* 1 - h */
    /* decisions */
    CLMLP_FORM_INDEX, /* of the largest output */
    CLMLP_FORM_LABEL, /* its name */
    CLMLP_FORM_LABELS,
    CLMLP_FORM_NAMED, /* outputs by names of classes */
    CLMLP_FORM_COUNT
} clmlp_form;

typedef struct clmlp_symbol {
    clmlp_slice name;
    const clmlp_parsed_tensor *constant; /* NULL: a form */
    size_t layer, stage; /* stage: of the layer's z, or of the input while it is scaled; only the last one counts */
    clmlp_form form;
} clmlp_symbol;

typedef struct clmlp_import_layer {
    double *weight; /* [out x in] */
    double *bias;   /* [out]; NULL: none yet, which is 0 */
    size_t in, out;
} clmlp_import_layer;

typedef struct clmlp_import {
    clmlp_parsed file;
    clmlp_symbol *symbols;        /* room for all of the file */
    size_t symbol_count;
    clmlp_parsed_tensor *made;    /* constants that are nodes */
    size_t made_count;
    clmlp_import_layer *layers;   /* layers[l - 1] */
    size_t layer_count, stage;
    bool has_activation, doubles; /* doubles: a weight is a double */
    clmlp_form activation;        /* of all hidden layers */
    double *offset, *divisor;     /* [scale_width] of the input; NULL: it is not scaled */
    size_t scale_width;           /* 1: the same for all features */
    double *factor, *shift;       /* [units of the last layer], of its activation: factor a + shift; NULL: 1 and 0 */
    uint64_t rows, width;         /* of the input, as the file says; 0: it does not */
    size_t flat_width;            /* of a Reshape of the input; 0: none, or -1 */
    bool flattened;
    char **classes;               /* [class_count], each its own block */
    size_t class_count;
    clmlp_error *error;
} clmlp_import;

/* A node that is not known, with why. */
#define REFUSE_NODE(import, node, ...) clmlp_parsed_refuse(&(import)->file, (node), (import)->error, __VA_ARGS__)

/* Say what a node's first output is. Errors: CLMLP_BAD_INPUT (the name is there already). */
clmlp_status clmlp_import_define(clmlp_import *import, const clmlp_parsed_node *node, const clmlp_symbol *symbol);
const clmlp_symbol *clmlp_import_find(const clmlp_import *import, clmlp_slice name);

/* What a node does, whose inputs [count] are known; NULL: an input that is left out. */
clmlp_status clmlp_import_node(clmlp_import *import, const clmlp_parsed_node *node);

/* Operators of the layers (layers.c) and of what follows the last one (decisions.c). */
typedef clmlp_status clmlp_import_op(clmlp_import *import, const clmlp_parsed_node *node,
                                     const clmlp_symbol *const *inputs);
clmlp_import_op clmlp_import_matmul, clmlp_import_gemm, clmlp_import_scaler, clmlp_import_arithmetic;
clmlp_import_op clmlp_import_argmax, clmlp_import_pick, clmlp_import_zipmap, clmlp_import_binarizer;

/* A value of which each column is multiplied, or has something added: op is '+', '-', '*' or '/', the constant on the
 * right. Of the input it becomes scaling; of z it goes into the layer; of an activation into the next layer. */
clmlp_status clmlp_import_shift(clmlp_import *import, const clmlp_parsed_node *node, const clmlp_symbol *value,
                                char op, const clmlp_parsed_tensor *constant);
clmlp_import_op clmlp_import_batch_normalization;
/* What such an activation leaves for a new layer, whose weights are there. */
clmlp_status clmlp_import_take_affine(clmlp_import *import, const clmlp_parsed_node *node, clmlp_import_layer *layer);
/* b of the last layer. */
clmlp_status clmlp_import_add_bias(clmlp_import *import, const clmlp_parsed_node *node,
                                   const clmlp_parsed_tensor *constant);
/* x op c of each feature; numbers [count], count 1 for all of them. */
clmlp_status clmlp_import_scale_input(clmlp_import *import, const clmlp_parsed_node *node, char op,
                                      const double *numbers, size_t count);
/* The node's output is z of the last layer, or the input, as it stands now. */
clmlp_status clmlp_import_define_z(clmlp_import *import, const clmlp_parsed_node *node);

/* Whether a value is the last one of the chain, so that the chain may go on from it. */
bool clmlp_import_is_last(const clmlp_import *import, const clmlp_symbol *value);
/* The same, of the last layer: an output, whose layer is not the input. */
bool clmlp_import_is_output(const clmlp_import *import, const clmlp_symbol *value);

/* What a form is called where it is an activation or an output; "?" else. */
const char *clmlp_form_name(clmlp_form form);

#endif
