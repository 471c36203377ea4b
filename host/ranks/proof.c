/* proof.c - that somebody knows a secret, shown without saying it. */
#define _DEFAULT_SOURCE /* getentropy */
#include "ranks/proof.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#ifdef __APPLE__
#  include <sys/random.h>
#endif

static const char MAGIC[8] = {'c', 'l', 'm', 'l', 'p', ' ', 'r', '1'};
enum { AT_RANK = 8, AT_NONCE = 12, AT_PROOF = AT_NONCE + CLMLP_MEET_NONCE };

clmlp_status clmlp_proof_random(unsigned char *bytes, size_t count, clmlp_error *error)
{
    if (getentropy(bytes, count) == 0) return CLMLP_OK;
    return clmlp_fail_errno(error, CLMLP_RANKS, errno, "the system gives no random numbers");
}

void clmlp_proof_make(const unsigned char *secret, char role, uint32_t rank, const unsigned char *zeros,
                      const unsigned char *others, char proof[CLMLP_SHA256_HEX])
{
    const unsigned char fixed[5] = {(unsigned char)role, (unsigned char)(rank >> 24U), (unsigned char)(rank >> 16U),
                                    (unsigned char)(rank >> 8U), (unsigned char)rank};
    clmlp_sha256 hash;
    clmlp_sha256_begin(&hash);
    clmlp_sha256_add(&hash, secret, CLMLP_MEET_NONCE);
    clmlp_sha256_add(&hash, fixed, sizeof fixed);
    clmlp_sha256_add(&hash, zeros, CLMLP_MEET_NONCE);
    clmlp_sha256_add(&hash, others, CLMLP_MEET_NONCE);
    (void)clmlp_sha256_text(&hash, proof);
}

bool clmlp_proof_same(const char *a, const char *b)
{
    unsigned char difference = 0;
    for (size_t i = 0; i < CLMLP_MEET_PROOF; i++) difference |= (unsigned char)(a[i] ^ b[i]);
    return difference == 0;
}

void clmlp_proof_hello(unsigned char hello[CLMLP_MEET_HELLO], const unsigned char *secret, uint32_t rank,
                       const unsigned char *zeros, const unsigned char *own)
{
    char proof[CLMLP_SHA256_HEX];
    clmlp_proof_make(secret, 'j', rank, zeros, own, proof);
    memcpy(hello, MAGIC, sizeof MAGIC);
    for (unsigned i = 0; i < 4; i++) hello[AT_RANK + i] = (unsigned char)(rank >> (24U - 8U * i));
    memcpy(hello + AT_NONCE, own, CLMLP_MEET_NONCE);
    memcpy(hello + AT_PROOF, proof, CLMLP_MEET_PROOF);
}

bool clmlp_proof_check(const unsigned char hello[CLMLP_MEET_HELLO], const unsigned char *secret,
                       const unsigned char *zeros, uint32_t *rank, char answer[CLMLP_SHA256_HEX])
{
    char expected[CLMLP_SHA256_HEX], found[CLMLP_SHA256_HEX];
    const unsigned char *const r = hello + AT_RANK, *const others = hello + AT_NONCE;
    if (memcmp(hello, MAGIC, sizeof MAGIC) != 0) return false;
    *rank = (uint32_t)r[0] << 24U | (uint32_t)r[1] << 16U | (uint32_t)r[2] << 8U | r[3];
    memcpy(found, hello + AT_PROOF, CLMLP_MEET_PROOF);
    clmlp_proof_make(secret, 'j', *rank, zeros, others, expected);
    if (!clmlp_proof_same(expected, found)) return false;
    clmlp_proof_make(secret, 't', *rank, zeros, others, answer);
    return true;
}
