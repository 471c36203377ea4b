/* npy.c - reader of NPY, NumPy's array format.
 *
 * numpy.lib.format: "\x93NUMPY", major and minor version, the length of the header (2 bytes in version 1, 4 in 2 and
 * 3, little-endian), the header, a Python literal {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), } padded
 * with blanks and a line feed, then the elements.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "base/number.h"
#include "data/readers/array.h"
#include "data/readers/npy.h"
#include "data/quote.h"

enum { LONGEST_HEADER = 1 << 16 };

/* The literal, read from left to right. */
typedef struct npy_text {
    const char *path;
    const char *p, *end;
    clmlp_error *error;
} npy_text;

static clmlp_status bad_header(const npy_text *text, const char *expected)
{
    char quoted[CLMLP_QUOTE_LENGTH];
    return clmlp_fail(text->error, CLMLP_BAD_INPUT, "%s: NPY header: found %s, expected %s", text->path,
                      clmlp_quote(quoted, text->p, (size_t)(text->end - text->p)), expected);
}

static void skip_blanks(npy_text *text)
{
    while (text->p < text->end && (*text->p == ' ' || *text->p == '\n')) text->p++;
}

static bool take(npy_text *text, const char *word)
{
    skip_blanks(text);
    const size_t length = strlen(word);
    if ((size_t)(text->end - text->p) < length || memcmp(text->p, word, length) != 0) return false;
    text->p += length;
    return true;
}

/* A string in quotes: [*begin, *end). */
static clmlp_status take_string(npy_text *text, const char **begin, const char **end)
{
    skip_blanks(text);
    if (text->p == text->end || (*text->p != '\'' && *text->p != '"')) return bad_header(text, "a string");
    const char *close = memchr(text->p + 1, *text->p, (size_t)(text->end - text->p - 1));
    if (close == NULL) return bad_header(text, "a string");
    *begin = text->p + 1;
    *end = close;
    text->p = close + 1;
    return CLMLP_OK;
}

static clmlp_status take_type(npy_text *text, clmlp_array_header *header)
{
    static const struct {
        const char *code;
        clmlp_element element;
    } codes[] = {{"b1", CLMLP_ELEMENT_BOOL}, {"u1", CLMLP_ELEMENT_U8},  {"i1", CLMLP_ELEMENT_I8},
                 {"i2", CLMLP_ELEMENT_I16},  {"u2", CLMLP_ELEMENT_U16}, {"i4", CLMLP_ELEMENT_I32},
                 {"u4", CLMLP_ELEMENT_U32},  {"i8", CLMLP_ELEMENT_I64}, {"u8", CLMLP_ELEMENT_U64},
                 {"f4", CLMLP_ELEMENT_F32},  {"f8", CLMLP_ELEMENT_F64}};
    const char *begin = NULL, *end = NULL;
    skip_blanks(text);
    if (text->p < text->end && *text->p == '[') {
        return clmlp_fail(text->error, CLMLP_BAD_INPUT, "%s: a structured NPY array (found records, expected plain "
                          "numbers)", text->path);
    }
    TRY(take_string(text, &begin, &end));
    char quoted[CLMLP_QUOTE_LENGTH];
    (void)clmlp_quote(quoted, begin, (size_t)(end - begin));
    for (size_t i = 0; end - begin == 3 && i < sizeof codes / sizeof *codes; i++) {
        if (memcmp(begin + 1, codes[i].code, 2) != 0) continue;
        header->element = codes[i].element;
        if (*begin == '<' || (*begin == '|' && begin[2] == '1')) return CLMLP_OK;
        if (*begin != '>') break;
        return clmlp_fail(text->error, CLMLP_BAD_INPUT, "%s: a big-endian NPY array (found type %s, expected "
                          "little-endian); in NumPy: a.astype(a.dtype.newbyteorder('<'))", text->path, quoted);
    }
    return clmlp_fail(text->error, CLMLP_BAD_INPUT,
                      "%s: found NPY type %s, expected uint8, int32, int64, float32, float64 or another plain number; "
                      "in NumPy: a.astype('f4')", text->path, quoted);
}

static clmlp_status take_shape(npy_text *text, clmlp_array_header *header)
{
    if (!take(text, "(")) return bad_header(text, "a shape");
    while (!take(text, ")")) {
        if (header->rank == CLMLP_ARRAY_RANK) return bad_header(text, "at most 8 dimensions");
        if (header->rank > 0 && !take(text, ",")) return bad_header(text, "',' or ')'");
        if (header->rank > 0 && take(text, ")")) break;
        skip_blanks(text);
        const char *begin = text->p;
        int64_t size = 0;
        while (text->p < text->end && *text->p >= '0' && *text->p <= '9') text->p++;
        if (!clmlp_parse_int64(begin, text->p, &size) || (uint64_t)size > SIZE_MAX) {
            text->p = begin;
            return bad_header(text, "a dimension");
        }
        header->shape[header->rank++] = (size_t)size;
        if (text->p < text->end && *text->p == 'L') text->p++; /* Python 2 wrote 20L */
    }
    return CLMLP_OK;
}

/* The dictionary, its keys in any order, each once. */
static clmlp_status parse_header(npy_text *text, clmlp_array_header *header, bool *fortran)
{
    bool has_type = false, has_order = false, has_shape = false;
    if (!take(text, "{")) return bad_header(text, "a dictionary");
    while (!take(text, "}")) {
        const char *begin = NULL, *end = NULL;
        const char *start = text->p;
        TRY(take_string(text, &begin, &end));
        const size_t length = (size_t)(end - begin);
        if (!take(text, ":")) return bad_header(text, "':'");
        if (length == 5 && memcmp(begin, "descr", 5) == 0 && !has_type) {
            TRY(take_type(text, header));
            has_type = true;
        } else if (length == 13 && memcmp(begin, "fortran_order", 13) == 0 && !has_order) {
            *fortran = take(text, "True");
            if (!*fortran && !take(text, "False")) return bad_header(text, "True or False");
            has_order = true;
        } else if (length == 5 && memcmp(begin, "shape", 5) == 0 && !has_shape) {
            TRY(take_shape(text, header));
            has_shape = true;
        } else {
            text->p = start;
            return bad_header(text, "the keys 'descr', 'fortran_order' and 'shape', each once");
        }
        if (take(text, ",")) continue;
        if (take(text, "}")) break;
        return bad_header(text, "',' or '}'");
    }
    skip_blanks(text);
    if (text->p < text->end) return bad_header(text, "nothing after the dictionary");
    if (has_type && has_order && has_shape) return CLMLP_OK;
    return clmlp_fail(text->error, CLMLP_BAD_INPUT, "%s: NPY header: no '%s'", text->path,
                      !has_type ? "descr" : !has_order ? "fortran_order" : "shape");
}

/* Magic, version and length. */
static clmlp_status read_preamble(clmlp_input *input, size_t *length, clmlp_error *error)
{
    unsigned char bytes[12];
    size_t got = 0;
    TRY(clmlp_input_read(input, bytes, 8, &got, error));
    if (got == 0) return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: is empty, expected an NPY file", input->path);
    if (got < 8 || memcmp(bytes, "\x93NUMPY", 6) != 0) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: not an NPY file (expected \\x93NUMPY at its start)",
                          input->path);
    }
    if (bytes[6] < 1 || bytes[6] > 3) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: found NPY version %u.%u, expected 1, 2 or 3", input->path,
                          (unsigned)bytes[6], (unsigned)bytes[7]);
    }
    const size_t width = bytes[6] == 1 ? 2 : 4;
    TRY(clmlp_input_read(input, bytes + 8, width, &got, error));
    if (got < width) return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: ends inside its NPY header", input->path);
    *length = 0;
    for (size_t i = width; i-- > 0;) *length = *length << 8 | bytes[8 + i];
    if (*length > LONGEST_HEADER) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: found an NPY header of %zu bytes, expected at most %d",
                          input->path, *length, (int)LONGEST_HEADER);
    }
    return CLMLP_OK;
}

/* Leaves the input at the first element. A single number has rank 0. */
static clmlp_status read_header(clmlp_array_header *header, clmlp_input *input, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    size_t length = 0, got = 0, wide = 0;
    bool fortran = false;
    char *literal = NULL;
    TRY(read_preamble(input, &length, error));
    TRY_CLEANUP(clmlp_allocate(&literal, length, 1, "an NPY header", error));
    TRY_CLEANUP(clmlp_input_read(input, literal, length, &got, error));
    if (got < length) {
        status = clmlp_fail(error, CLMLP_BAD_INPUT, "%s: ends inside its NPY header", input->path);
        goto cleanup;
    }
    npy_text text = {input->path, literal, literal + length, error};
    TRY_CLEANUP(parse_header(&text, header, &fortran));
    for (size_t d = 0; d < header->rank; d++) wide += header->shape[d] > 1;
    if (fortran && wide > 1) {
        status = clmlp_fail(error, CLMLP_BAD_INPUT, "%s: an NPY array in Fortran order, expected C order; in NumPy: "
                            "numpy.ascontiguousarray(a)", input->path);
    }
cleanup:
    free(literal);
    return status;
}

clmlp_status clmlp_npy_read(clmlp_table *table, clmlp_input *input, const clmlp_table_request *request,
                            clmlp_error *error)
{
    clmlp_array_header header = {0};
    TRY(read_header(&header, input, error));
    if (header.rank == 0) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: found a single number, expected an array", input->path);
    }
    return clmlp_array_read(table, input, &header, request, error);
}

/* --- matrices ------------------------------------------------------------------------------------------- */

/* Make the header that of a matrix: [rows x columns] of real numbers. */
static clmlp_status as_matrix(clmlp_array_header *header, const clmlp_input *input, clmlp_error *error)
{
    if (header->element != CLMLP_ELEMENT_F32 && header->element != CLMLP_ELEMENT_F64) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: found whole numbers, expected float64 or float32; in NumPy: "
                          "a.astype('f8')", input->path);
    }
    size_t ones = 0;
    for (size_t d = 0; d < header->rank; d++) ones += header->shape[d] == 1;
    if (ones == header->rank) {
        header->rank = 2;
        header->shape[0] = header->shape[1] = 1;
    }
    if (header->rank == 2) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: found %zu dimension%s, expected two; in NumPy: a.reshape(rows, "
                      "columns)", input->path, header->rank, header->rank == 1 ? "" : "s");
}

/* A matrix in a folder of results: a pipe would be waited for. */
static clmlp_status check_regular(const char *path, clmlp_error *error)
{
    struct stat entry;
    if (stat(path, &entry) != 0 || S_ISREG(entry.st_mode) || S_ISDIR(entry.st_mode)) return CLMLP_OK; /* see opening */
    return clmlp_fail(error, CLMLP_IO, "%s: not a regular file", path);
}

clmlp_status clmlp_npy_shape(const char *path, size_t *rows, size_t *columns, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    clmlp_input input;
    clmlp_table table = {0};
    clmlp_array_header header = {0};
    const clmlp_table_request request = {.target_kind = CLMLP_TARGET_NONE, .max_columns = SIZE_MAX};
    memset(&input, 0, sizeof input);
    TRY_CLEANUP(check_regular(path, error));
    TRY_CLEANUP(clmlp_input_open(&input, path, 0, error));
    TRY_CLEANUP(read_header(&header, &input, error));
    TRY_CLEANUP(as_matrix(&header, &input, error));
    /* the caller makes room for what it says, so it has to be there */
    if (header.shape[0] > 0) TRY_CLEANUP(clmlp_array_read(&table, &input, &header, &request, error));
    *rows = header.shape[0];
    *columns = header.shape[1];
cleanup:
    clmlp_table_release(&table);
    clmlp_input_close(&input);
    return status;
}

clmlp_status clmlp_npy_load(const char *path, size_t rows, size_t columns, double *values, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    clmlp_input input;
    clmlp_table table = {0};
    clmlp_array_header header = {0};
    const clmlp_table_request request = {.target_kind = CLMLP_TARGET_NONE, .max_columns = SIZE_MAX};
    memset(&input, 0, sizeof input);
    TRY_CLEANUP(check_regular(path, error));
    TRY_CLEANUP(clmlp_input_open(&input, path, 0, error));
    TRY_CLEANUP(read_header(&header, &input, error));
    TRY_CLEANUP(as_matrix(&header, &input, error));
    if (header.shape[0] != rows || header.shape[1] != columns) {
        status = clmlp_fail(error, CLMLP_BAD_INPUT, "%s: found [%zu x %zu], expected [%zu x %zu]", path,
                            header.shape[0], header.shape[1], rows, columns);
        goto cleanup;
    }
    TRY_CLEANUP(clmlp_array_read(&table, &input, &header, &request, error));
    const clmlp_dataset numbers = {.m = rows, .n = columns, .storage = table.storage, .x = table.x};
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < columns; j++) values[i * columns + j] = clmlp_dataset_feature(&numbers, i, j);
    }
cleanup:
    clmlp_table_release(&table);
    clmlp_input_close(&input);
    return status;
}
