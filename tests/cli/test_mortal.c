/* test_mortal.c - a test that is killed leaves no program running. */
#define _DEFAULT_SOURCE /* syscalls of Linux */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#  include <sys/prctl.h>
#endif

#include "mortal.h"
#include "run.h"

enum { LONGEST_WAIT = 60 }; /* seconds */

#define ENDLESS "train points.csv --epochs 2000000000 --device cpu"

/* Until `done` says so, or time is over. */
static bool wait_until(bool (*done)(void *), void *context)
{
    const struct timespec pause = {0, 20 * 1000 * 1000};
    for (int i = 0; i < LONGEST_WAIT * 50; i++) {
        if (done(context)) return true;
        (void)nanosleep(&pause, NULL);
    }
    return false;
}

static bool is_training(void *folder)
{
    char *const said = cli_read(folder, ".err");
    const bool training = said != NULL && strstr(said, "epoch 1/") != NULL;
    free(said);
    return training;
}

/* Orphans come to this process, which made itself their new parent. */
static bool is_gone(void *pid)
{
    int code = 0;
    return waitpid(*(pid_t *)pid, &code, WNOHANG) == *(pid_t *)pid;
}

/* Kill a process that runs `line`, once it trains; the program, whose number `line` writes into "pid", must end. */
static void kill_the_test(const char *name, const char *line)
{
    char *const folder = cli_data_folder(name);
#ifdef __linux__
    cr_assert_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
#else
    cr_skip("no other system tells a process of its parent's death");
#endif
    pid_t tester = fork();
    cr_assert_neq(tester, -1);
    if (tester == 0) {
        cli_run run = cli(folder, line);
        cli_free(&run);
        _exit(0);
    }
    const bool training = wait_until(is_training, folder);
    char *const number = cli_read(folder, "pid");
    cr_assert_eq(kill(tester, SIGKILL), 0);
    cr_assert_eq(waitpid(tester, NULL, 0), tester);
    cr_assert(training && number != NULL, "training did not begin");
    pid_t program = (pid_t)strtol(number, NULL, 10);
    cr_assert(program > 0);
    const bool gone = wait_until(is_gone, &program);
    if (!gone) (void)kill(program, SIGKILL);
    cr_assert(gone, "the program outlived the test");
    free(number);
    free(folder);
}

Test(cli_mortal, no_program_in_the_background_outlives_the_test)
{
    kill_the_test("mortal-background", ENDLESS " & echo $! >pid; wait");
}
