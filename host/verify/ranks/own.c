/* own.c - what a rank finds, kept until the findings of all are told. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "verify/ranks/together.h"

void clmlp_together_free(const clmlp_together *t, void *block)
{
    if (!clmlp_ranks_failure(t->ranks, NULL, NULL, NULL, 0)) free(block);
}

clmlp_status clmlp_together_add(clmlp_together *t, const clmlp_finding *finding, clmlp_error *error)
{
    TRY(clmlp_grow(&t->own, &t->own_room, t->own_count + 1, sizeof *t->own, "findings", error));
    t->own[t->own_count++] = *finding;
    return CLMLP_OK;
}

static bool same(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b));
}

void clmlp_together_compare(clmlp_finding *f, const double *found, const double *expected, size_t first, size_t count)
{
    if (first == 0 && count > 0) f->found = found[0], f->expected = expected[0];
    for (size_t i = 0; i < count; i++) {
        if (same(found[i], expected[i])) continue;
        const double apart = fabs(found[i] - expected[i]), error = isnan(apart) ? (double)INFINITY : apart;
        if (f->failed++ == 0) {
            f->worst = first + i;
            f->found = found[i];
            f->expected = expected[i];
            f->max_of_bound = (double)INFINITY; /* there is none */
        }
        if (error > f->max_abs) f->max_abs = error;
    }
}
