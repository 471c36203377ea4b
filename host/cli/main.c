/* main.c - the program clmlp: finds the command and hands over. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <clmlp/text.h>
#include <clmlp/version.h>

#include "cluster.h"
#include "commands/commands.h"
#include "json_memory.h"
#include "manual/manual.h"
#include "message.h"
#include "options/options.h"
#include "options/propose.h"
#include "options/synonyms.h"
#include "reports/report.h"
#include "reports/startup.h"
#include "search/child.h"

typedef struct command {
    const char *name, *help;
    int (*run)(int argc, char **argv);
    bool shared; /* run by all ranks */
} command;

static const command commands[] = {
#define COMMAND_ROW(name, shared, help) {#name, help, clmlp_cli_##name, shared},
    CLMLP_CLI_COMMAND_LIST(COMMAND_ROW)
#undef COMMAND_ROW
};

enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static void print_help(FILE *stream)
{
    clmlp_cli_print(stream, "Usage: clmlp COMMAND [OPTION...] ARGUMENT...\n"
                            CLMLP_CLI_PURPOSE "\n\n"
                            "Commands:\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        clmlp_cli_print(stream, "  %-10s %s\n", commands[i].name, commands[i].help);
    }
    clmlp_cli_print(stream, "  %-10s %s\n", "help", "show the options of a command");
    clmlp_cli_print(stream, "\nOptions:\n"
                            "  -h, --help     show this text; after a command, its options\n"
                            "      --version  show the version\n\n"
                            "Example:\n"
                            CLMLP_CLI_EXAMPLES "\n"
                            "Exit status:\n"
                            "  0 done, 1 failed while running, 2 bad usage or bad input, 3 a verification\n"
                            "  found a mismatch, 4 training diverged, 130 interrupted (after saving)\n");
}

/* Of several ranks rank 0 does alone what is not shared. */
static int run(const command *found, int argc, char **argv, bool is_other)
{
    int status = CLMLP_CLI_DONE;
    if (is_other && !found->shared) return CLMLP_CLI_DONE;
    /* before the options are read: who does not understand them must be able to tell the others */
    if (!found->shared || clmlp_cli_cluster_join(argc, argv, &status)) status = found->run(argc, argv);
    return clmlp_cli_cluster_end(status);
}

static const command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i].name, name) == 0) return &commands[i];
    }
    return NULL;
}

static int unknown(const char *what, const char *word, const char *const *names, size_t count)
{
    const char *const nearest = clmlp_nearest(word, names, count);
    return nearest == NULL ? clmlp_cli_usage_error(NULL, "unknown %s '%s'", what, word)
                           : clmlp_cli_usage_error(NULL, "unknown %s '%s'; did you mean '%s'?", what, word, nearest);
}

static int unknown_command(const char *word)
{
    static const char *const options[] = {"--help", "--version"};
    const char *names[COMMAND_COUNT + 1];
    for (size_t i = 0; i < COMMAND_COUNT; i++) names[i] = commands[i].name;
    names[COMMAND_COUNT] = "help";
    const char *const meant = word[0] != '-' ? clmlp_cli_command_called(word) : NULL;
    if (meant != NULL) return clmlp_cli_usage_error(NULL, "unknown command '%s'; did you mean '%s'?", word, meant);
    return word[0] == '-' ? unknown("option", word, options, 2) : unknown("command", word, names, COMMAND_COUNT + 1);
}

static int help(int argc, char **argv)
{
    const bool is_text = argc >= 2 && (strcmp(argv[1], "--man") == 0 || strcmp(argv[1], "--completion") == 0);
    const bool of_kind = argc == 3 && strcmp(argv[1], "bench") == 0; /* "help bench step" */
    if (is_text) return clmlp_cli_manual(argc, argv);
    if (argc > 2 && !of_kind) return clmlp_cli_usage_error(NULL, "unexpected argument '%s'", argv[2]);
    if (argc >= 2 && strcmp(argv[1], "help") != 0) {
        const command *const found = find_command(argv[1]);
        if (found == NULL) return unknown_command(argv[1]);
        static char option[] = "--help";
        char *line[] = {argv[1], of_kind ? argv[2] : option, option, NULL};
        return found->run(argc, line);
    }
    print_help(stdout);
    return clmlp_cli_finish_output(CLMLP_CLI_DONE);
}

/* A standard stream that the caller has closed would be given to the next file opened, and results would be
 * written into a model. Put something in its place that fails when used. */
static void occupy_standard_streams(void)
{
    for (int descriptor = 0; descriptor <= 2; descriptor++) {
        if (fcntl(descriptor, F_GETFD) == -1 && errno == EBADF) {
            (void)open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY);
        }
    }
}

/* OpenBLAS starts threads when it is loaded, and each of them waits for ever for memory that a limit does not allow.
 * clmlp multiplies with one thread a call, so that it loses nothing by beginning anew without them. */
static void begin_without_blas_threads(char **argv)
{
    struct rlimit space, data;
    if (getenv("OPENBLAS_NUM_THREADS") != NULL) return;
    if (getrlimit(RLIMIT_AS, &space) != 0 || getrlimit(RLIMIT_DATA, &data) != 0) return;
    if (space.rlim_cur == RLIM_INFINITY && data.rlim_cur == RLIM_INFINITY) return;
    if (setenv("OPENBLAS_NUM_THREADS", "1", 1) == 0) (void)execv("/proc/self/exe", argv); /* else go on as it is */
}

int main(int argc, char **argv)
{
    begin_without_blas_threads(argv);
    clmlp_cli_clock_start();
    clmlp_cli_json_begin();
    clmlp_cli_ask_who_has(clmlp_cli_who_has_option);
    clmlp_cli_child_program(argv[0]);
    occupy_standard_streams();
    (void)signal(SIGPIPE, SIG_IGN); /* a closed pipe is then an error that is reported */
    (void)signal(SIGXFSZ, SIG_IGN); /* and so is a file that is longer than allowed */
    (void)signal(SIGCHLD, SIG_DFL); /* ignored, it would take the exit status of each trial away */
    const bool is_other = clmlp_cli_cluster_begin();
    if (argc < 2) {
        if (!is_other) print_help(stderr);
        return CLMLP_CLI_BAD_USAGE;
    }
    const char *const word = argv[1];
    const command *const found = find_command(word);
    if (found != NULL) return run(found, argc - 1, argv + 1, is_other);
    if (is_other) return CLMLP_CLI_DONE;
    if (strcmp(word, "help") == 0) return help(argc - 1, argv + 1);
    const bool wants_help = strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
    if (!wants_help && strcmp(word, "--version") != 0) return unknown_command(word);
    if (argc > 2) return clmlp_cli_usage_error(NULL, "unexpected argument '%s'", argv[2]);
    if (wants_help) return help(1, argv + 1);
    clmlp_cli_out("clmlp %s\n", clmlp_version());
    return clmlp_cli_finish_output(CLMLP_CLI_DONE);
}
