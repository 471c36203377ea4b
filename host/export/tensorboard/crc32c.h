/* crc32c.h - CRC-32C (Castagnoli; RFC 3720, appendix B.4), by which records of event files are checked. */
#ifndef CLMLP_EXPORT_CRC32C_H
#define CLMLP_EXPORT_CRC32C_H

#include <stddef.h>
#include <stdint.h>

uint32_t clmlp_crc32c(const void *bytes, size_t count);

#endif
