/* worker.h - one piece of work on a thread of its own, while the thread that started it does something else. */
#ifndef CLMLP_CLI_RANKS_WORKER_H
#define CLMLP_CLI_RANKS_WORKER_H

#include <pthread.h>
#include <stdbool.h>

typedef struct clmlp_cli_worker {
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t ended;
    bool made, started; /* mutex and condition; a thread that was not joined yet */
    bool done;          /* of the work; under the mutex */
    void (*work)(void *context);
    void *context;
} clmlp_cli_worker;

/* False: not enough memory. */
bool clmlp_cli_worker_make(clmlp_cli_worker *worker);

/* Start; only when nothing is under way. False: there is no thread to be had. */
bool clmlp_cli_worker_start(clmlp_cli_worker *worker, void (*work)(void *context), void *context);

/* Wait for its end, or so many seconds; without work, that long. True: there was work, and it has ended. */
bool clmlp_cli_worker_wait(clmlp_cli_worker *worker, double seconds);

/* Wait for its end however long it takes, and release all. Fine on zeros. */
void clmlp_cli_worker_free(clmlp_cli_worker *worker);

#endif
