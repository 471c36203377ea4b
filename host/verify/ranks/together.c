/* together.c - the verification of steps that several ranks take: rows, what is given, theta. */
#include "verify/ranks/together.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "backend/device.h"
#include "base/memory.h"
#include "data/fingerprint.h"
#include "verify/step/transfers.h"

/* --- made and released ------------------------------------------------------------------------------------------ */

static clmlp_status create_list(clmlp_together *t, double ***list, clmlp_error *error)
{
    TRY(clmlp_allocate(list, t->L - 1, sizeof **list, "a step of ranks", error));
    for (size_t l = 1; l < t->L; l++) {
        TRY(clmlp_allocate(&(*list)[l - 1], t->s[l] * (t->s[l - 1] + 1), sizeof ***list, "a step of ranks", error));
    }
    return CLMLP_OK;
}

static void destroy_list(double **list, size_t count)
{
    for (size_t i = 0; list != NULL && i < count; i++) free(list[i]);
    free(list);
}

/* The same data, and the same theta to begin with. */
static clmlp_status compare_inputs(const clmlp_together *t, const clmlp_model *model, const clmlp_dataset *dataset,
                                   clmlp_error *error)
{
    const uint64_t sum = clmlp_dataset_checksum(dataset);
    TRY(clmlp_ranks_same(t->ranks, "data", &sum, sizeof sum, error));
    TRY(clmlp_ranks_same(t->ranks, "layers", model->s, model->L * sizeof *model->s, error));
    return clmlp_ranks_same(t->ranks, "theta", model->theta, model->theta_at[model->L - 1] * sizeof *model->theta,
                            error);
}

static clmlp_status make_room(clmlp_together *t, const clmlp_model *model, clmlp_error *error)
{
    TRY(create_list(t, &t->record.given, error));
    TRY(create_list(t, &t->record.sum, error));
    return t->rank == 0 ? clmlp_together_create_whole(t, model, error) : CLMLP_OK;
}

clmlp_status clmlp_together_create(clmlp_together **out, const clmlp_model *model, const clmlp_device *device,
                                   const clmlp_dataset *dataset, const clmlp_verify_config *config, size_t M,
                                   clmlp_error *error)
{
    clmlp_together *t = NULL;
    clmlp_status status = CLMLP_OK;
    char described[512] = "";
    const clmlp_train_config sharing = {.sharing = CLMLP_SHARE_EQUALLY, .cancel = config->cancel};
    TRY_CLEANUP(clmlp_allocate(&t, 1, sizeof *t, "what ranks verify", error));
    t->ranks = config->ranks;
    t->rank = clmlp_ranks_rank(config->ranks);
    t->count = clmlp_ranks_count(config->ranks);
    t->L = model->L;
    t->M = M;
    t->s = model->s;
    t->precision = device->backend->precision;
    t->record.decays = t->rank == 0;
    TRY_CLEANUP(make_room(t, model, error));
cleanup:
    status = clmlp_ranks_agree(config->ranks, status, error);
    clmlp_sharing_describe(device, described, sizeof described);
    if (status == CLMLP_OK) status = compare_inputs(t, model, dataset, error);
    if (status == CLMLP_OK) {
        status = clmlp_sharing_create(&t->sharing, t->ranks, t->L, &sharing, described, error);
    }
    if (status != CLMLP_OK) {
        clmlp_together_destroy(t);
        return status;
    }
    t->sharing->takes_any = true;
    t->sharing->sums.given = t->record.given;
    *out = t;
    return CLMLP_OK;
}

void clmlp_together_destroy(clmlp_together *t)
{
    if (t == NULL) return;
    clmlp_sharing_destroy(t->sharing);
    clmlp_step_checker_destroy(t->whole);
    clmlp_step_record_destroy(t->batch);
    free(t->none);
    destroy_list(t->record.given, t->L - 1);
    destroy_list(t->record.sum, t->L - 1);
    free(t->own);
    free(t);
}

void clmlp_together_tell(const clmlp_together *t, clmlp_status status, const clmlp_error *error)
{
    if (status == CLMLP_OK || status == CLMLP_INTERRUPTED || status == CLMLP_RANKS) return;
    clmlp_ranks_fail(t->ranks, status, error != NULL ? error->message : clmlp_status_text(status));
}

/* --- rows -------------------------------------------------------------------------------------------------------- */

/* Rows of a batch in front of those of rank r where all have equal shares: not by the code that training asks. */
static size_t rows_before(const clmlp_together *t, size_t r, size_t all)
{
    const uint64_t parts = (uint64_t)CLMLP_SHARE_PARTS * r / t->count;
    return (size_t)(((uint64_t)all * parts + CLMLP_SHARE_PARTS - 1) / CLMLP_SHARE_PARTS);
}

/* FNV-1a of the numbers of all examples of a batch. */
static uint64_t hash_order(const clmlp_batch_loader *loader, const clmlp_batch *whole)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t r = 0; r < whole->M; r++) {
        hash = (hash ^ clmlp_batch_example(loader, whole, r)) * UINT64_C(0x100000001b3);
    }
    return hash;
}

/* The first rank with the value that most ranks have; *sure: more than half of them. */
static size_t rank_to_believe(const uint64_t *values, size_t stride, size_t count, bool *sure)
{
    size_t best = 0, most = 0;
    for (size_t r = 0; r < count; r++) {
        size_t alike = 0;
        for (size_t k = 0; k < count; k++) alike += values[k * stride] == values[r * stride];
        if (alike > most) most = alike, best = r;
    }
    *sure = 2 * most > count;
    return best;
}

static clmlp_status check_rows(clmlp_together *t, const clmlp_batch_loader *loader, const clmlp_batch *batch,
                               size_t step, clmlp_error *error)
{
    const clmlp_batch whole = {.M = (size_t)batch->divisor, .divisor = batch->divisor};
    const uint64_t mine[2] = {hash_order(loader, &whole), whole.M};
    uint64_t *all = NULL;
    TRY(clmlp_allocate(&all, t->count, sizeof mine, "the order of examples", error));
    const clmlp_status status = clmlp_ranks_gather(t->ranks, mine, sizeof mine, all, error);
    clmlp_finding f = {.step = step, .layer = 1, .quantity = CLMLP_QUANTITY_ROWS, .equation = "transfer", .rows = 1,
                       .columns = 2, .rank = t->rank};
    if (status == CLMLP_OK) {
        bool sure;
        const uint64_t *const right = all + 2 * rank_to_believe(all, 2, t->count, &sure);
        const size_t rows = (size_t)right[1], first = rows_before(t, t->rank, rows);
        const double found[2] = {(double)batch->before, (double)batch->M};
        const double expected[2] = {(double)first, (double)(rows_before(t, t->rank + 1, rows) - first)};
        clmlp_together_compare(&f, found, expected, 0, 2);
        if (f.failed == 0 && mine[0] != right[0]) {
            f.failed = 1; /* the examples in these rows are others */
            if (!sure) f.rank = CLMLP_ALL_RANKS;
            f.max_of_bound = (double)INFINITY;
        }
    }
    clmlp_together_free(t, all);
    TRY(status);
    return clmlp_together_add(t, &f, error);
}

/* --- what is given ----------------------------------------------------------------------------------------------- */

static clmlp_status check_given(clmlp_together *t, const clmlp_step_record *step, clmlp_error *error)
{
    for (size_t l = t->L - 1; l >= 1; l--) {
        const size_t rows = t->s[l], columns = t->s[l - 1] + 1;
        const double nothing = 0.0;
        clmlp_finding f = {.step = step->number, .layer = l, .quantity = CLMLP_QUANTITY_GIVEN, .equation = "sum",
                           .rows = rows, .columns = columns};
        if (step->M > 0) {
            clmlp_together_compare(&f, t->record.given[l - 1], step->gradient[l - 1], 0, rows * columns);
        } else {
            for (size_t i = 0; i < rows * columns; i++) {
                clmlp_together_compare(&f, &t->record.given[l - 1][i], &nothing, i, 1);
            }
        }
        TRY(clmlp_together_add(t, &f, error));
    }
    return CLMLP_OK;
}

/* --- theta -------------------------------------------------------------------------------------------------------- */

static uint64_t hash_bits(const double *values, size_t count)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < count; i++) {
        uint64_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        hash = (hash ^ bits) * UINT64_C(0x100000001b3);
        hash ^= hash >> 29;
    }
    return hash;
}

/* theta(l) after the step (part 0), or its state. */
static const double *matrix_of(const clmlp_step_record *step, size_t part, size_t l)
{
    return part == 0 ? step->after[l - 1] : step->state_after[part - 1][l - 1];
}

/* That of the rank that is believed, beside this one's. */
static clmlp_status compare_matrix(clmlp_together *t, size_t from, const double *mine, size_t count, clmlp_finding *f,
                                   clmlp_error *error)
{
    double *theirs = NULL;
    TRY(clmlp_allocate(&theirs, count, sizeof *theirs, "theta of another rank", error));
    memcpy(theirs, mine, count * sizeof *theirs);
    const clmlp_status status = clmlp_ranks_share(t->ranks, from, theirs, count * sizeof *theirs, error);
    if (status == CLMLP_OK) clmlp_together_compare(f, mine, theirs, 0, count);
    clmlp_together_free(t, theirs);
    return status;
}

static clmlp_status compare_thetas(clmlp_together *t, const clmlp_step_record *step, const uint64_t *all,
                                   size_t matrices, clmlp_error *error)
{
    for (size_t i = 0; i < matrices; i++) {
        const size_t l = i / (1 + step->states) + 1, part = i % (1 + step->states);
        const size_t rows = t->s[l], columns = t->s[l - 1] + 1;
        bool differ = false, sure;
        const size_t right = rank_to_believe(all + i, matrices, t->count, &sure);
        const double *const mine = matrix_of(step, part, l);
        clmlp_finding f = {.step = step->number, .layer = l, .quantity = CLMLP_QUANTITY_SAME_THETA,
                           .equation = "update", .rows = rows, .columns = columns, .found = mine[0],
                           .expected = mine[0], .rank = sure ? t->rank : CLMLP_ALL_RANKS};
        for (size_t r = 0; r < t->count; r++) differ = differ || all[r * matrices + i] != all[right * matrices + i];
        if (differ) TRY(compare_matrix(t, right, mine, rows * columns, &f, error));
        if (part == 0 || f.failed > 0) TRY(clmlp_together_add(t, &f, error));
    }
    return CLMLP_OK;
}

static clmlp_status check_same_theta(clmlp_together *t, const clmlp_step_record *step, clmlp_error *error)
{
    const size_t matrices = (t->L - 1) * (1 + step->states);
    uint64_t *mine = NULL, *all = NULL;
    if (!t->sharing->alike) return CLMLP_OK;
    TRY(clmlp_allocate(&mine, (1 + t->count) * matrices, sizeof *mine, "the ranks' checksums", error));
    all = mine + matrices;
    for (size_t i = 0; i < matrices; i++) {
        const size_t l = i / (1 + step->states) + 1, part = i % (1 + step->states);
        mine[i] = hash_bits(matrix_of(step, part, l), t->s[l] * (t->s[l - 1] + 1));
    }
    clmlp_status status = clmlp_ranks_gather(t->ranks, mine, matrices * sizeof *mine, all, error);
    if (status == CLMLP_OK) status = compare_thetas(t, step, all, matrices, error);
    clmlp_together_free(t, mine);
    return status;
}

/* --- a step ------------------------------------------------------------------------------------------------------ */

clmlp_status clmlp_together_check(clmlp_together *t, const clmlp_batch_loader *loader, const clmlp_batch *batch,
                                  const clmlp_step_record *step, clmlp_error *error)
{
    TRY(check_rows(t, loader, batch, step->number, error));
    TRY(check_given(t, step, error));
    TRY(clmlp_together_check_sums(t, step, error));
    TRY(check_same_theta(t, step, error));
    return t->rank == 0 ? clmlp_together_check_whole(t, loader, batch, step, error) : CLMLP_OK;
}

/* A matrix of rank 0, to all. */
static clmlp_status take_over(const clmlp_together *t, double *values, size_t count, clmlp_error *error)
{
    return clmlp_ranks_share(t->ranks, 0, values, count * sizeof *values, error);
}

static clmlp_status take_over_scale(const clmlp_together *t, clmlp_step_record *step, clmlp_error *error)
{
    const size_t columns = t->s[0] + 1, count = t->s[1] * columns;
    clmlp_scale_record *const scale = step->scale;
    TRY(take_over(t, scale->raw_after, count, error));
    TRY(take_over(t, scale->scale_after, columns, error));
    memcpy(scale->raw, scale->raw_after, count * sizeof *scale->raw);
    memcpy(scale->scale, scale->scale_after, columns * sizeof *scale->scale);
    for (size_t k = 0; k < step->states; k++) {
        TRY(take_over(t, scale->state_after[k], columns, error));
        memcpy(scale->state[k], scale->state_after[k], columns * sizeof *scale->scale);
    }
    return CLMLP_OK;
}

clmlp_status clmlp_together_go_on(clmlp_together *t, clmlp_stepper *stepper, clmlp_step_record *step,
                                  clmlp_error *error)
{
    if (t->sharing->alike) return CLMLP_OK;
    for (size_t l = 1; l < t->L; l++) {
        const size_t count = t->s[l] * (t->s[l - 1] + 1);
        TRY(take_over(t, step->theta[l - 1], count, error));
        for (size_t k = 0; k < step->states; k++) TRY(take_over(t, step->state[k][l - 1], count, error));
    }
    if (step->scale != NULL) TRY(take_over_scale(t, step, error));
    return clmlp_stepper_put_parameters(stepper, step, error);
}
