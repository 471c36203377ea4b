/* gzip.c - fuzz target: files that are packed. What was packed comes back; what is damaged is an error. */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "data/readers/input.h"
#include "fuzz.h"

/* Append `size` bytes as a member of a gzip file. */
static size_t pack(uint8_t *out, size_t room, const uint8_t *bytes, size_t size, int level)
{
    z_stream z = {.next_in = (Bytef *)(uintptr_t)bytes, .avail_in = (uInt)size, .next_out = out,
                  .avail_out = (uInt)room};
    CHECK(deflateInit2(&z, level, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END);
    const size_t used = room - z.avail_out;
    CHECK(deflateEnd(&z) == Z_OK);
    return used;
}

/* All of a file, in pieces of `piece` bytes; or the error. Restarts once where `again`. */
static clmlp_status unpack(const char *path, size_t piece, bool again, uint8_t *out, size_t room, size_t *size,
                           clmlp_error *error)
{
    clmlp_input input;
    clmlp_status status = clmlp_input_open(&input, path, 0, error);
    if (status == CLMLP_OK && again) {
        status = clmlp_input_keep(&input, error);
        if (status == CLMLP_OK) status = clmlp_input_more(&input, input.end, error);
        if (status == CLMLP_OK) status = clmlp_input_restart(&input, error);
    }
    *size = 0;
    for (size_t got = piece; status == CLMLP_OK && got == piece && *size + piece <= room; *size += got) {
        status = clmlp_input_read(&input, out + *size, piece, &got, error);
        if (status != CLMLP_OK) break;
    }
    clmlp_input_close(&input);
    return status;
}

enum { ROOM = 1 << 16 };

void fuzz_gzip(const uint8_t *data, size_t size)
{
    static uint8_t packed[ROOM], out[ROOM];
    fuzz_input in = {.at = data, .end = data + size};
    const unsigned form = fuzz_byte(&in), cut = fuzz_short(&in);
    const size_t left = fuzz_left(&in), piece = 1 + (form >> 4) * 37;
    clmlp_error error = {.message = ""};
    size_t used = 0, got = 0;
    if (left > ROOM / 4) return;

    /* as it is, where it may begin like a packed file; a csv is read from it, too */
    const char *path = fuzz_write("raw.gz", in.at, left);
    clmlp_status status = unpack(path, piece, (form & 1) != 0, out, ROOM, &got, &error);
    if (status != CLMLP_OK) fuzz_check_error(status, &error);
    const bool plain = left < 2 || in.at[0] != 0x1f || in.at[1] != 0x8b;
    if (plain) CHECK(status == CLMLP_OK && got == left && (left == 0 || memcmp(out, in.at, left) == 0));
    const fuzz_load load = {.options = clmlp_load_options_default(), .describe = false};
    fuzz_load_twice(&load, path);

    /* packed in two members, the second one perhaps empty, zeros behind them */
    const size_t first = left > 0 ? cut % (left + 1) : 0;
    used = pack(packed, ROOM, in.at, first, (int)(form % 10));
    used += pack(packed + used, ROOM - used, in.at + first, left - first, (int)(cut % 10));
    if (form & 2) {
        memset(packed + used, 0, 9);
        used += 9;
    }
    path = fuzz_write("packed.gz", packed, used);
    status = unpack(path, piece, (form & 1) != 0, out, ROOM, &got, &error);
    CHECK_WITH(status == CLMLP_OK, error.message);
    CHECK(got == left && (left == 0 || memcmp(out, in.at, left) == 0));

    /* cut short: an error, and nothing else */
    if (used > 2) {
        const size_t shorter = 2 + cut % (used - 2);
        path = fuzz_write("packed.gz", packed, shorter);
        status = unpack(path, piece, false, out, ROOM, &got, &error);
        if (status != CLMLP_OK) fuzz_check_error(status, &error);
        else CHECK(got <= left);
    }
}
