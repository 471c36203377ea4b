/* test_scaling.c - scaling of features against sums in long double. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "files.h"
#include "data/scaling.h"

static clmlp_dataset *make(size_t m, size_t n, const double *x)
{
    clmlp_dataset *d = NULL;
    cr_assert_eq(clmlp_dataset_create(&d, m, n, x, 0, NULL, NULL), CLMLP_OK);
    return d;
}

static clmlp_scaling fit(const clmlp_dataset *d, clmlp_scale kind)
{
    clmlp_scaling scaling = {0};
    cr_assert_eq(clmlp_scaling_fit(&scaling, d, kind, NULL), CLMLP_OK);
    return scaling;
}

Test(scaling, minmax_maps_onto_0_to_1)
{
    static const double x[] = {1, -5, 3, 5, 2, 0};
    clmlp_dataset *d = make(3, 2, x);
    clmlp_scaling s = fit(d, CLMLP_SCALE_MINMAX);
    double out[6];
    clmlp_scaling_apply(&s, d, NULL, 0, 3, CLMLP_F64, out);
    static const double expected[] = {0, 0, 1, 1, 0.5, 0.5};
    cr_assert_eq(memcmp(out, expected, sizeof out), 0);
    free(s.offset);
    clmlp_dataset_destroy(d);
}

Test(scaling, standard_divides_by_the_deviation_over_m)
{
    static const double x[] = {1, 2, 3, 4};
    clmlp_dataset *d = make(4, 1, x);
    clmlp_scaling s = fit(d, CLMLP_SCALE_STANDARD);
    cr_assert_eq(s.offset[0], 2.5);
    cr_assert_eq(s.divisor[0], sqrt(1.25)); /* (2.25 + 0.25 + 0.25 + 2.25) / 4 */
    free(s.offset);
    clmlp_dataset_destroy(d);
}

/* Against a sum in long double; two passes in double lose at most about m units in the last place of the
 * squares, and here much less. */
Test(scaling, standard_is_accurate_far_from_zero)
{
    enum { M = 10000 };
    double *x = malloc(M * sizeof *x);
    cr_assert_not_null(x);
    long double sum = 0, squares = 0;
    for (size_t i = 0; i < M; i++) {
        x[i] = 1e9 + clmlp_random_uniform(3, CLMLP_RANDOM_ORDER, 0, i);
        sum += (long double)x[i];
    }
    const long double mean = sum / M;
    for (size_t i = 0; i < M; i++) squares += ((long double)x[i] - mean) * ((long double)x[i] - mean);
    const double deviation = (double)sqrtl(squares / M);
    clmlp_dataset *d = make(M, 1, x);
    clmlp_scaling s = fit(d, CLMLP_SCALE_STANDARD);
    cr_assert(fabs(s.divisor[0] - deviation) <= M * 0x1p-53 * deviation, "got %.17g, expected %.17g", s.divisor[0],
              deviation);
    cr_assert(fabs(s.offset[0] - (double)mean) <= 0x1p-52 * 1e9, "got %.17g", s.offset[0]);
    free(s.offset);
    clmlp_dataset_destroy(d);
    free(x);
}

Test(scaling, a_constant_column_becomes_0)
{
    static const double x[] = {0.1, 7, 0.1, 8, 0.1, 9};
    static const clmlp_scale kinds[] = {CLMLP_SCALE_MINMAX, CLMLP_SCALE_STANDARD};
    clmlp_dataset *d = make(3, 2, x);
    for (size_t k = 0; k < 2; k++) {
        clmlp_scaling s = fit(d, kinds[k]);
        double out[6];
        clmlp_scaling_apply(&s, d, NULL, 0, 3, CLMLP_F64, out);
        cr_assert(out[0] == 0.0 && out[2] == 0.0 && out[4] == 0.0);
        cr_assert_eq(s.divisor[0], 1.0);
        free(s.offset);
    }
    clmlp_dataset_destroy(d);
}

Test(scaling, one_example_is_constant)
{
    static const double x[] = {3};
    clmlp_dataset *d = make(1, 1, x);
    clmlp_scaling s = fit(d, CLMLP_SCALE_STANDARD);
    cr_assert(s.offset[0] == 3.0 && s.divisor[0] == 1.0);
    free(s.offset);
    clmlp_dataset_destroy(d);
}

Test(scaling, values_whose_statistics_overflow_are_an_error)
{
    static const double x[] = {0, 1e308, 1, -1e308};
    static const clmlp_scale kinds[] = {CLMLP_SCALE_MINMAX, CLMLP_SCALE_STANDARD};
    clmlp_dataset *d = make(2, 2, x);
    for (size_t k = 0; k < 2; k++) {
        clmlp_scaling s = {.n = 99};
        clmlp_error error;
        cr_assert_eq(clmlp_scaling_fit(&s, d, kinds[k], &error), CLMLP_BAD_INPUT);
        cr_assert_str_eq(error.message, "feature 2 cannot be scaled: its values, from -1e+308 to 1e+308, overflow");
        cr_assert_eq(s.n, 99);
    }
    clmlp_dataset_destroy(d);
}

/* Squares of differences like these underflow; the column is no constant. */
Test(scaling, small_numbers_are_scaled_like_others)
{
    static const double x[] = {1e-200, 1, 3e-200, 3, 5e-200, 5};
    static const double tiny[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 5e-324};
    clmlp_dataset *d = make(3, 2, x);
    for (int kind = CLMLP_SCALE_MINMAX; kind <= CLMLP_SCALE_ROBUST; kind++) {
        if (!clmlp_scale_has_numbers((clmlp_scale)kind)) continue;
        clmlp_scaling s = fit(d, (clmlp_scale)kind);
        cr_assert(fabs(s.divisor[0] * 1e200 - s.divisor[1]) < 1e-12, "kind %d: %g beside %g", kind, s.divisor[0],
                  s.divisor[1]);
        cr_assert(fabs(s.offset[0] * 1e200 - s.offset[1]) < 1e-12, "kind %d", kind);
        free(s.offset);
    }
    clmlp_dataset_destroy(d);
    d = make(10, 1, tiny);
    clmlp_scaling s = {.n = 99};
    clmlp_error error;
    cr_assert_eq(clmlp_scaling_fit(&s, d, CLMLP_SCALE_STANDARD, &error), CLMLP_BAD_INPUT);
    cr_assert_str_eq(error.message, "feature 1 cannot be scaled: its values, from 0 to 4.94066e-324, are too close to "
                     "each other");
    s = fit(d, CLMLP_SCALE_ROBUST);
    cr_assert_eq(s.divisor[0], 5e-324);
    free(s.offset);
    clmlp_dataset_destroy(d);
}

Test(scaling, auto_is_pixel_for_pixels_and_standard_for_the_rest)
{
    uint8_t pixels[] = {0, 255};
    const clmlp_dataset d = {.m = 1, .n = 2, .storage = CLMLP_STORE_U8, .x = pixels, .pixels = true};
    clmlp_dataset bytes = d;
    bytes.pixels = false;
    cr_assert_eq(fit(&d, CLMLP_SCALE_AUTO).kind, CLMLP_SCALE_PIXEL);
    cr_assert_null(fit(&d, CLMLP_SCALE_PIXEL).offset);
    cr_assert_null(fit(&d, CLMLP_SCALE_NONE).offset);
    clmlp_scaling s = fit(&bytes, CLMLP_SCALE_AUTO);
    cr_assert_eq(s.kind, CLMLP_SCALE_STANDARD);
    free(s.offset);
}

Test(scaling, every_pixel_is_its_255th_rounded_once)
{
    uint8_t pixels[256];
    float f32[256];
    double f64[256];
    for (size_t i = 0; i < 256; i++) pixels[i] = (uint8_t)i;
    const clmlp_dataset d = {.m = 1, .n = 256, .storage = CLMLP_STORE_U8, .x = pixels, .pixels = true};
    const clmlp_scaling s = fit(&d, CLMLP_SCALE_PIXEL);
    clmlp_scaling_apply(&s, &d, NULL, 0, 1, CLMLP_F32, f32);
    clmlp_scaling_apply(&s, &d, NULL, 0, 1, CLMLP_F64, f64);
    for (size_t i = 0; i < 256; i++) {
        cr_assert_eq(f64[i], (double)i / 255.0);
        cr_assert_eq(f32[i], (float)((double)i / 255.0), "pixel %zu", i);
    }
}

/* All storages, kinds and precisions, widths round the block of columns, in an order. */
Test(scaling, rows_are_scaled_in_the_order_asked_for_and_nothing_else_is_written)
{
    enum { M = 5, MOST = 600 };
    static const size_t widths[] = {1, 2, 255, 256, 257, 600};
    static const uint32_t order[M] = {4, 2, 0, 3, 1};
    static uint8_t u8[M * MOST];
    static float f32[M * MOST], out32[M * MOST + 1];
    static double f64[M * MOST], out64[M * MOST + 1];
    void *const x[] = {u8, f32, f64};
    for (size_t i = 0; i < M * MOST; i++) {
        u8[i] = (uint8_t)(clmlp_random_bits(1, CLMLP_RANDOM_ORDER, 1, i) & 255);
        f32[i] = (float)clmlp_random_uniform(1, CLMLP_RANDOM_ORDER, 2, i);
        f64[i] = clmlp_random_uniform(1, CLMLP_RANDOM_ORDER, 3, i) - 0.5;
    }
    for (size_t w = 0; w < sizeof widths / sizeof *widths; w++) {
        for (int storage = 0; storage < 3; storage++) {
            for (int kind = CLMLP_SCALE_NONE; kind < CLMLP_SCALE_COUNT; kind++) {
                const clmlp_dataset d = {.m = M, .n = widths[w], .storage = (clmlp_storage)storage, .x = x[storage]};
                clmlp_scaling s = fit(&d, (clmlp_scale)kind);
                out32[3 * d.n] = 77.0f;
                out64[3 * d.n] = 77.0;
                clmlp_scaling_apply(&s, &d, order, 1, 3, CLMLP_F32, out32);
                clmlp_scaling_apply(&s, &d, order, 1, 3, CLMLP_F64, out64);
                for (size_t at = 0; at < 3 * d.n; at++) {
                    const size_t j = at % d.n;
                    double value = clmlp_dataset_feature(&d, order[1 + at / d.n], j);
                    if (kind == CLMLP_SCALE_PIXEL) value /= 255.0;
                    else if (kind != CLMLP_SCALE_NONE) value = (value - s.offset[j]) / s.divisor[j];
                    if (kind == CLMLP_SCALE_ROBUST_CLIP) value = value / sqrt(1.0 + value / 3.0 * (value / 3.0));
                    cr_assert(out64[at] == value && out32[at] == (float)value,
                              "n %zu, storage %d, kind %d, element %zu", d.n, storage, kind, at);
                }
                cr_assert(out32[3 * d.n] == 77.0f && out64[3 * d.n] == 77.0);
                free(s.offset);
            }
        }
    }
}

/* numpy 2, in double:
 *     median = np.median(x, axis=0); low, high = np.percentile(x, [25, 75], axis=0)
 *     divisor = np.where(high > low, high - low, (x.max(0) - x.min(0)) / 2)
 *     z = (x - median) / np.where(divisor == 0, np.inf, divisor); c = z / np.sqrt(1 + (z / 3)**2)
 * The columns: spread; quartiles that are equal, twice; an outlier; constant. */
static const double ROBUST_X[] = {3, 7, 0, 1e3, 5,     1, 7, 0, -50, 5, 8, 7, 0, 0.25, 5, 2.5, 7, 0, 12, 5,
                                  -4, 7, 0, 0.5, 5, 100, 9, 1, 3, 5,   0.125, 7, 0, 7, 5};

Test(scaling, robust_is_by_numpys_quartiles)
{
    static const double median[] = {2.5, 7, 0, 3, 5}, divisor[] = {4.9375, 1, 0.5, 9.125, 0};
    static const double scaled[] = {
        0.10126582278481013, 0, 0, 109.26027397260275, 0, -0.30379746835443039, 0, 0, -5.8082191780821919, 0,
        1.1139240506329113, 0, 0, -0.30136986301369861, 0, 0, 0, 0, 0.98630136986301364, 0,
        -1.3164556962025316, 0, 0, -0.27397260273972601, 0, 19.746835443037973, 2, 2, 0, 0,
        -0.48101265822784811, 0, 0, 0.43835616438356162, 0};
    clmlp_dataset *d = make(7, 5, ROBUST_X);
    clmlp_scaling s = fit(d, CLMLP_SCALE_ROBUST);
    double out[35];
    clmlp_scaling_apply(&s, d, NULL, 0, 7, CLMLP_F64, out);
    for (size_t j = 0; j < 5; j++) {
        cr_assert_eq(s.offset[j], median[j]);
        cr_assert_eq(s.divisor[j], divisor[j]);
    }
    for (size_t i = 0; i < 35; i++) cr_assert_eq(out[i], scaled[i], "%zu: %.17g, expected %.17g", i, out[i], scaled[i]);
    free(s.offset);
    clmlp_dataset_destroy(d);
}

/* One square, one addition, one root and three quotients: less than 8 roundings on either side. */
Test(scaling, robust_clip_stays_within_3)
{
    static const double scaled[] = {
        0.10120817996161284, 0, 0, 2.9988697780964557, 0, -0.30225166106044576, 0, 0, -2.6654486094920511, 0,
        1.0442616408150813, 0, 0, -0.29986063436417248, 0, 0, 0, 0, 0.93696322482475536, 0,
        -1.20549610963458, 0, 0, -0.27283721896615087, 0, 2.9659670736362846, 1.6641005886756874, 1.6641005886756874, 0,
        0, -0.47494640664106647, 0, 0, 0.43375018881121347, 0};
    static const double far[] = {1e300, -1e300, 1e300, -1.7e308, 1e300};
    clmlp_dataset *d = make(7, 5, ROBUST_X), *e = make(1, 5, far);
    clmlp_scaling s = fit(d, CLMLP_SCALE_ROBUST_CLIP);
    double out[35];
    clmlp_scaling_apply(&s, d, NULL, 0, 7, CLMLP_F64, out);
    for (size_t i = 0; i < 35; i++) {
        cr_assert(fabs(out[i] - scaled[i]) <= 16 * 0x1p-53 * fabs(scaled[i]), "%zu: %.17g, expected %.17g", i, out[i],
                  scaled[i]);
    }
    clmlp_scaling_apply(&s, e, NULL, 0, 1, CLMLP_F64, out);
    cr_assert(out[0] == 3.0 && out[1] == -3.0 && out[2] == 3.0 && out[3] == -3.0);
    cr_assert_eq(out[4], 0.0); /* constant in the training data: 0 whatever it is now */
    free(s.offset);
    clmlp_dataset_destroy(e);
    clmlp_dataset_destroy(d);
}

Test(scaling, robust_kinds_leave_0_and_1)
{
    static const clmlp_scale kinds[] = {CLMLP_SCALE_ROBUST, CLMLP_SCALE_ROBUST_CLIP};
    const clmlp_load_options options = options_of(CLMLP_TARGET_CLASSES);
    clmlp_dataset *d = load_text("mixed.csv",
                                 "x,c,t\n1,r,a\n,g,b\n5,r,a\n9,b,b\n2,r,a\n", &options); /* x, missing; b, g, r */
    for (size_t k = 0; k < 2; k++) {
        clmlp_scaling s = fit(d, kinds[k]);
        float out[25];
        double wide[25], raw[5];
        clmlp_scaling_apply(&s, d, NULL, 0, 5, CLMLP_F32, out);
        clmlp_scaling_apply(&s, d, NULL, 0, 5, CLMLP_F64, wide);
        for (size_t i = 0; i < 5; i++) {
            cr_assert_eq(clmlp_dataset_row(d, i, raw, NULL, NULL), CLMLP_OK);
            for (size_t j = 1; j < 5; j++) {
                cr_assert_eq(wide[5 * i + j], raw[j], "%.17g", wide[5 * i + j]);
                cr_assert_eq((double)out[5 * i + j], raw[j]);
            }
        }
        cr_assert_eq(s.offset[0], 3.5); /* the gap is filled with the median of 1, 5, 9, 2; quartiles 2, 3.5, 5 */
        cr_assert_eq(s.divisor[0], 3.0);
        free(s.offset);
    }
    clmlp_dataset_destroy(d);
}
