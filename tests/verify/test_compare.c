/* test_compare.c - what passes a comparison, and what a finding says. */
#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "common/codes.h"
#include "networks.h"
#include "verify/reference/equations.h"
#include "verify/step/step_checker.h"

static clmlp_finding compare_one(double found, double expected, double bound, clmlp_precision precision)
{
    clmlp_finding finding = {.step = 7};
    clmlp_compare(&finding, &found, &expected, &bound, 1, 1, precision);
    return finding;
}

static bool passes(double found, double expected, double bound)
{
    return compare_one(found, expected, bound, CLMLP_F32).failed == 0;
}

Test(compare, passes_up_to_the_bound_and_not_beyond)
{
    cr_assert(passes(1.0, 1.0, 0.0));
    cr_assert(passes(1.25, 1.0, 0.25));
    cr_assert(passes(0.75, 1.0, 0.25));
    cr_assert_not(passes(1.25000001, 1.0, 0.25));
    cr_assert_not(passes(1.0 + DBL_EPSILON, 1.0, 0.0));
}

Test(compare, never_passes_a_number_that_is_not_finite_for_one_that_is)
{
    const double bounds[] = {0.0, 1.0, 1e30};
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
        cr_assert_not(passes((double)NAN, 1.0, bounds[i]));
        cr_assert_not(passes((double)INFINITY, 1.0, bounds[i]));
        cr_assert_not(passes((double)-INFINITY, 1.0, bounds[i]));
        cr_assert(isinf(compare_one((double)NAN, 1.0, bounds[i], CLMLP_F32).max_of_bound));
    }
}

Test(compare, does_not_take_a_bound_that_is_nan_for_a_bound)
{
    cr_assert_not(passes(1.5, 1.0, (double)NAN));
    cr_assert_not(passes((double)NAN, 1.0, (double)NAN));
}

Test(compare, wants_the_same_kind_where_the_reference_is_not_finite)
{
    cr_assert(passes((double)NAN, (double)NAN, 1.0));
    cr_assert(passes((double)INFINITY, (double)INFINITY, 1.0));
    cr_assert_not(passes((double)-INFINITY, (double)INFINITY, 1.0));
    cr_assert_not(passes((double)NAN, (double)INFINITY, 1.0));
    cr_assert_not(passes((double)INFINITY, (double)NAN, 1.0));
    cr_assert_not(passes(1.0, (double)NAN, 1.0));
    cr_assert_not(passes(FLT_MAX, (double)INFINITY, 1.0));
}

Test(compare, takes_an_infinity_for_what_is_beyond_the_largest_number)
{
    cr_assert(passes((double)INFINITY, 3.5e38, 1e31));
    cr_assert(passes((double)-INFINITY, -3.5e38, 1e31));
    cr_assert_not(passes((double)-INFINITY, 3.5e38, 1e31));
    cr_assert_not(passes((double)NAN, 3.5e38, 1e31));
    cr_assert_not(passes((double)INFINITY, 3.3e38, 1e31));
    cr_assert_eq(compare_one((double)INFINITY, 3.5e38, 1e31, CLMLP_F64).failed, 1, "in double it is not");
}

/* z_1 = x theta_1 is beyond nearly all numbers, z_2 is small: only of the first there is no telling. */
Test(compare, has_an_infinite_bound_where_a_sum_may_overflow_and_nowhere_else)
{
    for (int form = 0; form < 4; form++) {
        const clmlp_precision precision = form % 2 == 0 ? CLMLP_F32 : CLMLP_F64;
        const bool carries = form >= 2;
        const double large = precision == CLMLP_F32 ? 0.95 * (double)FLT_MAX : 0.95 * DBL_MAX;
        const double a[] = {1.0}, a_bound[] = {0.0}, theta[] = {0.0, large, 0.0, 1.0};
        const double theta_bound[] = {0.0, 0.0, 0.0, 0.0};
        double z[2] = {0.0, 0.0}, bound[2] = {0.0, 0.0};
        const size_t s[] = {1, 2};
        clmlp_reference_products products;
        OK(clmlp_reference_products_create(&products, 2, s, 1, precision, carries, error));
        const clmlp_extent size = {.M = 1, .s_in = 1, .s_out = 2, .divisor = 1.0};
        clmlp_pair left = {.value = (double *)(uintptr_t)a}, right = {.value = (double *)(uintptr_t)theta};
        if (carries) {
            left.bound = (double *)(uintptr_t)a_bound;
            right.bound = (double *)(uintptr_t)theta_bound;
        }
        clmlp_reference_z(&products, size, left, right, (clmlp_pair){.value = z, .bound = bound});
        cr_assert(z[0] == large && z[1] == 1.0, "%g %g", z[0], z[1]);
        cr_assert(isinf(bound[0]) && bound[0] > 0.0, "form %d: %g", form, bound[0]);
        cr_assert(isfinite(bound[1]), "form %d: %g", form, bound[1]);
        clmlp_reference_products_release(&products);
    }
}

/* A sum may overflow on its way: then there is no telling what comes of it. */
Test(compare, has_nothing_to_say_where_the_bound_is_infinite)
{
    cr_assert(passes((double)NAN, 1.0, (double)INFINITY));
    cr_assert(passes((double)INFINITY, 1.0, (double)INFINITY));
    cr_assert(passes((double)NAN, (double)INFINITY, (double)INFINITY));
    cr_assert_not(passes(1.0, (double)INFINITY, (double)INFINITY));
}

Test(compare, counts_ulps_of_the_precision_at_the_expected_value)
{
    cr_assert_float_eq(compare_one(1.0 + 0x1p-23, 1.0, 1.0, CLMLP_F32).max_ulp, 1.0, 1e-12);
    cr_assert_float_eq(compare_one(1.75 + 0x1p-22, 1.75, 1.0, CLMLP_F32).max_ulp, 2.0, 1e-12);
    cr_assert_float_eq(compare_one(1.0 + 0x1p-52, 1.0, 1.0, CLMLP_F64).max_ulp, 1.0, 1e-12);
    cr_assert_float_eq(compare_one(0x1p-149, 0.0, 1.0, CLMLP_F32).max_ulp, 1.0, 1e-12);
    cr_assert_float_eq(compare_one(0x1p-126 + 0x1p-149, 0x1p-126, 1.0, CLMLP_F32).max_ulp, 1.0, 1e-12);
}

enum { ROWS = 67, COLUMNS = 31, COUNT = ROWS * COLUMNS };

/* Elements of every block, and the last of all, are looked at. */
Test(compare, finds_a_single_wrong_element_wherever_it_is)
{
    static double found[COUNT], expected[COUNT], bound[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        expected[i] = found[i] = (double)i - 1000.5;
        bound[i] = 0.125;
    }
    for (size_t i = 0; i < COUNT; i++) {
        const double wrong[] = {expected[i] + 0.25, (double)NAN, (double)INFINITY};
        for (size_t k = 0; k < 3; k++) {
            clmlp_finding finding = {.step = 1};
            found[i] = wrong[k];
            clmlp_compare(&finding, found, expected, bound, ROWS, COLUMNS, CLMLP_F32);
            cr_assert_eq(finding.failed, 1, "element %zu, wrong value %zu", i, k);
            cr_assert_eq(finding.worst, i);
            cr_assert_eq(finding.expected, expected[i]);
            cr_assert_eq(finding.bound, 0.125);
            if (k == 0) cr_assert_eq(finding.max_of_bound, 2.0);
        }
        found[i] = expected[i];
    }
}

Test(compare, counts_all_that_fail_and_keeps_each_maximum)
{
    static double found[COUNT], expected[COUNT], bound[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        expected[i] = 4.0;
        bound[i] = 1.0;
        found[i] = 4.0 + (i % 3 == 0 ? 1.5 : 0.5);
    }
    found[100] = 4.0 + 3.0;  /* the largest error */
    bound[100] = 8.0;        /* but within its bound */
    found[1500] = 4.0 + 1.0; /* the largest fraction */
    bound[1500] = 0.125;
    size_t failing = 0;
    for (size_t i = 0; i < COUNT; i++) failing += found[i] - 4.0 > bound[i];
    clmlp_finding finding = {.step = 1};
    clmlp_compare(&finding, found, expected, bound, ROWS, COLUMNS, CLMLP_F32);
    cr_assert_eq(finding.failed, failing);
    cr_assert_eq(finding.max_abs, 3.0);
    cr_assert_eq(finding.max_ulp, 3.0 / 0x1p-21);
    cr_assert_eq(finding.max_of_bound, 8.0);
    cr_assert_eq(finding.worst, 1500);
}

/* sigmoid from exact a has a loop of its own; a whose bounds are 0 takes the one that all functions take. */
Test(compare, g_prime_of_sigmoid_has_the_same_bits_in_both_loops)
{
    enum { MANY = 2 * 256 + 37 };
    static const double kinds[] = {0.0,  -0.0, 0.5,   0.49999999, 1.0,  1.0000001,        1e-40,
                                   0.75, 1e30, -0.25, 1e-300,     -1.0, (double)INFINITY, (double)NAN};
    static double a[MANY], zero[MANY], sum[MANY], off[MANY], delta[2][MANY], bound[2][MANY];
    for (int precision = 0; precision < 2; precision++) {
        const clmlp_arithmetic arithmetic = clmlp_arithmetic_of(precision == 0 ? CLMLP_F32 : CLMLP_F64);
        for (size_t i = 0; i < MANY; i++) {
            a[i] = i % 3 == 0 ? kinds[i / 3 % (sizeof kinds / sizeof *kinds)] : (double)i / MANY;
            sum[i] = sin((double)i);
            off[i] = i % 17 == 0 ? (double)INFINITY : i % 5 == 0 ? 0.0 : 1e-7 * cos((double)i) * cos((double)i);
        }
        for (size_t k = 0; k < 2; k++) {
            clmlp_reference_derivative(&arithmetic, CLMLP_SIGMOID, MANY, (clmlp_pair){NULL, NULL},
                                       (clmlp_pair){a, k == 0 ? NULL : zero}, 0.0, (clmlp_pair){sum, off},
                                       (clmlp_pair){delta[k], bound[k]});
        }
        for (size_t i = 0; i < MANY; i++) {
            const bool is_nan = isnan(delta[1][i]), none = isnan(bound[1][i]);
            cr_assert(is_nan ? isnan(delta[0][i]) : delta[0][i] == delta[1][i], "a = %g: %g, %g", a[i], delta[0][i],
                      delta[1][i]);
            cr_assert(none ? isnan(bound[0][i]) : bound[0][i] == bound[1][i], "a = %g: +- %g, %g", a[i], bound[0][i],
                      bound[1][i]);
        }
    }
}

/* a of elu and selu is -c, and g' made of it 0, from about z = -37 on in double and -17 in float. What g' lacks of c
 * e^z is within its bound, where a has one of its own. */
Test(compare, g_prime_of_elu_and_selu_is_within_its_bound_where_a_is_flat)
{
    static const clmlp_activation both[] = {CLMLP_ELU, CLMLP_SELU};
    size_t flat = 0;
    for (int precision = 0; precision < 2; precision++) {
        const clmlp_arithmetic arithmetic = clmlp_arithmetic_of(precision == 0 ? CLMLP_F32 : CLMLP_F64);
        for (int i = 0; i < 2 * 480; i++) {
            double z = -0.125 * (double)(i / 2), a = 0.0, of_a = 0.0, g = 1.0, of_g = 0.0;
            const clmlp_activation which = both[i % 2];
            const double exact = (which == CLMLP_SELU ? SELU_BELOW : 1.0) * exp(z);
            clmlp_reference_activation(&arithmetic, which, 1, (clmlp_pair){&z, NULL}, (clmlp_pair){&a, &of_a});
            clmlp_reference_derivative(&arithmetic, which, 1, (clmlp_pair){&z, NULL}, (clmlp_pair){&a, &of_a}, 0.0,
                                       (clmlp_pair){&g, NULL}, (clmlp_pair){&g, &of_g});
            cr_assert(fabs(g - exact) <= of_g, "%s, z %g: %g, exact %g +- %g", clmlp_activation_name(which), z, g,
                      exact, of_g);
            flat += g == 0.0;
            if (precision == 0) { /* as a device has it */
                const float c = which == CLMLP_SELU ? (float)SELU_BELOW : 1.0f, single = c * expm1f((float)z) + c;
                cr_assert(fabs((double)single - exact) <= of_g, "%s, z %g: %g", clmlp_activation_name(which), z,
                          (double)single);
                flat += single == 0.0f;
            }
        }
    }
    cr_assert_gt(flat, 500, "%zu", flat);
}
