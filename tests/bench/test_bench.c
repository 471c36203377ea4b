/* test_bench.c - results of clmlp_bench are consistent; no times are tested. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "backend/backend.h"
#include "base/clock.h"
#include "bench/measure.h"
#include "model/model.h"
#include "networks.h"

static const char *const specs[] = {"cpu", "opencl"};
static const clmlp_precision precisions[] = {CLMLP_F32, CLMLP_F64};

static clmlp_model *network(const size_t *layers, size_t L, clmlp_activation activation, clmlp_output output)
{
    clmlp_model *model = NULL;
    OK(clmlp_model_create(&model, L, layers, activation, output, 1, error));
    return model;
}

/* A moment: the numbers are looked at, not believed. */
static clmlp_bench_config moment(void)
{
    clmlp_bench_config config = clmlp_bench_config_default();
    config.seconds = 0.02;
    return config;
}

static bool is_near(double value, double expected)
{
    return fabs(value - expected) <= 1e-12 * fabs(expected);
}

static void check_times(const clmlp_bench_times *times)
{
    cr_assert(isfinite(times->p95) && times->minimum > 0.0);
    cr_assert(times->minimum <= times->median && times->median <= times->p95, "%g, %g, %g", times->minimum,
              times->median, times->p95);
    cr_assert_geq(times->blocks, 3);
    cr_assert_geq(times->repetitions, 1);
}

Test(bench, operations_of_a_step_are_those_of_the_formula)
{
    clmlp_model *model = network((const size_t[]){784, 512, 10}, 3, CLMLP_SIGMOID, CLMLP_OUTPUT_SIGMOID);
    /* 2 128 (512 785 + 10 513), twice, and 2 128 10 512 */
    cr_assert_eq(clmlp_bench_step_flops(model, 128), 2.0 * 104204800.0 + 1310720.0);
    clmlp_model_destroy(model);
    model = network((const size_t[]){4, 3}, 2, CLMLP_SIGMOID, CLMLP_OUTPUT_SIGMOID);
    cr_assert_eq(clmlp_bench_step_flops(model, 7), 2.0 * 2 * 7 * 3 * 5);
    clmlp_model_destroy(model);
    model = network((const size_t[]){5, 4, 3, 2}, 4, CLMLP_SIGMOID, CLMLP_OUTPUT_SIGMOID);
    cr_assert_eq(clmlp_bench_step_flops(model, 1), 4.0 * (4 * 6 + 3 * 5 + 2 * 4) + 2.0 * (3 * 4 + 2 * 3));
    clmlp_model_destroy(model);
}

Test(bench, samples_are_summarised_by_rank)
{
    clmlp_bench_times times;
    double odd[] = {5.0, 1.0, 3.0, 2.0, 4.0};
    clmlp_summarise(odd, 5, &times);
    cr_assert(times.minimum == 1.0 && times.median == 3.0 && times.p95 == 5.0);
    double even[] = {4.0, 1.0, 3.0, 2.0};
    clmlp_summarise(even, 4, &times);
    cr_assert(times.minimum == 1.0 && times.median == 2.5 && times.p95 == 4.0);
    double twenty[20];
    for (int i = 0; i < 20; i++) twenty[i] = 20.0 - i;
    clmlp_summarise(twenty, 20, &times);
    cr_assert(times.median == 10.5 && times.p95 == 19.0, "%g, %g", times.median, times.p95);
    double one[] = {7.0};
    clmlp_summarise(one, 1, &times);
    cr_assert(times.minimum == 7.0 && times.median == 7.0 && times.p95 == 7.0 && times.blocks == 1);
}

typedef struct counter {
    size_t runs, waits;
} counter;

static clmlp_status count_run(void *context, clmlp_error *error)
{
    (void)error;
    ((counter *)context)->runs++;
    return CLMLP_OK;
}

static clmlp_status count_wait(void *context, clmlp_error *error)
{
    (void)error;
    ((counter *)context)->waits++;
    return CLMLP_OK;
}

Test(bench, a_block_waits_once)
{
    counter seen = {0, 0};
    clmlp_bench_times times = {0};
    const clmlp_work work = {count_run, count_wait, &seen, NULL, NULL};
    OK(clmlp_measure(&work, 0.001, &times, error));
    check_times(&times);
    cr_assert_gt(times.repetitions, 1);
    cr_assert_geq(seen.runs, times.blocks * times.repetitions);
    /* warm-up doubles the repetitions, so it waits at most once a power of two, once for the first run, and
     * once a block of 10 ms for the rest of its time */
    cr_assert_leq(seen.waits, times.blocks + 2 + 21 + 11, "%zu waits for %zu blocks", seen.waits, times.blocks);
}

static clmlp_status fail_late(void *context, clmlp_error *error)
{
    return ++((counter *)context)->runs < 100 ? CLMLP_OK : clmlp_fail(error, CLMLP_DEVICE, "broken");
}

/* Work of 20 ms: a block is one repetition. */
static clmlp_status count_slowly(void *context, clmlp_error *why)
{
    const double began = clmlp_seconds();
    while (clmlp_seconds() - began < 0.02) continue;
    return count_run(context, why);
}

/* What was told, after the warm-up of all and before the rounds. */
typedef struct told_rounds {
    const counter *works;
    size_t rounds, runs;
    double seconds;
} told_rounds;

static void hear_rounds(void *context, size_t rounds, double seconds)
{
    told_rounds *const t = context;
    *t = (told_rounds){t->works, rounds, t->works[0].runs + t->works[1].runs, seconds};
}

Test(bench, tells_how_many_rounds_it_will_be_before_they_begin)
{
    counter slow[2] = {{0, 0}, {0, 0}};
    clmlp_work works[2];
    clmlp_rounds rounds;
    told_rounds told = {.works = slow};
    const clmlp_on_rounds hears = {hear_rounds, &told};
    for (size_t i = 0; i < 2; i++) works[i] = (clmlp_work){count_slowly, count_wait, &slow[i], NULL, NULL};
    OK(clmlp_measure_rounds(works, 2, 0.02, 1, &hears, &rounds, error));
    cr_assert_eq(told.rounds, 3, "two blocks of 20 ms fill what was given to them");
    cr_assert_eq(rounds.rounds, 3);
    cr_assert_geq(told.seconds, 0.04);
    cr_assert_eq(slow[0].runs + slow[1].runs, told.runs + 2 * 3);
    free(rounds.milliseconds);
}

Test(bench, kernels_take_neither_longer_than_their_steps_nor_next_to_nothing_of_them)
{
    char doubt[256] = "";
    cr_assert(clmlp_bench_compare_clocks(1.0, 1.0, doubt, sizeof doubt));
    cr_assert(clmlp_bench_compare_clocks(1.09, 1.0, doubt, sizeof doubt));
    cr_assert(clmlp_bench_compare_clocks(1.1e-4, 1.0, doubt, sizeof doubt));
    cr_assert_str_empty(doubt);
    cr_assert_not(clmlp_bench_compare_clocks(1.25, 1.0, doubt, sizeof doubt));
    cr_assert_str_eq(doubt, "the driver says that kernels took 1.25 s of steps that took 1 s, which cannot be");
    cr_assert_not(clmlp_bench_compare_clocks(9e-5, 1.0, doubt, sizeof doubt));
    cr_assert_not(clmlp_bench_compare_clocks((double)NAN, 1.0, doubt, sizeof doubt));
    cr_assert_not(clmlp_bench_compare_clocks(0.0, 1.0, doubt, sizeof doubt));
}

Test(bench, a_failure_ends_the_measurement)
{
    counter seen = {0, 0};
    clmlp_bench_times times = {0};
    clmlp_error error = {.message = ""};
    const clmlp_work work = {fail_late, count_wait, &seen, NULL, NULL};
    cr_assert_eq(clmlp_measure(&work, 10.0, &times, &error), CLMLP_DEVICE);
    cr_assert_str_eq(error.message, "broken");
    cr_assert_eq(seen.runs, 100);
}

Test(bench, a_step_hangs_together_on_every_device_in_every_precision)
{
    const size_t layers[] = {33, 17, 5};
    const clmlp_bench_config config = moment();
    for (size_t s = 0; s < 2; s++) {
        for (size_t p = 0; p < 2; p++) {
            clmlp_device *device = open_device(specs[s], precisions[p], 0);
            clmlp_model *model = network(layers, 3, CLMLP_SIGMOID, CLMLP_OUTPUT_SIGMOID);
            clmlp_bench_step_result r = {.size = sizeof r};
            OK(clmlp_bench_step(device, model, 31, &config, &r, error));
            check_times(&r.times);
            cr_assert_eq(r.flops, clmlp_bench_step_flops(model, 31));
            cr_assert(is_near(r.gflops, 1e-6 * r.flops / r.times.median), "%g", r.gflops);
            cr_assert(is_near(r.samples_per_second, 31e3 / r.times.median), "%g", r.samples_per_second);
            cr_assert_eq(r.computes_on_host, s == 0);
            cr_assert_eq(isfinite(r.host_microseconds) && r.host_microseconds > 0.0, s == 1);
            cr_assert_eq(r.kernel_count > 0, s == 1);
            clmlp_model_destroy(model);
            clmlp_device_close(device);
        }
    }
}

Test(bench, every_shape_activation_and_output_can_be_measured)
{
    static const size_t shapes[][4] = {{1, 1, 0, 0}, {3, 1, 0, 0}, {7, 5, 4, 2}, {64, 33, 2, 0}};
    static const size_t lengths[] = {2, 2, 4, 3};
    clmlp_bench_config config = moment();
    config.seconds = 0.001;
    for (size_t s = 0; s < 2; s++) {
        clmlp_device *device = open_device(specs[s], CLMLP_F32, 0);
        FOR_TRAINED_ACTIVATIONS(g) {
            for (int output = 0; output < CLMLP_OUTPUT_COUNT; output++) {
                const int i = g % 4;
                clmlp_model *model = network(shapes[i], lengths[i], (clmlp_activation)g, (clmlp_output)output);
                clmlp_bench_step_result r = {.size = sizeof r};
                OK(clmlp_bench_step(device, model, (size_t)i + 1, &config, &r, error));
                check_times(&r.times);
                clmlp_model_destroy(model);
            }
        }
        clmlp_device_close(device);
    }
}

Test(bench, the_model_stays_as_it_is)
{
    clmlp_model *model = network((const size_t[]){9, 8, 3}, 3, CLMLP_SIGMOID, CLMLP_OUTPUT_SOFTMAX);
    clmlp_device *device = open_device("cpu", CLMLP_F32, 0);
    const clmlp_bench_config config = moment();
    const size_t bytes = clmlp_model_parameters(model) * sizeof(double);
    double *before = malloc(bytes);
    cr_assert_not_null(before);
    memcpy(before, model->theta, bytes);
    clmlp_bench_step_result r = {.size = sizeof r};
    OK(clmlp_bench_step(device, model, 4, &config, &r, error));
    cr_assert_eq(memcmp(before, model->theta, bytes), 0);
    free(before);
    clmlp_model_destroy(model);
    clmlp_device_close(device);
}

Test(bench, equations_of_a_step_add_up_to_its_operations)
{
    const size_t layers[] = {12, 7, 6, 4};
    const clmlp_bench_config config = moment();
    for (size_t s = 0; s < 2; s++) {
        clmlp_device *device = open_device(specs[s], precisions[s], 0);
        clmlp_model *model = network(layers, 4, CLMLP_RELU, CLMLP_OUTPUT_SOFTMAX);
        clmlp_bench_op *ops = NULL;
        size_t count = 0;
        double flops = 0.0;
        OK(clmlp_bench_ops(device, model, 5, &config, &ops, &count, error));
        cr_assert_geq(count, 3 + 2 + 3);
        for (size_t i = 0; i < count; i++) {
            check_times(&ops[i].times);
            cr_assert(ops[i].bytes > 0.0);
            cr_assert(is_near(ops[i].gflops, 1e-6 * ops[i].flops / ops[i].times.median));
            cr_assert(is_near(ops[i].gbytes, 1e-6 * ops[i].bytes / ops[i].times.median));
            flops += ops[i].in_step ? ops[i].flops : 0.0;
        }
        cr_assert_eq(flops, clmlp_bench_step_flops(model, 5), "%s: %g", specs[s], flops);
        clmlp_free(ops);
        clmlp_model_destroy(model);
        clmlp_device_close(device);
    }
}

Test(bench, bytes_of_equations_are_those_of_their_matrices)
{
    clmlp_device *device = open_device("cpu", CLMLP_F64, 0);
    clmlp_model *model = network((const size_t[]){5, 3, 2}, 3, CLMLP_SIGMOID, CLMLP_OUTPUT_SIGMOID);
    const clmlp_bench_config config = moment();
    clmlp_bench_op *ops = NULL;
    size_t count = 0;
    OK(clmlp_bench_ops(device, model, 4, &config, &ops, &count, error));
    static const struct {
        const char *name;
        size_t layer;
        double numbers;
    } expected[] = {
        {"gather", 1, 2 * 4 * (5 + 2)},
        {"forward", 1, 4 * 5 + 3 * 6 + 4 * 3},
        {"output_delta", 2, 4 * 3 + 2 * 4 + 4 * 2 + 4 * 2},
        {"hidden_delta", 2, 4 * 2 + 2 * 3 + 4 * 3 + 4 * 3},
        {"gradient", 1, 4 * 3 + 4 * 5 + 3 * 6},
        {"gradient", 2, 4 * 2 + 4 * 3 + 2 * 4},
        {"update", 1, 3 * 3 * 6},
        {"update", 2, 3 * 2 * 4},
    };
    cr_assert_eq(count, sizeof expected / sizeof expected[0]);
    for (size_t i = 0; i < count; i++) {
        cr_assert_str_eq(ops[i].name, expected[i].name);
        cr_assert_eq(ops[i].layer, expected[i].layer);
        cr_assert_eq(ops[i].bytes, 8.0 * expected[i].numbers, "%s %zu: %g", ops[i].name, ops[i].layer, ops[i].bytes);
    }
    clmlp_free(ops);
    clmlp_model_destroy(model);
    clmlp_device_close(device);
}

Test(bench, a_product_is_counted_by_its_formula)
{
    const clmlp_bench_config config = moment();
    for (size_t s = 0; s < 2; s++) {
        clmlp_device *device = open_device(specs[s], CLMLP_F32, 0);
        clmlp_bench_gemm_result r = {.size = sizeof r};
        OK(clmlp_bench_gemm(device, 33, 65, 17, &config, &r, error));
        check_times(&r.times);
        cr_assert(is_near(r.gflops, 1e-6 * 2.0 * 33 * 65 * 17 / r.times.median));
        cr_assert(is_near(r.gbytes, 1e-6 * 4.0 * (33 * 17 + 17 * 65 + 33 * 65) / r.times.median));
        cr_assert_not_null(r.method);
        clmlp_device_close(device);
    }
}

/* A, B of small whole numbers, so that C is exact in any order. */
static void check_product(const char *spec, clmlp_precision precision, size_t m, size_t n, size_t k)
{
    clmlp_device_options where = clmlp_device_options_default();
    clmlp_device *device = NULL;
    where.spec = spec;
    if (strcmp(spec, "cpu") != 0) where.engine = CLMLP_ENGINE_CLBLAST;
    where.precision = precision;
    OK(clmlp_device_open(&device, &where, error));
    clmlp_backend *backend = device->backend;
    const size_t sizes[3][2] = {{m, k}, {k, n}, {m, n}};
    clmlp_tensor *tensors[3] = {NULL, NULL, NULL};
    double *values[3];
    float *rounded = calloc(m * k + k * n + m * n, sizeof *rounded);
    cr_assert_not_null(rounded);
    for (size_t t = 0; t < 3; t++) {
        const size_t count = sizes[t][0] * sizes[t][1];
        values[t] = calloc(count, sizeof(double));
        cr_assert_not_null(values[t]);
        OK(clmlp_tensor_create(backend, CLMLP_TENSOR_MATRIX, sizes[t][0], sizes[t][1], "a factor", &tensors[t], error));
        for (size_t i = 0; i < count && t < 2; i++) values[t][i] = (double)(i * (7 + t) % 11) - 5.0;
        for (size_t i = 0; i < count; i++) rounded[i] = (float)values[t][i];
        OK(backend->ops->tensor_write(backend, tensors[t], 0, sizes[t][0],
                                      precision == CLMLP_F64 ? (const void *)values[t] : rounded, error));
    }
    OK(backend->ops->product(backend, m, n, k, tensors[0], tensors[1], tensors[2], error));
    OK(backend->ops->tensor_read(backend, tensors[2], 0, m, precision == CLMLP_F64 ? (void *)values[2] : rounded,
                                 error));
    for (size_t i = 0; i < m * n; i++) {
        double sum = 0.0;
        for (size_t j = 0; j < k; j++) sum += values[0][i / n * k + j] * values[1][j * n + i % n];
        const double found = precision == CLMLP_F64 ? values[2][i] : (double)rounded[i];
        cr_assert_eq(found, sum, "%s: C[%zu][%zu] is %g, expected %g", spec, i / n, i % n, found, sum);
    }
    for (size_t t = 0; t < 3; t++) {
        clmlp_tensor_destroy(backend, tensors[t]);
        free(values[t]);
    }
    free(rounded);
    clmlp_device_close(device);
}

Test(bench, the_bare_product_is_one)
{
    for (size_t s = 0; s < 2; s++) {
        for (size_t p = 0; p < 2; p++) {
            check_product(specs[s], precisions[p], 3, 5, 2);
            check_product(specs[s], precisions[p], 33, 65, 31);
            check_product(specs[s], precisions[p], 1, 64, 1);
        }
    }
}

Test(bench, only_opencl_devices_have_a_peak)
{
    for (size_t s = 0; s < 2; s++) {
        for (size_t p = 0; p < 2; p++) {
            clmlp_device *device = open_device(specs[s], precisions[p], (uint64_t)1 << 28);
            clmlp_bench_peak_result peak = {.size = sizeof peak};
            OK(clmlp_bench_peak(device, &peak, error));
            if (s == 0) cr_assert(isnan(peak.gflops) && isnan(peak.gbytes));
            else cr_assert(isfinite(peak.gflops) && peak.gflops > 0.0 && isfinite(peak.gbytes) && peak.gbytes > 0.0);
            clmlp_device_close(device);
        }
    }
}

static void check_refused(clmlp_status status, const clmlp_error *error, clmlp_status expected, const char *text)
{
    cr_assert_eq(status, expected, "%s", error->message);
    cr_assert_not_null(strstr(error->message, text), "'%s' without '%s'", error->message, text);
}

Test(bench, what_makes_no_sense_is_refused)
{
    clmlp_model *model = network((const size_t[]){9, 8, 3}, 3, CLMLP_SIGMOID, CLMLP_OUTPUT_SOFTMAX);
    clmlp_model *steps = network((const size_t[]){9, 8, 3}, 3, CLMLP_STEP, CLMLP_OUTPUT_SOFTMAX);
    clmlp_device *device = open_device("cpu", CLMLP_F32, 0), *small = open_device("cpu", CLMLP_F32, 4000);
    clmlp_bench_config config = moment();
    clmlp_bench_step_result r = {.size = sizeof r};
    clmlp_bench_gemm_result g = {.size = sizeof g};
    clmlp_error e = {.message = ""};
    check_refused(clmlp_bench_step(device, model, 0, &config, &r, &e), &e, CLMLP_BAD_ARGUMENT, "a batch of 0");
    check_refused(clmlp_bench_step(device, steps, 4, &config, &r, &e), &e, CLMLP_BAD_ARGUMENT, "step activation");
    check_refused(clmlp_bench_step(small, model, 4, &config, &r, &e), &e, CLMLP_OUT_OF_MEMORY, "do not fit");
    check_refused(clmlp_bench_step(small, model, 4000, &config, &r, &e), &e, CLMLP_OUT_OF_MEMORY,
                  "out of device memory");
    check_refused(clmlp_bench_gemm(device, 0, 1, 1, &config, &g, &e), &e, CLMLP_BAD_ARGUMENT, "m = 0");
    check_refused(clmlp_bench_gemm(small, 99, 99, 99, &config, &g, &e), &e, CLMLP_OUT_OF_MEMORY,
                  "out of device memory");
    static const double bad[] = {0.0, -1.0, (double)NAN, (double)INFINITY};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        config.seconds = bad[i];
        check_refused(clmlp_bench_step(device, model, 4, &config, &r, &e), &e, CLMLP_BAD_ARGUMENT, "seconds");
        check_refused(clmlp_bench_gemm(device, 1, 1, 1, &config, &g, &e), &e, CLMLP_BAD_ARGUMENT, "seconds");
    }
    cr_assert_eq(device->backend->memory_used, 0, "memory is left over");
    cr_assert_eq(small->backend->memory_used, 0, "memory is left over");
    clmlp_device_close(device);
    clmlp_device_close(small);
    clmlp_model_destroy(model);
    clmlp_model_destroy(steps);
}
