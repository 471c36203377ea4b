/* test_vectors.c - dot products and sums of matrices that lie as theta does: the naive sum, padding, equal bits. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/backend.h"
#include "networks.h"
#include "reference.h"

/* two layers of theta [rows x columns] each: 1, around vectors, tiles and panels, tall, flat, more than a chunk */
typedef struct shapes {
    size_t rows[2], columns[2];
} shapes;
static const shapes cases[] = {{{1, 1}, {2, 2}},    {{5, 3}, {4, 6}},      {{16, 33}, {17, 32}}, {{31, 1}, {65, 1500}},
                               {{64, 7}, {64, 63}}, {{130, 200}, {401, 2}}};
enum { CASES = sizeof cases / sizeof *cases, SLOT = 3 };

static const struct {
    const char *spec, *family;
} places[] = {{"cpu", NULL}, {"opencl+native", "cpu"}, {"opencl+native", "gpu"}, {"opencl+clblast", NULL}};
enum { PLACES = sizeof places / sizeof *places };

static clmlp_device *open_place(size_t place, clmlp_precision precision)
{
    const char *const family = places[place].family;
    cr_assert_eq(family != NULL ? setenv("CLMLP_NATIVE_FAMILY", family, 1) : unsetenv("CLMLP_NATIVE_FAMILY"), 0);
    return open_device(places[place].spec, precision, 0);
}

/* Random numbers on the device, and the same here; theta(2) has a copy in the CPU family of `native`. */
typedef struct vector {
    matrix host[2];
    clmlp_tensor *device[2];
} vector;

static void move(clmlp_backend *backend, clmlp_tensor *tensor, matrix *m, bool to_device)
{
    const size_t count = m->rows * m->columns;
    double *const values = calloc(count, sizeof *values);
    float *const narrow = (float *)values;
    for (size_t i = 0; i < count && to_device; i++) {
        if (backend->precision == CLMLP_F64) values[i] = m->values[i];
        else narrow[i] = (float)m->values[i];
    }
    if (to_device) OK(backend->ops->tensor_write(backend, tensor, 0, m->rows, values, error));
    else OK(backend->ops->tensor_read(backend, tensor, 0, m->rows, values, error));
    for (size_t i = 0; i < count && !to_device; i++) {
        m->values[i] = backend->precision == CLMLP_F64 ? values[i] : (double)narrow[i];
    }
    free(values);
}

static vector make(clmlp_backend *backend, const shapes *s, unsigned stream)
{
    vector v;
    for (size_t l = 0; l < 2; l++) {
        v.host[l] = matrix_create(s->rows[l], s->columns[l]);
        matrix_randomize(&v.host[l], 4, stream + (unsigned)l, 1.0, backend->precision);
        OK(clmlp_tensor_create(backend, l == 0 ? CLMLP_TENSOR_THETA_ONE_WAY : CLMLP_TENSOR_THETA, s->rows[l],
                               s->columns[l], "a test", &v.device[l], error));
        move(backend, v.device[l], &v.host[l], true);
    }
    return v;
}

static void destroy(clmlp_backend *backend, vector *v)
{
    for (size_t l = 0; l < 2; l++) {
        clmlp_tensor_destroy(backend, v->device[l]);
        matrix_free(&v->host[l]);
    }
}

static double dot_on(clmlp_backend *backend, const vector *x, const vector *y, bool bias)
{
    double sum = (double)NAN;
    const clmlp_dot_args args = {.layers = 2, .x = x->device, .y = y->device, .bias = bias, .slot = SLOT};
    OK(backend->ops->dot(backend, &args, error));
    OK(backend->ops->sums_read(backend, SLOT, 1, &sum, error));
    return sum;
}

/* The sum, and that of absolute values. */
static double naive_dot(const vector *x, const vector *y, bool bias, double *size)
{
    double sum = 0.0;
    *size = 0.0;
    for (size_t l = 0; l < 2; l++) {
        const size_t columns = x->host[l].columns, count = x->host[l].rows * columns;
        for (size_t i = 0; i < count; i++) {
            if (!bias && i % columns == 0) continue;
            sum += x->host[l].values[i] * y->host[l].values[i];
            *size += fabs(x->host[l].values[i] * y->host[l].values[i]);
        }
    }
    return sum;
}

/* Each product is rounded, and the pair of the sum; the naive sum, in double, has a rounding for each of 2^18 terms. */
Test(vectors, dot_is_the_sum_over_all_layers)
{
    for (size_t p = 0; p < PLACES; p++) {
        for (int precision = 0; precision < CLMLP_PRECISION_COUNT; precision++) {
            clmlp_device *device = open_place(p, (clmlp_precision)precision);
            OK(clmlp_backend_choose(device->backend, NULL, error));
            for (size_t c = 0; c < CASES; c++) {
                vector x = make(device->backend, &cases[c], 1), y = make(device->backend, &cases[c], 7);
                for (int bias = 0; bias <= 1; bias++) {
                    double size = 0.0;
                    const double right = naive_dot(&x, &y, bias != 0, &size);
                    const double found = dot_on(device->backend, &x, &y, bias != 0);
                    const double u = precision == CLMLP_F64 ? 0x1p-53 : 0x1p-24;
                    const double bound = size * (3.0 * u + 0x1p18 * 0x1p-53);
                    cr_assert(fabs(found - right) <= bound, "%s %s %s, case %zu, bias %d: found %.17g, right "
                              "%.17g +- %g", places[p].spec, places[p].family != NULL ? places[p].family : "",
                              clmlp_precision_name((clmlp_precision)precision), c, bias, found, right, bound);
                    const double again = dot_on(device->backend, &x, &y, bias != 0);
                    cr_assert_eq(memcmp(&found, &again, sizeof found), 0);
                }
                destroy(device->backend, &x), destroy(device->backend, &y);
            }
            clmlp_device_close(device);
        }
    }
}

/* Two roundings and one of the sum, of what is at most 3. */
static void check_combined(const vector *found, const vector *x, const vector *y, double a, double b, double u,
                           const char *what)
{
    for (size_t l = 0; l < 2; l++) {
        for (size_t i = 0; i < found->host[l].rows * found->host[l].columns; i++) {
            const double right = (x != NULL ? a * x->host[l].values[i] : 0.0) +
                                    (y != NULL ? b * y->host[l].values[i] : 0.0);
            cr_assert(fabs(found->host[l].values[i] - right) <= 6.0 * u * (fabs(a) + fabs(b)),
                      "%s: layer %zu, element %zu: found %.17g, right %.17g", what, l + 1, i,
                      found->host[l].values[i], right);
        }
    }
}

/* With both, with one alone, into a third and into itself, with a number of the host's and with one of the device's. */
Test(vectors, combine_is_a_x_plus_b_y)
{
    for (size_t p = 0; p < PLACES; p++) {
        for (int precision = 0; precision < CLMLP_PRECISION_COUNT; precision++) {
            clmlp_device *device = open_place(p, (clmlp_precision)precision);
            clmlp_backend *const backend = device->backend;
            OK(clmlp_backend_choose(backend, NULL, error));
            const double u = precision == CLMLP_F64 ? 0x1p-53 : 0x1p-24;
            for (size_t c = 0; c < CASES; c++) {
                vector x = make(backend, &cases[c], 1), y = make(backend, &cases[c], 7);
                vector z = make(backend, &cases[c], 9);
                const double sum = dot_on(backend, &x, &y, true);
                for (int way = 0; way < 4; way++) {
                    const bool with_x = way != 1, with_y = way != 2;
                    vector *const into = way == 3 ? &y : &z;
                    const clmlp_scalar a = {way == 3 ? -1.25 : 0.75, way == 3 ? SLOT : NO_SUM}, b = {1.5, NO_SUM};
                    for (size_t l = 0; l < 2; l++) {
                        const clmlp_combine_args args = {.a = a, .b = b, .x = with_x ? x.device[l] : NULL,
                                                         .y = with_y ? y.device[l] : NULL, .result = into->device[l]};
                        OK(backend->ops->combine(backend, &args, error));
                        move(backend, into->device[l], &z.host[l], false);
                    }
                    check_combined(&z, with_x ? &x : NULL, with_y ? &y : NULL, way == 3 ? -1.25 * sum : 0.75, 1.5, u,
                                   places[p].spec);
                }
                destroy(backend, &x), destroy(backend, &y), destroy(backend, &z);
            }
            clmlp_device_close(device);
        }
    }
}

/* A theta that was combined passes deltas back as one that was written: the copy of it goes along. */
Test(vectors, combined_theta_passes_deltas_back)
{
    enum { ROWS = 5 };
    const shapes s = {{3, 33}, {4, 18}};
    for (size_t p = 0; p < PLACES; p++) {
        clmlp_device *device = open_place(p, CLMLP_F64);
        clmlp_backend *const backend = device->backend;
        OK(clmlp_backend_choose(backend, NULL, error));
        vector x = make(backend, &s, 1), theta = make(backend, &s, 7);
        matrix deltas = matrix_create(ROWS, 33), activations = matrix_create(ROWS, 17);
        matrix first = matrix_create(ROWS, 17), second = matrix_create(ROWS, 17);
        clmlp_tensor *next = NULL, *a = NULL, *delta = NULL;
        OK(clmlp_tensor_create(backend, CLMLP_TENSOR_MATRIX, ROWS, 33, "a test", &next, error));
        OK(clmlp_tensor_create(backend, CLMLP_TENSOR_LAYER, ROWS, 17, "a test", &a, error));
        OK(clmlp_tensor_create(backend, CLMLP_TENSOR_MATRIX, ROWS, 17, "a test", &delta, error));
        matrix_randomize(&deltas, 4, 20, 1.0, CLMLP_F64);
        move(backend, next, &deltas, true);
        move(backend, a, &activations, true);
        const clmlp_combine_args combine = {.a = {1.0, NO_SUM}, .x = x.device[1], .result = theta.device[1]};
        clmlp_hidden_args hidden = {.M = ROWS, .s_in = 17, .s_out = 33, .delta_next = next, .theta = x.device[1],
                                    .a = a, .delta = delta, .activation = CLMLP_LINEAR};
        OK(backend->ops->combine(backend, &combine, error));
        OK(backend->ops->hidden_delta(backend, &hidden, error));
        move(backend, delta, &first, false);
        hidden.theta = theta.device[1];
        OK(backend->ops->hidden_delta(backend, &hidden, error));
        move(backend, delta, &second, false);
        cr_assert_eq(memcmp(first.values, second.values, ROWS * 17 * sizeof(double)), 0, "%s %zu", places[p].spec, p);
        clmlp_tensor_destroy(backend, next), clmlp_tensor_destroy(backend, a), clmlp_tensor_destroy(backend, delta);
        matrix_free(&deltas), matrix_free(&activations), matrix_free(&first), matrix_free(&second);
        destroy(backend, &x), destroy(backend, &theta);
        clmlp_device_close(device);
    }
}
