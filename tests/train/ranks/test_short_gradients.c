/* test_short_gradients.c - gradients in 16 bits: rounded right, and what is taken away comes back. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "base/bfloat16.h"
#include "train/ranks/short_gradients.h"

Test(short_gradients, numbers_are_rounded_to_the_nearest)
{
    static const struct { float value; uint16_t expected; } rows[] = {
        {0.0f, 0x0000}, {-0.0f, 0x8000}, {1.0f, 0x3F80}, {-2.0f, 0xC000},
        {1.00390625f, 0x3F80},        /* 1 + 2^-8: half way, to the even one */
        {1.01171875f, 0x3F82},        /* 1 + 3 2^-8: half way, to the even one above */
        {1.00390637f, 0x3F81},        /* a little more than half way */
        {3.40282347e+38f, 0x7F80},    /* beyond the largest */
        {3.38953139e+38f, 0x7F7F},    /* the largest */
        {1e-45f, 0x0000}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_assert(eq(u16, clmlp_bfloat16_of(rows[i].value), rows[i].expected), "row %zu", i);
    }
    cr_assert(isnan(clmlp_bfloat16_value(clmlp_bfloat16_of(NAN))) != 0);
    cr_assert(isinf(clmlp_bfloat16_value(clmlp_bfloat16_of(-INFINITY))) != 0);
    for (uint32_t number = 0; number < 0x7F80; number++) { /* each comes back as it was */
        cr_assert(eq(u16, clmlp_bfloat16_of(clmlp_bfloat16_value((uint16_t)number)), (uint16_t)number));
    }
}

/* 1 + 2^-9 rounds to 1: without feedback 512 steps would send 512, and a whole 1 would be lost. */
Test(short_gradients, what_was_rounded_away_is_sent_later)
{
    clmlp_short_gradient gradient = {NULL, NULL};
    const float value = 1.0f + 0x1p-9f;
    float sum = 0.0f, got;
    for (int step = 0; step < 512; step++) {
        cr_assert(eq(int, clmlp_short_gradient_pack(&gradient, &value, 1, NULL), CLMLP_OK));
        clmlp_short_gradient_unpack(&gradient, &got, 1);
        sum += got;
    }
    /* what is still owed is at most half a step of the numbers sent: 2^-8 */
    cr_assert(le(dbl, fabs((double)sum - 513.0), 0x1p-8), "sent %g", (double)sum);
    clmlp_short_gradient_release(&gradient);
}

Test(short_gradients, what_diverged_owes_nothing)
{
    clmlp_short_gradient gradient = {NULL, NULL};
    const float bad[] = {INFINITY, NAN, 3.4e38f}, good[] = {1.0f, 2.0f, 3.0f};
    float got[3];
    cr_assert(eq(int, clmlp_short_gradient_pack(&gradient, bad, 3, NULL), CLMLP_OK));
    clmlp_short_gradient_unpack(&gradient, got, 3);
    cr_assert(isinf(got[0]) != 0 && isnan(got[1]) != 0);
    cr_assert(eq(int, clmlp_short_gradient_pack(&gradient, good, 3, NULL), CLMLP_OK));
    clmlp_short_gradient_unpack(&gradient, got, 3);
    for (int i = 0; i < 3; i++) cr_assert(eq(flt, got[i], good[i]));
    clmlp_short_gradient_release(&gradient);
}
