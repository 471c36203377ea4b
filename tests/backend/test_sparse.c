/* test_sparse.c - compressed input data: same bits, used only where it is faster. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/backend.h"
#include "backend/probe/probe.h"
#include "networks.h"
#include "reference.h"

typedef struct shape {
    size_t M, s_in, s_out;
} shape;

/* 1, around vectors, tiles, panels and groups of panels, many examples */
static const shape shapes[] = {{1, 1, 1},    {2, 3, 1},    {5, 6, 7},     {6, 12, 16},   {7, 13, 17},   {33, 31, 32},
                               {31, 47, 33}, {64, 48, 64}, {13, 200, 65}, {65, 785, 20}, {3, 400, 130}, {1100, 99, 80}};
static const shape small_shapes[] = {{1, 1, 1}, {7, 13, 17}, {3, 50, 5}};
static const double densities[] = {0.0, 0.03, 0.3, 1.0};
enum { DENSITIES = sizeof densities / sizeof *densities, MOST_RESULTS = 6 };

static clmlp_device *open_sparse(const char *wanted, clmlp_precision precision)
{
    cr_assert_eq(setenv("CLMLP_NATIVE_FAMILY", "cpu", 1), 0);
    cr_assert_eq(setenv("CLMLP_NATIVE_SPARSE", wanted, 1), 0);
    return open_device("opencl+native", precision, 0);
}

static void *in_precision(const matrix *m, clmlp_precision precision)
{
    const size_t count = m->rows * m->columns;
    double *values = calloc(count + 1, sizeof *values);
    for (size_t i = 0; i < count; i++) {
        if (precision == CLMLP_F64) values[i] = m->values[i];
        else ((float *)values)[i] = (float)m->values[i];
    }
    return values;
}

static void put(clmlp_backend *backend, clmlp_tensor *tensor, const matrix *m)
{
    void *values = in_precision(m, backend->precision);
    OK(backend->ops->tensor_write(backend, tensor, 0, m->rows, values, error));
    free(values);
}

static clmlp_tensor *create(clmlp_backend *backend, clmlp_tensor_kind kind, size_t rows, size_t columns)
{
    clmlp_tensor *tensor = NULL;
    OK(clmlp_tensor_create(backend, kind, rows, columns, "a test", &tensor, error));
    return tensor;
}

static clmlp_tensor *filled(clmlp_backend *backend, clmlp_tensor_kind kind, size_t rows, size_t columns,
                            unsigned stream)
{
    matrix m = matrix_create(rows, columns);
    matrix_randomize(&m, 4, stream, 1.0, backend->precision);
    clmlp_tensor *tensor = create(backend, kind, rows, columns);
    put(backend, tensor, &m);
    matrix_free(&m);
    return tensor;
}

/* Features of which about `density` are not 0, in runs, as pixels are: whole rows and columns, and ends of them. */
static matrix sparse_matrix(size_t rows, size_t columns, double density, clmlp_precision precision, unsigned stream)
{
    matrix x = matrix_create(rows, columns), where = matrix_create(rows, (columns + 4) / 5);
    matrix_randomize(&x, 3, stream, 1.0, precision);
    matrix_randomize(&where, 3, stream + 1, 1.0, precision);
    for (size_t i = 0; i < rows * columns; i++) {
        const double u = where.values[i / columns * where.columns + i % columns / 5];
        if (0.5 * (u + 1.0) >= density) x.values[i] = 0.0;
    }
    matrix_free(&where);
    return x;
}

typedef struct results {
    void *values[MOST_RESULTS];
    size_t bytes[MOST_RESULTS];
    size_t count;
} results;

static void take(results *r, clmlp_backend *backend, const clmlp_tensor *tensor, size_t rows)
{
    const size_t bytes = rows * tensor->columns * clmlp_precision_size(backend->precision);
    r->bytes[r->count] = bytes;
    r->values[r->count] = calloc(bytes + 1, 1);
    OK(backend->ops->tensor_read(backend, tensor, 0, rows, r->values[r->count], error));
    r->count++;
}

static void release(results *r)
{
    for (size_t i = 0; i < r->count; i++) free(r->values[i]);
}

/* All that reads input data: z and a, the output layer on it, the gradient, the step with and without lambda. */
static results compute(clmlp_backend *backend, shape size, clmlp_tensor *x, clmlp_rows rows)
{
    const size_t columns = size.s_in + 1;
    results r = {.count = 0};
    clmlp_batch_score score;
    clmlp_tensor *theta = filled(backend, CLMLP_TENSOR_THETA_ONE_WAY, size.s_out, columns, 1);
    clmlp_tensor *delta = filled(backend, CLMLP_TENSOR_MATRIX, size.M, size.s_out, 2);
    clmlp_tensor *y = filled(backend, CLMLP_TENSOR_TARGET, size.M, size.s_out, 3);
    clmlp_tensor *z = create(backend, CLMLP_TENSOR_MATRIX, size.M, size.s_out);
    clmlp_tensor *a = create(backend, CLMLP_TENSOR_LAYER, size.M, size.s_out);
    clmlp_tensor *gradient = create(backend, CLMLP_TENSOR_THETA_ONE_WAY, size.s_out, columns);
    const clmlp_forward_args forward = {.M = size.M, .s_in = size.s_in, .s_out = size.s_out, .a_in = x, .a_rows = rows,
                                        .theta = theta, .z = z, .a_out = a, .activation = CLMLP_TANH};
    OK(backend->ops->forward(backend, &forward, error));
    take(&r, backend, z, size.M);
    take(&r, backend, a, size.M);
    clmlp_gradient_args gradient_args = {.M = size.M,
                                         .divisor = (double)size.M,
                                         .s_in = size.s_in,
                                         .s_out = size.s_out,
                                         .delta = delta,
                                         .a = x,
                                         .a_rows = rows,
                                         .theta = theta,
                                         .decay = 0.25,
                                         .gradient = gradient};
    OK(backend->ops->gradient(backend, &gradient_args, error));
    take(&r, backend, gradient, size.s_out);
    const clmlp_update_args update = {.s_in = size.s_in, .s_out = size.s_out, .rule = SGD_RULE(0.3), .theta = theta};
    gradient_args.gradient = NULL;
    OK(backend->ops->descend(backend, &gradient_args, &update, error));
    gradient_args.decay = 0.0;
    OK(backend->ops->descend(backend, &gradient_args, &update, error));
    take(&r, backend, theta, size.s_out);
    const clmlp_output_args output = {.M = size.M, .s_in = size.s_in, .K = size.s_out, .a_in = x, .a_rows = rows,
                                      .theta = theta, .output = CLMLP_OUTPUT_LINEAR, .right = CLMLP_RIGHT_NEVER, .z = z,
                                      .y = y, .delta = delta};
    OK(backend->ops->scores_reserve(backend, 1, size.M, size.M, error));
    OK(backend->ops->output_delta(backend, &output, error));
    OK(backend->ops->scores_read(backend, 0, 1, &score, error));
    take(&r, backend, delta, size.M);
    r.values[r.count] = calloc(1, sizeof score.cost);
    r.bytes[r.count] = sizeof score.cost;
    memcpy(r.values[r.count++], &score.cost, sizeof score.cost);
    clmlp_tensor *const all[] = {theta, delta, y, z, a, gradient};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) clmlp_tensor_destroy(backend, all[i]);
    return r;
}

/* The first data, and then, in the same matrix, other data: the cached copy of the first must not be taken for it. */
static void compute_both(clmlp_backend *backend, shape size, const matrix data[2], bool ordered, results found[2])
{
    const size_t m = data[0].rows;
    clmlp_tensor *x = create(backend, CLMLP_TENSOR_INPUT, m, size.s_in);
    clmlp_tensor *order = create(backend, CLMLP_TENSOR_ORDER, m, 1);
    uint32_t *numbers = calloc(m, sizeof *numbers);
    for (size_t i = 0; i < m; i++) numbers[i] = (uint32_t)((i * 7 + 3) % m);
    OK(backend->ops->tensor_write(backend, order, 0, m, numbers, error));
    for (int i = 0; i < 2; i++) {
        put(backend, x, &data[i]);
        found[i] = compute(backend, size, x, (clmlp_rows){ordered ? order : NULL, m - size.M});
    }
    clmlp_tensor_destroy(backend, x);
    clmlp_tensor_destroy(backend, order);
    free(numbers);
}

static void check(clmlp_device *const devices[2], shape size, double density, bool ordered)
{
    const clmlp_precision precision = devices[0]->backend->precision;
    static const char *const names[MOST_RESULTS] = {"z", "a", "gradient", "theta", "delta", "cost"};
    const size_t m = size.M + 3 + (size.M % 7 == 4); /* no multiple of the order's 7 */
    matrix data[2] = {sparse_matrix(m, size.s_in, density, precision, 1),
                      sparse_matrix(m, size.s_in, density, precision, 3)};
    results with[2], without[2];
    compute_both(devices[0]->backend, size, data, ordered, with);
    compute_both(devices[1]->backend, size, data, ordered, without);
    for (int i = 0; i < 2; i++) {
        for (size_t k = 0; k < with[i].count; k++) {
            cr_assert_eq(memcmp(with[i].values[k], without[i].values[k], with[i].bytes[k]), 0,
                         "%s differs: M %zu, %zu inputs, %zu units, density %g, %s, data %d", names[k], size.M,
                         size.s_in, size.s_out, density, ordered ? "picked rows" : "rows as they lie", i);
        }
        release(&with[i]), release(&without[i]);
        matrix_free(&data[i]);
    }
}

static void check_all(clmlp_precision precision)
{
    const bool few = getenv("CLMLP_TEST_SMALL") != NULL;
    const shape *list = few ? small_shapes : shapes;
    const size_t count = few ? sizeof small_shapes / sizeof *small_shapes : sizeof shapes / sizeof *shapes;
    clmlp_device *const devices[2] = {open_sparse("never", precision), open_sparse("always", precision)};
    for (size_t i = 0; i < count; i++) {
        for (size_t d = 0; d < DENSITIES; d++) check(devices, list[i], densities[d], (i + d) % 2 == 0);
        check(devices, list[i], 0.3, true);
        check(devices, list[i], 0.3, false);
    }
    clmlp_device_close(devices[0]);
    clmlp_device_close(devices[1]);
}

Test(sparse, has_the_bits_of_dense_in_float)
{
    check_all(CLMLP_F32);
}

Test(sparse, has_the_bits_of_dense_in_double)
{
    clmlp_device *device = open_device("opencl", CLMLP_F32, 0);
    const bool fp64 = clmlp_device_get_info(device)->fp64;
    clmlp_device_close(device);
    if (!fp64) cr_skip_test("the OpenCL device has no double precision");
    check_all(CLMLP_F64);
}

Test(sparse, keeps_what_is_not_a_number)
{
    enum { M = 9, s_in = 40, s_out = 5 };
    matrix x = matrix_create(M, s_in);
    x.values[4 * s_in + 37] = (double)NAN;
    clmlp_device *device = open_sparse("always", CLMLP_F32);
    clmlp_tensor *tensor = create(device->backend, CLMLP_TENSOR_INPUT, M, s_in);
    put(device->backend, tensor, &x);
    results r = compute(device->backend, (shape){M, s_in, s_out}, tensor, (clmlp_rows){NULL, 0});
    for (size_t i = 0; i < (size_t)M * s_out; i++) {
        cr_expect_eq(isnan(((float *)r.values[0])[i]) != 0, i / s_out == 4, "z, element %zu", i);
    }
    for (size_t i = 0; i < (size_t)s_out * (s_in + 1); i++) {
        cr_expect_eq(isnan(((float *)r.values[2])[i]) != 0, i % (s_in + 1) == 38, "gradient, element %zu", i);
    }
    release(&r);
    clmlp_tensor_destroy(device->backend, tensor);
    clmlp_device_close(device);
    matrix_free(&x);
}

/* How many launches a forward and a gradient with this data compress for. */
static size_t compressions(shape size, double density, const char *wanted, bool upload)
{
    clmlp_device *device = open_sparse(wanted, CLMLP_F32);
    clmlp_backend *backend = device->backend;
    matrix data = sparse_matrix(size.M, size.s_in, density, CLMLP_F32, 1);
    clmlp_tensor *x = create(backend, CLMLP_TENSOR_INPUT, size.M, size.s_in);
    clmlp_kernel_time *times = NULL;
    size_t count = 0, found = 0;
    if (upload) {
        void *values = in_precision(&data, CLMLP_F32);
        OK(backend->ops->tensor_upload(backend, x, size.M, values, error));
        OK(backend->ops->tensor_upload_wait(backend, x, error));
        free(values);
    } else {
        put(backend, x, &data);
    }
    OK(backend->ops->profile(backend, true, error));
    results r = compute(backend, size, x, (clmlp_rows){NULL, 0});
    OK(backend->ops->profile_take(backend, &times, &count, error));
    for (size_t i = 0; i < count; i++) found += strncmp(times[i].name, "cpu_compress", 12) == 0 ? times[i].calls : 0;
    free(times);
    release(&r);
    clmlp_tensor_destroy(backend, x);
    clmlp_device_close(device);
    matrix_free(&data);
    return found;
}

/* Units of one panel of the CPU family's tile. */
static size_t panel_width(void)
{
    clmlp_device *device = open_sparse("", CLMLP_F32);
    clmlp_probe_tile tile;
    device->backend->ops->probes->tile(device->backend, CLMLP_EQUATION_FORWARD, 1, 1, 1, &tile);
    clmlp_device_close(device);
    return tile.columns;
}

/* A tile of 12 rows has a number that is not 0 at 0.72 of the places, so that it takes 9 panels to gain. */
Test(sparse, is_for_wide_layers_on_data_that_is_mostly_zero)
{
    const size_t panel = panel_width();
    const shape wide = {64, 300, 16 * panel}, narrow = {64, 300, panel};
    for (int upload = 0; upload < 2; upload++) {
        cr_expect_eq(compressions(wide, 0.1, "", upload), 2, "once for z, once for the gradient");
        cr_expect_eq(compressions(wide, 1.0, "", upload), 0);
        cr_expect_eq(compressions(narrow, 0.1, "", upload), 0);
        cr_expect_eq(compressions(wide, 0.1, "never", upload), 0);
        cr_expect_eq(compressions(narrow, 1.0, "always", upload), 2);
    }
}

Test(sparse, refuses_a_wish_that_it_does_not_know)
{
    clmlp_device *device = NULL;
    clmlp_device_options options = clmlp_device_options_default();
    clmlp_error message = {.message = ""};
    cr_assert_eq(setenv("CLMLP_NATIVE_FAMILY", "cpu", 1), 0);
    cr_assert_eq(setenv("CLMLP_NATIVE_SPARSE", "perhaps", 1), 0);
    options.spec = "opencl";
    options.engine = CLMLP_ENGINE_NATIVE;
    cr_assert_eq(clmlp_device_open(&device, &options, &message), CLMLP_BAD_ARGUMENT);
    cr_assert_str_eq(message.message, "CLMLP_NATIVE_SPARSE: found 'perhaps', expected always or never");
}
