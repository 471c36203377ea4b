/* joining.c - ranks that join the life line in threads of a test. */
#include "joining.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { RANKS = JOINING_RANKS };

void joining_sleep(double seconds)
{
    const struct timespec moment = {.tv_sec = (time_t)seconds,
                                    .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)};
    (void)nanosleep(&moment, NULL);
}

void *joining_join(void *argument)
{
    joiner *const j = argument;
    joining_sleep(j->wait);
    j->status = clmlp_meet_join(j->place, j->rank, 10.0, &j->socket, &j->error);
    return NULL;
}

int joining_dial(const clmlp_meet_place *place)
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
        const int made = joining_dial(place);
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

void joining_all(int *sockets, int *ends, bool hostile)
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
        cr_assert_eq(pthread_create(&threads[r], NULL, joining_join, &joiners[r]), 0);
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
