/* test_packed.c - gzipped files: one member or several, zeros behind them, and nothing else. */
#include "files.h"

#include <stdlib.h>

#include "clmlp/dataset.h"

enum { MOST = 4096 };

typedef struct bytes {
    char at[MOST];
    size_t size;
} bytes;

static void append(bytes *to, const void *from, size_t size)
{
    cr_assert(to->size + size <= MOST);
    memcpy(to->at + to->size, from, size);
    to->size += size;
}

/* `text` as one member of a gzip file. */
static bytes member(const void *text, size_t size)
{
    char path[PATH_LENGTH];
    bytes out = {.size = 0};
    write_gzip(scratch_path(path, "member.gz"), text, size);
    FILE *file = fopen(path, "rb");
    cr_assert_not_null(file);
    out.size = fread(out.at, 1, sizeof out.at, file);
    fclose(file);
    remove(path);
    return out;
}

/* The number of examples, or 0 with a message. */
static size_t load(const char *name, const bytes *packed, char message[1024])
{
    const clmlp_load_options options = options_of(CLMLP_TARGET_NONE);
    char path[PATH_LENGTH];
    clmlp_dataset *d = NULL;
    clmlp_error error = {.message = ""};
    write_file(scratch_path(path, name), packed->at, packed->size);
    const clmlp_status status = clmlp_dataset_load(&d, path, &options, &error);
    const size_t m = clmlp_dataset_examples(d);
    if (status != CLMLP_OK) {
        cr_expect_eq(status, CLMLP_BAD_INPUT);
        cr_expect_eq(strncmp(error.message, path, strlen(path)), 0, "%s", error.message);
    }
    snprintf(message, 1024, "%.1000s", status == CLMLP_OK ? "" : error.message + strlen(path));
    clmlp_dataset_destroy(d);
    remove(path);
    return m;
}

/* The same four rows of two columns in every format, in two halves. */
static const struct {
    const char *name, *first, *second;
    size_t first_size, second_size;
} files[] = {
#define HALVES(a, b) a, b, sizeof(a) - 1, sizeof(b) - 1
    {"a.csv.gz", HALVES("1,2\n3,4\n", "5,6\n7,8\n")},
    {"a-idx2-ubyte.gz", HALVES("\0\0\x08\2\0\0\0\4\0\0\0\2\1\2\3\4", "\5\6\7\x08")},
    {"a.npy.gz", HALVES("\x93NUMPY\1\0\x3b\0{'descr': '|u1', 'fortran_order': False, 'shape': (4, 2), }\1\2\3\4",
                        "\5\6\7\x08")},
};
enum { FILES = sizeof files / sizeof *files };

Test(packed, members_follow_each_other_and_zeros_may_follow_them)
{
    for (size_t i = 0; i < FILES; i++) {
        static const char zeros[600] = {0};
        char message[1024];
        bytes all = member(files[i].first, files[i].first_size);
        const bytes second = member(files[i].second, files[i].second_size), nothing = member("", 0);
        append(&all, nothing.at, nothing.size);
        append(&all, second.at, second.size);
        append(&all, nothing.at, nothing.size);
        cr_expect_eq(load(files[i].name, &all, message), 4, "%s: %s", files[i].name, message);
        append(&all, zeros, 1);
        cr_expect_eq(load(files[i].name, &all, message), 4, "%s: %s", files[i].name, message);
        append(&all, zeros, sizeof zeros);
        cr_expect_eq(load(files[i].name, &all, message), 4, "%s: %s", files[i].name, message);
    }
}

Test(packed, what_else_follows_a_member_is_an_error)
{
    static const struct {
        const char *bytes;
        size_t size;
    } tails[] = {
#define TAIL(text) {text, sizeof(text) - 1}
        TAIL("x"), TAIL("5,6\n7,8\n"), TAIL("\0\0\0x"), TAIL("\n"), TAIL("\x1e\x8b"), TAIL("\0\x1f\x8b\x08")};
    for (size_t i = 0; i < FILES; i++) {
        for (size_t t = 0; t < sizeof tails / sizeof *tails; t++) {
            char message[1024], expected[1024];
            bytes all = member(files[i].first, files[i].first_size);
            const bytes second = member(files[i].second, files[i].second_size);
            append(&all, second.at, second.size);
            size_t zeros = 0;
            while (tails[t].bytes[zeros] == '\0') zeros++;
            snprintf(expected, sizeof expected,
                     ": something follows the gzip stream (found byte 0x%02x at offset %zu, expected the end of the "
                         "file, "
                     "zeros or another gzip stream)", (unsigned char)tails[t].bytes[zeros], all.size + zeros);
            append(&all, tails[t].bytes, tails[t].size);
            cr_expect_eq(load(files[i].name, &all, message), 0, "%s, tail %zu", files[i].name, t);
            cr_expect_str_eq(message, expected, "%s, tail %zu: got %s, expected %s", files[i].name, t, message,
                             expected);
        }
    }
}

/* Every cut and every changed bit of the second member is an error. Only the bits between its data and the next byte
 * mean nothing. */
Test(packed, a_second_member_is_complete_and_undamaged)
{
    for (size_t i = 0; i < FILES; i++) {
        char message[1024];
        const bytes first = member(files[i].first, files[i].first_size);
        const bytes second = member(files[i].second, files[i].second_size);
        for (size_t keep = 1; keep < second.size; keep++) {
            bytes all = first;
            append(&all, second.at, keep);
            cr_expect_eq(load(files[i].name, &all, message), 0, "%s: %zu bytes kept", files[i].name, keep);
            cr_expect_str_eq(message, ": unexpected end of the gzip stream; the file is cut short");
        }
        for (size_t bit = 0; bit < 8 * second.size; bit++) {
            const size_t at = bit / 8;
            if (at >= 3 && at < 10) continue; /* flags, time and system, which no check covers */
            bytes all = first;
            append(&all, second.at, second.size);
            all.at[first.size + at] = (char)(all.at[first.size + at] ^ 1 << bit % 8);
            const size_t m = load(files[i].name, &all, message);
            cr_expect(m == 0 || (m == 4 && at + 9 == second.size), "%s: bit %zu of byte %zu", files[i].name, bit % 8,
                      at);
        }
    }
}
