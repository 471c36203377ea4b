/* meet_listen.c - rank 0's side of joining the life line: where it listens. */
#define _DEFAULT_SOURCE /* interfaces and their flags */
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ranks/meet.h"
#include "ranks/proof.h"

enum { BACKLOG = 1024 };

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
    /* on another host, 127.0.0.1 would be a port of whoever has it there */
    const bool own = place->count == 0; /* on another host, 127.0.0.1 is a port of whoever has it there */
    for (const struct ifaddrs *entry = all; entry != NULL && own; entry = entry->ifa_next) {
        add_address(place, entry, true);
    }
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
