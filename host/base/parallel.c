/* parallel.c - one loop over independent items, on several threads. */
#include "base/parallel.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>

typedef struct job {
    clmlp_work_piece *work;
    void *context;
    size_t piece, begin, end;
    pthread_t thread;
    bool started;
} job;

static void *do_job(void *argument)
{
    const job *j = argument;
    j->work(j->piece, j->begin, j->end, j->context);
    return NULL;
}

size_t clmlp_parallel_most(void)
{
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    const size_t most = processors > 1 ? (size_t)processors : 1;
    return most < CLMLP_PIECES ? most : CLMLP_PIECES;
}

/* Asking for the processors reads a file of the system: not for work that is one piece anyway. */
static size_t pieces_of(size_t count, size_t least)
{
    const size_t whole = least > 0 ? count / least : CLMLP_PIECES;
    if (whole < 2) return 1;
    const size_t pieces = clmlp_parallel_most();
    return pieces < whole ? pieces : whole;
}

/* The first in the caller's thread, the others in threads of their own, where those can be had. */
static void do_jobs(job *jobs, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        jobs[i].started = pthread_create(&jobs[i].thread, NULL, do_job, &jobs[i]) == 0;
    }
    for (size_t i = 0; i < count; i++) {
        if (!jobs[i].started) (void)do_job(&jobs[i]);
    }
    for (size_t i = 1; i < count; i++) {
        if (jobs[i].started) (void)pthread_join(jobs[i].thread, NULL);
    }
}

size_t clmlp_parallel(size_t count, size_t least, clmlp_work_piece *work, void *context)
{
    const size_t pieces = pieces_of(count, least);
    job jobs[CLMLP_PIECES];
    for (size_t i = 0; i < pieces; i++) {
        const size_t share = count / pieces, rest = count % pieces;
        const size_t begin = i * share + (i < rest ? i : rest);
        jobs[i] = (job){.work = work, .context = context, .piece = i, .begin = begin,
                        .end = begin + share + (i < rest ? 1 : 0)};
    }
    do_jobs(jobs, pieces);
    return pieces;
}

typedef struct queue {
    clmlp_work_piece *work;
    void *context;
    size_t count;
    atomic_size_t next;
} queue;

static void do_next(size_t piece, size_t begin, size_t end, void *context)
{
    queue *const q = context;
    (void)begin, (void)end;
    for (size_t i = atomic_fetch_add(&q->next, 1); i < q->count; i = atomic_fetch_add(&q->next, 1)) {
        q->work(piece, i, i + 1, q->context);
    }
}

void clmlp_parallel_queue(size_t count, size_t threads, clmlp_work_piece *work, void *context)
{
    queue q = {.work = work, .context = context, .count = count};
    job jobs[CLMLP_PIECES];
    if (threads > CLMLP_PIECES) threads = CLMLP_PIECES;
    if (threads > count) threads = count;
    atomic_init(&q.next, 0);
    for (size_t i = 0; i < threads; i++) jobs[i] = (job){.work = do_next, .context = &q, .piece = i};
    do_jobs(jobs, threads);
}
