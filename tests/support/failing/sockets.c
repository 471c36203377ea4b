/* sockets.c - connections that fail on demand (system.c says how): of the life line, which ranks have beside MPI. */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <ifaddrs.h>
#include <poll.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include "system.h"

static int note_socket(int descriptor, const void *maker)
{
    if (descriptor >= 0) note_made(NUMBERED(descriptor), LEFT_DESCRIPTOR, maker);
    return descriptor;
}

int socket(int family, int type, int protocol)
{
    BEHIND(socket);
    FAIL(socket, socket, EMFILE, -1);
    return note_socket(behind(family, type, protocol), CALLER);
}

#define CALL(name, number, parameters, arguments) \
    int name parameters                           \
    {                                             \
        BEHIND(name);                             \
        FAIL(socket, name, number, -1);           \
        return behind arguments;                  \
    }

CALL(bind, EADDRINUSE, (int socket, const struct sockaddr *to, socklen_t length), (socket, to, length))
CALL(listen, EADDRINUSE, (int socket, int most), (socket, most))
CALL(getsockname, ENOBUFS, (int socket, struct sockaddr *name, socklen_t *length), (socket, name, length))
CALL(setsockopt, ENOBUFS, (int socket, int level, int name, const void *value, socklen_t length),
     (socket, level, name, value, length))
CALL(getsockopt, ENOBUFS, (int socket, int level, int name, void *value, socklen_t *length),
     (socket, level, name, value, length))
CALL(getifaddrs, ENOBUFS, (struct ifaddrs **all), (all))
CALL(getentropy, EIO, (void *bytes, size_t size), (bytes, size))
CALL(connect, ENETUNREACH, (int socket, const struct sockaddr *to, socklen_t length), (socket, to, length))

int accept(int listener, struct sockaddr *from, socklen_t *length)
{
    BEHIND(accept);
    FAIL(socket, accept, EMFILE, -1);
    return note_socket(behind(listener, from, length), CALLER);
}

int poll(struct pollfd *all, nfds_t count, int wait)
{
    BEHIND(poll);
    FAIL(poll, poll, ENOMEM, -1);
    return behind(all, count, wait);
}

ssize_t send(int socket, const void *from, size_t size, int flags)
{
    BEHIND(send);
    FAIL(send, send, ECONNRESET, -1);
    return behind(socket, from, size, flags);
}

ssize_t recv(int socket, void *to, size_t size, int flags)
{
    BEHIND(recv);
    FAIL(recv, recv, ECONNRESET, -1);
    return behind(socket, to, size, flags);
}
