/* input.h - a file read block by block, gzipped or not (its first bytes tell), with errors that tell a
 * damaged gzip stream from a file that cannot be read. */
#ifndef CLMLP_DATA_INPUT_H
#define CLMLP_DATA_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

typedef struct clmlp_input_stream clmlp_input_stream;

typedef struct clmlp_input {
    const char *path;  /* for messages; borrowed */
    clmlp_input_stream *stream;
    char *buffer;      /* owned; one byte longer than capacity */
    size_t capacity;
    char *next, *end;  /* what was read and not yet consumed; *end is 0, so that scans stop there */
    uint64_t start;    /* of `buffer` in what the file holds, unpacked */
    bool at_end;       /* nothing follows `end` */
} clmlp_input;

/* Whether `path` means the standard input: "-", or what systems call it. */
bool clmlp_input_is_standard(const char *path);

/* What it is called in notes and messages. */
const char *clmlp_input_name(const char *path);

/* Open a file, or the standard input, without a buffer of stdio's. Errors: CLMLP_IO. */
clmlp_status clmlp_input_open_file(const char *path, FILE **file, clmlp_error *error);

/* Open a file, or the standard input, and read its first block. What a gzipped file unpacks to, and what a pipe
 * gives, is at most `most` bytes; 0: as many as the machine has memory, and from 256 MiB on 500 times what it was
 * unpacked from. `input` is overwritten and is safe to close on failure too. Behind a gzip member there may be
 * another one, or zeros up to the end of the file. Errors: CLMLP_IO (missing, a folder, not readable),
 * CLMLP_BAD_INPUT (damaged gzip stream, or more than that), CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_input_open(clmlp_input *input, const char *path, uint64_t most, clmlp_error *error);
void clmlp_input_close(clmlp_input *input);

/* Go back to the start of the file. clmlp_input_keep has to come first, before anything was consumed: a pipe, which can
 * be read once, is then kept in memory. Errors as for opening. */
clmlp_status clmlp_input_keep(clmlp_input *input, clmlp_error *error);
clmlp_status clmlp_input_restart(clmlp_input *input, clmlp_error *error);

/* Read on: what lies in [keep, end) moves to the front of the buffer, more follows it, and next = its
 * start, so pointers into the buffer have to be set anew. The buffer grows when all of it is kept.
 * Errors as for opening. */
clmlp_status clmlp_input_more(clmlp_input *input, const char *keep, clmlp_error *error);

/* Where `next` is, in bytes from the start of what the file holds. */
static inline uint64_t clmlp_input_position(const clmlp_input *input)
{
    return input->start + (uint64_t)(input->next - input->buffer);
}

/* Read on from byte `position` of a regular file that is not packed. Errors as for opening. */
clmlp_status clmlp_input_seek(clmlp_input *input, uint64_t position, clmlp_error *error);

/* Open `bytes` [count] in place of the file `path`, which they came from: a pipe that another process has read. They
 * are borrowed. Errors as for clmlp_input_open. */
clmlp_status clmlp_input_open_bytes(clmlp_input *input, const char *path, const void *bytes, size_t count,
                                    uint64_t most, clmlp_error *error);

/* Whether it was gzipped. */
bool clmlp_input_is_packed(const clmlp_input *input);

/* More bytes than the whole of it can have; UINT64_MAX: it cannot be told. */
uint64_t clmlp_input_bound(const clmlp_input *input);

/* Up to `size` bytes into `out`; *count < size only at the end of the file. */
clmlp_status clmlp_input_read(clmlp_input *input, void *out, size_t size, size_t *count, clmlp_error *error);

#endif
