/* How ranks find rank 0: its addresses, hosts without IPv6, what is said first. */
#define _DEFAULT_SOURCE /* interfaces and their flags */
#include <criterion/criterion.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ranks/meet.h"
#include "ranks/proof.h"

/* In place of the system's (-Wl,--wrap): a host whose kernel has no IPv6. */
static bool has_six = true;
int __real_socket(int domain, int type, int protocol);
int __wrap_socket(int domain, int type, int protocol);
int __wrap_socket(int domain, int type, int protocol)
{
    if (domain == AF_INET6 && !has_six) {
        errno = EAFNOSUPPORT;
        return -1;
    }
    return __real_socket(domain, type, protocol);
}

/* Whether an interface that is up has this address. */
static bool is_here(const struct ifaddrs *all, const unsigned char address[17])
{
    for (const struct ifaddrs *entry = all; entry != NULL; entry = entry->ifa_next) {
        struct sockaddr_in four;
        struct sockaddr_in6 six;
        if (entry->ifa_addr == NULL || (entry->ifa_flags & IFF_UP) == 0) continue;
        if (entry->ifa_addr->sa_family == AF_INET && address[0] == 4) {
            memcpy(&four, entry->ifa_addr, sizeof four);
            if (memcmp(&four.sin_addr, address + 1, 4) == 0) return true;
        } else if (entry->ifa_addr->sa_family == AF_INET6 && address[0] == 6) {
            memcpy(&six, entry->ifa_addr, sizeof six);
            if (memcmp(&six.sin6_addr, address + 1, 16) == 0) return true;
        }
    }
    return false;
}

/* Interfaces have addresses of other kinds, too, those of their hardware. */
Test(meet, the_addresses_of_rank_0_are_those_of_its_host)
{
    clmlp_meet_place place;
    struct ifaddrs *all = NULL;
    int listener = -1;
    cr_assert_eq(clmlp_meet_listen(&listener, &place, NULL), CLMLP_OK);
    cr_assert_eq(getifaddrs(&all), 0);
    cr_assert_gt(place.count, 0);
    for (size_t i = 0; i < place.count; i++) {
        const unsigned char *const a = place.address[i];
        cr_expect(is_here(all, a), "address %zu: %u, %u.%u.%u.%u", i, a[0], a[1], a[2], a[3], a[4]);
        for (size_t k = 0; k < i; k++) {
            cr_expect_neq(memcmp(place.address[k], a, a[0] == 4 ? 5 : 17), 0, "%zu is %zu", k, i);
        }
    }
    freeifaddrs(all);
    (void)close(listener);
}

typedef struct joiner {
    const clmlp_meet_place *place;
    int socket;
    clmlp_status status;
    clmlp_error error;
} joiner;

static void *join(void *argument)
{
    joiner *const j = argument;
    j->status = clmlp_meet_join(j->place, 1, 10.0, &j->socket, &j->error);
    return NULL;
}

Test(meet, a_host_without_ipv6_is_joined_by_ipv4)
{
    for (int six = 0; six < 2; six++) {
        clmlp_meet_place place;
        clmlp_error error = {.message = ""};
        int listener = -1, sockets[2];
        pthread_t thread;
        has_six = six == 1;
        cr_assert_eq(clmlp_meet_listen(&listener, &place, &error), CLMLP_OK, "%s", error.message);
        joiner other = {.place = &place, .socket = -1};
        cr_assert_eq(pthread_create(&thread, NULL, join, &other), 0);
        const clmlp_status status = clmlp_meet_accept(listener, &place, 2, 10.0, sockets, &error);
        cr_assert_eq(pthread_join(thread, NULL), 0);
        cr_assert_eq(status, CLMLP_OK, "%s", error.message);
        cr_assert_eq(other.status, CLMLP_OK, "%s", other.error.message);
        (void)close(other.socket);
        (void)close(sockets[1]);
        (void)close(listener);
    }
}

/* Whatever was in memory before. */
Test(meet, a_hello_has_all_of_its_rank)
{
    static const uint32_t ranks[] = {0, 1, 255, 256, 0x01020304, 0xfefdfcfb};
    const unsigned char secret[CLMLP_MEET_NONCE] = {1}, zeros[CLMLP_MEET_NONCE] = {2}, own[CLMLP_MEET_NONCE] = {3};
    for (size_t i = 0; i < sizeof ranks / sizeof *ranks; i++) {
        unsigned char hello[CLMLP_MEET_HELLO];
        char answer[CLMLP_SHA256_HEX];
        uint32_t rank = 7;
        memset(hello, 0x5a, sizeof hello);
        clmlp_proof_hello(hello, secret, ranks[i], zeros, own);
        cr_assert(clmlp_proof_check(hello, secret, zeros, &rank, answer), "rank %u", ranks[i]);
        cr_assert_eq(rank, ranks[i], "%u as %u", ranks[i], rank);
    }
}
