/* same_file.h - whether all ranks have one file, before they read it together. */
#ifndef CLMLP_DATA_SAME_FILE_H
#define CLMLP_DATA_SAME_FILE_H

#include "data/readers/divide/division.h"
#include "data/readers/input.h"

/* clmlp_input_open, by one process or, with a division, by all ranks. They have to have one regular file, which all
 * reach (its number, size and times are the same), or copies of it with the same bytes. division->size is its size; 0:
 * it is packed, so that it can only be read from its start. What is no such file, and the standard input, rank 0 alone
 * reads, up to `most` bytes and a block more, and all have its bytes in division->bytes. Collective. Errors as for
 * opening; also CLMLP_BAD_INPUT (other bytes at some rank: which), CLMLP_RANKS. */
clmlp_status clmlp_division_open(clmlp_division *division, clmlp_input *input, const char *path, uint64_t most,
                                 clmlp_error *error);

#endif
