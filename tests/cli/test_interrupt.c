/* test_interrupt.c - what is said while the first step is waited for. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
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
    (void)raise(SIGALRM);
    clmlp_cli_first_step_is_done(NULL);
    (void)raise(SIGALRM);
    end(text, sizeof text);
    cr_assert_str_eq(text, "building\n");
}

Test(cli_interrupt, who_stops_meanwhile_hears_what_is_waited_for)
{
    char text[512];
    begin();
    (void)clmlp_cli_catch_signals("stopping\n");
    clmlp_cli_await_first_step("building\n");
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
