#include "verify/bounds.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/random.h"

/* 1, odd, around tiles of 4 to 128, layers of more than one and two panels, more rows than a block. */
static const struct shape {
    size_t M, s_in, s_out;
} shapes[] = {{1, 1, 1}, {3, 5, 7}, {33, 31, 65}, {128, 17, 10}, {65, 200, 129}, {5, 385, 130}, {401, 60, 25},
            {600, 150, 77}};

static const double DECAY = 0.25, RATE = 0.5; /* no rounding in either precision */

/* One equation's numbers: what goes in, as it is and without signs, and what comes out. */
enum { A, THETA, DELTA, INPUTS };

typedef struct side {
    clmlp_backend *backend;
    clmlp_tensor *in[INPUTS]; /* a: LAYER [M x s_in], theta: THETA, delta: MATRIX [M x s_out] */
    clmlp_tensor *z, *a_out, *back, *gradient;
    double *out;              /* host room for any of them */
} side;

typedef struct check {
    struct shape size;
    clmlp_precision precision;
    double *values[INPUTS], *absolute[INPUTS];
    size_t count[INPUTS], rows[INPUTS];
    side device, exact, sums; /* sums: the CPU path on absolute values */
    bool right;
    char *reason;
    size_t reason_size;
} check;

/* Dense rows to or from a matrix, whatever its precision. */
static clmlp_status move(clmlp_backend *backend, clmlp_tensor *tensor, size_t rows, double *values, bool out,
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

/* In (-1, 1), exact in the device's precision. */
static clmlp_status randomize(check *c, int which, size_t rows, size_t columns, clmlp_error *error)
{
    const size_t count = rows * columns;
    c->count[which] = count;
    c->rows[which] = rows;
    TRY(clmlp_allocate(&c->values[which], count, sizeof(double), "numbers to check", error));
    TRY(clmlp_allocate(&c->absolute[which], count, sizeof(double), "numbers to check", error));
    for (size_t i = 0; i < count; i++) {
        const double value = 2.0 * clmlp_random_uniform(1, CLMLP_RANDOM_BENCH, (uint32_t)which + 2, i) - 1.0;
        c->values[which][i] = c->precision == CLMLP_F64 ? value : (double)(float)value;
        c->absolute[which][i] = fabs(c->values[which][i]);
    }
    return CLMLP_OK;
}

static clmlp_status put(side *s, const check *c, int which, double *values, clmlp_error *error)
{
    return move(s->backend, s->in[which], c->rows[which], values, false, error);
}

/* An output full of NaN, so that what is not written is noticed. */
static clmlp_status create_output(side *s, clmlp_tensor_kind kind, size_t rows, size_t columns, clmlp_tensor **out,
                                  clmlp_error *error)
{
    TRY(clmlp_tensor_create(s->backend, kind, rows, columns, "numbers to check", out, error));
    for (size_t i = 0; i < rows * columns; i++) s->out[i] = (double)NAN;
    return move(s->backend, *out, rows, s->out, false, error);
}

static clmlp_status create_side(side *s, clmlp_backend *backend, const check *c, double *const *values,
                                clmlp_error *error)
{
    const size_t M = c->size.M, s_in = c->size.s_in, s_out = c->size.s_out;
    const clmlp_tensor_kind kinds[INPUTS] = {CLMLP_TENSOR_LAYER, CLMLP_TENSOR_THETA, CLMLP_TENSOR_MATRIX};
    size_t room = 0;
    s->backend = backend;
    for (int i = 0; i < INPUTS; i++) {
        TRY(clmlp_tensor_create(backend, kinds[i], c->rows[i], c->count[i] / c->rows[i], "numbers to check", &s->in[i],
                                error));
        TRY(put(s, c, i, values[i], error));
        room = c->count[i] > room ? c->count[i] : room;
    }
    TRY(clmlp_allocate(&s->out, room, sizeof(double), "numbers to check", error));
    TRY(create_output(s, CLMLP_TENSOR_MATRIX, M, s_out, &s->z, error));
    TRY(create_output(s, CLMLP_TENSOR_LAYER, M, s_out, &s->a_out, error));
    TRY(create_output(s, CLMLP_TENSOR_MATRIX, M, s_in, &s->back, error));
    return create_output(s, CLMLP_TENSOR_THETA_ONE_WAY, s_out, s_in + 1, &s->gradient, error);
}

static void release_side(side *s)
{
    if (s->backend == NULL) return;
    for (int i = 0; i < INPUTS; i++) clmlp_tensor_destroy(s->backend, s->in[i]);
    clmlp_tensor *const outputs[] = {s->z, s->a_out, s->back, s->gradient};
    for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++) clmlp_tensor_destroy(s->backend, outputs[i]);
    free(s->out);
}

/* s->out of the device against the other two; n roundings. */
static void compare(check *c, const char *what, size_t count, size_t columns, size_t n)
{
    const bool is_double = c->precision == CLMLP_F64;
    const double u = is_double ? 0x1p-53 : 0x1p-24, reference_u = 0x1p-53;
    const double least = is_double ? DBL_MIN : (double)FLT_MIN, length = (double)n;
    const double gamma = length * u / (1.0 - length * u) + length * reference_u / (1.0 - length * reference_u);
    for (size_t i = 0; i < count && c->right; i++) {
        const double found = c->device.out[i], expected = c->exact.out[i];
        /* the sums are rounded, too */
        const double bound = gamma * c->sums.out[i] * (1.0 + 2.0 * length * reference_u) + length * least;
        if (fabs(found - expected) <= bound) continue;
        c->right = false;
        (void)snprintf(c->reason, c->reason_size,
                       "%s of %zu x %zu x %zu, row %zu, column %zu: found %.9g, expected %.9g +- %.2g", what, c->size.M,
                       c->size.s_in, c->size.s_out, i / columns, i % columns, found, expected, bound);
    }
}

typedef clmlp_status equation(side *s, const check *c, clmlp_error *error);

static clmlp_status run_forward(side *s, const check *c, clmlp_error *error)
{
    const clmlp_forward_args args = {.M = c->size.M, .s_in = c->size.s_in, .s_out = c->size.s_out, .a_in = s->in[A],
                                     .theta = s->in[THETA], .z = s->z, .a_out = s->a_out, .activation = CLMLP_LINEAR};
    TRY(s->backend->ops->forward(s->backend, &args, error));
    return move(s->backend, s->a_out, c->size.M, s->out, true, error);
}

static clmlp_status run_output(side *s, const check *c, clmlp_error *error)
{
    const clmlp_output_args args = {.M = c->size.M, .s_in = c->size.s_in, .K = c->size.s_out, .a_in = s->in[A],
                                    .theta = s->in[THETA], .output = CLMLP_OUTPUT_LINEAR, .right = CLMLP_RIGHT_NEVER,
                                    .z = s->z};
    TRY(s->backend->ops->output_delta(s->backend, &args, error));
    return move(s->backend, s->z, c->size.M, s->out, true, error);
}

static clmlp_status run_hidden(side *s, const check *c, clmlp_error *error)
{
    const clmlp_hidden_args args = {.M = c->size.M, .s_in = c->size.s_in, .s_out = c->size.s_out,
                                    .delta_next = s->in[DELTA], .theta = s->in[THETA], .a = s->in[A],
                                    .delta = s->back, .activation = CLMLP_LINEAR};
    TRY(s->backend->ops->hidden_delta(s->backend, &args, error));
    return move(s->backend, s->back, c->size.M, s->out, true, error);
}

static clmlp_gradient_args gradient_args(side *s, const check *c)
{
    return (clmlp_gradient_args){.M = c->size.M, .s_in = c->size.s_in, .s_out = c->size.s_out, .delta = s->in[DELTA],
                                 .a = s->in[A], .theta = s->in[THETA], .decay = DECAY};
}

static clmlp_status run_gradient(side *s, const check *c, clmlp_error *error)
{
    clmlp_gradient_args args = gradient_args(s, c);
    args.gradient = s->gradient;
    TRY(s->backend->ops->gradient(s->backend, &args, error));
    return move(s->backend, s->gradient, c->size.s_out, s->out, true, error);
}

/* theta - RATE gradient; for absolute values theta + RATE gradient. */
static clmlp_status run_descent(side *s, const check *c, clmlp_error *error)
{
    const double rate = s == &c->sums ? -RATE : RATE;
    const clmlp_gradient_args args = gradient_args(s, c);
    if (s->backend->ops->descend != NULL) {
        TRY(s->backend->ops->descend(s->backend, &args, s->in[THETA], rate, error));
    } else {
        const clmlp_update_args update = {.s_in = c->size.s_in, .s_out = c->size.s_out, .rate = rate,
                                          .gradient = s->gradient, .theta = s->in[THETA]};
        TRY(run_gradient(s, c, error));
        TRY(s->backend->ops->update(s->backend, &update, error));
    }
    return move(s->backend, s->in[THETA], c->size.s_out, s->out, true, error);
}

static clmlp_status run(check *c, equation *compute, const char *what, size_t rows, size_t columns, size_t n,
                        clmlp_error *error)
{
    TRY(compute(&c->device, c, error));
    TRY(compute(&c->exact, c, error));
    TRY(compute(&c->sums, c, error));
    compare(c, what, rows * columns, columns, n);
    return CLMLP_OK;
}

/* The delta recursion reads what the descent wrote, which need not be the same memory. */
static clmlp_status hidden_after_descent(check *c, clmlp_error *error)
{
    double *const theta = c->values[THETA], *const absolute = c->absolute[THETA];
    for (size_t i = 0; i < c->count[THETA]; i++) {
        theta[i] = c->device.out[i];
        absolute[i] = fabs(theta[i]);
    }
    TRY(put(&c->exact, c, THETA, theta, error));
    TRY(put(&c->sums, c, THETA, absolute, error));
    return run(c, run_hidden, "delta after the step", c->size.M, c->size.s_in, c->size.s_out + 1, error);
}

static clmlp_status check_equation(check *c, clmlp_equation which, clmlp_error *error)
{
    const size_t M = c->size.M, s_in = c->size.s_in, s_out = c->size.s_out;
    switch (which) {
    case CLMLP_EQUATION_FORWARD: return run(c, run_forward, "z", M, s_out, s_in + 1, error);
    case CLMLP_EQUATION_OUTPUT_DELTA: return run(c, run_output, "z(L)", M, s_out, s_in + 1, error);
    case CLMLP_EQUATION_HIDDEN_DELTA: return run(c, run_hidden, "delta", M, s_in, s_out + 1, error);
    case CLMLP_EQUATION_GRADIENT: return run(c, run_gradient, "the gradient", s_out, s_in + 1, M + 4, error);
    case CLMLP_EQUATION_UPDATE: return run(c, run_descent, "theta after the step", s_out, s_in + 1, M + 6, error);
    case CLMLP_EQUATION_COUNT: break;
    }
    return CLMLP_OK;
}

/* only: the one equation to check; COUNT: all of them. */
static clmlp_status check_equations(check *c, clmlp_equation only, clmlp_error *error)
{
    if (only != CLMLP_EQUATION_COUNT) return check_equation(c, only, error);
    for (int which = 0; which < CLMLP_EQUATION_COUNT; which++) TRY(check_equation(c, (clmlp_equation)which, error));
    return c->right ? hidden_after_descent(c, error) : CLMLP_OK;
}

static clmlp_status prepare_and_check(check *c, clmlp_device *device, clmlp_device *cpu, clmlp_equation only,
                                      clmlp_error *error)
{
    const size_t M = c->size.M, s_in = c->size.s_in, s_out = c->size.s_out;
    TRY(randomize(c, A, M, s_in, error));
    TRY(randomize(c, THETA, s_out, s_in + 1, error));
    TRY(randomize(c, DELTA, M, s_out, error));
    TRY(create_side(&c->device, device->backend, c, c->values, error));
    TRY(create_side(&c->exact, cpu->backend, c, c->values, error));
    TRY(create_side(&c->sums, cpu->backend, c, c->absolute, error));
    return check_equations(c, only, error);
}

static clmlp_status check_shape(check *c, clmlp_device *device, clmlp_device *cpu, clmlp_equation only,
                                clmlp_error *error)
{
    const clmlp_status status = prepare_and_check(c, device, cpu, only, error);
    release_side(&c->device);
    release_side(&c->exact);
    release_side(&c->sums);
    for (int k = 0; k < INPUTS; k++) free(c->values[k]), free(c->absolute[k]);
    return status;
}

clmlp_status clmlp_check_products(clmlp_device *device, bool *right, char *reason, size_t size, clmlp_error *error)
{
    const clmlp_device_options options = {.spec = "cpu", .precision = CLMLP_F64};
    clmlp_device *cpu = NULL;
    clmlp_status status = CLMLP_OK;
    *right = true;
    TRY(clmlp_device_open(&cpu, &options, error));
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes && status == CLMLP_OK && *right; i++) {
        check c = {.size = shapes[i], .precision = device->backend->precision, .right = true, .reason = reason,
                   .reason_size = size};
        status = check_shape(&c, device, cpu, CLMLP_EQUATION_COUNT, error);
        *right = c.right;
    }
    clmlp_device_close(cpu);
    return status;
}

clmlp_status clmlp_check_product(clmlp_device *device, clmlp_device *cpu, clmlp_equation which, size_t M,
                                 size_t s_in, size_t s_out, bool *right, clmlp_error *error)
{
    char reason[256];
    check c = {.size = {M, s_in, s_out}, .precision = device->backend->precision, .right = true, .reason = reason,
               .reason_size = sizeof reason};
    const clmlp_status status = check_shape(&c, device, cpu, which, error);
    *right = c.right;
    return status;
}
