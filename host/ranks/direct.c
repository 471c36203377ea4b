/* direct.c - sums in memory that all ranks of a host see. */
#include "ranks/direct.h"

#include <limits.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "ranks/add.h"
#include "ranks/piece.h"

enum { LINE = 128, BLOCK = 1 << 14 /* bytes of sums that are handed on while they are in the nearest cache */ };

/* The counters of a rank, in a line of their own. Processes share them, so they must need no lock. */
typedef struct head {
    alignas(LINE) atomic_uint given;
    atomic_uint added;
} head;
_Static_assert(ATOMIC_INT_LOCK_FREE == 2 && sizeof(head) == LINE, "counters in shared memory");

struct clmlp_direct {
    unsigned char *memory;
    size_t rank, count, part;
    unsigned turn;      /* sums that were given here */
    const void **from;  /* [count] */
};

/* Bytes in front of the parts. */
static size_t heads_of(size_t count)
{
    return (count * sizeof(head) + CLMLP_DIRECT_PAGE - 1) / CLMLP_DIRECT_PAGE * CLMLP_DIRECT_PAGE;
}

size_t clmlp_direct_size(size_t count, size_t part)
{
    size_t parts = 0, all = 0;
    const bool fits = count <= SIZE_MAX / 2 / sizeof(head) && clmlp_multiply(count, part, &parts) &&
                      clmlp_add(heads_of(count), parts, &all);
    return fits ? all : SIZE_MAX;
}

clmlp_status clmlp_direct_create(clmlp_direct **out, void *memory, size_t rank, size_t count, size_t part,
                                 clmlp_error *error)
{
    clmlp_direct *d = NULL;
    TRY(clmlp_allocate(&d, 1, sizeof *d, "sums in shared memory", error));
    const clmlp_status status = clmlp_allocate(&d->from, count, sizeof *d->from, "sums in shared memory", error);
    if (status != CLMLP_OK) {
        free(d);
        return status;
    }
    d->memory = memory;
    d->rank = rank;
    d->count = count;
    d->part = part;
    *out = d;
    return CLMLP_OK;
}

void clmlp_direct_destroy(clmlp_direct *d)
{
    if (d == NULL) return;
    free(d->from);
    free(d);
}

static head *head_of(const clmlp_direct *d, size_t rank)
{
    return (head *)(void *)(d->memory + rank * sizeof(head));
}

unsigned char *clmlp_direct_part(const clmlp_direct *d, size_t rank)
{
    return d->memory + heads_of(d->count) + rank * d->part;
}

void *clmlp_direct_memory(const clmlp_direct *d, size_t *bytes)
{
    *bytes = clmlp_direct_size(d->count, d->part);
    return d->memory;
}

bool clmlp_direct_holds(const clmlp_direct *d, const void *values, size_t bytes)
{
    if (d == NULL || bytes <= CLMLP_PIECE_SMALL || bytes > d->part) return false;
    const uintptr_t part = (uintptr_t)clmlp_direct_part(d, d->rank), at = (uintptr_t)values;
    return at >= part && at - part <= d->part - bytes;
}

unsigned clmlp_direct_give(clmlp_direct *d)
{
    const unsigned turn = ++d->turn;
    atomic_store_explicit(&head_of(d, d->rank)->given, turn, memory_order_release);
    return turn;
}

/* Whether a counter has come to that turn. */
static bool has_come(atomic_uint *counter, unsigned turn)
{
    return atomic_load_explicit(counter, memory_order_acquire) - turn <= UINT_MAX / 2;
}

/* Numbers begin to begin + count - 1 of `values`, whose first byte is `at` in every part. */
static void add_slice(clmlp_direct *d, clmlp_precision precision, size_t at, size_t begin, size_t count)
{
    const size_t size = precision == CLMLP_F64 ? sizeof(double) : sizeof(float), block = BLOCK / size;
    for (size_t done = 0; done < count; done += block) {
        const size_t now = clmlp_smaller(block, count - done), here = at + (begin + done) * size;
        unsigned char *const sums = clmlp_direct_part(d, d->rank) + here;
        for (size_t r = 0; r < d->count; r++) d->from[r] = clmlp_direct_part(d, r) + here;
        clmlp_add_in_order(precision, d->count, d->from, sums, now);
        for (size_t r = 0; r < d->count; r++) {
            if (r != d->rank) memcpy(clmlp_direct_part(d, r) + here, sums, now * size);
        }
    }
}

bool clmlp_direct_add(clmlp_direct *d, unsigned turn, clmlp_precision precision, const void *values, size_t count,
                      double *sent)
{
    const size_t size = precision == CLMLP_F64 ? sizeof(double) : sizeof(float);
    const size_t at = (size_t)((const unsigned char *)values - clmlp_direct_part(d, d->rank));
    for (size_t r = 0; r < d->count; r++) {
        if (!has_come(&head_of(d, r)->given, turn)) return false;
    }
    for (size_t begin = 0, piece = 0; begin < count; begin += piece) {
        size_t first = 0, own = 0;
        piece = clmlp_piece_share(d->count, size, count - begin, d->rank, &first, &own);
        add_slice(d, precision, at, begin + first, own);
        *sent += (double)((piece - own + own * (d->count - 1)) * size);
    }
    atomic_store_explicit(&head_of(d, d->rank)->added, turn, memory_order_release);
    return true;
}

bool clmlp_direct_is_done(const clmlp_direct *d, unsigned turn)
{
    for (size_t r = 0; r < d->count; r++) {
        if (!has_come(&head_of(d, r)->added, turn)) return false;
    }
    return true;
}
