/* npy.c - fuzz target: data sets and matrices from NPY files. */
#include <stdlib.h>
#include <string.h>

#include "data/readers/npy.h"
#include "fuzz.h"

/* A matrix that is there is the same when it is written and read again. */
static void load_matrix(const char *path)
{
    size_t rows = 0, columns = 0;
    clmlp_error why = {.message = ""};
    clmlp_status status = clmlp_npy_shape(path, &rows, &columns, &why);
    if (status != CLMLP_OK) {
        fuzz_check_error(status, &why);
        return;
    }
    const bool small = rows <= 4096 && columns <= 4096 && rows * columns <= 4096; /* the caller knows what it expects */
    if (!small) return;
    double *const values = calloc(2 * rows * columns + 1, sizeof *values);
    CHECK(values != NULL);
    status = clmlp_npy_load(path, rows, columns, values, &why);
    if (status != CLMLP_OK) {
        fuzz_check_error(status, &why);
    } else {
        const char *const again = fuzz_path("again.npy");
        OK(clmlp_npy_save(again, rows, columns, values, error));
        OK(clmlp_npy_load(again, rows, columns, values + rows * columns, error));
        CHECK(memcmp(values, values + rows * columns, rows * columns * sizeof *values) == 0);
    }
    free(values);
}

/* The first bit: what comes first is the text of the header, for which the bytes in front of it are made. */
void fuzz_npy(const uint8_t *data, size_t size)
{
    if (size == 0 || (data[0] & 1) != 0) {
        fuzz_table(data + (size > 0), size - (size > 0), CLMLP_FORMAT_NPY, "data.npy");
        if (size > 0) load_matrix(fuzz_write("matrix.npy", data + 1, size - 1));
        return;
    }
    fuzz_input in = {.at = data + 1, .end = data + size};
    fuzz_load load;
    fuzz_take_load(&load, &in, CLMLP_FORMAT_NPY);
    const char *const text = fuzz_text(&in);
    const size_t length = strlen(text) + 1, total = 10 + length + fuzz_left(&in);
    uint8_t *const file = malloc(total);
    CHECK(file != NULL);
    memcpy(file, "\x93NUMPY\x01", 7);
    file[7] = 0;
    file[8] = (uint8_t)length;
    file[9] = (uint8_t)(length >> 8);
    memcpy(file + 10, text, length - 1);
    file[9 + length] = '\n';
    if (fuzz_left(&in) > 0) memcpy(file + 10 + length, in.at, fuzz_left(&in));
    const char *const path = fuzz_write("data.npy", file, total);
    free(file);
    fuzz_load_twice(&load, path);
    load_matrix(path);
    fuzz_release(&in);
}
