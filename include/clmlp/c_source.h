/* c_source.h - models as C: one C99 file that takes a raw row and gives the prediction (docs/export.md).
 *
 * The file has encoders of columns, what stands for missing values, scaling, network, names of classes. It allocates
 * nothing, keeps nothing between calls, and needs functions of math.h at most.
 *
 * Threads: as for models (model.h).
 */
#ifndef CLMLP_C_SOURCE_H
#define CLMLP_C_SOURCE_H

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

typedef struct clmlp_c_options {
    size_t size; /* sizeof of this struct; see clmlp.h */
    clmlp_precision precision; /* of theta and of what the network computes */
    bool int8;                 /* weights as integers of 8 bits, with one scale for each row of theta(l) */
    const char *name;          /* that names of the file begin with, a C identifier of 1 to 24 characters; borrowed */
} clmlp_c_options;

/* F32, no int8, "model". */
CLMLP_API void clmlp_c_options_init(clmlp_c_options *options, size_t size);
static inline clmlp_c_options clmlp_c_options_default(void)
{
    clmlp_c_options options;
    clmlp_c_options_init(&options, sizeof options);
    return options;
}

/* What was written. */
typedef struct clmlp_c_result {
    size_t size;        /* sizeof of this struct; see clmlp.h */
    bool by_column;     /* a row is a struct with a field for each column; else an array of numbers */
    size_t inputs, outputs;
    uint64_t bytes;     /* of the file */
    uint64_t theta_bytes; /* of theta in the program that is made of it, about */
    uint64_t stack_bytes; /* of arrays on the stack in a call */
} clmlp_c_result;

/* Write a model as a C99 file: to a temporary file beside `path`, flushed, then renamed over it.
 *   options  NULL: the defaults
 *   result   NULL: nobody asks
 * Errors: CLMLP_IO; CLMLP_BAD_ARGUMENT (a name that is none, parameters that are no floats, texts longer than a C99
 * string may be); CLMLP_OUT_OF_MEMORY. */
CLMLP_API clmlp_status clmlp_c_save(const clmlp_model *model, const char *path, const clmlp_c_options *options,
                                    clmlp_c_result *result, clmlp_error *error);

/* Make of a model what a file with int8 computes: each weight becomes the nearest q scale, where q is -127 to 127, and
 * scale is the largest weight of the row, without its sign, divided by 127 and rounded to float. Biases stay.
 * Errors: CLMLP_BAD_ARGUMENT (parameters that are no floats: the model is then as it was). */
CLMLP_API clmlp_status clmlp_c_quantise(clmlp_model *model, clmlp_error *error);

#ifdef __cplusplus
}
#endif

#endif
