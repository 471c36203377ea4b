/* proto_write.h - protobuf messages in memory. Fields come in the order of the calls. */
#ifndef CLMLP_EXPORT_PROTO_WRITE_H
#define CLMLP_EXPORT_PROTO_WRITE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Zero-initialise; release `bytes` with free(). */
typedef struct clmlp_proto {
    uint8_t *bytes;
    size_t length, capacity;
} clmlp_proto;

/* All of them: errors CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_proto_integer(clmlp_proto *proto, unsigned field, uint64_t value, clmlp_error *error);
clmlp_status clmlp_proto_double(clmlp_proto *proto, unsigned field, double value, clmlp_error *error);
clmlp_status clmlp_proto_float(clmlp_proto *proto, unsigned field, float value, clmlp_error *error);
clmlp_status clmlp_proto_text(clmlp_proto *proto, unsigned field, const char *text, clmlp_error *error);
clmlp_status clmlp_proto_bytes(clmlp_proto *proto, unsigned field, const void *bytes, size_t length,
                               clmlp_error *error);
/* Room for `length` bytes of a field, which the caller fills: *to. It is valid until the next call. */
clmlp_status clmlp_proto_room(clmlp_proto *proto, unsigned field, size_t length, uint8_t **to, clmlp_error *error);

/* A message within a message: what is written between the two calls. *begin is for the second one. */
clmlp_status clmlp_proto_begin(clmlp_proto *proto, unsigned field, size_t *begin, clmlp_error *error);
clmlp_status clmlp_proto_end(clmlp_proto *proto, size_t begin, clmlp_error *error);

/* What another one holds, as it is. */
clmlp_status clmlp_proto_append(clmlp_proto *proto, const clmlp_proto *other, clmlp_error *error);

#endif
