/* meet_join.c - the other ranks' side of joining the life line. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "ranks/meet.h"
#include "ranks/proof.h"

/* Seconds until an address that hung up is tried again, and for the answer to a greeting. */
static const double PAUSE = 0.25, ANSWER = 2.0;
enum { TRIES = 8, STRANGER = -1 };

/* One address, and the connection to it. */
typedef struct attempt {
    int socket;   /* -1: none */
    int why;      /* errno; 0: no answer yet; STRANGER: another program answers */
    double again; /* when to try once more; 0: not */
    unsigned tries;
    bool connected, ready, greeted; /* ready: its number is there */
    double until; /* for its answer */
    size_t got; /* bytes of what comes now */
    unsigned char zeros[CLMLP_MEET_NONCE], own[CLMLP_MEET_NONCE];
    char answer[CLMLP_SHA256_HEX];
} attempt;

/* Begin to connect, without waiting; -1: errno says why not. */
static int begin(const clmlp_meet_place *place, size_t which)
{
    const unsigned char *const from = place->address[which];
    const bool four = from[0] == 4;
    struct sockaddr_in to_four = {.sin_family = AF_INET};
    struct sockaddr_in6 to_six = {.sin6_family = AF_INET6};
    memcpy(&to_four.sin_addr, from + 1, 4);
    memcpy(&to_four.sin_port, place->port, 2);
    memcpy(&to_six.sin6_addr, from + 1, 16);
    memcpy(&to_six.sin6_port, place->port, 2);
    const int made = socket(four ? AF_INET : AF_INET6, SOCK_STREAM, 0);
    if (made < 0) return -1;
    (void)fcntl(made, F_SETFD, FD_CLOEXEC);
    (void)fcntl(made, F_SETFL, O_NONBLOCK);
    const int result = four ? connect(made, (struct sockaddr *)&to_four, sizeof to_four)
                            : connect(made, (struct sockaddr *)&to_six, sizeof to_six);
    if (result == 0 || errno == EINPROGRESS || errno == EINTR) return made;
    const int number = errno;
    (void)close(made);
    errno = number;
    return -1;
}

static void start(attempt *a, const clmlp_meet_place *place, size_t which)
{
    *a = (attempt){.socket = begin(place, which), .why = a->why, .tries = a->tries + 1};
    if (a->socket < 0) a->why = errno;
}

/* The connection is of no more use. Rank 0 hangs up, too, where too many strangers connect: then another try helps. */
static void give_up(attempt *a, int why, bool hung_up)
{
    (void)close(a->socket);
    a->socket = -1;
    if (a->why != STRANGER) a->why = why; /* one that listens no longer was none all the same */
    a->again = hung_up && a->tries < TRIES ? clmlp_seconds() + PAUSE : 0.0;
}

/* Read on; true: all `size` bytes are there. */
static bool receive(attempt *a, void *bytes, size_t size)
{
    const ssize_t now = recv(a->socket, (char *)bytes + a->got, size - a->got, 0);
    if (now < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return false;
    if (now <= 0) {
        give_up(a, STRANGER, true);
        return false;
    }
    a->got += (size_t)now;
    return a->got == size;
}

static bool has_connected(attempt *a)
{
    int number = 0;
    socklen_t length = sizeof number;
    if (getsockopt(a->socket, SOL_SOCKET, SO_ERROR, &number, &length) != 0) number = errno;
    a->connected = number == 0;
    if (!a->connected) give_up(a, number, false);
    return a->connected;
}

static void greet(attempt *a, const clmlp_meet_place *place, size_t rank)
{
    unsigned char hello[CLMLP_MEET_HELLO];
    a->got = 0;
    a->greeted = true;
    a->until = clmlp_seconds() + ANSWER;
    if (clmlp_proof_random(a->own, sizeof a->own, NULL) != CLMLP_OK) {
        give_up(a, EIO, true);
        return;
    }
    clmlp_proof_hello(hello, place->secret, (uint32_t)rank, a->zeros, a->own);
    if (send(a->socket, hello, sizeof hello, MSG_NOSIGNAL) != (ssize_t)sizeof hello) give_up(a, STRANGER, true);
}

/* Something has happened; true: it is rank 0 that answers. */
static bool attend(attempt *a, const clmlp_meet_place *place, size_t rank)
{
    char expected[CLMLP_SHA256_HEX];
    if (!a->connected && !has_connected(a)) return false;
    if (!a->ready) {
        a->ready = receive(a, a->zeros, sizeof a->zeros);
        return false;
    }
    if (!receive(a, a->answer, CLMLP_MEET_PROOF)) return false;
    clmlp_proof_make(place->secret, 't', (uint32_t)rank, a->zeros, a->own, expected);
    if (clmlp_proof_same(a->answer, expected)) return true;
    give_up(a, STRANGER, false);
    return false;
}

/* "10.0.0.1: Connection refused, ..." of all addresses. */
static void describe(const clmlp_meet_place *place, const attempt *all, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < place->count && used < size; i++) {
        char name[INET6_ADDRSTRLEN] = "?";
        (void)inet_ntop(place->address[i][0] == 4 ? AF_INET : AF_INET6, place->address[i] + 1, name, sizeof name);
        const int why = all[i].why;
        const char *const other = why == 0 ? "no answer" : "another program answers";
        const char *const reason = why > 0 ? strerror(why) : other;
        const int written = snprintf(text + used, size - used, "%s%s: %s", i > 0 ? ", " : "", name, reason);
        used += written > 0 ? (size_t)written : 0;
    }
}

/* Begin what is due. One at a time is greeted, for rank 0 takes the last one that greets it. False: nothing is left. */
static bool prepare(attempt *all, struct pollfd *list, const clmlp_meet_place *place, size_t rank)
{
    const double now = clmlp_seconds();
    bool any = false;
    attempt *greeted = NULL;
    for (size_t i = 0; i < place->count; i++) {
        attempt *const a = &all[i];
        if (a->socket >= 0 && a->greeted && now > a->until) give_up(a, STRANGER, true);
        if (a->socket < 0 && (a->tries == 0 || (a->again > 0.0 && now >= a->again))) start(a, place, i);
        if (a->socket >= 0 && a->greeted) greeted = a;
    }
    for (size_t i = 0; i < place->count; i++) {
        attempt *const a = &all[i];
        if (greeted == NULL && a->socket >= 0 && a->ready) greet(greeted = a, place, rank);
        any = any || a->socket >= 0 || a->again > 0.0;
        const bool waits = a->ready && !a->greeted; /* for its turn */
        list[i] = (struct pollfd){.fd = waits ? -1 : a->socket, .events = a->connected ? POLLIN : POLLOUT};
    }
    return any;
}

/* All addresses at once, for some may lead nowhere, or to somebody who is silent; the first that is rank 0 serves. */
static int try_all(const clmlp_meet_place *place, size_t rank, double until, attempt *all)
{
    struct pollfd list[CLMLP_MEET_ADDRESSES];
    int found = -1;
    while (found < 0 && clmlp_seconds() < until && prepare(all, list, place, rank)) {
        if (poll(list, place->count, 100) <= 0) continue;
        for (size_t i = 0; i < place->count && found < 0; i++) {
            if (list[i].revents != 0 && attend(&all[i], place, rank)) found = all[i].socket;
        }
    }
    for (size_t i = 0; i < place->count; i++) {
        if (all[i].socket >= 0 && all[i].socket != found) (void)close(all[i].socket);
    }
    return found;
}

clmlp_status clmlp_meet_join(const clmlp_meet_place *place, size_t rank, double seconds, int *socket,
                             clmlp_error *error)
{
    const double until = clmlp_seconds() + seconds;
    attempt all[CLMLP_MEET_ADDRESSES];
    char text[2048];
    if (place->count > CLMLP_MEET_ADDRESSES) {
        return clmlp_fail(error, CLMLP_RANKS, "rank 0 says that it has %u addresses, expected at most %d", place->count,
                          CLMLP_MEET_ADDRESSES);
    }
    for (size_t i = 0; i < place->count; i++) all[i] = (attempt){.socket = -1};
    *socket = try_all(place, rank, until, all);
    if (*socket >= 0) return CLMLP_OK;
    describe(place, all, text, sizeof text);
    return clmlp_fail(error, CLMLP_RANKS, "rank 0 cannot be reached on TCP port %u: %s",
                      (unsigned)place->port[0] << 8U | place->port[1], text);
}
