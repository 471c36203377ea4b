/* program_run.c - a run of the program within a fuzz target. The exit status is a documented one, what is printed does
 * not steer a terminal, what is said to be JSON is JSON, and a failure is told.
 *
 * The device is opened once, and no process is started: the linker puts this file's functions in front. */
#include "program_run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "clmlp/clmlp.h"
#include "commands/commands.h"
#include "fuzz.h"
#include "message.h"
#include "program_messages.h"

enum { WORDS = 24 };

/* --- what is in the way of the library's ------------------------------------------------------------------------- */

static clmlp_device *shared[CLMLP_PRECISION_COUNT];

clmlp_status __real_clmlp_device_open(clmlp_device **out, const clmlp_device_options *options, clmlp_error *error);
clmlp_status __wrap_clmlp_device_open(clmlp_device **out, const clmlp_device_options *options, clmlp_error *error);
void __real_clmlp_device_close(clmlp_device *device);
void __wrap_clmlp_device_close(clmlp_device *device);
pid_t __wrap_fork(void);

clmlp_status __wrap_clmlp_device_open(clmlp_device **out, const clmlp_device_options *options, clmlp_error *error)
{
    clmlp_device_options own = clmlp_device_options_default();
    own.spec = "cpu";
    own.precision = options->precision;
    if (shared[own.precision] == NULL) {
        const clmlp_status status = __real_clmlp_device_open(&shared[own.precision], &own, error);
        if (status != CLMLP_OK) return status;
    }
    *out = shared[own.precision];
    return CLMLP_OK;
}

void __wrap_clmlp_device_close(clmlp_device *device)
{
    for (size_t i = 0; i < CLMLP_PRECISION_COUNT; i++) {
        if (device == shared[i]) return;
    }
    __real_clmlp_device_close(device); /* a replay opens one in its own way */
}

pid_t __wrap_fork(void)
{
    errno = EAGAIN;
    return -1;
}

/* --- a run ------------------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} commands[] = {
#define ROW(name, shared, help) {#name, clmlp_cli_##name},
    CLMLP_CLI_COMMAND_LIST(ROW)
#undef ROW
};

static int run_words(int argc, char **argv)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (strcmp(commands[i].name, argv[0]) == 0) return commands[i].run(argc, argv);
    }
    fuzz_fail(__FILE__, __LINE__, "there is such a command", argv[0]);
}

/* Of the two streams of a run: files, and what the process had in their places. */
static int captured[2], own[2];

/* All that was printed on one of them since the last time. Released with free(). */
static char *take_printed(int stream)
{
    struct stat info;
    CHECK(fstat(captured[stream], &info) == 0);
    char *const text = malloc((size_t)info.st_size + 1);
    CHECK(text != NULL && pread(captured[stream], text, (size_t)info.st_size, 0) == info.st_size);
    text[info.st_size] = '\0';
    CHECK(strlen(text) == (size_t)info.st_size);
    CHECK(ftruncate(captured[stream], 0) == 0 && lseek(captured[stream], 0, SEEK_SET) == 0);
    return text;
}

/* Of the sanitizers, where there are any: where they write what they found. */
__attribute__((weak)) void __sanitizer_set_report_fd(void *descriptor);

/* Words with spaces between them; a word has none. */
int fuzz_run(const char *line)
{
    char words[FUZZ_LINE], *argv[WORDS + 1];
    int argc = 0;
    const bool json = strstr(line, " --json") != NULL;
    CHECK(strlen(line) < sizeof words);
    (void)strcpy(words, line);
    for (char *word = strtok(words, " "); word != NULL; word = strtok(NULL, " ")) {
        CHECK(argc < WORDS);
        argv[argc++] = word;
    }
    argv[argc] = NULL;
    fuzz_forget_messages();
    for (int i = 0; i < 2; i++) {
        if (captured[i] == 0) {
            CHECK(setenv("TMPDIR", ".", 1) == 0); /* a search has a folder of its own: here, in memory */
            captured[i] = open(fuzz_path(i == 0 ? "printed" : "told"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
            own[i] = dup(1 + i);
            if (i == 1 && __sanitizer_set_report_fd != NULL) __sanitizer_set_report_fd((void *)(intptr_t)own[i]);
        }
        CHECK(captured[i] > 0 && dup2(captured[i], 1 + i) == 1 + i);
    }
    const int status = run_words(argc, argv);
    (void)fflush(stdout);
    for (int i = 0; i < 2; i++) CHECK(dup2(own[i], 1 + i) == 1 + i);
    char *const out = take_printed(0), *const told = take_printed(1);
    if (getenv("FUZZ_SHOW") != NULL) (void)fprintf(stderr, "%s\nexit status %d\n%s%s\n", line, status, told, out);
    CHECK_WITH(status == CLMLP_CLI_DONE || status == CLMLP_CLI_FAILED || status == CLMLP_CLI_BAD_USAGE ||
               status == CLMLP_CLI_MISMATCH || status == CLMLP_CLI_DIVERGED, told);
    fuzz_check_printable(told);
    /* a training that diverged, and a verification that found a mismatch, have a result as well */
    if (json && out[0] != '\0') {
        cJSON *const object = cJSON_Parse(out);
        CHECK_WITH(object != NULL, out);
        cJSON_Delete(object);
    } else {
        fuzz_check_printable(out);
    }
    CHECK_WITH(status == CLMLP_CLI_DONE || told[0] != '\0', line); /* a failure is told */
    free(out);
    free(told);
    return status;
}
