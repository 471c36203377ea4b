/* npy_write.c - writer of NPY files, format version 1.0. */
#include <stdint.h>
#include <string.h>

#include "base/file.h"
#include "data/readers/npy.h"

/* Format version 1.0 (numpy.lib.format): magic, version, length of the header (2 bytes), header: a Python
 * dictionary, padded so that the data begins at a multiple of 64 bytes. */
static void write_header(FILE *stream, size_t rows, size_t columns)
{
    enum { PREFIX = 10, ALIGNMENT = 64, TOTAL = 2 * ALIGNMENT };
    char header[TOTAL + 1];
    /* under 60 characters and two numbers of up to 20: always within two blocks */
    const int length = snprintf(header, sizeof header,
                                "{'descr': '<f8', 'fortran_order': False, 'shape': (%zu, %zu), }", rows, columns);
    const size_t used = PREFIX + (size_t)length + 1;
    const size_t total = used <= ALIGNMENT ? ALIGNMENT : TOTAL;
    const unsigned char prefix[PREFIX] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (unsigned char)(total - PREFIX), 0};
    (void)fwrite(prefix, 1, sizeof prefix, stream);
    (void)fprintf(stream, "%s%*s\n", header, (int)(total - used), "");
}

void clmlp_npy_write(FILE *stream, size_t rows, size_t columns, const double *values)
{
    write_header(stream, rows, columns);
    for (size_t e = 0; e < rows * columns; e++) {
        unsigned char bytes[8];
        uint64_t bits = 0;
        memcpy(&bits, &values[e], sizeof bits);
        for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (unsigned char)(bits >> (8 * i) & 0xff);
        (void)fwrite(bytes, 1, sizeof bytes, stream);
    }
}

clmlp_status clmlp_npy_save(const char *path, size_t rows, size_t columns, const double *values, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    clmlp_output_file file = {.stream = NULL};
    TRY(clmlp_output_open(&file, path, error));
    clmlp_npy_write(file.stream, rows, columns, values);
    TRY_CLEANUP(clmlp_output_commit(&file, error));
cleanup:
    clmlp_output_discard(&file);
    return status;
}
