/* watch.c - the thread that listens for signs of life, and passes on who is gone. */
#include "ranks/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "ranks/line.h"
#include "ranks/threads.h"

static const double BEAT = 1.0, FAREWELL = 2.0, OUTLASTING = 15.0; /* seconds */

struct clmlp_watch {
    size_t rank, count, lines; /* lines: count at rank 0, else 1 */
    double timeout, last_beat;
    clmlp_failure *failure;
    const char (*hosts)[CLMLP_HOST_LENGTH];
    clmlp_line *line;   /* [lines]: line[r] goes to rank r */
    struct pollfd *all; /* [lines + 1], the last one is `bell` */
    int bell[2];        /* a byte here wakes the thread */
    bool told;          /* the failure was passed on */
    atomic_bool asked, noted; /* to pass on what happened here; done */
    atomic_bool deserted; /* rank 0 is gone */
    atomic_bool stopping;
    pthread_t thread;
};

/* Put in line what others have to know: rank 0 tells all, another rank tells rank 0 of itself. */
static void pass_on(clmlp_watch *w)
{
    unsigned char payload[CLMLP_LINE_PAYLOAD];
    const clmlp_failure *const f = w->failure;
    const clmlp_line_kind kind = w->rank == 0 ? CLMLP_LINE_TOLD : CLMLP_LINE_FAIL;
    const bool mine = f->rank == w->rank || atomic_load(&w->asked);
    if (w->told || !clmlp_failure_happened(f) || !(w->rank == 0 || mine)) return;
    const size_t length = clmlp_line_pack(payload, f->rank, f->status, f->text);
    for (size_t i = 0; i < w->lines; i++) (void)clmlp_line_put(&w->line[i], kind, payload, length);
    w->told = true;
}

/* `i` says that it, or another one, failed. Whose failure it is only rank 0 may say. */
static void take_failure(clmlp_watch *w, size_t i, const clmlp_line_message *message)
{
    char text[CLMLP_FAILURE_TEXT];
    size_t rank = 0;
    clmlp_status status = CLMLP_RANKS;
    const clmlp_line_kind expected = w->rank == 0 ? CLMLP_LINE_FAIL : CLMLP_LINE_TOLD;
    if (message->kind != expected || !clmlp_line_unpack(message, &rank, &status, text)) return;
    /* one that says who is gone, of others, has it from MPI */
    if (w->rank == 0 && status != CLMLP_RANKS) rank = i;
    if (rank < w->count) (void)clmlp_failure_set(w->failure, rank, status, text);
    if (w->rank == 0) (void)clmlp_line_put(&w->line[i], CLMLP_LINE_NOTED, NULL, 0);
}

static void take_messages(clmlp_watch *w, size_t i, bool *broken)
{
    clmlp_line_message message;
    while (clmlp_line_next(&w->line[i], &message, broken)) {
        switch (message.kind) {
        case CLMLP_LINE_BEAT: break;
        case CLMLP_LINE_LEAVE: w->line[i].left = true; break;
        case CLMLP_LINE_NOTED: atomic_store(&w->noted, true); break;
        case CLMLP_LINE_FAIL:
        case CLMLP_LINE_TOLD: take_failure(w, i, &message); break;
        }
        clmlp_line_drop(&w->line[i], &message);
    }
}

/* A connection is of no more use. One that was left in good order may close. */
static void lose(clmlp_watch *w, size_t i, const char *why)
{
    if (!w->line[i].left) (void)clmlp_failure_gone(w->failure, i, w->hosts[i], why);
    clmlp_line_close(&w->line[i]);
}

static void hear(clmlp_watch *w, size_t i)
{
    bool broken = false;
    const char *why = clmlp_line_fill(&w->line[i], clmlp_seconds());
    take_messages(w, i, &broken);
    if (why == NULL && broken) why = "it sent what is no message";
    if (why != NULL) lose(w, i, why);
}

/* Where this process itself was stopped for long, nobody is to blame. */
static void forgive(clmlp_watch *w, double slept, double now)
{
    if (slept < w->timeout / 3.0) return;
    for (size_t i = 0; i < w->lines; i++) w->line[i].heard = now;
}

static void check_silence(clmlp_watch *w, double now)
{
    char why[64];
    for (size_t i = 0; i < w->lines; i++) {
        const clmlp_line *const line = &w->line[i];
        if (line->socket < 0 || line->left || now - line->heard <= w->timeout) continue;
        (void)snprintf(why, sizeof why, "no sign of life for %.0f s", w->timeout);
        lose(w, i, why);
    }
}

/* A beat is of no use where the other side takes nothing: it is not put behind others. */
static void beat(clmlp_watch *w, double now)
{
    if (now - w->last_beat < (BEAT < w->timeout / 4.0 ? BEAT : w->timeout / 4.0)) return;
    w->last_beat = now;
    for (size_t i = 0; i < w->lines; i++) {
        if (w->line[i].out_used == 0) (void)clmlp_line_put(&w->line[i], CLMLP_LINE_BEAT, NULL, 0);
    }
}

/* Whether all that was said is on its way. */
static bool flush(clmlp_watch *w)
{
    bool empty = true;
    for (size_t i = 0; i < w->lines; i++) {
        clmlp_line *const line = &w->line[i];
        if (line->socket >= 0) clmlp_line_flush(line);
        empty = empty && (line->socket < 0 || line->out_used == 0);
    }
    return empty;
}

static void wait_for_news(clmlp_watch *w)
{
    char bytes[16];
    for (size_t i = 0; i < w->lines; i++) {
        const bool more = w->line[i].out_used > 0;
        w->all[i] = (struct pollfd){.fd = w->line[i].socket, .events = (short)(more ? POLLIN | POLLOUT : POLLIN)};
    }
    w->all[w->lines] = (struct pollfd){.fd = w->bell[0], .events = POLLIN};
    if (poll(w->all, w->lines + 1, 250) <= 0) return;
    if (w->all[w->lines].revents != 0) (void)!read(w->bell[0], bytes, sizeof bytes);
    for (size_t i = 0; i < w->lines; i++) {
        if (w->line[i].socket >= 0 && (w->all[i].revents & ~POLLOUT) != 0) hear(w, i);
    }
}

static void *watch_over(void *argument)
{
    clmlp_watch *const w = argument;
    double before = clmlp_seconds();
    while (!atomic_load(&w->stopping)) {
        wait_for_news(w);
        const double now = clmlp_seconds();
        forgive(w, now - before, now);
        before = now;
        check_silence(w, now);
        pass_on(w);
        beat(w, now);
        const bool empty = flush(w);
        if (w->rank == 0 && w->told && empty) atomic_store(&w->noted, true);
        if (w->rank != 0 && w->line[0].socket < 0) {
            atomic_store(&w->noted, true); /* there is nobody to take note */
            atomic_store(&w->deserted, true);
        }
    }
    return NULL;
}

static void release(clmlp_watch *w)
{
    for (size_t i = 0; i < w->lines && w->line != NULL; i++) clmlp_line_close(&w->line[i]);
    for (size_t i = 0; i < 2; i++) {
        if (w->bell[i] >= 0) (void)close(w->bell[i]);
    }
    free(w->line);
    free(w->all);
    free(w);
}

/* All but the thread. */
static clmlp_status make(clmlp_watch *w, const int *sockets, clmlp_error *error)
{
    const double now = clmlp_seconds();
    TRY(clmlp_allocate(&w->all, w->lines + 1, sizeof *w->all, "the life line", error));
    if (pipe(w->bell) != 0) return clmlp_fail_errno(error, CLMLP_RANKS, errno, "no pipe can be made");
    for (size_t i = 0; i < 2; i++) {
        (void)fcntl(w->bell[i], F_SETFD, FD_CLOEXEC);
        (void)fcntl(w->bell[i], F_SETFL, O_NONBLOCK);
    }
    TRY(clmlp_allocate(&w->line, w->lines, sizeof *w->line, "the life line", error));
    for (size_t i = 0; i < w->lines; i++) {
        w->line[i].socket = -1;
        if (sockets[i] >= 0) clmlp_line_open(&w->line[i], sockets[i], now);
    }
    return CLMLP_OK;
}

clmlp_status clmlp_watch_start(clmlp_watch **out, size_t rank, size_t count, double timeout, const int *sockets,
                               clmlp_failure *failure, const char (*hosts)[CLMLP_HOST_LENGTH], clmlp_error *error)
{
    clmlp_watch *w = NULL;
    const size_t lines = rank == 0 ? count : 1;
    TRY(clmlp_allocate(&w, 1, sizeof *w, "the life line", error));
    w->rank = rank;
    w->count = count;
    w->lines = lines;
    w->timeout = timeout;
    w->failure = failure;
    w->hosts = hosts;
    w->bell[0] = w->bell[1] = -1;
    clmlp_status status = make(w, sockets, error);
    if (status == CLMLP_OK) status = clmlp_thread_start(&w->thread, watch_over, w, error);
    if (status != CLMLP_OK) {
        for (size_t i = 0; i < lines && w->line != NULL; i++) w->line[i].socket = -1; /* still the caller's */
        release(w);
        return status;
    }
    *out = w;
    return CLMLP_OK;
}

static void ring(clmlp_watch *w)
{
    (void)!write(w->bell[1], "", 1);
}

void clmlp_watch_tell(clmlp_watch *watch, double seconds)
{
    const double until = clmlp_seconds() + seconds;
    atomic_store(&watch->asked, true);
    ring(watch);
    while (!atomic_load(&watch->noted) && clmlp_seconds() < until) clmlp_thread_sleep(2000);
}

/* Say goodbye, and read until the others have closed, too: a connection that is closed with something unread takes
 * back what was sent last. */
static void say_goodbye(clmlp_watch *w)
{
    const double until = clmlp_seconds() + FAREWELL;
    bool any = true;
    for (size_t i = 0; i < w->lines; i++) {
        if (w->line[i].socket < 0) continue;
        w->line[i].left = true; /* whoever closes now has heard of it */
        (void)clmlp_line_put(&w->line[i], CLMLP_LINE_LEAVE, NULL, 0);
        clmlp_line_flush(&w->line[i]);
        (void)shutdown(w->line[i].socket, SHUT_WR);
    }
    while (any && clmlp_seconds() < until) {
        wait_for_news(w);
        any = false;
        for (size_t i = 0; i < w->lines; i++) any = any || w->line[i].socket >= 0;
    }
}

void clmlp_watch_outlast(const clmlp_watch *w)
{
    const double until = clmlp_seconds() + OUTLASTING;
    while (w->rank != 0 && !atomic_load(&w->deserted) && clmlp_seconds() < until) clmlp_thread_sleep(5000);
}

void clmlp_watch_stop(clmlp_watch *watch)
{
    if (watch == NULL) return;
    atomic_store(&watch->stopping, true);
    ring(watch);
    (void)pthread_join(watch->thread, NULL);
    if (!clmlp_failure_happened(watch->failure)) say_goodbye(watch);
    release(watch);
}
