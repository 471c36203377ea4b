/* test_interrupt.c - what is said while the first step is waited for, and which signals end the program. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "interrupt.h"

/* What goes to standard error between the two. */
static int kept, ends[2];

static void begin(void)
{
    cr_assert_eq(pipe(ends), 0);
    cr_assert_eq(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    kept = dup(STDERR_FILENO);
    cr_assert(kept >= 0 && dup2(ends[1], STDERR_FILENO) >= 0);
}

static void end(char *text, size_t size)
{
    const ssize_t length = read(ends[0], text, size - 1);
    (void)dup2(kept, STDERR_FILENO);
    text[length > 0 ? length : 0] = '\0';
}

Test(cli_interrupt, a_first_step_that_takes_long_is_told_of_until_it_is_done)
{
    char text[512];
    begin();
    clmlp_cli_await_first_step("building\n");
    clmlp_cli_kernels_are_new(NULL);
    (void)raise(SIGALRM);
    clmlp_cli_kernels_are_new(NULL);
    clmlp_cli_first_step_is_done(NULL);
    (void)raise(SIGALRM);
    clmlp_cli_kernels_are_new(NULL);
    end(text, sizeof text);
    cr_assert_str_eq(text, "building\n");
}

/* On a busy machine all takes long. */
Test(cli_interrupt, a_first_step_that_takes_long_without_new_kernels_is_not_told_of)
{
    char text[512];
    begin();
    clmlp_cli_await_first_step("building\n");
    (void)raise(SIGALRM);
    (void)nanosleep(&(struct timespec){0, 1000000}, NULL);
    clmlp_cli_first_step_is_done(NULL);
    end(text, sizeof text);
    cr_assert_str_eq(text, "");
}

Test(cli_interrupt, kernels_that_are_built_after_the_second_are_told_of_at_once)
{
    char text[512];
    begin();
    clmlp_cli_await_first_step("building\n");
    (void)raise(SIGALRM);
    clmlp_cli_kernels_are_new(NULL);
    end(text, sizeof text);
    clmlp_cli_first_step_is_done(NULL);
    cr_assert_str_eq(text, "building\n");
}

Test(cli_interrupt, who_stops_meanwhile_hears_what_is_waited_for)
{
    char text[512];
    begin();
    (void)clmlp_cli_catch_signals("stopping\n");
    clmlp_cli_await_first_step("building\n");
    clmlp_cli_kernels_are_new(NULL);
    (void)raise(SIGALRM);
    (void)raise(SIGTERM);
    end(text, sizeof text);
    clmlp_cli_first_step_is_done(NULL);
    cr_assert_str_eq(text, "building\nstopping\n"
                           "clmlp: it stops when the kernels are built and the first step is done\n");
}

Test(cli_interrupt, a_first_step_that_is_quick_is_no_matter)
{
    char text[512];
    begin();
    (void)clmlp_cli_catch_signals("stopping\n");
    clmlp_cli_await_first_step("building\n");
    clmlp_cli_first_step_is_done(NULL);
    (void)raise(SIGTERM);
    end(text, sizeof text);
    cr_assert_str_eq(text, "stopping\n");
}

/* Signals one after the other, milliseconds apart, to a process of its own: the one that ends it; 0: none. */
static int ended_by(const int *signals, size_t count, unsigned apart)
{
    int status = 0;
    (void)fflush(NULL);
    const pid_t child = fork();
    cr_assert_geq(child, 0);
    if (child == 0) {
        const struct timespec pause = {apart / 1000, (long)(apart % 1000) * 1000000};
        (void)clmlp_cli_catch_signals(NULL);
        for (size_t i = 0; i < count; i++) {
            (void)raise(signals[i]);
            (void)nanosleep(&pause, NULL);
        }
        _exit(0);
    }
    cr_assert_eq(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

Test(cli_interrupt, whoever_asks_twice_quits_at_once)
{
    static const int both[] = {SIGINT, SIGTERM};
    cr_expect_eq(ended_by(both, 1, 0), 0);
    cr_expect_eq(ended_by(both, 2, 0), SIGTERM);
}

Test(cli_interrupt, what_a_launcher_repeats_is_no_second_wish)
{
    static const int other[] = {SIGINT, SIGTERM, SIGTERM}, same[] = {SIGINT, SIGINT, SIGINT};
    (void)setenv("OMPI_COMM_WORLD_RANK", "0", 1);
    (void)setenv("OMPI_COMM_WORLD_SIZE", "2", 1);
    cr_expect_eq(ended_by(other, 2, 0), 0);
    cr_expect_eq(ended_by(other, 2, 1100), 0); /* as Open MPI does it */
    cr_expect_eq(ended_by(other, 3, 0), SIGTERM);
    cr_expect_eq(ended_by(same, 2, 0), 0); /* as MPICH does */
    cr_expect_eq(ended_by(same, 3, 0), SIGINT);
    cr_expect_eq(ended_by(same, 2, 600), SIGINT);
}
