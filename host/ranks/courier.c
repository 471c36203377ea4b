/* courier.c - the thread that talks to MPI. */
#include "ranks/courier.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/memory.h"
#include "ranks/threads.h"

enum { PIECES = 4 /* under way at once */, NAP_LEAST = 5, NAP_MOST = 100 /* microseconds */ };
enum { JOBS = 8 /* that there is room for whatever memory is left */ };
static const double LOOK = 0.1;      /* seconds after which whoever waits looks for a failure */
static const double NAMING = 3.0;    /* seconds for the life line to say who it is that MPI complains of */
static const double GIVING_UP = 5.0; /* seconds for the thread to come back from MPI */
static const double TELLING = 2.0;   /* seconds to pass on what MPI says */

struct clmlp_courier {
    clmlp_channel channel;
    clmlp_failure *failure;
    clmlp_piece piece[PIECES]; /* the thread's */
    uint32_t cut;              /* pieces so far, the thread's */
    pthread_t thread;

    pthread_mutex_t lock; /* for all that follows */
    pthread_cond_t changed;
    clmlp_job *first, *last; /* those that are not done */
    clmlp_job *next;         /* the first that is not cut to its end */
    clmlp_job *spare;        /* those to take for the next */
    size_t begun, done;
    bool stopping, ended;
    clmlp_watch *watch;
    const char (*hosts)[CLMLP_HOST_LENGTH];
    clmlp_courier_times times;
    clmlp_direct *direct; /* set while nothing is under way */
};

/* With the lock held: until something changes, or for a moment. */
static void wait_a_moment(clmlp_courier *c)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += (long)(LOOK * 1e9);
    if (until.tv_nsec >= 1000000000L) {
        until.tv_nsec -= 1000000000L;
        until.tv_sec++;
    }
    (void)pthread_cond_timedwait(&c->changed, &c->lock, &until);
}

/* With the lock held: forget the jobs at the front that are done, in their order. */
static void finish_jobs(clmlp_courier *c)
{
    bool any = false;
    while (c->first != NULL && c->first != c->next && c->first->open == 0) {
        clmlp_job *const job = c->first;
        c->first = job->next;
        if (c->first == NULL) c->last = NULL;
        if (job->kind == CLMLP_JOB_SUM) c->times.sums++;
        job->next = c->spare;
        c->spare = job;
        c->done++;
        any = true;
    }
    if (any) (void)pthread_cond_broadcast(&c->changed);
}

/* The job that the next piece is cut off; NULL: none waits for that. */
static clmlp_job *job_to_cut(clmlp_courier *c)
{
    while (c->next != NULL && c->next->cut == c->next->count) c->next = c->next->next;
    return c->next;
}

/* Begin what there is room for. */
static bool begin_pieces(clmlp_courier *c, bool *moved, double *sent, char *problem)
{
    for (size_t i = 0; i < PIECES; i++) {
        if (c->piece[i].job != NULL) continue;
        (void)pthread_mutex_lock(&c->lock);
        clmlp_job *const job = job_to_cut(c);
        (void)pthread_mutex_unlock(&c->lock);
        if (job == NULL) return true;
        const int tag = (int)(c->cut++ % (CLMLP_TRANSPORT_TAGS / 2)) * 2;
        *moved = true;
        if (!clmlp_piece_begin(&c->piece[i], &c->channel, job, tag, sent)) {
            (void)snprintf(problem, CLMLP_TRANSPORT_TEXT, "%s", c->channel.table->problem(c->channel.transport));
            return false;
        }
    }
    return true;
}

/* With the lock held: the first sum in shared memory that is not made here. */
static clmlp_job *job_to_add(const clmlp_courier *c)
{
    clmlp_job *job = c->first;
    while (job != NULL && (!job->is_direct || job->added)) job = job->next;
    return job;
}

/* Sums in shared memory, in their order: those that all have given their numbers for, and those that all have made. */
static void go_on_direct(clmlp_courier *c, bool *moved, double *sent)
{
    (void)pthread_mutex_lock(&c->lock);
    clmlp_job *job = job_to_add(c);
    (void)pthread_mutex_unlock(&c->lock);
    if (job != NULL && clmlp_direct_add(c->direct, job->turn, job->precision, job->values, job->count, sent)) {
        job->added = *moved = true;
    }
    (void)pthread_mutex_lock(&c->lock);
    for (job = c->first; job != NULL; job = job->next) {
        if (!job->is_direct || !job->added || job->open == 0) continue;
        if (!clmlp_direct_is_done(c->direct, job->turn)) break;
        job->open = 0;
        *moved = true;
    }
    (void)pthread_mutex_unlock(&c->lock);
}

/* One round over all that is under way. False: a message failed. */
static bool go_round(clmlp_courier *c, bool *moved, char *problem)
{
    const double before = clmlp_seconds();
    double sent = 0.0;
    bool good = begin_pieces(c, moved, &sent, problem);
    for (size_t i = 0; i < PIECES && good; i++) {
        if (c->piece[i].job == NULL) continue;
        good = clmlp_piece_go_on(&c->piece[i], &c->channel, moved, &sent, problem) != CLMLP_TRANSPORT_FAILED;
    }
    if (c->direct != NULL) go_on_direct(c, moved, &sent);
    (void)pthread_mutex_lock(&c->lock);
    c->times.busy += clmlp_seconds() - before;
    c->times.bytes += sent;
    finish_jobs(c);
    (void)pthread_mutex_unlock(&c->lock);
    return good;
}

/* MPI complains. If a rank is gone the life line will know which; else this rank cannot go on. */
static void blame(clmlp_courier *c, const char *problem)
{
    char text[CLMLP_FAILURE_TEXT];
    const double until = clmlp_seconds() + NAMING;
    (void)pthread_mutex_lock(&c->lock);
    clmlp_watch *const watch = c->watch;
    const char *const host = c->hosts != NULL ? c->hosts[c->channel.rank] : "?";
    (void)pthread_mutex_unlock(&c->lock);
    while (watch != NULL && !clmlp_failure_happened(c->failure) && clmlp_seconds() < until) clmlp_thread_sleep(1000);
    (void)snprintf(text, sizeof text, "rank %zu (host %s): MPI reports an error: %s", c->channel.rank, host, problem);
    if (!clmlp_failure_set(c->failure, c->channel.rank, CLMLP_RANKS, text)) return;
    if (watch != NULL) clmlp_watch_tell(watch, TELLING);
}

/* Wait for work. False: there will be none any more. */
static bool find_work(clmlp_courier *c)
{
    (void)pthread_mutex_lock(&c->lock);
    while (c->first == NULL && !c->stopping && !clmlp_failure_happened(c->failure)) wait_a_moment(c);
    const bool work = c->first != NULL && !clmlp_failure_happened(c->failure);
    (void)pthread_mutex_unlock(&c->lock);
    return work;
}

static void *carry(void *argument)
{
    clmlp_courier *const c = argument;
    char problem[CLMLP_TRANSPORT_TEXT] = "";
    unsigned nap = NAP_LEAST;
    clmlp_thread_sleep_sharply();
    while (find_work(c)) {
        bool moved = false;
        if (!go_round(c, &moved, problem)) {
            blame(c, problem);
            break;
        }
        if (moved) {
            nap = NAP_LEAST;
            continue;
        }
        clmlp_thread_sleep(nap);
        nap = nap * 2 > NAP_MOST ? NAP_MOST : nap * 2;
    }
    /* Messages that are under way are left to themselves: without a test nothing goes on. To cancel them would be to
     * call MPI once more, which may end the process when another one is gone. */
    (void)pthread_mutex_lock(&c->lock);
    c->ended = true;
    (void)pthread_cond_broadcast(&c->changed);
    (void)pthread_mutex_unlock(&c->lock);
    return NULL;
}

static void free_jobs(clmlp_job *job)
{
    while (job != NULL) {
        clmlp_job *const next = job->next;
        free(job);
        job = next;
    }
}

static void release(clmlp_courier *c)
{
    for (size_t i = 0; i < PIECES; i++) clmlp_piece_destroy(&c->piece[i]);
    free_jobs(c->first);
    free_jobs(c->spare);
    (void)pthread_cond_destroy(&c->changed);
    (void)pthread_mutex_destroy(&c->lock);
    free(c);
}

static clmlp_status make_room(clmlp_courier *c, clmlp_error *error)
{
    for (size_t i = 0; i < PIECES; i++) TRY(clmlp_piece_create(&c->piece[i], &c->channel, error));
    for (size_t i = 0; i < JOBS; i++) {
        clmlp_job *job = NULL;
        TRY(clmlp_allocate(&job, 1, sizeof *job, "sums over the ranks", error));
        job->next = c->spare;
        c->spare = job;
    }
    return CLMLP_OK;
}

clmlp_status clmlp_courier_start(clmlp_courier **out, const clmlp_transport *table, void *transport, size_t rank,
                                 size_t count, clmlp_failure *failure, clmlp_error *error)
{
    clmlp_courier *c = NULL;
    pthread_condattr_t attributes;
    TRY(clmlp_allocate(&c, 1, sizeof *c, "the exchange between ranks", error));
    c->channel = (clmlp_channel){.table = table, .transport = transport, .rank = rank, .count = count,
                                 .slice = clmlp_piece_slice(count)};
    c->failure = failure;
    (void)pthread_mutex_init(&c->lock, NULL);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&c->changed, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    clmlp_status status = CLMLP_OK;
    TRY_CLEANUP(make_room(c, error));
    TRY_CLEANUP(clmlp_thread_start(&c->thread, carry, c, error));
    *out = c;
    return CLMLP_OK;
cleanup:
    release(c);
    return status;
}

void clmlp_courier_connect(clmlp_courier *courier, clmlp_watch *watch, const char (*hosts)[CLMLP_HOST_LENGTH])
{
    (void)pthread_mutex_lock(&courier->lock);
    courier->watch = watch;
    courier->hosts = hosts;
    (void)pthread_mutex_unlock(&courier->lock);
}

void clmlp_courier_attach(clmlp_courier *courier, clmlp_direct *direct)
{
    (void)pthread_mutex_lock(&courier->lock);
    courier->direct = direct;
    (void)pthread_mutex_unlock(&courier->lock);
}

bool clmlp_courier_detach(clmlp_courier *courier, const clmlp_direct *direct)
{
    const bool settled = clmlp_courier_settle(courier);
    (void)pthread_mutex_lock(&courier->lock);
    if (settled && courier->direct == direct) courier->direct = NULL;
    (void)pthread_mutex_unlock(&courier->lock);
    return settled;
}

bool clmlp_courier_is_attached(clmlp_courier *courier)
{
    return courier->direct != NULL;
}

bool clmlp_courier_is_direct(clmlp_courier *courier, const void *values, size_t bytes)
{
    return clmlp_direct_holds(courier->direct, values, bytes);
}

/* Whether it is a sum that is made in shared memory. */
static bool is_direct(const clmlp_courier *c, const clmlp_job *job)
{
    const size_t size = job->precision == CLMLP_F64 ? sizeof(double) : sizeof(float);
    if (job->kind != CLMLP_JOB_SUM || job->is_short) return false;
    return clmlp_direct_holds(c->direct, job->values, job->count * size);
}

/* Room for a job. Without memory one is waited for that is done: a job that this rank leaves out the others would wait
 * for, and take the next for it. NULL: a rank failed. */
static clmlp_job *find_room(clmlp_courier *c)
{
    clmlp_job *job = NULL;
    (void)pthread_mutex_lock(&c->lock);
    if (c->spare == NULL) job = calloc(1, sizeof *job);
    while (job == NULL && c->spare == NULL && !clmlp_failure_happened(c->failure)) wait_a_moment(c);
    if (job == NULL && c->spare != NULL) {
        job = c->spare;
        c->spare = job->next;
    }
    (void)pthread_mutex_unlock(&c->lock);
    return job;
}

clmlp_status clmlp_courier_begin(clmlp_courier *courier, const clmlp_job *job, size_t *ticket, clmlp_error *error)
{
    clmlp_job *const copy = !clmlp_failure_happened(courier->failure) ? find_room(courier) : NULL;
    if (copy == NULL) return clmlp_failure_report(courier->failure, courier->hosts, error);
    *copy = *job;
    copy->cut = copy->open = 0;
    copy->added = false;
    copy->next = NULL;
    copy->is_direct = is_direct(courier, job);
    if (copy->is_direct) { /* it has no pieces, and is open until all have made it */
        copy->cut = job->count;
        copy->open = 1;
        copy->turn = clmlp_direct_give(courier->direct);
    }
    (void)pthread_mutex_lock(&courier->lock);
    if (courier->last != NULL) courier->last->next = copy;
    if (courier->first == NULL) courier->first = copy;
    courier->last = copy;
    if (courier->next == NULL) courier->next = copy;
    *ticket = ++courier->begun;
    (void)pthread_cond_broadcast(&courier->changed);
    (void)pthread_mutex_unlock(&courier->lock);
    return CLMLP_OK;
}

clmlp_status clmlp_courier_wait(clmlp_courier *courier, size_t ticket, double seconds, clmlp_error *error)
{
    const double begin = clmlp_seconds();
    bool late = false;
    (void)pthread_mutex_lock(&courier->lock);
    while (courier->done < ticket && !clmlp_failure_happened(courier->failure) && !late) {
        wait_a_moment(courier);
        late = seconds > 0.0 && clmlp_seconds() - begin > seconds;
    }
    courier->times.waited += clmlp_seconds() - begin;
    late = courier->done < ticket;
    (void)pthread_mutex_unlock(&courier->lock);
    if (clmlp_failure_happened(courier->failure)) {
        return clmlp_failure_report(courier->failure, courier->hosts, error);
    }
    if (!late) return CLMLP_OK;
    char text[CLMLP_FAILURE_TEXT];
    (void)snprintf(text, sizeof text, "rank %zu: the other ranks did not answer within %.0f s", courier->channel.rank,
                   seconds);
    (void)clmlp_failure_set(courier->failure, courier->channel.rank, CLMLP_RANKS, text);
    return clmlp_failure_report(courier->failure, courier->hosts, error);
}

clmlp_status clmlp_courier_do(clmlp_courier *courier, const clmlp_job *job, double seconds, clmlp_error *error)
{
    size_t ticket = 0;
    TRY(clmlp_courier_begin(courier, job, &ticket, error));
    return clmlp_courier_wait(courier, ticket, seconds, error);
}

bool clmlp_courier_settle(clmlp_courier *courier)
{
    double failed = 0.0; /* since when */
    (void)pthread_mutex_lock(&courier->lock);
    while (courier->done < courier->begun && !courier->ended) {
        wait_a_moment(courier);
        if (!clmlp_failure_happened(courier->failure)) continue;
        if (failed == 0.0) failed = clmlp_seconds();
        if (clmlp_seconds() - failed > GIVING_UP) break;
    }
    const bool settled = courier->done == courier->begun || courier->ended;
    (void)pthread_mutex_unlock(&courier->lock);
    return settled;
}

void clmlp_courier_take_times(clmlp_courier *courier, clmlp_courier_times *times)
{
    (void)pthread_mutex_lock(&courier->lock);
    *times = courier->times;
    courier->times = (clmlp_courier_times){0};
    (void)pthread_mutex_unlock(&courier->lock);
}

bool clmlp_courier_stop(clmlp_courier *courier)
{
    if (courier == NULL) return true;
    const bool settled = clmlp_courier_settle(courier);
    (void)pthread_mutex_lock(&courier->lock);
    courier->stopping = true;
    (void)pthread_cond_broadcast(&courier->changed);
    (void)pthread_mutex_unlock(&courier->lock);
    if (!settled) {
        (void)pthread_detach(courier->thread);
        return false;
    }
    (void)pthread_join(courier->thread, NULL);
    release(courier);
    return true;
}
