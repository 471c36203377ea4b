/* wrong_gradient.h - a backend whose gradients have a fault built in. */
#ifndef TEST_WRONG_GRADIENT_H
#define TEST_WRONG_GRADIENT_H

#include "backend/backend.h"

typedef struct wrong_gradient {
    const char *name;
    bool everywhere;   /* every layer is to be blamed; else theta(1) alone */
    bool biases_only;  /* only elements of column 0 go wrong */
    bool needs_decay;  /* lambda > 0 */
    /* Called after the entry has done its work; values [rows x columns] are written back. NULL: not touched. */
    void (*gradient)(double *values, size_t rows, size_t columns, const clmlp_gradient_args *args);
    void (*output_delta)(double *values, size_t rows, size_t columns);
    void (*hidden_delta)(double *values, size_t rows, size_t columns);
} wrong_gradient;

/* All faults; *count of them. */
const wrong_gradient *wrong_gradients(size_t *count);

/* Build a fault into a backend, for the rest of the process or until the next one; NULL: none. */
void build_in(clmlp_backend *backend, const wrong_gradient *fault);

#endif
