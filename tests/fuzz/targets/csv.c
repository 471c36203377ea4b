/* csv.c - fuzz target: data sets from text, with all options of a load. */
#include "fuzz.h"

void fuzz_csv(const uint8_t *data, size_t size)
{
    fuzz_table(data, size, CLMLP_FORMAT_CSV, "data.csv");
}
