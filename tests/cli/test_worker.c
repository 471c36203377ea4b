/* test_worker.c - a piece of work on a thread of its own: its end is waited for. */
#include <criterion/criterion.h>
#include <stdatomic.h>
#include <time.h>

#include "ranks/worker.h"

static atomic_int may_end;

static void work(void *context)
{
    const struct timespec moment = {.tv_nsec = 1000000};
    while (!atomic_load(&may_end)) (void)nanosleep(&moment, NULL);
    *(int *)context += 1;
}

static double now(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* Not before so many seconds, by the clock that it goes by; how much later is the machine's. */
Test(cli_worker, is_waited_for_as_long_as_was_said)
{
    clmlp_cli_worker worker;
    int times = 0;
    cr_assert(clmlp_cli_worker_make(&worker));
    double began = now();
    cr_assert_not(clmlp_cli_worker_wait(&worker, 0.05), "there was no work");
    cr_assert_geq(now() - began, 0.05);
    cr_assert(clmlp_cli_worker_start(&worker, work, &times));
    began = now();
    cr_assert_not(clmlp_cli_worker_wait(&worker, 0.05), "it has not ended");
    cr_assert_geq(now() - began, 0.05);
    atomic_store(&may_end, 1);
    cr_assert(clmlp_cli_worker_wait(&worker, 60.0));
    cr_assert_eq(times, 1);
    clmlp_cli_worker_free(&worker);
}
