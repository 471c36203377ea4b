/* proto_write.c - protobuf messages in memory. */
#include "export/proto/proto_write.h"

#include <string.h>

#include "base/memory.h"
#include "export/proto/wire.h"

enum { MOST_VARINT = 10 };

static clmlp_status extend(clmlp_proto *proto, size_t more, clmlp_error *error)
{
    size_t wanted = 0;
    if (!clmlp_add(proto->length, more, &wanted)) {
        return clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "not enough memory for a protobuf message");
    }
    return clmlp_grow(&proto->bytes, &proto->capacity, wanted, 1, "a protobuf message", error);
}

/* Seven bits a byte, the lowest first; all but the last have the high bit. Returns their number. */
static size_t put_varint(uint8_t to[MOST_VARINT], uint64_t value)
{
    size_t count = 0;
    while (value >= 0x80) {
        to[count++] = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    to[count++] = (uint8_t)value;
    return count;
}

static clmlp_status varint(clmlp_proto *proto, uint64_t value, clmlp_error *error)
{
    TRY(extend(proto, MOST_VARINT, error));
    proto->length += put_varint(proto->bytes + proto->length, value);
    return CLMLP_OK;
}

static clmlp_status tag(clmlp_proto *proto, unsigned field, unsigned wire, clmlp_error *error)
{
    return varint(proto, (uint64_t)field << 3 | wire, error);
}

clmlp_status clmlp_proto_integer(clmlp_proto *proto, unsigned field, uint64_t value, clmlp_error *error)
{
    TRY(tag(proto, field, CLMLP_WIRE_VARINT, error));
    return varint(proto, value, error);
}

clmlp_status clmlp_proto_float(clmlp_proto *proto, unsigned field, float value, clmlp_error *error)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    TRY(tag(proto, field, CLMLP_WIRE_32, error));
    TRY(extend(proto, 4, error));
    for (unsigned b = 0; b < 4; b++) proto->bytes[proto->length++] = (uint8_t)(bits >> 8 * b);
    return CLMLP_OK;
}

clmlp_status clmlp_proto_double(clmlp_proto *proto, unsigned field, double value, clmlp_error *error)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    TRY(tag(proto, field, CLMLP_WIRE_64, error));
    TRY(extend(proto, 8, error));
    for (unsigned b = 0; b < 8; b++) proto->bytes[proto->length++] = (uint8_t)(bits >> 8 * b);
    return CLMLP_OK;
}

clmlp_status clmlp_proto_room(clmlp_proto *proto, unsigned field, size_t length, uint8_t **to, clmlp_error *error)
{
    TRY(tag(proto, field, CLMLP_WIRE_BYTES, error));
    TRY(varint(proto, length, error));
    TRY(extend(proto, length, error));
    *to = proto->bytes + proto->length;
    proto->length += length;
    return CLMLP_OK;
}

clmlp_status clmlp_proto_bytes(clmlp_proto *proto, unsigned field, const void *bytes, size_t length,
                               clmlp_error *error)
{
    uint8_t *to = NULL;
    TRY(clmlp_proto_room(proto, field, length, &to, error));
    if (length > 0) memcpy(to, bytes, length);
    return CLMLP_OK;
}

clmlp_status clmlp_proto_text(clmlp_proto *proto, unsigned field, const char *text, clmlp_error *error)
{
    return clmlp_proto_bytes(proto, field, text, strlen(text), error);
}

clmlp_status clmlp_proto_begin(clmlp_proto *proto, unsigned field, size_t *begin, clmlp_error *error)
{
    TRY(tag(proto, field, CLMLP_WIRE_BYTES, error));
    *begin = proto->length;
    return CLMLP_OK;
}

clmlp_status clmlp_proto_end(clmlp_proto *proto, size_t begin, clmlp_error *error)
{
    uint8_t length[MOST_VARINT];
    const size_t size = proto->length - begin, count = put_varint(length, size);
    TRY(extend(proto, count, error));
    memmove(proto->bytes + begin + count, proto->bytes + begin, size);
    memcpy(proto->bytes + begin, length, count);
    proto->length += count;
    return CLMLP_OK;
}

clmlp_status clmlp_proto_append(clmlp_proto *proto, const clmlp_proto *other, clmlp_error *error)
{
    if (other->length == 0) return CLMLP_OK;
    TRY(extend(proto, other->length, error));
    memcpy(proto->bytes + proto->length, other->bytes, other->length);
    proto->length += other->length;
    return CLMLP_OK;
}
