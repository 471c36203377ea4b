/* The life line without MPI: ranks are threads or sockets of this process. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "joining.h"
#include "ranks/line.h"
#include "ranks/watch.h"

enum { RANKS = JOINING_RANKS };
static const char HOSTS[RANKS][CLMLP_HOST_LENGTH] = {"a", "b", "c", "d"};

typedef struct party {
    clmlp_failure failure[RANKS];
    clmlp_watch *watch[RANKS];
    int ends[RANKS];
} party;

/* Watches of all ranks but those from `silent` on, whose ends are left to the test. */
static void begin_watching(party *p, double timeout, size_t silent)
{
    int sockets[RANKS];
    clmlp_error error = {.message = ""};
    joining_all(sockets, p->ends, false);
    for (size_t r = 0; r < RANKS; r++) {
        clmlp_failure_init(&p->failure[r]);
        p->watch[r] = NULL;
        if (r >= silent) continue;
        cr_assert_eq(clmlp_watch_start(&p->watch[r], r, RANKS, timeout, r == 0 ? sockets : &p->ends[r], &p->failure[r],
                                       HOSTS, &error), CLMLP_OK, "%s", error.message);
    }
}

static void end_watching(party *p)
{
    for (size_t r = RANKS; r-- > 0;) {
        clmlp_watch_stop(p->watch[r]);
        clmlp_failure_destroy(&p->failure[r]);
    }
}

static void expect_failure(party *p, size_t ranks, size_t which, clmlp_status status, const char *text, double seconds)
{
    const double until = clmlp_seconds() + seconds;
    for (size_t r = 0; r < ranks; r++) {
        if (r == which) continue;
        while (!clmlp_failure_happened(&p->failure[r]) && clmlp_seconds() < until) joining_sleep(0.01);
        cr_assert(clmlp_failure_happened(&p->failure[r]), "rank %zu knows nothing", r);
        cr_expect_eq(p->failure[r].rank, which);
        cr_expect_eq(p->failure[r].status, status);
        cr_expect_str_eq(p->failure[r].text, text, "rank %zu: %s", r, p->failure[r].text);
    }
}

Test(life_line, all_know_of_a_connection_that_closes)
{
    party p;
    begin_watching(&p, 15.0, RANKS - 1);
    joining_sleep(0.3);
    for (size_t r = 0; r < RANKS; r++) cr_expect(!clmlp_failure_happened(&p.failure[r]));
    (void)close(p.ends[RANKS - 1]);
    expect_failure(&p, RANKS - 1, RANKS - 1, CLMLP_RANKS, "rank 3 (host d) is gone: its connection closed", 2.0);
    end_watching(&p);
}

typedef struct notice {
    atomic_uint times;
    size_t rank;
    char text[CLMLP_FAILURE_TEXT];
} notice;

static void take_notice(void *context, size_t rank, const char *text)
{
    notice *const n = context;
    n->rank = rank;
    (void)snprintf(n->text, sizeof n->text, "%s", text);
    atomic_fetch_add(&n->times, 1);
}

Test(life_line, a_program_hears_at_once_of_a_rank_that_is_gone)
{
    static const char text[] = "rank 3 (host d) is gone: its connection closed";
    party p;
    notice of_zero = {.rank = 9}, late = {.rank = 9}, of_failure = {.rank = 9};
    begin_watching(&p, 15.0, RANKS - 1);
    clmlp_failure_call(&p.failure[0], take_notice, &of_zero);
    (void)close(p.ends[RANKS - 1]);
    expect_failure(&p, RANKS - 1, RANKS - 1, CLMLP_RANKS, text, 2.0);
    cr_expect_eq(atomic_load(&of_zero.times), 1);
    cr_expect_eq(of_zero.rank, RANKS - 1);
    cr_expect_str_eq(of_zero.text, text);
    end_watching(&p);

    clmlp_failure failure;
    clmlp_failure_init(&failure);
    (void)clmlp_failure_gone(&failure, 1, "b", "it left");
    (void)clmlp_failure_gone(&failure, 2, "c", "it left");
    clmlp_failure_call(&failure, take_notice, &late);
    cr_expect_eq(atomic_load(&late.times), 1);
    cr_expect_str_eq(late.text, "rank 1 (host b) is gone: it left");
    clmlp_failure_destroy(&failure);

    clmlp_failure_init(&failure); /* what a rank says of itself is no loss */
    clmlp_failure_call(&failure, take_notice, &of_failure);
    (void)clmlp_failure_set(&failure, 1, CLMLP_IO, "the disk is full");
    cr_expect_eq(atomic_load(&of_failure.times), 0);
    clmlp_failure_destroy(&failure);
}

Test(life_line, all_know_of_a_rank_that_is_silent)
{
    party p;
    begin_watching(&p, 1.0, RANKS - 1);
    expect_failure(&p, RANKS - 1, RANKS - 1, CLMLP_RANKS, "rank 3 (host d) is gone: no sign of life for 1 s", 4.0);
    end_watching(&p);
    (void)close(p.ends[RANKS - 1]);
}

Test(life_line, beats_keep_all_alive)
{
    party p;
    begin_watching(&p, 1.0, RANKS);
    joining_sleep(2.5);
    for (size_t r = 0; r < RANKS; r++) cr_expect(!clmlp_failure_happened(&p.failure[r]), "%s", p.failure[r].text);
    end_watching(&p);
}

/* Threads stop their watches at any order, as processes would. */
static void *stop(void *watch)
{
    clmlp_watch_stop(watch);
    return NULL;
}

Test(life_line, who_leaves_in_good_order_is_not_missed)
{
    party p;
    pthread_t threads[RANKS];
    begin_watching(&p, 15.0, RANKS);
    for (size_t r = 0; r < RANKS; r++) {
        cr_assert_eq(pthread_create(&threads[r], NULL, stop, p.watch[r]), 0);
        joining_sleep(0.1); /* rank 0 is the first to go */
    }
    for (size_t r = 0; r < RANKS; r++) cr_assert_eq(pthread_join(threads[r], NULL), 0);
    for (size_t r = 0; r < RANKS; r++) {
        cr_expect(!clmlp_failure_happened(&p.failure[r]), "rank %zu: %s", r, p.failure[r].text);
        clmlp_failure_destroy(&p.failure[r]);
    }
}

Test(life_line, what_a_rank_says_of_itself_reaches_all)
{
    for (size_t which = 0; which < RANKS; which += 2) {
        party p;
        begin_watching(&p, 15.0, RANKS);
        const double begin = clmlp_seconds();
        cr_assert(clmlp_failure_set(&p.failure[which], which, CLMLP_DIVERGED, "the cost\n is\033 lost"));
        clmlp_watch_tell(p.watch[which], 10.0);
        cr_expect(clmlp_seconds() - begin < 5.0);
        expect_failure(&p, RANKS, which, CLMLP_DIVERGED, "the cost? is? lost", 2.0);
        end_watching(&p);
    }
}

Test(life_line, what_comes_is_not_trusted)
{
    static const struct {
        const char *bytes;
        size_t length;
        const char *text;
    } cases[] = {
        {"x\0\0", 3, "rank 3 (host d) is gone: it sent what is no message"},
        {"f\377\377", 3, "rank 3 (host d) is gone: it sent what is no message"},
        /* a rank speaks of itself alone, whatever number it gives, and of a status that is none */
        {"f\0\13\377\377\377\377\0\0\0\3a\033b", 14, "a?b"},
        {"t\0\13\0\0\0\1\0\0\0\3abcf\0\11\0\0\0\0\0\0\0\3z", 26, "z"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        party p;
        begin_watching(&p, 15.0, RANKS - 1);
        for (size_t at = 0; at < cases[i].length; at++) { /* byte by byte: halves of messages change nothing */
            cr_assert_eq(send(p.ends[RANKS - 1], cases[i].bytes + at, 1, MSG_NOSIGNAL), 1);
            joining_sleep(0.01);
        }
        const clmlp_status status = i < 2 ? CLMLP_RANKS : CLMLP_IO;
        expect_failure(&p, RANKS - 1, RANKS - 1, status, cases[i].text, 2.0);
        end_watching(&p);
        (void)close(p.ends[RANKS - 1]);
    }
}
