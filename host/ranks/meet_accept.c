/* meet_accept.c - rank 0's side of joining the life line: who may come in. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "ranks/meet.h"
#include "ranks/proof.h"

enum { GUESTS = 256 };
/* Seconds that a connection has to prove that it is a rank's: as a rule, where all places are taken, and for how long
 * none can be accepted before this is given up. */
static const double PATIENCE = 5.0, HASTE = 0.25, REFUSAL = 5.0;

/* A connection that has not shown yet that it is a rank's; socket -1: free. */
typedef struct guest {
    int socket;
    double since;
    size_t got;
    unsigned char nonce[CLMLP_MEET_NONCE], hello[CLMLP_MEET_HELLO];
} guest;

typedef struct door {
    int listener;
    const clmlp_meet_place *place;
    size_t count;
    int *sockets;      /* [count], of those who came in */
    int why;           /* errno of accepting; 0: it works */
    double shut_since; /* where it does not */
    guest guests[GUESTS];
    struct pollfd all[GUESTS + 1]; /* the listener, and the guests: no more than there are, for poll has a limit, too */
    size_t who[GUESTS + 1];
} door;

static void dismiss(guest *g)
{
    if (g->socket >= 0) (void)close(g->socket);
    g->socket = -1;
}

/* Greet who comes: with a number that nobody knew before. */
static void welcome(guest *g, int socket)
{
    *g = (guest){.socket = socket, .since = clmlp_seconds()};
    (void)fcntl(socket, F_SETFD, FD_CLOEXEC);
    (void)fcntl(socket, F_SETFL, O_NONBLOCK);
    const bool greeted = clmlp_proof_random(g->nonce, sizeof g->nonce, NULL) == CLMLP_OK &&
                         send(socket, g->nonce, sizeof g->nonce, MSG_NOSIGNAL) == (ssize_t)sizeof g->nonce;
    if (!greeted) dismiss(g);
}

/* Read on; one that proves to be a rank is moved to the sockets, in place of an earlier connection of the same. */
static void hear(door *d, guest *g)
{
    char answer[CLMLP_SHA256_HEX];
    uint32_t rank = 0;
    const ssize_t got = recv(g->socket, g->hello + g->got, sizeof g->hello - g->got, 0);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return;
    if (got <= 0) {
        dismiss(g);
        return;
    }
    g->got += (size_t)got;
    if (g->got < sizeof g->hello) return;
    if (!clmlp_proof_check(g->hello, d->place->secret, g->nonce, &rank, answer) || rank == 0 || rank >= d->count ||
        send(g->socket, answer, CLMLP_MEET_PROOF, MSG_NOSIGNAL) != CLMLP_MEET_PROOF) {
        dismiss(g);
        return;
    }
    if (d->sockets[rank] >= 0) (void)close(d->sockets[rank]);
    d->sockets[rank] = g->socket;
    g->socket = -1;
}

/* Dismiss those who took too long; how many places are free then. */
static size_t make_room(door *d)
{
    const double now = clmlp_seconds();
    size_t free_ones = 0;
    for (size_t i = 0; i < GUESTS; i++) free_ones += d->guests[i].socket < 0;
    const double limit = free_ones == 0 || d->why != 0 ? HASTE : PATIENCE;
    for (size_t i = 0; i < GUESTS; i++) {
        if (d->guests[i].socket < 0 || now - d->guests[i].since <= limit) continue;
        dismiss(&d->guests[i]);
        free_ones++;
    }
    return free_ones;
}

/* Take in all who wait, as far as there is room. Where descriptors run out, strangers go before ranks have to. */
static void take_in(door *d)
{
    for (size_t i = 0; i < GUESTS; i++) {
        if (d->guests[i].socket >= 0) continue;
        const int came = accept(d->listener, NULL, NULL);
        if (came < 0) {
            const bool shut = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
            if (shut && d->why == 0) d->shut_since = clmlp_seconds();
            if (shut) d->why = errno;
            return;
        }
        d->why = 0;
        welcome(&d->guests[i], came);
    }
}

/* One round: wait a moment for anything to happen, and do what there is to do. */
static void attend(door *d)
{
    const bool open = make_room(d) > 0 && d->why == 0;
    size_t used = 1;
    d->all[0] = (struct pollfd){.fd = open ? d->listener : -1, .events = POLLIN}; /* -1 is passed over */
    for (size_t i = 0; i < GUESTS; i++) {
        if (d->guests[i].socket < 0) continue;
        d->who[used] = i;
        d->all[used++] = (struct pollfd){.fd = d->guests[i].socket, .events = POLLIN};
    }
    if (poll(d->all, used, open ? 100 : 20) < 0) return;
    for (size_t k = 1; k < used; k++) {
        if (d->all[k].revents != 0) hear(d, &d->guests[d->who[k]]);
    }
    if (d->all[0].revents != 0 || d->why != 0) take_in(d);
}

static size_t first_missing(const door *d)
{
    for (size_t rank = 1; rank < d->count; rank++) {
        if (d->sockets[rank] < 0) return rank;
    }
    return d->count;
}

clmlp_status clmlp_meet_accept(int listener, const clmlp_meet_place *place, size_t count, double seconds, int *sockets,
                               clmlp_error *error)
{
    door *d = NULL;
    const double until = clmlp_seconds() + seconds;
    const unsigned port = (unsigned)place->port[0] << 8U | place->port[1];
    for (size_t rank = 0; rank < count; rank++) sockets[rank] = -1;
    TRY(clmlp_allocate(&d, 1, sizeof *d, "the ranks that join", error));
    d->listener = listener;
    d->place = place;
    d->count = count;
    d->sockets = sockets;
    for (size_t i = 0; i < GUESTS; i++) d->guests[i].socket = -1;
    while (first_missing(d) < count && clmlp_seconds() < until) {
        if (d->why != 0 && clmlp_seconds() - d->shut_since > REFUSAL) break;
        attend(d);
    }
    for (size_t i = 0; i < GUESTS; i++) dismiss(&d->guests[i]);
    const size_t missing = first_missing(d);
    const int why = d->why;
    free(d);
    if (missing == count) return CLMLP_OK;
    if (why != 0) {
        return clmlp_fail_errno(error, CLMLP_RANKS, why, "rank %zu cannot be let in on TCP port %u of this host",
                                missing, port);
    }
    return clmlp_fail(error, CLMLP_RANKS,
                      "rank %zu did not connect to TCP port %u of this host within %.0f s: is there a firewall?",
                      missing, port, seconds);
}
