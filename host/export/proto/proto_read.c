/* proto_read.c - protobuf messages of files from outside, field by field. */
#include "export/proto/proto_read.h"

#include <string.h>

#include "export/proto/wire.h"

bool clmlp_proto_varint(clmlp_slice *rest, uint64_t *value)
{
    uint64_t bits = 0;
    for (unsigned shift = 0; shift < 64 && rest->length > 0; shift += 7) {
        const uint8_t byte = *rest->at++;
        rest->length--;
        if (shift == 63 && byte > 1) return false; /* beyond 64 bits */
        bits |= (uint64_t)(byte & 0x7f) << shift;
        if ((byte & 0x80) != 0) continue;
        *value = bits;
        return true;
    }
    return false;
}

bool clmlp_proto_fixed(clmlp_slice *rest, unsigned size, uint64_t *value)
{
    if (rest->length < size) return false;
    *value = 0;
    for (unsigned b = 0; b < size; b++) *value |= (uint64_t)rest->at[b] << 8 * b;
    rest->at += size;
    rest->length -= size;
    return true;
}

static bool read_bytes(clmlp_slice *rest, clmlp_slice *bytes)
{
    uint64_t length = 0;
    if (!clmlp_proto_varint(rest, &length) || length > rest->length) return false;
    *bytes = (clmlp_slice){rest->at, (size_t)length};
    rest->at += length;
    rest->length -= (size_t)length;
    return true;
}

static bool read_field(clmlp_slice *rest, clmlp_proto_field *field)
{
    uint64_t tag = 0;
    if (!clmlp_proto_varint(rest, &tag) || tag >> 3 == 0 || tag >> 3 > 536870911) return false;
    *field = (clmlp_proto_field){.number = (uint32_t)(tag >> 3), .wire = (unsigned)(tag & 7)};
    switch (field->wire) {
    case CLMLP_WIRE_VARINT: return clmlp_proto_varint(rest, &field->value);
    case CLMLP_WIRE_64: return clmlp_proto_fixed(rest, 8, &field->value);
    case CLMLP_WIRE_32: return clmlp_proto_fixed(rest, 4, &field->value);
    case CLMLP_WIRE_BYTES: return read_bytes(rest, &field->bytes);
    default: return false; /* groups, which ONNX has none of, and codes that are none */
    }
}

bool clmlp_proto_next(clmlp_slice *rest, clmlp_proto_field *field)
{
    if (rest->at == NULL || rest->length == 0) return false;
    if (read_field(rest, field)) return true;
    *rest = (clmlp_slice){NULL, 1};
    return false;
}

bool clmlp_proto_broken(const clmlp_slice *rest)
{
    return rest->at == NULL && rest->length > 0;
}

bool clmlp_slice_is(clmlp_slice slice, const char *text)
{
    return slice.length == strlen(text) && (slice.length == 0 || memcmp(slice.at, text, slice.length) == 0);
}

bool clmlp_slices_equal(clmlp_slice a, clmlp_slice b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.at, b.at, a.length) == 0);
}
