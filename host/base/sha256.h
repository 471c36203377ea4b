/* sha256.h - SHA-256 (FIPS 180-4): tells whether bytes are the same ones as before, without keeping them. */
#ifndef CLMLP_BASE_SHA256_H
#define CLMLP_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { CLMLP_SHA256_HEX = 65 }; /* 64 hexadecimal digits and the end */

typedef struct clmlp_sha256 {
    uint32_t state[8];
    uint64_t length;         /* bytes so far */
    unsigned char block[64]; /* those of them that fill no block yet */
} clmlp_sha256;

void clmlp_sha256_begin(clmlp_sha256 *hash);
void clmlp_sha256_add(clmlp_sha256 *hash, const void *bytes, size_t count);

/* The digest of all bytes so far, into text; `hash` may take more. Returns text. */
char *clmlp_sha256_text(const clmlp_sha256 *hash, char text[CLMLP_SHA256_HEX]);

#endif
