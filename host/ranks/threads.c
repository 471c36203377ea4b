/* threads.c - threads that take no signal. */
#include "ranks/threads.h"

#include <signal.h>
#include <time.h>
#ifdef __linux__
#  include <sys/prctl.h>
#endif

clmlp_status clmlp_thread_start(pthread_t *thread, void *(*work)(void *), void *argument, clmlp_error *error)
{
    sigset_t all, before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    const int number = pthread_create(thread, NULL, work, argument);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (number == 0) return CLMLP_OK;
    return clmlp_fail_errno(error, CLMLP_RANKS, number, "no thread can be made for the ranks");
}

void clmlp_thread_sleep_sharply(void)
{
#ifdef __linux__
    (void)prctl(PR_SET_TIMERSLACK, 1000UL, 0UL, 0UL, 0UL); /* ns */
#endif
}

void clmlp_thread_sleep(unsigned microseconds)
{
    const struct timespec moment = {.tv_nsec = (long)microseconds * 1000};
    (void)nanosleep(&moment, NULL);
}
