/* wrong_gradient.c - a backend whose gradient is wrong, for tests. */
#include "wrong_gradient.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

static const clmlp_backend_ops *right; /* the backend's own table */
static const wrong_gradient *built_in;
static clmlp_backend *current;         /* at work */

/* --- faults ------------------------------------------------------------------------------------------------------- */

static void times(double *values, size_t rows, size_t columns, double factor)
{
    for (size_t i = 0; i < rows * columns; i++) values[i] *= factor;
}

static void no_mean(double *values, size_t rows, size_t columns, const clmlp_gradient_args *args)
{
    times(values, rows, columns, (double)args->M);
}

static double *read_back(clmlp_backend *backend, const clmlp_tensor *tensor, size_t rows);

static void decay_on_bias(double *values, size_t rows, size_t columns, const clmlp_gradient_args *args)
{
    double *theta = read_back(current, args->theta, rows);
    for (size_t j = 0; j < rows; j++) values[j * columns] += args->decay * theta[j * columns];
    free(theta);
}

static void slightly_off(double *values, size_t rows, size_t columns, const clmlp_gradient_args *args)
{
    (void)args;
    times(values, rows, columns, 1.0 + 1e-4);
}

static void no_bias(double *values, size_t rows, size_t columns, const clmlp_gradient_args *args)
{
    (void)args;
    for (size_t j = 0; j < rows; j++) values[j * columns] = 0.0;
}

static void last_column_missing(double *values, size_t rows, size_t columns, const clmlp_gradient_args *args)
{
    (void)args;
    for (size_t j = 0; j < rows; j++) values[j * columns + columns - 1] = 0.0;
}

static void one_nan(double *values, size_t rows, size_t columns, const clmlp_gradient_args *args)
{
    (void)args;
    values[rows * columns - 1] = NAN;
}

static void one_infinity(double *values, size_t rows, size_t columns, const clmlp_gradient_args *args)
{
    (void)rows, (void)columns, (void)args;
    values[0] = INFINITY;
}

static void negative(double *values, size_t rows, size_t columns)
{
    times(values, rows, columns, -1.0);
}

static void nothing(double *values, size_t rows, size_t columns)
{
    times(values, rows, columns, 0.0);
}

static void shifted_rows(double *values, size_t rows, size_t columns)
{
    for (size_t i = 0; i + columns < rows * columns; i++) values[i] = values[i + columns];
}

static const wrong_gradient faults[] = {
    {.name = "1/m missing", .everywhere = true, .gradient = no_mean},
    {.name = "lambda on the bias", .everywhere = true, .biases_only = true, .needs_decay = true,
     .gradient = decay_on_bias},
    {.name = "a factor of 1 + 1e-4", .everywhere = true, .gradient = slightly_off},
    {.name = "no gradient of the biases", .everywhere = true, .biases_only = true, .gradient = no_bias},
    {.name = "the last column missing", .everywhere = true, .gradient = last_column_missing},
    {.name = "a NaN", .everywhere = true, .gradient = one_nan},
    {.name = "an infinity", .everywhere = true, .biases_only = true, .gradient = one_infinity},
    {.name = "delta(L) with the wrong sign", .everywhere = true, .output_delta = negative},
    {.name = "delta(L) of the next example", .everywhere = true, .output_delta = shifted_rows},
    {.name = "delta(2) with the wrong sign", .hidden_delta = negative},
    {.name = "delta(2) left out", .hidden_delta = nothing},
    {.name = "delta(2) of the next example", .hidden_delta = shifted_rows},
};

const wrong_gradient *wrong_gradients(size_t *count)
{
    *count = sizeof faults / sizeof *faults;
    return faults;
}

/* --- the wrapped table -------------------------------------------------------------------------------------------- */

static double *read_back(clmlp_backend *backend, const clmlp_tensor *tensor, size_t rows)
{
    const size_t count = rows * tensor->columns;
    double *values = calloc(count, sizeof *values);
    cr_assert_not_null(values);
    cr_assert_eq(right->tensor_read(backend, tensor, 0, rows, values, NULL), CLMLP_OK);
    if (backend->precision == CLMLP_F64) return values;
    for (size_t i = count; i-- > 0;) values[i] = (double)((const float *)values)[i];
    return values;
}

static void write_back(clmlp_backend *backend, clmlp_tensor *tensor, size_t rows, double *values)
{
    for (size_t i = 0; i < rows * tensor->columns && backend->precision == CLMLP_F32; i++) {
        ((float *)values)[i] = (float)values[i];
    }
    cr_assert_eq(right->tensor_write(backend, tensor, 0, rows, values, NULL), CLMLP_OK);
    free(values);
}

static clmlp_status gradient(clmlp_backend *backend, const clmlp_gradient_args *args, clmlp_error *error)
{
    TRY(right->gradient(backend, args, error));
    if (built_in->gradient == NULL) return CLMLP_OK;
    double *values = read_back(backend, args->gradient, args->s_out);
    current = backend;
    built_in->gradient(values, args->s_out, args->s_in + 1, args);
    write_back(backend, args->gradient, args->s_out, values);
    return CLMLP_OK;
}

static clmlp_status output_delta(clmlp_backend *backend, const clmlp_output_args *args, clmlp_error *error)
{
    TRY(right->output_delta(backend, args, error));
    if (built_in->output_delta == NULL || args->delta == NULL) return CLMLP_OK;
    double *values = read_back(backend, args->delta, args->M);
    built_in->output_delta(values, args->M, args->K);
    write_back(backend, args->delta, args->M, values);
    return CLMLP_OK;
}

static clmlp_status hidden_delta(clmlp_backend *backend, const clmlp_hidden_args *args, clmlp_error *error)
{
    TRY(right->hidden_delta(backend, args, error));
    if (built_in->hidden_delta == NULL) return CLMLP_OK;
    double *values = read_back(backend, args->delta, args->M);
    built_in->hidden_delta(values, args->M, args->s_in);
    write_back(backend, args->delta, args->M, values);
    return CLMLP_OK;
}

void build_in(clmlp_backend *backend, const wrong_gradient *fault)
{
    static clmlp_backend_ops wrong;
    if (right == NULL) right = backend->ops;
    built_in = fault;
    backend->ops = right;
    if (fault == NULL) return;
    wrong = *right;
    wrong.gradient = gradient;
    wrong.output_delta = output_delta;
    wrong.hidden_delta = hidden_delta;
    backend->ops = &wrong;
}
