/* libfuzzer.c - what libFuzzer calls: the target that the build names. */
#include "fuzz.h"

#define JOIN_AGAIN(a, b) a##b
#define JOIN(a, b) JOIN_AGAIN(a, b)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    JOIN(fuzz_, FUZZ_TARGET)(data, size);
    return 0;
}
