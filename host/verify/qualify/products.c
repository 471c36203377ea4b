/* products.c - qualify products: run every equation on awkward shapes. */
#include "verify/qualify/products.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/probe/probe.h"
#include "verify/qualify/crossing.h"
#include "verify/qualify/products_data.h"

/* 1, odd, around tiles of 4 to 128, more rows than a block of tiles, and than a batch that is picked row by row. */
static const clmlp_product_size shapes[] = {{1, 1, 1},      {3, 5, 7},     {33, 31, 65},  {128, 17, 10},
                                            {65, 200, 129}, {5, 385, 130}, {401, 60, 25}, {1100, 150, 77}};

/* --- the equations ------------------------------------------------------------------------------------------ */

static clmlp_gradient_args gradient_args(const clmlp_check *c)
{
    return (clmlp_gradient_args){.M = c->size.M,
                                 .divisor = (double)c->size.M,
                                 .s_in = c->size.s_in,
                                 .s_out = c->size.s_out,
                                 .delta = c->in[IN_DELTA],
                                 .a = c->in[c->layer],
                                 .a_rows = c->picks,
                                 .theta = c->in[IN_THETA],
                                 .decay = BOUNDS_DECAY};
}

static clmlp_status compute_forward(clmlp_check *c, clmlp_tensor *z, clmlp_error *error)
{
    const clmlp_forward_args args = {.M = c->size.M,
                                     .s_in = c->size.s_in,
                                     .s_out = c->size.s_out,
                                     .a_in = c->in[c->layer],
                                     .a_rows = c->picks,
                                     .theta = c->in[IN_THETA],
                                     .z = z,
                                     .a_out = c->a_out,
                                     .activation = CLMLP_LINEAR};
    return c->backend->ops->forward(c->backend, &args, error);
}

static clmlp_status compute_output(clmlp_check *c, clmlp_error *error)
{
    const clmlp_output_args args = {.M = c->size.M,
                                    .s_in = c->size.s_in,
                                    .K = c->size.s_out,
                                    .a_in = c->in[c->layer],
                                    .theta = c->in[IN_THETA],
                                    .output = CLMLP_OUTPUT_LINEAR,
                                    .right = CLMLP_RIGHT_NEVER,
                                    .z = c->z};
    return c->backend->ops->output_delta(c->backend, &args, error);
}

static clmlp_status compute_hidden(clmlp_check *c, clmlp_error *error)
{
    const clmlp_hidden_args args = {.M = c->size.M,
                                    .s_in = c->size.s_in,
                                    .s_out = c->size.s_out,
                                    .delta_next = c->in[IN_DELTA],
                                    .theta = c->in[IN_THETA],
                                    .a = c->in[IN_A],
                                    .delta = c->back,
                                    .activation = CLMLP_LINEAR};
    return c->backend->ops->hidden_delta(c->backend, &args, error);
}

static clmlp_status compute_gradient(clmlp_check *c, clmlp_error *error)
{
    clmlp_gradient_args args = gradient_args(c);
    args.gradient = c->gradient;
    return c->backend->ops->gradient(c->backend, &args, error);
}

static clmlp_update_args update_args(const clmlp_check *c, const clmlp_tensor *gradient)
{
    return (clmlp_update_args){.s_in = c->size.s_in,
                               .s_out = c->size.s_out,
                               .rule = {.optimizer = CLMLP_SGD,
                                        .numbers = {[UPDATE_RATE] = BOUNDS_RATE, [UPDATE_BIAS_RATE] = BOUNDS_RATE}},
                               .gradient = gradient,
                               .theta = c->in[IN_THETA]};
}

static clmlp_status compute_update(clmlp_check *c, clmlp_error *error)
{
    const clmlp_update_args args = update_args(c, c->gradient);
    TRY(compute_gradient(c, error));
    return c->backend->ops->update(c->backend, &args, error);
}

/* As training does it. */
static clmlp_status compute_step(clmlp_check *c, clmlp_error *error)
{
    const clmlp_gradient_args args = gradient_args(c);
    if (c->backend->ops->descend == NULL) return compute_update(c, error);
    const clmlp_update_args update = update_args(c, NULL);
    return c->backend->ops->descend(c->backend, &args, &update, error);
}

static clmlp_status compute_bare(clmlp_check *c, clmlp_tensor *result, clmlp_error *error)
{
    return c->backend->ops->product(c->backend, c->size.M, c->size.s_in + 1, c->size.s_out, c->in[IN_DELTA],
                                    c->in[IN_THETA], result, error);
}

static clmlp_status compute(clmlp_check *c, clmlp_product_kind kind, clmlp_tensor *result, clmlp_error *error)
{
    switch (kind) {
    case CLMLP_PRODUCT_Z:
    case CLMLP_PRODUCT_Z_SPARSE:
    case CLMLP_PRODUCT_Z_PICKED:
        return compute_forward(c, c->z, error);
    case CLMLP_PRODUCT_IN_PLACE:
        return compute_forward(c, NULL, error);
    case CLMLP_PRODUCT_OUTPUT:
        return compute_output(c, error);
    case CLMLP_PRODUCT_DELTA:
    case CLMLP_PRODUCT_DELTA_AFTER:
        return compute_hidden(c, error);
    case CLMLP_PRODUCT_GRADIENT:
    case CLMLP_PRODUCT_GRADIENT_SPARSE:
    case CLMLP_PRODUCT_GRADIENT_PICKED:
        return compute_gradient(c, error);
    case CLMLP_PRODUCT_UPDATE:
        return compute_update(c, error);
    case CLMLP_PRODUCT_STEP:
        return compute_step(c, error);
    case CLMLP_PRODUCT_BARE:
        return compute_bare(c, result, error);
    case CLMLP_PRODUCT_COUNT: break;
    }
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "no such product: %d", (int)kind);
}

static clmlp_status look_around(clmlp_check *c, clmlp_product *p, const clmlp_tensor *result, size_t rows,
                                clmlp_error *error)
{
    const clmlp_probe_ops *probes = c->backend->ops->probes;
    bool broken = false;
    for (size_t i = rows * result->columns; i < result->rows * result->columns; i++) {
        if (c->found[i] == CLMLP_GUARD) continue;
        (void)snprintf(p->overwritten, sizeof p->overwritten, "row %zu, behind the last, was overwritten (found %.9g)",
                       i / result->columns, c->found[i]);
        return CLMLP_OK;
    }
    if (probes == NULL) return CLMLP_OK;
    return probes->guards_broken(c->backend, &broken, p->overwritten, sizeof p->overwritten, error);
}

/* Compute one, and compare `rows` of `result`; n roundings. */
static clmlp_status run(clmlp_check *c, clmlp_product_kind kind, clmlp_tensor *result, size_t rows, size_t n,
                        clmlp_error *error)
{
    clmlp_product p = {.kind = kind, .size = c->size, .fraction = 0.0};
    if (!c->go_on) return CLMLP_OK;
    if (result != c->in[IN_THETA]) TRY(clmlp_check_spoil(c, result, rows, error));
    TRY(compute(c, kind, result, error));
    TRY(clmlp_check_move(c->backend, result, result->rows, c->found, true, error));
    clmlp_bounds_compare(c, &p, rows, result->columns, n);
    TRY(look_around(c, &p, result, rows, error));
    c->go_on = c->sink(&p, c->context);
    return CLMLP_OK;
}

/* --- all of it ---------------------------------------------------------------------------------------------- */

/* theta on the device is what it was before a step. */
static clmlp_status restore_theta(clmlp_check *c, clmlp_error *error)
{
    return clmlp_check_move(c->backend, c->in[IN_THETA], c->rows[IN_THETA], c->values[IN_THETA], false, error);
}

static clmlp_status steps(clmlp_check *c, clmlp_error *error)
{
    const size_t M = c->size.M, s_in = c->size.s_in, s_out = c->size.s_out;
    clmlp_expect_gradient(c, false);
    TRY(run(c, CLMLP_PRODUCT_GRADIENT, c->gradient, s_out, M + 4, error));
    clmlp_expect_gradient(c, true);
    if (c->backend->ops->descend != NULL) {
        TRY(run(c, CLMLP_PRODUCT_UPDATE, c->in[IN_THETA], s_out, M + 6, error));
        TRY(restore_theta(c, error));
    }
    TRY(run(c, CLMLP_PRODUCT_STEP, c->in[IN_THETA], s_out, M + 6, error));
    /* the delta recursion reads what the step wrote, which need not be the same memory */
    for (size_t i = 0; i < s_out * (s_in + 1) && c->go_on; i++) c->values[IN_THETA][i] = c->found[i];
    clmlp_expect_delta(c);
    return run(c, CLMLP_PRODUCT_DELTA_AFTER, c->back, M, s_out + 1, error);
}

static clmlp_status bare_product(clmlp_check *c, clmlp_error *error)
{
    clmlp_tensor *factor = NULL, *result = NULL;
    clmlp_tensor *const theta = c->in[IN_THETA];
    clmlp_status status = CLMLP_OK;
    if (c->backend->ops->product == NULL) return CLMLP_OK;
    TRY_CLEANUP(clmlp_tensor_create(c->backend, CLMLP_TENSOR_MATRIX, c->size.s_out, c->size.s_in + 1, "a factor",
                                    &factor, error));
    TRY_CLEANUP(clmlp_check_create_output(c, CLMLP_TENSOR_MATRIX, c->size.M, c->size.s_in + 1, &result, error));
    TRY_CLEANUP(clmlp_check_move(c->backend, factor, c->size.s_out, c->values[IN_THETA], false, error));
    c->in[IN_THETA] = factor;
    clmlp_expect_bare(c);
    status = run(c, CLMLP_PRODUCT_BARE, result, c->size.M, c->size.s_out, error);
    c->in[IN_THETA] = theta;
cleanup:
    clmlp_tensor_destroy(c->backend, factor);
    clmlp_tensor_destroy(c->backend, result);
    return status;
}

/* Rows that are picked from input data become a. */
static void take_picked(clmlp_check *c)
{
    c->layer = IN_PICKED;
    c->picks = (clmlp_rows){c->order, c->order != NULL ? CLMLP_GUARD_ROWS : 0};
}

/* Input data, which a backend may take in another form than a layer: c->layer, and c->picks. */
static clmlp_status input_products(clmlp_check *c, clmlp_product_kind z, clmlp_product_kind gradient,
                                   clmlp_error *error)
{
    const size_t M = c->size.M, s_in = c->size.s_in, s_out = c->size.s_out;
    clmlp_expect_z(c);
    TRY(run(c, z, c->z, M, s_in + 1, error));
    clmlp_expect_gradient(c, false);
    TRY(run(c, gradient, c->gradient, s_out, M + 4, error));
    c->layer = IN_A;
    c->picks = (clmlp_rows){NULL, 0};
    return CLMLP_OK;
}

static clmlp_status all_products(clmlp_check *c, clmlp_error *error)
{
    const size_t M = c->size.M, s_in = c->size.s_in, s_out = c->size.s_out;
    clmlp_expect_z(c);
    TRY(run(c, CLMLP_PRODUCT_Z, c->z, M, s_in + 1, error));
    TRY(run(c, CLMLP_PRODUCT_IN_PLACE, c->a_out, M, s_in + 1, error));
    TRY(run(c, CLMLP_PRODUCT_OUTPUT, c->z, M, s_in + 1, error));
    clmlp_expect_delta(c);
    TRY(run(c, CLMLP_PRODUCT_DELTA, c->back, M, s_out + 1, error));
    TRY(steps(c, error));
    c->layer = IN_X;
    TRY(input_products(c, CLMLP_PRODUCT_Z_SPARSE, CLMLP_PRODUCT_GRADIENT_SPARSE, error));
    take_picked(c);
    TRY(input_products(c, CLMLP_PRODUCT_Z_PICKED, CLMLP_PRODUCT_GRADIENT_PICKED, error));
    return bare_product(c, error);
}

/* One of the list above that clmlp_measure_product takes, alone. */
static clmlp_status one_product(clmlp_check *c, clmlp_product_kind kind, clmlp_error *error)
{
    const size_t M = c->size.M, s_in = c->size.s_in, s_out = c->size.s_out;
    if (kind == CLMLP_PRODUCT_Z_PICKED || kind == CLMLP_PRODUCT_GRADIENT_PICKED) take_picked(c);
    switch (kind) {
    case CLMLP_PRODUCT_Z:
    case CLMLP_PRODUCT_Z_PICKED:
    case CLMLP_PRODUCT_OUTPUT:
        clmlp_expect_z(c);
        return run(c, kind, c->z, M, s_in + 1, error);
    case CLMLP_PRODUCT_DELTA:
        clmlp_expect_delta(c);
        return run(c, kind, c->back, M, s_out + 1, error);
    case CLMLP_PRODUCT_GRADIENT:
    case CLMLP_PRODUCT_GRADIENT_PICKED:
        clmlp_expect_gradient(c, false);
        return run(c, kind, c->gradient, s_out, M + 4, error);
    case CLMLP_PRODUCT_STEP:
        clmlp_expect_gradient(c, true);
        return run(c, kind, c->in[IN_THETA], s_out, M + 6, error);
    case CLMLP_PRODUCT_IN_PLACE:
    case CLMLP_PRODUCT_DELTA_AFTER:
    case CLMLP_PRODUCT_UPDATE:
    case CLMLP_PRODUCT_Z_SPARSE:
    case CLMLP_PRODUCT_GRADIENT_SPARSE:
    case CLMLP_PRODUCT_BARE:
    case CLMLP_PRODUCT_COUNT: break;
    }
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%s is not computed alone", clmlp_product_name(kind));
}

static bool keep_product(const clmlp_product *product, void *context)
{
    *(clmlp_product *)context = *product;
    return true;
}

clmlp_status clmlp_measure_product(clmlp_device *device, clmlp_product_kind kind, clmlp_product_size size,
                                   clmlp_product *product, clmlp_error *error)
{
    clmlp_check c = {.size = size, .backend = device->backend, .sink = keep_product, .context = product, .go_on = true};
    clmlp_status status = clmlp_check_create(&c, error);
    if (status == CLMLP_OK) status = one_product(&c, kind, error);
    clmlp_check_release(&c);
    return status;
}

clmlp_status clmlp_measure_products(clmlp_device *device, const clmlp_product_size *sizes, size_t count,
                                    clmlp_product_sink *sink, void *context, clmlp_error *error)
{
    TRY(clmlp_backend_choose(device->backend, NULL, error));
    const clmlp_probe_ops *probes = device->backend->ops->probes;
    clmlp_status status = CLMLP_OK;
    bool go_on = true;
    for (size_t i = 0; i < count && status == CLMLP_OK && go_on; i++) {
        clmlp_check c = {.size = sizes[i], .backend = device->backend, .sink = sink, .context = context, .go_on = true};
        if (probes != NULL) probes->guard(device->backend, true);
        status = clmlp_check_create(&c, error);
        if (status == CLMLP_OK) status = all_products(&c, error);
        clmlp_check_release(&c);
        if (probes != NULL) probes->guard(device->backend, false);
        go_on = c.go_on;
    }
    return status;
}

/* As far as the first that is wrong. */
static bool until_wrong(const clmlp_product *product, void *context)
{
    *(clmlp_product *)context = *product;
    return clmlp_product_right(product);
}

clmlp_status clmlp_check_products(clmlp_device *device, bool *right, char *reason, size_t size, clmlp_error *error)
{
    clmlp_product last = {.fraction = 0.0};
    clmlp_product_size crossing[CLMLP_CROSSINGS];
    TRY(clmlp_backend_choose(device->backend, NULL, error)); /* whose tiles are crossed */
    const size_t count = clmlp_crossing_sizes(device->backend, SIZE_MAX, crossing);
    TRY(clmlp_measure_products(device, shapes, sizeof shapes / sizeof *shapes, until_wrong, &last, error));
    *right = clmlp_product_right(&last);
    if (*right) TRY(clmlp_measure_products(device, crossing, count, until_wrong, &last, error));
    *right = clmlp_product_right(&last);
    if (!*right) clmlp_product_describe(&last, reason, size);
    return CLMLP_OK;
}
