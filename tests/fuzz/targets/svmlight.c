/* svmlight.c - fuzz target: data sets from svmlight's text. */
#include "fuzz.h"

void fuzz_svmlight(const uint8_t *data, size_t size)
{
    fuzz_table(data, size, CLMLP_FORMAT_SVMLIGHT, "data.svm");
}
