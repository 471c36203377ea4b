/* wire.h - how protobuf lays values out (protobuf.dev/programming-guides/encoding). */
#ifndef CLMLP_EXPORT_PROTO_WIRE_H
#define CLMLP_EXPORT_PROTO_WIRE_H

enum { CLMLP_WIRE_VARINT = 0, CLMLP_WIRE_64 = 1, CLMLP_WIRE_BYTES = 2, CLMLP_WIRE_32 = 5 };

#endif
