/* tensorboard.c - event files for TensorBoard.
 *
 * A record is: length of the data, 8 bytes; its masked checksum; the data, an Event; its masked checksum (TFRecord,
 * tensorflow.org/tutorials/load_data/tfrecord). Fields are those of tensorboard/compat/proto/event.proto and
 * summary.proto. */
#include "clmlp/tensorboard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/argument.h"
#include "base/memory.h"
#include "base/text.h"
#include "export/proto/proto_write.h"
#include "export/tensorboard/crc32c.h"

enum { EVENT_TIME = 1, EVENT_STEP = 2, EVENT_VERSION = 3, EVENT_SUMMARY = 5, EVENT_SESSION = 7 };
enum { SUMMARY_VALUE = 1, VALUE_TAG = 1, VALUE_SIMPLE = 2 };
enum { SESSION_STATUS = 1, SESSION_START = 1 };
enum { HEADER = 12, FOOTER = 4, MOST_TRIES = 100 };

struct clmlp_tensorboard {
    int descriptor;
    char *path;
    off_t length; /* of whole records */
};

/* --- records ----------------------------------------------------------------------------------------------------- */

static void put(uint8_t *to, uint64_t value, unsigned size)
{
    for (unsigned b = 0; b < size; b++) to[b] = (uint8_t)(value >> 8 * b);
}

static uint32_t masked(const void *bytes, size_t count)
{
    const uint32_t crc = clmlp_crc32c(bytes, count);
    return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
}

/* In one write, so that a run that is killed leaves whole records. A full disk takes a part, which is cut off again. */
static clmlp_status write_record(clmlp_tensorboard *board, const clmlp_proto *event, clmlp_error *error)
{
    uint8_t *record = NULL;
    const size_t size = HEADER + event->length + FOOTER;
    TRY(clmlp_allocate(&record, size, 1, "a record", error));
    put(record, event->length, 8);
    put(record + 8, masked(record, 8), 4);
    memcpy(record + HEADER, event->bytes, event->length);
    put(record + HEADER + event->length, masked(event->bytes, event->length), FOOTER);
    clmlp_status status = CLMLP_OK;
    for (size_t done = 0; done < size && status == CLMLP_OK;) {
        const ssize_t count = write(board->descriptor, record + done, size - done);
        if (count >= 0) done += (size_t)count;
        if (count >= 0 || errno == EINTR) continue;
        status = clmlp_fail_errno(error, CLMLP_IO, errno, "%s: cannot be written", board->path);
    }
    if (status == CLMLP_OK) board->length += (off_t)size;
    else (void)ftruncate(board->descriptor, board->length);
    free(record);
    return status;
}

static clmlp_status begin_event(clmlp_proto *event, int64_t step, clmlp_error *error)
{
    struct timespec now = {0, 0};
    (void)clock_gettime(CLOCK_REALTIME, &now);
    TRY(clmlp_proto_double(event, EVENT_TIME, (double)now.tv_sec + 1e-9 * (double)now.tv_nsec, error));
    return clmlp_proto_integer(event, EVENT_STEP, (uint64_t)step, error);
}

/* --- the file ---------------------------------------------------------------------------------------------------- */

static clmlp_status make_folder(const char *folder, clmlp_error *error)
{
    struct stat entry;
    char *above = NULL;
    TRY(clmlp_duplicate(&above, folder, error));
    /* those above it; where one cannot be made, the last one tells */
    for (char *end = strchr(above + (*above == '/'), '/'); end != NULL; end = strchr(end + 1, '/')) {
        *end = '\0';
        (void)mkdir(above, 0777);
        *end = '/';
    }
    free(above);
    if (mkdir(folder, 0777) == 0) return CLMLP_OK;
    const int number = errno;
    if (stat(folder, &entry) == 0 && S_ISDIR(entry.st_mode)) return CLMLP_OK;
    return clmlp_fail_errno(error, CLMLP_IO, number, "%s: cannot be made", folder);
}

/* A name that nobody has: the number at its end counts up. */
static clmlp_status make_file(clmlp_tensorboard *board, const char *folder, clmlp_error *error)
{
    char host[256] = "";
    (void)gethostname(host, sizeof host - 1);
    for (size_t i = 0; host[i] != '\0'; i++) {
        if (host[i] == '/') host[i] = '_';
    }
    for (int i = 0; i < MOST_TRIES; i++) {
        clmlp_text text = {NULL, 0, 0};
        free(board->path);
        board->path = NULL;
        TRY(clmlp_text_append(&text, error, "%s/events.out.tfevents.%010lld.%s.%ld.%d", folder, (long long)time(NULL),
                              host[0] != '\0' ? host : "localhost", (long)getpid(), i));
        board->path = text.data;
        board->descriptor = open(board->path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
        if (board->descriptor >= 0) return CLMLP_OK;
        if (errno != EEXIST) break;
    }
    return clmlp_fail_errno(error, CLMLP_IO, errno, "%s: cannot be written", board->path);
}

static clmlp_status write_version(clmlp_tensorboard *board, clmlp_error *error)
{
    clmlp_proto event = {NULL, 0, 0};
    clmlp_status status = CLMLP_OK;
    TRY_CLEANUP(begin_event(&event, 0, error));
    TRY_CLEANUP(clmlp_proto_text(&event, EVENT_VERSION, "brain.Event:2", error));
    status = write_record(board, &event, error);
cleanup:
    free(event.bytes);
    return status;
}

clmlp_status clmlp_tensorboard_open(clmlp_tensorboard **out, const char *folder, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    clmlp_tensorboard *board = NULL;
    REQUIRE(out != NULL, "out");
    REQUIRE(folder != NULL, "folder");
    TRY(make_folder(folder, error));
    TRY(clmlp_allocate(&board, 1, sizeof *board, "an event file", error));
    board->descriptor = -1;
    TRY_CLEANUP(make_file(board, folder, error));
    TRY_CLEANUP(write_version(board, error));
    *out = board;
    board = NULL;
cleanup:
    if (board != NULL && board->descriptor >= 0) (void)unlink(board->path);
    clmlp_tensorboard_close(board);
    return status;
}

void clmlp_tensorboard_close(clmlp_tensorboard *board)
{
    if (board == NULL) return;
    if (board->descriptor >= 0) (void)close(board->descriptor);
    free(board->path);
    free(board);
}

/* --- events ------------------------------------------------------------------------------------------------------ */

clmlp_status clmlp_tensorboard_restart(clmlp_tensorboard *board, int64_t step, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    clmlp_proto event = {NULL, 0, 0};
    size_t begin = 0;
    REQUIRE(board != NULL, "board");
    REQUIRE(step >= 0, "step");
    TRY_CLEANUP(begin_event(&event, step, error));
    TRY_CLEANUP(clmlp_proto_begin(&event, EVENT_SESSION, &begin, error));
    TRY_CLEANUP(clmlp_proto_integer(&event, SESSION_STATUS, SESSION_START, error));
    TRY_CLEANUP(clmlp_proto_end(&event, begin, error));
    status = write_record(board, &event, error);
cleanup:
    free(event.bytes);
    return status;
}

static clmlp_status add_value(clmlp_proto *event, const char *tag, double value, clmlp_error *error)
{
    size_t begin = 0;
    TRY(clmlp_proto_begin(event, SUMMARY_VALUE, &begin, error));
    TRY(clmlp_proto_text(event, VALUE_TAG, tag, error));
    TRY(clmlp_proto_float(event, VALUE_SIMPLE, (float)value, error));
    return clmlp_proto_end(event, begin, error);
}

clmlp_status clmlp_tensorboard_add(clmlp_tensorboard *board, int64_t step, const char *const *tags,
                                   const double *values, size_t count, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    clmlp_proto event = {NULL, 0, 0};
    size_t begin = 0;
    REQUIRE(board != NULL, "board");
    REQUIRE(step >= 0, "step");
    REQUIRE(tags != NULL, "tags");
    REQUIRE(values != NULL, "values");
    for (size_t i = 0; i < count; i++) REQUIRE(tags[i] != NULL, "tags");
    TRY_CLEANUP(begin_event(&event, step, error));
    TRY_CLEANUP(clmlp_proto_begin(&event, EVENT_SUMMARY, &begin, error));
    for (size_t i = 0; i < count; i++) TRY_CLEANUP(add_value(&event, tags[i], values[i], error));
    TRY_CLEANUP(clmlp_proto_end(&event, begin, error));
    status = write_record(board, &event, error);
cleanup:
    free(event.bytes);
    return status;
}
