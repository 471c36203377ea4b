/* idx.c - reader of IDX, the format of MNIST.
 *
 * yann.lecun.com/exdb/mnist: bytes 0, 0, element type, number of dimensions; each dimension as a 32-bit integer; the
 * elements. All big-endian.
 */
#include "data/readers/array.h"

static bool element_of(unsigned char code, clmlp_element *element)
{
    switch (code) {
    case 0x08: *element = CLMLP_ELEMENT_U8; return true;
    case 0x09: *element = CLMLP_ELEMENT_I8; return true;
    case 0x0b: *element = CLMLP_ELEMENT_I16; return true;
    case 0x0c: *element = CLMLP_ELEMENT_I32; return true;
    case 0x0d: *element = CLMLP_ELEMENT_F32; return true;
    case 0x0e: *element = CLMLP_ELEMENT_F64; return true;
    default: return false;
    }
}

static clmlp_status read_header(clmlp_array_header *header, clmlp_input *input, clmlp_error *error)
{
    unsigned char bytes[4];
    size_t got = 0;
    TRY(clmlp_input_read(input, bytes, sizeof bytes, &got, error));
    if (got == 0) return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: is empty, expected an IDX file", input->path);
    if (got < sizeof bytes || bytes[0] != 0 || bytes[1] != 0) {
        return clmlp_fail(error, CLMLP_BAD_INPUT,
                          "%s: not an IDX file (expected two zero bytes, a type and a number of dimensions at its "
                          "start)", input->path);
    }
    if (!element_of(bytes[2], &header->element)) {
        return clmlp_fail(error, CLMLP_BAD_INPUT,
                          "%s: unknown IDX element type (found 0x%02x, expected 0x08, 0x09, 0x0b, 0x0c, 0x0d or 0x0e)",
                          input->path, (unsigned)bytes[2]);
    }
    header->big_endian = header->idx = true;
    header->rank = bytes[3];
    if (header->rank < 1 || header->rank > 3) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: found %zu IDX dimensions, expected 1 to 3", input->path,
                          header->rank);
    }
    for (size_t d = 0; d < header->rank; d++) {
        TRY(clmlp_input_read(input, bytes, sizeof bytes, &got, error));
        if (got < sizeof bytes) {
            return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: ends inside its IDX header (expected %zu dimensions)",
                              input->path, header->rank);
        }
        header->shape[d] = (size_t)bytes[0] << 24 | (size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 | (size_t)bytes[3];
    }
    return CLMLP_OK;
}

clmlp_status clmlp_idx_read(clmlp_table *table, clmlp_input *input, const clmlp_table_request *request,
                            clmlp_error *error)
{
    clmlp_array_header header = {0};
    TRY(read_header(&header, input, error));
    return clmlp_array_read(table, input, &header, request, error);
}
