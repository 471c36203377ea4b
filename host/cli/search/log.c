/* log.c - the file of a search: a line of JSON for what was asked, then one for every trial that is done. */
#include "search/log.h"

#include <cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "json_memory.h"
#include "message.h"

static const char COMMAND[] = "search";

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

/* Whether the line has the numbers of a trial, and they can be. */
static bool is_trial(const cJSON *line)
{
    const double status = number_of(line, "status"), epochs = number_of(line, "epochs");
    return !isnan(number_of(line, "trial")) && status >= 0.0 && status < 256.0 && epochs >= 0.0 && epochs <= 0x1p53;
}

/* Whether the line, which is a trial, is one of this search; it is then filled in. */
static bool take_trial(const cJSON *line, clmlp_cli_trial *trials, size_t count)
{
    const double number = number_of(line, "trial"), round = number_of(line, "round");
    const double asked = number_of(line, "epochs_asked");
    for (size_t i = 0; i < count; i++) {
        clmlp_cli_trial *const trial = &trials[i];
        if ((double)trial->number != number || (double)trial->round != round || (double)trial->epochs != asked) continue;
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
        else status = clmlp_cli_usage_error(COMMAND, "--log '%s': is of another search; found '%s', expected '%s'",
                                            path, asked, search);
    } else if (number > 1 && !is_trial(line)) {
        status = bad_line(path, number, "no trial");
    } else if (number > 1 && take_trial(line, trials, count)) { /* else of a longer search, for fewer trials now */
        ++*known;
    }
    cJSON_Delete(line);
    return status;
}

/* All whole lines; *end: where they end. */
static int read_lines(FILE *file, const char *path, const char *search, clmlp_cli_trial *trials, size_t count,
                      size_t *known, long *end, size_t *lines)
{
    char *text = NULL;
    size_t size = 0;
    int status = CLMLP_CLI_DONE;
    ssize_t length = 0;
    *end = 0;
    *lines = 0;
    while (status == CLMLP_CLI_DONE && (length = getline(&text, &size, file)) > 0) {
        if (text[length - 1] != '\n') break; /* it was being written when the search was killed */
        status = take_line(path, ++*lines, text, search, trials, count, known);
        *end += (long)length;
    }
    /* not one whole line, and yet not empty: no log is put in the place of something else */
    if (status == CLMLP_CLI_DONE && *lines == 0 && text != NULL && length > 0) {
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

int clmlp_cli_log_open(FILE **log, const char *path, const char *search, clmlp_cli_trial *trials, size_t count,
                       size_t *known)
{
    long end;
    size_t lines;
    *known = 0;
    *log = fopen(path, "a+");
    if (*log == NULL || fseek(*log, 0, SEEK_SET) != 0) {
        clmlp_cli_error("--log '%s': %s", path, strerror(errno));
        return CLMLP_CLI_BAD_USAGE;
    }
    const int status = read_lines(*log, path, search, trials, count, known, &end, &lines);
    if (status != CLMLP_CLI_DONE) return status;
    /* reading and writing in turn need a seek in between */
    if (fseek(*log, 0, SEEK_END) != 0 || ftruncate(fileno(*log), end) != 0) {
        clmlp_cli_error("--log '%s': %s", path, strerror(errno));
        return CLMLP_CLI_BAD_USAGE;
    }
    if (lines > 0) return CLMLP_CLI_DONE;
    cJSON *const line = cJSON_CreateObject();
    (void)cJSON_AddStringToObject(line, "search", search);
    if (write_line(*log, line)) return CLMLP_CLI_DONE;
    clmlp_cli_error("--log '%s': cannot be written%s%s", path, errno != 0 ? ": " : "",
                    errno != 0 ? strerror(errno) : "");
    return CLMLP_CLI_FAILED;
}
