/* threads.h - threads of the ranks: signals are the program's, never theirs. */
#ifndef CLMLP_RANKS_THREADS_H
#define CLMLP_RANKS_THREADS_H

#include <pthread.h>

#include "base/error.h"

/* A thread that takes no signal. Errors: CLMLP_RANKS. */
clmlp_status clmlp_thread_start(pthread_t *thread, void *(*work)(void *), void *argument, clmlp_error *error);

/* From now on this thread sleeps as short as it asks for: Linux would add 50 us each time. */
void clmlp_thread_sleep_sharply(void);

void clmlp_thread_sleep(unsigned microseconds);

#endif
