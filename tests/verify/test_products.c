/* test_products.c - the products check: right passes, wrong is blamed. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "faults.h"
#include "networks.h"
#include "share.h"
#include "verify/qualify/product.h"
#include "verify/qualify/products.h"

static bool check(const char *spec, clmlp_precision precision, char reason[256])
{
    bool right = false;
    clmlp_device *device = open_device(spec, precision, 0);
    reason[0] = '\0';
    OK(clmlp_check_products(device, &right, reason, 256, error));
    clmlp_device_close(device);
    return right;
}

Test(products, pass_the_cpu_path_in_float_and_double)
{
    char reason[256];
    cr_assert(check("cpu", CLMLP_F32, reason), "%s", reason);
    cr_assert(check("cpu", CLMLP_F64, reason), "%s", reason);
}

Test(products, pass_both_engines)
{
    char reason[256];
    cr_assert(check("opencl+native", CLMLP_F32, reason), "%s", reason);
    cr_assert(check("opencl+clblast", CLMLP_F32, reason), "%s", reason);
}

typedef struct fault {
    const char *file, *from, *to;
    const char *blamed;    /* what the reason begins with */
} fault;

#define LAYERS "native_cpu/layers.cl"
#define DESCEND "native_cpu/descend.cl"
#define GATHER "native_cpu/gather.cl"

static const fault faults[] = {
    {LAYERS, "size_t left = (K);", "size_t left = (K) - 1;", "z of "}, /* the last product left out, */
    {LAYERS, "EACH_STEP(2, k, 0, K,", "EACH_STEP(2, k, 0, (K) - 1,", "z of sparse data"}, /* of rows as they lie, */
    {GATHER, "FIND_ROWS(rows, all, width, order, first", "FIND_ROWS(rows, all, width, order, 0",
     "z of picked rows"}, /* or picked */
    {DESCEND, "panel_at = 0, left = (M);", "panel_at = 0, left = (M) - 1;", "the gradient of "},
    {DESCEND, "e * VW], delta_part + e", "e], delta_part + e", "the gradient of "},
    {DESCEND, "EACH_STEP(2, e, 0, M,", "EACH_STEP(2, e, 0, (M) - 1,", "the gradient of picked rows"},
    {DESCEND, "EACH_STEP(4, e, 0, M,", "EACH_STEP(4, e, 0, (M) - 1,", "the gradient of sparse data"},
    {LAYERS, "fma(a_splat, b_row[v]", "fma(a_splat, b_row[v] * (REAL)1.0001", "z of "}, /* a factor 1 + 1e-4 */
    {LAYERS, "if (m >= args->M) return;\n    __global const REAL *theta_at = IN_NR_PANEL(args->theta_t",
     "if (m >= args->M || m > 8) return;\n    __global const REAL *theta_at = IN_NR_PANEL(args->theta_t",
     "z of "},                                                                  /* rows left out */
    {LAYERS, "bias = LOADV(v, (theta_at) + (s_in)*NR)", "bias = SPLAT(ZERO)", "z of "}, /* no bias */
    {LAYERS, "acc[r][v] * slope", "acc[r][v] + slope", "delta of "},
    {DESCEND, "if (i < args->s_in) slope +=", "slope +=", "the gradient of "}, /* lambda on the bias */
    {DESCEND, "sum * SPLAT(args->scale)", "sum", "the gradient of "},          /* no 1/M */
    {DESCEND, "update_vector(old, slope,", "update_vector(old, -slope,", "theta after the step of "},
    {LAYERS, "(size_t)index[q] * NR", "(size_t)index[q / 2] * NR", "z of sparse data"},
    /* a stale copy */
    {DESCEND, "if (n + j < args->s_out) copy", "if (n + j + 1 < args->s_out) copy", "delta after the step of "},
    {DESCEND, "if (n + v * VW + j >= args->s_out) continue;", "if (n + v * VW + j + 1 >= args->s_out) continue;",
     "delta after the step of "},
};

Test(products, blame_every_fault_of_a_kernel_on_its_equation)
{
    cr_assert_eq(setenv("CLMLP_NATIVE_FAMILY", "cpu", 1), 0);
    share part = share_of("products", sizeof faults / sizeof *faults);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        char reason[256];
        if (!share_takes(&part, faults[i].to)) continue;
        plant_fault("bounds", faults[i].file, faults[i].from, faults[i].to);
        cr_assert_not(check("opencl+native", CLMLP_F32, reason), "'%s' passed", faults[i].to);
        cr_assert_eq(strncmp(reason, faults[i].blamed, strlen(faults[i].blamed)), 0, "'%s': %s", faults[i].to, reason);
    }
}

/* A kernel that writes NaN must not pass for lack of a comparison that is true. */
Test(products, do_not_pass_nan)
{
    char reason[256];
    cr_assert_eq(setenv("CLMLP_NATIVE_FAMILY", "cpu", 1), 0);
    plant_fault("bounds-nan", "native_cpu/layers.cl", "acc[r][v] * slope", "acc[r][v] * slope / ZERO * ZERO");
    cr_assert_not(check("opencl+native", CLMLP_F32, reason));
    cr_assert_not_null(strstr(reason, "nan"), "%s", reason);
}

Test(products, are_described_by_what_is_wrong)
{
    clmlp_product product = {.kind = CLMLP_PRODUCT_Z, .size = {3, 5, 7}, .fraction = 2.0, .row = 0, .column = 6,
                             .found = 0.25, .expected = 0.5, .bound = 1e-7};
    char text[256];
    clmlp_product_describe(&product, text, sizeof text);
    cr_assert_str_eq(text, "z of 3 x 5 x 7, row 0, column 6: found 0.25, expected 0.5 +- 1e-07");
    (void)strcpy(product.overwritten, "byte 3 behind it was written");
    clmlp_product_describe(&product, text, sizeof text);
    cr_assert_str_eq(text, "z of 3 x 5 x 7: byte 3 behind it was written");
    cr_assert_not(clmlp_product_right(&product));
}
