/* tensors.c - numbers of the tensors of an ONNX file from outside, also of those in a file beside it. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/open_error.h"
#include "base/number.h"
#include "export/onnx/parsed.h"

static clmlp_status refuse(const clmlp_parsed *parsed, const clmlp_parsed_tensor *tensor, const char *why,
                           clmlp_error *error)
{
    char name[CLMLP_QUOTE_LENGTH];
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: tensor %s: %s", parsed->path, clmlp_slice_quote(name, tensor->name),
                      why);
}

/* Bytes of an element; 0: of a type that is not known here. */
static unsigned size_of(uint64_t type)
{
    switch (type) {
    case CLMLP_ONNX_FLOAT:
    case CLMLP_ONNX_INT32: return 4;
    case CLMLP_ONNX_DOUBLE:
    case CLMLP_ONNX_INT64: return 8;
    default: return 0;
    }
}

static double number_of(uint64_t type, uint64_t bits)
{
    const uint32_t low = (uint32_t)bits;
    float single;
    double number;
    int32_t small;
    int64_t integer;
    memcpy(&single, &low, sizeof single);
    memcpy(&number, &bits, sizeof number);
    memcpy(&small, &low, sizeof small);
    memcpy(&integer, &bits, sizeof integer);
    switch (type) {
    case CLMLP_ONNX_FLOAT: return (double)single;
    case CLMLP_ONNX_DOUBLE: return number;
    case CLMLP_ONNX_INT32: return (double)small;
    case CLMLP_ONNX_INT64: return (double)integer;
    default: return (double)NAN;
    }
}

/* The field that holds numbers of a type one by one, or packed. */
static uint32_t field_of(uint64_t type)
{
    switch (type) {
    case CLMLP_ONNX_FLOAT: return CLMLP_TENSOR_FLOATS;
    case CLMLP_ONNX_DOUBLE: return CLMLP_TENSOR_DOUBLES;
    case CLMLP_ONNX_INT32: return CLMLP_TENSOR_INT32S;
    default: return CLMLP_TENSOR_INT64S;
    }
}

/* One number of a packed field. */
static bool next_packed(uint64_t type, clmlp_slice *rest, uint64_t *bits)
{
    const bool is_real = type == CLMLP_ONNX_FLOAT || type == CLMLP_ONNX_DOUBLE;
    return is_real ? clmlp_proto_fixed(rest, size_of(type), bits) : clmlp_proto_varint(rest, bits);
}

/* Those of fields, into numbers [count]. Returns how many there are, count + 1: too many. */
static size_t read_fields(const clmlp_parsed_tensor *tensor, double *numbers)
{
    clmlp_slice rest = tensor->message;
    clmlp_proto_field field;
    size_t seen = 0;
    while (clmlp_proto_next(&rest, &field)) {
        if (field.number != field_of(tensor->type)) continue;
        uint64_t bits = field.value;
        clmlp_slice packed = field.bytes;
        const bool single = field.wire != CLMLP_WIRE_BYTES;
        while (single || next_packed(tensor->type, &packed, &bits)) {
            if (seen == tensor->count) return tensor->count + 1;
            numbers[seen++] = number_of(tensor->type, bits);
            if (single) break;
        }
    }
    return seen;
}

/* --- numbers beside the file -------------------------------------------------------------------------------------- */

/* Where they are: a file in the same folder, by its name alone. */
typedef struct place {
    clmlp_slice location;
    int64_t offset, length; /* length -1: not told */
} place;

static bool read_count(clmlp_slice text, int64_t *value)
{
    const char *const begin = (const char *)text.at;
    return text.length > 0 && clmlp_parse_int64(begin, begin + text.length, value) && *value >= 0;
}

static bool find_place(const clmlp_parsed_tensor *tensor, place *found)
{
    clmlp_slice rest = tensor->message;
    clmlp_proto_field field, part;
    *found = (place){.length = -1};
    while (clmlp_proto_next(&rest, &field)) {
        clmlp_slice key = {NULL, 0}, value = {NULL, 0};
        if (field.number != CLMLP_TENSOR_EXTERNAL || field.wire != CLMLP_WIRE_BYTES) continue;
        while (clmlp_proto_next(&field.bytes, &part)) {
            if (part.number == CLMLP_ENTRY_KEY && part.wire == CLMLP_WIRE_BYTES) key = part.bytes;
            if (part.number == CLMLP_ENTRY_VALUE && part.wire == CLMLP_WIRE_BYTES) value = part.bytes;
        }
        bool is_count = true;
        if (clmlp_slice_is(key, "location")) found->location = value;
        if (clmlp_slice_is(key, "offset")) is_count = read_count(value, &found->offset);
        if (clmlp_slice_is(key, "length")) is_count = read_count(value, &found->length);
        if (!is_count) return false;
    }
    return true;
}

/* A name that leads nowhere else. */
static bool is_plain_name(clmlp_slice name)
{
    if (name.length == 0 || name.length > 255 || name.at[0] == '.') return false;
    return memchr(name.at, '/', name.length) == NULL && memchr(name.at, '\0', name.length) == NULL;
}

/* *out = `bytes` bytes of a file, from `offset` on. Not of the ONNX file: its messages are no numbers. */
static clmlp_status read_part(const clmlp_parsed *parsed, const char *path, uint64_t offset, size_t bytes,
                              uint8_t **out, clmlp_error *error)
{
    struct stat entry;
    const int descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0) return clmlp_fail_open(error, errno, path);
    const bool regular = fstat(descriptor, &entry) == 0 && S_ISREG(entry.st_mode);
    const uint64_t size = regular && entry.st_size > 0 ? (uint64_t)entry.st_size : 0;
    clmlp_status status = CLMLP_OK;
    if (regular && entry.st_dev == parsed->device && entry.st_ino == parsed->inode) {
        status = clmlp_fail(error, CLMLP_BAD_INPUT, "%s: numbers beside the ONNX file are said to be in itself", path);
    } else if (offset > size || bytes > size - offset) {
        status = clmlp_fail(error, CLMLP_BAD_INPUT, "%s: too short for what an ONNX file has there", path);
    } else {
        status = clmlp_allocate(out, bytes, 1, "a tensor", error);
    }
    for (size_t done = 0; status == CLMLP_OK && done < bytes;) {
        const ssize_t count = pread(descriptor, *out + done, bytes - done, (off_t)(offset + done));
        if (count > 0) done += (size_t)count;
        else if (count == 0) status = clmlp_fail(error, CLMLP_IO, "%s: became shorter while it was read", path);
        else if (errno != EINTR) status = clmlp_fail_errno(error, CLMLP_IO, errno, "%s: cannot be read", path);
    }
    (void)close(descriptor);
    return status;
}

static clmlp_status read_external(const clmlp_parsed *parsed, const clmlp_parsed_tensor *tensor, size_t bytes,
                                  uint8_t **out, clmlp_error *error)
{
    place found;
    char *path = NULL;
    if (!find_place(tensor, &found)) return refuse(parsed, tensor, "where its numbers are is no place", error);
    if (!is_plain_name(found.location)) {
        return refuse(parsed, tensor, "its numbers are in a file that is not named by a name alone", error);
    }
    if (found.length >= 0 && (uint64_t)found.length != bytes) {
        return refuse(parsed, tensor, "its numbers beside the file are not as many as its dimensions say", error);
    }
    const char *const slash = strrchr(parsed->path, '/');
    const size_t folder = slash == NULL ? 0 : (size_t)(slash - parsed->path) + 1;
    TRY(clmlp_allocate(&path, folder + found.location.length + 1, 1, "a file name", error));
    memcpy(path, parsed->path, folder);
    memcpy(path + folder, found.location.at, found.location.length);
    const clmlp_status status = read_part(parsed, path, (uint64_t)found.offset, bytes, out, error);
    free(path);
    return status;
}

/* --- all together ------------------------------------------------------------------------------------------------ */

/* Bytes of the file that are the numbers; at NULL: there are none. */
static clmlp_slice raw_of(const clmlp_parsed_tensor *tensor)
{
    clmlp_slice rest = tensor->message, raw = {NULL, 0};
    clmlp_proto_field field;
    while (clmlp_proto_next(&rest, &field)) {
        if (field.number == CLMLP_TENSOR_RAW && field.wire == CLMLP_WIRE_BYTES) raw = field.bytes;
    }
    return raw;
}

/* Which of the fields that hold numbers a tensor has: more than one would say two things. */
static bool has_several(const clmlp_parsed_tensor *tensor)
{
    enum { UINT64S = 11 };
    clmlp_slice rest = tensor->message;
    clmlp_proto_field field;
    uint32_t found = tensor->external ? CLMLP_TENSOR_EXTERNAL : 0;
    while (clmlp_proto_next(&rest, &field)) {
        const bool typed = field.number >= CLMLP_TENSOR_FLOATS && field.number <= CLMLP_TENSOR_INT64S;
        const bool numbers = typed || field.number == CLMLP_TENSOR_RAW || field.number == CLMLP_TENSOR_DOUBLES ||
                             field.number == UINT64S;
        if (!numbers || (field.wire == CLMLP_WIRE_BYTES && field.bytes.length == 0)) continue;
        if (found != 0 && found != field.number) return true;
        found = field.number;
    }
    return false;
}

static clmlp_status check_finite(const clmlp_parsed *parsed, const clmlp_parsed_tensor *tensor, const double *numbers,
                                 clmlp_error *error)
{
    for (size_t i = 0; i < tensor->count; i++) {
        if (!isfinite(numbers[i])) return refuse(parsed, tensor, "it has a number that is not finite", error);
    }
    return CLMLP_OK;
}

clmlp_status clmlp_parsed_numbers(const clmlp_parsed *parsed, const clmlp_parsed_tensor *tensor, double **out,
                                  clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    uint8_t *external = NULL;
    double *numbers = NULL;
    const unsigned size = size_of(tensor->type);
    clmlp_slice raw = raw_of(tensor);
    if (size == 0) return refuse(parsed, tensor, "expected floats, doubles or integers of 32 or 64 bits", error);
    if (has_several(tensor)) return refuse(parsed, tensor, "its numbers are in more than one field", error);
    if (tensor->count > SIZE_MAX / 16) return refuse(parsed, tensor, "its dimensions are too large", error);
    if (tensor->external) {
        TRY(read_external(parsed, tensor, tensor->count * size, &external, error));
        raw = (clmlp_slice){external, tensor->count * size};
    }
    const bool is_raw = raw.at != NULL;
    /* before anything is allocated: the file holds what its dimensions claim, a number takes a byte at least */
    if (is_raw ? raw.length != tensor->count * size : tensor->count > tensor->message.length) {
        TRY_CLEANUP(refuse(parsed, tensor, "its numbers are not as many as its dimensions say", error));
    }
    TRY_CLEANUP(clmlp_allocate(&numbers, tensor->count, sizeof *numbers, "a tensor", error));
    for (size_t i = 0; is_raw && i < tensor->count; i++) {
        uint64_t bits = 0;
        (void)clmlp_proto_fixed(&raw, size, &bits);
        numbers[i] = number_of(tensor->type, bits);
    }
    if (!is_raw && read_fields(tensor, numbers) != tensor->count) {
        TRY_CLEANUP(refuse(parsed, tensor, "its numbers are not as many as its dimensions say", error));
    }
    TRY_CLEANUP(check_finite(parsed, tensor, numbers, error));
    *out = numbers;
    numbers = NULL;
cleanup:
    free(numbers);
    free(external);
    return status;
}

size_t clmlp_parsed_strings(const clmlp_parsed_tensor *tensor, clmlp_slice *to, size_t most)
{
    clmlp_slice rest = tensor->message;
    clmlp_proto_field field;
    size_t seen = 0;
    while (tensor->type == CLMLP_ONNX_STRING && clmlp_proto_next(&rest, &field)) {
        if (field.number != CLMLP_TENSOR_STRINGS || field.wire != CLMLP_WIRE_BYTES) continue;
        if (seen < most) to[seen] = field.bytes;
        seen++;
    }
    return seen;
}
