/* stages.h - the stages of a graph: what comes in, features, scaled features, outputs of the network, what goes out.
 * Each takes the name of a value and gives one. */
#ifndef CLMLP_EXPORT_ONNX_STAGES_H
#define CLMLP_EXPORT_ONNX_STAGES_H

#include "clmlp/onnx.h"
#include "export/onnx/graph.h"
#include "model/model.h"

/* A value of the graph: its name, and what its numbers are. */
typedef struct clmlp_onnx_value {
    char name[CLMLP_ONNX_NAME];
    clmlp_onnx_type type; /* FLOAT or DOUBLE */
} clmlp_onnx_value;

/* Inputs of the graph, and the features [N x s_1] that they become. type: of the numbers that come in. */
clmlp_status clmlp_onnx_features(clmlp_onnx_graph *graph, const clmlp_model *model, clmlp_onnx_type type,
                                 clmlp_onnx_value *features);

/* The graph's inputs: one for each column, or one matrix of all. */
bool clmlp_onnx_by_column(const clmlp_columns *columns);
#define CLMLP_ONNX_MATRIX "features" /* what the matrix is called */

/* scaled: [N x s_1], floats. unknown: [N x 1], true in rows of which a feature is NaN or infinite. */
clmlp_status clmlp_onnx_scale(clmlp_onnx_graph *graph, const clmlp_scaling *scaling, const clmlp_onnx_value *features,
                              char scaled[CLMLP_ONNX_NAME], char unknown[CLMLP_ONNX_NAME]);

/* h [N x s_L], of an ensemble the mean of its members, in double. */
clmlp_status clmlp_onnx_network(clmlp_onnx_graph *graph, const clmlp_model *model, const char *scaled,
                                clmlp_onnx_value *h);


/* The columns of dates as the numbers of their parts, part p of date d at p D + d: NaN where the date is missing,
 * infinite where it is none. dates: [N x D], seconds since 1970-01-01. first [D]: the day that counts as 0. */
enum { CLMLP_ONNX_PARTS = 6 };
clmlp_status clmlp_onnx_dates(clmlp_onnx_graph *graph, const char *dates, const int64_t *first, size_t count,
                              const char *output);

#endif
