/* graph.h - an ONNX graph that is being written: its nodes, constants, inputs and outputs.
 *
 * Values are known by name. Those of the graph's own begin with CLMLP_ONNX_OWN; so no column can be called alike. */
#ifndef CLMLP_EXPORT_ONNX_GRAPH_H
#define CLMLP_EXPORT_ONNX_GRAPH_H

#include <stdbool.h>

#include "export/onnx/fields.h"
#include "export/proto/proto_write.h"

#define CLMLP_ONNX_OWN "clmlp/"
enum { CLMLP_ONNX_NAME = 96 }; /* longest name of the graph's own values, with the 0 at its end */

/* Zero-initialise; released with clmlp_onnx_graph_release. */
typedef struct clmlp_onnx_graph {
    clmlp_proto nodes, constants, inputs, outputs;
    size_t node_count, input_count, output_count;
    size_t node_begin; /* of the node that is being written */
    bool uses_ml;      /* any node of ai.onnx.ml */
    clmlp_error *error;
} clmlp_onnx_graph;

void clmlp_onnx_graph_release(clmlp_onnx_graph *graph);

/* --- nodes ------------------------------------------------------------------------------------------------------- */

/* A whole node without attributes: inputs NULL where there are fewer than three. */
clmlp_status clmlp_onnx_apply(clmlp_onnx_graph *graph, const char *op, const char *a, const char *b, const char *c,
                              const char *output);

/* A node with attributes, in parts: begin, attributes, end. inputs [count]. */
clmlp_status clmlp_onnx_begin(clmlp_onnx_graph *graph, const char *op, const char *domain, const char *const *inputs,
                              size_t count, const char *output);
clmlp_status clmlp_onnx_int(clmlp_onnx_graph *graph, const char *name, int64_t value);
clmlp_status clmlp_onnx_ints(clmlp_onnx_graph *graph, const char *name, const int64_t *values, size_t count);
clmlp_status clmlp_onnx_float(clmlp_onnx_graph *graph, const char *name, float value);
clmlp_status clmlp_onnx_floats(clmlp_onnx_graph *graph, const char *name, const float *values, size_t count);
clmlp_status clmlp_onnx_texts(clmlp_onnx_graph *graph, const char *name, const char *const *texts, size_t count);
clmlp_status clmlp_onnx_end(clmlp_onnx_graph *graph);

/* Cast, and nodes along an axis 1. */
clmlp_status clmlp_onnx_cast(clmlp_onnx_graph *graph, const char *input, clmlp_onnx_type type, const char *output);
clmlp_status clmlp_onnx_concat(clmlp_onnx_graph *graph, const char *const *inputs, size_t count, const char *output);
clmlp_status clmlp_onnx_gather(clmlp_onnx_graph *graph, const char *input, const char *indices, int64_t axis,
                               const char *output);

/* --- constants --------------------------------------------------------------------------------------------------- */

/* [rows x columns] of numbers[r * stride + c], as floats or doubles; rows 0: a vector of `columns`, or, columns 0 too,
 * the scalar numbers[0]. */
clmlp_status clmlp_onnx_numbers(clmlp_onnx_graph *graph, const char *name, clmlp_onnx_type type, size_t rows,
                                size_t columns, const double *numbers, size_t stride);
clmlp_status clmlp_onnx_scalar(clmlp_onnx_graph *graph, const char *name, clmlp_onnx_type type, double value);
/* A vector; count 0: the scalar values[0]. */
clmlp_status clmlp_onnx_integers(clmlp_onnx_graph *graph, const char *name, const int64_t *values, size_t count);
clmlp_status clmlp_onnx_strings(clmlp_onnx_graph *graph, const char *name, const char *const *texts, size_t count);

/* --- the outside ------------------------------------------------------------------------------------------------- */

/* [N x width]; width 0: [N]. */
clmlp_status clmlp_onnx_input(clmlp_onnx_graph *graph, const char *name, clmlp_onnx_type type, size_t width,
                              const char *doc);
clmlp_status clmlp_onnx_output(clmlp_onnx_graph *graph, const char *name, clmlp_onnx_type type, size_t width,
                               const char *doc);

#endif
