/* test_random.c - Philox against Random123's known answers. */
#include <criterion/criterion.h>
#include <math.h>

#include "base/random.h"
#include "data/order.h"

/* Known answer of Philox4x32-10 from Random123's own test vectors (kat_vectors): counter and key 0;
 * the first two of its four words. */
Test(random, matches_the_published_vector)
{
    const uint64_t bits = clmlp_random_bits(0, (clmlp_random_stream)0, 0, 0);
    cr_assert_eq(bits, UINT64_C(0xe169c58d6627e8d5), "got %016llx", (unsigned long long)bits);
}

/* The same vector's four words (6627e8d5 e169c58d bc57ac4c 9b00dbd8) through Box and Muller's formula, worked out apart;
 * log and cos may each be off by an ulp. */
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
