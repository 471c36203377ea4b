/* crc32c.c - CRC-32C, bit by bit: records are small. */
#include "export/tensorboard/crc32c.h"

static const uint32_t POLYNOMIAL = 0x82f63b78; /* 0x1edc6f41, the lowest bit first */

uint32_t clmlp_crc32c(const void *bytes, size_t count)
{
    const uint8_t *const from = bytes;
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < count; i++) {
        crc ^= from[i];
        for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc & 1) != 0 ? POLYNOMIAL : 0);
    }
    return ~crc;
}
