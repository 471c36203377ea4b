/* cluster.c - the program as one of several ranks. */
#include "cluster.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "message.h"
#include "options/option_types.h"

static clmlp_ranks *ranks;
static bool is_other; /* a rank, and not rank 0 */
static bool all_know; /* what went wrong */
static int loud;      /* errno: standard output cannot be closed off, and results would be there twice */
static bool is_first; /* of the ranks of this host but for rank 0 */

bool clmlp_cli_cluster_begin(void)
{
    size_t rank = 0, count = 1;
    clmlp_ranks_expected(&rank, &count);
    is_other = rank > 0;
    if (is_other && !clmlp_cli_hush()) loud = errno;
    return is_other;
}

clmlp_ranks *clmlp_cli_cluster_ranks(void)
{
    return ranks;
}

bool clmlp_cli_is_root(void)
{
    return !is_other;
}

/* The words of the command line behind each other, each with its end; released with free(). */
static char *join_words(int argc, char **argv, size_t *length)
{
    size_t size = 0;
    for (int i = 0; i < argc; i++) size += strlen(argv[i]) + 1;
    char *const text = malloc(size + 1), *at = text;
    for (int i = 0; i < argc && text != NULL; i++) at = strcpy(at, argv[i]) + strlen(argv[i]) + 1;
    *length = size;
    return text;
}

enum { SHOWN = 60, BEFORE = 12 }; /* bytes of a word, and of those that come before its difference */

static bool is_inside(const char *at)
{
    return ((unsigned char)*at & 0xC0) == 0x80; /* of a character */
}

/* A word, or of a long one a part from shortly before byte `at`; NULL: there is none. */
static void show_word(const char *word, size_t at, char *text, size_t size)
{
    if (word == NULL) {
        (void)snprintf(text, size, "nothing more");
        return;
    }
    const size_t length = strlen(word);
    size_t from = length > SHOWN && at > BEFORE ? at - BEFORE : 0, end = from + SHOWN < length ? from + SHOWN : length;
    while (from > 0 && is_inside(word + from)) from--;
    while (end < length && end > from && is_inside(word + end)) end--;
    (void)snprintf(text, size, "'%s%.*s%s'", from > 0 ? "..." : "", (int)(end - from), word + from,
                   end < length ? "..." : "");
}

/* Where two command lines part, as "after '--epochs' this one has '3', rank 0 has '2'"; false: nowhere. Each word has
 * its end. */
static bool find_difference(const char *mine, size_t length, const char *other, size_t other_length, char *text,
                            size_t size)
{
    char own[SHOWN + 16], of_zero[SHOWN + 16], last[SHOWN + 16];
    size_t i = 0, j = 0, at = 0;
    const char *before = NULL;
    while (i < length && j < other_length && strcmp(mine + i, other + j) == 0) {
        before = mine + i;
        i += strlen(before) + 1;
        j += strlen(before) + 1;
    }
    if (i >= length && j >= other_length) return false;
    const char *const word = i < length ? mine + i : NULL, *const other_word = j < other_length ? other + j : NULL;
    while (word != NULL && other_word != NULL && word[at] == other_word[at]) at++;
    show_word(word, at, own, sizeof own);
    show_word(other_word, at, of_zero, sizeof of_zero);
    show_word(before, 0, last, sizeof last);
    const char *const where = before != NULL ? "after " : "they begin otherwise:";
    (void)snprintf(text, size, "%s%s this one has %s, rank 0 has %s", where, before != NULL ? last : "", own, of_zero);
    return true;
}

/* The words of rank 0, *other [*length], which is released with free(). They stay: after a failure a message may still
 * come there. */
static clmlp_status share_words(const char *words, size_t *length, char **other, clmlp_error *error)
{
    clmlp_status status = clmlp_ranks_share(ranks, 0, length, sizeof *length, error);
    if (status != CLMLP_OK) return status;
    *other = malloc(*length + 1);
    if (*other == NULL) {
        *error = (clmlp_error){.status = CLMLP_OUT_OF_MEMORY, .message = "not enough memory for the options"};
        status = CLMLP_OUT_OF_MEMORY;
    }
    status = clmlp_ranks_agree(ranks, status, error);
    if (status != CLMLP_OK) return status;
    if (!is_other) memcpy(*other, words, *length);
    return clmlp_ranks_share(ranks, 0, *other, *length, error);
}

/* Options differ, and all know it: then also where they part. */
static clmlp_status tell_difference(const char *words, size_t length, clmlp_error *error)
{
    static size_t common;
    static char *of_zero;
    char difference[400];
    common = length;
    clmlp_status status = share_words(words, &common, &of_zero, error);
    if (status != CLMLP_OK) return status;
    if (find_difference(words, length, of_zero, common, difference, sizeof difference)) {
        *error = (clmlp_error){.status = CLMLP_BAD_ARGUMENT};
        (void)snprintf(error->message, sizeof error->message, "all ranks need the same options; %s", difference);
        status = CLMLP_BAD_ARGUMENT;
    }
    free(of_zero);
    of_zero = NULL;
    return clmlp_ranks_agree(ranks, status, error);
}

/* MPI waits for ever for a process that ended before it came, and some launchers let it. Many take longer to come. */
static const char WAIT[] = "CLMLP_MPI_WAIT";
static char late[256];

static void nobody_came(int signal)
{
    (void)signal;
    (void)!write(STDERR_FILENO, late, strlen(late));
    _exit(CLMLP_CLI_FAILED);
}

/* Rank 0 says that others are late. Where it has not come itself the next one does, a little later: by then a launcher
 * has ended the others. */
static bool set_alarm(size_t rank, size_t count, clmlp_error *error)
{
    enum { SECONDS = 25, LONGEST = 120, MOST = 86400, APART = 2, LAST = 5 };
    const char *const text = getenv(WAIT);
    size_t seconds = count < LONGEST - SECONDS ? SECONDS + count : LONGEST;
    const bool given = text != NULL && *text != '\0';
    if (given && (clmlp_cli_count.parse(text, &seconds) != NULL || seconds > MOST)) {
        *error = (clmlp_error){.status = CLMLP_BAD_ARGUMENT};
        (void)snprintf(error->message, sizeof error->message, "%s: found '%.100s', expected seconds, 1 to %d", WAIT,
                       text, MOST);
        return false;
    }
    (void)snprintf(late, sizeof late, "clmlp: not all processes have come within %zu s (%s): one may have ended, or "
                   "have another MPI\n", seconds, WAIT);
    (void)signal(SIGALRM, nobody_came);
    (void)alarm((unsigned)(seconds + APART * (rank < LAST ? rank : LAST)));
    return true;
}

/* At once, by the thread that has noticed. Rank 0 speaks for all; where it is gone, the first rank of each host. */
static void rank_gone(void *unused, size_t rank, const char *text)
{
    (void)unused;
    if (is_other && (rank != 0 || !is_first)) return;
    clmlp_cli_say_at_once(text);
}

static void listen_for_losses(void)
{
    const size_t own = clmlp_ranks_rank(ranks);
    bool first = true;
    for (size_t r = 1; r < own && first; r++) {
        first = strcmp(clmlp_ranks_host(ranks, r), clmlp_ranks_host(ranks, own)) != 0;
    }
    is_first = first;
    clmlp_ranks_when_gone(ranks, rank_gone, NULL);
}

static clmlp_status open_in_time(const clmlp_ranks_options *options, clmlp_error *error)
{
    size_t rank = 0, count = 1;
    clmlp_ranks_expected(&rank, &count);
    if (count > 1 && !set_alarm(rank, count, error)) return error->status;
    const clmlp_status status = clmlp_ranks_open(&ranks, options, error);
    if (count > 1) {
        (void)alarm(0);
        (void)signal(SIGALRM, SIG_DFL);
    }
    return status;
}

/* A launcher may end all others once this one has ended. */
static void let_others_speak(void)
{
    const struct timespec moment = {.tv_nsec = 300000000L};
    (void)nanosleep(&moment, NULL);
}

/* Of a rank other than 0 that could not join: what rank 0 does not know, or cannot say any more. */
static void speak_alone(clmlp_status status, const char *text)
{
    size_t rank = 0;
    clmlp_ranks_expected(&rank, NULL);
    const bool deserted = rank == 1 && strncmp(text, "rank 0 (", 8) == 0 && strstr(text, " is gone: ") != NULL;
    const bool own = status == CLMLP_OUT_OF_MEMORY || strstr(text, "cannot join the others") != NULL;
    if (!deserted && !own) let_others_speak(); /* rank 0 */
    /* still here: rank 0 has its module, and knows nothing of this one's */
    const bool of_another_mpi = status == CLMLP_NO_DEVICE || strstr(text, "the launcher started") != NULL;
    if (of_another_mpi) clmlp_cli_print(stderr, "clmlp: rank %zu cannot join the others: %s\n", rank, text);
    else if (deserted || own) clmlp_cli_print(stderr, "clmlp: %s\n", text);
}

bool clmlp_cli_cluster_join(int argc, char **argv, int *status)
{
    clmlp_error error = {.status = CLMLP_OK};
    const clmlp_ranks_options options = {.size = sizeof options};
    size_t length = 0;
    if (ranks != NULL) return true;
    clmlp_status result = open_in_time(&options, &error);
    if (result == CLMLP_OK && clmlp_ranks_count(ranks) > 1) {
        listen_for_losses();
        char *const words = join_words(argc, argv, &length);
        if (words == NULL) {
            error = (clmlp_error){.status = CLMLP_OUT_OF_MEMORY, .message = "not enough memory for the options"};
        }
        if (loud != 0) {
            error.status = CLMLP_IO;
            (void)snprintf(error.message, sizeof error.message, "/dev/null cannot be opened: %s", strerror(loud));
        }
        result = clmlp_ranks_agree(ranks, error.status, &error);
        if (result == CLMLP_OK) result = clmlp_ranks_same(ranks, "options", words, length, &error);
        if (result == CLMLP_BAD_ARGUMENT && words != NULL && clmlp_ranks_all_know(ranks)) {
            result = tell_difference(words, length, &error);
        }
        all_know = result != CLMLP_OK && clmlp_ranks_all_know(ranks);
        free(words);
    }
    if (result == CLMLP_OK) return true;
    if (is_other && ranks == NULL) speak_alone(result, error.message);
    if (result == CLMLP_NO_DEVICE) { /* a module: no device is in question */
        clmlp_cli_error("%s", error.message);
        *status = CLMLP_CLI_BAD_USAGE;
    } else {
        *status = clmlp_cli_fail(&error, true);
    }
    return false;
}

bool clmlp_cli_cluster_do_all_know(void)
{
    return all_know || clmlp_ranks_all_know(ranks);
}

void clmlp_cli_cluster_all_know(void)
{
    all_know = true;
}

/* Where rank 0 is gone, a launcher is given the time to see it end; else it names whoever ends next. */
static void let_launcher_see(void)
{
    size_t gone = 1;
    clmlp_status why = CLMLP_OK;
    if (!is_other || !clmlp_ranks_failure(ranks, &gone, &why, NULL, 0)) return;
    if (gone == 0 && why == CLMLP_RANKS) (void)sleep(1);
}

int clmlp_cli_cluster_end(int status)
{
    /* all ranks alike find a mismatch, and that training diverged */
    const bool failed = status == CLMLP_CLI_FAILED || status == CLMLP_CLI_BAD_USAGE;
    char text[CLMLP_ERROR_LENGTH];
    size_t lost = 1;
    if (clmlp_ranks_count(ranks) <= 1) {
        clmlp_ranks_close(ranks);
        ranks = NULL;
        return status;
    }
    if (failed && !clmlp_cli_cluster_do_all_know() && !clmlp_ranks_failure(ranks, NULL, NULL, NULL, 0)) {
        if (is_other) clmlp_cli_first_hushed(text, sizeof text, "it ended without a word");
        else (void)snprintf(text, sizeof text, "it ended with exit status %d", status);
        /* CLMLP_RANKS would mean that it is gone, and be said without its name in front */
        clmlp_ranks_fail(ranks, status == CLMLP_CLI_BAD_USAGE ? CLMLP_BAD_INPUT : CLMLP_IO, text);
    }
    let_launcher_see();
    /* before rank 0 has saved what there is nobody ends as if it had: a launcher may take one's word for all */
    if (!clmlp_ranks_failure(ranks, NULL, NULL, NULL, 0)) (void)clmlp_ranks_agree(ranks, CLMLP_OK, NULL);
    const bool given_up = clmlp_ranks_failure(ranks, &lost, NULL, NULL, 0);
    if (given_up && is_other && lost == 0 && !is_first) let_others_speak();
    if (given_up && is_other && status == CLMLP_CLI_DONE) status = CLMLP_CLI_FAILED;
    clmlp_ranks_close(ranks);
    ranks = NULL;
    (void)fflush(stdout);
    /* what MPI would do at exit waits for the ranks that are gone */
    if (given_up) _exit(status);
    return status;
}
