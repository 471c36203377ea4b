/* stress.c - qualify barriers, dependent launches and copies, exact to the bit. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/random.h"
#include "common/codes.h"
#include "verify/qualify/qualify.h"

static const double SHARE = 0.08; /* of the time, for each of barriers, ordering and copies */

static uint32_t random_number(const clmlp_qualification *q, uint32_t what, uint64_t i)
{
    return (uint32_t)clmlp_random_bits(q->config.seed, CLMLP_RANDOM_QUALIFY, 1024U + what, i);
}

/* A number below `limit`. */
static size_t random_below(const clmlp_qualification *q, uint32_t what, uint64_t i, size_t limit)
{
    return (size_t)(clmlp_random_bits(q->config.seed, CLMLP_RANDOM_QUALIFY, 1024U + what, i) % limit);
}

/* mix of kernels/probe/qualify.cl. */
static uint32_t mix(uint32_t a, uint32_t b)
{
    uint32_t h = a + b * 0x9e3779b9U;
    h = (h ^ (h >> 16)) * 0x85ebca6bU;
    h = (h ^ (h >> 13)) * 0xc2b2ae35U;
    return h ^ (h >> 16);
}

/* --- barriers -------------------------------------------------------------------------------------------------- */

typedef struct barriers {
    clmlp_device *device;
    clmlp_probe *probe;
    bool global;
    size_t group;
} barriers;

/* What EXCHANGE of kernels/probe/qualify.cl makes of one group: results, value and box [n]. */
static void exchange(size_t first, size_t n, uint32_t rounds, uint32_t *results, uint32_t *value, uint32_t *box)
{
    for (size_t t = 0; t < n; t++) value[t] = mix((uint32_t)(first + t), 1U);
    for (uint32_t r = 0; r < rounds; r++) {
        memcpy(box, value, n * sizeof *box);
        for (size_t t = 0; t < n; t++) value[t] = mix(value[t] ^ box[(t + (size_t)r * QUALIFY_STRIDE + 1) % n], r);
    }
    memcpy(box, value, n * sizeof *box);
    for (size_t left = n; left > 1; left = (left + 1) / 2) {
        for (size_t t = 0; t < left / 2; t++) box[t] += box[t + (left + 1) / 2];
    }
    for (size_t t = 0; t < n; t++) results[t] = mix(value[t], box[0]);
}

/* One launch, and how many of its items came out wrong; `part` says which first. */
static clmlp_status try_barriers(const barriers *b, size_t groups, uint32_t rounds, size_t *wrong,
                                 clmlp_qualify_part *part, clmlp_error *error)
{
    const size_t items = b->group * groups;
    uint32_t *found = NULL, *expected = NULL;
    clmlp_status status = CLMLP_OK;
    TRY_CLEANUP(clmlp_allocate(&found, items, sizeof *found, "results", error));
    TRY_CLEANUP(clmlp_allocate(&expected, 3 * items, sizeof *expected, "results", error));
    TRY_CLEANUP(b->device->backend->ops->probes->barriers(b->probe, b->global, b->group, groups, rounds, found, error));
    for (size_t g = 0; g < groups; g++) {
        exchange(g * b->group, b->group, rounds, expected + g * b->group, expected + items, expected + 2 * items);
    }
    for (size_t i = 0; i < items; i++) {
        if (found[i] == expected[i]) continue;
        if ((*wrong)++ > 0) continue;
        (void)snprintf(part->detail, sizeof part->detail,
                       "group %zu of %zu, item %zu of %zu, %u rounds: found %08x, expected %08x", i / b->group, groups,
                       i % b->group, b->group, (unsigned)rounds, (unsigned)found[i], (unsigned)expected[i]);
    }
cleanup:
    free(found);
    free(expected);
    return status;
}

static clmlp_status barriers_of_group(clmlp_qualification *q, void *context, clmlp_qualify_part *part,
                                      clmlp_error *error)
{
    const barriers *b = context;
    const double until = clmlp_seconds() + q->config.seconds * SHARE / 16.0;
    const size_t units = q->facts.units < 256 ? q->facts.units : 256;
    const uint32_t rounds = q->config.quick ? 5 : 100;
    size_t wrong = 0, launches = 0;
    do {
        /* fewer groups than units, and more */
        const size_t groups = q->config.quick ? 2 : 1 + random_below(q, 1, launches, 4 * units);
        TRY(try_barriers(b, groups, rounds + (uint32_t)launches % 7, &wrong, part, error));
        launches++;
    } while (wrong == 0 && !q->config.quick && clmlp_seconds() < until);
    clmlp_qualify_measure(part, (double)wrong, 0.0, "wrong");
    if (wrong == 0) {
        (void)snprintf(part->detail, sizeof part->detail, "%zu launch%s of about %u phases", launches,
                       launches == 1 ? "" : "es", 2 * (unsigned)rounds);
    }
    return CLMLP_OK;
}

clmlp_status clmlp_qualify_barriers(clmlp_qualification *q, clmlp_device *device, clmlp_probe *probe,
                                    clmlp_error *error)
{
    static const size_t groups[] = {2, 31, 33, 64, 100, 256, SIZE_MAX};
    const size_t most = device->backend->ops->probes->largest_group(probe);
    for (int global = 0; global < 2; global++) {
        size_t last = 0;
        for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
            barriers b = {device, probe, global != 0, groups[i] < most ? groups[i] : most};
            char name[96];
            if (b.group == last || (q->config.quick && i > 2)) continue;
            last = b.group;
            (void)snprintf(name, sizeof name, "%s memory, groups of %zu", global ? "global" : "local", b.group);
            TRY(clmlp_qualify_do(q, CLMLP_QUALIFY_BARRIERS, name, barriers_of_group, &b, error));
        }
    }
    return CLMLP_OK;
}

/* --- ordering -------------------------------------------------------------------------------------------------- */

typedef struct probing {
    clmlp_device *device;
    clmlp_probe *probe;
    size_t count;      /* of a chain's numbers */
    uint32_t launches;
} probing;

static clmlp_status try_chain(clmlp_qualification *q, const probing *p, uint32_t round, size_t *wrong,
                              clmlp_qualify_part *part, clmlp_error *error)
{
    uint32_t *found = NULL, *expected = NULL, *next = NULL;
    clmlp_status status = CLMLP_OK;
    TRY_CLEANUP(clmlp_allocate(&found, p->count, sizeof *found, "a chain", error));
    TRY_CLEANUP(clmlp_allocate(&expected, p->count, sizeof *expected, "a chain", error));
    TRY_CLEANUP(clmlp_allocate(&next, p->count, sizeof *next, "a chain", error));
    for (size_t i = 0; i < p->count; i++) found[i] = expected[i] = random_number(q, 2, round * p->count + i);
    TRY_CLEANUP(p->device->backend->ops->probes->chain(p->probe, found, p->count, p->launches, error));
    for (uint32_t step = 0; step < p->launches; step++) {
        for (size_t i = 0; i < p->count; i++) {
            next[i] = mix(expected[(i + (size_t)step * QUALIFY_STRIDE + 1) % p->count], step + (uint32_t)i);
        }
        uint32_t *const swap = next;
        next = expected;
        expected = swap;
    }
    for (size_t i = 0; i < p->count; i++) {
        if (found[i] == expected[i]) continue;
        if ((*wrong)++ > 0) continue;
        (void)snprintf(part->detail, sizeof part->detail,
                       "number %zu of %zu after %u launches: found %08x, expected %08x", i, p->count,
                       (unsigned)p->launches, (unsigned)found[i], (unsigned)expected[i]);
    }
cleanup:
    free(found);
    free(expected);
    free(next);
    return status;
}

static clmlp_status chains(clmlp_qualification *q, void *context, clmlp_qualify_part *part, clmlp_error *error)
{
    const probing *p = context;
    const double until = clmlp_seconds() + q->config.seconds * SHARE / 3.0;
    size_t wrong = 0;
    uint32_t rounds = 0;
    do TRY(try_chain(q, p, rounds++, &wrong, part, error));
    while (wrong == 0 && !q->config.quick && clmlp_seconds() < until);
    clmlp_qualify_measure(part, (double)wrong, 0.0, "wrong");
    if (wrong == 0) {
        (void)snprintf(part->detail, sizeof part->detail, "%u chain%s of %u launches on %zu numbers", (unsigned)rounds,
                       rounds == 1 ? "" : "s", (unsigned)p->launches, p->count);
    }
    return CLMLP_OK;
}

clmlp_status clmlp_qualify_ordering(clmlp_qualification *q, clmlp_device *device, clmlp_probe *probe,
                                    clmlp_error *error)
{
    static const struct {
        size_t count;
        uint32_t launches;
        const char *name;
    } sizes[] = {{67, 1000, "a chain of short launches"},
                 {4099, 400, "a chain of launches"},
                 {262147, 40, "a chain of large launches"}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        probing p = {device, probe, sizes[i].count, sizes[i].launches};
        if (q->config.quick && i > 0) continue;
        if (q->config.quick) p.launches = 50;
        TRY(clmlp_qualify_do(q, CLMLP_QUALIFY_ORDERING, sizes[i].name, chains, &p, error));
    }
    return CLMLP_OK;
}

/* --- bytes ------------------------------------------------------------------------------------------------------ */

enum { SPACE = 70001, QUICK_SPACE = 1009, PITCHES = 7 };

/* A buffer, and what it should hold. */
typedef struct mirror {
    const clmlp_qualification *q;
    unsigned char *expected, *source, *found; /* [space] */
    size_t space;
    uint64_t step;
} mirror;

static size_t draw(mirror *m, uint32_t what, size_t limit)
{
    return random_below(m->q, 16U + what, m->step, limit);
}

/* What one copy is to do, and the same done to `expected`; for reads, to `found`. */
static void do_copy(mirror *m, clmlp_probe_copy *c)
{
    const size_t half = m->space / 2;
    c->kind = (clmlp_copy_kind)draw(m, 0, CLMLP_COPY_COUNT);
    c->bytes = 1 + draw(m, 1, half / 2);
    c->to = draw(m, 2, half - c->bytes);
    c->from = half + draw(m, 3, half - c->bytes);
    c->value = (unsigned char)draw(m, 4, 256);
    c->rows = 1 + draw(m, 5, PITCHES);
    c->pitch = m->space / (PITCHES + 1);
    c->host = c->kind == CLMLP_COPY_READ || c->kind == CLMLP_COPY_READ_ROWS ? m->found
                                                                            : m->source + draw(m, 6, half / 2);
    if (c->kind == CLMLP_COPY_WRITE_ROWS || c->kind == CLMLP_COPY_READ_ROWS) {
        c->bytes = 1 + draw(m, 7, c->pitch / 2);
        c->to = c->from = draw(m, 8, c->pitch - c->bytes);
        if (c->kind == CLMLP_COPY_WRITE_ROWS) c->host = m->source;
    }
    for (size_t r = 0; r < c->rows && c->kind == CLMLP_COPY_WRITE_ROWS; r++) {
        memcpy(m->expected + c->to + r * c->pitch, m->source + r * c->bytes, c->bytes);
    }
    if (c->kind == CLMLP_COPY_WRITE) memcpy(m->expected + c->to, c->host, c->bytes);
    if (c->kind == CLMLP_COPY_WITHIN) memcpy(m->expected + c->to, m->expected + c->from, c->bytes);
    if (c->kind == CLMLP_COPY_FILL) memset(m->expected + c->to, c->value, c->bytes);
}

/* What was read against what should be there. */
static size_t wrong_bytes(const mirror *m, const clmlp_probe_copy *c)
{
    size_t wrong = 0;
    const bool rows = c->kind == CLMLP_COPY_READ_ROWS;
    if (!rows && c->kind != CLMLP_COPY_READ) return 0;
    for (size_t r = 0; r < (rows ? c->rows : 1); r++) {
        for (size_t i = 0; i < c->bytes; i++) {
            wrong += m->found[r * c->bytes + i] != m->expected[c->from + r * c->pitch + i];
        }
    }
    return wrong;
}

static clmlp_status mirror_create(mirror *m, clmlp_error *error)
{
    TRY(clmlp_allocate(&m->expected, m->space, 1, "bytes to copy", error));
    TRY(clmlp_allocate(&m->source, m->space, 1, "bytes to copy", error));
    TRY(clmlp_allocate(&m->found, m->space, 1, "bytes to copy", error));
    for (size_t i = 0; i < m->space; i++) m->source[i] = (unsigned char)random_number(m->q, 3, i);
    memcpy(m->expected, m->source, m->space);
    return CLMLP_OK;
}

static clmlp_status copy_bytes(clmlp_qualification *q, void *context, clmlp_qualify_part *part, clmlp_error *error)
{
    const probing *p = context;
    const clmlp_probe_ops *probes = p->device->backend->ops->probes;
    const size_t least = q->config.quick ? 60 : 600;
    const double until = clmlp_seconds() + q->config.seconds * SHARE / 4.0;
    mirror m = {.q = q, .space = q->config.quick ? QUICK_SPACE : SPACE};
    clmlp_probe_copy whole = {.kind = CLMLP_COPY_WRITE, .bytes = m.space};
    size_t wrong = 0;
    clmlp_status status = CLMLP_OK;
    TRY_CLEANUP(mirror_create(&m, error));
    TRY_CLEANUP(probes->buffer(p->probe, m.space, error));
    whole.host = m.source;
    TRY_CLEANUP(probes->copy(p->probe, &whole, error));
    for (; m.step < least || (!q->config.quick && clmlp_seconds() < until); m.step++) {
        clmlp_probe_copy c = {.kind = CLMLP_COPY_READ};
        do_copy(&m, &c);
        TRY_CLEANUP(probes->copy(p->probe, &c, error));
        wrong += wrong_bytes(&m, &c);
    }
    whole = (clmlp_probe_copy){.kind = CLMLP_COPY_READ, .bytes = m.space, .host = m.found};
    TRY_CLEANUP(probes->copy(p->probe, &whole, error));
    wrong += wrong_bytes(&m, &whole);
    clmlp_qualify_measure(part, (double)wrong, 0.0, "wrong");
    (void)snprintf(part->detail, sizeof part->detail, "%zu writes, reads, copies, fills and rectangles in %zu bytes",
                   (size_t)m.step, m.space);
cleanup:
    free(m.expected);
    free(m.source);
    free(m.found);
    return status;
}

clmlp_status clmlp_qualify_bytes(clmlp_qualification *q, clmlp_device *device, clmlp_probe *probe, clmlp_error *error)
{
    probing p = {.device = device, .probe = probe};
    return clmlp_qualify_do(q, CLMLP_QUALIFY_COPIES, "bytes at odd offsets", copy_bytes, &p, error);
}
