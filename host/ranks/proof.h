/* proof.h - that somebody knows a secret, shown without saying it. */
#ifndef CLMLP_RANKS_PROOF_H
#define CLMLP_RANKS_PROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sha256.h"
#include "ranks/meet.h"

/* At most 256 random bytes of the system, without a descriptor: those may have run out. Errors: CLMLP_RANKS. */
clmlp_status clmlp_proof_random(unsigned char *bytes, size_t count, clmlp_error *error);

/* The hash of secret, role ('j': who joins, 't': who takes it in), rank, and the numbers of rank 0 and of the other. */
void clmlp_proof_make(const unsigned char *secret, char role, uint32_t rank, const unsigned char *zeros,
                      const unsigned char *others, char proof[CLMLP_SHA256_HEX]);

/* Whether two proofs are the same, in a time that does not depend on where they differ. */
bool clmlp_proof_same(const char *a, const char *b);

/* What the other one sends first, and back: false where it is none. */
void clmlp_proof_hello(unsigned char hello[CLMLP_MEET_HELLO], const unsigned char *secret, uint32_t rank,
                       const unsigned char *zeros, const unsigned char *own);
bool clmlp_proof_check(const unsigned char hello[CLMLP_MEET_HELLO], const unsigned char *secret,
                       const unsigned char *zeros, uint32_t *rank, char answer[CLMLP_SHA256_HEX]);

#endif
