/* scaling_fit.c - the link that measured sums show: alpha in the short ones, beta in the long ones. */
#include <math.h>

#include "bench/scaling.h"
#include "data/select.h"

static const double LONG = 1 << 20; /* bytes: far beyond where an MPI changes its way of sending */
enum { ROUNDS = 40 };               /* each takes what is wrong with both costs to some per cent */

typedef struct fitting {
    size_t ranks;
    const double *bytes, *seconds; /* [count] */
    size_t count, first_long;
    double *scratch; /* [count] */
} fitting;

/* What of a sum is no part of the overhead and of adding. */
static double unknown_part(const fitting *f, size_t i, const clmlp_sum_parts *parts, const clmlp_link *link)
{
    return f->seconds[i] - parts->overhead * link->overhead - parts->gamma * link->gamma;
}

static double alpha_of_short(const fitting *f, const clmlp_link *link)
{
    size_t found = 0;
    for (size_t i = 0; i < f->count && (i == 0 || f->bytes[i] <= CLMLP_BENCH_ONE_ROUND); i++) {
        const clmlp_sum_parts parts = clmlp_ordered_parts(f->ranks, f->bytes[i]);
        f->scratch[found++] = (unknown_part(f, i, &parts, link) - parts.beta * link->beta) / parts.alpha;
    }
    return fmax(clmlp_median(f->scratch, found), 0.0);
}

static double beta_of_long(const fitting *f, const clmlp_link *link)
{
    size_t found = 0;
    for (size_t i = f->first_long; i < f->count; i++) {
        const clmlp_sum_parts parts = clmlp_ordered_parts(f->ranks, f->bytes[i]);
        f->scratch[found++] = (unknown_part(f, i, &parts, link) - parts.alpha * link->alpha) / parts.beta;
    }
    return fmax(clmlp_median(f->scratch, found), 0.0);
}

void clmlp_fit_link(size_t ranks, const double *bytes, const double *seconds, size_t count, double *scratch,
                    clmlp_link *link)
{
    fitting f = {.ranks = ranks, .bytes = bytes, .seconds = seconds, .count = count, .scratch = scratch};
    while (f.first_long < count && bytes[f.first_long] < LONG) f.first_long++;
    if (f.first_long == count) f.first_long = count - (count + 2) / 3; /* so slow a link that none is long */
    link->alpha = link->beta = 0.0;
    for (size_t round = 0; round < ROUNDS; round++) {
        link->beta = beta_of_long(&f, link);
        link->alpha = alpha_of_short(&f, link);
    }
    if (link->overhead <= link->alpha) return;
    const double others = (double)ranks - 2.0;
    link->alpha = (link->alpha + others * link->overhead) / (others + 1.0);
    link->overhead = link->alpha;
}
