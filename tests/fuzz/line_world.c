/* line_world.c - the life line without waiting. */
#define _GNU_SOURCE /* SOCK_NONBLOCK */
#include "line_world.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "fuzz.h"

enum { MOST_POLLS = 20000 }; /* of one input: more is an endless loop */

static struct {
    bool on, in_thread;
    double now;
    unsigned numbers, polls;
    bool (*feed)(void *);
    void *of_feed;
    world_call *calls;
    size_t count, called;
    jmp_buf back;
} world;

void world_begin(bool (*feed)(void *), void *of_feed)
{
    memset(&world, 0, sizeof world);
    world.on = true;
    world.now = 100.0;
    world.feed = feed;
    world.of_feed = of_feed;
}

void world_end(void)
{
    world.on = false;
}

void world_wait(double seconds)
{
    world.now += seconds;
}

void world_calls(world_call *calls, size_t count)
{
    world.calls = calls;
    world.count = count;
}

size_t world_called(void)
{
    return world.called;
}

void world_pair(int ends[2])
{
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
}

size_t world_heard(int end, uint8_t *bytes, size_t size, bool *closed)
{
    size_t used = 0;
    ssize_t got = 0;
    *closed = false;
    while (used < size && (got = recv(end, bytes + used, size - used, 0)) > 0) used += (size_t)got;
    *closed = used < size && (got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK));
    return used;
}

void world_free_descriptors(int found[WORLD_FREE])
{
    for (size_t i = 0; i < WORLD_FREE; i++) CHECK((found[i] = dup(STDIN_FILENO)) >= 0);
    for (size_t i = 0; i < WORLD_FREE; i++) (void)close(found[i]);
}

/* --- taken over ------------------------------------------------------------------------------------------------ */

double __real_clmlp_seconds(void);
double __wrap_clmlp_seconds(void);
double __wrap_clmlp_seconds(void)
{
    return world.on ? world.now += 1e-6 : __real_clmlp_seconds();
}

clmlp_status __real_clmlp_proof_random(unsigned char *bytes, size_t count, clmlp_error *error);
clmlp_status __wrap_clmlp_proof_random(unsigned char *bytes, size_t count, clmlp_error *error);
clmlp_status __wrap_clmlp_proof_random(unsigned char *bytes, size_t count, clmlp_error *error)
{
    if (!world.on) return __real_clmlp_proof_random(bytes, count, error);
    memset(bytes, (int)(++world.numbers & 0xFFU), count);
    return CLMLP_OK;
}

int __real_poll(struct pollfd *all, nfds_t count, int wait);
int __wrap_poll(struct pollfd *all, nfds_t count, int wait);
int __wrap_poll(struct pollfd *all, nfds_t count, int wait)
{
    if (!world.on) return __real_poll(all, count, wait);
    CHECK(++world.polls < MOST_POLLS);
    if (world.in_thread && !world.feed(world.of_feed)) longjmp(world.back, 1);
    const int ready = __real_poll(all, count, 0);
    if (ready == 0) world.now += wait / 1000.0;
    return ready;
}

int __real_socket(int family, int type, int protocol);
int __wrap_socket(int family, int type, int protocol);
int __wrap_socket(int family, int type, int protocol)
{
    if (!world.on) return __real_socket(family, type, protocol);
    if (world.called == world.count) {
        errno = EMFILE;
        return -1;
    }
    return world.calls[world.called].near;
}

int __real_connect(int socket, const struct sockaddr *address, socklen_t length);
int __wrap_connect(int socket, const struct sockaddr *address, socklen_t length);
int __wrap_connect(int socket, const struct sockaddr *address, socklen_t length)
{
    if (!world.on) return __real_connect(socket, address, length);
    CHECK(world.called < world.count && socket == world.calls[world.called].near);
    const int why = world.calls[world.called++].why;
    if (why == 0) return 0;
    errno = why;
    return -1;
}

clmlp_status __real_clmlp_thread_start(pthread_t *thread, void *(*work)(void *), void *argument, clmlp_error *error);
clmlp_status __wrap_clmlp_thread_start(pthread_t *thread, void *(*work)(void *), void *argument, clmlp_error *error);
clmlp_status __wrap_clmlp_thread_start(pthread_t *thread, void *(*work)(void *), void *argument, clmlp_error *error)
{
    if (!world.on) return __real_clmlp_thread_start(thread, work, argument, error);
    world.in_thread = true;
    if (setjmp(world.back) == 0) (void)work(argument); /* it waits in poll, and is left there */
    world.in_thread = false;
    return CLMLP_OK;
}

int __real_pthread_join(pthread_t thread, void **result);
int __wrap_pthread_join(pthread_t thread, void **result);
int __wrap_pthread_join(pthread_t thread, void **result)
{
    return world.on ? 0 : __real_pthread_join(thread, result);
}
