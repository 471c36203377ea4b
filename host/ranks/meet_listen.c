/* meet_listen.c - rank 0's side of joining the life line. */
#define _DEFAULT_SOURCE /* interfaces and their flags */
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "ranks/meet.h"
#include "ranks/proof.h"

enum { GUESTS = 256, BACKLOG = 1024 };
static const double PATIENCE = 5.0; /* seconds that a connection has to prove that it is a rank's */

/* A connection that has not shown yet that it is a rank's; socket -1: free. */
typedef struct guest {
    int socket;
    double until;
    size_t got;
    unsigned char nonce[CLMLP_MEET_NONCE], hello[CLMLP_MEET_HELLO];
} guest;

static void add_address(clmlp_meet_place *place, const struct ifaddrs *entry, bool own)
{
    if (entry->ifa_addr == NULL || (entry->ifa_flags & IFF_UP) == 0) return;
    if (((entry->ifa_flags & IFF_LOOPBACK) != 0) != own || place->count == CLMLP_MEET_ADDRESSES) return;
    unsigned char *const to = place->address[place->count];
    if (entry->ifa_addr->sa_family == AF_INET) {
        struct sockaddr_in address;
        memcpy(&address, entry->ifa_addr, sizeof address);
        to[0] = 4;
        memcpy(to + 1, &address.sin_addr, 4);
    } else if (entry->ifa_addr->sa_family == AF_INET6) {
        struct sockaddr_in6 address;
        memcpy(&address, entry->ifa_addr, sizeof address);
        if (IN6_IS_ADDR_LINKLOCAL(&address.sin6_addr)) return; /* says nothing without the other's interface */
        to[0] = 6;
        memcpy(to + 1, &address.sin6_addr, 16);
    } else {
        return;
    }
    place->count++;
}

static clmlp_status list_addresses(clmlp_meet_place *place, clmlp_error *error)
{
    struct ifaddrs *all = NULL;
    if (getifaddrs(&all) != 0) {
        return clmlp_fail_errno(error, CLMLP_RANKS, errno, "the interfaces of this host cannot be listed");
    }
    place->count = 0;
    for (const struct ifaddrs *entry = all; entry != NULL; entry = entry->ifa_next) add_address(place, entry, false);
    for (const struct ifaddrs *entry = all; entry != NULL; entry = entry->ifa_next) add_address(place, entry, true);
    freeifaddrs(all);
    if (place->count > 0) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_RANKS, "this host has no address that other ranks could connect to");
}

/* One socket for IPv6 and IPv4, or for IPv4 where a host has no other. */
static int open_listener(struct sockaddr_storage *address, socklen_t *length)
{
    const int off = 0;
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_ANY_INIT};
    struct sockaddr_in four = {.sin_family = AF_INET};
    *length = sizeof *address;
    int made = socket(AF_INET6, SOCK_STREAM, 0);
    if (made >= 0 && setsockopt(made, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) == 0 &&
        bind(made, (struct sockaddr *)&six, sizeof six) == 0 && listen(made, BACKLOG) == 0 &&
        getsockname(made, (struct sockaddr *)address, length) == 0) {
        return made;
    }
    if (made >= 0) (void)close(made);
    *length = sizeof *address;
    made = socket(AF_INET, SOCK_STREAM, 0);
    if (made >= 0 && bind(made, (struct sockaddr *)&four, sizeof four) == 0 && listen(made, BACKLOG) == 0 &&
        getsockname(made, (struct sockaddr *)address, length) == 0) {
        return made;
    }
    if (made >= 0) (void)close(made);
    return -1;
}

clmlp_status clmlp_meet_listen(int *listener, clmlp_meet_place *place, clmlp_error *error)
{
    struct sockaddr_storage address;
    struct sockaddr_in6 six;
    struct sockaddr_in four;
    socklen_t length = 0;
    memset(place, 0, sizeof *place);
    TRY(clmlp_proof_random(place->secret, sizeof place->secret, error));
    TRY(list_addresses(place, error));
    *listener = open_listener(&address, &length);
    if (*listener < 0) {
        return clmlp_fail_errno(error, CLMLP_RANKS, errno, "no TCP port can be opened for the other ranks");
    }
    memcpy(&six, &address, sizeof six);
    memcpy(&four, &address, sizeof four);
    memcpy(place->port, address.ss_family == AF_INET6 ? &six.sin6_port : &four.sin_port, 2);
    (void)fcntl(*listener, F_SETFD, FD_CLOEXEC);
    (void)fcntl(*listener, F_SETFL, O_NONBLOCK);
    return CLMLP_OK;
}

static void dismiss(guest *g)
{
    if (g->socket >= 0) (void)close(g->socket);
    g->socket = -1;
}

/* Greet who comes: with a number that nobody knew before. */
static void welcome(guest *g, int socket)
{
    *g = (guest){.socket = socket, .until = clmlp_seconds() + PATIENCE};
    (void)fcntl(socket, F_SETFD, FD_CLOEXEC);
    (void)fcntl(socket, F_SETFL, O_NONBLOCK);
    const bool greeted = clmlp_proof_random(g->nonce, sizeof g->nonce, NULL) == CLMLP_OK &&
                         send(socket, g->nonce, sizeof g->nonce, MSG_NOSIGNAL) == (ssize_t)sizeof g->nonce;
    if (!greeted) dismiss(g);
}

/* Read on; one that proves to be a rank is moved to the sockets, in place of an earlier connection of the same. */
static void hear(guest *g, const clmlp_meet_place *place, size_t count, int *sockets)
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
    if (!clmlp_proof_check(g->hello, place->secret, g->nonce, &rank, answer) || rank == 0 || rank >= count ||
        send(g->socket, answer, CLMLP_MEET_PROOF, MSG_NOSIGNAL) != CLMLP_MEET_PROOF) {
        dismiss(g);
        return;
    }
    if (sockets[rank] >= 0) (void)close(sockets[rank]);
    sockets[rank] = g->socket;
    g->socket = -1;
}

/* One round: wait a moment for anything to happen, and do what there is to do. */
static void attend(int listener, guest *guests, const clmlp_meet_place *place, size_t count, int *sockets)
{
    struct pollfd all[GUESTS + 1];
    guest *free_one = NULL;
    for (size_t i = 0; i < GUESTS; i++) {
        if (guests[i].socket >= 0 && clmlp_seconds() > guests[i].until) dismiss(&guests[i]);
        if (guests[i].socket < 0) free_one = &guests[i];
        all[i] = (struct pollfd){.fd = guests[i].socket, .events = POLLIN}; /* -1 is passed over */
    }
    all[GUESTS] = (struct pollfd){.fd = free_one != NULL ? listener : -1, .events = POLLIN};
    if (poll(all, GUESTS + 1, 100) <= 0) return;
    for (size_t i = 0; i < GUESTS; i++) {
        if (all[i].revents != 0) hear(&guests[i], place, count, sockets);
    }
    if (all[GUESTS].revents == 0 || free_one == NULL) return;
    const int came = accept(listener, NULL, NULL);
    if (came >= 0) welcome(free_one, came);
}

static size_t first_missing(const int *sockets, size_t count)
{
    for (size_t rank = 1; rank < count; rank++) {
        if (sockets[rank] < 0) return rank;
    }
    return count;
}

clmlp_status clmlp_meet_accept(int listener, const clmlp_meet_place *place, size_t count, double seconds, int *sockets,
                               clmlp_error *error)
{
    guest *guests = NULL;
    const double until = clmlp_seconds() + seconds;
    for (size_t rank = 0; rank < count; rank++) sockets[rank] = -1;
    TRY(clmlp_allocate(&guests, GUESTS, sizeof *guests, "the ranks that join", error));
    for (size_t i = 0; i < GUESTS; i++) guests[i].socket = -1;
    while (first_missing(sockets, count) < count && clmlp_seconds() < until) {
        attend(listener, guests, place, count, sockets);
    }
    for (size_t i = 0; i < GUESTS; i++) dismiss(&guests[i]);
    free(guests);
    const size_t missing = first_missing(sockets, count);
    if (missing == count) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_RANKS,
                      "rank %zu did not connect to TCP port %u of this host within %.0f s: is there a firewall?",
                      missing, (unsigned)place->port[0] << 8U | place->port[1], seconds);
}
