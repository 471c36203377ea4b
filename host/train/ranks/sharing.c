/* sharing.c - one training of several ranks: who takes which rows, and what they agree on. */
#include "train/ranks/sharing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/device.h"
#include "base/memory.h"
#include "base/mix.h"

enum { DEVICE_LENGTH = 2048 };
static const double SHARE_CHANGE = 0.02; /* of a share, below which it stays: rows of another number cost something */

/* Whether all ranks compute with what gives the same bits. */
static clmlp_status compare_devices(clmlp_sharing *s, const char *device, clmlp_error *error)
{
    char mine[DEVICE_LENGTH] = "", *const all = s->devices;
    (void)strncpy(mine, device, sizeof mine - 1);
    const clmlp_status status = clmlp_ranks_gather(s->ranks, mine, sizeof mine, all, error);
    s->alike = true;
    for (size_t r = 1; r < s->count && status == CLMLP_OK; r++) {
        s->alike = s->alike && memcmp(all, all + r * sizeof mine, sizeof mine) == 0;
    }
    return status;
}

/* All that an exchange takes, before any begins: who lacks memory in the middle of one leaves the others in it. */
static clmlp_status make_room(clmlp_sharing *s, size_t L, clmlp_error *error)
{
    TRY(clmlp_allocate(&s->until, s->count + 1, sizeof *s->until, "the ranks' shares", error));
    TRY(clmlp_allocate(&s->record, CLMLP_RECORD_RANKS + 2 * s->count, sizeof *s->record, "the ranks' record", error));
    TRY(clmlp_allocate(&s->seconds, s->count, sizeof *s->seconds, "the ranks' times", error));
    TRY(clmlp_allocate(&s->rows, s->count, sizeof *s->rows, "the ranks' rows", error));
    TRY(clmlp_allocate(&s->computed, s->count, sizeof *s->computed, "the ranks' times", error));
    TRY(clmlp_allocate(&s->devices, s->count, DEVICE_LENGTH, "the ranks' devices", error));
    TRY(clmlp_allocate(&s->checksums, s->count, sizeof *s->checksums, "the ranks' checksums", error));
    for (size_t r = 0; r < s->count; r++) s->seconds[r] = s->rows[r] = s->computed[r] = 0.0;
    return clmlp_gradient_sums_create(&s->sums, s->ranks, L, error);
}

clmlp_status clmlp_sharing_create(clmlp_sharing **out, clmlp_ranks *ranks, size_t L, const clmlp_train_config *config,
                                  const char *device, clmlp_error *error)
{
    clmlp_sharing *s = NULL;
    clmlp_status status = CLMLP_OK;
    TRY_CLEANUP(clmlp_allocate(&s, 1, sizeof *s, "what ranks share", error));
    s->ranks = ranks;
    s->rank = clmlp_ranks_rank(ranks);
    s->count = clmlp_ranks_count(ranks);
    s->cancel = config->cancel;
    TRY_CLEANUP(make_room(s, L, error));
    if (config->short_gradients) TRY_CLEANUP(clmlp_gradient_sums_shorten(&s->sums, error));
cleanup:
    status = clmlp_ranks_agree(ranks, status, error);
    if (status == CLMLP_OK) status = compare_devices(s, device, error);
    if (status != CLMLP_OK) {
        clmlp_sharing_destroy(s);
        return status;
    }
    s->sums.view = s->alike ? CLMLP_VIEW_AS_IT_LIES : CLMLP_VIEW_DENSE;
    s->measures = config->shares == NULL && (config->sharing == CLMLP_SHARE_BY_SPEED ||
                                             (config->sharing == CLMLP_SHARE_AUTO && !s->alike));
    clmlp_share_make(s->until, s->count, config->shares);
    s->share = (clmlp_share){s->rank, s->count, s->until};
    *out = s;
    return CLMLP_OK;
}

void clmlp_sharing_describe(const clmlp_device *device, char *text, size_t size)
{
    const clmlp_device_info *const info = &device->info;
    const clmlp_backend *const backend = device->backend;
    (void)snprintf(text, size, "%s|%s|%s|%s|%s|%d", info->platform, info->name, info->driver, backend->ops->engine,
                   backend->tiles, (int)backend->precision);
}

void clmlp_sharing_destroy(clmlp_sharing *s)
{
    if (s == NULL) return;
    clmlp_gradient_sums_destroy(&s->sums);
    free(s->computed);
    if (!clmlp_ranks_failure(s->ranks, NULL, NULL, NULL, 0)) { /* else a message may still come there */
        free(s->devices);
        free(s->checksums);
    }
    free(s->rows);
    free(s->seconds);
    free(s->record);
    free(s->until);
    free(s);
}

void clmlp_sharing_batches(const clmlp_sharing *s, size_t count, size_t *first, size_t *own)
{
    *first = count / s->count * s->rank + count % s->count * s->rank / s->count;
    *own = count / s->count * (s->rank + 1) + count % s->count * (s->rank + 1) / s->count - *first;
}

clmlp_status clmlp_sharing_add_scores(clmlp_sharing *s, clmlp_batch_score *scores, size_t count, clmlp_error *error)
{
    double *pairs = NULL;
    clmlp_status status = CLMLP_OK;
    TRY(clmlp_allocate(&pairs, count, 2 * sizeof *pairs, "the scores of a pass", error));
    for (size_t i = 0; i < count; i++) {
        pairs[2 * i] = scores[i].cost;
        pairs[2 * i + 1] = scores[i].right;
    }
    status = clmlp_exchange_sum(s->ranks, pairs, 2 * count, error);
    for (size_t i = 0; i < count && status == CLMLP_OK; i++) {
        scores[i] = (clmlp_batch_score){.cost = pairs[2 * i], .right = pairs[2 * i + 1]};
    }
    free(pairs);
    return status;
}

/* --- theta ------------------------------------------------------------------------------------------------------ */

enum { CHAINS = 8 }; /* as many multiplications as a processor has under way at once */

static uint64_t with_value(uint64_t chain, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return clmlp_mix(chain, bits);
}

/* Of the bits of all values, in their order; in interleaved chains, for speed. A fault of memory or of a transfer
 * changes it but for one case in 2^64. */
static uint64_t checksum(const double *values, size_t count)
{
    uint64_t chains[CHAINS], sum = count;
    size_t i = 0;
    for (uint64_t k = 0; k < CHAINS; k++) chains[k] = k + 1;
    for (; i + CHAINS <= count; i += CHAINS) {
        for (size_t k = 0; k < CHAINS; k++) chains[k] = with_value(chains[k], values[i + k]);
    }
    for (; i < count; i++) chains[i % CHAINS] = with_value(chains[i % CHAINS], values[i]);
    for (size_t k = 0; k < CHAINS; k++) sum = clmlp_mix(sum, chains[k]);
    return sum;
}

clmlp_status clmlp_sharing_compare(clmlp_sharing *s, double *values, size_t count, size_t epoch, size_t step,
                                   bool *changed, clmlp_error *error)
{
    const uint64_t mine = checksum(values, count);
    const uint64_t *const all = s->checksums;
    size_t other = 0;
    const clmlp_status status = clmlp_ranks_gather(s->ranks, &mine, sizeof mine, s->checksums, error);
    for (size_t r = 1; r < s->count && status == CLMLP_OK && other == 0; r++) {
        if (all[r] != all[0]) other = r;
    }
    *changed = status == CLMLP_OK && all[s->rank] != all[0];
    TRY(status);
    if (other == 0) return CLMLP_OK;
    if (!s->alike) return clmlp_ranks_share(s->ranks, 0, values, count * sizeof *values, error);
    return clmlp_fail(error, CLMLP_MISMATCH, "after epoch %zu, step %zu: theta of rank %zu (%s) has other bits than "
                      "that of rank 0 (%s), though their devices are alike: a device, a memory or a link is at fault",
                      epoch, step, other, clmlp_ranks_host(s->ranks, other), clmlp_ranks_host(s->ranks, 0));
}

clmlp_status clmlp_sharing_check_start(clmlp_sharing *s, const double *values, size_t count, size_t epochs,
                                       size_t steps, size_t done, clmlp_error *error)
{
    const uint64_t start[] = {count, checksum(values, count), epochs, steps, done};
    return clmlp_ranks_same(s->ranks, "theta to start from (--init, --resume)", start, sizeof start, error);
}

/* --- speed ------------------------------------------------------------------------------------------------------ */

/* The share of each rank by its speed; false where one has no time yet. */
static bool speeds(const clmlp_sharing *s, double *weights)
{
    for (size_t r = 0; r < s->count; r++) {
        if (!(s->seconds[r] > 0.0) || !(s->rows[r] > 0.0)) return false;
        weights[r] = s->rows[r] / s->seconds[r];
    }
    return true;
}

bool clmlp_sharing_measure(clmlp_sharing *s)
{
    double *const weights = s->record; /* the step's numbers were taken */
    double total = 0.0, change = 0.0;
    if (!s->measures || !speeds(s, weights)) return false;
    for (size_t r = 0; r < s->count; r++) total += weights[r];
    for (size_t r = 0; r < s->count; r++) {
        const double now = (double)(s->until[r + 1] - s->until[r]) / CLMLP_SHARE_PARTS;
        const double apart = weights[r] / total - now;
        weights[r] = now + apart / 2.0; /* half way: a rank may have been disturbed */
        if (apart > change || -apart > change) change = apart > 0.0 ? apart : -apart;
        s->seconds[r] = s->rows[r] = 0.0;
    }
    if (change > SHARE_CHANGE) clmlp_share_make(s->until, s->count, weights);
    return change > SHARE_CHANGE;
}

clmlp_status clmlp_sharing_tell(const clmlp_sharing *s, const clmlp_on_shares *on_shares, size_t M, size_t epochs,
                                clmlp_error *error)
{
    double *of = NULL;
    size_t *rows = NULL, first;
    clmlp_status status = CLMLP_OK;
    if (on_shares->function == NULL) return CLMLP_OK;
    TRY_CLEANUP(clmlp_allocate(&of, s->count, sizeof *of, "the ranks' shares", error));
    TRY_CLEANUP(clmlp_allocate(&rows, s->count, sizeof *rows, "the ranks' rows", error));
    for (size_t r = 0; r < s->count; r++) {
        const clmlp_share share = {r, s->count, s->until};
        of[r] = (double)(s->until[r + 1] - s->until[r]) / CLMLP_SHARE_PARTS;
        clmlp_share_rows(&share, M, &first, &rows[r]);
    }
    const clmlp_shares shares = {of, rows, s->count, M, epochs, s->measures};
    on_shares->function(&shares, on_shares->context);
cleanup:
    free(rows);
    free(of);
    return status;
}
