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

static const double PATIENCE = 5.0; /* seconds for an answer, once connected */

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

static bool receive_all(int socket, void *bytes, size_t count, double until)
{
    size_t got = 0;
    while (got < count) {
        struct pollfd one = {.fd = socket, .events = POLLIN};
        if (clmlp_seconds() > until) return false;
        if (poll(&one, 1, 100) <= 0) continue;
        const ssize_t now = recv(socket, (char *)bytes + got, count - got, 0);
        if (now < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) continue;
        if (now <= 0) return false;
        got += (size_t)now;
    }
    return true;
}

/* Whether it is rank 0 that answers. */
static bool is_rank_0(int socket, const clmlp_meet_place *place, size_t rank)
{
    const double until = clmlp_seconds() + PATIENCE;
    unsigned char zeros[CLMLP_MEET_NONCE], own[CLMLP_MEET_NONCE], hello[CLMLP_MEET_HELLO];
    char expected[CLMLP_SHA256_HEX], answer[CLMLP_SHA256_HEX] = "";
    if (!receive_all(socket, zeros, sizeof zeros, until)) return false;
    if (clmlp_proof_random(own, sizeof own, NULL) != CLMLP_OK) return false;
    clmlp_proof_hello(hello, place->secret, (uint32_t)rank, zeros, own);
    if (send(socket, hello, sizeof hello, MSG_NOSIGNAL) != (ssize_t)sizeof hello) return false;
    if (!receive_all(socket, answer, CLMLP_MEET_PROOF, until)) return false;
    clmlp_proof_make(place->secret, 't', (uint32_t)rank, zeros, own, expected);
    return clmlp_proof_same(answer, expected);
}

/* What became of one address: errno, 0 while it is under way, -1 where somebody else answers. */
static int tried(int socket, short events)
{
    int number = 0;
    socklen_t length = sizeof number;
    if (events == 0) return 0;
    if (getsockopt(socket, SOL_SOCKET, SO_ERROR, &number, &length) != 0) return errno;
    return number;
}

/* "10.0.0.1: Connection refused, ..." of all addresses. */
static void describe(const clmlp_meet_place *place, const int *why, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < place->count && used < size; i++) {
        char name[INET6_ADDRSTRLEN] = "?";
        (void)inet_ntop(place->address[i][0] == 4 ? AF_INET : AF_INET6, place->address[i] + 1, name, sizeof name);
        const char *const other = why[i] == 0 ? "no answer" : "another program answers";
        const char *const reason = why[i] > 0 ? strerror(why[i]) : other;
        const int written = snprintf(text + used, size - used, "%s%s: %s", i > 0 ? ", " : "", name, reason);
        used += written > 0 ? (size_t)written : 0;
    }
}

/* All addresses at once, for some may lead nowhere; the first that is rank 0 serves. */
static int try_all(const clmlp_meet_place *place, size_t rank, double until, int *why)
{
    struct pollfd all[CLMLP_MEET_ADDRESSES];
    size_t open = 0;
    int found = -1;
    for (size_t i = 0; i < place->count; i++) {
        all[i] = (struct pollfd){.fd = begin(place, i), .events = POLLOUT};
        why[i] = all[i].fd < 0 ? errno : 0;
        if (all[i].fd >= 0) open++;
    }
    while (found < 0 && open > 0 && clmlp_seconds() < until) {
        if (poll(all, place->count, 100) <= 0) continue;
        for (size_t i = 0; i < place->count && found < 0; i++) {
            if (all[i].fd < 0 || all[i].revents == 0) continue;
            why[i] = tried(all[i].fd, all[i].revents);
            if (why[i] == 0 && is_rank_0(all[i].fd, place, rank)) {
                found = all[i].fd;
            } else {
                if (why[i] == 0) why[i] = -1;
                (void)close(all[i].fd);
            }
            all[i].fd = -1;
            open--;
        }
    }
    for (size_t i = 0; i < place->count; i++) {
        if (all[i].fd >= 0) (void)close(all[i].fd);
    }
    return found;
}

clmlp_status clmlp_meet_join(const clmlp_meet_place *place, size_t rank, double seconds, int *socket,
                             clmlp_error *error)
{
    const double until = clmlp_seconds() + seconds;
    int why[CLMLP_MEET_ADDRESSES] = {0};
    char text[2048];
    if (place->count > CLMLP_MEET_ADDRESSES) {
        return clmlp_fail(error, CLMLP_RANKS, "rank 0 says that it has %u addresses, expected at most %d", place->count,
                          CLMLP_MEET_ADDRESSES);
    }
    *socket = try_all(place, rank, until, why);
    if (*socket >= 0) return CLMLP_OK;
    describe(place, why, text, sizeof text);
    return clmlp_fail(error, CLMLP_RANKS, "rank 0 cannot be reached on TCP port %u: %s",
                      (unsigned)place->port[0] << 8U | place->port[1], text);
}
