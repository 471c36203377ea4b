/* test_no_memory.c - one of several ranks has no memory at the moment: what all do together is the same for all. A rank
 * that left it for another thing would take the others' messages for that. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "ranks/direct.h"
#include "ranks/exchange.h"
#include "ranks/inside.h"
#include "thread_ranks.h"

enum { RANKS = 3, POOR = 1, SUMS = 30 };

/* The linker puts these in the place of the library's (--wrap). */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);

static _Thread_local bool has_none; /* of the thread that computes; the one that talks is another */
static _Thread_local size_t asked;

void *__wrap_malloc(size_t size)
{
    asked += has_none;
    return has_none ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    asked += has_none;
    return has_none ? NULL : __real_calloc(count, size);
}

typedef struct member {
    clmlp_ranks *ranks;
    size_t rank, asked;
    const char *wrong; /* NULL: nothing */
    pthread_t thread;
} member;

#define EXPECT(condition)                                            \
    do {                                                             \
        if (!(condition) && m->wrong == NULL) m->wrong = #condition; \
    } while (0)

static void agree(member *m)
{
    clmlp_error error = {.status = CLMLP_OK};
    EXPECT(clmlp_ranks_agree(m->ranks, CLMLP_OK, &error) == CLMLP_OK);
    if (m->rank == 2) error = (clmlp_error){.status = CLMLP_BAD_INPUT, .message = "no such thing"};
    EXPECT(clmlp_ranks_agree(m->ranks, error.status, &error) == CLMLP_BAD_INPUT);
    EXPECT(strcmp(error.message, m->rank == 2 ? "no such thing" : "rank 2 (host c): no such thing") == 0);
    EXPECT(clmlp_ranks_all_know(m->ranks));
}

static void compare(member *m)
{
    clmlp_error error = {.message = ""};
    const size_t other = m->rank;
    EXPECT(clmlp_ranks_same(m->ranks, "words", "abc", 3, &error) == CLMLP_OK);
    EXPECT(clmlp_ranks_same(m->ranks, "words", &other, sizeof other, &error) == CLMLP_BAD_ARGUMENT);
    EXPECT(strcmp(error.message, "rank 1 (host b) has other words than rank 0 (host a)") == 0);
}

static void share(member *m)
{
    size_t from = m->rank, all[RANKS] = {7, 7, 7};
    EXPECT(clmlp_ranks_gather(m->ranks, &from, sizeof from, all, NULL) == CLMLP_OK);
    EXPECT(all[0] == 0 && all[1] == 1 && all[2] == 2);
    EXPECT(clmlp_ranks_share(m->ranks, 2, &from, sizeof from, NULL) == CLMLP_OK && from == 2);
}

/* More at once than there is room for. */
static void sum(member *m)
{
    static double values[RANKS][SUMS]; /* a message may come there where a test fails */
    size_t ticket = 0;
    for (size_t i = 0; i < SUMS; i++) {
        values[m->rank][i] = (double)(m->rank + i);
        EXPECT(clmlp_exchange_begin(m->ranks, CLMLP_F64, &values[m->rank][i], 1, &ticket, NULL) == CLMLP_OK);
    }
    EXPECT(clmlp_exchange_wait(m->ranks, ticket, NULL) == CLMLP_OK);
    for (size_t i = 0; i < SUMS; i++) EXPECT(values[m->rank][i] == (double)(RANKS * i + 3));
}

/* Nobody wants memory that all see, and none is there to be used. */
static void look_for_shared_memory(member *m)
{
    clmlp_direct *direct = NULL;
    EXPECT(clmlp_direct_open(&direct, m->ranks, 0, NULL) == CLMLP_OK && direct == NULL);
    EXPECT(clmlp_direct_use(NULL, m->ranks, true, NULL) == CLMLP_OK);
}

static void *do_all(void *argument)
{
    member *const m = argument;
    has_none = m->rank == POOR;
    agree(m);
    compare(m);
    share(m);
    sum(m);
    look_for_shared_memory(m);
    agree(m);
    has_none = false;
    m->asked = asked;
    return NULL;
}

Test(no_memory, what_all_do_together_goes_on, .timeout = 60)
{
    thread_world *const world = thread_world_create(1);
    member members[RANKS];
    for (size_t r = 0; r < RANKS; r++) {
        members[r] = (member){.ranks = thread_ranks_join(world, r, RANKS), .rank = r};
    }
    for (size_t r = 0; r < RANKS; r++) {
        cr_assert_eq(pthread_create(&members[r].thread, NULL, do_all, &members[r]), 0);
    }
    for (size_t r = 0; r < RANKS; r++) cr_assert_eq(pthread_join(members[r].thread, NULL), 0);
    for (size_t r = 0; r < RANKS; r++) {
        cr_expect_null(members[r].wrong, "rank %zu: %s", r, members[r].wrong);
        cr_expect(thread_ranks_leave(members[r].ranks));
    }
    cr_expect_eq(thread_world_open(world), 0);
    thread_world_destroy(world);
    cr_expect_gt(members[POOR].asked, 0); /* for room for more sums: without, nothing was tested */
}
