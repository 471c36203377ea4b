/* log.c - the file of a search: a line of JSON for what was asked, then one for every trial that is done. */
#define _DEFAULT_SOURCE /* flock */
#include "search/log.h"

#include <cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "json_memory.h"
#include "message.h"

static const char COMMAND[] = "search";
enum { PART = 256 }; /* of a search's text, in messages */
enum { LONGEST_LINE = 4 << 20 }; /* a command line is shorter */

/* --- reading ---------------------------------------------------------------------------------------------------- */

static double number_of(const cJSON *line, const char *name)
{
    const cJSON *const item = cJSON_GetObjectItemCaseSensitive(line, name);
    return cJSON_IsNumber(item) ? item->valuedouble : (double)NAN;
}

static void take_text(const cJSON *line, const char *name, char *to, size_t size)
{
    const char *const text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(line, name));
    (void)snprintf(to, size, "%s", text != NULL ? text : "");
}

/* Whether a line has the counts of a trial: whole numbers that fit their types. */
static bool has_counts(const cJSON *line)
{
    static const struct {
        const char *name;
        double most;
    } counts[] = {{"trial", CLMLP_CLI_MOST_COUNTED}, {"round", CLMLP_CLI_MOST_COUNTED},
                  {"epochs_asked", CLMLP_CLI_MOST_COUNTED}, {"epochs", CLMLP_CLI_MOST_COUNTED}, {"status", 255.0}};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        const cJSON *const item = cJSON_GetObjectItemCaseSensitive(line, counts[i].name);
        if (!clmlp_cli_json_counts(item, counts[i].most)) return false;
    }
    return true;
}

/* Whether the line is a trial of this search; it is then filled in. */
static bool take_trial(const cJSON *line, clmlp_cli_trial *trials, size_t count)
{
    const double number = number_of(line, "trial"), round = number_of(line, "round");
    const double asked = number_of(line, "epochs_asked");
    for (size_t i = 0; i < count; i++) {
        clmlp_cli_trial *const trial = &trials[i];
        const bool same = (double)trial->number == number && (double)trial->round == round;
        if (!same || (double)trial->epochs != asked) continue;
        trial->done = true;
        trial->status = (int)number_of(line, "status");
        trial->trained = (size_t)number_of(line, "epochs");
        trial->value = number_of(line, "value");
        trial->cost = number_of(line, "cost");
        trial->tie = number_of(line, "tie");
        trial->seconds = number_of(line, "seconds");
        take_text(line, "metric", trial->metric, sizeof trial->metric);
        take_text(line, "device", trial->device, sizeof trial->device);
        take_text(line, "message", trial->message, sizeof trial->message);
        if (!clmlp_cli_is_score(trial->metric)) trial->value = (double)NAN;
        return true;
    }
    return false;
}

static int bad_line(const char *path, size_t number, const char *found)
{
    clmlp_cli_error("%s:%zu: %s (expected a line that clmlp search wrote)", path, number, found);
    return CLMLP_CLI_BAD_USAGE;
}

/* Of a search's text: the data, or an option with its value. */
typedef struct search_part {
    const char *text;
    size_t length, name; /* bytes; name 0: the data */
} search_part;

static bool next_part(const char **rest, search_part *part)
{
    static const char between[] = " --";
    const char *const begin = *rest, *next;
    if (*begin == '\0') return false;
    next = strstr(begin + 1, between);
    part->text = begin;
    part->length = next != NULL ? (size_t)(next - begin) : strlen(begin);
    part->name = strncmp(begin, between + 1, 2) != 0 ? 0 : strcspn(begin, " ");
    if (part->name > part->length) part->name = part->length;
    *rest = next != NULL ? next + 1 : begin + part->length;
    return true;
}

/* The part of a search that has the name of another one's part. */
static bool find_part(const char *search, const search_part *named, search_part *part)
{
    while (next_part(&search, part)) {
        if (part->name == named->name && memcmp(part->text, named->text, named->name) == 0) return true;
    }
    return false;
}

static void copy_part(const search_part *part, char text[PART])
{
    (void)snprintf(text, PART, "%.*s", (int)(part->length < PART ? part->length : PART - 1), part->text);
}

/* The first part of `one` that `other` has otherwise, or not at all. */
static bool find_apart(const char *one, const char *other, char here[PART], char there[PART])
{
    search_part part, of_other;
    while (next_part(&one, &part)) {
        const bool has = find_part(other, &part, &of_other);
        if (has && part.length == of_other.length && memcmp(part.text, of_other.text, part.length) == 0) continue;
        copy_part(&part, here);
        if (has) copy_part(&of_other, there);
        else there[0] = '\0';
        return true;
    }
    return false;
}

/* What is not the same, first of all. */
static int refuse_other(const char *path, const char *found, const char *expected)
{
    char theirs[PART], ours[PART], what[3 * PART];
    if (find_apart(found, expected, theirs, ours)) {
        if (ours[0] != '\0') (void)snprintf(what, sizeof what, "for '%s', and now for '%s'", theirs, ours);
        else (void)snprintf(what, sizeof what, "for '%s', and now it is not", theirs);
    } else if (find_apart(expected, found, ours, theirs)) {
        (void)snprintf(what, sizeof what, "without '%s', and now with it", ours);
    } else {
        (void)snprintf(what, sizeof what, "with the same options in another order");
    }
    return clmlp_cli_usage_error(COMMAND, "--log '%s': is of another search. It was asked %s. Give another name, or "
                                 "the options as they were", path, what);
}

static int take_line(const char *path, size_t number, const char *text, const char *search, clmlp_cli_trial *trials,
                     size_t count, size_t *known)
{
    int status = CLMLP_CLI_DONE;
    cJSON *const line = cJSON_Parse(text);
    const char *const asked = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(line, "search"));
    if (line == NULL && clmlp_cli_json_was_lost()) {
        clmlp_cli_error("%s:%zu: not enough memory", path, number);
        status = CLMLP_CLI_FAILED;
    } else if (line == NULL) {
        status = bad_line(path, number, "no JSON");
    } else if (number == 1 && (asked == NULL || strcmp(asked, search) != 0)) {
        if (asked == NULL) status = bad_line(path, number, "no search");
        else status = refuse_other(path, asked, search);
    } else if (number > 1 && !has_counts(line)) {
        status = bad_line(path, number, "no trial");
    } else if (number > 1) { /* it may be of a longer search, and be none of those that are asked for now */
        *known += take_trial(line, trials, count);
    }
    cJSON_Delete(line);
    return status;
}

/* The next line with its end, or what there is of one, into text [LONGEST_LINE + 1]. Returns its length; 0: none. */
static size_t next_line(FILE *file, char *text)
{
    size_t length = 0;
    int character = 0;
    while (length < LONGEST_LINE && character != '\n' && (character = getc(file)) != EOF) {
        text[length++] = (char)character;
    }
    text[length] = '\0';
    return length;
}

/* All whole lines; *end: where they end. */
static int read_lines(FILE *file, const char *path, const char *search, clmlp_cli_trial *trials, size_t count,
                      size_t *known, long *end, size_t *lines)
{
    char *const text = malloc(LONGEST_LINE + 1);
    int status = CLMLP_CLI_DONE;
    size_t length = 0;
    *end = 0;
    *lines = 0;
    if (text == NULL) {
        clmlp_cli_error("%s: not enough memory", path);
        return CLMLP_CLI_FAILED;
    }
    while (status == CLMLP_CLI_DONE && (length = next_line(file, text)) > 0) {
        if (length == LONGEST_LINE) {
            status = bad_line(path, *lines + 1, "a line of more than 4 MiB");
            break;
        }
        if (text[length - 1] != '\n') break; /* it was being written when the search was killed */
        status = take_line(path, ++*lines, text, search, trials, count, known);
        *end += (long)length;
    }
    /* what cannot be read is not there to be cut off */
    if (status == CLMLP_CLI_DONE && ferror(file) != 0) {
        clmlp_cli_error("--log '%s': cannot be read: %s", path, strerror(errno));
        status = CLMLP_CLI_FAILED;
    }
    /* not one whole line, and yet not empty: no log is put in the place of something else */
    if (status == CLMLP_CLI_DONE && *lines == 0 && length > 0) {
        status = bad_line(path, 1, "no whole line");
    }
    free(text);
    return status;
}

/* --- writing ---------------------------------------------------------------------------------------------------- */

static bool write_line(FILE *log, cJSON *line)
{
    char *const text = clmlp_cli_json_was_lost() ? NULL : cJSON_PrintUnformatted(line);
    errno = 0;
    const bool written = text != NULL && fprintf(log, "%s\n", text) >= 0 && fflush(log) == 0;
    cJSON_free(text);
    cJSON_Delete(line);
    return written;
}

bool clmlp_cli_log_add(FILE *log, const clmlp_cli_trial *trial)
{
    cJSON *const line = cJSON_CreateObject();
    (void)cJSON_AddNumberToObject(line, "trial", (double)trial->number);
    (void)cJSON_AddNumberToObject(line, "round", (double)trial->round);
    (void)cJSON_AddNumberToObject(line, "epochs_asked", (double)trial->epochs);
    (void)cJSON_AddNumberToObject(line, "status", trial->status);
    (void)cJSON_AddStringToObject(line, "metric", trial->metric);
    (void)cJSON_AddNumberToObject(line, "value", trial->value); /* NaN becomes null */
    (void)cJSON_AddNumberToObject(line, "cost", trial->cost);
    (void)cJSON_AddNumberToObject(line, "tie", trial->tie);
    (void)cJSON_AddNumberToObject(line, "epochs", (double)trial->trained);
    (void)cJSON_AddNumberToObject(line, "seconds", trial->seconds);
    (void)cJSON_AddStringToObject(line, "device", trial->device);
    (void)cJSON_AddStringToObject(line, "message", trial->message);
    return write_line(log, line);
}

/* A regular file: a device has no end, and a pipe waits. It stays locked while the search goes on, for two would write
 * into each other's; a trial does not inherit it. False: it was said why. */
static bool open_locked(FILE **log, const char *path)
{
    struct stat info;
    const char *complaint = NULL;
    const int descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_NONBLOCK | O_CLOEXEC, 0666);
    if (descriptor < 0 || fstat(descriptor, &info) != 0) complaint = strerror(errno);
    else if (!S_ISREG(info.st_mode)) complaint = "is no regular file";
    else if (flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        complaint = "another search is writing it";
    else if ((*log = fdopen(descriptor, "a+")) == NULL) complaint = strerror(errno);
    if (complaint == NULL) return true;
    clmlp_cli_error("--log '%s': %s", path, complaint);
    if (descriptor >= 0) (void)close(descriptor);
    return false;
}

int clmlp_cli_log_open(FILE **log, const char *path, const char *search, clmlp_cli_trial *trials, size_t count,
                       size_t *known)
{
    long end;
    size_t lines;
    *known = 0;
    if (*log == NULL && !open_locked(log, path)) return CLMLP_CLI_BAD_USAGE;
    if (fseek(*log, 0, SEEK_SET) != 0) {
        clmlp_cli_error("--log '%s': %s", path, strerror(errno));
        return CLMLP_CLI_BAD_USAGE;
    }
    const int status = read_lines(*log, path, search, trials, count, known, &end, &lines);
    if (status != CLMLP_CLI_DONE) return status;
    /* reading and writing in turn need a seek in between */
    if (fseek(*log, 0, SEEK_END) != 0 || ftruncate(fileno(*log), end) != 0) {
        clmlp_cli_error("--log '%s': %s", path, strerror(errno));
        return CLMLP_CLI_FAILED;
    }
    if (lines > 0) return CLMLP_CLI_DONE;
    cJSON *const line = cJSON_CreateObject();
    (void)cJSON_AddStringToObject(line, "search", search);
    if (write_line(*log, line)) return CLMLP_CLI_DONE;
    clmlp_cli_error("--log '%s': cannot be written%s%s", path, errno != 0 ? ": " : "",
                    errno != 0 ? strerror(errno) : "");
    return CLMLP_CLI_FAILED;
}
