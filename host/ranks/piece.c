/* piece.c - a part of a sum or of a copy on its way through the ranks. */
#include "ranks/piece.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "ranks/add.h"

enum {
    SLICE_MOST = 1 << 20,
    SLICE_LEAST = 1 << 14,
    SLICES = 1 << 24,     /* bytes of all slices of a piece, where that many are enough */
    COPY = 1 << 22,       /* bytes of a piece of a copy */
    ALIGNED = 32          /* numbers that a slice is a multiple of */
};

size_t clmlp_piece_slice(size_t ranks)
{
    const size_t share = SLICES / ranks / 1024 * 1024;
    return share > SLICE_MOST ? SLICE_MOST : share < SLICE_LEAST ? SLICE_LEAST : share;
}

static clmlp_status create_messages(clmlp_messages *messages, size_t count, clmlp_error *error)
{
    TRY(clmlp_allocate(&messages->request, count, sizeof *messages->request, "messages", error));
    TRY(clmlp_allocate(&messages->bytes, count, sizeof *messages->bytes, "messages", error));
    return clmlp_allocate(&messages->other, count, sizeof *messages->other, "messages", error);
}

clmlp_status clmlp_piece_create(clmlp_piece *piece, const clmlp_channel *channel, clmlp_error *error)
{
    clmlp_messages *const all[] = {&piece->out, &piece->in, &piece->sums_out, &piece->sums_in};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) TRY(create_messages(all[i], channel->count, error));
    TRY(clmlp_allocate(&piece->parts, channel->count, sizeof *piece->parts, "sums over the ranks", error));
    return clmlp_allocate(&piece->scratch, channel->count, channel->slice, "sums over the ranks", error);
}

void clmlp_piece_destroy(clmlp_piece *piece)
{
    clmlp_messages *const all[] = {&piece->out, &piece->in, &piece->sums_out, &piece->sums_in};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        free(all[i]->request);
        free(all[i]->bytes);
        free(all[i]->other);
    }
    free(piece->parts);
    free(piece->scratch);
}

static size_t number_size(const clmlp_job *job)
{
    if (job->kind != CLMLP_JOB_SUM) return 1;
    if (job->is_short) return sizeof(uint16_t);
    return job->precision == CLMLP_F64 ? sizeof(double) : sizeof(float);
}

/* Numbers of a slice of a piece of so many. */
static size_t slice_numbers(size_t count, size_t ranks)
{
    const size_t share = (count + ranks - 1) / ranks;
    return (share + ALIGNED - 1) / ALIGNED * ALIGNED;
}

/* Numbers of a piece that come before the slice of a rank. */
static size_t slice_begin(const clmlp_piece *piece, size_t ranks, size_t rank)
{
    return clmlp_smaller(piece->count, slice_numbers(piece->count, ranks) * rank);
}

/* Numbers of a piece where more than that are left. */
static size_t piece_numbers(size_t ranks, size_t size)
{
    return clmlp_piece_slice(ranks) * ranks / size;
}

size_t clmlp_piece_share(size_t ranks, size_t size, size_t left, size_t rank, size_t *first, size_t *own)
{
    const size_t piece = clmlp_smaller(left, piece_numbers(ranks, size)), slice = slice_numbers(piece, ranks);
    *first = clmlp_smaller(piece, slice * rank);
    *own = clmlp_smaller(piece, slice * (rank + 1)) - *first;
    return piece;
}

size_t clmlp_piece_adder(size_t ranks, size_t size, size_t count, size_t index, bool has_small)
{
    const size_t whole = piece_numbers(ranks, size), begin = index / whole * whole;
    const size_t piece = clmlp_smaller(count - begin, whole);
    return has_small && piece * size <= CLMLP_PIECE_SMALL ? ranks : (index - begin) / slice_numbers(piece, ranks);
}

static unsigned char *number_at(const clmlp_piece *piece, size_t index)
{
    return (unsigned char *)piece->job->values + (piece->begin + index) * number_size(piece->job);
}

static bool send_to(clmlp_messages *to, const clmlp_channel *c, const void *bytes, size_t count, size_t rank, int tag,
                    double *sent)
{
    if (count == 0) return true;
    if (!c->table->send(c->transport, bytes, count, rank, tag, &to->request[to->count])) return false;
    to->bytes[to->count] = count;
    to->other[to->count++] = rank;
    *sent += (double)count;
    return true;
}

static bool receive_from(clmlp_messages *from, const clmlp_channel *c, void *bytes, size_t count, size_t rank, int tag)
{
    if (count == 0) return true;
    if (!c->table->receive(c->transport, bytes, count, rank, tag, &from->request[from->count])) return false;
    from->bytes[from->count] = count;
    from->other[from->count++] = rank;
    return true;
}

/* The i-th other rank, beginning behind this one, so that not all send to rank 0 first. */
static size_t other_rank(const clmlp_channel *c, size_t i)
{
    return (c->rank + 1 + i) % c->count;
}

static bool begin_small(clmlp_piece *p, const clmlp_channel *c, double *sent)
{
    const size_t bytes = p->count * number_size(p->job);
    unsigned char *const own = p->scratch + c->rank * c->slice;
    memcpy(own, number_at(p, 0), bytes); /* for the sum is written over them while others may still read */
    for (size_t i = 0; i + 1 < c->count; i++) {
        const size_t rank = other_rank(c, i);
        if (!receive_from(&p->in, c, p->scratch + rank * c->slice, bytes, rank, p->tag)) return false;
        if (!send_to(&p->out, c, own, bytes, rank, p->tag, sent)) return false;
    }
    return true;
}

static bool begin_large(clmlp_piece *p, const clmlp_channel *c, double *sent)
{
    const size_t size = number_size(p->job), at = slice_begin(p, c->count, c->rank);
    const size_t own = slice_begin(p, c->count, c->rank + 1) - at;
    for (size_t i = 0; i + 1 < c->count; i++) {
        const size_t rank = other_rank(c, i), begin = slice_begin(p, c->count, rank);
        const size_t count = slice_begin(p, c->count, rank + 1) - begin;
        if (!receive_from(&p->in, c, p->scratch + rank * c->slice, own * size, rank, p->tag)) return false;
        if (!send_to(&p->out, c, number_at(p, begin), count * size, rank, p->tag, sent)) return false;
    }
    return true;
}

static bool begin_gather(clmlp_piece *p, const clmlp_channel *c, double *sent)
{
    const clmlp_job *const job = p->job;
    const unsigned char *const mine = (const unsigned char *)job->mine + p->begin;
    unsigned char *const all = (unsigned char *)job->values + p->begin;
    memmove(all + c->rank * job->count, mine, p->count); /* it may stand there already */
    for (size_t i = 0; i + 1 < c->count; i++) {
        const size_t rank = other_rank(c, i);
        if (!receive_from(&p->in, c, all + rank * job->count, p->count, rank, p->tag)) return false;
        if (!send_to(&p->out, c, mine, p->count, rank, p->tag, sent)) return false;
    }
    return true;
}

static bool begin_share(clmlp_piece *p, const clmlp_channel *c, double *sent)
{
    unsigned char *const bytes = (unsigned char *)p->job->values + p->begin;
    if (c->rank != p->job->from) return receive_from(&p->in, c, bytes, p->count, p->job->from, p->tag);
    for (size_t i = 0; i + 1 < c->count; i++) {
        if (!send_to(&p->out, c, bytes, p->count, other_rank(c, i), p->tag, sent)) return false;
    }
    return true;
}

bool clmlp_piece_begin(clmlp_piece *piece, const clmlp_channel *channel, clmlp_job *job, int tag, double *sent)
{
    const size_t left = job->count - job->cut;
    const size_t whole = job->kind == CLMLP_JOB_SUM ? channel->slice * channel->count : COPY;
    piece->job = job;
    piece->tag = tag;
    piece->begin = job->cut;
    piece->count = clmlp_smaller(left, whole / number_size(job));
    piece->small = piece->count * number_size(job) <= CLMLP_PIECE_SMALL;
    piece->summed = piece->awaits_sums = false;
    piece->out.count = piece->in.count = piece->sums_out.count = piece->sums_in.count = 0;
    piece->out.done = piece->in.done = piece->sums_out.done = piece->sums_in.done = 0;
    job->cut += piece->count;
    job->open++;
    switch (job->kind) {
    case CLMLP_JOB_SUM:
        return piece->small ? begin_small(piece, channel, sent) : begin_large(piece, channel, sent);
    case CLMLP_JOB_GATHER: return begin_gather(piece, channel, sent);
    case CLMLP_JOB_SHARE: return begin_share(piece, channel, sent);
    }
    return false;
}

/* DONE once all of them are, in whatever order they came. */
static clmlp_transport_state test_all(clmlp_messages *messages, const clmlp_channel *c, bool incoming, bool *moved,
                                      char *problem)
{
    while (messages->done < messages->count) {
        const size_t i = messages->done;
        size_t got = messages->bytes[i];
        const clmlp_transport_state state = c->table->test(c->transport, &messages->request[i], incoming ? &got : NULL);
        if (state == CLMLP_TRANSPORT_WAITING) return state;
        messages->done++;
        *moved = true;
        if (state == CLMLP_TRANSPORT_FAILED) {
            (void)snprintf(problem, CLMLP_TRANSPORT_TEXT, "%s (rank %zu)", c->table->problem(c->transport),
                           messages->other[i]);
            return state;
        }
        if (got != messages->bytes[i]) {
            (void)snprintf(problem, CLMLP_TRANSPORT_TEXT, "rank %zu sent %zu bytes, expected %zu", messages->other[i],
                           got, messages->bytes[i]);
            return CLMLP_TRANSPORT_FAILED;
        }
    }
    return CLMLP_TRANSPORT_DONE;
}

static void sum_up(clmlp_piece *p, const clmlp_channel *c)
{
    const size_t begin = p->small ? 0 : slice_begin(p, c->count, c->rank);
    const size_t count = p->small ? p->count : slice_begin(p, c->count, c->rank + 1) - begin;
    for (size_t rank = 0; rank < c->count; rank++) p->parts[rank] = p->scratch + rank * c->slice;
    if (!p->small) p->parts[c->rank] = number_at(p, begin);
    if (p->job->is_short) clmlp_add_short_in_order(c->count, p->parts, (uint16_t *)(void *)number_at(p, begin), count);
    else clmlp_add_in_order(p->job->precision, c->count, p->parts, number_at(p, begin), count);
    p->summed = true;
}

static bool send_sums(clmlp_piece *p, const clmlp_channel *c, double *sent)
{
    const size_t size = number_size(p->job), begin = slice_begin(p, c->count, c->rank);
    const size_t count = slice_begin(p, c->count, c->rank + 1) - begin;
    for (size_t i = 0; i + 1 < c->count; i++) {
        if (!send_to(&p->sums_out, c, number_at(p, begin), count * size, other_rank(c, i), p->tag + 1, sent)) {
            return false;
        }
    }
    return true;
}

/* Into the values, which are read no more once they were sent. */
static bool await_sums(clmlp_piece *p, const clmlp_channel *c)
{
    const size_t size = number_size(p->job);
    p->awaits_sums = true;
    for (size_t i = 0; i + 1 < c->count; i++) {
        const size_t rank = other_rank(c, i), begin = slice_begin(p, c->count, rank);
        const size_t count = slice_begin(p, c->count, rank + 1) - begin;
        if (!receive_from(&p->sums_in, c, number_at(p, begin), count * size, rank, p->tag + 1)) return false;
    }
    return true;
}

/* The second round of a large sum. */
static clmlp_transport_state go_on_large(clmlp_piece *p, const clmlp_channel *c, bool have, bool gave, bool *moved,
                                         double *sent, char *problem)
{
    bool good = true;
    if (have && !p->summed) {
        sum_up(p, c);
        good = send_sums(p, c, sent);
        *moved = true;
    }
    if (good && gave && !p->awaits_sums) {
        good = await_sums(p, c);
        *moved = true;
    }
    if (!good) {
        (void)snprintf(problem, CLMLP_TRANSPORT_TEXT, "%s", c->table->problem(c->transport));
        return CLMLP_TRANSPORT_FAILED;
    }
    const clmlp_transport_state out = test_all(&p->sums_out, c, false, moved, problem);
    if (out == CLMLP_TRANSPORT_FAILED) return out;
    const clmlp_transport_state in = test_all(&p->sums_in, c, true, moved, problem);
    if (in == CLMLP_TRANSPORT_FAILED) return in;
    const bool done = p->summed && p->awaits_sums && out == CLMLP_TRANSPORT_DONE && in == CLMLP_TRANSPORT_DONE;
    return done ? CLMLP_TRANSPORT_DONE : CLMLP_TRANSPORT_WAITING;
}

clmlp_transport_state clmlp_piece_go_on(clmlp_piece *piece, const clmlp_channel *channel, bool *moved, double *sent,
                                        char *problem)
{
    const clmlp_transport_state in = test_all(&piece->in, channel, true, moved, problem);
    if (in == CLMLP_TRANSPORT_FAILED) return in;
    const clmlp_transport_state out = test_all(&piece->out, channel, false, moved, problem);
    if (out == CLMLP_TRANSPORT_FAILED) return out;
    const bool have = in == CLMLP_TRANSPORT_DONE, gave = out == CLMLP_TRANSPORT_DONE;
    const bool sums = piece->job->kind == CLMLP_JOB_SUM;
    if (sums && !piece->small) {
        const clmlp_transport_state state = go_on_large(piece, channel, have, gave, moved, sent, problem);
        if (state != CLMLP_TRANSPORT_DONE) return state;
    } else {
        if (!have || !gave) return CLMLP_TRANSPORT_WAITING;
        if (sums) sum_up(piece, channel);
    }
    piece->job->open--;
    piece->job = NULL;
    return CLMLP_TRANSPORT_DONE;
}
