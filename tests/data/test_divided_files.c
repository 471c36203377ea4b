/* test_divided_files.c - arrays, sparse text and whatever else several ranks read together, or rank 0 for all: the same
 * data set as a single process has; files that are not the same everywhere are refused. */
#include <criterion/criterion.h>
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "divided.h"
#include "files.h"

static clmlp_load_options of_kind(clmlp_target_kind kind)
{
    clmlp_load_options options = clmlp_load_options_default();
    options.target_kind = kind;
    return options;
}

/* --- arrays ----------------------------------------------------------------------------------------------- */

/* A NPY file of such elements [rows x columns]; returns its size. */
static size_t make_npy(unsigned char *bytes, const char *type, size_t rows, size_t columns, const void *elements,
                       size_t size)
{
    char header[128];
    const int length = snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': False, 'shape': (%zu, %zu), }",
                                type, rows, columns);
    memcpy(bytes, "\x93NUMPY\x01\x00", 8);
    bytes[8] = 118;
    bytes[9] = 0;
    memset(bytes + 10, ' ', 117);
    memcpy(bytes + 10, header, (size_t)length);
    bytes[127] = '\n';
    memcpy(bytes + 128, elements, rows * columns * size);
    return 128 + rows * columns * size;
}

enum { MOST_ROWS = 9, COLUMNS = 3 };

Test(divided_files, numbers_of_all_types)
{
    unsigned char bytes[1024];
    double f64[MOST_ROWS * COLUMNS];
    float f32[MOST_ROWS * COLUMNS];
    int64_t i64[MOST_ROWS * COLUMNS];
    uint8_t u8[MOST_ROWS * COLUMNS];
    for (size_t i = 0; i < MOST_ROWS * COLUMNS; i++) {
        const bool target = i % COLUMNS == COLUMNS - 1;
        f64[i] = target ? (double)(i / COLUMNS % 2) : (double)i * 1.25 - 3.0;
        f32[i] = (float)f64[i];
        i64[i] = target ? INT64_MAX - (int64_t)(i / COLUMNS % 3) : (int64_t)i - 4; /* labels that no double holds */
        u8[i] = (uint8_t)(target ? i / COLUMNS % 4 : i * 37);
    }
    const clmlp_load_options classes = of_kind(CLMLP_TARGET_CLASSES), any = of_kind(CLMLP_TARGET_AUTO),
                             values = of_kind(CLMLP_TARGET_VALUES), none = of_kind(CLMLP_TARGET_NONE);
    for (size_t rows = 1; rows <= MOST_ROWS; rows += rows < 5 ? 1 : 4) {
        expect_bytes_same("a.npy", bytes, make_npy(bytes, "<f8", rows, COLUMNS, f64, 8), &any);
        expect_bytes_same("a.npy", bytes, make_npy(bytes, "<f8", rows, COLUMNS, f64, 8), &values);
        expect_bytes_same("a.npy", bytes, make_npy(bytes, "<f4", rows, COLUMNS, f32, 4), &none);
        expect_bytes_same("a.npy", bytes, make_npy(bytes, "<i8", rows, COLUMNS, i64, 8), &classes);
        expect_bytes_same("a.npy", bytes, make_npy(bytes, "<i8", rows, COLUMNS, i64, 8), &any);
        expect_bytes_same("a.npy", bytes, make_npy(bytes, "|u1", rows, COLUMNS, u8, 1), &classes);
    }
}

Test(divided_files, first_bad_number_of_an_array_is_told)
{
    unsigned char bytes[1024];
    double f64[MOST_ROWS * COLUMNS];
    const clmlp_load_options options = of_kind(CLMLP_TARGET_CLASSES);
    for (size_t at = 0; at < MOST_ROWS * COLUMNS; at += 4) {
        for (size_t i = 0; i < MOST_ROWS * COLUMNS; i++) {
            f64[i] = i >= at && i % 5 == at % 5 ? (double)NAN : (double)(i % 7);
        }
        const size_t size = make_npy(bytes, "<f8", MOST_ROWS, COLUMNS, f64, 8);
        expect_bytes_same("a.npy", bytes, size, &options);
    }
    const size_t size = make_npy(bytes, "<f8", MOST_ROWS, COLUMNS, f64, 8);
    expect_bytes_same("a.npy", bytes, size - 1, &options);
    expect_bytes_same("a.npy", bytes, size + 1, &options);
    expect_bytes_same("a.npy", bytes, size - 8 * COLUMNS, &options);
}

Test(divided_files, images_and_their_labels)
{
    unsigned char images[16 + 7 * 4] = {0, 0, 8, 3, 0, 0, 0, 7, 0, 0, 0, 2, 0, 0, 0, 2};
    static const unsigned char labels[8 + 7] = {0, 0, 8, 1, 0, 0, 0, 7, 3, 1, 2, 3, 1, 0, 3};
    char path[PATH_LENGTH];
    clmlp_load_options options = of_kind(CLMLP_TARGET_CLASSES);
    for (size_t i = 16; i < sizeof images; i++) images[i] = (unsigned char)(i * 41);
    options.labels_path = scratch_path(path, "labels-idx1-ubyte");
    write_file(path, labels, sizeof labels);
    expect_bytes_same("images-idx3-ubyte", images, sizeof images, &options);
    (void)remove(path);
}

/* --- sparse text ------------------------------------------------------------------------------------------ */

static void same_sparse(const char *text)
{
    clmlp_load_options options = of_kind(CLMLP_TARGET_AUTO);
    options.missing_targets = CLMLP_MISSING_TARGETS_DROP;
    expect_text_same("divided.svm", text, &options);
    options.target_kind = CLMLP_TARGET_VALUES;
    expect_text_same("divided.svm", text, &options);
}

Test(divided_files, sparse_text)
{
    same_sparse("1 1:0.5 3:2\n-1 2:1\n1 1:-0 7:3 # seven\n\n+1 4:1\n-1 1:9\n1 2:2 3:3\n");
    same_sparse("1 1:0.5 3:2\r\n-1 2:1\r\n1\r\n+1 4:1\r\n-1 1:9\r\n1 2:2 3:3");
    same_sparse("# Column indices are zero-based\n1 1:0.5 3:2\n-1 2:1\n"
                "# Column indices are one-based\n1 0:1\n-1 1:9\n");
    same_sparse("1 1:0.5 3:2\n-1 2:1\n1 1:1\n+1 0:1\n-1 0:9\n1 2:2 3:3\n"); /* counted from 0 */
    same_sparse("1,2 1:0.5 3:2\n2 2:1\n1 1:1\n3,1 4:1\n1:9\n1 2:2 3:3\n2:7\n");
    same_sparse("1 1:0.5 3:2\n2 2:1\n1 1:1\n3,1 4:1\n1 1:9\n1 2:2 3:3\n");
    same_sparse("1 1:0.5 3:2\n2 2:1\n1 1:1\n3 4:1\n1:9\n1 2:2 3:3\n2:7\n");
    same_sparse("1 qid:1 1:0.5 3:2\n2 qid:1 2:1\n1 1:1\n3 qid:2 4:1\n1 qid:2 1:9\n1 2:2 3:3\n");
    same_sparse("0.5 1:0.5 3:2\n2 2:1\nNA 1:1\n3 4:1\n? 1:9\n1 2:2 3:3\n");
    same_sparse("1 1:1\n");
    same_sparse("1\n2\n1\n2\n1\n");
    same_sparse("\n\n\n\n\n\n\n\n\n\n\n1 1:1\n\n\n\n\n\n\n\n\n\n\n\n2 2:1\n\n\n\n\n\n\n\n");
}

Test(divided_files, first_fault_of_sparse_text_is_told)
{
    static const char *const faults[] = {"1 1:x", "1 2:1 2:1", "1 3:1 2:1", "x,,y 1:1", "1 4294967295:1", "1 1:inf",
                                         "1 a", "1 4000000000:1", "u 1:1"};
    enum { ROWS = 10 };
    for (size_t f = 0; f < sizeof faults / sizeof *faults; f++) {
        for (size_t at = 0; at < ROWS; at += 3) {
            char text[1024], *p = text;
            for (size_t i = 0; i < ROWS; i++) {
                if (i == at || i == at + 3) p += sprintf(p, "%s\n", faults[f]);
                else p += sprintf(p, "%zu %zu:%zu.5\n", i % 2, i % 3 + 1, i);
            }
            same_sparse(text);
        }
    }
}

/* --- files that cannot be divided ------------------------------------------------------------------------- */

static const char TABLE[] = "a,b,y\n1,2,p\n3,4,q\n5,6,p\n7,8,q\n9,10,p\n11,12,q\n";

Test(divided_files, packed_ones_are_read_by_all)
{
    char path[PATH_LENGTH];
    const clmlp_load_options options = of_kind(CLMLP_TARGET_AUTO);
    write_gzip(scratch_path(path, "divided.csv.gz"), TABLE, sizeof TABLE - 1);
    (void)expect_same("packed", path, NULL, 1, &options);
    cr_expect_eq(rounds_of(2), 0);
    (void)remove(path);
}

Test(divided_files, small_ones_are_read_by_all)
{
    char path[PATH_LENGTH];
    const clmlp_load_options options = of_kind(CLMLP_TARGET_AUTO);
    write_file(scratch_path(path, "divided.csv"), TABLE, sizeof TABLE - 1);
    (void)expect_same("small", path, NULL, 1000, &options);
    cr_expect_eq(rounds_of(2), 0);
    (void)expect_same("divided", path, NULL, 1, &options);
    cr_expect_eq(rounds_of(2), 1);
    (void)remove(path);
}

/* The table for whoever opens the pipe. */
static void *write_pipe(void *path)
{
    write_file(path, TABLE, sizeof TABLE - 1);
    return NULL;
}

Test(divided_files, pipes_are_read_by_rank_0_for_all)
{
    char path[PATH_LENGTH];
    const clmlp_load_options options = of_kind(CLMLP_TARGET_AUTO);
    cr_assert_eq(mkfifo(scratch_path(path, "divided-pipe"), 0600), 0);
    for (size_t count = 1; count <= MOST_RANKS; count++) {
        pthread_t thread;
        cr_assert_eq(pthread_create(&thread, NULL, write_pipe, path), 0);
        if (count == 1) cr_expect_str_empty(read_alone(path, 1, &options));
        else expect_ranks(count, "pipe", path, NULL, 1, &options);
        (void)pthread_join(thread, NULL);
    }
    (void)remove(path);
}

/* --- files that are not the same everywhere --------------------------------------------------------------- */

static char one[PATH_LENGTH], other[PATH_LENGTH];
static const char *const others[MOST_RANKS] = {one, other, one, one};

Test(divided_files, copies_are_as_good_as_one_file)
{
    const clmlp_load_options options = of_kind(CLMLP_TARGET_AUTO);
    write_file(scratch_path(one, "one.csv"), TABLE, sizeof TABLE - 1);
    write_file(scratch_path(other, "other.csv"), TABLE, sizeof TABLE - 1);
    (void)expect_same("copies", one, others, 1, &options);
    cr_expect_str_empty(message_of(3, 0), "%s", message_of(3, 0));
    cr_expect_eq(rounds_of(3), 1);
    (void)remove(one);
    (void)remove(other);
}

static void refused(const char *what, size_t size, const char *bytes, const char *message)
{
    char expected[3 * PATH_LENGTH];
    const clmlp_load_options options = of_kind(CLMLP_TARGET_AUTO);
    write_file(scratch_path(one, "one.csv"), TABLE, sizeof TABLE - 1);
    (void)scratch_path(other, "other.csv");
    if (bytes != NULL) write_file(other, bytes, size);
    (void)expect_same(what, one, others, 1, &options);
    (void)snprintf(expected, sizeof expected, "rank 1 (host b): %s", message);
    for (size_t ranks = 2; ranks <= MOST_RANKS; ranks++) {
        cr_expect_eq(strncmp(message_of(ranks, 0), expected, strlen("rank 1 (host b): ")), 0, "%s: %s", what,
                     message_of(ranks, 0));
        cr_expect_not_null(strstr(message_of(ranks, 0), message), "%s: %s", what, message_of(ranks, 0));
    }
    (void)remove(one);
    if (bytes != NULL) (void)remove(other);
}

Test(divided_files, other_files_are_refused_with_the_rank)
{
    static const char changed[] = "a,b,y\n1,2,p\n3,4,q\n5,6,p\n7,8,q\n9,10,p\n11,13,q\n";
    refused("missing", 0, NULL, "other.csv: ");
    refused("longer", sizeof TABLE, TABLE, " bytes, not ");
    refused("other bytes", sizeof changed - 1, changed, "has other bytes than at rank 0 (host a)");
}

Test(divided_files, missing_everywhere_is_told_as_to_one)
{
    char path[PATH_LENGTH];
    const clmlp_load_options options = of_kind(CLMLP_TARGET_AUTO);
    const char *const said = expect_same("missing", scratch_path(path, "nothing.csv"), NULL, 1, &options);
    cr_expect_null(strstr(said, "(host "), "%s", said);
    cr_expect_str_not_empty(said);
    (void)expect_same("folder", TEST_SCRATCH_DIR, NULL, 1, &options);
}
