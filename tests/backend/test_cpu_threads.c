/* test_cpu_threads.c - the CPU path on one thread and on several: the same bits, and which it takes; no times. */
#include <criterion/criterion.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/cpu/cpu_backend.h"
#include "backend/cpu/cpu_threads.h"
#include "base/random.h"
#include "networks.h"

static void on_threads(const char *threads)
{
    if (threads == NULL) cr_assert_eq(unsetenv("CLMLP_CPU_THREADS"), 0);
    else cr_assert_eq(setenv("CLMLP_CPU_THREADS", threads, 1), 0);
}

/* NULL: as it judges, which a loop of calls makes try both ways. */
static const char *const asked[] = {"1", "2", "3", "8", NULL};

/* Random numbers in (-1, 1), in a precision. */
static void *numbers(clmlp_precision precision, size_t count, uint32_t which)
{
    void *const block = calloc(count, clmlp_precision_size(precision));
    cr_assert_not_null(block);
    for (size_t i = 0; i < count; i++) {
        const double value = 2.0 * clmlp_random_uniform(7, CLMLP_RANDOM_DRAW, which, i) - 1.0;
        if (precision == CLMLP_F64) ((double *)block)[i] = value;
        else ((float *)block)[i] = (float)value;
    }
    return block;
}

/* The products of forward, hidden_delta and gradient, each in many parts, with the longer side of each result first
 * rows, then columns. */
static void products(clmlp_precision precision, size_t M, size_t s_in, size_t s_out, void *const out[3])
{
    void *const layer = numbers(precision, M * (s_in + 1), 1), *const theta = numbers(precision, s_out * (s_in + 1), 2);
    void *const delta = numbers(precision, M * s_out, 3);
    const clmlp_cpu_product_size size = {.M = M, .s_in = s_in, .s_out = s_out, .divisor = (double)M, .count = s_out};
    clmlp_cpu_product_size columns = size;
    columns.count = s_in;
    clmlp_cpu_forward_product(precision, &size, layer, theta, out[0]);
    clmlp_cpu_delta_product(precision, &columns, delta, theta, out[1]);
    clmlp_cpu_gradient_product(precision, &size, delta, layer, out[2]);
    free(delta);
    free(theta);
    free(layer);
}

Test(cpu_threads, products_have_the_same_bits_on_any_number_of_threads)
{
    static const size_t shapes[][3] = {{500, 301, 290}, {97, 1100, 700}, {290, 333, 1201}};
    OK(clmlp_cpu_products_prepare(error));
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        const size_t M = shapes[i][0], s_in = shapes[i][1], s_out = shapes[i][2];
        const size_t counts[] = {M * s_out, M * s_in, s_out * (s_in + 1)};
        cr_assert_lt(clmlp_cpu_blas_part(M > s_out ? M : s_out, M > s_out ? s_out : M, s_in + 1), M > s_out ? M : s_out,
                     "in one part only");
        for (int p = CLMLP_F32; p <= CLMLP_F64; p++) {
            const clmlp_precision precision = (clmlp_precision)p;
            void *first[3], *again[3];
            for (int k = 0; k < 3; k++) first[k] = numbers(precision, counts[k], 4);
            for (int k = 0; k < 3; k++) again[k] = numbers(precision, counts[k], 5);
            on_threads("1");
            products(precision, M, s_in, s_out, first);
            for (size_t t = 0; t < sizeof asked / sizeof *asked; t++) {
                on_threads(asked[t]);
                for (int turn = 0; turn < (asked[t] == NULL ? 3 : 1); turn++) {
                    products(precision, M, s_in, s_out, again);
                    for (int k = 0; k < 3; k++) {
                        cr_assert_eq(memcmp(first[k], again[k], counts[k] * clmlp_precision_size(precision)), 0,
                                     "product %d of %zu x %zu x %zu, %s: other bits on %s threads", k, M, s_in, s_out,
                                     clmlp_precision_name(precision), asked[t] != NULL ? asked[t] : "as judged");
                    }
                }
            }
            for (int k = 0; k < 3; k++) free(first[k]);
            for (int k = 0; k < 3; k++) free(again[k]);
        }
    }
}

/* Both are sums of `terms` products of numbers below 1 in some order, so each is within gamma_n terms of the exact one
 * (docs/verification.md); a divisor makes it less. */
static void expect_near(const double *found, const double *expected, size_t terms, const char *what, size_t at)
{
    const double n = (double)terms + 2.0, most = 2.0 * n * 0x1p-53 / (1.0 - n * 0x1p-53) * (double)terms;
    cr_assert(fabs(*found - *expected) <= most, "%s, number %zu: found %.17g, expected %.17g", what, at, *found,
              *expected);
}

Test(cpu_threads, a_part_of_a_product_is_that_of_the_whole)
{
    enum { M = 37, S_IN = 50, S_OUT = 41, FIRST = 7, COUNT = 20, COLUMNS = S_IN + 1 };
    double *const layer = numbers(CLMLP_F64, (size_t)M * COLUMNS, 1);
    double *const theta = numbers(CLMLP_F64, (size_t)S_OUT * COLUMNS, 2);
    double *const delta = numbers(CLMLP_F64, (size_t)M * S_OUT, 3);
    static double whole[3][M * COLUMNS + S_OUT * COLUMNS], part[3][M * COLUMNS + S_OUT * COLUMNS];
    OK(clmlp_cpu_products_prepare(error));
    void *const out[] = {whole[0], whole[1], whole[2]};
    products(CLMLP_F64, M, S_IN, S_OUT, out);
    const clmlp_cpu_product_size size = {.M = M, .s_in = S_IN, .s_out = S_OUT, .divisor = M, .first = FIRST,
                                         .count = COUNT};
    clmlp_cpu_forward_product(CLMLP_F64, &size, layer, theta, part[0] + FIRST);
    clmlp_cpu_delta_product(CLMLP_F64, &size, delta, theta, part[1] + FIRST);
    clmlp_cpu_gradient_product(CLMLP_F64, &size, delta, layer, part[2] + (size_t)FIRST * COLUMNS);
    for (size_t i = 0; i < (size_t)M * S_OUT; i++) {
        const bool in = i % S_OUT >= FIRST && i % S_OUT < FIRST + COUNT;
        if (in) expect_near(&part[0][i], &whole[0][i], COLUMNS, "z", i);
        else cr_assert_eq(part[0][i], 0.0, "z, number %zu is of another part", i);
    }
    for (size_t i = 0; i < (size_t)M * S_IN; i++) {
        const bool in = i % S_IN >= FIRST && i % S_IN < FIRST + COUNT;
        if (in) expect_near(&part[1][i], &whole[1][i], S_OUT, "delta theta", i);
        else cr_assert_eq(part[1][i], 0.0, "delta theta, number %zu is of another part", i);
    }
    for (size_t i = 0; i < (size_t)S_OUT * COLUMNS; i++) {
        const bool in = i / COLUMNS >= FIRST && i / COLUMNS < FIRST + COUNT;
        if (in) expect_near(&part[2][i], &whole[2][i], M, "gradient", i);
        else cr_assert_eq(part[2][i], 0.0, "gradient, number %zu is of another part", i);
    }
    free(layer);
    free(theta);
    free(delta);
}

/* Products in parts of other work. */
enum { WORKERS = 6, SIDE = 700 };
typedef struct nested {
    double *layer, *theta, *z[WORKERS];
} nested;

static void multiply_within(size_t piece, size_t begin, size_t end, void *context)
{
    const nested *const n = context;
    const clmlp_cpu_product_size size = {.M = SIDE, .s_in = SIDE - 1, .s_out = SIDE, .divisor = 1.0, .count = SIDE};
    (void)piece;
    for (size_t i = begin; i < end; i++) clmlp_cpu_forward_product(CLMLP_F64, &size, n->layer, n->theta, n->z[i]);
}

Test(cpu_threads, products_within_parts_have_the_same_bits_on_any_number_of_threads)
{
    nested n = {numbers(CLMLP_F64, (size_t)SIDE * SIDE, 1), numbers(CLMLP_F64, (size_t)SIDE * SIDE, 2), {NULL}};
    double *const expected = numbers(CLMLP_F64, (size_t)SIDE * SIDE, 3);
    const clmlp_cpu_product_size size = {.M = SIDE, .s_in = SIDE - 1, .s_out = SIDE, .divisor = 1.0, .count = SIDE};
    OK(clmlp_cpu_products_prepare(error));
    on_threads("1");
    clmlp_cpu_forward_product(CLMLP_F64, &size, n.layer, n.theta, expected);
    for (size_t t = 0; t < sizeof asked / sizeof *asked; t++) {
        on_threads(asked[t]);
        for (size_t i = 0; i < WORKERS; i++) n.z[i] = numbers(CLMLP_F64, (size_t)SIDE * SIDE, 4);
        clmlp_cpu_in_parts(WORKERS, (double)WORKERS * SIDE * SIDE * SIDE, multiply_within, &n);
        for (size_t i = 0; i < WORKERS; i++) {
            cr_assert_eq(memcmp(n.z[i], expected, (size_t)SIDE * SIDE * sizeof *expected), 0,
                         "part %zu: other bits on %s threads", i, asked[t] != NULL ? asked[t] : "as judged");
            free(n.z[i]);
        }
    }
    free(n.layer);
    free(n.theta);
    free(expected);
}

/* Which thread a part within another part is done by. */
typedef struct inner {
    pthread_t outer;
    bool is_elsewhere;
} inner;

static void see_thread(size_t piece, size_t begin, size_t end, void *context)
{
    inner *const i = context;
    (void)piece, (void)begin, (void)end;
    if (!pthread_equal(i->outer, pthread_self())) i->is_elsewhere = true;
}

static void begin_within(size_t piece, size_t begin, size_t end, void *context)
{
    bool *const elsewhere = context;
    (void)piece;
    for (size_t k = begin; k < end; k++) {
        inner i = {.outer = pthread_self()};
        clmlp_cpu_in_parts(64, 1e12, see_thread, &i);
        elsewhere[k] = i.is_elsewhere;
    }
}

Test(cpu_threads, parts_within_a_part_stay_with_its_thread)
{
    bool elsewhere[WORKERS] = {false};
    OK(clmlp_cpu_products_prepare(error));
    on_threads("3");
    clmlp_cpu_in_parts(WORKERS, 1e12, begin_within, elsewhere);
    for (size_t k = 0; k < WORKERS; k++) cr_assert_not(elsewhere[k], "part %zu", k);
}

/* theta after an epoch, as its bytes. */
static char *trained(const clmlp_dataset *data, clmlp_precision precision)
{
    clmlp_train_config config = clmlp_train_config_default();
    clmlp_device *device = open_device("cpu", precision, 0);
    clmlp_model *model = model_for(data, (size_t[]){310}, 1, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX, 3);
    char path[1024];
    config.epochs = 1;
    config.batch = 400;
    OK(clmlp_train(model, device, data, NULL, &config, NULL, error));
    (void)snprintf(path, sizeof path, "%s/cpu-threads.safetensors", TEST_SCRATCH_DIR);
    OK(clmlp_model_save(model, path, error));
    clmlp_model_destroy(model);
    clmlp_device_close(device);
    FILE *const file = fopen(path, "rb");
    cr_assert_not_null(file);
    char *const bytes = calloc(1 << 20, 1);
    cr_assert_gt(fread(bytes, 1, 1 << 20, file), 300 * 310 * sizeof(float));
    (void)fclose(file);
    return bytes;
}

Test(cpu_threads, a_training_has_the_same_bits_on_any_number_of_threads)
{
    clmlp_dataset *data = random_data(1000, 300, 4, CLMLP_OUTPUT_SOFTMAX, 1);
    on_threads("1");
    char *const first = trained(data, CLMLP_F32);
    for (size_t t = 1; t < sizeof asked / sizeof *asked; t++) {
        on_threads(asked[t]);
        char *const again = trained(data, CLMLP_F32);
        cr_assert_eq(memcmp(first, again, 1 << 20), 0, "other bits on %s threads",
                     asked[t] != NULL ? asked[t] : "as judged");
        free(again);
    }
    free(first);
    clmlp_dataset_destroy(data);
}

Test(cpu_threads, a_number_that_is_none_is_refused)
{
    static const char *const nonsense[] = {"0", "9", "-1", "two", "1 ", "10"};
    for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++) {
        clmlp_device_options options = clmlp_device_options_default();
        clmlp_device *device = NULL;
        clmlp_error error = {.message = ""};
        char expected[256];
        options.spec = "cpu";
        on_threads(nonsense[i]);
        cr_assert_eq(clmlp_device_open(&device, &options, &error), CLMLP_BAD_ARGUMENT, "'%s'", nonsense[i]);
        (void)snprintf(expected, sizeof expected,
                       "CLMLP_CPU_THREADS: found '%s', expected threads, 1 to 8", nonsense[i]);
        cr_assert_str_eq(error.message, expected);
    }
}

/* --- the judgement, with times that are made up ------------------------------------------------------------------- */

/* So many products, each of which takes so long on one thread and on many; how many ran on many, and *total. */
static size_t run(clmlp_cpu_judge *judge, size_t count, double one, double many, double *total)
{
    size_t on_many = 0;
    *total = 0.0;
    for (size_t i = 0; i < count; i++) {
        const bool is_many = clmlp_cpu_judge_next(judge);
        const double seconds = is_many ? many : one;
        on_many += is_many;
        *total += seconds;
        clmlp_cpu_judge_tell(judge, seconds);
    }
    return on_many;
}

Test(cpu_threads, the_faster_way_is_kept)
{
    clmlp_cpu_judge quiet = {.trials = 0}, busy = {.trials = 0}, tie = {.trials = 0};
    double total = 0.0;
    cr_assert_eq(run(&quiet, 6, 2.0, 1.1, &total), 3);
    cr_assert_eq(run(&quiet, CLMLP_CPU_KEPT_LEAST, 2.0, 1.1, &total), CLMLP_CPU_KEPT_LEAST);
    cr_assert_eq(run(&quiet, 6, 2.0, 1.1, &total), 3, "then it tries again");
    cr_assert_eq(run(&quiet, 2 * CLMLP_CPU_KEPT_LEAST, 2.0, 1.1, &total), 2 * CLMLP_CPU_KEPT_LEAST);
    cr_assert_eq(run(&busy, 6, 1.0, 1.5, &total), 3);
    cr_assert_eq(run(&busy, CLMLP_CPU_KEPT_LEAST, 1.0, 1.5, &total), 0);
    (void)run(&tie, 6, 1.0, 1.0, &total);
    cr_assert_eq(run(&tie, CLMLP_CPU_KEPT_LEAST, 1.0, 1.0, &total), 0, "one thread in a tie");
}

/* 30 times as long on many threads: 10,000 products took 300,000 where nobody judged. */
Test(cpu_threads, trying_the_slow_way_costs_little)
{
    clmlp_cpu_judge judge = {.trials = 0};
    double total = 0.0;
    cr_assert_leq(run(&judge, 10000, 1.0, 30.0, &total), 8); /* a trial ends after one of each */
    cr_assert_lt(total, 1.03 * 10000.0, "%g", total);
    judge = (clmlp_cpu_judge){.trials = 0};
    (void)run(&judge, 10000, 1.0, 0.55, &total);
    cr_assert_lt(total, 1.01 * 5500.0, "%g", total);
}

Test(cpu_threads, what_was_kept_changes_with_the_machine)
{
    clmlp_cpu_judge judge = {.trials = 0};
    double total = 0.0;
    (void)run(&judge, 20000, 1.0, 0.6, &total); /* for as long as it ever keeps it */
    const size_t on_many = run(&judge, 20000, 1.0, 30.0, &total); /* another program has come */
    cr_assert_leq(on_many, CLMLP_CPU_KEPT_MOST + 20);
    cr_assert_not(judge.left > 0 && judge.many);
    cr_assert_geq(run(&judge, 20000, 1.0, 0.6, &total), 20000 - CLMLP_CPU_KEPT_MOST - 100); /* and gone */
    cr_assert(judge.left == 0 || judge.many);
}
