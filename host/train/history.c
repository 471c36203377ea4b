/* history.c - training history as JSON lines, appended one per epoch. */
#include "train/history.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "model/formats/json_parse.h"

void clmlp_history_close(clmlp_history *history)
{
    if (history->open) (void)close(history->descriptor);
    free(history->path);
    *history = (clmlp_history){.descriptor = -1};
}

/* --- the file ---------------------------------------------------------------------------------------------------- */

static clmlp_status cannot_write(const clmlp_history *history, int number, clmlp_error *error)
{
    return clmlp_fail_errno(error, CLMLP_IO, number, "%s: the history cannot be written", history->path);
}

/* Whether another run has the file. Locks are advice: where there are none, nobody has it. */
static bool is_taken(int descriptor)
{
    return flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

/* The file as it is, and for this run alone. */
static clmlp_status open_with(clmlp_history *history, const char *path, int flags, clmlp_error *error)
{
    struct stat entry;
    *history = (clmlp_history){.descriptor = -1};
    clmlp_sha256_begin(&history->hash);
    TRY(clmlp_duplicate(&history->path, path, error));
    history->descriptor = open(path, flags | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (history->descriptor < 0) {
        const int number = errno;
        free(history->path);
        history->path = NULL;
        return clmlp_fail_errno(error, CLMLP_IO, number, "%s: cannot be written", path);
    }
    history->open = true;
    if (fstat(history->descriptor, &entry) != 0) {
        const clmlp_status status = cannot_write(history, errno, error);
        clmlp_history_close(history);
        return status;
    }
    history->regular = S_ISREG(entry.st_mode);
    if (!history->regular || !is_taken(history->descriptor)) return CLMLP_OK;
    clmlp_history_close(history);
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: is being written by another run; each needs a history of its own",
                      path);
}

clmlp_status clmlp_history_open(clmlp_history *history, const char *path, clmlp_error *error)
{
    TRY(open_with(history, path, O_WRONLY, error));
    /* not before it is ours: the lines of another run would be gone */
    if (!history->regular || ftruncate(history->descriptor, 0) == 0) return CLMLP_OK;
    const clmlp_status status = clmlp_fail_errno(error, CLMLP_IO, errno, "%s: cannot be written", path);
    clmlp_history_close(history);
    return status;
}

/* The whole text, or nothing of it. */
static clmlp_status append(clmlp_history *history, const char *text, clmlp_error *error)
{
    const size_t length = strlen(text);
    size_t done = 0;
    while (done < length) {
        const ssize_t now = write(history->descriptor, text + done, length - done);
        if (now < 0 && errno == EINTR) continue;
        if (now <= 0) {
            const int number = now < 0 ? errno : 0;
            if (done > 0 && history->regular) (void)ftruncate(history->descriptor, (off_t)history->bytes);
            return cannot_write(history, number, error);
        }
        done += (size_t)now;
    }
    history->bytes += length;
    clmlp_sha256_add(&history->hash, text, length);
    return CLMLP_OK;
}

clmlp_status clmlp_history_get_mark(clmlp_history *history, clmlp_history_mark *mark, clmlp_error *error)
{
    *mark = (clmlp_history_mark){.any = history->open, .bytes = history->bytes};
    if (!history->open) return CLMLP_OK;
    if (history->regular && fsync(history->descriptor) != 0) return cannot_write(history, errno, error);
    (void)clmlp_sha256_text(&history->hash, mark->hash);
    return CLMLP_OK;
}

/* --- going on ---------------------------------------------------------------------------------------------------- */

static clmlp_status refuse(const clmlp_history *history, const char *checkpoint, const char *why, clmlp_error *error)
{
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: is not the history of the run that %s is of: %s; it was left as it "
                      "is (--history names another file)", history->path, checkpoint, why);
}

/* Up to `count` bytes from `at` on. */
static clmlp_status read_at(const clmlp_history *history, uint64_t at, char *bytes, size_t count, size_t *got,
                            clmlp_error *error)
{
    for (*got = 0; *got < count;) {
        const ssize_t now = pread(history->descriptor, bytes + *got, count - *got, (off_t)(at + *got));
        if (now < 0 && errno == EINTR) continue;
        if (now < 0) return clmlp_fail_errno(error, CLMLP_IO, errno, "%s: cannot be read", history->path);
        if (now == 0) break;
        *got += (size_t)now;
    }
    return CLMLP_OK;
}

/* Whether the file begins with what the mark knows. */
static clmlp_status check_beginning(clmlp_history *history, const clmlp_history_mark *mark, const char *checkpoint,
                                    clmlp_error *error)
{
    char bytes[1 << 12], hash[CLMLP_SHA256_HEX];
    while (history->bytes < mark->bytes) {
        const uint64_t left = mark->bytes - history->bytes;
        size_t got = 0;
        TRY(read_at(history, history->bytes, bytes, left < sizeof bytes ? (size_t)left : sizeof bytes, &got, error));
        if (got == 0) return refuse(history, checkpoint, "it is shorter", error);
        clmlp_sha256_add(&history->hash, bytes, got);
        history->bytes += got;
    }
    if (mark->bytes == 0 || strcmp(clmlp_sha256_text(&history->hash, hash), mark->hash) == 0) return CLMLP_OK;
    return refuse(history, checkpoint, "its lines are others", error);
}

/* Whether `text` is nothing but the lines of the epochs after `epochs`; the last one may be cut off. */
static clmlp_status are_later_lines(char *text, size_t epochs, bool *result, clmlp_error *error)
{
    *result = false;
    for (char *line = text, *end; *line != '\0'; line = end + 1) {
        end = strchr(line, '\n');
        if (end == NULL) {
            *result = line[0] == '{';
            return CLMLP_OK;
        }
        *end = '\0';
        cJSON *object = NULL;
        TRY(clmlp_json_parse(&object, line, error));
        const cJSON *const epoch = cJSON_GetObjectItemCaseSensitive(object, "epoch");
        const bool next = cJSON_IsNumber(epoch) && epoch->valuedouble == (double)++epochs;
        cJSON_Delete(object);
        if (!next) return CLMLP_OK;
    }
    *result = true;
    return CLMLP_OK;
}

/* Nothing may be lost that is not of this run. */
static clmlp_status check_rest(const clmlp_history *history, uint64_t size, size_t epochs, const char *checkpoint,
                               clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    char *text = NULL;
    const size_t count = (size_t)(size - history->bytes);
    size_t got = 0;
    bool later = false;
    TRY(clmlp_allocate(&text, count + 1, 1, "a history", error));
    TRY_CLEANUP(read_at(history, history->bytes, text, count, &got, error));
    if (got == count && strlen(text) == count) TRY_CLEANUP(are_later_lines(text, epochs, &later, error));
    if (!later) {
        status = refuse(history, checkpoint, "more follows than lines of later epochs", error);
    }
cleanup:
    free(text);
    return status;
}

static clmlp_status check_and_cut(clmlp_history *history, const clmlp_history_mark *mark, size_t epochs,
                                  const char *checkpoint, clmlp_error *error)
{
    struct stat entry;
    if (!history->regular) return CLMLP_OK;
    if (fstat(history->descriptor, &entry) != 0) return cannot_write(history, errno, error);
    const uint64_t size = (uint64_t)entry.st_size;
    if (size == 0) return CLMLP_OK; /* new: it begins here */
    if (!mark->any) return refuse(history, checkpoint, "that had none", error);
    TRY(check_beginning(history, mark, checkpoint, error));
    TRY(check_rest(history, size, epochs, checkpoint, error));
    if (ftruncate(history->descriptor, (off_t)history->bytes) != 0) return cannot_write(history, errno, error);
    return CLMLP_OK;
}

clmlp_status clmlp_history_continue(clmlp_history *history, const char *path, const clmlp_history_mark *mark,
                                    size_t epochs, const char *checkpoint, clmlp_error *error)
{
    struct stat entry;
    /* a pipe cannot be opened for both */
    const bool both = stat(path, &entry) != 0 || S_ISREG(entry.st_mode);
    TRY(open_with(history, path, both ? O_RDWR : O_WRONLY, error));
    const clmlp_status status = check_and_cut(history, mark, epochs, checkpoint, error);
    if (status != CLMLP_OK) clmlp_history_close(history);
    return status;
}

/* --- a line ------------------------------------------------------------------------------------------------------ */

static bool add_score(cJSON *line, const char *cost, const char *accuracy, const clmlp_score *score)
{
    if (line == NULL) return false;
    /* cJSON writes null for what is not finite */
    return cJSON_AddNumberToObject(line, cost, score->cost) != NULL &&
           cJSON_AddNumberToObject(line, accuracy, score->accuracy) != NULL;
}

/* metric: the name of what is monitored beside the score, or NULL. */
static bool add_validation(cJSON *member, const clmlp_epoch *epoch, const char *metric)
{
    return add_score(member, "cost", "accuracy", &epoch->validation) &&
           (metric == NULL || cJSON_AddNumberToObject(member, metric, epoch->monitored) != NULL);
}

/* The flat keys are those of clmlp 0.1.0, which knew test data only. */
static bool add_held_out(cJSON *line, const clmlp_epoch *epoch, const char *metric)
{
    const clmlp_score *const flat = epoch->has_validation ? &epoch->validation : &epoch->test;
    if (!epoch->has_validation && !epoch->has_test) return true;
    return add_score(line, "validation_cost", "validation_accuracy", flat) &&
           (!epoch->has_validation ||
            add_validation(cJSON_AddObjectToObject(line, "validation"), epoch, metric)) &&
           (!epoch->has_test || add_score(cJSON_AddObjectToObject(line, "test"), "cost", "accuracy", &epoch->test));
}

/* The line without its end, released with cJSON_free; NULL: no memory. */
static char *line_of(const clmlp_epoch *epoch, const char *metric)
{
    cJSON *line = cJSON_CreateObject();
    char *text = NULL;
    const bool complete =
        line != NULL && cJSON_AddNumberToObject(line, "epoch", (double)epoch->epoch) != NULL &&
        add_score(line, "cost", "accuracy", &epoch->train) &&
        add_held_out(line, epoch, metric) &&
        cJSON_AddNumberToObject(line, "rate", epoch->rate) != NULL &&
        cJSON_AddNumberToObject(line, "seconds", epoch->seconds) != NULL;
    if (complete) text = cJSON_PrintUnformatted(line);
    cJSON_Delete(line);
    return text;
}

clmlp_status clmlp_history_write(clmlp_history *history, const clmlp_epoch *epoch, const char *metric,
                                 clmlp_error *error)
{
    char *const text = line_of(epoch, metric);
    char *line = NULL;
    clmlp_status status = CLMLP_OK;
    if (text == NULL) return clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "not enough memory for the history");
    const size_t length = strlen(text);
    TRY_CLEANUP(clmlp_allocate(&line, length + 2, 1, "the history", error));
    memcpy(line, text, length + 1);
    line[length] = '\n';
    TRY_CLEANUP(append(history, line, error));
cleanup:
    free(line);
    cJSON_free(text);
    return status;
}
