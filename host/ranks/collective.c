/* collective.c - what all ranks do together but for sums: share, gather, compare, agree. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/argument.h"
#include "base/memory.h"
#include "base/sha256.h"
#include "ranks/inside.h"

clmlp_status clmlp_ranks_share(clmlp_ranks *ranks, size_t from, void *bytes, size_t count, clmlp_error *error)
{
    REQUIRE(bytes != NULL || count == 0, "bytes");
    REQUIRE(from < clmlp_ranks_count(ranks), "from");
    if (clmlp_ranks_alone(ranks)) return CLMLP_OK;
    ranks->all_know = false;
    const clmlp_job job = {.kind = CLMLP_JOB_SHARE, .values = bytes, .count = count, .from = from};
    return clmlp_courier_do(ranks->courier, &job, ranks->patience, error);
}

clmlp_status clmlp_ranks_gather(clmlp_ranks *ranks, const void *mine, size_t count, void *all, clmlp_error *error)
{
    size_t bytes = 0;
    REQUIRE(mine != NULL || count == 0, "mine");
    REQUIRE(all != NULL || count == 0, "all");
    if (!clmlp_multiply(count, clmlp_ranks_count(ranks), &bytes)) {
        return clmlp_refuse(error, "count", "count * ranks <= SIZE_MAX");
    }
    if (clmlp_ranks_alone(ranks)) {
        if (count > 0) memmove(all, mine, count);
        return CLMLP_OK;
    }
    ranks->all_know = false;
    const clmlp_job job = {.kind = CLMLP_JOB_GATHER, .mine = mine, .values = all, .count = count};
    return clmlp_courier_do(ranks->courier, &job, ranks->patience, error);
}

_Static_assert((size_t)CLMLP_SHA256_HEX <= CLMLP_SAID, "each rank's hash has to fit");

/* What stands for the bytes: their hash and their number. */
static void digest(const void *bytes, size_t count, char text[CLMLP_SHA256_HEX])
{
    const uint64_t number = count;
    clmlp_sha256 hash;
    clmlp_sha256_begin(&hash);
    clmlp_sha256_add(&hash, &number, sizeof number);
    if (count > 0) clmlp_sha256_add(&hash, bytes, count);
    (void)clmlp_sha256_text(&hash, text);
}

clmlp_status clmlp_ranks_same(clmlp_ranks *ranks, const char *what, const void *bytes, size_t count,
                              clmlp_error *error)
{
    REQUIRE(what != NULL, "what");
    REQUIRE(bytes != NULL || count == 0, "bytes");
    if (clmlp_ranks_alone(ranks)) return CLMLP_OK;
    char mine[CLMLP_SHA256_HEX], (*const all)[CLMLP_SHA256_HEX] = (void *)ranks->said;
    digest(bytes, count, mine);
    clmlp_status status = clmlp_ranks_gather(ranks, mine, sizeof mine, all, error);
    for (size_t rank = 1; rank < ranks->place.count && status == CLMLP_OK; rank++) {
        if (memcmp(all[rank], all[0], sizeof mine) == 0) continue;
        status = clmlp_fail(error, CLMLP_BAD_ARGUMENT, "rank %zu (host %s) has other %s than rank 0 (host %s)", rank,
                            ranks->hosts[rank], what, ranks->hosts[0]);
        ranks->all_know = true;
    }
    return status;
}

/* The message of the rank that failed first, to all: those that failed later take it, too. */
static clmlp_status pass_message(clmlp_ranks *ranks, size_t from, clmlp_status what, clmlp_error *error)
{
    char *const message = ranks->message;
    const bool mine = from == ranks->place.rank;
    if (mine) {
        const bool filled = error != NULL && error->status == what;
        (void)snprintf(message, CLMLP_ERROR_LENGTH, "%s", filled ? error->message : clmlp_status_text(what));
    }
    clmlp_status status = clmlp_ranks_share(ranks, from, message, CLMLP_ERROR_LENGTH, error);
    message[CLMLP_ERROR_LENGTH - 1] = '\0';
    if (status == CLMLP_OK && !mine) {
        (void)clmlp_fail(error, what, "rank %zu (host %s): %s", from, ranks->hosts[from], message);
    }
    ranks->all_know = status == CLMLP_OK;
    return status == CLMLP_OK ? what : status;
}

clmlp_status clmlp_ranks_agree(clmlp_ranks *ranks, clmlp_status mine, clmlp_error *error)
{
    if (clmlp_ranks_alone(ranks)) return mine;
    const uint32_t code = (uint32_t)mine;
    const uint32_t *const all = (const void *)ranks->said;
    clmlp_status status = clmlp_ranks_gather(ranks, &code, sizeof code, ranks->said, error);
    size_t first = 0;
    while (first < ranks->place.count && status == CLMLP_OK && all[first] == CLMLP_OK) first++;
    if (status == CLMLP_OK && first < ranks->place.count) {
        const clmlp_status what = all[first] < CLMLP_STATUS_COUNT ? (clmlp_status)all[first] : CLMLP_RANKS;
        status = pass_message(ranks, first, what, error);
    }
    return status;
}
