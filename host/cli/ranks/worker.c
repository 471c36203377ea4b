/* worker.c - one piece of work on a thread of its own. */
#define _POSIX_C_SOURCE 200809L /* clocks of condition variables */
#include "ranks/worker.h"

#include <time.h>

bool clmlp_cli_worker_make(clmlp_cli_worker *worker)
{
    pthread_condattr_t attributes;
    *worker = (clmlp_cli_worker){.made = false};
    if (pthread_condattr_init(&attributes) != 0) return false;
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    if (pthread_cond_init(&worker->ended, &attributes) == 0) {
        worker->made = pthread_mutex_init(&worker->mutex, NULL) == 0;
        if (!worker->made) (void)pthread_cond_destroy(&worker->ended);
    }
    (void)pthread_condattr_destroy(&attributes);
    return worker->made;
}

static void *run(void *itself)
{
    clmlp_cli_worker *const worker = itself;
    worker->work(worker->context);
    (void)pthread_mutex_lock(&worker->mutex);
    worker->done = true;
    (void)pthread_cond_signal(&worker->ended);
    (void)pthread_mutex_unlock(&worker->mutex);
    return NULL;
}

/* Signals are blocked in no thread: a process that the work starts would inherit that. */
bool clmlp_cli_worker_start(clmlp_cli_worker *worker, void (*work)(void *context), void *context)
{
    worker->work = work;
    worker->context = context;
    worker->done = false;
    worker->started = pthread_create(&worker->thread, NULL, run, worker) == 0;
    return worker->started;
}

static void join(clmlp_cli_worker *worker)
{
    (void)pthread_join(worker->thread, NULL);
    worker->started = false;
}

bool clmlp_cli_worker_wait(clmlp_cli_worker *worker, double seconds)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    const double whole = (double)until.tv_nsec * 1e-9 + seconds;
    until.tv_sec += (time_t)whole;
    until.tv_nsec = (long)((whole - (double)(time_t)whole) * 1e9);
    (void)pthread_mutex_lock(&worker->mutex);
    int late = 0;
    while (late == 0 && !(worker->started && worker->done)) {
        late = pthread_cond_timedwait(&worker->ended, &worker->mutex, &until);
    }
    const bool ended = worker->started && worker->done;
    (void)pthread_mutex_unlock(&worker->mutex);
    if (ended) join(worker);
    return ended;
}

void clmlp_cli_worker_free(clmlp_cli_worker *worker)
{
    if (worker->started) join(worker);
    if (!worker->made) return;
    (void)pthread_mutex_destroy(&worker->mutex);
    (void)pthread_cond_destroy(&worker->ended);
    worker->made = false;
}
