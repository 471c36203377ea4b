/* engines.c - qualify an engine's functions and products through its equations. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "verify/qualify/products.h"
#include "verify/qualify/crossing.h"
#include "verify/qualify/qualify.h"

/* 1, odd, around tiles of 4 to 128, more rows than a block, and more than are ever picked one by one. */
static const clmlp_product_size hostile[] = {
    {1, 1, 1},    {1, 1, 10},   {2, 3, 1},    {3, 5, 7},     {31, 33, 32},   {32, 31, 33},  {33, 31, 65},
    {63, 65, 64}, {64, 63, 65}, {65, 64, 63}, {1, 300, 2},   {257, 2, 3},    {5, 1, 130},   {128, 17, 10},
    {127, 128, 129}, {65, 200, 129}, {5, 385, 130}, {401, 60, 25}, {300, 785, 12}, {1100, 150, 77}};
/* the last two: gradients in parts of the examples, and from copied columns */
static const clmlp_product_size quick[] = {{1, 1, 1},   {3, 5, 7},   {17, 9, 10},   {5, 33, 2},
                                           {33, 2, 31}, {129, 30, 20}, {257, 60, 100}};
/* for one part of many: where tiles and groups other than the usual ones would go wrong */
static const clmlp_product_size few[] = {{1, 1, 1}, {33, 31, 65}, {128, 17, 10}, {65, 200, 129}, {1100, 150, 77}};

enum { MOST_SIZES = sizeof hostile / sizeof *hostile + CLMLP_CROSSINGS };

enum { ARGUMENTS = 1 << 14, QUICK_ARGUMENTS = 320 };

/* --- products ------------------------------------------------------------------------------------------------- */

typedef struct tally {
    bool seen[CLMLP_PRODUCT_COUNT];
    clmlp_product worst[CLMLP_PRODUCT_COUNT];
    size_t sizes;
} tally;

static bool is_worse(const clmlp_product *a, const clmlp_product *b)
{
    if (clmlp_product_right(a) != clmlp_product_right(b)) return !clmlp_product_right(a);
    return a->fraction > b->fraction;
}

static bool keep_worst(const clmlp_product *product, void *context)
{
    tally *t = context;
    clmlp_product *worst = &t->worst[product->kind];
    if (!t->seen[product->kind] || is_worse(product, worst)) *worst = *product;
    t->seen[product->kind] = true;
    t->sizes += product->kind == CLMLP_PRODUCT_Z;
    return true;
}

static void check_product(clmlp_qualify_part *part, const clmlp_product *worst)
{
    clmlp_qualify_measure(part, worst->fraction, 1.0, "of bound");
    part->passed = part->passed && clmlp_product_right(worst);
    clmlp_product_describe(worst, part->detail, sizeof part->detail);
}

static clmlp_status report_products(clmlp_qualification *q, const clmlp_subject *subject, const tally *t,
                                    clmlp_error *error)
{
    for (int k = 0; k < CLMLP_PRODUCT_COUNT; k++) {
        const clmlp_product_kind kind = (clmlp_product_kind)k;
        char name[96];
        if (!t->seen[k]) continue;
        (void)snprintf(name, sizeof name, "%s: %s (gemm %s)", subject->name, clmlp_product_name(kind),
                       clmlp_product_gemm(kind));
        clmlp_qualify_part part = clmlp_qualify_part_begin(CLMLP_QUALIFY_PRODUCTS, name);
        check_product(&part, &t->worst[k]);
        TRY(clmlp_qualify_add(q, &part, error));
    }
    return CLMLP_OK;
}

/* A list of sizes and those at which the device's own tiles are crossed; *list and count become theirs. */
static void with_crossings(const clmlp_qualification *q, clmlp_device *device, const clmlp_product_size **list,
                           size_t *count, clmlp_product_size all[MOST_SIZES])
{
    memcpy(all, *list, *count * sizeof **list);
    *count += clmlp_crossing_sizes(device->backend, clmlp_qualify_most(q), all + *count);
    *list = all;
}

clmlp_status clmlp_qualify_products(clmlp_qualification *q, const clmlp_subject *subject, clmlp_device *device,
                                    clmlp_error *error)
{
    static const tally none;
    tally t = none;
    char name[96];
    clmlp_error caught = {.message = ""};
    const bool is_quick = q->config.quick;
    const clmlp_product_size *sizes = is_quick ? quick : hostile;
    size_t count = is_quick ? sizeof quick / sizeof *quick : sizeof hostile / sizeof *hostile;
    clmlp_product_size all[MOST_SIZES];
    with_crossings(q, device, &sizes, &count, all);
    const clmlp_status status = clmlp_measure_products(device, sizes, count, keep_worst, &t, &caught);
    TRY(report_products(q, subject, &t, error));
    if (status == CLMLP_OK) return CLMLP_OK;
    (void)snprintf(name, sizeof name, "%s: products", subject->name);
    clmlp_qualify_part part = clmlp_qualify_part_begin(CLMLP_QUALIFY_PRODUCTS, name);
    TRY(clmlp_qualify_fail(&part, &caught, error));
    return clmlp_qualify_add(q, &part, error);
}

clmlp_status clmlp_qualify_products_within(clmlp_qualification *q, void *device, clmlp_qualify_part *part,
                                           clmlp_error *error)
{
    static const tally none;
    tally t = none;
    const bool is_quick = q->config.quick;
    const clmlp_product *worst = NULL;
    const clmlp_product_size *sizes = is_quick ? quick : few;
    size_t count = is_quick ? 3 : sizeof few / sizeof *few;
    clmlp_product_size all[MOST_SIZES];
    with_crossings(q, device, &sizes, &count, all);
    TRY(clmlp_measure_products(device, sizes, count, keep_worst, &t, error));
    for (int k = 0; k < CLMLP_PRODUCT_COUNT; k++) {
        if (t.seen[k] && (worst == NULL || is_worse(&t.worst[k], worst))) worst = &t.worst[k];
    }
    check_product(part, worst);
    return CLMLP_OK;
}

/* --- functions ------------------------------------------------------------------------------------------------- */

/* g of `count` arguments, by an equation with one unit in and out. */
typedef struct column {
    clmlp_device *device;
    size_t count;
    double *arguments, *found;
    void *packed;
    clmlp_activation activation;
    bool output; /* by the output layer, from z */
} column;

static clmlp_status column_create(column *c, clmlp_error *error)
{
    TRY(clmlp_allocate(&c->arguments, c->count, sizeof(double), "arguments", error));
    TRY(clmlp_allocate(&c->found, c->count, sizeof(double), "results", error));
    return clmlp_allocate(&c->packed, c->count, sizeof(double), "arguments", error);
}

static void column_release(column *c)
{
    free(c->arguments);
    free(c->found);
    free(c->packed);
}

static clmlp_status write_column(column *c, clmlp_tensor *tensor, clmlp_error *error)
{
    clmlp_backend *backend = c->device->backend;
    clmlp_to_precision(backend->precision, c->arguments, c->count, c->packed);
    return backend->ops->tensor_write(backend, tensor, 0, c->count, c->packed, error);
}

static clmlp_status read_column(column *c, const clmlp_tensor *tensor, clmlp_error *error)
{
    clmlp_backend *backend = c->device->backend;
    TRY(backend->ops->tensor_read(backend, tensor, 0, c->count, c->packed, error));
    clmlp_from_precision(backend->precision, c->packed, c->count, c->found);
    return CLMLP_OK;
}

/* a_out = g(0 + 1 x) */
static clmlp_status by_forward(column *c, clmlp_error *error)
{
    static const double weights[2] = {0.0, 1.0};
    clmlp_backend *backend = c->device->backend;
    clmlp_tensor *in = NULL, *theta = NULL, *out = NULL;
    double packed[2];
    clmlp_status status = CLMLP_OK;
    TRY_CLEANUP(clmlp_tensor_create(backend, CLMLP_TENSOR_LAYER, c->count, 1, "arguments", &in, error));
    TRY_CLEANUP(clmlp_tensor_create(backend, CLMLP_TENSOR_LAYER, c->count, 1, "results", &out, error));
    TRY_CLEANUP(clmlp_tensor_create(backend, CLMLP_TENSOR_THETA_ONE_WAY, 1, 2, "theta", &theta, error));
    clmlp_to_precision(backend->precision, weights, 2, packed);
    TRY_CLEANUP(backend->ops->tensor_write(backend, theta, 0, 1, packed, error));
    TRY_CLEANUP(write_column(c, in, error));
    const clmlp_forward_args args = {.M = c->count, .s_in = 1, .s_out = 1, .a_in = in, .theta = theta, .a_out = out,
                                     .activation = c->activation};
    TRY_CLEANUP(backend->ops->forward(backend, &args, error));
    TRY_CLEANUP(read_column(c, out, error));
cleanup:
    clmlp_tensor_destroy(backend, in);
    clmlp_tensor_destroy(backend, out);
    clmlp_tensor_destroy(backend, theta);
    return status;
}

/* h = sigmoid(z) */
static clmlp_status by_output(column *c, clmlp_error *error)
{
    clmlp_backend *backend = c->device->backend;
    clmlp_tensor *z = NULL, *h = NULL;
    clmlp_status status = CLMLP_OK;
    TRY_CLEANUP(clmlp_tensor_create(backend, CLMLP_TENSOR_MATRIX, c->count, 1, "arguments", &z, error));
    TRY_CLEANUP(clmlp_tensor_create(backend, CLMLP_TENSOR_MATRIX, c->count, 1, "results", &h, error));
    TRY_CLEANUP(write_column(c, z, error));
    const clmlp_output_args args = {.M = c->count, .K = 1, .output = CLMLP_OUTPUT_SIGMOID,
                                    .right = CLMLP_RIGHT_NEVER, .z = z, .h = h};
    TRY_CLEANUP(backend->ops->output_delta(backend, &args, error));
    TRY_CLEANUP(read_column(c, h, error));
cleanup:
    clmlp_tensor_destroy(backend, z);
    clmlp_tensor_destroy(backend, h);
    return status;
}

typedef struct engine_function {
    clmlp_probe_function function;
    clmlp_activation activation;
    bool output;
    const char *name;
} engine_function;

static const engine_function engine_functions[] = {
    {CLMLP_PROBE_SIGMOID, CLMLP_SIGMOID, false, "sigmoid"},
    {CLMLP_PROBE_TANH, CLMLP_TANH, false, "tanh"},
    {CLMLP_PROBE_RELU, CLMLP_RELU, false, "relu"},
    {CLMLP_PROBE_SIGMOID, CLMLP_SIGMOID, true, "h of a sigmoid output"}};

typedef struct engine_sweep {
    clmlp_device *device;
    const engine_function *f;
} engine_sweep;

static clmlp_status sweep_engine(clmlp_qualification *q, void *context, clmlp_qualify_part *part, clmlp_error *error)
{
    const engine_sweep *s = context;
    const clmlp_precision precision = q->where.precision;
    column c = {.device = s->device, .count = q->config.quick ? QUICK_ARGUMENTS : ARGUMENTS,
                .activation = s->f->activation, .output = s->f->output};
    double worst = -1.0;
    clmlp_status status = CLMLP_OK;
    TRY_CLEANUP(column_create(&c, error));
    for (size_t i = 0; i < c.count; i++) {
        c.arguments[i] = clmlp_sweep_argument(s->f->function, precision, q->config.seed, 0, i);
    }
    TRY_CLEANUP(c.output ? by_output(&c, error) : by_forward(&c, error));
    for (size_t i = 0; i < c.count; i++) {
        const double arguments[CLMLP_PROBE_ARGUMENTS] = {c.arguments[i]};
        long double expected = 0.0L;
        const double off = clmlp_function_error(s->f->function, precision, arguments, c.found[i], &expected);
        if (off <= worst) continue;
        worst = off;
        (void)snprintf(part->detail, sizeof part->detail, "%zu arguments, worst at %.17g: found %.17g, expected %.20Lg",
                       c.count, c.arguments[i], c.found[i], expected);
    }
    clmlp_qualify_measure(part, worst, clmlp_ulp_limit(&q->facts, s->f->function, precision, 4), "ulp");
cleanup:
    column_release(&c);
    return status;
}

clmlp_status clmlp_qualify_engine_functions(clmlp_qualification *q, const clmlp_subject *subject,
                                            clmlp_device *device, clmlp_error *error)
{
    const bool too_short = q->where.precision == CLMLP_F64 && LDBL_MANT_DIG < DBL_MANT_DIG + 8;
    for (size_t i = 0; i < sizeof engine_functions / sizeof *engine_functions; i++) {
        engine_sweep s = {device, &engine_functions[i]};
        char name[96];
        if (too_short && !clmlp_is_exact(s.f->function, q->where.precision)) continue;
        (void)snprintf(name, sizeof name, "%s: %s", subject->name, s.f->name);
        TRY(clmlp_qualify_do(q, CLMLP_QUALIFY_FUNCTIONS, name, sweep_engine, &s, error));
    }
    return CLMLP_OK;
}

/* --- denormals -------------------------------------------------------------------------------------------------- */

static clmlp_status find_denormals(clmlp_qualification *q, void *device, clmlp_qualify_part *part, clmlp_error *error)
{
    const double least = q->where.precision == CLMLP_F64 ? DBL_MIN : (double)FLT_MIN;
    column c = {.device = device, .count = 8, .activation = CLMLP_LINEAR};
    bool kept = true;
    clmlp_status status = CLMLP_OK;
    TRY_CLEANUP(column_create(&c, error));
    for (size_t i = 0; i < c.count; i++) c.arguments[i] = ldexp(least, -1 - (int)i);
    TRY_CLEANUP(by_forward(&c, error));
    for (size_t i = 0; i < c.count; i++) kept = kept && c.found[i] == c.arguments[i];
    (void)snprintf(part->detail, sizeof part->detail, "%s", kept ? "kept" : "flushed");
    part->passed = kept || q->where.precision == CLMLP_F32; /* single precision may do as it likes */
cleanup:
    column_release(&c);
    return status;
}

clmlp_status clmlp_qualify_engine_denormals(clmlp_qualification *q, const clmlp_subject *subject,
                                            clmlp_device *device, clmlp_error *error)
{
    char name[96];
    (void)snprintf(name, sizeof name, "%s: products", subject->name);
    return clmlp_qualify_do(q, CLMLP_QUALIFY_DENORMALS, name, find_denormals, device, error);
}
