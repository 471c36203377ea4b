/* test_bombs.c - small files that claim to be large, or unpack to much, take no memory beyond what they hold. */
#include <criterion/criterion.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "run.h"

/* Address space for the program and its libraries; what the files claim is gigabytes. */
#define LIMITED "ulimit -v 2000000 && OPENBLAS_NUM_THREADS=1"

static void put(const char *folder, const char *name, const void *bytes, size_t size, const char *mode)
{
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *const file = fopen(path, mode);
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(bytes, 1, size, file), size);
    cr_assert_eq(fclose(file), 0);
}

static void put_npy(const char *folder, const char *name, const char *shape)
{
    char header[118 + 1];
    unsigned char file[10 + 118 + 100] = "\x93NUMPY\x01";
    file[8] = 118;
    (void)snprintf(header, sizeof header, "{'descr': '|u1', 'fortran_order': False, 'shape': %s, }", shape);
    const size_t used = strlen(header);
    memset(header + used, ' ', sizeof header - used);
    header[117] = '\n';
    memcpy(file + 10, header, 118);
    memset(file + 128, 1, 100);
    put(folder, name, file, sizeof file, "wb");
}

static void put_tensors(const char *folder, const char *name, const char *header, uint64_t length)
{
    unsigned char bytes[8];
    for (size_t i = 0; i < 8; i++) bytes[i] = (unsigned char)(length >> (8 * i));
    put(folder, name, bytes, sizeof bytes, "wb");
    put(folder, name, header, strlen(header), "ab");
}

/* One gzip member of `size` bytes at `from`, `times` of them. */
static void put_gzip(const char *folder, const char *name, const void *from, size_t size, size_t times,
                     const char *mode)
{
    static unsigned char packed[1 << 16];
    z_stream zlib = {.next_in = (Bytef *)(uintptr_t)from, .avail_in = (uInt)size, .next_out = packed,
                     .avail_out = sizeof packed};
    cr_assert_eq(deflateInit2(&zlib, 9, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    cr_assert_eq(deflate(&zlib, Z_FINISH), Z_STREAM_END);
    (void)deflateEnd(&zlib);
    for (size_t i = 0; i < times; i++) put(folder, name, packed, sizeof packed - zlib.avail_out, i == 0 ? mode : "ab");
}

static void expect(const char *folder, const char *line, int status, const char *part)
{
    cli_run run = cli_with(folder, LIMITED, line);
    cr_expect_eq(run.status, status, "clmlp %s: %d\n%s", line, run.status, run.err);
    cr_expect(strstr(run.err, part) != NULL || strstr(run.out, part) != NULL, "clmlp %s: no '%s' in\n%s%s", line, part,
              run.out, run.err);
    cli_free(&run);
}

Test(bombs, claims_take_no_memory)
{
    char *const folder = cli_folder("claims");
    const unsigned char idx[16 + 4] = {0, 0, 8, 2, 0, 0, 0, 4, 0x77, 0x35, 0x94, 0, 1, 1, 1, 1};
    put(folder, "a.idx", idx, sizeof idx, "wb");
    put_gzip(folder, "b.idx.gz", idx, sizeof idx, 1, "wb");
    put_npy(folder, "a.npy", "(4, 1000000000)");
    put_npy(folder, "b.npy", "(4000000000, 2)");
    put_npy(folder, "c.npy", "(2, 30000000000)");
    put(folder, "d.npy", "\x93NUMPY\x02\x00\xff\xff\xff\xff{", 13, "wb");
    cli_write(folder, "far.svm", "1 1:1 999999999:1\n0 2:1 5:2\n1 3:1\n0 1:2\n");
    cli_write(folder, "farther.svm", "1 1:1 1500000:1\n0 2:1 5:2\n1 3:1\n0 1:2\n");
    put_tensors(folder, "a.safetensors", "{}", (uint64_t)99 << 20);
    put_tensors(folder, "b.safetensors", "{}", UINT64_MAX);
    static const char shape[] = "{\"0.weight\":{\"dtype\":\"F32\",\"shape\":[1099511627776,1048576],"
                                "\"data_offsets\":[0,0]}}";
    put_tensors(folder, "c.safetensors", shape, sizeof shape - 1);
    static const struct {
        const char *line;
        int status;
        const char *part;
    } cases[] = {
        {"inspect a.idx", 2, "ends too early"},
        {"inspect b.idx.gz", 2, "ends too early"},
        {"inspect a.npy", 2, "ends too early"},
        {"inspect a.npy --target 1,2", 2, "ends too early"},
        {"inspect b.npy --target 1,2", 2, "ends too early"},
        {"inspect c.npy --target 1,2", 2, "ends too early"},
        {"train a.npy --target 1 --device cpu", 2, "ends too early"},
        {"train far.svm --labels a.npy --device cpu", 2, "far.svm"},
        {"inspect d.npy", 2, "an NPY header of 4294967295 bytes"},
        {"inspect far.svm", 0, "999999999 features"},
        {"train far.svm --device cpu --hidden 1", 2, "(--svmlight-features N says that it is right)"},
        {"train farther.svm --device cpu --hidden 1", 2, "(--svmlight-features N says that it is right)"},
        {"inspect a.safetensors", 2, "cut off"},
        {"inspect b.safetensors", 2, ""},
        {"inspect c.safetensors", 2, "elements of F32 in 0 bytes"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        expect(folder, cases[i].line, cases[i].status, cases[i].part);
    }
    free(folder);
}

Test(bombs, headers_have_no_millions_of_values)
{
    enum { VALUES = 3 << 20 };
    char *const folder = cli_folder("values"), *const header = malloc(2 * VALUES + 32);
    cr_assert_not_null(header);
    (void)strcpy(header, "{\"a\":[");
    size_t used = strlen(header);
    for (size_t i = 0; i < VALUES; i++, used += 2) memcpy(header + used, "0,", 2);
    (void)strcpy(header + used, "0]}");
    put_tensors(folder, "a.safetensors", header, strlen(header));
    cli_run run = cli_with(folder, "ulimit -v 400000 && OPENBLAS_NUM_THREADS=1", "inspect a.safetensors");
    cr_expect_eq(run.status, 2, "%d\n%s", run.status, run.err);
    cli_expect_in(run.err, "the header has more than 1048576 values");
    cli_free(&run);
    free(header);
    free(folder);
}

/* Texts of the header are JSON in turn. */
Test(bombs, texts_of_headers_have_no_millions_of_values)
{
    enum { VALUES = 3 << 20 };
    static const char *const keys[] = {"clmlp.scale.offset", "clmlp.classes", "clmlp.checkpoint.note", "clmlp.columns"};
    char *const folder = cli_folder("texts"), *const header = malloc(2 * VALUES + 256);
    cr_assert_not_null(header);
    for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++) {
        (void)sprintf(header, "{\"__metadata__\":{\"%s\":\" [", keys[k]);
        size_t used = strlen(header);
        for (size_t i = 0; i < VALUES; i++, used += 2) memcpy(header + used, "0,", 2);
        (void)strcpy(header + used, "0]\"},\"0.weight\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[0,4]}}");
        put_tensors(folder, "a.safetensors", header, strlen(header));
        put(folder, "a.safetensors", "\0\0\0\0", 4, "ab");
        cli_run run = cli_with(folder, "ulimit -v 400000 && OPENBLAS_NUM_THREADS=1", "inspect a.safetensors");
        cr_expect_eq(run.status, 2, "%d\n%s", run.status, run.err);
        cr_expect_not_null(strstr(run.err, " has more than 1048576 values, and theta takes 4 bytes"), "%s", run.err);
        cr_expect_not_null(strstr(run.err, keys[k]), "%s", run.err);
        cli_free(&run);
    }
    free(header);
    free(folder);
}

/* A pipe that nobody writes to is no model. */
Test(bombs, models_are_regular_files, .timeout = 60)
{
    static const char *const lines[] = {"evaluate fifo a.csv --device cpu", "predict fifo a.csv --device cpu",
                                        "train a.csv --device cpu --resume fifo",
                                        "train a.csv --device cpu --init fifo",
                                        "verify --replay fifo --device cpu"};
    char *const folder = cli_folder("fifo");
    cli_write(folder, "a.csv", "x,y\n1,2\n2,3\n3,4\n");
    cli_ok(folder, "--version >/dev/null; mkfifo fifo");
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        cli_run run = cli_with(folder, "", lines[i]);
        cr_expect_eq(run.status, 2, "clmlp %s: %d\n%s", lines[i], run.status, run.err);
        cr_expect_not_null(strstr(run.err, "not a regular file"), "clmlp %s: %s", lines[i], run.err);
        cli_free(&run);
    }
    /* data may come through one */
    cli_ok(folder, "--version >/dev/null; (cat a.csv >fifo &)");
    cli_ok(folder, "inspect fifo --task regress");
    free(folder);
}

Test(bombs, unpack_to_no_more_than_was_allowed)
{
    static char rows[400];
    char *const folder = cli_folder("unpacked");
    for (size_t i = 0; i < sizeof rows; i += 4) memcpy(rows + i, i / 4 % 2 == 0 ? "1,a\n" : "2,b\n", 4);
    put_gzip(folder, "a.csv.gz", rows, sizeof rows, 10, "wb");
    put(folder, "a.csv", rows, sizeof rows, "wb");
    expect(folder, "inspect a.csv.gz --header no --max-input 4000", 0, "1000 rows");
    expect(folder, "inspect a.csv.gz --header no --max-input 3999",
           2, "a.csv.gz: unpacks to more than 3.9 KiB (--max-input SIZE");
    expect(folder, "train a.csv.gz --header no --max-input 3K --device cpu", 2, "unpacks to more than 3.0 KiB");
    expect(folder, "train a.csv --header no --validation a.csv.gz --max-input 3K --device cpu",
           2, "unpacks to more than 3.0 KiB");
    expect(folder, "train a.csv --header no --labels a.csv.gz --max-input 3K --device cpu",
           2, "unpacks to more than 3.0 KiB");
    expect(folder, "inspect a.csv --header no --max-input 1", 0, "100 rows"); /* its size is plain to see */
    expect(folder, "inspect - --header no --max-input 1K < a.csv", 0, "100 rows");
    expect(folder, "inspect - --header no --max-input 1K < a.csv.gz",
           2, "standard input: unpacks to more than 1.0 KiB");
    free(folder);
}

/* A row of delimiters is small; what is known of each column is not. */
Test(bombs, columns_are_counted_before_they_take_memory)
{
    enum { WIDE = 300, BLOCK = 1 << 20 };
    static char commas[BLOCK];
    static unsigned char npy[128 + 4 * WIDE];
    char *const folder = cli_folder("wide");
    memset(commas, ',', sizeof commas);
    put_gzip(folder, "bomb.csv.gz", commas, sizeof commas, 8, "wb");
    put(folder, "bomb.csv", commas, sizeof commas, "wb");
    put_npy(folder, "bomb.npy", "(1, 1000000)");
    memset(npy, 0, sizeof npy);
    static const char *const bombs[] = {"inspect bomb.csv.gz", "train bomb.csv.gz --device cpu", "inspect bomb.csv",
                                        "train bomb.csv --header yes --device cpu", "inspect - < bomb.csv",
                                        "train small.csv --task regress --labels bomb.csv.gz --device cpu",
                                        "train small.csv --task regress --validation bomb.csv.gz --device cpu"};
    cli_write(folder, "small.csv", "x,y\n1,2\n2,3\n3,4\n");
    for (size_t i = 0; i < sizeof bombs / sizeof bombs[0]; i++) {
        cli_run run = cli_with(folder, "ulimit -v 400000 && OPENBLAS_NUM_THREADS=1", bombs[i]);
        cr_expect_eq(run.status, 2, "clmlp %s: %d\n%s", bombs[i], run.status, run.err);
        cr_expect_not_null(strstr(run.err, ": found more than 25000"), "%s", run.err);
        cr_expect_not_null(strstr(run.err, "(--max-columns N allows N)"), "%s", run.err);
        cli_free(&run);
    }
    /* a wide table, of text and of numbers, and what the option says */
    char row[2 * WIDE + 1];
    for (size_t j = 0; j < WIDE; j++) (void)memcpy(row + 2 * j, j + 1 < WIDE ? "1," : "1\n", 2);
    put(folder, "a.csv", row, 2 * WIDE, "wb");
    put(folder, "a.csv", row, 2 * WIDE, "ab");
    put_npy(folder, "a.npy", "(4, 300)");
    put(folder, "a.npy", npy + 128, 4 * WIDE - 100, "ab");
    expect(folder, "inspect a.csv --header no --max-columns 300", 0, "300");
    expect(folder, "inspect a.csv --header no --max-columns 299", 2, "a.csv:1:599: found more than 299 columns");
    expect(folder, "inspect a.npy --max-columns 300", 0, "300");
    expect(folder, "inspect a.npy --max-columns 299",
           2, "a.npy: found 300 columns (shape uint8 [4 x 300]), expected at most 299 (--max-columns N allows N)");
    expect(folder, "inspect a.npy --max-columns 0", 2, "--max-columns");
    /* the columns that a model takes need no option */
    expect(folder, "train a.csv --header no --max-columns 300 --task regress --epochs 1 --device cpu --model m", 0, "");
    expect(folder, "predict m a.csv --header no --max-columns 1 --device cpu", 0, "");
    free(folder);
}

/* 300 MiB of zeros in 300 KB, as an image. */
Test(bombs, unpack_to_no_more_than_500_times_their_size)
{
    enum { MEBIBYTES = 300 };
    char *const folder = cli_folder("ratio"), *const zeros = calloc(1, 1 << 20);
    const unsigned char idx[12] = {0, 0, 8, 2, 0, MEBIBYTES >> 6, (MEBIBYTES << 2) & 255, 0, 0, 0, 4, 0};
    cr_assert_not_null(zeros);
    put_gzip(folder, "a.idx.gz", idx, sizeof idx, 1, "wb");
    put_gzip(folder, "a.idx.gz", zeros, 1 << 20, MEBIBYTES, "ab");
    expect(folder, "inspect a.idx.gz", 2, "unpacks to more than 500 times its size, and more than 256.0 MiB");
    free(zeros);
    free(folder);
}
