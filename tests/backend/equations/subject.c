/* subject.c - devices under test, and tensors with guard rows. */
#include "equations.h"

#include <math.h>
#include <stdlib.h>

#include "backend/backend.h"

enum { GUARD_ROWS = 3 };     /* rows beyond M that must stay as they are */
static const double guard = -12345.0;

subject open_subject(const char *spec, clmlp_precision precision)
{
    subject s = {.spec = spec, .precision = precision, .device = open_device(spec, precision, 0)};
    s.backend = s.device->backend;
    return s;
}

void put(subject *s, clmlp_tensor *tensor, size_t first, size_t rows, const double *values)
{
    const size_t count = rows * tensor->columns;
    float *rounded = calloc(count + 1, sizeof *rounded);
    for (size_t i = 0; i < count; i++) rounded[i] = (float)values[i];
    OK(s->backend->ops->tensor_write(s->backend, tensor, first, rows,
                                     s->precision == CLMLP_F64 ? (const void *)values : rounded, error));
    free(rounded);
}

void get(subject *s, const clmlp_tensor *tensor, size_t first, size_t rows, double *values)
{
    const size_t count = rows * tensor->columns;
    float *rounded = calloc(count + 1, sizeof *rounded);
    OK(s->backend->ops->tensor_read(s->backend, tensor, first, rows,
                                    s->precision == CLMLP_F64 ? (void *)values : rounded, error));
    for (size_t i = 0; i < count && s->precision == CLMLP_F32; i++) values[i] = (double)rounded[i];
    free(rounded);
}

clmlp_tensor *input(subject *s, clmlp_tensor_kind kind, const matrix *m)
{
    clmlp_tensor *tensor = NULL;
    OK(clmlp_tensor_create(s->backend, kind, m->rows, m->columns, "a test", &tensor, error));
    put(s, tensor, 0, m->rows, m->values);
    return tensor;
}

clmlp_tensor *output(subject *s, clmlp_tensor_kind kind, size_t rows, size_t columns)
{
    clmlp_tensor *tensor = NULL;
    const bool fixed = kind == CLMLP_TENSOR_THETA || kind == CLMLP_TENSOR_THETA_ONE_WAY;
    matrix fill = matrix_create(rows + (fixed ? 0 : GUARD_ROWS), columns);
    for (size_t i = 0; i < fill.rows * columns; i++) fill.values[i] = i < rows * columns ? (double)NAN : guard;
    OK(clmlp_tensor_create(s->backend, kind, fill.rows, columns, "a test", &tensor, error));
    put(s, tensor, 0, fill.rows, fill.values);
    matrix_free(&fill);
    return tensor;
}

void check(subject *s, const char *what, const clmlp_tensor *tensor, const expected *e, shape size)
{
    const size_t rows = e->value.rows, columns = e->value.columns;
    matrix found = matrix_create(rows + GUARD_ROWS, columns);
    size_t worst = 0;
    get(s, tensor, 0, tensor->rows, found.values);
    const double fraction = worst_fraction(e, found.values, &worst);
    cr_assert(fraction <= 1.0,
              "%s, %s, %s, M %zu, s_in %zu, s_out %zu: element %zu: found %.17g, expected %.17g +- %g", what, s->spec,
              clmlp_precision_name(s->precision), size.M, size.s_in, size.s_out, worst, found.values[worst],
              e->value.values[worst], e->bound.values[worst]);
    for (size_t i = rows * columns; i < tensor->rows * columns; i++) {
        cr_assert_eq(found.values[i], guard, "%s, %s: wrote behind its last row", what, s->spec);
    }
    matrix_free(&found);
}

void destroy(subject *s, clmlp_tensor *tensor)
{
    clmlp_tensor_destroy(s->backend, tensor);
}
