/* flip_module.c - a module for one MPI that passes everything on to the real one, but for a bit: in messages of
 * CLMLP_TEST_FLIP_BYTES bytes that rank CLMLP_TEST_FLIP_RANK sends (CLMLP_TEST_FLIP=send) or receives (receive). The
 * real one is in the folder CLMLP_TEST_FLIP_MODULES. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ranks/transport.h"

enum { REQUESTS = 256, COPIES = 256 };

static const clmlp_transport *real;
static size_t rank;
static struct {
    const clmlp_transport_request *request;
    unsigned char *bytes;
} waiting[REQUESTS];
static unsigned char *copies[COPIES]; /* of what was sent: a test is short */
static size_t copied;

static bool flips(const char *how, size_t count)
{
    const char *const asked = getenv("CLMLP_TEST_FLIP"), *const who = getenv("CLMLP_TEST_FLIP_RANK");
    const char *const bytes = getenv("CLMLP_TEST_FLIP_BYTES");
    return asked != NULL && who != NULL && bytes != NULL && strcmp(asked, how) == 0 &&
           strtoul(who, NULL, 10) == rank && strtoul(bytes, NULL, 10) == count;
}

static void *join(clmlp_transport_place *place, char *problem)
{
    const char *const folder = getenv("CLMLP_TEST_FLIP_MODULES");
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/clmlp-%s.so", folder != NULL ? folder : ".", FLIP_MPI);
    void *const handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    real = handle != NULL ? dlsym(handle, CLMLP_TRANSPORT_SYMBOL) : NULL;
    if (real == NULL) {
        (void)snprintf(problem, CLMLP_TRANSPORT_TEXT, "there is no real module");
        return NULL;
    }
    void *const transport = real->open(place, problem);
    rank = place->rank;
    return transport;
}

static bool send_bytes(void *transport, const void *bytes, size_t count, size_t to, int tag,
                       clmlp_transport_request *request)
{
    if (!flips("send", count) || copied == COPIES) return real->send(transport, bytes, count, to, tag, request);
    unsigned char *const copy = copies[copied++] = malloc(count);
    memcpy(copy, bytes, count);
    copy[count / 2] ^= 4;
    return real->send(transport, copy, count, to, tag, request);
}

static bool receive_bytes(void *transport, void *bytes, size_t count, size_t from, int tag,
                          clmlp_transport_request *request)
{
    size_t i = 0;
    while (i < REQUESTS && waiting[i].request != NULL) i++;
    if (i < REQUESTS && flips("receive", count)) {
        waiting[i].request = request;
        waiting[i].bytes = bytes;
    }
    return real->receive(transport, bytes, count, from, tag, request);
}

static clmlp_transport_state test_request(void *transport, clmlp_transport_request *request, size_t *received)
{
    const clmlp_transport_state state = real->test(transport, request, received);
    for (size_t i = 0; i < REQUESTS && received != NULL && state == CLMLP_TRANSPORT_DONE; i++) {
        if (waiting[i].request != request) continue;
        waiting[i].bytes[*received / 2] ^= 4;
        waiting[i].request = NULL;
    }
    return state;
}


static const char *last_problem(void *transport)
{
    return real->problem(transport);
}

static void leave(void *transport)
{
    real->close(transport);
    while (copied > 0) free(copies[--copied]);
}

extern const clmlp_transport clmlp_transport_table;
__attribute__((visibility("default"))) const clmlp_transport clmlp_transport_table = {
    .version = CLMLP_TRANSPORT_VERSION,
    .mpi = FLIP_MPI,
    .open = join,
    .send = send_bytes,
    .receive = receive_bytes,
    .test = test_request,
    .problem = last_problem,
    .close = leave,
};
