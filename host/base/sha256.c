/* sha256.c - SHA-256 as FIPS 180-4 defines it; names and steps are those of its sections 4.1.2 and 6.2. */
#include "base/sha256.h"

#include <stdio.h>
#include <string.h>

/* The first 32 bits of the fractions of the cube roots of the first 64 primes (4.2.2). */
static const uint32_t K[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t rotated(uint32_t x, unsigned bits)
{
    return x >> bits | x << (32 - bits);
}

static void take_block(uint32_t state[8], const unsigned char block[64])
{
    uint32_t W[64], v[8];
    for (size_t t = 0; t < 16; t++) {
        const unsigned char *const at = block + 4 * t;
        W[t] = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
    }
    for (size_t t = 16; t < 64; t++) {
        const uint32_t s0 = rotated(W[t - 15], 7) ^ rotated(W[t - 15], 18) ^ W[t - 15] >> 3;
        const uint32_t s1 = rotated(W[t - 2], 17) ^ rotated(W[t - 2], 19) ^ W[t - 2] >> 10;
        W[t] = s1 + W[t - 7] + s0 + W[t - 16];
    }
    memcpy(v, state, sizeof v); /* a to h */
    for (size_t t = 0; t < 64; t++) {
        const uint32_t S1 = rotated(v[4], 6) ^ rotated(v[4], 11) ^ rotated(v[4], 25);
        const uint32_t S0 = rotated(v[0], 2) ^ rotated(v[0], 13) ^ rotated(v[0], 22);
        const uint32_t choice = (v[4] & v[5]) ^ (~v[4] & v[6]);
        const uint32_t majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
        const uint32_t T1 = v[7] + S1 + choice + K[t] + W[t], T2 = S0 + majority;
        memmove(v + 1, v, 7 * sizeof v[0]);
        v[4] += T1;
        v[0] = T1 + T2;
    }
    for (size_t i = 0; i < 8; i++) state[i] += v[i];
}

void clmlp_sha256_begin(clmlp_sha256 *hash)
{
    *hash = (clmlp_sha256){.state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c,
                                     0x1f83d9ab, 0x5be0cd19}};
}

void clmlp_sha256_add(clmlp_sha256 *hash, const void *bytes, size_t count)
{
    const unsigned char *from = bytes;
    size_t used = (size_t)(hash->length % sizeof hash->block);
    hash->length += count;
    while (count > 0) {
        const size_t room = sizeof hash->block - used, now = count < room ? count : room;
        memcpy(hash->block + used, from, now);
        from += now;
        count -= now;
        used += now;
        if (used < sizeof hash->block) return;
        take_block(hash->state, hash->block);
        used = 0;
    }
}

char *clmlp_sha256_text(const clmlp_sha256 *hash, char text[CLMLP_SHA256_HEX])
{
    static const unsigned char padding[64] = {0x80};
    clmlp_sha256 end = *hash;
    unsigned char bits[8];
    const size_t used = (size_t)(hash->length % 64);
    for (size_t i = 0; i < 8; i++) bits[i] = (unsigned char)(hash->length * 8 >> (56 - 8 * i) & 0xff);
    clmlp_sha256_add(&end, padding, (used < 56 ? 56 : 120) - used);
    clmlp_sha256_add(&end, bits, sizeof bits);
    for (size_t i = 0; i < 8; i++) (void)snprintf(text + 8 * i, 9, "%08x", (unsigned)end.state[i]);
    return text;
}
