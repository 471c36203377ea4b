/* The life line without MPI: ranks are threads or sockets of this process. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "ranks/line.h"
#include "ranks/meet.h"
#include "ranks/watch.h"

enum { RANKS = 4 };
static const char HOSTS[RANKS][CLMLP_HOST_LENGTH] = {"a", "b", "c", "d"};

static void sleep_for(double seconds)
{
    const struct timespec moment = {.tv_sec = (time_t)seconds,
                                    .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)};
    (void)nanosleep(&moment, NULL);
}

/* --- joining ------------------------------------------------------------------------------------------- */

typedef struct joiner {
    const clmlp_meet_place *place;
    size_t rank;
    double wait;
    int socket;
    clmlp_status status;
    clmlp_error error;
} joiner;

static void *join(void *argument)
{
    joiner *const j = argument;
    sleep_for(j->wait);
    j->status = clmlp_meet_join(j->place, j->rank, 10.0, &j->socket, &j->error);
    return NULL;
}

static int dial(const clmlp_meet_place *place)
{
    struct sockaddr_in to = {.sin_family = AF_INET};
    memcpy(&to.sin_port, place->port, 2);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int made = socket(AF_INET, SOCK_STREAM, 0);
    if (made < 0 || connect(made, (struct sockaddr *)&to, sizeof to) != 0) return -1;
    return made;
}

/* Everything that a stranger on the port may try: says nothing, garbage, half a message, closes at once, the right form
 * with a wrong proof, and a rank with another secret. */
static void *be_hostile(void *argument)
{
    const clmlp_meet_place *const place = argument;
    static const char garbage[4096] = "GET / HTTP/1.1\r\n\r\n";
    int socket = -1;
    clmlp_meet_place other = *place;
    memset(other.secret, 7, sizeof other.secret);
    for (size_t i = 0; i < 40; i++) {
        const int made = dial(place);
        if (made < 0) continue;
        if (i % 4 == 1) (void)!send(made, garbage, sizeof garbage, MSG_NOSIGNAL);
        if (i % 4 == 2) (void)!send(made, "clmlp r1\0\0\0\1half", 16, MSG_NOSIGNAL);
        if (i % 4 == 3) (void)close(made);
        if (i % 4 == 0) {
            char hello[CLMLP_MEET_HELLO];
            memset(hello, 0, sizeof hello);
            memcpy(hello, "clmlp r1\0\0\0\1", 12);
            (void)!send(made, hello, sizeof hello, MSG_NOSIGNAL);
        }
    }
    cr_expect_eq(clmlp_meet_join(&other, 1, 2.0, &socket, NULL), CLMLP_RANKS);
    cr_expect_eq(socket, -1);
    return NULL;
}

/* sockets of rank 0, and of the others at [rank] of `ends`. */
static void join_all(int *sockets, int *ends, bool hostile)
{
    clmlp_meet_place place;
    clmlp_error error = {.message = ""};
    joiner joiners[RANKS];
    pthread_t threads[RANKS], stranger;
    int listener = -1;
    cr_assert_eq(clmlp_meet_listen(&listener, &place, &error), CLMLP_OK, "%s", error.message);
    if (hostile) cr_assert_eq(pthread_create(&stranger, NULL, be_hostile, &place), 0);
    for (size_t r = 1; r < RANKS; r++) {
        joiners[r] = (joiner){.place = &place, .rank = r, .wait = hostile ? 0.3 : 0.0};
        cr_assert_eq(pthread_create(&threads[r], NULL, join, &joiners[r]), 0);
    }
    const clmlp_status status = clmlp_meet_accept(listener, &place, RANKS, 20.0, sockets, &error);
    cr_assert_eq(status, CLMLP_OK, "%s", error.message);
    for (size_t r = 1; r < RANKS; r++) {
        cr_assert_eq(pthread_join(threads[r], NULL), 0);
        cr_assert_eq(joiners[r].status, CLMLP_OK, "%s", joiners[r].error.message);
        ends[r] = joiners[r].socket;
    }
    (void)close(listener);
    if (hostile) cr_assert_eq(pthread_join(stranger, NULL), 0);
}

/* Whether what one end says is heard at the other. */
static bool are_connected(int a, int b)
{
    char said = 'x', heard = 0;
    struct pollfd there = {.fd = b, .events = POLLIN};
    return send(a, &said, 1, MSG_NOSIGNAL) == 1 && poll(&there, 1, 5000) == 1 && recv(b, &heard, 1, 0) == 1 &&
           heard == said;
}

Test(life_line, strangers_on_the_port_change_nothing)
{
    int sockets[RANKS], ends[RANKS] = {-1};
    join_all(sockets, ends, true);
    for (size_t r = 1; r < RANKS; r++) {
        cr_expect(are_connected(sockets[r], ends[r]), "rank %zu", r);
        (void)close(sockets[r]);
        (void)close(ends[r]);
    }
}

Test(life_line, a_rank_that_does_not_come_is_named)
{
    clmlp_meet_place place;
    clmlp_error error = {.message = ""};
    int listener = -1, sockets[2], socket = -1;
    cr_assert_eq(clmlp_meet_listen(&listener, &place, &error), CLMLP_OK);
    cr_expect_eq(clmlp_meet_accept(listener, &place, 2, 0.2, sockets, &error), CLMLP_RANKS);
    cr_expect(strstr(error.message, "rank 1 did not connect to TCP port") != NULL, "%s", error.message);
    (void)close(listener);
    cr_expect_eq(clmlp_meet_join(&place, 1, 2.0, &socket, &error), CLMLP_RANKS);
    cr_expect(strstr(error.message, "refused") != NULL, "%s", error.message);
    place.count = 255;
    cr_expect_eq(clmlp_meet_join(&place, 1, 2.0, &socket, &error), CLMLP_RANKS);
}

Test(life_line, who_answers_in_place_of_rank_0_learns_nothing)
{
    clmlp_meet_place place, other;
    int listener = -1, stranger = -1, sockets[2];
    clmlp_error error = {.message = ""};
    cr_assert_eq(clmlp_meet_listen(&listener, &place, NULL), CLMLP_OK);
    cr_assert_eq(clmlp_meet_listen(&stranger, &other, NULL), CLMLP_OK); /* has another secret */
    memcpy(place.port, other.port, sizeof place.port);
    joiner j = {.place = &place, .rank = 1};
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, join, &j), 0);
    cr_expect_eq(clmlp_meet_accept(stranger, &other, 2, 1.0, sockets, &error), CLMLP_RANKS);
    (void)close(stranger);
    cr_assert_eq(pthread_join(thread, NULL), 0);
    cr_expect_eq(j.status, CLMLP_RANKS);
    cr_expect(strstr(j.error.message, "another program answers") != NULL, "%s", j.error.message);
    (void)close(listener);
}

/* Plays rank 0 for one that joins, but knows no secret. */
static void *pretend(void *argument)
{
    const int listener = *(const int *)argument;
    char hello[CLMLP_MEET_HELLO] = "";
    struct pollfd there = {.fd = listener, .events = POLLIN};
    (void)poll(&there, 1, 5000);
    const int made = accept(listener, NULL, NULL);
    (void)!send(made, hello, CLMLP_MEET_NONCE, MSG_NOSIGNAL);
    (void)!recv(made, hello, sizeof hello, MSG_WAITALL);
    (void)!send(made, hello, CLMLP_MEET_PROOF, MSG_NOSIGNAL);
    sleep_for(0.5);
    (void)close(made);
    return NULL;
}

Test(life_line, who_cannot_prove_to_be_rank_0_is_not_taken_for_it)
{
    clmlp_meet_place place;
    clmlp_error error = {.message = ""};
    int listener = -1, socket = -1;
    pthread_t thread;
    cr_assert_eq(clmlp_meet_listen(&listener, &place, NULL), CLMLP_OK);
    place.address[0][0] = 4;
    memcpy(place.address[0] + 1, (const unsigned char[]){127, 0, 0, 1}, 4);
    place.count = 1;
    cr_assert_eq(pthread_create(&thread, NULL, pretend, &listener), 0);
    cr_expect_eq(clmlp_meet_join(&place, 1, 5.0, &socket, &error), CLMLP_RANKS);
    cr_expect_str_eq(strstr(error.message, "127"), "127.0.0.1: another program answers");
    cr_assert_eq(pthread_join(thread, NULL), 0);
    (void)close(listener);
}

/* --- watching ------------------------------------------------------------------------------------------ */

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
    join_all(sockets, p->ends, false);
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
        while (!clmlp_failure_happened(&p->failure[r]) && clmlp_seconds() < until) sleep_for(0.01);
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
    sleep_for(0.3);
    for (size_t r = 0; r < RANKS; r++) cr_expect(!clmlp_failure_happened(&p.failure[r]));
    (void)close(p.ends[RANKS - 1]);
    expect_failure(&p, RANKS - 1, RANKS - 1, CLMLP_RANKS, "rank 3 (host d) is gone: its connection closed", 2.0);
    end_watching(&p);
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
    sleep_for(2.5);
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
        sleep_for(0.1); /* rank 0 is the first to go */
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
            sleep_for(0.01);
        }
        const clmlp_status status = i < 2 ? CLMLP_RANKS : CLMLP_IO;
        expect_failure(&p, RANKS - 1, RANKS - 1, status, cases[i].text, 2.0);
        end_watching(&p);
        (void)close(p.ends[RANKS - 1]);
    }
}
