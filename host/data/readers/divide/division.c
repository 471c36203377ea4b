/* division.c - what ranks that read one file tell each other. */
#include "data/readers/divide/division.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { ROOM = 64 };

/* Whether a rank has failed, and whether that is the same everywhere. */
typedef struct word {
    uint64_t status, message;
} word;

size_t clmlp_division_head(const clmlp_division *division)
{
    return division != NULL && division->head > 0 ? division->head : CLMLP_HEAD_ROWS;
}

uint64_t clmlp_division_least(const clmlp_division *division)
{
    return division != NULL && division->least > 0 ? division->least : CLMLP_LEAST_BYTES;
}

static void release(clmlp_division *division)
{
    free(division->bytes);
    division->bytes = NULL;
    division->byte_count = 0;
    if (division->broken) return; /* a message may still come there */
    free(division->mine);
    free(division->all);
    free(division->chunk);
    free(division->text);
    division->mine = division->all = division->chunk = NULL;
    division->text = NULL;
}

clmlp_status clmlp_division_reserve(clmlp_division *division, size_t count, clmlp_error *error)
{
    unsigned char *mine = NULL, *all = NULL;
    clmlp_status status = CLMLP_OK;
    if (count <= division->room) return CLMLP_OK;
    TRY_CLEANUP(clmlp_allocate(&mine, count, 1, "what ranks tell each other", error));
    TRY_CLEANUP(clmlp_allocate(&all, division->count, count, "what ranks tell each other", error));
    free(division->mine);
    free(division->all);
    division->mine = mine;
    division->all = all;
    division->room = count;
    mine = all = NULL;
cleanup:
    free(all);
    free(mine);
    return status;
}

static clmlp_status make_room(clmlp_division *division, clmlp_error *error)
{
    TRY(clmlp_division_reserve(division, ROOM, error));
    TRY(clmlp_allocate(&division->chunk, CLMLP_PARCEL_CHUNK, 1, "what ranks tell each other", error));
    return clmlp_allocate(&division->text, CLMLP_ERROR_LENGTH, 1, "what ranks tell each other", error);
}

clmlp_status clmlp_division_begin(clmlp_division *division, clmlp_ranks *ranks, clmlp_error *error)
{
    division->ranks = ranks;
    division->rank = clmlp_ranks_rank(ranks);
    division->count = clmlp_ranks_count(ranks);
    if (!clmlp_is_divided(division)) return CLMLP_OK;
    const clmlp_status status = clmlp_ranks_agree(ranks, make_room(division, error), error);
    if (status == CLMLP_OK) return CLMLP_OK;
    division->broken = clmlp_ranks_failure(ranks, NULL, NULL, NULL, 0);
    division->over = true;
    release(division);
    return status;
}

clmlp_status clmlp_division_end(clmlp_division *division, clmlp_status status, clmlp_error *error)
{
    if (!clmlp_is_divided(division)) return status;
    if (!division->over) status = clmlp_division_meet(division, status, error);
    release(division);
    return status;
}

/* A rank is gone: nothing will be exchanged any more. */
static clmlp_status check(clmlp_division *division, clmlp_status status)
{
    if (status != CLMLP_OK) division->over = division->broken = true;
    return status;
}

clmlp_status clmlp_division_gather(clmlp_division *division, const void *mine, size_t count, const void **all,
                                   clmlp_error *error)
{
    memcpy(division->mine, mine, count);
    *all = division->all;
    return check(division, clmlp_ranks_gather(division->ranks, division->mine, count, division->all, error));
}

clmlp_status clmlp_division_pass(clmlp_division *division, size_t from, clmlp_status status, bool named,
                                 clmlp_error *error)
{
    char *const text = division->text;
    if (from == division->rank) {
        const bool filled = error != NULL && error->status == status;
        (void)snprintf(text, CLMLP_ERROR_LENGTH, "%s", filled ? error->message : clmlp_status_text(status));
    }
    TRY(check(division, clmlp_ranks_share(division->ranks, from, text, CLMLP_ERROR_LENGTH, error)));
    text[CLMLP_ERROR_LENGTH - 1] = '\0';
    if (!named) return clmlp_fail(error, status, "%s", text);
    return clmlp_fail(error, status, "rank %zu (host %s): %s", from, clmlp_ranks_host(division->ranks, from), text);
}

/* FNV-1a: it only has to differ where messages do. */
static uint64_t hash_of(const clmlp_error *error)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (const char *p = error != NULL ? error->message : ""; *p != '\0'; p++) {
        hash = (hash ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
    }
    return hash;
}

clmlp_status clmlp_division_meet(clmlp_division *division, clmlp_status mine, clmlp_error *error)
{
    const word own = {mine, mine != CLMLP_OK ? hash_of(error) : 0};
    const void *gathered = NULL;
    size_t first = 0;
    bool alike = true;
    TRY(clmlp_division_gather(division, &own, sizeof own, &gathered, error));
    const word *const all = gathered;
    while (first < division->count && all[first].status == CLMLP_OK) first++;
    if (first == division->count) return CLMLP_OK;
    for (size_t r = 1; r < division->count; r++) {
        alike = alike && all[r].status == all[0].status && all[r].message == all[0].message;
    }
    division->over = true;
    const clmlp_status status = all[first].status < CLMLP_STATUS_COUNT ? (clmlp_status)all[first].status : CLMLP_RANKS;
    return clmlp_division_pass(division, first, status, !alike, error);
}

/* --- parcels ---------------------------------------------------------------------------------------------- */

void clmlp_parcel_begin(clmlp_parcel *parcel, clmlp_division *division, size_t from, clmlp_error *error)
{
    *parcel = (clmlp_parcel){.division = division, .from = from, .sends = from == division->rank, .error = error};
    parcel->filled = parcel->sends ? CLMLP_PARCEL_CHUNK : 0;
}

/* One chunk, full or not, goes its way. */
static void exchange(clmlp_parcel *parcel)
{
    clmlp_division *const division = parcel->division;
    parcel->at = 0;
    parcel->filled = CLMLP_PARCEL_CHUNK;
    const clmlp_status status = check(division, clmlp_ranks_share(division->ranks, parcel->from, division->chunk,
                                                                  CLMLP_PARCEL_CHUNK, parcel->error));
    if (status != CLMLP_OK) parcel->status = status;
}

void clmlp_parcel_move(clmlp_parcel *parcel, void *bytes, size_t count)
{
    const clmlp_division *const division = parcel->division;
    unsigned char *const chunk = division->chunk;
    char *next = bytes;
    while (count > 0) {
        if (!division->over && parcel->at == parcel->filled) exchange(parcel);
        if (division->over) {
            if (!parcel->sends && next != NULL) memset(next, 0, count); /* it may be taken for a number of bytes */
            return;
        }
        const size_t some = clmlp_smaller(count, parcel->filled - parcel->at);
        if (parcel->sends) memcpy(chunk + parcel->at, next, some);
        else if (next != NULL) memcpy(next, chunk + parcel->at, some);
        if (next != NULL) next += some;
        parcel->at += some;
        count -= some;
    }
}

void clmlp_parcel_move_array(clmlp_parcel *parcel, void *array, size_t count, size_t size)
{
    void *bytes = NULL;
    size_t total = 0;
    memcpy(&bytes, array, sizeof bytes);
    uint8_t present = (uint8_t)(bytes != NULL);
    clmlp_parcel_move(parcel, &present, sizeof present);
    if (present == 0 || count == 0) return;
    if (!parcel->sends) {
        const clmlp_status status = clmlp_allocate(array, count, size, "the data", parcel->error);
        if (status == CLMLP_OK) memcpy(&bytes, array, sizeof bytes);
        else if (parcel->status == CLMLP_OK) parcel->status = status;
    }
    if (clmlp_multiply(count, size, &total)) clmlp_parcel_move(parcel, bytes, total);
}

clmlp_status clmlp_parcel_end(clmlp_parcel *parcel)
{
    if (parcel->sends && parcel->at > 0 && !parcel->division->over) exchange(parcel);
    return parcel->status;
}
