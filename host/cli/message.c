/* message.c - messages on standard error, and output whose write errors are reported. */
#include "message.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_quiet, is_silent;
static FILE *hushed; /* keeps complaints; NULL: they are said */
static char hushed_text[1 << 14]; /* there before memory runs out, which is what a complaint may be about */
static bool is_lost;    /* a part of the results */
static bool is_claimed; /* the standard output, by a file */
static bool has_data;
static char **told; /* [told_count]: notes of the data, for --json */
static size_t told_count;
static _Thread_local char *collected; /* [collected_size], see clmlp_cli_collect_notes */
static _Thread_local size_t collected_size;
static const char *spoken_for, *typed; /* see clmlp_cli_speak_for */
static char said[CLMLP_ERROR_LENGTH]; /* at once, by another thread */
static atomic_bool is_said;
static int write_errno; /* of the first failure to write to standard output; 0: none known */

/* Where complaints go. */
static FILE *complaints(void)
{
    return hushed != NULL ? hushed : stderr;
}

bool clmlp_cli_hush(void)
{
    /* without memory it complains aloud */
    if (hushed == NULL) hushed = fmemopen(hushed_text, sizeof hushed_text - 1, "w");
    if (hushed != NULL) (void)setvbuf(hushed, NULL, _IONBF, 0);
    const int nowhere = open("/dev/null", O_WRONLY);
    if (nowhere < 0) return false;
    (void)dup2(nowhere, STDOUT_FILENO);
    (void)close(nowhere);
    return true;
}

const char *clmlp_cli_hushed(void)
{
    return hushed_text;
}

void clmlp_cli_first_hushed(char *text, size_t size, const char *otherwise)
{
    static const char *const ends[] = {"\nclmlp", "\ntry 'clmlp"}; /* the next one, and the hint */
    static const char program[] = "clmlp", between[] = ": ";
    const char *first = clmlp_cli_hushed();
    if (*first == '\0') first = otherwise;
    const char *const name = strncmp(first, program, strlen(program)) == 0 ? strstr(first, between) : NULL;
    if (name != NULL) first = name + strlen(between);
    size_t length = strlen(first);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        const char *const end = strstr(first, ends[i]);
        if (end != NULL && (size_t)(end - first) < length) length = (size_t)(end - first);
    }
    (void)snprintf(text, size, "%.*s", (int)length, first);
    for (size_t end = strlen(text); end > 0 && text[end - 1] == '\n'; end--) text[end - 1] = '\0';
    for (char *at = text; *at != '\0'; at++) *at = *at == '\n' ? ' ' : *at;
}

void clmlp_cli_set_quiet(bool quiet)
{
    is_quiet = quiet;
}

void clmlp_cli_set_silent(bool silent)
{
    is_silent = silent;
}

static void say(const char *format, va_list arguments)
{
    clmlp_cli_print(complaints(), "clmlp: ");
    clmlp_cli_vprint(complaints(), format, arguments);
    clmlp_cli_print(complaints(), "\n");
}

void clmlp_cli_note(const char *format, ...)
{
    if (is_quiet || hushed != NULL) return;
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
}

void clmlp_cli_note_guess(bool guessed, const char *format, ...)
{
    if ((is_quiet && !guessed) || hushed != NULL) return;
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
}

void clmlp_cli_error(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
}

static void keep(const char *note)
{
    char *const copy = malloc(strlen(note) + 1);
    char **const more = copy != NULL ? realloc(told, (told_count + 1) * sizeof *told) : NULL;
    if (more == NULL) {
        free(copy); /* it has been said; only JSON goes without it */
        clmlp_cli_lose("a note that is to be kept");
        return;
    }
    told = more;
    told[told_count++] = strcpy(copy, note);
}

void clmlp_cli_collect_notes(char *text, size_t size)
{
    collected = text;
    collected_size = size;
    if (text != NULL) text[0] = '\0';
}

void clmlp_cli_tell(const char *note)
{
    if (collected != NULL) {
        const size_t used = strlen(collected);
        if (used < collected_size) (void)snprintf(collected + used, collected_size - used, "%s\n", note);
        return;
    }
    if (!is_silent && hushed == NULL) clmlp_cli_error("note: %s", note);
    keep(note);
}

void clmlp_cli_advise(const char *note)
{
    clmlp_cli_note("note: %s", note);
    keep(note);
}

void clmlp_cli_expect_notes(void)
{
    has_data = true;
}

bool clmlp_cli_expects_notes(void)
{
    return has_data;
}

const char *clmlp_cli_told(size_t i)
{
    return i < told_count ? told[i] : NULL;
}

static bool ends_with(const char *text, const char *end)
{
    const size_t length = strlen(text), of_end = strlen(end);
    return length >= of_end && strcmp(text + length - of_end, end) == 0;
}

void clmlp_cli_speak_for(const char *command, const char *other)
{
    spoken_for = other != NULL ? command : NULL;
    typed = other;
}

int clmlp_cli_usage_error(const char *command, const char *format, ...)
{
    char text[8192];
    const char *const space = command != NULL ? " " : "";
    if (command == NULL) command = "";
    if (spoken_for != NULL && strcmp(command, spoken_for) == 0) command = typed;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    clmlp_cli_print(complaints(), "clmlp%s%s: ", space, command);
    va_start(arguments, format);
    clmlp_cli_vprint(complaints(), format, arguments);
    va_end(arguments);
    clmlp_cli_print(complaints(), "\n");
    if (ends_with(text, CLMLP_CLI_NO_MEMORY)) return CLMLP_CLI_FAILED;
    clmlp_cli_print(complaints(), "try 'clmlp%s%s --help'\n", space, command);
    return CLMLP_CLI_BAD_USAGE;
}

static int exit_status(clmlp_status status, bool taking_in)
{
    switch (status) {
    case CLMLP_OK: return CLMLP_CLI_DONE;
    case CLMLP_BAD_ARGUMENT:
    case CLMLP_BAD_INPUT:
    case CLMLP_NO_DEVICE: return CLMLP_CLI_BAD_USAGE;
    case CLMLP_IO: return taking_in ? CLMLP_CLI_BAD_USAGE : CLMLP_CLI_FAILED;
    case CLMLP_DIVERGED: return CLMLP_CLI_DIVERGED;
    case CLMLP_MISMATCH: return CLMLP_CLI_MISMATCH;
    case CLMLP_INTERRUPTED: return CLMLP_CLI_INTERRUPTED;
    case CLMLP_OUT_OF_MEMORY:
    case CLMLP_DEVICE:
    case CLMLP_RANKS:
    case CLMLP_STATUS_COUNT: break;
    }
    return CLMLP_CLI_FAILED;
}

void clmlp_cli_say_at_once(const char *text)
{
    char line[sizeof said + 16];
    (void)snprintf(said, sizeof said, "%s", text);
    const int length = snprintf(line, sizeof line, "clmlp: %s\n", said);
    (void)!write(STDERR_FILENO, line, (size_t)length);
    atomic_store(&is_said, true);
}

int clmlp_cli_fail(const clmlp_error *error, bool taking_in)
{
    const char *message = error->message[0] != '\0' ? error->message : clmlp_status_text(error->status);
    if (!atomic_load(&is_said) || strcmp(message, said) != 0) {
        clmlp_cli_print(complaints(), "clmlp: ");
        clmlp_cli_print_lines(complaints(), message);
        clmlp_cli_print(complaints(), "\n");
    }
    if (error->status == CLMLP_NO_DEVICE) {
        clmlp_cli_error("'clmlp devices' says what keeps a device from being found, and which package helps");
    }
    /* whoever comes here has failed, whatever the error says */
    return error->status == CLMLP_OK ? CLMLP_CLI_FAILED : exit_status(error->status, taking_in);
}

static void note_write_failure(bool failed)
{
    if (failed && write_errno == 0) write_errno = errno;
}

void clmlp_cli_lose_output(void)
{
    is_lost = true;
}

void clmlp_cli_lose(const char *what)
{
    clmlp_cli_error("not enough memory for %s", what);
    is_lost = true;
}

void clmlp_cli_claim_output(void)
{
    is_claimed = true;
}

bool clmlp_cli_output_is_claimed(void)
{
    return is_claimed;
}

void clmlp_cli_yield_output(void)
{
    if (!is_claimed) return;
    (void)fflush(stdout);
    (void)dup2(STDERR_FILENO, STDOUT_FILENO);
}

void clmlp_cli_write(const char *text)
{
    errno = 0;
    note_write_failure(fputs(text, stdout) < 0);
}

int clmlp_cli_finish_output(int status)
{
    errno = 0;
    const bool failed_now = fflush(stdout) != 0;
    note_write_failure(failed_now);
    const bool is_whole = !is_lost && !clmlp_cli_text_was_lost();
    if (!failed_now && ferror(stdout) == 0) return is_whole || status != CLMLP_CLI_DONE ? status : CLMLP_CLI_FAILED;
    clmlp_cli_error("standard output cannot be written%s%s", write_errno != 0 ? ": " : "",
                    write_errno != 0 ? strerror(write_errno) : "");
    return CLMLP_CLI_FAILED;
}
