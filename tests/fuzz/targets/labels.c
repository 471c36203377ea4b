/* labels.c - fuzz target: files with nothing but targets, of every kind, beside data that is fine. */
#include <stdio.h>

#include "fuzz.h"

void fuzz_labels(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"labels.csv", "labels.npy", "labels.idx", "labels.svm", "labels"};
    fuzz_input in = {.at = data, .end = data + size};
    fuzz_load load;
    char text[256];
    size_t used = 0;
    const unsigned choice = fuzz_byte(&in), rows = 1 + choice % 8;
    const bool sparse = (choice & 0x40) != 0; /* which has labels of its own */
    for (unsigned i = 0; i < rows; i++) {
        used += (size_t)snprintf(text + used, sizeof text - used, sparse ? "%u 1:%u\n" : "%u.5,%u\n", i * i, 7 - i);
    }
    fuzz_take_load(&load, &in, sparse ? CLMLP_FORMAT_SVMLIGHT : CLMLP_FORMAT_CSV);
    load.options.target = NULL;
    if ((choice & 0x80) == 0) load.options.header = CLMLP_HEADER_NO;
    load.options.labels_path = fuzz_write(names[choice / 8 % 5], in.at, fuzz_left(&in));
    fuzz_load_twice(&load, fuzz_write(sparse ? "rows.svm" : "rows.csv", text, used));
    fuzz_release(&in);
}
