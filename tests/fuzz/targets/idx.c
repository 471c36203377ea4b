/* idx.c - fuzz target: data sets from IDX files. */
#include "fuzz.h"

void fuzz_idx(const uint8_t *data, size_t size)
{
    fuzz_table(data, size, CLMLP_FORMAT_IDX, "data.idx");
}
