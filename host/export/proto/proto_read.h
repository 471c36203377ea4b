/* proto_read.h - protobuf messages of files from outside, field by field. Nothing is copied, nothing is trusted: no
 * length leads out of the message that holds it, and messages within messages are read by who asks for them. */
#ifndef CLMLP_EXPORT_PROTO_READ_H
#define CLMLP_EXPORT_PROTO_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the file: a text, or a message. A text may hold zeros. */
typedef struct clmlp_slice {
    const uint8_t *at;
    size_t length;
} clmlp_slice;

typedef struct clmlp_proto_field {
    uint32_t number;
    unsigned wire;
    uint64_t value;    /* CLMLP_WIRE_VARINT, _64, _32 */
    clmlp_slice bytes; /* CLMLP_WIRE_BYTES */
} clmlp_proto_field;

/* The next field of `rest`, which becomes what follows it. false: there is none, or what stands there is no field; then
 * rest->at is NULL in the second case. */
bool clmlp_proto_next(clmlp_slice *rest, clmlp_proto_field *field);
bool clmlp_proto_broken(const clmlp_slice *rest);

/* One number of a repeated field that is packed: a varint, or `size` bytes, lowest first. false: none is whole. */
bool clmlp_proto_varint(clmlp_slice *rest, uint64_t *value);
bool clmlp_proto_fixed(clmlp_slice *rest, unsigned size, uint64_t *value);

bool clmlp_slice_is(clmlp_slice slice, const char *text);
bool clmlp_slices_equal(clmlp_slice a, clmlp_slice b);

#endif
