/* test_trend.c - errors that are small but systematic are found, and no others. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/backend.h"
#include "base/random.h"
#include "faults.h"
#include "networks.h"
#include "share.h"
#include "trend_networks.h"
#include "verify/step/compare.h"
#include "verify/step/trend.h"

enum { ROWS = 24, UNITS = 128, NUMBERS = 4 };

/* A tensor whose elements may be off by `BOUND`, and are, within a hundredth of it. */
typedef struct tensor {
    clmlp_arithmetic arithmetic;
    double found[ROWS * UNITS], expected[ROWS * UNITS], bound[ROWS * UNITS], before[ROWS * UNITS];
    double spread[ROWS], unit[UNITS * NUMBERS];
    clmlp_trend_data data;
} tensor;

static const double BOUND = 1e-3;

static double random_of(unsigned stream, size_t i)
{
    return 2.0 * clmlp_random_uniform(5, (clmlp_random_stream)99, stream, i) - 1.0;
}

static tensor *create(void)
{
    tensor *t = calloc(1, sizeof *t);
    t->arithmetic = clmlp_arithmetic_of(CLMLP_F32);
    for (size_t i = 0; i < ROWS * UNITS; i++) {
        t->expected[i] = random_of(1, i);
        t->bound[i] = BOUND;
        t->found[i] = t->expected[i] + 0.01 * BOUND * random_of(2, i);
    }
    for (size_t r = 0; r < ROWS; r++) t->spread[r] = 1.0 / sqrt(784.0);
    for (size_t i = 0; i < UNITS * NUMBERS; i++) t->unit[i] = random_of(3, i);
    t->data = (clmlp_trend_data){.arithmetic = &t->arithmetic, .rows = ROWS, .columns = UNITS, .found = t->found,
                                 .expected = t->expected, .bound = t->bound, .row_spread = t->spread, .relative = 4.0,
                                 .unit = {{t->unit, NUMBERS, 1, NUMBERS, NULL}}};
    return t;
}

static clmlp_trends judge(const tensor *t)
{
    clmlp_trends trends;
    OK(clmlp_trends_of(&t->data, &trends, error));
    return trends;
}

static bool is_found(clmlp_trend trend)
{
    return !(fabs(trend.estimate) <= trend.limit);
}

Test(trend, finds_a_factor)
{
    tensor *t = create();
    cr_expect(judge(t).judged && !is_found(judge(t).factor) && !is_found(judge(t).offset));
    for (size_t i = 0; i < ROWS * UNITS; i++) t->found[i] += 1e-4 * t->expected[i];
    const clmlp_trends trends = judge(t);
    cr_expect(is_found(trends.factor), "%g +- %g", trends.factor.estimate, trends.factor.limit);
    cr_expect_float_eq(trends.factor.estimate, 1e-4, 1e-6);
    cr_expect(!is_found(trends.offset), "%g +- %g", trends.offset.estimate, trends.offset.limit);
    free(t);
}

Test(trend, finds_an_offset)
{
    tensor *t = create();
    for (size_t i = 0; i < ROWS * UNITS; i++) t->found[i] += BOUND / sqrt(784.0);
    const clmlp_trends trends = judge(t);
    cr_expect(is_found(trends.offset), "%g +- %g", trends.offset.estimate, trends.offset.limit);
    cr_expect(!is_found(trends.factor), "%g +- %g", trends.factor.estimate, trends.factor.limit);
    free(t);
}

/* All elements of a unit off by all of their bounds, to the same side: chance, as long as units differ. */
Test(trend, units_may_be_as_wrong_as_they_like)
{
    tensor *t = create();
    for (size_t i = 0; i < ROWS * UNITS; i++) {
        const double sign = random_of(4, i % UNITS) > 0.0 ? 1.0 : -1.0;
        t->found[i] = t->expected[i] * (1.0 + sign * BOUND);
    }
    const clmlp_trends trends = judge(t);
    cr_expect(trends.judged && !is_found(trends.factor), "%g +- %g", trends.factor.estimate, trends.factor.limit);
    free(t);
}

/* But for sign and a power of 2. */
Test(trend, units_that_are_alike_count_once)
{
    tensor *t = create();
    for (size_t i = 0; i < ROWS * UNITS; i++) t->found[i] += 1e-4 * t->expected[i];
    for (size_t i = 0; i < UNITS * NUMBERS; i++) {
        const double sign = i / NUMBERS % 2 == 0 ? 1.0 : -1.0, power = i / NUMBERS % 3 == 0 ? 4.0 : 1.0;
        t->unit[i] = sign * power * random_of(3, i % (50 * NUMBERS));
    }
    cr_expect_not(judge(t).judged, "50 units are too few");
    for (size_t j = 0; j < UNITS; j++) t->unit[j * NUMBERS + 1] = random_of(3, j); /* all but one number */
    cr_expect_not(judge(t).judged);
    for (size_t i = 0; i < UNITS * NUMBERS; i++) t->unit[i] = random_of(3, i);
    cr_expect(judge(t).judged && is_found(judge(t).factor));
    free(t);
}

/* 784 terms of a size, rounded alike: off by 784 roundings, not by 28. */
Test(trend, equal_terms_are_rounded_alike)
{
    enum { TERMS = 784 };
    tensor *t = create();
    double *const left = calloc(ROWS * TERMS, sizeof *left), *const right = calloc(UNITS * TERMS, sizeof *right);
    for (size_t i = 0; i < ROWS * TERMS; i++) left[i] = 1.0;
    for (size_t i = 0; i < UNITS * TERMS; i++) right[i] = random_of(6, i) > 0.0 ? 0.7 : -0.7;
    for (size_t i = 0; i < ROWS * UNITS; i++) t->found[i] = t->expected[i] + 0.3 * BOUND;
    t->data.left = left, t->data.left_row = TERMS, t->data.left_term = 1;
    t->data.right = right, t->data.right_column = TERMS, t->data.right_term = 1, t->data.terms = TERMS;
    cr_expect(judge(t).judged && !is_found(judge(t).offset), "%g +- %g", judge(t).offset.estimate,
              judge(t).offset.limit);
    for (size_t i = 0; i < UNITS * TERMS; i++) right[i] = random_of(6, i);
    cr_expect(is_found(judge(t).offset), "terms that differ");
    free(left), free(right), free(t);
}

/* In double, where g' is next to nothing: what the bound has beside the sum is not to be told in the sum's errors. */
Test(trend, what_is_next_to_nothing_does_not_count)
{
    tensor *t = create();
    double *const sum = calloc(ROWS * UNITS, sizeof *sum), *const bound = calloc(ROWS * UNITS, sizeof *bound);
    t->arithmetic = clmlp_arithmetic_of(CLMLP_F64);
    for (size_t i = 0; i < ROWS * UNITS; i++) {
        sum[i] = t->expected[i];
        bound[i] = i / UNITS % 2 == 0 ? 1e-3 : 1e-13;
        t->expected[i] = i / UNITS % 2 == 0 ? sum[i] : 1e-290 * sum[i];
        t->found[i] = t->expected[i];
        t->bound[i] = 1e-3;
    }
    t->data.sum = sum, t->data.sum_bound = bound;
    cr_expect(judge(t).judged && isfinite(judge(t).factor.limit) && isfinite(judge(t).offset.limit), "%g, %g",
              judge(t).factor.limit, judge(t).offset.limit);
    free(sum), free(bound), free(t);
}

Test(trend, few_units_prove_nothing)
{
    tensor *t = create();
    for (size_t i = 0; i < ROWS * UNITS; i++) t->found[i] += 1e-4 * t->expected[i];
    t->data.columns = CLMLP_TREND_UNITS - 1;
    cr_expect_not(judge(t).judged);
    free(t);
}

/* theta := theta - step, where the step is less than half an ulp: theta stays, and all errors are on one side. */
Test(trend, steps_that_vanish_are_no_trend)
{
    tensor *t = create();
    for (size_t i = 0; i < ROWS * UNITS; i++) {
        t->before[i] = (double)(float)random_of(1, i);
        t->bound[i] = clmlp_half_ulp(&t->arithmetic, t->before[i]);
        t->expected[i] = t->before[i] + 0.9 * t->bound[i];
        t->found[i] = t->before[i];
    }
    t->data.row_spread = NULL;
    t->data.before = t->before;
    cr_expect(is_found(judge(t).factor), "without a limit it would be one");
    t->data.exact_from = 16.0;
    cr_expect_not(judge(t).judged);
    free(t);
}

/* As adam's first steps are: what rounding does to theta - step depends on the step alone. */
Test(trend, equal_steps_are_rounded_alike)
{
    tensor *t = create();
    const double ulp = 0x1p-24, step = 1000.45 * ulp; /* of theta from 0.5 to 1 */
    for (size_t i = 0; i < ROWS * UNITS; i++) {
        t->before[i] = (double)(float)(0.6 + 0.3 * fabs(random_of(1, i)));
        t->expected[i] = t->before[i] + step;
        t->found[i] = t->before[i] + 1000.0 * ulp;
        t->bound[i] = 0.5 * ulp;
    }
    t->data.row_spread = NULL;
    t->data.before = t->before;
    t->data.exact_from = 16.0;
    cr_expect(is_found(judge(t).factor), "%g +- %g", judge(t).factor.estimate, judge(t).factor.limit);
    t->data.unit[1] = (clmlp_trend_numbers){t->found, 1, UNITS, ROWS, t->before};
    cr_expect_not(judge(t).judged);
    free(t);
}

/* Rows as units, and columns. */
Test(trend, rows_and_columns_are_judged_alike)
{
    tensor *t = create(), *turned = create();
    for (size_t i = 0; i < ROWS * UNITS; i++) {
        const size_t at = i % UNITS * ROWS + i / UNITS;
        turned->found[at] = t->found[i];
        turned->expected[at] = t->expected[i];
    }
    turned->data.rows = UNITS, turned->data.columns = ROWS, turned->data.units_are_rows = true;
    turned->data.row_spread = NULL, turned->data.column_spread = NULL;
    t->data.row_spread = NULL;
    const clmlp_trends one = judge(t), other = judge(turned);
    cr_expect_float_eq(one.factor.estimate, other.factor.estimate, 1e-15);
    cr_expect_float_eq(one.offset.limit, other.offset.limit, 1e-12);
    free(t), free(turned);
}

/* --- devices ------------------------------------------------------------------------------------------------------ */

typedef struct subject {
    const char *spec, *family;
    clmlp_precision precision;
} subject;

static const subject subjects[] = {
    {"cpu", "cpu", CLMLP_F32},             {"opencl+native", "cpu", CLMLP_F32}, {"opencl+native", "gpu", CLMLP_F32},
    {"opencl+clblast", "cpu", CLMLP_F32},  {"cpu", "cpu", CLMLP_F64},           {"opencl+native", "cpu", CLMLP_F64},
    {"opencl+native", "gpu", CLMLP_F64},   {"opencl+clblast", "cpu", CLMLP_F64}};
enum { SUBJECTS = sizeof subjects / sizeof *subjects };

/* In CI, which has no time to compile kernels for each: three of them, and networks of one kind on OpenCL. */
static bool is_simple(void)
{
    return getenv("CLMLP_TEST_SIMPLE") != NULL;
}

static bool is_simple_subject(const subject *s)
{
    const bool on_host = strcmp(s->spec, "cpu") == 0;
    return on_host || (strcmp(s->spec, "opencl+native") == 0 && strcmp(s->family, "cpu") == 0 &&
                       s->precision == CLMLP_F32);
}

static trend_case case_for(const subject *s, uint64_t seed)
{
    trend_case c = trend_case_of(seed);
    if (!is_simple() || strcmp(s->spec, "cpu") == 0) return c;
    c.optimizer = CLMLP_SGD;
    c.activation = CLMLP_SIGMOID;
    c.drops = c.clips = false;
    return c;
}

static clmlp_device *open_subject(const subject *s)
{
    cr_assert_eq(setenv("CLMLP_NATIVE_FAMILY", s->family, 1), 0);
    return open_device(s->spec, s->precision, 0);
}

typedef struct tally {
    size_t networks, trends;
    double largest;
} tally;

static void check_clean(clmlp_device *device, const trend_case *c, tally *t)
{
    static const double p[] = {0.3, 0.3};
    char text[512] = "", name[256];
    clmlp_dataset *data = trend_dataset(c);
    clmlp_model *model = trend_model(c, data);
    clmlp_verify_config config = clmlp_verify_config_default();
    clmlp_verify_result result = {.size = sizeof result};
    config.batch = c->M;
    config.rate = c->rate;
    config.lambda = c->decay;
    config.optimizer = c->optimizer;
    if (c->drops) config.dropout = p, config.dropout_count = c->layers;
    if (c->clips) config.clip_norm = 0.1;
    OK(clmlp_verify(model, device, data, &config, &result, error));
    if (result.first_failure != NULL) (void)clmlp_finding_text(result.first_failure, text, sizeof text);
    cr_expect(result.passed, "%s: %s", trend_case_text(c, name), text);
    for (size_t i = 0; i < result.count; i++) {
        const clmlp_finding *const f = &result.findings[i];
        if (!clmlp_is_trend(f->quantity)) continue;
        t->trends++;
        if (!(f->max_of_bound <= t->largest)) t->largest = f->max_of_bound;
        if (f->max_of_bound > 0.3) { /* which come near */
            (void)printf("    %.3g of its limit, %s(%zu) of step %zu, %s %.9g +- %.3g: %s\n", f->max_of_bound,
                         clmlp_quantity_name(f->quantity), f->layer, f->step, f->worst == 0 ? "factor" : "offset",
                         f->found, f->bound, trend_case_text(c, name));
        }
    }
    t->networks++;
    clmlp_free(result.findings);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
}

/* 2,000 of them by night. */
Test(trend, clean_networks_have_none)
{
    enum { NETWORKS = 2000 };
    enum { SIMPLE_SUBJECTS = 3 };
    share part = share_of("clean networks", NETWORKS / SUBJECTS * (is_simple() ? SIMPLE_SUBJECTS : SUBJECTS));
    tally t = {0, 0, 0.0};
    char name[256];
    for (size_t s = 0; s < SUBJECTS; s++) {
        if (is_simple() && !is_simple_subject(&subjects[s])) continue;
        clmlp_device *device = open_subject(&subjects[s]);
        for (size_t i = 0; i < NETWORKS / SUBJECTS; i++) {
            const trend_case c = case_for(&subjects[s], 1 + s * NETWORKS + i);
            if (share_takes(&part, trend_case_text(&c, name))) check_clean(device, &c, &t);
        }
        clmlp_device_close(device);
    }
    (void)printf("%zu networks, %zu trends; the largest is %.3g of its limit\n", t.networks, t.trends, t.largest);
    cr_assert_gt(t.trends, 4 * t.networks);
}

/* In double 1 + e is rounded: an e within its limit, of sums of equal terms, was told as beyond it. */
Test(trend, is_judged_as_it_is_told)
{
    const subject *const in_double = &subjects[5];
    clmlp_device *device = open_subject(in_double);
    const trend_case c = case_for(in_double, 10059);
    tally t = {0, 0, 0.0};
    check_clean(device, &c, &t);
    cr_expect_gt(t.trends, 0);
    clmlp_device_close(device);
}

/* A device that says of itself that it rounds to zero is not told that it does. */
Test(trend, is_not_looked_for_where_rounding_is_to_zero)
{
    clmlp_device *device = open_device("cpu", CLMLP_F32, 0);
    trend_case c = trend_case_of(1);
    tally looks = {0, 0, 0.0}, not = {0, 0, 0.0};
    c.theta = THETA_AS_MADE;
    check_clean(device, &c, &looks);
    device->backend->truncates = true;
    check_clean(device, &c, &not);
    cr_expect_gt(looks.trends, 0);
    cr_expect_eq(not.trends, 0);
    clmlp_device_close(device);
}

/* Training does not keep z. Its factor is found in a = g(z), before the deltas, whose bounds see it. */
Test(trend, is_found_while_training)
{
    const size_t hidden[] = {512};
    clmlp_inspector *inspector = NULL;
    clmlp_train_config config = clmlp_train_config_default();
    clmlp_self_check_config check = clmlp_self_check_config_default();
    clmlp_self_check_result found = {.size = sizeof found};
    cr_assert_eq(setenv("CLMLP_NATIVE_FAMILY", "cpu", 1), 0);
    plant_fault("trend", "native_cpu/layers.cl", "fma(a_splat, b_row[v]", "fma(a_splat, b_row[v] * (REAL)1.0001");
    clmlp_device *device = open_device("opencl+native", CLMLP_F32, 0);
    clmlp_dataset *data = random_data(128, 784, 10, CLMLP_OUTPUT_SIGMOID, 3);
    clmlp_model *model = model_for(data, hidden, 1, CLMLP_SIGMOID, CLMLP_OUTPUT_SIGMOID, 4);
    check.every = 1;
    OK(clmlp_self_check_create(&inspector, &check, error));
    config.epochs = 1;
    config.batch = 128;
    config.inspector = inspector;
    cr_expect_eq(clmlp_train(model, device, data, NULL, &config, NULL, NULL), CLMLP_MISMATCH);
    OK(clmlp_self_check_result_get(inspector, &found, error));
    cr_expect_eq(found.first_failure.quantity, CLMLP_QUANTITY_Z_TREND);
    cr_expect_eq(found.first_failure.layer, 2);
    cr_expect_float_eq(found.first_failure.found, 1.0001, 2e-6);
    clmlp_inspector_destroy(inspector);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
    clmlp_device_close(device);
}
