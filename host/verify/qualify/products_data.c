/* products_data.c - what one check of the products works on: numbers on the host, and the same on the device. */
#include "verify/qualify/products_data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"

enum { PATCH_ROWS = 4, PATCH_COLUMNS = 5 }; /* a patch of sparse data is 0 or not 0 as a whole */

/* Dense rows to or from a matrix, whatever its precision. */
clmlp_status clmlp_check_move(clmlp_backend *backend, clmlp_tensor *tensor, size_t rows, double *values, bool out,
                         clmlp_error *error)
{
    const size_t count = rows * tensor->columns;
    float *single = NULL;
    clmlp_status status = CLMLP_OK;
    if (backend->precision == CLMLP_F64) {
        return out ? backend->ops->tensor_read(backend, tensor, 0, rows, values, error)
                   : backend->ops->tensor_write(backend, tensor, 0, rows, values, error);
    }
    TRY(clmlp_allocate(&single, count, sizeof *single, "numbers to check", error));
    for (size_t i = 0; i < count && !out; i++) single[i] = (float)values[i];
    status = out ? backend->ops->tensor_read(backend, tensor, 0, rows, single, error)
                 : backend->ops->tensor_write(backend, tensor, 0, rows, single, error);
    for (size_t i = 0; i < count && out; i++) values[i] = (double)single[i];
    free(single);
    return status;
}

/* Whether a number of sparse data is 0: four of five patches are. */
static bool is_left_out(size_t row, size_t column)
{
    return clmlp_random_bits(1, CLMLP_RANDOM_BENCH, 1, row / PATCH_ROWS * (1 << 20) + column / PATCH_COLUMNS) % 5 != 0;
}

/* In (-1, 1), exact in the device's precision. */
static clmlp_status create_input(clmlp_check *c, int which, clmlp_tensor_kind kind, size_t rows, size_t columns,
                                 clmlp_error *error)
{
    const size_t count = rows * columns;
    c->rows[which] = rows;
    c->columns[which] = columns;
    TRY(clmlp_allocate(&c->values[which], count, sizeof(double), "numbers to check", error));
    for (size_t i = 0; i < count; i++) {
        const double value = 2.0 * clmlp_random_uniform(1, CLMLP_RANDOM_BENCH, (uint32_t)which + 2, i) - 1.0;
        c->values[which][i] = c->backend->precision == CLMLP_F64 ? value : (double)(float)value;
        if (which == IN_X && is_left_out(i / columns, i % columns)) c->values[which][i] = 0.0;
    }
    TRY(clmlp_tensor_create(c->backend, kind, rows, columns, "numbers to check", &c->in[which], error));
    return clmlp_check_move(c->backend, c->in[which], rows, c->values[which], false, error);
}

/* NaN where there is to be a result, and guard rows behind it; theta always has its size. */
clmlp_status clmlp_check_spoil(clmlp_check *c, clmlp_tensor *tensor, size_t rows, clmlp_error *error)
{
    for (size_t i = 0; i < tensor->rows * tensor->columns; i++) {
        c->found[i] = i < rows * tensor->columns ? (double)NAN : CLMLP_GUARD;
    }
    return clmlp_check_move(c->backend, tensor, tensor->rows, c->found, false, error);
}

clmlp_status clmlp_check_create_output(clmlp_check *c, clmlp_tensor_kind kind, size_t rows, size_t columns,
                                  clmlp_tensor **out, clmlp_error *error)
{
    const size_t guards = kind == CLMLP_TENSOR_THETA_ONE_WAY ? 0 : CLMLP_GUARD_ROWS;
    return clmlp_tensor_create(c->backend, kind, rows + guards, columns, "numbers to check", out, error);
}

static clmlp_status create_scratch(clmlp_check *c, clmlp_error *error)
{
    const size_t rows = c->size.M + c->size.s_out + CLMLP_GUARD_ROWS, columns = c->size.s_in + c->size.s_out + 1;
    double **scratch[] = {&c->found, &c->expected, &c->magnitude};
    for (size_t i = 0; i < sizeof scratch / sizeof *scratch; i++) {
        TRY(clmlp_allocate(scratch[i], rows * columns, sizeof(double), "numbers to check", error));
    }
    return CLMLP_OK;
}

/* Input data of which the products take the last row first, where the backend picks rows; before the order is something
 * else. */
static clmlp_status create_picked(clmlp_check *c, clmlp_error *error)
{
    const size_t M = c->size.M, s_in = c->size.s_in, before = CLMLP_GUARD_ROWS;
    uint32_t *order = NULL;
    clmlp_status status = CLMLP_OK;
    TRY(create_input(c, IN_PICKED, CLMLP_TENSOR_INPUT, M, s_in, error));
    if (!c->backend->ops->gathers) return CLMLP_OK;
    TRY(clmlp_allocate(&order, before + M, sizeof *order, "numbers to check", error));
    for (size_t i = 0; i < M; i++) {
        order[before + i] = (uint32_t)(M - 1 - i);
        memcpy(c->found + (M - 1 - i) * s_in, c->values[IN_PICKED] + i * s_in, s_in * sizeof(double));
    }
    TRY_CLEANUP(clmlp_check_move(c->backend, c->in[IN_PICKED], M, c->found, false, error));
    TRY_CLEANUP(clmlp_tensor_create(c->backend, CLMLP_TENSOR_ORDER, before + M, 1, "an order", &c->order, error));
    TRY_CLEANUP(c->backend->ops->tensor_write(c->backend, c->order, 0, before + M, order, error));
cleanup:
    free(order);
    return status;
}

clmlp_status clmlp_check_create(clmlp_check *c, clmlp_error *error)
{
    const size_t M = c->size.M, s_in = c->size.s_in, s_out = c->size.s_out;
    TRY(create_scratch(c, error));
    TRY(create_input(c, IN_A, CLMLP_TENSOR_LAYER, M, s_in, error));
    TRY(create_input(c, IN_THETA, CLMLP_TENSOR_THETA, s_out, s_in + 1, error));
    TRY(create_input(c, IN_DELTA, CLMLP_TENSOR_MATRIX, M, s_out, error));
    TRY(create_input(c, IN_X, CLMLP_TENSOR_INPUT, M, s_in, error));
    TRY(clmlp_check_create_output(c, CLMLP_TENSOR_MATRIX, M, s_out, &c->z, error));
    TRY(clmlp_check_create_output(c, CLMLP_TENSOR_LAYER, M, s_out, &c->a_out, error));
    TRY(clmlp_check_create_output(c, CLMLP_TENSOR_MATRIX, M, s_in, &c->back, error));
    TRY(clmlp_check_create_output(c, CLMLP_TENSOR_THETA_ONE_WAY, s_out, s_in + 1, &c->gradient, error));
    return create_picked(c, error);
}

void clmlp_check_release(clmlp_check *c)
{
    clmlp_tensor *const results[] = {c->z, c->a_out, c->back, c->gradient, c->order};
    for (size_t i = 0; i < sizeof results / sizeof *results; i++) clmlp_tensor_destroy(c->backend, results[i]);
    for (int i = 0; i < IN_COUNT; i++) {
        clmlp_tensor_destroy(c->backend, c->in[i]);
        free(c->values[i]);
    }
    free(c->found);
    free(c->expected);
    free(c->magnitude);
}
