/* test_random.c - Philox against Random123's known answers. */
#include <criterion/criterion.h>
#include <math.h>

#include "base/random.h"

#include <clmlp/random.h>
#include "data/order.h"

/* Known answer of Philox4x32-10 from Random123's own test vectors (kat_vectors): counter and key 0;
 * the first two of its four words. */
Test(random, matches_the_published_vector)
{
    const uint64_t bits = clmlp_random_bits(0, (clmlp_random_stream)0, 0, 0);
    cr_assert_eq(bits, UINT64_C(0xe169c58d6627e8d5), "got %016llx", (unsigned long long)bits);
}

/* Units 4 g to 4 g + 3 of a row get the four words of the counter (g, row, step, layer 2^8 + 16) under the seed. */
Test(random, units_have_the_words_of_their_counter)
{
    uint32_t words[4];
    const uint64_t seed = UINT64_C(0xfedcba9876543210);
    clmlp_random_units(seed, 0x3c, 0, 0x01020304, 0x05060708, words);
    /* the same counter by way of another stream's function: b = group and row, a = step */
    const uint64_t bits = clmlp_random_bits(seed, CLMLP_RANDOM_DROPOUT, 0x3c, UINT64_C(0x0102030405060708));
    cr_assert_eq(words[0], (uint32_t)bits);
    cr_assert_eq(words[1], (uint32_t)(bits >> 32));
    unsigned char kept[6];
    clmlp_random_kept(seed, 0x3c, 0, 0x01020304, 0x1p-32 * (double)words[0], 6, kept);
    clmlp_random_units(seed, 0x3c, 0, 0x01020304, 0, words);
    for (int j = 0; j < 4; j++) {
        clmlp_random_kept(seed, 0x3c, 0, 0x01020304, 0x1p-32 * (double)words[j], 6, kept);
        cr_assert_eq(kept[j], 1, "a word that is the threshold is kept");
        clmlp_random_kept(seed, 0x3c, 0, 0x01020304, 0x1p-32 * ((double)words[j] + 1.0), 6, kept);
        cr_assert_eq(kept[j], 0, "a word below it is dropped");
    }
}

/* The same vector's four words (6627e8d5 e169c58d bc57ac4c 9b00dbd8) through Box and Muller's formula, worked out
 * apart; log and cos may each be off by an ulp. */
Test(random, normal_is_box_and_muller_of_the_published_vector)
{
    const double value = clmlp_random_normal(0, (clmlp_random_stream)0, 0, 0), expected = -0.3976675384441824;
    cr_assert(fabs(value - expected) <= 8.0 * 0x1p-53 * fabs(expected), "got %.17g", value);
}

Test(random, uniform_stays_inside_the_open_interval_and_has_the_right_mean)
{
    double sum = 0.0;
    for (uint64_t i = 0; i < 100000; i++) {
        const double u = clmlp_random_uniform(7, CLMLP_RANDOM_THETA, 1, i);
        cr_assert(u > 0.0 && u < 1.0);
        sum += u;
    }
    /* standard error of the mean is 0.2887 / sqrt(1e5) = 9.1e-4; five of them */
    cr_assert(sum / 1e5 > 0.4954 && sum / 1e5 < 0.5046, "mean %g", sum / 1e5);
}

Test(random, an_order_is_a_permutation_and_differs_by_epoch_and_seed)
{
    enum { M = 1000 };
    uint32_t a[M], b[M], c[M];
    int seen[M] = {0}, same_epoch = 0, same_seed = 0;
    clmlp_order_shuffle(a, M, 1, 1);
    clmlp_order_shuffle(b, M, 1, 2);
    clmlp_order_shuffle(c, M, 2, 1);
    for (int i = 0; i < M; i++) {
        cr_assert_lt(a[i], M);
        seen[a[i]]++;
        same_epoch += a[i] == b[i];
        same_seed += a[i] == c[i];
    }
    for (int i = 0; i < M; i++) cr_assert_eq(seen[i], 1, "%d is there %d times", i, seen[i]);
    /* about one fixed point is expected between two random permutations */
    cr_assert_lt(same_epoch, 10);
    cr_assert_lt(same_seed, 10);
}

Test(random, draws_of_a_caller_are_none_of_those_of_training)
{
    for (uint64_t i = 0; i < 1000; i++) {
        const double u = clmlp_random_draw(7, 1, i);
        cr_assert(u > 0.0 && u < 1.0);
        cr_assert_eq(u, clmlp_random_draw(7, 1, i));
        for (int stream = CLMLP_RANDOM_THETA; stream < CLMLP_RANDOM_DRAW; stream++) {
            cr_assert_neq(u, clmlp_random_uniform(7, (clmlp_random_stream)stream, 1, i));
        }
    }
}
