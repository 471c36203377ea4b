/* npy.h - matrices of numbers as NPY files, NumPy's format (numpy.lib.format), beside the reader of data sets. */
#ifndef CLMLP_DATA_NPY_H
#define CLMLP_DATA_NPY_H

#include <stdio.h>

#include "base/error.h"

/* A dense row-major matrix [rows x columns] as version 1.0, '<f8', C order. Errors of the stream are noticed when it is
 * closed. */
void clmlp_npy_write(FILE *stream, size_t rows, size_t columns, const double *values);

/* The same into a file of its own: written beside it and renamed. Errors: CLMLP_IO, CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_npy_save(const char *path, size_t rows, size_t columns, const double *values, clmlp_error *error);

/* What a file says of its matrix; it was read, and holds just that. Errors: CLMLP_IO, CLMLP_BAD_INPUT (not float32 or
 * float64, not two dimensions; a single number and one in any number of dimensions are [1 x 1]; a value that is not
 * finite; too short or too long). */
clmlp_status clmlp_npy_shape(const char *path, size_t *rows, size_t *columns, clmlp_error *error);

/* Read values [rows x columns], all finite. Errors: as clmlp_npy_shape; CLMLP_BAD_INPUT also where the shape is
 * another. */
clmlp_status clmlp_npy_load(const char *path, size_t rows, size_t columns, double *values, clmlp_error *error);

#endif
