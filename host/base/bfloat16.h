/* bfloat16.h - numbers of 16 bits: the upper half of a float, so that 8 bits of a number count. */
#ifndef CLMLP_BASE_BFLOAT16_H
#define CLMLP_BASE_BFLOAT16_H

#include <stdint.h>
#include <string.h>

/* Rounded to nearest, ties to even; beyond the largest is infinity, NaN stays NaN. */
static inline uint16_t clmlp_bfloat16_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    if ((bits & 0x7FFFFFFFu) > 0x7F800000u) return (uint16_t)(bits >> 16 | 0x40u); /* rounded it could become inf */
    return (uint16_t)((bits + 0x7FFFu + (bits >> 16 & 1u)) >> 16);
}

static inline float clmlp_bfloat16_value(uint16_t number)
{
    const uint32_t bits = (uint32_t)number << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

#endif
