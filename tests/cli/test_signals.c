/* test_signals.c - signals while data is read, while a training runs, and while it hangs. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run.h"

static const struct {
    int number;
    const char *name;
} stops[] = {{SIGINT, "SIGINT"}, {SIGTERM, "SIGTERM"}, {SIGQUIT, "SIGQUIT"}, {SIGHUP, "SIGHUP"},
             {SIGXCPU, "SIGXCPU"}, {SIGUSR2, "SIGUSR2"}, {SIGALRM, "SIGALRM"}, {SIGVTALRM, "SIGVTALRM"},
             {SIGPROF, "SIGPROF"}, {SIGXFSZ, "SIGXFSZ"}};
enum { STOPS = sizeof stops / sizeof *stops, ASKED = 3 }; /* so many do not come by themselves */

#define ENDLESS "clmlp train points.csv --device cpu --hidden 4 --epochs 1000000000 --batch 10"

static pid_t start(const char *folder, const char *line)
{
    char words[512];
    (void)snprintf(words, sizeof words, "%s", line);
    return cli_start_line(folder, words);
}

/* Which files there are, a line each; those of the test and of its runs do not count. */
static void expect_files(const char *folder, const char *what, const char *expected)
{
    char command[1024], found[1024];
    (void)snprintf(command, sizeof command, "cd '%s' && ls -A | grep -v '^\\.out$\\|^\\.err$\\|csv$'", folder);
    FILE *const pipe = popen(command, "r");
    cr_assert_not_null(pipe);
    found[fread(found, 1, sizeof found - 1, pipe)] = '\0';
    (void)pclose(pipe);
    cr_assert_str_eq(found, expected, "%s left other files than '%s': %s", what, expected, found);
}

Test(cli_signals, to_stop_save_the_model)
{
    for (size_t i = 0; i < STOPS; i++) {
        char *const folder = cli_data_folder("signals");
        char said[64];
        const pid_t program = start(folder, ENDLESS " --model m");
        cli_wait_for(folder, program, "epoch 1/");
        cli_run run = cli_stop(folder, program, stops[i].number);
        cr_assert_eq(run.status, 130, "%s: exit status %d\n%s", stops[i].name, run.status, run.err);
        (void)snprintf(said, sizeof said, "interrupted by %s after ", stops[i].name);
        cli_expect_in(run.err, said);
        cli_free(&run);
        expect_files(folder, stops[i].name, "m\n");
        cli_ok(folder, "evaluate m points.csv --device cpu");
        free(folder);
    }
}

/* Those that come by themselves come more than once: the second ends nothing, and the model is saved. */
Test(cli_signals, that_come_by_themselves_may_come_often)
{
    for (size_t i = ASKED; i < STOPS; i++) {
        char *const folder = cli_data_folder("signals-often");
        const pid_t program = start(folder, ENDLESS " --model m");
        cli_wait_for(folder, program, "epoch 1/");
        for (int times = 0; times < 20; times++) cr_assert_eq(kill(program, stops[i].number), 0);
        cli_run run = cli_stop(folder, program, stops[i].number);
        cr_assert_eq(run.status, 130, "%s: exit status %d\n%s", stops[i].name, run.status, run.err);
        cli_free(&run);
        cli_ok(folder, "evaluate m points.csv --device cpu");
        free(folder);
    }
}

Test(cli_signals, that_nohup_ignores_end_nothing)
{
    char *const folder = cli_data_folder("signals-nohup");
    cr_assert_neq(signal(SIGHUP, SIG_IGN), SIG_ERR); /* the program inherits it */
    const pid_t program = start(folder, ENDLESS " --model m");
    (void)signal(SIGHUP, SIG_DFL);
    cli_wait_for(folder, program, "epoch 1/");
    cr_assert_eq(kill(program, SIGHUP), 0);
    cr_assert_eq(kill(program, SIGUSR1), 0); /* it comes after the other */
    cli_wait_for(folder, program, "checkpoint");
    cli_run run = cli_stop(folder, program, SIGTERM);
    cr_assert_eq(run.status, 130);
    cli_expect_in(run.err, "interrupted by SIGTERM after ");
    cli_free(&run);
    free(folder);
}

/* Nothing was begun: the signal has its usual effect, and no file is made or touched. */
Test(cli_signals, while_data_is_read_leave_no_file)
{
    for (size_t i = 0; i < STOPS - 1; i++) {
        char *const folder = cli_data_folder("signals-start");
        char path[1024];
        (void)snprintf(path, sizeof path, "%s/pipe.csv", folder);
        cr_assert_eq(mkfifo(path, 0600), 0);
        const pid_t program = start(folder, "clmlp train pipe.csv --device cpu --model m --history h --checkpoint c");
        const int pipe = open(path, O_WRONLY); /* waits for the program */
        cr_assert_geq(pipe, 0);
        cr_assert_eq(write(pipe, "a,b\n1,2\n", 8), 8);
        cli_run run = cli_stop(folder, program, stops[i].number);
        cr_assert_eq(run.status, 128 + stops[i].number, "%s: exit status %d\n%s", stops[i].name, run.status, run.err);
        (void)close(pipe);
        cli_free(&run);
        expect_files(folder, stops[i].name, "");
        free(folder);
    }
}

/* A file that is longer than allowed is an error of that file, and the model is saved. */
Test(cli_signals, for_long_files_are_errors_of_these)
{
    char *const folder = cli_data_folder("signals-long");
    cli_run run = cli_with(folder, "ulimit -f 8; ", "train points.csv --device cpu --hidden 4 --epochs 1000 --quiet "
                           "--history h --model m");
    cr_assert_eq(run.status, 1, "exit status %d\n%s", run.status, run.err);
    cli_expect_in(run.err, "File too large");
    cli_free(&run);
    cli_ok(folder, "evaluate m points.csv --device cpu");
    cli_write(folder, "p", "old\n");
    run = cli_with(folder, "ulimit -f 0; ", "predict m points.csv --device cpu --out p --overwrite");
    cr_assert_eq(run.status, 1, "exit status %d\n%s", run.status, run.err);
    cli_free(&run);
    expect_files(folder, "SIGXFSZ", "h\nm\np\n");
    char *const text = cli_read(folder, "p");
    cr_assert_str_eq(text, "old\n");
    free(text);
    free(folder);
}

Test(cli_signals, twice_quit_a_training_that_hangs)
{
    char *const folder = cli_data_folder("signals-hang");
    cr_assert_eq(setenv("LD_PRELOAD", FAILING_OPENCL, 1), 0);
    cr_assert_eq(setenv("CLMLP_HANG_CALL", "clEnqueueReadBuffer:2", 1), 0);
    const pid_t program = start(folder, "clmlp train points.csv --device opencl --hidden 4 --epochs 9 --model m");
    (void)unsetenv("LD_PRELOAD");
    cli_wait_for(folder, program, "failing_opencl: call 2 of clEnqueueReadBuffer hangs");
    cr_assert_eq(kill(program, SIGINT), 0);
    cli_wait_for(folder, program, "stopping");
    cli_run run = cli_stop(folder, program, SIGINT);
    cr_assert_eq(run.status, 128 + SIGINT, "exit status %d\n%s", run.status, run.err);
    cli_expect_in(run.err, "quitting at once");
    cli_free(&run);
    free(folder);
}
