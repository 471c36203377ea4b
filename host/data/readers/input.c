/* input.c - a file read in blocks, gzipped or not. */
#include "data/readers/input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "base/memory.h"

enum { BLOCK = 1 << 20, LONGEST_READ = 1 << 30, LONGEST_FIELD = 1 << 29 };

static clmlp_status zlib_failure(const clmlp_input *input, clmlp_error *error)
{
    int code = Z_OK;
    const char *text = gzerror((gzFile)input->stream, &code);
    switch (code) {
    case Z_ERRNO: return clmlp_fail_errno(error, CLMLP_IO, errno, "%s: cannot be read", input->path);
    case Z_BUF_ERROR:
        return clmlp_fail(error, CLMLP_BAD_INPUT,
                          "%s: unexpected end of the gzip stream; the file is cut short", input->path);
    case Z_MEM_ERROR: return clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "%s: not enough memory to unpack", input->path);
    default: break;
    }
    /* zlib's text repeats the path in front */
    const size_t length = strlen(input->path);
    if (strncmp(text, input->path, length) == 0 && strncmp(text + length, ": ", 2) == 0) text += length + 2;
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: damaged gzip stream (%s)", input->path, text);
}

/* One read of at most a gigabyte; 0 bytes only at a proper end of the file. */
static clmlp_status read_some(clmlp_input *input, void *out, size_t size, size_t *count, clmlp_error *error)
{
    const gzFile stream = (gzFile)input->stream;
    if (size > (size_t)LONGEST_READ) size = (size_t)LONGEST_READ;
    errno = 0;
    const int got = gzread(stream, out, (unsigned)size);
    *count = got > 0 ? (size_t)got : 0;
    if (got < 0) return zlib_failure(input, error);
    if ((size_t)got < size) {
        /* a stream cut short is no error to gzread while there is something to return */
        int code = Z_OK;
        (void)gzerror(stream, &code);
        if (code != Z_OK && code != Z_STREAM_END) return zlib_failure(input, error);
    }
    return CLMLP_OK;
}

clmlp_status clmlp_input_open(clmlp_input *input, const char *path, clmlp_error *error)
{
    memset(input, 0, sizeof *input);
    input->path = path;
    struct stat entry;
    if (stat(path, &entry) != 0) return clmlp_fail_errno(error, CLMLP_IO, errno, "%s: cannot be opened", path);
    if (S_ISDIR(entry.st_mode)) return clmlp_fail(error, CLMLP_IO, "%s: is a folder, not a file", path);
    errno = 0;
    const gzFile stream = gzopen(path, "rb");
    if (stream == NULL) return clmlp_fail_errno(error, CLMLP_IO, errno, "%s: cannot be opened", path);
    input->stream = stream;
    (void)gzbuffer(stream, BLOCK / 4);
    TRY(clmlp_allocate(&input->buffer, BLOCK + 1, 1, "an input buffer", error));
    input->capacity = BLOCK;
    input->next = input->end = input->buffer;
    return clmlp_input_more(input, input->buffer, error);
}

void clmlp_input_close(clmlp_input *input)
{
    if (input->stream != NULL) (void)gzclose((gzFile)input->stream);
    free(input->buffer);
    memset(input, 0, sizeof *input);
}

clmlp_status clmlp_input_more(clmlp_input *input, const char *keep, clmlp_error *error)
{
    const size_t kept = (size_t)(input->end - keep);
    if (kept > input->capacity / 2) {
        if (kept > (size_t)LONGEST_FIELD) {
            return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: a field is longer than 512 MiB", input->path);
        }
        const size_t start = (size_t)(keep - input->buffer);
        const size_t doubled = 2 * input->capacity;
        size_t capacity = input->capacity;
        TRY(clmlp_grow(&input->buffer, &capacity, doubled + 1, 1, "an input buffer", error));
        keep = input->buffer + start;
        input->capacity = capacity - 1;
    }
    memmove(input->buffer, keep, kept);
    input->next = input->buffer;
    input->end = input->buffer + kept;
    /* short reads happen on pipes: only 0 bytes are the end */
    size_t count = 0;
    if (!input->at_end) TRY(read_some(input, input->end, input->capacity - kept, &count, error));
    input->at_end = count == 0;
    input->end += count;
    *input->end = '\0';
    return CLMLP_OK;
}

clmlp_status clmlp_input_read(clmlp_input *input, void *out, size_t size, size_t *count, clmlp_error *error)
{
    char *to = out;
    const size_t buffered = (size_t)(input->end - input->next);
    size_t got = buffered < size ? buffered : size;
    memcpy(to, input->next, got);
    input->next += got;
    while (got < size && !input->at_end) {
        size_t more = 0;
        TRY(read_some(input, to + got, size - got, &more, error));
        input->at_end = more == 0;
        got += more;
    }
    *count = got;
    return CLMLP_OK;
}
