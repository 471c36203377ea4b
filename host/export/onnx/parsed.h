/* parsed.h - an ONNX file from outside, taken apart: nodes, tensors, inputs, outputs. Slices point into the file, which
 * is in memory. */
#ifndef CLMLP_EXPORT_ONNX_PARSED_H
#define CLMLP_EXPORT_ONNX_PARSED_H

#include <sys/types.h>

#include "base/error.h"
#include "data/quote.h"
#include "export/onnx/fields.h"
#include "export/proto/proto_read.h"

enum {
    CLMLP_PARSED_DIMS = 8,
    CLMLP_PARSED_LINKS = 8,   /* inputs of a node, or outputs, that are looked at */
    CLMLP_PARSED_MOST = 4096, /* nodes, or tensors: far more than a network of others has that clmlp knows */
    CLMLP_PARSED_BYTES = 16   /* of a file that export wrote: each more node or tensor takes so many bytes at least */
};

typedef struct clmlp_parsed_tensor {
    clmlp_slice name;
    uint64_t type;                    /* clmlp_onnx_type, or one that is not known */
    uint64_t dims[CLMLP_PARSED_DIMS]; /* [dim_count] */
    size_t dim_count, count;          /* count: product of the dims */
    clmlp_slice message;              /* all of it: numbers are read from there */
    bool external;
} clmlp_parsed_tensor;

typedef struct clmlp_parsed_node {
    clmlp_slice op, domain, name, message;
    clmlp_slice inputs[CLMLP_PARSED_LINKS], outputs[CLMLP_PARSED_LINKS];
    size_t input_count, output_count; /* there may be more than are kept */
} clmlp_parsed_node;

/* A value of the outside. */
typedef struct clmlp_parsed_value {
    clmlp_slice name;
    size_t rank;    /* 0: not told */
    uint64_t rows;  /* the first dimension; 0: not told */
    uint64_t width; /* values of an example: the product of all dimensions but the first; 0: not told */
} clmlp_parsed_value;

typedef struct clmlp_parsed {
    const char *path; /* borrowed */
    uint8_t *bytes;
    size_t size;
    clmlp_slice producer;
    clmlp_parsed_node *nodes;
    clmlp_parsed_tensor *tensors;
    clmlp_parsed_value *inputs, *outputs;
    size_t node_count, tensor_count, input_count, output_count;
    int64_t opset; /* of ai.onnx; 0: not told */
    dev_t device;  /* which file it is */
    ino_t inode;
} clmlp_parsed;

/* Read and take apart. Zero-initialised by it; released with clmlp_parsed_release, whatever happened. Errors: CLMLP_IO,
 * CLMLP_BAD_INPUT, CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_parsed_open(clmlp_parsed *parsed, const char *path, clmlp_error *error);
void clmlp_parsed_release(clmlp_parsed *parsed);

/* A tensor message. Errors: CLMLP_BAD_INPUT. */
clmlp_status clmlp_parsed_read_tensor(const clmlp_parsed *parsed, clmlp_slice message, clmlp_parsed_tensor *tensor,
                                      clmlp_error *error);

/* CLMLP_BAD_INPUT: "FILE: node 'NAME' (OP): ...". */
clmlp_status clmlp_parsed_refuse(const clmlp_parsed *parsed, const clmlp_parsed_node *node, clmlp_error *error,
                                 const char *format, ...) CLMLP_PRINTF(4, 5);

/* A name for messages, into text; returns text. */
const char *clmlp_slice_quote(char text[CLMLP_QUOTE_LENGTH], clmlp_slice slice);

/* --- attributes -------------------------------------------------------------------------------------------------- */

typedef struct clmlp_parsed_attribute {
    clmlp_slice name;
    bool has_float, has_int, has_text, has_tensor;
    float number;
    int64_t integer;
    clmlp_slice text, tensor, message;
} clmlp_parsed_attribute;

/* Whether all attributes of a node are in `known`, a list of names with a blank on either side of each (" axis to ").
 * Errors: CLMLP_BAD_INPUT, which names the other one. */
clmlp_status clmlp_parsed_check_attributes(const clmlp_parsed *parsed, const clmlp_parsed_node *node,
                                           const char *known, clmlp_error *error);
/* Whether the file's operator set has an operator that came with the set `since`. Errors: CLMLP_BAD_INPUT. */
clmlp_status clmlp_parsed_check_opset(const clmlp_parsed *parsed, const clmlp_parsed_node *node, int64_t since,
                                      clmlp_error *error);
/* false: the node has none of that name. */
bool clmlp_parsed_attribute_of(const clmlp_parsed_node *node, const char *name, clmlp_parsed_attribute *attribute);
int64_t clmlp_parsed_int(const clmlp_parsed_node *node, const char *name, int64_t otherwise);
float clmlp_parsed_float(const clmlp_parsed_node *node, const char *name, float otherwise);
/* The numbers, or texts, of a list: the first `most` of them into `to`. Returns how many the list has. */
size_t clmlp_parsed_floats(const clmlp_parsed_attribute *attribute, double *to, size_t most);
size_t clmlp_parsed_ints(const clmlp_parsed_attribute *attribute, int64_t *to, size_t most);
size_t clmlp_parsed_texts(const clmlp_parsed_attribute *attribute, clmlp_slice *to, size_t most);

/* --- numbers of tensors ------------------------------------------------------------------------------------------ */

/* *out = the numbers [count] of a tensor of floats, doubles or integers, all finite; released with free(). Errors:
 * CLMLP_BAD_INPUT, CLMLP_IO (of a file that holds them), CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_parsed_numbers(const clmlp_parsed *parsed, const clmlp_parsed_tensor *tensor, double **out,
                                  clmlp_error *error);
/* The texts of a tensor: the first `most` of them into `to`. Returns how many it has. */
size_t clmlp_parsed_strings(const clmlp_parsed_tensor *tensor, clmlp_slice *to, size_t most);

#endif
