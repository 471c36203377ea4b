/* matrices.c - qualify sums of costs, transfers of matrices, uploads beside computation. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "verify/qualify/crossing.h"
#include "verify/qualify/qualify.h"

static uint64_t random_bits(const clmlp_qualification *q, uint32_t what, uint64_t i)
{
    return clmlp_random_bits(q->config.seed, CLMLP_RANDOM_QUALIFY, 2048U + what, i);
}

/* In (-1, 1), exact in either precision. */
static double random_number(const clmlp_qualification *q, uint32_t what, uint64_t i)
{
    return (double)(int32_t)(random_bits(q, what, i) >> 40) * 0x1p-23 - 1.0;
}

/* --- reductions -------------------------------------------------------------------------------------------------- */

/* Costs of M rows of K outputs from given z and y. */
typedef struct reduction {
    clmlp_device *device;
    clmlp_output output; /* sigmoid or linear */
    size_t M, K;
    double *z, *y;
    void *packed;
    clmlp_tensor *tz, *ty;
    clmlp_batch_score found;
    double cost, bound, right; /* expected */
} reduction;

/* One output's cost, and how far off it may be: see the formula in kernels/common/output.h. In units u of the
 * precision: a quotient of D ulp costs 2 D, exp 2 E and log1p 2 L of what they give. */
static void add_cost(const clmlp_qualification *q, const reduction *r, size_t i, long double *sum, long double *bound)
{
    const clmlp_precision p = q->where.precision;
    const long double u = p == CLMLP_F64 ? 0x1p-53L : 0x1p-24L, z = (long double)r->z[i], y = (long double)r->y[i];
    const long double D = (long double)clmlp_ulp_limit(&q->facts, CLMLP_PROBE_DIVIDE, CLMLP_F32, 1);
    const long double E = (long double)clmlp_ulp_limit(&q->facts, CLMLP_PROBE_EXP, p, 1);
    const long double L = (long double)clmlp_ulp_limit(&q->facts, CLMLP_PROBE_LOG1P_UNIT, p, 4);
    const long double positive = z > 0.0L ? z : 0.0L, tail = log1pl(expl(-fabsl(z)));
    const long double square = (z - y) * (z - y) / 2.0L;
    switch (r->output) {
    case CLMLP_OUTPUT_SIGMOID:
        *sum += positive - z * y + tail;
        *bound += u * (fabsl(z * y) + 2.0L * (E + L) * tail + 2.0L * (positive + fabsl(z * y) + tail));
        return;
    case CLMLP_OUTPUT_LINEAR:
        *sum += square;
        *bound += (3.0L + 2.0L * D) * u * square;
        return;
    case CLMLP_OUTPUT_SOFTMAX: /* is not summed here */
    case CLMLP_OUTPUT_COUNT: *sum = *bound = (long double)NAN; return;
    }
}

static void expect_scores(const clmlp_qualification *q, reduction *r)
{
    const long double u = q->where.precision == CLMLP_F64 ? 0x1p-53L : 0x1p-24L;
    long double sum = 0.0L, bound = 0.0L, magnitude = 0.0L;
    r->right = 0.0;
    for (size_t row = 0; row < r->M; row++) {
        long double cost = 0.0L;
        bool sides = true;
        for (size_t i = row * r->K; i < (row + 1) * r->K; i++) {
            add_cost(q, r, i, &cost, &bound);
            /* h > 1/2 where z > 0 for sigmoid */
            sides = sides && (r->z[i] > (r->output == CLMLP_OUTPUT_SIGMOID ? 0.0 : 0.5)) == (r->y[i] > 0.5);
        }
        sum += cost;
        magnitude += cost; /* no cost is negative */
        r->right += sides ? 1.0 : 0.0;
    }
    /* K terms of a row in the precision, M rows with twice its precision, parts of them in double */
    bound += (long double)r->K * u * magnitude + (long double)r->M * 0x1p-52L * magnitude;
    r->cost = (double)sum;
    r->bound = (double)(1.01L * bound);
}

static clmlp_status reduction_create(const clmlp_qualification *q, reduction *r, clmlp_error *error)
{
    const size_t count = r->M * r->K;
    clmlp_backend *backend = r->device->backend;
    TRY(clmlp_allocate(&r->z, count, sizeof *r->z, "outputs", error));
    TRY(clmlp_allocate(&r->y, count, sizeof *r->y, "targets", error));
    TRY(clmlp_allocate(&r->packed, count, sizeof(double), "outputs", error));
    for (size_t i = 0; i < count; i++) {
        const double z = random_number(q, 0, i);
        r->z[i] = z < 0.0 ? 4.0 * z - 0.25 : 4.0 * z + 0.75; /* which side of 0, or of 1/2, is beyond doubt */
        r->y[i] = random_bits(q, 1, i) % 4 == 0 ? z <= 0.0 : z > 0.0;
    }
    TRY(clmlp_tensor_create(backend, CLMLP_TENSOR_MATRIX, r->M, r->K, "outputs", &r->tz, error));
    TRY(clmlp_tensor_create(backend, CLMLP_TENSOR_TARGET, r->M, r->K, "targets", &r->ty, error));
    clmlp_to_precision(backend->precision, r->z, count, r->packed);
    TRY(backend->ops->tensor_write(backend, r->tz, 0, r->M, r->packed, error));
    clmlp_to_precision(backend->precision, r->y, count, r->packed);
    return backend->ops->tensor_write(backend, r->ty, 0, r->M, r->packed, error);
}

static clmlp_status reduce(const clmlp_qualification *q, reduction *r, clmlp_error *error)
{
    clmlp_backend *backend = r->device->backend;
    clmlp_status status = CLMLP_OK;
    TRY_CLEANUP(reduction_create(q, r, error));
    const clmlp_output_args args = {.M = r->M, .K = r->K, .output = r->output, .right = CLMLP_RIGHT_SIDES, .z = r->tz,
                                    .y = r->ty, .slot = 0};
    TRY_CLEANUP(backend->ops->scores_reserve(backend, 1, r->M, r->M, error));
    TRY_CLEANUP(backend->ops->output_delta(backend, &args, error));
    TRY_CLEANUP(backend->ops->scores_read(backend, 0, 1, &r->found, error));
    expect_scores(q, r);
cleanup:
    clmlp_tensor_destroy(backend, r->tz);
    clmlp_tensor_destroy(backend, r->ty);
    free(r->z);
    free(r->y);
    free(r->packed);
    return status;
}

typedef struct reductions {
    clmlp_device *device;
    clmlp_output output;
} reductions;

/* All sizes; the costs within their bounds, the rows that are right counted exactly. */
static clmlp_status sum_costs(clmlp_qualification *q, void *context, clmlp_qualify_part *part, clmlp_error *error)
{
    static const size_t rows[] = {1, 2, 5, 63, 64, 65, 127, 1000, 4097, 100003};
    const reductions *s = context;
    const size_t count = q->config.quick ? 6 : sizeof rows / sizeof *rows;
    const clmlp_product_size crossing = clmlp_crossing_of_all(s->device->backend, clmlp_qualify_most(q));
    double worst = -1.0;
    bool counts = true;
    for (size_t i = 0; i <= 2 * count && counts && !isinf(worst); i++) {
        reduction r = {.device = s->device, .output = s->output, .M = rows[i / 2 % count], .K = i % 2 == 0 ? 1 : 3};
        if (i == 2 * count) r.M = crossing.M, r.K = crossing.s_out;
        TRY(reduce(q, &r, error));
        counts = r.found.right == r.right;
        const double fraction = isfinite(r.found.cost) ? fabs(r.found.cost - r.cost) / r.bound : (double)INFINITY;
        if (counts && fraction <= worst) continue;
        worst = fraction > worst ? fraction : worst;
        (void)snprintf(
            part->detail, sizeof part->detail,
            "%zu rows of %zu: cost found %.17g, expected %.17g +- %.2g; rows right found %.0f, expected %.0f", r.M, r.K,
            r.found.cost, r.cost, r.bound, r.found.right, r.right);
    }
    clmlp_qualify_measure(part, worst, 1.0, "of bound");
    part->passed = part->passed && counts;
    return CLMLP_OK;
}

clmlp_status clmlp_qualify_reductions(clmlp_qualification *q, const clmlp_subject *subject, clmlp_device *device,
                                      clmlp_error *error)
{
    static const clmlp_output outputs[] = {CLMLP_OUTPUT_LINEAR, CLMLP_OUTPUT_SIGMOID};
    for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++) {
        reductions s = {device, outputs[i]};
        char name[96];
        (void)snprintf(name, sizeof name, "%s: sums of costs, %s", subject->name, clmlp_output_name(outputs[i]));
        TRY(clmlp_qualify_do(q, CLMLP_QUALIFY_REDUCTIONS, name, sum_costs, &s, error));
    }
    return CLMLP_OK;
}

/* --- matrices ----------------------------------------------------------------------------------------------------- */

/* Random bytes into a matrix, in uneven parts, and out again at odd places: how many come back wrong. */
static clmlp_status round_trip(const clmlp_qualification *q, clmlp_backend *backend, clmlp_tensor_kind kind,
                               size_t rows, size_t columns, size_t *wrong, clmlp_error *error)
{
    const bool whole = kind == CLMLP_TENSOR_THETA || kind == CLMLP_TENSOR_THETA_ONE_WAY; /* never in parts */
    const size_t element = kind == CLMLP_TENSOR_ORDER ? sizeof(uint32_t) : clmlp_precision_size(backend->precision);
    const size_t row = columns * element, part = whole ? rows : rows / 3 + 1;
    unsigned char *put = NULL, *got = NULL;
    clmlp_tensor *tensor = NULL;
    clmlp_status status = CLMLP_OK;
    TRY_CLEANUP(clmlp_allocate(&put, rows, row, "bytes to copy", error));
    TRY_CLEANUP(clmlp_allocate(&got, rows, row, "bytes to copy", error));
    for (size_t i = 0; i < rows * row; i++) put[i] = (unsigned char)random_bits(q, 2, i + rows);
    TRY_CLEANUP(clmlp_tensor_create(backend, kind, rows, columns, "bytes to copy", &tensor, error));
    for (size_t first = 0; first < rows; first += part) {
        const size_t count = rows - first < part ? rows - first : part;
        TRY_CLEANUP(backend->ops->tensor_write(backend, tensor, first, count, put + first * row, error));
    }
    for (size_t first = 0; first < rows; first += whole ? rows : 1 + first) {
        const size_t count = whole ? rows : (rows - first + 1) / 2;
        TRY_CLEANUP(backend->ops->tensor_read(backend, tensor, first, count, got, error));
        for (size_t i = 0; i < count * row; i++) *wrong += got[i] != put[first * row + i];
    }
cleanup:
    clmlp_tensor_destroy(backend, tensor);
    free(put);
    free(got);
    return status;
}

static clmlp_status copy_matrices(clmlp_qualification *q, void *context, clmlp_qualify_part *part,
                                  clmlp_error *error)
{
    static const size_t sizes[][2] = {{1, 1}, {3, 5}, {31, 33}, {7, 200}, {65, 129}, {1000, 13}, {2, 785}};
    clmlp_device *device = context;
    const size_t count = q->config.quick ? 3 : sizeof sizes / sizeof *sizes;
    const clmlp_product_size crossing = clmlp_crossing_of_all(device->backend, clmlp_qualify_most(q));
    size_t wrong = 0;
    for (size_t i = 0; i <= count && wrong == 0; i++) {
        const size_t rows = i < count ? sizes[i][0] : crossing.M, width = i < count ? sizes[i][1] : crossing.s_out;
        for (int kind = 0; kind <= CLMLP_TENSOR_ORDER && wrong == 0; kind++) {
            const size_t columns = kind == CLMLP_TENSOR_ORDER ? 1 : width + 1;
            TRY(round_trip(q, device->backend, (clmlp_tensor_kind)kind, rows, columns, &wrong, error));
            if (wrong == 0) continue;
            (void)snprintf(part->detail, sizeof part->detail, "a matrix of kind %d, %zu x %zu, %zu bytes", kind, rows,
                           columns, wrong);
        }
    }
    clmlp_qualify_measure(part, (double)wrong, 0.0, "wrong");
    if (wrong == 0) (void)snprintf(part->detail, sizeof part->detail, "%d kinds of %zu sizes each",
                                   CLMLP_TENSOR_ORDER + 1, count + 1);
    return CLMLP_OK;
}

clmlp_status clmlp_qualify_matrices(clmlp_qualification *q, const clmlp_subject *subject, clmlp_device *device,
                                    clmlp_error *error)
{
    char name[96];
    (void)snprintf(name, sizeof name, "%s: matrices there and back", subject->name);
    return clmlp_qualify_do(q, CLMLP_QUALIFY_COPIES, name, copy_matrices, device, error);
}

/* --- uploads ------------------------------------------------------------------------------------------------------ */

enum { UPLOADS = 64, QUICK_UPLOADS = 6 };

/* Batches that take turns in two matrices, each used by a product with the identity as theta. */
typedef struct uploads {
    clmlp_backend *backend;
    size_t rows, columns, count;
    clmlp_tensor *in[2], *theta, *out[UPLOADS];
    void *host[2];
    double *values; /* [rows x columns] */
} uploads;

static void batch_values(const clmlp_qualification *q, const uploads *u, size_t k)
{
    const size_t size = u->rows * u->columns;
    for (size_t i = 0; i < size; i++) u->values[i] = random_number(q, 3, k * size + i);
}

static clmlp_status uploads_create(uploads *u, clmlp_error *error)
{
    clmlp_backend *backend = u->backend;
    const size_t s = u->columns, numbers = s * (s + 1) > u->rows * s ? s * (s + 1) : u->rows * s;
    TRY(clmlp_allocate(&u->values, numbers, sizeof *u->values, "batches", error));
    for (int i = 0; i < 2; i++) {
        TRY(clmlp_tensor_create(backend, CLMLP_TENSOR_INPUT, u->rows, s, "a batch", &u->in[i], error));
        TRY(clmlp_allocate(&u->host[i], numbers, sizeof(double), "batches", error));
    }
    for (size_t k = 0; k < u->count; k++) {
        TRY(clmlp_tensor_create(backend, CLMLP_TENSOR_LAYER, u->rows, s, "a batch", &u->out[k], error));
    }
    for (size_t i = 0; i < s * (s + 1); i++) u->values[i] = i % (s + 1) == i / (s + 1) + 1 ? 1.0 : 0.0;
    clmlp_to_precision(backend->precision, u->values, s * (s + 1), u->host[0]);
    TRY(clmlp_tensor_create(backend, CLMLP_TENSOR_THETA_ONE_WAY, s, s + 1, "theta", &u->theta, error));
    return backend->ops->tensor_write(backend, u->theta, 0, s, u->host[0], error);
}

static clmlp_status upload_one(const clmlp_qualification *q, uploads *u, size_t k, clmlp_error *error)
{
    clmlp_backend *backend = u->backend;
    clmlp_tensor *in = u->in[k % 2];
    const clmlp_forward_args args = {.M = u->rows, .s_in = u->columns, .s_out = u->columns, .a_in = in,
                                     .theta = u->theta, .a_out = u->out[k], .activation = CLMLP_LINEAR};
    TRY(backend->ops->tensor_upload_wait(backend, in, error));
    batch_values(q, u, k);
    clmlp_to_precision(backend->precision, u->values, u->rows * u->columns, u->host[k % 2]);
    TRY(backend->ops->tensor_upload(backend, in, u->rows, u->host[k % 2], error));
    TRY(backend->ops->forward(backend, &args, error));
    return backend->ops->tensor_used(backend, in, error);
}

static clmlp_status compare_upload(const clmlp_qualification *q, uploads *u, size_t k, size_t *wrong,
                                   clmlp_qualify_part *part, clmlp_error *error)
{
    const size_t size = u->rows * u->columns;
    double found = 0.0;
    TRY(u->backend->ops->tensor_read(u->backend, u->out[k], 0, u->rows, u->host[0], error));
    batch_values(q, u, k);
    for (size_t i = 0; i < size; i++) {
        clmlp_from_precision(u->backend->precision,
                             (const char *)u->host[0] + i * clmlp_precision_size(u->backend->precision), 1, &found);
        if (found == u->values[i]) continue;
        if ((*wrong)++ > 0) continue;
        (void)snprintf(part->detail, sizeof part->detail,
                       "batch %zu of %zu, row %zu, column %zu: found %.9g, expected %.9g", k + 1, u->count,
                       i / u->columns, i % u->columns, found, u->values[i]);
    }
    return CLMLP_OK;
}

static clmlp_status upload_batches(clmlp_qualification *q, void *device, clmlp_qualify_part *part,
                                   clmlp_error *error)
{
    clmlp_backend *backend = ((clmlp_device *)device)->backend;
    const bool quick = q->config.quick;
    const clmlp_product_size crossing = clmlp_crossing_of_all(backend, clmlp_qualify_most(q));
    const size_t rows = quick ? 5 : 257, columns = quick ? 3 : 31;
    uploads u = {.backend = backend, .rows = rows > crossing.M ? rows : crossing.M,
                 .columns = columns > crossing.s_out ? columns : crossing.s_out,
                 .count = quick ? QUICK_UPLOADS : UPLOADS};
    size_t wrong = 0;
    clmlp_status status = CLMLP_OK;
    TRY_CLEANUP(uploads_create(&u, error));
    for (size_t k = 0; k < u.count; k++) TRY_CLEANUP(upload_one(q, &u, k, error));
    for (int i = 0; i < 2; i++) TRY_CLEANUP(backend->ops->tensor_upload_wait(backend, u.in[i], error));
    for (size_t k = 0; k < u.count; k++) TRY_CLEANUP(compare_upload(q, &u, k, &wrong, part, error));
    clmlp_qualify_measure(part, (double)wrong, 0.0, "wrong");
    if (wrong == 0) {
        (void)snprintf(part->detail, sizeof part->detail, "%zu batches of %zu x %zu beside products", u.count, u.rows,
                       u.columns);
    }
cleanup:
    for (int i = 0; i < 2 && status != CLMLP_OK; i++) {
        if (u.in[i] != NULL) (void)backend->ops->tensor_upload_wait(backend, u.in[i], NULL); /* `host` is freed below */
    }
    for (int i = 0; i < 2; i++) {
        clmlp_tensor_destroy(backend, u.in[i]);
        free(u.host[i]);
    }
    for (size_t k = 0; k < u.count; k++) clmlp_tensor_destroy(backend, u.out[k]);
    clmlp_tensor_destroy(backend, u.theta);
    free(u.values);
    return status;
}

clmlp_status clmlp_qualify_uploads(clmlp_qualification *q, const clmlp_subject *subject, clmlp_device *device,
                                   clmlp_error *error)
{
    char name[96];
    (void)snprintf(name, sizeof name, "%s: uploads of batches", subject->name);
    return clmlp_qualify_do(q, CLMLP_QUALIFY_COPIES, name, upload_batches, device, error);
}
