/* test_parallel.c - parallel loops: every item once, chunks in order. */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <criterion/criterion.h>
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "base/parallel.h"

enum { MOST = 1000 };

typedef struct record {
    unsigned char done[MOST];
    size_t begin[CLMLP_PIECES], end[CLMLP_PIECES];
} record;

/* In the place of the real one. */
static bool no_threads;

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *context)
{
    int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) = NULL;
    if (no_threads) return EAGAIN;
    *(void **)&create = dlsym(RTLD_NEXT, "pthread_create");
    return create(thread, attributes, start, context);
}

static void note(size_t piece, size_t begin, size_t end, void *context)
{
    record *r = context;
    r->begin[piece] = begin;
    r->end[piece] = end;
    for (size_t i = begin; i < end; i++) r->done[i]++;
}

Test(parallel, does_every_item_once_in_pieces_that_follow_each_other)
{
    const size_t counts[] = {0, 1, 2, 7, 8, 9, 63, 1000}, leasts[] = {0, 1, 3, 100, 5000};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        for (size_t l = 0; l < sizeof leasts / sizeof *leasts; l++) {
            record r;
            memset(&r, 0, sizeof r);
            const size_t count = counts[c], pieces = clmlp_parallel(count, leasts[l], note, &r);
            cr_assert(pieces >= 1 && pieces <= CLMLP_PIECES);
            cr_assert_eq(r.begin[0], 0);
            cr_assert_eq(r.end[pieces - 1], count);
            for (size_t p = 0; p < pieces; p++) {
                if (p > 0) cr_assert_eq(r.begin[p], r.end[p - 1]);
                if (pieces > 1) cr_assert_geq(r.end[p] - r.begin[p], leasts[l]);
            }
            for (size_t i = 0; i < MOST; i++) cr_assert_eq(r.done[i], i < count);
        }
    }
}

static void count_up(size_t piece, size_t begin, size_t end, void *context)
{
    record *r = context;
    cr_assert_lt(piece, CLMLP_PIECES);
    cr_assert_eq(end, begin + 1);
    r->done[begin]++;
}

Test(parallel, takes_every_item_of_a_queue_once)
{
    const size_t counts[] = {0, 1, 2, 7, 1000}, threads[] = {1, 2, 3, 8, 100};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        for (size_t t = 0; t < 2 * sizeof threads / sizeof *threads; t++) {
            record r;
            memset(&r, 0, sizeof r);
            no_threads = t % 2 == 1;
            clmlp_parallel_queue(counts[c], threads[t / 2], count_up, &r);
            no_threads = false;
            for (size_t i = 0; i < MOST; i++) cr_assert_eq(r.done[i], i < counts[c]);
        }
    }
    const size_t most = clmlp_parallel_most();
    cr_assert(most >= 1 && most <= CLMLP_PIECES);
}

/* A piece whose thread does not start is done all the same. */
Test(parallel, does_every_item_once_where_there_are_no_threads)
{
    record r;
    memset(&r, 0, sizeof r);
    no_threads = true;
    const size_t pieces = clmlp_parallel(MOST, 1, note, &r);
    no_threads = false;
    cr_assert_eq(r.end[pieces - 1], MOST);
    for (size_t i = 0; i < MOST; i++) cr_assert_eq(r.done[i], 1, "item %zu of %zu pieces: %d", i, pieces, r.done[i]);
}
