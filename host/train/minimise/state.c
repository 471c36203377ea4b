/* state.c - what the next iteration of a minimiser goes by, to the host and back. */
#include "train/minimise/state.h"

/* Numbers that any minimiser has. */
#define NUMBER_LIST(X)                                                                                     \
    X(here.score.cost) X(here.score.right) X(here.trial.cost) X(here.trial.slope) X(here.gradient_square)  \
    X(here.theta_square) X(first) X(lbfgs.gamma)

#define ONE(field) +1
enum { NUMBERS = NUMBER_LIST(ONE) };
#undef ONE

clmlp_minimise_counts clmlp_minimise_get_counts(const clmlp_minimisation *m)
{
    if (m == NULL) return (clmlp_minimise_counts){0};
    return (clmlp_minimise_counts){.iterations = m->iterations, .evaluations = m->evaluations, .end = (size_t)m->end,
                                   .begun = m->begun, .direction = m->has_direction, .pairs = m->lbfgs.count};
}

bool clmlp_minimise_can_have(const clmlp_minimisation *m, const clmlp_minimise_counts *counts)
{
    if (m == NULL) return counts->end == 0 && counts->begun == 0 && counts->direction == 0 && counts->pairs == 0;
    return counts->end < CLMLP_END_COUNT && counts->begun <= 1 && counts->direction <= counts->begun &&
           counts->pairs <= (counts->begun > 0 ? m->lbfgs.pairs : 0);
}

size_t clmlp_minimise_numbers(const clmlp_minimise_counts *counts)
{
    return counts->begun > 0 ? NUMBERS + counts->pairs : 0;
}

size_t clmlp_minimise_vectors(const clmlp_minimise_counts *counts)
{
    return counts->begun > 0 ? 1 + counts->direction + 2 * counts->pairs : 0;
}

/* The vectors of the list above, one after the other; NULL: behind the last. */
static clmlp_vector vector_of(const clmlp_minimisation *m, const clmlp_minimise_counts *counts, size_t row)
{
    if (row == 0) return m->gradient;
    if (counts->direction > 0 && row == 1) return m->direction;
    const size_t in_pairs = row - 1 - counts->direction;
    const size_t place = clmlp_lbfgs_place(&m->lbfgs, counts->pairs - 1 - in_pairs / 2);
    return in_pairs % 2 == 0 ? m->lbfgs.s[place] : m->lbfgs.y[place];
}

clmlp_status clmlp_minimise_get(const clmlp_minimisation *m, const clmlp_model *model, double *numbers, double *vectors,
                                clmlp_error *error)
{
    const clmlp_minimise_counts counts = clmlp_minimise_get_counts(m);
    const size_t parameters = clmlp_model_parameters(model), rows = clmlp_minimise_vectors(&counts);
    if (rows == 0) return CLMLP_OK;
#define GET(field) *numbers++ = m->field;
    NUMBER_LIST(GET)
#undef GET
    for (size_t age = counts.pairs; age-- > 0;) *numbers++ = m->lbfgs.rho[clmlp_lbfgs_place(&m->lbfgs, age)];
    for (size_t row = 0; row < rows; row++) {
        TRY(clmlp_network_get_like_theta(m->setting.network, model, vector_of(m, &counts, row),
                                         vectors + row * parameters, error));
    }
    return CLMLP_OK;
}

clmlp_status clmlp_minimise_put(clmlp_minimisation *m, const clmlp_model *model, const clmlp_minimise_counts *counts,
                                const double *numbers, const double *vectors, clmlp_error *error)
{
    clmlp_network *const network = m->setting.network;
    const size_t parameters = clmlp_model_parameters(model), rows = clmlp_minimise_vectors(counts);
    m->iterations = counts->iterations;
    m->evaluations = counts->evaluations;
    m->end = (clmlp_minimiser_end)counts->end;
    m->begun = counts->begun > 0;
    m->has_direction = counts->direction > 0;
    if (rows == 0) return CLMLP_OK;
    m->lbfgs.next = m->lbfgs.count = counts->pairs;
#define PUT(field) m->field = *numbers++;
    NUMBER_LIST(PUT)
#undef PUT
    for (size_t k = 0; k < counts->pairs; k++) m->lbfgs.rho[k] = *numbers++;
    for (size_t row = 0; row < rows; row++) {
        TRY(clmlp_network_put_like_theta(network, model, vector_of(m, counts, row), vectors + row * parameters, error));
    }
    return clmlp_vector_combine(&m->space, clmlp_number(1.0), network->theta, clmlp_number(0.0), NULL, m->base, error);
}
