/* Joining the life line, whoever else comes: ranks are threads of this process. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "joining.h"
#include "ranks/proof.h"

enum { RANKS = JOINING_RANKS };

/* Whether what one end says is heard at the other. */
static bool are_connected(int a, int b)
{
    char said = 'x', heard = 0;
    struct pollfd there = {.fd = b, .events = POLLIN};
    return send(a, &said, 1, MSG_NOSIGNAL) == 1 && poll(&there, 1, 5000) == 1 && recv(b, &heard, 1, 0) == 1 &&
           heard == said;
}

Test(meeting, strangers_on_the_port_change_nothing)
{
    int sockets[RANKS], ends[RANKS] = {-1};
    joining_all(sockets, ends, true);
    for (size_t r = 1; r < RANKS; r++) {
        cr_expect(are_connected(sockets[r], ends[r]), "rank %zu", r);
        (void)close(sockets[r]);
        (void)close(ends[r]);
    }
}

/* --- a second user on the same host ---------------------------------------------------------------------------- */

enum { SILENT = 700 };

/* All places, and many in line behind them, are taken by connections that say nothing, and come again when they are
 * closed. */
typedef struct crowd {
    const clmlp_meet_place *place;
    atomic_bool over;
    size_t dialed;
} crowd;

static void *throng(void *argument)
{
    crowd *const c = argument;
    struct pollfd all[SILENT];
    for (size_t i = 0; i < SILENT; i++) all[i] = (struct pollfd){.fd = -1, .events = POLLIN};
    while (!atomic_load(&c->over)) {
        for (size_t i = 0; i < SILENT; i++) {
            char bytes[64];
            if (all[i].fd >= 0 && recv(all[i].fd, bytes, sizeof bytes, MSG_DONTWAIT) == 0) {
                (void)close(all[i].fd);
                all[i].fd = -1;
            }
            if (all[i].fd < 0) c->dialed += (all[i].fd = joining_dial(c->place)) >= 0;
        }
        (void)poll(all, SILENT, 5);
    }
    for (size_t i = 0; i < SILENT; i++) {
        if (all[i].fd >= 0) (void)close(all[i].fd);
    }
    return NULL;
}

Test(meeting, a_crowd_on_the_port_keeps_no_rank_out)
{
    clmlp_meet_place place;
    clmlp_error error = {.message = ""};
    joiner j;
    pthread_t of_crowd, of_rank;
    int listener = -1, sockets[2];
    cr_assert_eq(clmlp_meet_listen(&listener, &place, &error), CLMLP_OK, "%s", error.message);
    crowd c = {.place = &place};
    cr_assert_eq(pthread_create(&of_crowd, NULL, throng, &c), 0);
    joining_sleep(0.5); /* its connections are first in line */
    j = (joiner){.place = &place, .rank = 1};
    cr_assert_eq(pthread_create(&of_rank, NULL, joining_join, &j), 0);
    const clmlp_status status = clmlp_meet_accept(listener, &place, 2, 10.0, sockets, &error);
    atomic_store(&c.over, true);
    cr_assert_eq(pthread_join(of_rank, NULL), 0);
    cr_assert_eq(pthread_join(of_crowd, NULL), 0);
    cr_assert_eq(status, CLMLP_OK, "%s", error.message);
    cr_assert_eq(j.status, CLMLP_OK, "%s", j.error.message);
    cr_expect_geq(c.dialed, SILENT);
    cr_expect(are_connected(sockets[1], j.socket));
    (void)close(listener);
    (void)close(sockets[1]);
    (void)close(j.socket);
}

/* Rank 0 has descriptors for a few connections more: strangers do not get them all. */
Test(meeting, strangers_do_not_use_up_the_descriptors)
{
    clmlp_meet_place place;
    clmlp_error error = {.message = ""};
    joiner j;
    pthread_t of_rank;
    struct rlimit limit;
    int listener = -1, sockets[2], strangers[32];
    cr_assert_eq(clmlp_meet_listen(&listener, &place, &error), CLMLP_OK, "%s", error.message);
    for (size_t i = 0; i < 32; i++) strangers[i] = joining_dial(&place);
    j = (joiner){.place = &place, .rank = 1};
    cr_assert_eq(pthread_create(&of_rank, NULL, joining_join, &j), 0);
    joining_sleep(0.3); /* it has connected */
    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    const struct rlimit few = {.rlim_cur = (rlim_t)strangers[31] + 8, .rlim_max = limit.rlim_max};
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
    const clmlp_status status = clmlp_meet_accept(listener, &place, 2, 10.0, sockets, &error);
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    cr_assert_eq(pthread_join(of_rank, NULL), 0);
    cr_expect_eq(status, CLMLP_OK, "%s", error.message);
    cr_expect_eq(j.status, CLMLP_OK, "%s", j.error.message);
    for (size_t i = 0; i < 32; i++) (void)close(strangers[i]);
    (void)close(listener);
}

Test(meeting, no_descriptor_for_a_rank_is_told_soon)
{
    clmlp_meet_place place;
    clmlp_error error = {.message = ""};
    struct rlimit limit;
    int listener = -1, sockets[2];
    cr_assert_eq(clmlp_meet_listen(&listener, &place, &error), CLMLP_OK, "%s", error.message);
    const int one = joining_dial(&place);
    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    const struct rlimit few = {.rlim_cur = (rlim_t)one + 1, .rlim_max = limit.rlim_max};
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
    cr_expect_eq(clmlp_meet_accept(listener, &place, 2, 1000.0, sockets, &error), CLMLP_RANKS);
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    cr_expect(strstr(error.message, "rank 1 cannot be let in on TCP port") != NULL, "%s", error.message);
    cr_expect(strstr(error.message, "Too many open files") != NULL, "%s", error.message);
    (void)close(one);
    (void)close(listener);
}

/* On the host of a rank, somebody else has rank 0's port, at an address that both hosts have, and says nothing; rank 0
 * is another one of the addresses. */
Test(meeting, a_silent_stranger_in_front_of_rank_0_does_not_delay_it)
{
    clmlp_meet_place place;
    clmlp_error error = {.message = ""};
    struct sockaddr_in at = {.sin_family = AF_INET};
    int listener = -1, sockets[2];
    cr_assert_eq(clmlp_meet_listen(&listener, &place, &error), CLMLP_OK, "%s", error.message);
    (void)close(listener);
    listener = socket(AF_INET, SOCK_STREAM, 0);
    (void)fcntl(listener, F_SETFL, O_NONBLOCK);
    const int silent = socket(AF_INET, SOCK_STREAM, 0);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    cr_assert_eq(bind(listener, (struct sockaddr *)&at, sizeof at), 0);
    socklen_t length = sizeof at;
    cr_assert_eq(getsockname(listener, (struct sockaddr *)&at, &length), 0);
    memcpy(place.port, &at.sin_port, 2);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
    cr_assert_eq(bind(silent, (struct sockaddr *)&at, sizeof at), 0);
    cr_assert(listen(listener, 8) == 0 && listen(silent, 8) == 0);
    place.count = 2;
    for (size_t i = 0; i < 2; i++) {
        place.address[i][0] = 4;
        memcpy(place.address[i] + 1, (const unsigned char[]){127, 0, 0, (unsigned char)(2 - i)}, 4);
    }
    joiner j = {.place = &place, .rank = 1};
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, joining_join, &j), 0);
    cr_expect_eq(clmlp_meet_accept(listener, &place, 2, 4.0, sockets, &error), CLMLP_OK, "%s", error.message);
    cr_assert_eq(pthread_join(thread, NULL), 0);
    cr_expect_eq(j.status, CLMLP_OK, "%s", j.error.message);
    (void)close(listener);
    (void)close(silent);
}

/* What a rank said once serves nobody again: rank 0's number is another one. */
Test(meeting, what_was_said_once_is_no_proof)
{
    clmlp_meet_place place;
    int listener = -1, sockets[2];
    unsigned char hello[CLMLP_MEET_HELLO], number[CLMLP_MEET_NONCE], own[CLMLP_MEET_NONCE] = {7}, more;
    cr_assert_eq(clmlp_meet_listen(&listener, &place, NULL), CLMLP_OK);
    memset(number, 1, sizeof number); /* of an earlier connection */
    clmlp_proof_hello(hello, place.secret, 1, number, own);
    const int made = joining_dial(&place);
    cr_assert_eq(send(made, hello, sizeof hello, MSG_NOSIGNAL), (ssize_t)sizeof hello);
    cr_expect_eq(clmlp_meet_accept(listener, &place, 2, 0.5, sockets, NULL), CLMLP_RANKS);
    cr_expect_eq(recv(made, number, sizeof number, MSG_WAITALL), (ssize_t)sizeof number);
    cr_expect_leq(recv(made, &more, 1, 0), 0, "it was answered");
    (void)close(made);
    (void)close(listener);
}

/* --- who does not come, or is not who he should be --------------------------------------------------------------- */

Test(meeting, a_rank_that_does_not_come_is_named)
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

Test(meeting, who_answers_in_place_of_rank_0_learns_nothing)
{
    clmlp_meet_place place, other;
    int listener = -1, stranger = -1, sockets[2];
    clmlp_error error = {.message = ""};
    cr_assert_eq(clmlp_meet_listen(&listener, &place, NULL), CLMLP_OK);
    cr_assert_eq(clmlp_meet_listen(&stranger, &other, NULL), CLMLP_OK); /* has another secret */
    memcpy(place.port, other.port, sizeof place.port);
    joiner j = {.place = &place, .rank = 1};
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, joining_join, &j), 0);
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
    joining_sleep(0.5);
    (void)close(made);
    return NULL;
}

Test(meeting, who_cannot_prove_to_be_rank_0_is_not_taken_for_it)
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
