/* test_qualify.c - the qualification: every planted fault fails its own part. */
#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "faults.h"
#include "networks.h"
#include "share.h"
#include "verify/qualify/qualify.h"

static clmlp_qualify_result card(const char *spec, clmlp_precision precision, unsigned groups, bool quick)
{
    clmlp_qualify_result result = {.size = sizeof result};
    clmlp_device_options options = clmlp_device_options_default();
    clmlp_qualify_config config = clmlp_qualify_config_default();
    options.spec = spec;
    options.precision = precision;
    config.quick = quick;
    config.seconds = 2.0;
    config.groups = groups;
    OK(clmlp_qualify(&options, &config, &result, error));
    return result;
}

static void expect_pass(const char *spec, clmlp_precision precision, bool quick)
{
    clmlp_qualify_result result = card(spec, precision, 0, quick);
    size_t measured = 0;
    for (size_t i = 0; i < result.count; i++) {
        const clmlp_qualify_part *part = &result.parts[i];
        cr_assert(part->passed, "%s: %s: %g of %g %s: %s", clmlp_qualify_group_name(part->group), part->name,
                  part->measured, part->limit, part->unit, part->detail);
        cr_assert_str_not_empty(part->detail, "%s", part->name);
        measured += !isnan(part->measured);
    }
    cr_assert(result.passed);
    cr_assert_eq(result.failed, 0);
    cr_assert_gt(measured, 15);
    clmlp_free(result.parts);
}

Test(qualify, passes_the_cpu_path_in_float_and_double)
{
    expect_pass("cpu", CLMLP_F32, false);
    expect_pass("cpu", CLMLP_F64, false);
}

Test(qualify, passes_opencl_in_float_with_any_tiles)
{
    expect_pass("opencl", CLMLP_F32, true);
}

Test(qualify, passes_opencl_in_double_with_any_tiles)
{
    clmlp_device *device = open_device("opencl", CLMLP_F32, 0);
    const bool fp64 = clmlp_device_get_info(device)->fp64;
    clmlp_device_close(device);
    if (!fp64) cr_skip_test("the OpenCL device has no double precision");
    expect_pass("opencl", CLMLP_F64, true);
}

Test(qualify, says_what_the_device_and_its_driver_are)
{
    clmlp_qualify_result result = card("opencl", CLMLP_F32, 1U << CLMLP_QUALIFY_DENORMALS, true);
    cr_assert_eq(strncmp(result.opencl_version, "OpenCL ", 7), 0, "%s", result.opencl_version);
    cr_assert_eq(strncmp(result.opencl_c_version, "OpenCL C ", 9), 0, "%s", result.opencl_c_version);
    cr_assert_str_not_empty(result.platform_version);
    cr_assert_not_null(strstr(result.profile, "_PROFILE"));
    cr_assert_not_null(strstr(result.build_options, "-cl-std=CL1.2"), "%s", result.build_options);
    cr_assert_str_not_empty(result.device.driver);
    cr_assert_eq(result.precision, CLMLP_F32);
    clmlp_free(result.parts);
}

/* --- planted faults -------------------------------------------------------------------------------------------- */

typedef struct fault {
    const char *file, *from, *to;
    clmlp_qualify_group group; /* that is looked at */
    const char *fails;         /* every part whose name contains this fails */
    const char *passes;        /* every part whose name contains this does not; NULL: every other part */
    const char *detail;        /* is in the detail of a failed part; NULL: whatever it says */
} fault;

static const fault faults[] = {
    /* functions: a few ulps too many, in one form or another */
    {"probe/qualify.cl", "return exp(x)", "return exp(x) * (REAL)1.000001", CLMLP_QUALIFY_FUNCTIONS,
     "exp, ", NULL, "worst at"},
    {"probe/qualify.cl", "return tanh(x)", "return tanh(x) * (REAL)1.000002",
     CLMLP_QUALIFY_FUNCTIONS, "tanh, ", NULL, NULL},
    {"probe/qualify.cl", "return x / y", "return x * (ONE / y) * (ONE + (REAL)6e-7)", CLMLP_QUALIFY_FUNCTIONS,
     "divide, ", NULL, NULL},
    {"probe/qualify.cl", "return fma(x, y, w)", "return x * y + w", CLMLP_QUALIFY_FUNCTIONS, "fma, ", NULL, NULL},
    {"probe/qualify.cl", "return x * y + w", "return fma(x, y, w)", CLMLP_QUALIFY_FUNCTIONS,
     "multiply, then add", NULL, NULL},
    {"probe/qualify.cl", "return log(x)", "return log(x + (REAL)1e-7)", CLMLP_QUALIFY_FUNCTIONS, "log, ", NULL, NULL},
    {"probe/qualify.cl", "return log1p(x)", "return log(ONE + x)", CLMLP_QUALIFY_FUNCTIONS, "log1p, ", NULL, NULL},
    {"common/two_sum.h", "(a - (s - b_part)) + (b - b_part)", "ZERO", CLMLP_QUALIFY_FUNCTIONS, "two_sum", NULL, NULL},
    {"probe/qualify.cl", "return activation(CODE_SIGMOID, x)", "return activation(CODE_SIGMOID, x) * (REAL)1.00001",
     CLMLP_QUALIFY_FUNCTIONS, "sigmoid, scalar", "vectors", NULL},
    {"common/vector.h", "SPLAT(0x1.554dfp-2f)", "SPLAT(0x1.555dfp-2f)", CLMLP_QUALIFY_FUNCTIONS,
     "log1p_unit", NULL, NULL},
    {"plain/activation.cl", "= activation(code,", "= ONE / (REAL)8e5 + activation(code,",
     CLMLP_QUALIFY_FUNCTIONS, "clblast: sigmoid", "native", NULL},
    /* NaN and zeros */
    {"common/activation.h", "return z < ALL(ZERO) ? ALL(ZERO) : z", "return fmax(z, ALL(ZERO))", CLMLP_QUALIFY_SPECIAL,
     "NaN", "infinities", "relu(nan)"},
    {"probe/qualify.cl", "return x * y;", "return x * y + ZERO;", CLMLP_QUALIFY_SPECIAL,
     "signs of zeros", NULL, "multiply(-0, "},
    {"probe/qualify.cl", "return exp(x)", "return fmin(exp(x), (REAL)MAXFLOAT)", CLMLP_QUALIFY_SPECIAL,
     "infinities", "signs", "exp(inf)"},
    /* products: wrong, not written, written where it is none of their business */
    {"native_cpu/layers.cl", "acc[r][v] * slope", "acc[r][v] + slope", CLMLP_QUALIFY_PRODUCTS,
     "native cpu: delta", NULL, NULL},
    {"native_cpu/layers.cl", "bias = LOADV(v, (theta_at) + (s_in)*NR)", "bias = SPLAT(ZERO)", CLMLP_QUALIFY_PRODUCTS,
     "native cpu: z", "native gpu", NULL},
    {"native_gpu/tile.h", "((uint)get_global_id(1) * TILE_N)", "0", CLMLP_QUALIFY_PRODUCTS, "native gpu: z (",
     "clblast", "found nan"},
    {"native_cpu/layers.cl", "if (m >= args->M) return;\n    __global const REAL *theta_at = IN_NR_PANEL(args->theta_t",
     "if (m >= args->M) return;\n    if (args->z) args->z[-5] = ONE;\n"
     "    __global const REAL *theta_at = IN_NR_PANEL(args->theta_t",
     CLMLP_QUALIFY_PRODUCTS, "native cpu: z ", NULL, "before a buffer"},
    {"native_cpu/layers.cl", "if (m + r >= args->M) continue;", "", CLMLP_QUALIFY_PRODUCTS,
     "native cpu: a without z", "gradient", "behind the last"},
    {"native_gpu/tile.h", "barrier(CLK_LOCAL_MEM_FENCE);", "", CLMLP_QUALIFY_PRODUCTS,
     "native gpu: z ", "clblast", NULL},
    {"plain/descent.cl", "updated(theta[i], slope,", "updated(theta[i], -slope,", CLMLP_QUALIFY_PRODUCTS,
     "clblast: theta after the step", "native", NULL},
    /* sums */
    {"plain/output.cl", "r < M; r += SCORE_GROUP", "r + 1 < M; r += SCORE_GROUP",
     CLMLP_QUALIFY_REDUCTIONS, "clblast", NULL, NULL},
    {"plain/output.cl", "barrier(CLK_LOCAL_MEM_FENCE);", "", CLMLP_QUALIFY_REDUCTIONS, "clblast", NULL, NULL},
    {"native_cpu/output.cl", "total->right += rows_right(right, column_of",
     "total->right -= sides.s0 == ZERO, total->right += rows_right(right, column_of",
     CLMLP_QUALIFY_DENORMALS, "no such part", NULL, NULL}, /* a fault elsewhere fails nothing here */
    {"native_cpu/output.cl", ", sum_lanes(sides) == ZERO)", ", true)", CLMLP_QUALIFY_REDUCTIONS,
     "native cpu", NULL, "rows right"},
    /* barriers and order */
    {"probe/qualify.cl", "barrier(FENCE);", "", CLMLP_QUALIFY_BARRIERS, "memory", NULL, "found"},
    {"probe/qualify.cl", "turn + i)", "turn + i + (turn == 40 && i == 66))", CLMLP_QUALIFY_ORDERING, "chain",
     NULL, "after 50 launches"},
    /* copies: a product that takes the last row for the one before, as a late upload would */
    {"native_cpu/layers.cl", "(rows)[r] = (a) +", "(rows)[r] = (a) - (i == 4 ? (a_row) : 0) +", CLMLP_QUALIFY_COPIES,
     "native cpu: uploads", NULL, "row 4"},
    /* what depends on where a matrix happens to be */
    {"native_cpu/descend.cl", "update_vector(old, slope,",
     "update_vector(old, slope * (SPLAT(ONE) + SPLAT((REAL)1e-5) * SPLAT((REAL)(((ulong)args->theta_t >> 7) & 31))),",
     CLMLP_QUALIFY_REPEATABILITY, "native cpu: 3 times the same, mini-batches", NULL, "theta("},
};

/* Behind the first panel, block of tiles, or slice of a panel: seen only at sizes that cross the tiles of the
 * device. */
static const fault edge_faults[] = {
    {"native_cpu/layers.cl", "if (m >= args->M) return;\n    __global const REAL *theta_at = IN_NR_PANEL(args->theta_t",
     "if (m >= args->M || n > 0) return;\n    __global const REAL *theta_at = IN_NR_PANEL(args->theta_t",
     CLMLP_QUALIFY_PRODUCTS, "native cpu: z ", "clblast", "found nan"},
    {"native_cpu/layers.cl", "if (m >= args->M) return;\n    __global const REAL *theta_at = IN_NR_PANEL(args->theta,",
     "if (m >= args->M || n > 0) return;\n    __global const REAL *theta_at = IN_NR_PANEL(args->theta,",
     CLMLP_QUALIFY_PRODUCTS, "native cpu: delta (", "clblast", "found nan"},
    {"native_cpu/descend.cl", "if (i > args->s_in) return;",
     "if (i > args->s_in || n > 0) return;", CLMLP_QUALIFY_PRODUCTS,
     "native cpu: the gradient (", "clblast", "found nan"},
    {"native_cpu/layers.cl", "(block * get_num_groups(0) + GROUP(0)) * MR",
     "GROUP(0) * MR", CLMLP_QUALIFY_PRODUCTS, "native cpu: z ", "clblast", "found nan"},
    {"native_cpu/layers.cl", "slice += (step),", "slice += (step) + ((step) != MR * VW),", CLMLP_QUALIFY_PRODUCTS,
     "native cpu: delta (", "clblast", NULL},
    {"native_cpu/output.cl", "cost += counts ? term : SPLAT(ZERO)", "cost += counts && v < NV ? term : SPLAT(ZERO)",
     CLMLP_QUALIFY_REDUCTIONS, "native cpu", NULL, "cost found"},
};

static void expect_fault(const fault *f)
{
    clmlp_qualify_result result = card("opencl", CLMLP_F32, 1U << f->group, true);
    bool mentioned = f->detail == NULL;
    size_t failed = 0;
    for (size_t i = 0; i < result.count; i++) {
        const clmlp_qualify_part *part = &result.parts[i];
        const bool should_fail = strstr(part->name, f->fails) != NULL;
        const bool should_pass = f->passes == NULL ? !should_fail : strstr(part->name, f->passes) != NULL;
        cr_assert(!should_fail || !part->passed, "'%s': %s passed: %s", f->to, part->name, part->detail);
        cr_assert(!should_pass || part->passed, "'%s': %s failed: %s", f->to, part->name, part->detail);
        failed += !part->passed;
        mentioned = mentioned || (!part->passed && strstr(part->detail, f->detail) != NULL);
    }
    if (strcmp(f->fails, "no such part") != 0) cr_assert_gt(failed, 0, "'%s': nothing failed", f->to);
    cr_assert(mentioned, "'%s': nothing says '%s'", f->to, f->detail);
    cr_assert_eq(result.failed, failed);
    cr_assert_eq(result.passed, failed == 0);
    clmlp_free(result.parts);
}

static bool is_between(const fault *f, clmlp_qualify_group first, clmlp_qualify_group last)
{
    return f->group >= first && f->group <= last;
}

/* Those of the faults that are in the share. */
static void expect_faults_of(const char *name, clmlp_qualify_group first, clmlp_qualify_group last)
{
    size_t count = 0;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) count += is_between(&faults[i], first, last);
    share part = share_of(name, count);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        const fault *f = &faults[i];
        if (!is_between(f, first, last) || !share_takes(&part, f->to)) continue;
        plant_fault(name, f->file, f->from, f->to);
        expect_fault(f);
    }
}

Test(qualify, blames_faults_at_edges_of_any_tiles)
{
    share part = share_of("qualify-edges", sizeof edge_faults / sizeof *edge_faults);
    for (size_t i = 0; i < sizeof edge_faults / sizeof *edge_faults; i++) {
        const fault *f = &edge_faults[i];
        if (!share_takes(&part, f->to)) continue;
        plant_fault("qualify-edges", f->file, f->from, f->to);
        expect_fault(f);
    }
}

Test(qualify, blames_functions_for_ulps_beyond_the_specification)
{
    expect_faults_of("qualify-functions", CLMLP_QUALIFY_FUNCTIONS, CLMLP_QUALIFY_FUNCTIONS);
}

Test(qualify, blames_special_values)
{
    expect_faults_of("qualify-special", CLMLP_QUALIFY_SPECIAL, CLMLP_QUALIFY_DENORMALS);
}

Test(qualify, blames_products_for_errors_holes_and_stray_writes)
{
    expect_faults_of("qualify-products", CLMLP_QUALIFY_PRODUCTS, CLMLP_QUALIFY_PRODUCTS);
}

Test(qualify, blames_sums_barriers_order_and_copies)
{
    expect_faults_of("qualify-stress", CLMLP_QUALIFY_REDUCTIONS, CLMLP_QUALIFY_COPIES);
}

Test(qualify, blames_what_is_not_the_same_twice)
{
    expect_faults_of("qualify-repeat", CLMLP_QUALIFY_REPEATABILITY, CLMLP_QUALIFY_REPEATABILITY);
}

/* An engine that cannot be built is a failed part, and the other one is qualified all the same. */
Test(qualify, goes_on_after_an_error_of_the_device)
{
    size_t failed = 0, passed = 0;
    plant_fault("qualify-broken", "native_cpu/layers.cl", "START_WITH_ZERO(acc);", "START_WITH_NOTHING(acc)");
    clmlp_qualify_result result =
        card("opencl", CLMLP_F32, 1U << CLMLP_QUALIFY_PRODUCTS | 1U << CLMLP_QUALIFY_DENORMALS, true);
    for (size_t i = 0; i < result.count; i++) {
        const clmlp_qualify_part *part = &result.parts[i];
        const bool native = strncmp(part->name, "native cpu", 10) == 0;
        cr_assert_eq(part->passed, !native, "%s: %s", part->name, part->detail);
        if (native) cr_assert_not_null(strstr(part->detail, "do not build"), "%s", part->detail);
        failed += !part->passed;
        passed += part->passed;
    }
    cr_assert_eq(failed, 2);
    cr_assert_gt(passed, 8);
    cr_assert_not(result.passed);
    clmlp_free(result.parts);
}

/* --- units in the last place ------------------------------------------------------------------------------------- */

static double error_of(clmlp_probe_function function, clmlp_precision precision, double x, double y, double found)
{
    const double arguments[CLMLP_PROBE_ARGUMENTS] = {x, y, 0.0};
    long double expected;
    return clmlp_function_error(function, precision, arguments, found, &expected);
}

Test(qualify, counts_ulps_as_the_specification_does)
{
    const clmlp_probe_function add = CLMLP_PROBE_ADD;
    cr_assert_eq(error_of(add, CLMLP_F32, 1.0, 0.5, 1.5), 0.0);
    cr_assert_eq(error_of(add, CLMLP_F32, 1.0, 0.5, 1.5 + 0x1p-23), 1.0);
    /* of a power of 2 the smaller distance counts */
    cr_assert_eq(error_of(add, CLMLP_F32, 1.0, 0.0, 1.0 + 0x1p-23), 2.0);
    cr_assert_eq(error_of(add, CLMLP_F64, 1.0, 0.5, 1.5 - 0x1p-52), 1.0);
    cr_assert_eq(error_of(add, CLMLP_F64, 0x1p-1074, 0.0, 0x1p-1073), 1.0);
}

Test(qualify, lets_no_nan_and_no_infinity_pass)
{
    const double nan = (double)NAN, infinity = (double)INFINITY;
    cr_assert(isinf(error_of(CLMLP_PROBE_ADD, CLMLP_F32, 1.0, 1.0, nan)));
    cr_assert(isinf(error_of(CLMLP_PROBE_LOG, CLMLP_F32, -1.0, 0.0, 1.0)));
    cr_assert(isinf(error_of(CLMLP_PROBE_LOG, CLMLP_F32, 0.0, 0.0, -(double)FLT_MAX)));
    cr_assert_eq(error_of(CLMLP_PROBE_LOG, CLMLP_F32, -1.0, 0.0, nan), 0.0);
    cr_assert_eq(error_of(CLMLP_PROBE_LOG, CLMLP_F32, 0.0, 0.0, -infinity), 0.0);
    cr_assert_gt(error_of(CLMLP_PROBE_EXP, CLMLP_F32, 80.0, 0.0, infinity), 1e6);
    cr_assert_eq(error_of(CLMLP_PROBE_EXP, CLMLP_F32, 100.0, 0.0, infinity), 0.0);
}

Test(qualify, lets_single_precision_flush_and_double_not)
{
    const clmlp_probe_function multiply = CLMLP_PROBE_MULTIPLY;
    cr_assert_eq(error_of(multiply, CLMLP_F32, (double)FLT_MIN, 0.5, 0.0), 0.0);
    cr_assert_eq(error_of(multiply, CLMLP_F32, 0x1p-130, 16.0, 0.0), 0.0); /* the argument was flushed */
    cr_assert_gt(error_of(multiply, CLMLP_F32, (double)FLT_MIN, 1.0, 0.0), 1e6);
    cr_assert_gt(error_of(multiply, CLMLP_F64, DBL_MIN, 0.5, 0.0), 1e6);
}

Test(qualify, knows_the_limits_of_both_profiles)
{
    const clmlp_probe_facts full = {.profile = "FULL_PROFILE", .round_to_nearest = true};
    const clmlp_probe_facts embedded = {.profile = "EMBEDDED_PROFILE", .round_to_nearest = false};
    cr_assert_eq(clmlp_ulp_limit(&full, CLMLP_PROBE_DIVIDE, CLMLP_F32, 1), 2.5);
    cr_assert_eq(clmlp_ulp_limit(&embedded, CLMLP_PROBE_DIVIDE, CLMLP_F32, 1), 3.0);
    cr_assert_eq(clmlp_ulp_limit(&full, CLMLP_PROBE_DIVIDE, CLMLP_F64, 1), 0.0);
    cr_assert_eq(clmlp_ulp_limit(&full, CLMLP_PROBE_EXP, CLMLP_F32, 4), 3.0);
    cr_assert_eq(clmlp_ulp_limit(&embedded, CLMLP_PROBE_EXP, CLMLP_F32, 4), 4.0);
    cr_assert_eq(clmlp_ulp_limit(&full, CLMLP_PROBE_LOG1P, CLMLP_F32, 1), 2.0);
    cr_assert_eq(clmlp_ulp_limit(&full, CLMLP_PROBE_FMA, CLMLP_F32, 1), 0.0);
    cr_assert_eq(clmlp_ulp_limit(&embedded, CLMLP_PROBE_FMA, CLMLP_F32, 1), 1.0);
}

Test(qualify, refuses_a_time_that_is_none)
{
    clmlp_qualify_result result = {.size = sizeof result};
    clmlp_error error = {.message = ""};
    clmlp_device_options options = clmlp_device_options_default();
    clmlp_qualify_config config = clmlp_qualify_config_default();
    options.spec = "cpu";
    config.seconds = (double)NAN;
    cr_assert_eq(clmlp_qualify(&options, &config, &result, &error), CLMLP_BAD_ARGUMENT);
    clmlp_free(result.parts);
}
