/* equations.h - what tests of equations share: subjects, tensors with guard rows, and a test for each equation. */
#ifndef TEST_EQUATIONS_H
#define TEST_EQUATIONS_H

#include <criterion/criterion.h>
#include <stddef.h>

#include "networks.h"
#include "reference.h"

/* The sizes of an equation. */
typedef struct shape {
    size_t M, s_in, s_out;
} shape;

/* What is tested: the CPU path and the best OpenCL device, each in each precision it has. */
typedef struct subject {
    const char *spec;
    clmlp_precision precision;
    clmlp_device *device;
    clmlp_backend *backend;
} subject;

/* Close s.device behind it. */
subject open_subject(const char *spec, clmlp_precision precision);

/* Rows from and to `values` in double, whatever the precision. */
void put(subject *s, clmlp_tensor *tensor, size_t first, size_t rows, const double *values);
void get(subject *s, const clmlp_tensor *tensor, size_t first, size_t rows, double *values);

/* A tensor with the values of m. */
clmlp_tensor *input(subject *s, clmlp_tensor_kind kind, const matrix *m);
/* An output filled with NaN, so that anything not written is noticed, and guard rows behind it: batches
 * may be shorter than the matrix, theta always has its size. */
clmlp_tensor *output(subject *s, clmlp_tensor_kind kind, size_t rows, size_t columns);
void destroy(subject *s, clmlp_tensor *tensor);

/* Every element within its bound, every guard row as it was. */
void check(subject *s, const char *what, const clmlp_tensor *tensor, const expected *e, shape size);

/* forward.c */
void test_forward(subject *s, shape size, clmlp_activation g);
/* output.c: from z, and from a(L-1) */
void test_output(subject *s, shape size, clmlp_output output_layer, double z_scale, bool weighed);
void test_output_product(subject *s, shape size);
/* hidden.c */
void test_hidden(subject *s, shape size, clmlp_activation g);
/* gradient.c: two equations, and both in one */
void test_gradient_and_update(subject *s, shape size, double decay);
void test_late_decay(subject *s, shape size);
void test_descend(subject *s, shape size);
/* rows.c: rows of the input by number, and gathered */
void test_gathered(subject *s, shape size);
void test_gather(subject *s, shape size);
/* nan.c */
void test_nan(subject *s);
void test_unknown_codes(subject *s);
void test_unprepared(subject *s, clmlp_activation g); /* NaN, too */
void test_unknown_rule(subject *s);

#endif
