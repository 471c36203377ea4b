/* fingerprint.h - whether a data set is the same one as before, in a short text. */
#ifndef CLMLP_DATA_FINGERPRINT_H
#define CLMLP_DATA_FINGERPRINT_H

#include "base/sha256.h"
#include "data/dataset.h"

/* SHA-256 of all that training sees of a data set: its numbers as they are kept, targets, weights, and the names of
 * columns, classes and outputs, each led by its length. NULL: "". Numbers count as they lie in memory, so a machine of
 * the other byte order finds another one. Returns text. */
char *clmlp_dataset_fingerprint(const clmlp_dataset *dataset, char text[CLMLP_SHA256_HEX]);

/* The same in 64 bits, and at the speed of memory, for those who compare what they have read just now: data that are
 * not the same by accident have another one, but for one case in 2^64. NULL: 0. */
uint64_t clmlp_dataset_checksum(const clmlp_dataset *dataset);

#endif
