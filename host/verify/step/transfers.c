/* transfers.c - check that uploads, gathers and theta have the right bits. */
#include "verify/step/transfers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "data/weights.h"

enum { BLOCK_BYTES = 1 << 20 };

static clmlp_finding finding_of(size_t step, clmlp_quantity quantity, size_t layer, size_t rows, size_t columns)
{
    return (clmlp_finding){.step = step, .layer = layer, .quantity = quantity, .equation = "transfer", .rows = rows,
                           .columns = columns};
}

/* count numbers from element `begin` on; any difference of bits is a failure. */
static void compare_bits(clmlp_finding *finding, const double *found, const double *expected, size_t begin,
                         size_t count, clmlp_precision precision)
{
    const double digits = precision == CLMLP_F64 ? 52.0 : 23.0;
    if (begin == 0) finding->found = found[0], finding->expected = expected[0];
    if (memcmp(found, expected, count * sizeof *found) == 0) return;
    for (size_t i = 0; i < count; i++) {
        if (memcmp(&found[i], &expected[i], sizeof *found) == 0) continue;
        const double error = fabs(found[i] - expected[i]), absolute = isnan(error) ? (double)INFINITY : error;
        const double ulps = absolute / exp2(floor(log2(fabs(expected[i]))) - digits);
        if (finding->failed++ == 0) {
            finding->worst = begin + i;
            finding->found = found[i];
            finding->expected = expected[i];
            finding->max_of_bound = (double)INFINITY; /* there is none */
        }
        if (absolute > finding->max_abs) finding->max_abs = absolute;
        if (ulps > finding->max_ulp) finding->max_ulp = ulps;
    }
}

/* Numbers of a precision as double. */
static void widen(clmlp_precision precision, const void *values, size_t count, double *out)
{
    if (precision == CLMLP_F64) {
        memcpy(out, values, count * sizeof *out);
        return;
    }
    for (size_t i = 0; i < count; i++) out[i] = (double)((const float *)values)[i];
}

/* Numbers of a row of x, y or w. */
static size_t columns_of(const clmlp_batch_loader *loader, clmlp_quantity quantity)
{
    if (quantity == CLMLP_QUANTITY_W) return 1;
    return quantity == CLMLP_QUANTITY_X ? loader->n : loader->K;
}

/* Rows of x, y or w as the host has them. */
static void host_rows(const clmlp_batch_loader *loader, clmlp_quantity quantity, const uint32_t *order, size_t first,
                      size_t rows, void *out)
{
    const clmlp_precision precision = loader->backend->precision;
    if (quantity == CLMLP_QUANTITY_X) {
        clmlp_scaling_apply(loader->scaling, loader->dataset, order, first, rows, precision, out);
    } else if (quantity == CLMLP_QUANTITY_Y) {
        clmlp_batch_loader_targets(loader, order, first, rows, out);
    } else {
        clmlp_dataset_take_weights(loader->dataset, order, first, rows, precision, out);
    }
}

/* Scratch for blocks of rows, twice, in the precision and in double. */
typedef struct blocks {
    size_t rows, columns;
    void *raw;
    double *found, *expected;
} blocks;

static clmlp_status create_blocks(blocks *b, size_t m, size_t columns, clmlp_error *error)
{
    b->columns = columns;
    b->rows = BLOCK_BYTES / sizeof(double) / columns;
    if (b->rows == 0) b->rows = 1;
    if (b->rows > m) b->rows = m;
    TRY(clmlp_allocate(&b->raw, b->rows * columns, sizeof(double), "rows to compare", error));
    TRY(clmlp_allocate(&b->found, b->rows * columns, sizeof(double), "rows to compare", error));
    return clmlp_allocate(&b->expected, b->rows * columns, sizeof(double), "rows to compare", error);
}

static void release_blocks(blocks *b)
{
    free(b->raw);
    free(b->found);
    free(b->expected);
}

/* All rows of x, y or w. */
static clmlp_status check_rows(clmlp_batch_loader *loader, const clmlp_tensor *tensor, clmlp_finding *finding,
                               clmlp_error *error)
{
    const clmlp_precision precision = loader->backend->precision;
    blocks b = {.rows = 0};
    clmlp_status status = CLMLP_OK;
    TRY_CLEANUP(create_blocks(&b, loader->m, finding->columns, error));
    for (size_t first = 0; first < loader->m; first += b.rows) {
        const size_t rows = loader->m - first < b.rows ? loader->m - first : b.rows, count = rows * b.columns;
        TRY_CLEANUP(loader->backend->ops->tensor_read(loader->backend, tensor, first, rows, b.raw, error));
        widen(precision, b.raw, count, b.found);
        host_rows(loader, finding->quantity, NULL, first, rows, b.raw);
        widen(precision, b.raw, count, b.expected);
        compare_bits(finding, b.found, b.expected, first * b.columns, count, precision);
    }
cleanup:
    release_blocks(&b);
    return status;
}

/* Findings of x, y and, with weights, w, each of `rows` rows; returns how many. */
static size_t begin_inputs(const clmlp_batch_loader *loader, size_t step, size_t L, size_t rows,
                           clmlp_finding findings[CLMLP_INPUTS])
{
    const clmlp_quantity inputs[CLMLP_INPUTS] = {CLMLP_QUANTITY_X, CLMLP_QUANTITY_Y, CLMLP_QUANTITY_W};
    const size_t count = loader->with_weights ? 3 : 2;
    for (size_t i = 0; i < count; i++) {
        findings[i] = finding_of(step, inputs[i], i == 0 ? 1 : L, rows, columns_of(loader, inputs[i]));
    }
    return count;
}

clmlp_status clmlp_check_data(clmlp_batch_loader *loader, size_t L, clmlp_finding findings[CLMLP_INPUTS], size_t *count,
                              clmlp_error *error)
{
    const clmlp_tensor *const tensors[CLMLP_INPUTS] = {loader->x_all, loader->y_all, loader->w_all};
    *count = begin_inputs(loader, 0, L, loader->m, findings);
    for (size_t i = 0; i < *count; i++) TRY(check_rows(loader, tensors[i], &findings[i], error));
    return CLMLP_OK;
}

static clmlp_status take_rows(const clmlp_batch_loader *loader, clmlp_quantity quantity, size_t first, size_t M,
                              double *out, clmlp_error *error)
{
    const size_t count = M * columns_of(loader, quantity);
    void *raw = NULL;
    TRY(clmlp_allocate(&raw, count, sizeof(double), "a batch", error));
    host_rows(loader, quantity, loader->in_order ? NULL : loader->order, first, M, raw);
    widen(loader->backend->precision, raw, count, out);
    free(raw);
    return CLMLP_OK;
}

/* Where its rows begin in the order of the pass. */
static size_t first_row(const clmlp_batch_loader *loader, const clmlp_batch *batch)
{
    return loader->next - (size_t)batch->divisor + batch->before;
}

size_t clmlp_batch_example(const clmlp_batch_loader *loader, const clmlp_batch *batch, size_t r)
{
    const size_t row = first_row(loader, batch) + r;
    return loader->in_order ? row : loader->order[row];
}

clmlp_status clmlp_take_batch(const clmlp_batch_loader *loader, const clmlp_batch *batch, clmlp_step_record *step,
                              clmlp_error *error)
{
    const size_t first = first_row(loader, batch), M = batch->M;
    if (M == 0) return CLMLP_OK;
    TRY(take_rows(loader, CLMLP_QUANTITY_X, first, M, step->x, error));
    TRY(take_rows(loader, CLMLP_QUANTITY_Y, first, M, step->y, error));
    if (!loader->with_weights) return CLMLP_OK;
    TRY(clmlp_step_record_weigh(step, error));
    return take_rows(loader, CLMLP_QUANTITY_W, first, M, step->w, error);
}

bool clmlp_has_batch(const clmlp_batch_loader *loader, const clmlp_batch *batch)
{
    return batch->x != loader->x_all && batch->rows.order == NULL && batch->rows.first == 0;
}

static clmlp_status check_matrix(clmlp_backend *backend, const clmlp_tensor *tensor, size_t rows, double *values,
                                 clmlp_finding *finding, clmlp_error *error)
{
    const size_t count = rows * tensor->columns;
    double *found = NULL;
    clmlp_status status = CLMLP_OK;
    TRY(clmlp_allocate(&found, count, sizeof *found, "a matrix to compare", error));
    TRY_CLEANUP(clmlp_read_matrix(backend, tensor, rows, found, NULL, error));
    compare_bits(finding, found, values, 0, count, backend->precision);
    if (finding->failed > 0) memcpy(values, found, count * sizeof *found);
cleanup:
    free(found);
    return status;
}

clmlp_status clmlp_check_batch(const clmlp_batch_loader *loader, const clmlp_batch *batch, clmlp_step_record *step,
                               size_t number, clmlp_finding findings[CLMLP_INPUTS], size_t *count, clmlp_error *error)
{
    const clmlp_tensor *const tensors[CLMLP_INPUTS] = {batch->x, batch->y, batch->w};
    double *const values[CLMLP_INPUTS] = {step->x, step->y, step->w};
    *count = begin_inputs(loader, number, step->L, batch->M, findings);
    for (size_t i = 0; i < *count; i++) {
        TRY(check_matrix(loader->backend, tensors[i], batch->M, values[i], &findings[i], error));
    }
    return CLMLP_OK;
}

clmlp_status clmlp_check_theta(clmlp_network *network, const clmlp_model *model, size_t l, clmlp_step_record *step,
                               clmlp_finding *finding, clmlp_error *error)
{
    const size_t count = model->theta_at[l] - model->theta_at[l - 1];
    const double *from = model->theta + model->theta_at[l - 1];
    double *theta = step->theta[l - 1];
    for (size_t i = 0; i < count; i++) theta[i] = step->precision == CLMLP_F32 ? (double)(float)from[i] : from[i];
    *finding = finding_of(0, CLMLP_QUANTITY_THETA, l, model->s[l], model->s[l - 1] + 1);
    return check_matrix(network->backend, network->theta[l - 1], model->s[l], theta, finding, error);
}

void clmlp_check_scale_begins(const clmlp_step_record *step, clmlp_finding findings[CLMLP_SCALE_BEGINS])
{
    static const double one = 1.0;
    const size_t rows = step->s[1], columns = step->s[0] + 1;
    findings[0] = finding_of(0, CLMLP_QUANTITY_RAW, 1, rows, columns);
    findings[1] = finding_of(0, CLMLP_QUANTITY_SCALE, 1, 1, columns);
    compare_bits(&findings[0], step->scale->raw, step->theta[0], 0, rows * columns, step->precision);
    for (size_t i = 0; i < columns; i++) {
        compare_bits(&findings[1], step->scale->scale + i, &one, i, 1, step->precision);
    }
}

clmlp_status clmlp_check_same_parameters(clmlp_network *network, size_t part, size_t l, const clmlp_step_record *step,
                                         clmlp_finding *finding, clmlp_error *error)
{
    const size_t rows = step->s[l], columns = step->s[l - 1] + 1;
    const clmlp_tensor *const tensor = part == 0 ? network->theta[l - 1] : network->state[l - 1][part - 1];
    double *const values = part == 0 ? step->theta[l - 1] : step->state[part - 1][l - 1];
    const clmlp_quantity quantity = part == 0 ? CLMLP_QUANTITY_THETA : clmlp_quantity_of_state(part - 1);
    *finding = finding_of(0, quantity, l, rows, columns);
    return check_matrix(network->backend, tensor, rows, values, finding, error);
}
