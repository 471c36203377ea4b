/* input.c - a file read in blocks, gzipped or not. */
#include "data/readers/input.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/memory.h"

/* The fuzz targets have smaller ones: what happens between blocks then happens often. */
#ifndef CLMLP_INPUT_BLOCK
#define CLMLP_INPUT_BLOCK (1 << 20)
#define CLMLP_INPUT_PACKED (1 << 18)
#endif

enum {
    BLOCK = CLMLP_INPUT_BLOCK,
    PACKED = CLMLP_INPUT_PACKED,
    LONGEST_READ = 1 << 30,
    LONGEST_FIELD = 1 << 29
};

/* deflate packs at most 1032 to 1, and only what says nothing. */
enum { SMALL = 1 << 28, MOST_RATIO = 500, DEFLATE_RATIO = 1032 };

/* RFC 1952: what a member begins with. */
static const unsigned char magic[2] = {0x1f, 0x8b};

/* The bytes of a file as they are stored, and what unpacks them. */
struct clmlp_input_stream {
    FILE *file;
    const unsigned char *bytes, *bytes_end; /* in place of the file: those that were not yet read; NULL: the file */
    unsigned char *next, *end; /* in `packed`: read, not yet consumed */
    size_t offset;             /* of `end` in the file */
    bool gzip;
    bool inside; /* a member has begun and not ended */
    bool is_plain;      /* a file whose size says all */
    uint64_t asked;     /* clmlp_input_open's `most` */
    uint64_t most, got; /* bytes that may come, and that came */
    bool keeps;  /* what is read goes to `kept` too */
    char *kept;
    size_t kept_length, kept_capacity;
    size_t replayed; /* of `kept`, since the last restart */
    z_stream zlib; /* only where gzip */
    unsigned char packed[PACKED];
};

static clmlp_status read_bytes(const clmlp_input *input, void *out, size_t size, size_t *count, clmlp_error *error)
{
    clmlp_input_stream *const s = input->stream;
    FILE *const file = s->file;
    if (file == NULL) {
        const size_t left = (size_t)(s->bytes_end - s->bytes);
        *count = left < size ? left : size;
        if (*count > 0) memcpy(out, s->bytes, *count);
        s->bytes += *count;
        return CLMLP_OK;
    }
    errno = 0;
    *count = fread(out, 1, size, file);
    if (ferror(file)) return clmlp_fail_errno(error, CLMLP_IO, errno, "%s: cannot be read", input->path);
    return CLMLP_OK;
}

/* Afterwards next == end only at the end of the file. */
static clmlp_status refill(const clmlp_input *input, clmlp_error *error)
{
    clmlp_input_stream *const s = input->stream;
    size_t count = 0;
    if (s->next < s->end) return CLMLP_OK;
    TRY(read_bytes(input, s->packed, sizeof s->packed, &count, error));
    s->next = s->packed;
    s->end = s->packed + count;
    s->offset += count;
    return CLMLP_OK;
}

/* Behind a member: another one, or zeros up to the end of the file. *more: another one. */
static clmlp_status find_member(const clmlp_input *input, bool *more, clmlp_error *error)
{
    clmlp_input_stream *const s = input->stream;
    bool zeros = false;
    *more = false;
    for (;;) {
        TRY(refill(input, error));
        if (s->next == s->end) return CLMLP_OK;
        if (!zeros && *s->next == magic[0]) break;
        if (*s->next != 0) {
            return clmlp_fail(error, CLMLP_BAD_INPUT,
                              "%s: something follows the gzip stream (found byte 0x%02x at offset %zu, expected the "
                              "end of the file, zeros or another gzip stream)", input->path, (unsigned)*s->next,
                              s->offset - (size_t)(s->end - s->next));
        }
        zeros = true;
        s->next++;
    }
    (void)inflateReset(&s->zlib);
    s->inside = *more = true;
    return CLMLP_OK;
}

/* Unpack what is there: up to `size` bytes. */
static clmlp_status inflate_some(const clmlp_input *input, void *out, size_t size, size_t *count, clmlp_error *error)
{
    clmlp_input_stream *const s = input->stream;
    s->zlib.next_in = s->next;
    s->zlib.avail_in = (uInt)(s->end - s->next);
    s->zlib.next_out = out;
    s->zlib.avail_out = (uInt)size;
    const int code = inflate(&s->zlib, Z_NO_FLUSH);
    s->next = s->end - s->zlib.avail_in;
    *count = size - s->zlib.avail_out;
    if (code == Z_STREAM_END) s->inside = false;
    if (code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR) return CLMLP_OK;
    if (code == Z_MEM_ERROR) {
        return clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "%s: not enough memory to unpack", input->path);
    }
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: damaged gzip stream (%s)", input->path,
                      s->zlib.msg != NULL ? s->zlib.msg : "it needs a dictionary");
}

/* A small file must not become a large one by itself. */
static clmlp_status check_size(const clmlp_input *input, clmlp_error *error)
{
    const clmlp_input_stream *const s = input->stream;
    const char *const what = s->gzip ? "unpacks to" : "gives";
    char text[32];
    if (s->is_plain) return CLMLP_OK;
    if (s->got > s->most) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: %s more than %s%s (--max-input SIZE changes that)", input->path,
                          what, clmlp_format_bytes(text, s->most),
                          s->asked == 0 ? ", which is the memory of this machine" : "");
    }
    const uint64_t read = s->offset - (uint64_t)(s->end - s->next);
    if (!s->gzip || s->asked != 0 || s->got <= SMALL || s->got / MOST_RATIO <= read) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: unpacks to more than %d times its size, and more than %s: "
                      "(--max-input SIZE allows it, up to SIZE)", input->path, (int)MOST_RATIO,
                      clmlp_format_bytes(text, SMALL));
}

/* One read of at most a gigabyte; fewer bytes only at a proper end of the file. */
static clmlp_status read_some(const clmlp_input *input, void *out, size_t size, size_t *count, clmlp_error *error)
{
    clmlp_input_stream *const s = input->stream;
    char *to = out;
    if (size > (size_t)LONGEST_READ) size = (size_t)LONGEST_READ;
    *count = 0;
    if (!s->gzip) {
        const size_t buffered = (size_t)(s->end - s->next), first = buffered < size ? buffered : size;
        memcpy(to, s->next, first);
        s->next += first;
        if (first < size) TRY(read_bytes(input, to + first, size - first, count, error));
        *count += first;
        s->got += *count;
        return check_size(input, error);
    }
    while (*count < size) {
        size_t got = 0;
        if (!s->inside) {
            bool more = false;
            TRY(find_member(input, &more, error));
            if (!more) return CLMLP_OK;
        }
        TRY(refill(input, error));
        if (s->next == s->end) {
            return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: unexpected end of the gzip stream; the file is cut short",
                              input->path);
        }
        TRY(inflate_some(input, to + *count, size - *count, &got, error));
        *count += got;
        s->got += got;
        TRY(check_size(input, error));
    }
    return CLMLP_OK;
}

static clmlp_status keep(clmlp_input_stream *s, const char *from, size_t size, clmlp_error *error)
{
    TRY(clmlp_grow(&s->kept, &s->kept_capacity, s->kept_length + size, 1, "what a pipe gave", error));
    if (size > 0) memcpy(s->kept + s->kept_length, from, size);
    s->kept_length += size;
    s->replayed = s->kept_length;
    return CLMLP_OK;
}

/* What was kept once more, then what follows it: as many bytes as of a file, so that a block ends where its does. */
static clmlp_status read_on(const clmlp_input *input, void *out, size_t size, size_t *count, clmlp_error *error)
{
    clmlp_input_stream *const s = input->stream;
    const size_t left = s->kept_length - s->replayed, again = left < size ? left : size;
    char *const to = out;
    *count = 0;
    if (again > 0) memcpy(to, s->kept + s->replayed, again);
    s->replayed += again;
    if (again < size) {
        TRY(read_some(input, to + again, size - again, count, error));
        if (s->keeps) TRY(keep(s, to + again, *count, error));
    }
    *count += again;
    return CLMLP_OK;
}

static clmlp_status create_stream(clmlp_input *input, const char *path, uint64_t most, clmlp_error *error)
{
    memset(input, 0, sizeof *input);
    input->path = clmlp_input_name(path);
    TRY(clmlp_allocate(&input->stream, 1, sizeof *input->stream, "an input buffer", error));
    clmlp_input_stream *const s = input->stream;
    s->next = s->end = s->packed;
    s->asked = most;
    s->most = most > 0 ? most : clmlp_physical_memory();
    return CLMLP_OK;
}

/* The first block of a file that is open, and whether it is packed. */
static clmlp_status begin(clmlp_input *input, clmlp_error *error)
{
    clmlp_input_stream *const s = input->stream;
    TRY(refill(input, error));
    if (s->end - s->next >= 2 && memcmp(s->next, magic, sizeof magic) == 0) {
        enum { GZIP_ONLY = 16 };
        if (inflateInit2(&s->zlib, MAX_WBITS + GZIP_ONLY) != Z_OK) {
            return clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "%s: not enough memory to unpack", input->path);
        }
        s->gzip = s->inside = true;
        s->is_plain = false;
    }
    TRY(clmlp_allocate(&input->buffer, BLOCK + 1, 1, "an input buffer", error));
    input->capacity = BLOCK;
    input->next = input->end = input->buffer;
    return clmlp_input_more(input, input->buffer, error);
}

clmlp_status clmlp_input_open(clmlp_input *input, const char *path, uint64_t most, clmlp_error *error)
{
    struct stat entry;
    TRY(create_stream(input, path, most, error));
    clmlp_input_stream *const s = input->stream;
    TRY(clmlp_input_open_file(path, &s->file, error));
    s->is_plain = fstat(fileno(s->file), &entry) == 0 && S_ISREG(entry.st_mode);
    return begin(input, error);
}

clmlp_status clmlp_input_open_bytes(clmlp_input *input, const char *path, const void *bytes, size_t count,
                                    uint64_t most, clmlp_error *error)
{
    TRY(create_stream(input, path, most, error));
    clmlp_input_stream *const s = input->stream;
    s->bytes = bytes;
    s->bytes_end = s->bytes + count;
    return begin(input, error);
}

void clmlp_input_close(clmlp_input *input)
{
    if (input->stream != NULL) {
        if (input->stream->gzip) (void)inflateEnd(&input->stream->zlib);
        if (input->stream->file != NULL) (void)fclose(input->stream->file);
        free(input->stream->kept);
        free(input->stream);
    }
    free(input->buffer);
    memset(input, 0, sizeof *input);
}

clmlp_status clmlp_input_keep(clmlp_input *input, clmlp_error *error)
{
    clmlp_input_stream *const s = input->stream;
    struct stat entry;
    /* the standard input shares its position with whoever gave it, so it is not opened again */
    const bool standard = strcmp(input->path, "standard input") == 0 || clmlp_input_is_standard(input->path);
    if (!standard && s->file != NULL && fstat(fileno(s->file), &entry) == 0 && S_ISREG(entry.st_mode)) return CLMLP_OK;
    s->keeps = true;
    return keep(s, input->next, (size_t)(input->end - input->next), error);
}

clmlp_status clmlp_input_restart(clmlp_input *input, clmlp_error *error)
{
    const char *const path = input->path;
    if (!input->stream->keeps) {
        const uint64_t asked = input->stream->asked;
        clmlp_input_close(input);
        return clmlp_input_open(input, path, asked, error);
    }
    input->stream->replayed = 0;
    input->capacity = BLOCK; /* as of a file that is opened once more */
    input->next = input->end = input->buffer;
    input->start = 0;
    input->at_end = false;
    return clmlp_input_more(input, input->buffer, error);
}

clmlp_status clmlp_input_seek(clmlp_input *input, uint64_t position, clmlp_error *error)
{
    clmlp_input_stream *const s = input->stream;
    errno = 0;
    if (fseeko(s->file, (off_t)position, SEEK_SET) != 0) {
        return clmlp_fail_errno(error, CLMLP_IO, errno, "%s: cannot be read", input->path);
    }
    s->next = s->end = s->packed;
    input->next = input->end = input->buffer;
    input->start = position;
    input->at_end = false;
    return clmlp_input_more(input, input->buffer, error);
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
    input->start += (uint64_t)(keep - input->buffer);
    memmove(input->buffer, keep, kept);
    input->next = input->buffer;
    input->end = input->buffer + kept;
    size_t count = 0;
    if (!input->at_end) TRY(read_on(input, input->end, input->capacity - kept, &count, error));
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
        TRY(read_on(input, to + got, size - got, &more, error));
        input->at_end = more == 0;
        input->start += more; /* past the buffer, which is empty */
        got += more;
    }
    *count = got;
    return CLMLP_OK;
}

bool clmlp_input_is_packed(const clmlp_input *input)
{
    return input->stream->gzip;
}

uint64_t clmlp_input_bound(const clmlp_input *input)
{
    const clmlp_input_stream *const s = input->stream;
    struct stat entry;
    if (s->file == NULL || fstat(fileno(s->file), &entry) != 0 || !S_ISREG(entry.st_mode)) return UINT64_MAX;
    const uint64_t size = (uint64_t)entry.st_size;
    if (!s->gzip) return size;
    return size < s->most / DEFLATE_RATIO ? size * DEFLATE_RATIO : s->most;
}
