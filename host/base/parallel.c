/* parallel.c - one loop over independent items, on several threads. */
#include "base/parallel.h"

#include <pthread.h>
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

/* Asking for the processors reads a file of the system: not for work that is one piece anyway. */
static size_t pieces_of(size_t count, size_t least)
{
    const size_t whole = least > 0 ? count / least : CLMLP_PIECES;
    if (whole < 2) return 1;
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    size_t pieces = processors > 1 ? (size_t)processors : 1;
    if (pieces > CLMLP_PIECES) pieces = CLMLP_PIECES;
    return pieces < whole ? pieces : whole;
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
    for (size_t i = 1; i < pieces; i++) {
        jobs[i].started = pthread_create(&jobs[i].thread, NULL, do_job, &jobs[i]) == 0;
    }
    for (size_t i = 0; i < pieces; i++) {
        if (!jobs[i].started) (void)do_job(&jobs[i]);
    }
    for (size_t i = 1; i < pieces; i++) {
        if (jobs[i].started) (void)pthread_join(jobs[i].thread, NULL);
    }
    return pieces;
}
