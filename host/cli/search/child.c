/* child.c - a command of this program, run as a process of its own. */
#define _DEFAULT_SOURCE /* syscalls of Linux */
#include "search/child.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#  include <sys/prctl.h>
#endif

#include "message.h"

static const char *started_as = "clmlp";
enum { NOT_RUN = 127 }; /* as a shell says it */

void clmlp_cli_child_program(const char *name)
{
    started_as = name;
}

/* A text that grows. */
typedef struct text {
    char *begin;
    size_t used, size;
} text;

static bool make_room(text *t, size_t more)
{
    if (t->used + more + 1 <= t->size) return true;
    const size_t size = 2 * t->size + more + 1;
    char *const begin = realloc(t->begin, size);
    if (begin == NULL) return false;
    t->begin = begin;
    t->size = size;
    return true;
}

/* What there is to read now. 0: the end; negative: an error. */
static int read_some(int descriptor, text *t)
{
    enum { PIECE = 4096 };
    if (!make_room(t, PIECE)) return -1;
    const ssize_t count = read(descriptor, t->begin + t->used, PIECE);
    if (count < 0) return errno == EINTR ? 1 : -1;
    t->used += (size_t)count;
    t->begin[t->used] = '\0';
    return count > 0;
}

/* Both pipes to their ends. */
static bool read_all(const int descriptors[2], text texts[2], pid_t process, const clmlp_cancel *cancel)
{
    enum { LOOK_AGAIN = 200 }; /* milliseconds */
    bool asked = false;
    struct pollfd watched[2] = {{descriptors[0], POLLIN, 0}, {descriptors[1], POLLIN, 0}};
    for (size_t open = 2; open > 0;) {
        const int ready = poll(watched, 2, LOOK_AGAIN);
        if (ready < 0 && errno != EINTR) return false;
        if (!asked && clmlp_cancel_requested(cancel)) {
            (void)kill(process, SIGTERM);
            asked = true;
        }
        if (ready <= 0) continue;
        for (size_t i = 0; i < 2; i++) {
            if (watched[i].fd < 0 || watched[i].revents == 0) continue;
            const int got = read_some(watched[i].fd, &texts[i]);
            if (got < 0) return false;
            if (got > 0) continue;
            watched[i].fd = -1; /* poll leaves it out */
            open--;
        }
    }
    return true;
}

/* This very file, whatever it was started as. */
static const char *program(char *path, size_t size)
{
    const ssize_t length = readlink("/proc/self/exe", path, size - 1);
    if (length <= 0) return started_as;
    path[length] = '\0';
    return path;
}

extern char **environ;

/* A trial is no rank, whatever started this process: its environment says so. Released with free(). NULL: not enough
 * memory. */
static char **own_environment(void)
{
    static char none[] = "CLMLP_MPI=none";
    size_t count = 0, kept = 0;
    while (environ != NULL && environ[count] != NULL) count++;
    char **const list = calloc(count + 2, sizeof *list);
    for (size_t i = 0; list != NULL && i < count; i++) {
        if (strncmp(environ[i], none, strcspn(none, "=") + 1) != 0) list[kept++] = environ[i];
    }
    if (list != NULL) list[kept] = none;
    return list;
}

/* The line to MPICH's launcher, which would wait for a trial, too. -1: there is none. */
static int launcher_line(void)
{
    const char *const said = getenv("PMI_FD");
    char *end;
    if (said == NULL || *said == '\0') return -1;
    const long number = strtol(said, &end, 10);
    return *end == '\0' && number > STDERR_FILENO && number <= INT_MAX ? (int)number : -1;
}

/* The process ends when this one does, even where that is killed: nobody wants the trial then. Only what is safe after
 * a fork in a process with threads. */
static bool spawn(pid_t *process, char *const *words, const int out[2], const int errors[2])
{
    char path[PATH_MAX];
    const char *const file = program(path, sizeof path);
    const pid_t parent = getpid();
    const int line = launcher_line();
    char **const environment = own_environment();
    if (environment == NULL) return false;
    *process = fork();
    if (*process != 0) {
        free(environment);
        return *process > 0;
    }
#ifdef __linux__
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
#endif
    if (getppid() != parent || dup2(out[1], STDOUT_FILENO) < 0 || dup2(errors[1], STDERR_FILENO) < 0) _exit(NOT_RUN);
    (void)close(out[0]);
    (void)close(out[1]);
    (void)close(errors[0]);
    (void)close(errors[1]);
    if (line >= 0) (void)close(line);
    environ = environment;
    (void)execvp(file, words);
    _exit(NOT_RUN);
}

static void close_pipe(int ends[2])
{
    if (ends[0] >= 0) (void)close(ends[0]);
    if (ends[1] >= 0) (void)close(ends[1]);
    ends[0] = ends[1] = -1;
}

static int wait_for(pid_t process)
{
    int status = 0;
    while (waitpid(process, &status, 0) < 0) {
        if (errno != EINTR) return CLMLP_CLI_FAILED;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

const char *clmlp_cli_child_run(clmlp_cli_child *child, char *const *words, size_t count, const clmlp_cancel *cancel)
{
    int out[2] = {-1, -1}, errors[2] = {-1, -1};
    text texts[2] = {{NULL, 0, 0}, {NULL, 0, 0}};
    pid_t process;
    const char *complaint = NULL;
    *child = (clmlp_cli_child){NULL, NULL, CLMLP_CLI_FAILED};
    char **const line = calloc(count + 2, sizeof *line);
    static char name[] = "clmlp";
    if (line == NULL || !make_room(&texts[0], 0) || !make_room(&texts[1], 0)) {
        complaint = "not enough memory";
    } else if (pipe(out) != 0 || pipe(errors) != 0) {
        complaint = "no pipe to be had";
    } else {
        texts[0].begin[0] = texts[1].begin[0] = '\0';
        line[0] = name;
        memcpy(line + 1, words, count * sizeof *words);
        if (!spawn(&process, line, out, errors)) {
            complaint = "no process to be had";
        } else {
            (void)close(out[1]);
            (void)close(errors[1]);
            out[1] = errors[1] = -1;
            const int ends[2] = {out[0], errors[0]};
            if (!read_all(ends, texts, process, cancel)) complaint = "what it prints cannot be read";
            close_pipe(out); /* it does not wait for a reader that has given up */
            close_pipe(errors);
            child->status = wait_for(process);
            if (child->status == NOT_RUN) complaint = "no process to be had";
        }
    }
    close_pipe(out);
    close_pipe(errors);
    free(line);
    child->output = texts[0].begin;
    child->errors = texts[1].begin;
    return complaint;
}

void clmlp_cli_child_free(clmlp_cli_child *child)
{
    free(child->output);
    free(child->errors);
    child->output = child->errors = NULL;
}
