/* onnx.h - models as ONNX files: written for other runtimes, read from other trainers (docs/export.md).
 *
 * A file that is written has everything from the raw row to the prediction: encoders of columns, what stands for
 * missing values, scaling, network, names of classes. It has operators of ai.onnx 13 and, where columns hold texts, of
 * ai.onnx.ml 2.
 *
 * Threads: as for models (model.h).
 */
#ifndef CLMLP_ONNX_H
#define CLMLP_ONNX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clmlp/export.h"
#include "clmlp/model.h"
#include "clmlp/precision.h"
#include "clmlp/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What the graph takes numbers as. */
typedef enum clmlp_onnx_input_type {
    CLMLP_ONNX_INPUT_AUTO,   /* double for columns, as text files have them; float for a model without columns */
    CLMLP_ONNX_INPUT_FLOAT,
    CLMLP_ONNX_INPUT_DOUBLE,
    CLMLP_ONNX_INPUT_COUNT
} clmlp_onnx_input_type;

typedef struct clmlp_onnx_options {
    size_t size; /* sizeof of this struct; see clmlp.h */
    clmlp_onnx_input_type input;
} clmlp_onnx_options;

/* AUTO. */
CLMLP_API void clmlp_onnx_options_init(clmlp_onnx_options *options, size_t size);
static inline clmlp_onnx_options clmlp_onnx_options_default(void)
{
    clmlp_onnx_options options;
    clmlp_onnx_options_init(&options, sizeof options);
    return options;
}

/* What was written. */
typedef struct clmlp_onnx_result {
    size_t size;           /* sizeof of this struct; see clmlp.h */
    int opset, ml_opset;   /* versions of ai.onnx and of ai.onnx.ml; 0: the graph has no operator of it */
    bool by_column;        /* one input for each column; else one matrix, called "features" */
    bool takes_double;     /* numbers come in as doubles; else as floats */
    size_t inputs, outputs, nodes;
    uint64_t bytes;
    char number_output[64]; /* name of the output [N x s_L]: "probabilities", or "outputs" where there are no classes */
    char label_output[64];  /* of the names of classes [N]: "label"; "" where there are none */
} clmlp_onnx_result;

/* Write a model as an ONNX file: to a temporary file beside `path`, flushed, then renamed over it.
 *   options  NULL: the defaults
 *   result   NULL: nobody asks
 * Parameters are rounded to float. Errors: CLMLP_IO; CLMLP_BAD_ARGUMENT (names that are not UTF-8 or begin with
 * "clmlp/", parameters that are no floats, 2 GiB or more); CLMLP_OUT_OF_MEMORY. */
CLMLP_API clmlp_status clmlp_onnx_save(const clmlp_model *model, const char *path, const clmlp_onnx_options *options,
                                       clmlp_onnx_result *result, clmlp_error *error);

/* Read a network that another trainer wrote: layers of Gemm, or MatMul and Add, one after the other, with one
 * activation in all hidden layers; in front scaling of the input, behind it names of classes. Numbers in a file beside
 * it, of a name without folders, are read, too. What is not known is refused, with the node's name and operator. A file
 * that clmlp_onnx_save wrote gives its model back, theta as floats; one that was changed since is refused.
 *   out    receives the model; the caller destroys it
 *   hints  NULL: none. An output of softmax or sigmoid says what follows a last layer that is linear in the file, as
 *          the loss of PyTorch's trainings does; softmax also that probabilities are meant where the file has their
 *          logarithms. All else must be as the file has it
 * Errors: CLMLP_IO, CLMLP_BAD_INPUT, CLMLP_OUT_OF_MEMORY. */
CLMLP_API clmlp_status clmlp_onnx_load(clmlp_model **out, const char *path, clmlp_error *error);
CLMLP_API clmlp_status clmlp_onnx_load_with(clmlp_model **out, const char *path, const clmlp_model_hints *hints,
                                            clmlp_error *error);

#ifdef __cplusplus
}
#endif

#endif
