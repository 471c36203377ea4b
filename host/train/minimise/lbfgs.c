/* lbfgs.c - directions by the limited-memory BFGS method. */
#include "train/minimise/lbfgs.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

clmlp_status clmlp_lbfgs_create(clmlp_lbfgs *lbfgs, const clmlp_network *network, size_t pairs, clmlp_error *error)
{
    TRY(clmlp_allocate(&lbfgs->s, pairs, sizeof *lbfgs->s, "the pairs of lbfgs", error));
    TRY(clmlp_allocate(&lbfgs->y, pairs, sizeof *lbfgs->y, "the pairs of lbfgs", error));
    TRY(clmlp_allocate(&lbfgs->rho, pairs, sizeof *lbfgs->rho, "the pairs of lbfgs", error));
    lbfgs->pairs = pairs;
    for (size_t k = 0; k < pairs; k++) {
        TRY(clmlp_vector_create(&lbfgs->s[k], network, "a pair of lbfgs", error));
        TRY(clmlp_vector_create(&lbfgs->y[k], network, "a pair of lbfgs", error));
    }
    return CLMLP_OK;
}

void clmlp_lbfgs_release(clmlp_lbfgs *lbfgs, const clmlp_network *network)
{
    for (size_t k = 0; k < lbfgs->pairs; k++) {
        clmlp_vector_destroy(lbfgs->s[k], network);
        clmlp_vector_destroy(lbfgs->y[k], network);
    }
    free(lbfgs->s), free(lbfgs->y), free(lbfgs->rho);
    *lbfgs = (clmlp_lbfgs){.pairs = 0};
}

size_t clmlp_lbfgs_place(const clmlp_lbfgs *lbfgs, size_t age)
{
    return (lbfgs->next - 1 - age) % lbfgs->pairs;
}

clmlp_status clmlp_lbfgs_direction(const clmlp_lbfgs *lbfgs, const clmlp_vector_space *space, clmlp_vector gradient,
                                   clmlp_vector direction, clmlp_error *error)
{
    const size_t alphas = CLMLP_LBFGS_FIRST_SUM, betas = alphas + lbfgs->pairs;
    TRY(clmlp_vector_combine(space, clmlp_number(-1.0), gradient, clmlp_number(0.0), NULL, direction, error));
    if (lbfgs->count == 0) return CLMLP_OK;
    for (size_t age = 0; age < lbfgs->count; age++) { /* alpha = rho s . q; q := q - alpha y */
        const size_t k = clmlp_lbfgs_place(lbfgs, age);
        TRY(clmlp_vector_dot(space, lbfgs->s[k], direction, true, alphas + k, error));
        TRY(clmlp_vector_combine(space, clmlp_times_sum(-lbfgs->rho[k], alphas + k), lbfgs->y[k], clmlp_number(1.0),
                                 direction, direction, error));
    }
    TRY(clmlp_vector_combine(space, clmlp_number(lbfgs->gamma), direction, clmlp_number(0.0), NULL, direction,
                             error));
    for (size_t age = lbfgs->count; age-- > 0;) { /* beta = rho y . r; r := r + (alpha - beta) s */
        const size_t k = clmlp_lbfgs_place(lbfgs, age);
        TRY(clmlp_vector_dot(space, lbfgs->y[k], direction, true, betas + k, error));
        TRY(clmlp_vector_combine(space, clmlp_times_sum(lbfgs->rho[k], alphas + k), lbfgs->s[k], clmlp_number(1.0),
                                 direction, direction, error));
        TRY(clmlp_vector_combine(space, clmlp_times_sum(-lbfgs->rho[k], betas + k), lbfgs->s[k], clmlp_number(1.0),
                                 direction, direction, error));
    }
    return CLMLP_OK;
}

clmlp_status clmlp_lbfgs_learn(clmlp_lbfgs *lbfgs, const clmlp_vector_space *space, double step, clmlp_vector direction,
                               clmlp_vector before, clmlp_vector after, double u, clmlp_error *error)
{
    const size_t k = lbfgs->next % lbfgs->pairs;
    double sums[2];
    /* the oldest pair is overwritten, whether or not the new one is kept */
    if (lbfgs->count == lbfgs->pairs) lbfgs->count--;
    TRY(clmlp_vector_combine(space, clmlp_number(step), direction, clmlp_number(0.0), NULL, lbfgs->s[k], error));
    TRY(clmlp_vector_combine(space, clmlp_number(1.0), after, clmlp_number(-1.0), before, lbfgs->y[k], error));
    TRY(clmlp_vector_dot(space, lbfgs->s[k], lbfgs->y[k], true, 0, error));
    TRY(clmlp_vector_dot(space, lbfgs->y[k], lbfgs->y[k], true, 1, error));
    TRY(clmlp_vector_sums(space, 0, 2, 1u << 1, sums, error));
    if (!(sums[0] > u * sums[1]) || !isfinite(sums[1]) || !isfinite(1.0 / sums[0])) return CLMLP_OK;
    lbfgs->rho[k] = 1.0 / sums[0];
    lbfgs->gamma = sums[0] / sums[1];
    lbfgs->next++;
    lbfgs->count++;
    return CLMLP_OK;
}
