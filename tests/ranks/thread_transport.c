/* thread_transport.c - messages between threads of one process. */
#include "thread_transport.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

typedef struct message {
    bool incoming, done;
    const void *source;
    void *target;
    size_t count, from, to;
    int tag;
    struct message *next;
} message;

struct thread_world {
    pthread_mutex_t lock;
    unsigned random;
    message *first;
};

typedef struct transport {
    thread_world *world;
    size_t rank;
    atomic_bool broken;
    size_t refused; /* the message that does not begin, from 1; 0: none */
    size_t begun;
} transport;

thread_world *thread_world_create(unsigned seed)
{
    thread_world *const world = calloc(1, sizeof *world);
    if (world == NULL) abort();
    (void)pthread_mutex_init(&world->lock, NULL);
    world->random = seed;
    return world;
}

void thread_world_destroy(thread_world *world)
{
    while (world->first != NULL) {
        message *const next = world->first->next;
        free(world->first);
        world->first = next;
    }
    (void)pthread_mutex_destroy(&world->lock);
    free(world);
}

size_t thread_world_open(thread_world *world)
{
    size_t open = 0;
    (void)pthread_mutex_lock(&world->lock);
    for (const message *m = world->first; m != NULL; m = m->next) open++;
    (void)pthread_mutex_unlock(&world->lock);
    return open;
}

void *thread_transport(thread_world *world, size_t rank)
{
    transport *const t = calloc(1, sizeof *t);
    if (t == NULL) abort();
    t->world = world;
    t->rank = rank;
    return t;
}

void thread_transport_break(void *broken)
{
    atomic_store(&((transport *)broken)->broken, true);
}

void thread_transport_refuse(void *refusing, size_t n)
{
    ((transport *)refusing)->refused = n;
}

static bool begin(void *own, message given, clmlp_transport_request *request)
{
    transport *const t = own;
    if (++t->begun == t->refused) return false;
    message *const m = malloc(sizeof *m);
    if (m == NULL) abort();
    *m = given;
    (void)pthread_mutex_lock(&t->world->lock);
    message **end = &t->world->first;
    while (*end != NULL) end = &(*end)->next;
    *end = m;
    (void)pthread_mutex_unlock(&t->world->lock);
    request->pointer = m;
    return true;
}

static bool send_bytes(void *own, const void *bytes, size_t count, size_t to, int tag, clmlp_transport_request *request)
{
    const transport *const t = own;
    const message m = {.source = bytes, .count = count, .from = t->rank, .to = to, .tag = tag};
    return begin(own, m, request);
}

static bool receive_bytes(void *own, void *bytes, size_t count, size_t from, int tag, clmlp_transport_request *request)
{
    const transport *const t = own;
    const message m = {.incoming = true, .target = bytes, .count = count, .from = from, .to = t->rank, .tag = tag};
    return begin(own, m, request);
}

/* With the lock held. */
static void forget(thread_world *world, const message *m)
{
    message **at = &world->first;
    while (*at != m) at = &(*at)->next;
    *at = m->next;
}

static message *find_sent(thread_world *world, const message *wanted)
{
    for (message *m = world->first; m != NULL; m = m->next) {
        if (m->incoming || m->done) continue;
        if (m->from == wanted->from && m->to == wanted->to && m->tag == wanted->tag) return m;
    }
    return NULL;
}

/* With the lock held. One in four tries to receive finds what is there. */
static bool take(thread_world *world, message *m, size_t *received)
{
    world->random = world->random * 1103515245U + 12345U;
    message *const sent = (world->random >> 16U) % 4 == 0 ? find_sent(world, m) : NULL;
    if (sent == NULL) return false;
    const size_t count = sent->count < m->count ? sent->count : m->count;
    memcpy(m->target, sent->source, count);
    if (received != NULL) *received = sent->count;
    sent->done = true;
    return true;
}

static clmlp_transport_state test(void *own, clmlp_transport_request *request, size_t *received)
{
    transport *const t = own;
    message *const m = request->pointer;
    if (atomic_load(&t->broken)) return CLMLP_TRANSPORT_FAILED;
    (void)pthread_mutex_lock(&t->world->lock);
    const bool done = m->incoming ? take(t->world, m, received) : m->done;
    if (done) forget(t->world, m);
    (void)pthread_mutex_unlock(&t->world->lock);
    if (done) free(m);
    return done ? CLMLP_TRANSPORT_DONE : CLMLP_TRANSPORT_WAITING;
}

static const char *problem(void *own)
{
    (void)own;
    return "the network of threads is broken";
}

const clmlp_transport thread_transport_table = {.version = CLMLP_TRANSPORT_VERSION, .mpi = "threads",
                                                .send = send_bytes, .receive = receive_bytes, .test = test,
                                                .problem = problem};
