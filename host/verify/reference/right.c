/* right.c - how many rows are predicted right, as far as outputs with error bounds can tell. */
#include <math.h>

#include "verify/reference/elementwise.h"

typedef enum verdict { WRONG, RIGHT, OPEN } verdict;

/* Whether output `a` is above `b` on every device, on none, or on some: the first of equals counts as the larger. */
static verdict is_above(clmlp_pair h, size_t a, size_t b)
{
    const double highest_a = h.value[a] + clmlp_bound_at(h, a), lowest_a = h.value[a] - clmlp_bound_at(h, a);
    const double highest_b = h.value[b] + clmlp_bound_at(h, b), lowest_b = h.value[b] - clmlp_bound_at(h, b);
    if (lowest_a > highest_b || (lowest_a == highest_b && a < b)) return RIGHT;
    if (highest_a < lowest_b || (highest_a == lowest_b && a > b)) return WRONG;
    return OPEN;
}

static verdict is_beyond_half(double value, double bound)
{
    if (value - bound > 0.5) return RIGHT;
    return value + bound <= 0.5 ? WRONG : OPEN;
}

/* One output that is certainly wrong decides. */
static verdict both(verdict a, verdict b)
{
    if (a == WRONG || b == WRONG) return WRONG;
    return a == RIGHT && b == RIGHT ? RIGHT : OPEN;
}

static verdict judge_row(clmlp_right right, size_t K, clmlp_pair h, const double *y)
{
    verdict all = RIGHT;
    size_t class = 0;
    if (right == CLMLP_RIGHT_NEVER) return WRONG;
    for (size_t k = 1; k < K; k++) {
        if (y[k] > y[class]) class = k;
    }
    for (size_t k = 0; k < K && right == CLMLP_RIGHT_LARGEST; k++) {
        if (k != class) all = both(all, is_above(h, class, k));
    }
    for (size_t k = 0; k < K && right == CLMLP_RIGHT_SIDES; k++) {
        const verdict side = is_beyond_half(h.value[k], clmlp_bound_at(h, k));
        all = both(all, side == OPEN ? OPEN : (side == RIGHT) == (y[k] > 0.5) ? RIGHT : WRONG);
    }
    return all;
}

void clmlp_reference_right(clmlp_right right, size_t M, size_t K, clmlp_pair h, const double *y, clmlp_cost *count)
{
    double sure = 0.0, open = 0.0;
    for (size_t r = 0; r < M; r++) {
        const clmlp_pair row = {h.value + r * K, h.bound != NULL ? h.bound + r * K : NULL};
        const verdict judged = judge_row(right, K, row, y + r * K);
        sure += judged == RIGHT;
        open += judged == OPEN;
    }
    *count = (clmlp_cost){.value = sure + open / 2.0, .bound = open / 2.0};
}
