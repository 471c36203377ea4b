/* test_arrays.c - readers of IDX and NPY. */
#include "files.h"

#include <math.h>
#include <sys/stat.h>

#include "data/dataset.h"

static size_t npy(char *out, const char *header, const void *data, size_t size)
{
    const size_t length = strlen(header);
    memcpy(out, "\x93NUMPY\1\0", 8);
    out[8] = (char)(length & 255);
    out[9] = (char)(length >> 8);
    memcpy(out + 10, header, length);
    memcpy(out + 10 + length, data, size);
    return 10 + length + size;
}

static clmlp_dataset *load_npy(const char *header, const void *data, size_t size, clmlp_target_kind kind)
{
    char bytes[1024];
    const clmlp_load_options options = options_of(kind);
    return load_bytes("a.npy", bytes, npy(bytes, header, data, size), &options);
}

Test(npy, every_element_type_is_read)
{
    static const struct { const char *type; char data[16]; size_t size; double a, b; clmlp_storage storage; } rows[] = {
        {"|u1", "\x01\xff", 2, 1, 255, CLMLP_STORE_U8},
        {"|b1", "\x01\x00", 2, 1, 0, CLMLP_STORE_U8},
        {"|i1", "\x01\xff", 2, 1, -1, CLMLP_STORE_F32},
        {"<i2", "\x01\x02\xff\xff", 4, 513, -1, CLMLP_STORE_F32},
        {"<u2", "\x01\x02\xff\xff", 4, 513, 65535, CLMLP_STORE_F32},
        {"<i4", "\x01\x02\x03\x04\xff\xff\xff\xff", 8, 67305985, -1, CLMLP_STORE_F64},
        {"<u4", "\x01\x02\x03\x04\xff\xff\xff\xff", 8, 67305985, 4294967295.0, CLMLP_STORE_F64},
        {"<i8", "\x01\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff", 16, 1, -1, CLMLP_STORE_F64},
        {"<u8", "\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\x20\0", 16, 1, 9007199254740992.0, CLMLP_STORE_F64},
        {"<f4", "\0\0\x80\x3f\0\0\0\xbf", 8, 1, -0.5, CLMLP_STORE_F32},
        {"<f8", "\0\0\0\0\0\0\xf0\x3f\0\0\0\0\0\0\xe0\xbf", 16, 1, -0.5, CLMLP_STORE_F64}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char header[128];
        snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': False, 'shape': (1, 2), }   \n",
                 rows[i].type);
        clmlp_dataset *d = load_npy(header, rows[i].data, rows[i].size, CLMLP_TARGET_NONE);
        assert_shape(d, 1, 2, 0);
        assert_row(d, 0, rows[i].a, rows[i].b);
        cr_assert_eq(d->storage, rows[i].storage, "%s", rows[i].type);
        cr_assert(!d->pixels, "%s", rows[i].type);
        clmlp_dataset_destroy(d);
    }
}

Test(npy, the_last_column_is_the_target_unless_told_otherwise)
{
    static const char header[] = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }";
    clmlp_dataset *d = load_npy(header, "\1\2\7\3\4\5", 6, CLMLP_TARGET_CLASSES);
    assert_classes(d, "5", "7");
    assert_row(d, 0, 1, 2, 0, 1);
    assert_row(d, 1, 3, 4, 1, 0);
    cr_assert_str_eq(d->target, "3");
    clmlp_dataset_destroy(d);
    char bytes[256];
    clmlp_load_options options = options_of(CLMLP_TARGET_VALUES);
    options.target = "1";
    d = load_bytes("b.npy", bytes, npy(bytes, header, "\1\2\7\3\4\5", 6), &options);
    assert_row(d, 0, 2, 7, 1);
    assert_row(d, 1, 4, 5, 3);
    clmlp_dataset_destroy(d);
    options = options_of(CLMLP_TARGET_NONE);
    options.expected_features = 2;
    options.target = "last";
    d = load_bytes("c.npy", bytes, npy(bytes, header, "\1\2\7\3\4\5", 6), &options);
    assert_row(d, 1, 3, 4);
    clmlp_dataset_destroy(d);
}

Test(npy, header_keys_may_come_in_any_order_and_versions_2_and_3_are_read)
{
    static const char header[] = "{\"shape\":(2,),'fortran_order':True,\"descr\":\"<i2\"}\n";
    clmlp_dataset *d = load_npy(header, "\1\0\2\0", 4, CLMLP_TARGET_NONE);
    assert_shape(d, 2, 1, 0);
    clmlp_dataset_destroy(d);
    for (char version = 2; version <= 3; version++) {
        char bytes[256] = "\x93NUMPY";
        bytes[6] = version;
        bytes[8] = (char)(sizeof header - 1);
        memcpy(bytes + 12, header, sizeof header - 1);
        memcpy(bytes + 12 + sizeof header - 1, "\1\0\2\0", 4);
        const clmlp_load_options options = options_of(CLMLP_TARGET_NONE);
        d = load_bytes("v.npy", bytes, 12 + sizeof header - 1 + 4, &options);
        assert_row(d, 1, 2);
        clmlp_dataset_destroy(d);
    }
}

/* Python 2 */
Test(npy, dimensions_may_end_in_l)
{
    clmlp_dataset *d = load_npy("{'descr': '|u1', 'fortran_order': False, 'shape': (2L, 3L), }", "\1\2\7\3\4\5", 6,
                                CLMLP_TARGET_NONE);
    assert_shape(d, 2, 3, 0);
    clmlp_dataset_destroy(d);
    d = load_npy("{'descr': '|u1', 'fortran_order': False, 'shape': (2L,), }", "\1\2", 2, CLMLP_TARGET_NONE);
    assert_shape(d, 2, 1, 0);
    clmlp_dataset_destroy(d);
}

/* Labels that no double holds: as a column, and in a file of their own. */
Test(npy, wide_integers_are_exact_as_classes)
{
    static const char header[] = "{'descr': '<u8', 'fortran_order': False, 'shape': (3, 2), }";
    static const char values[] = "\1\0\0\0\0\0\0\0" "\1\0\0\0\0\0\0\x80" "\2\0\0\0\0\0\0\0" "\0\0\0\0\0\0\0\x80"
                                 "\3\0\0\0\0\0\0\0" "\1\0\0\0\0\0\0\x80";
    clmlp_dataset *d = load_npy(header, values, 48, CLMLP_TARGET_CLASSES);
    assert_classes(d, "9223372036854775808", "9223372036854775809");
    assert_row(d, 0, 1, 0, 1);
    assert_row(d, 1, 2, 1, 0);
    assert_row(d, 2, 3, 0, 1);
    clmlp_dataset_destroy(d);
    char path[PATH_LENGTH], bytes[256];
    clmlp_load_options options = options_of(CLMLP_TARGET_CLASSES);
    options.labels_path = scratch_path(path, "wide.npy");
    const size_t size = npy(bytes, "{'descr': '<i8', 'fortran_order': False, 'shape': (2,), }",
                            "\xff\xff\xff\xff\xff\xff\xff\x7f" "\0\0\0\0\0\0\0\x80", 16);
    write_file(path, bytes, size);
    d = load_text("rows.csv", "1\n2\n", &options);
    assert_classes(d, "-9223372036854775808", "9223372036854775807");
    assert_row(d, 0, 1, 0, 1);
    clmlp_dataset_destroy(d);
    remove(path);
    /* what is left out need not be held either */
    options = options_of(CLMLP_TARGET_NONE);
    options.target = "last";
    options.expected_features = 1;
    char whole[256];
    d = load_bytes("wide-data.npy", whole, npy(whole, header, values, 48), &options);
    assert_row(d, 2, 3);
    clmlp_dataset_destroy(d);
}

/* A double holds all integers up to 2^53, and not the next one. */
Test(npy, integers_are_numbers_up_to_the_last_that_is_exact)
{
    static const struct { const char *type, *value; double number; } rows[] = {
        {"<i8", "\0\0\0\0\0\0\x20\0", 0x1p53},        {"<i8", "\1\0\0\0\0\0\x20\0", (double)NAN},
        {"<i8", "\0\0\0\0\0\0\xe0\xff", -0x1p53},     {"<i8", "\xff\xff\xff\xff\xff\xff\xdf\xff", (double)NAN},
        {"<u8", "\0\0\0\0\0\0\x20\0", 0x1p53},        {"<u8", "\1\0\0\0\0\0\x20\0", (double)NAN}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char header[96], bytes[256], values[16], path[PATH_LENGTH];
        const clmlp_load_options options = options_of(CLMLP_TARGET_NONE);
        clmlp_dataset *d = NULL;
        clmlp_error error = {.message = ""};
        (void)snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': False, 'shape': (2, 1), }",
                       rows[i].type);
        memcpy(values, rows[i].value, 8);
        /* beside one that is refused in any case, so that each is looked at */
        memcpy(values + 8, isnan(rows[i].number) ? "\7\0\0\0\0\0\0\0" : "\3\0\0\0\0\0\x20\0", 8);
        write_file(scratch_path(path, "exact.npy"), bytes, npy(bytes, header, values, 16));
        cr_assert_eq(clmlp_dataset_load(&d, path, &options, &error), CLMLP_BAD_INPUT, "row %zu", i);
        const char *const place = isnan(rows[i].number) ? "row 1" : "row 2";
        cr_assert_not_null(strstr(error.message, place), "row %zu: %s", i, error.message);
        remove(path);
        if (isnan(rows[i].number)) continue;
        memcpy(values + 8, "\7\0\0\0\0\0\0\0", 8);
        d = load_npy(header, values, 16, CLMLP_TARGET_NONE);
        assert_row(d, 0, rows[i].number);
        clmlp_dataset_destroy(d);
    }
}

/* A header of 64 KiB, filled up with blanks, is the longest. */
Test(npy, headers_have_a_longest_length)
{
    enum { LONGEST = 1 << 16 };
    static const char text[] = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 1), }";
    static char bytes[12 + LONGEST + 1 + 2];
    for (size_t length = LONGEST; length <= LONGEST + 1; length++) {
        char path[PATH_LENGTH];
        const clmlp_load_options options = options_of(CLMLP_TARGET_NONE);
        clmlp_dataset *d = NULL;
        clmlp_error error = {.message = ""};
        memset(bytes, ' ', sizeof bytes);
        memcpy(bytes, "\x93NUMPY\2\0", 8);
        for (size_t i = 0; i < 4; i++) bytes[8 + i] = (char)(length >> 8 * i & 255);
        memcpy(bytes + 12, text, sizeof text - 1);
        memcpy(bytes + 12 + length, "\5\6", 2);
        write_file(scratch_path(path, "long.npy"), bytes, 12 + length + 2);
        const clmlp_status status = clmlp_dataset_load(&d, path, &options, &error);
        cr_assert_eq(status, length == LONGEST ? CLMLP_OK : CLMLP_BAD_INPUT, "%zu: %s", length, error.message);
        if (length == LONGEST) assert_row(d, 1, 6);
        else cr_assert_not_null(strstr(error.message, "found an NPY header of 65537 bytes"), "%s", error.message);
        clmlp_dataset_destroy(d);
        remove(path);
    }
}

/* Many rows: labels at the ends of the 64 KiB chunks belong to their rows. */
Test(npy, wide_labels_stay_with_their_rows)
{
    enum { M = 10000, N = 3 };
    static char bytes[128 + M * N * 8];
    static int64_t values[M * N];
    for (int64_t i = 0; i < M; i++) {
        values[i * N] = i;
        values[i * N + 1] = INT64_MAX - i % 7;
        values[i * N + 2] = -i;
    }
    clmlp_load_options options = options_of(CLMLP_TARGET_CLASSES);
    options.target = "2";
    const size_t size =
        npy(bytes, "{'descr': '<i8', 'fortran_order': False, 'shape': (10000, 3), }", values, sizeof values);
    clmlp_dataset *d = load_bytes("chunks.npy", bytes, size, &options);
    assert_shape(d, M, 2, 7);
    for (size_t i = 0; i < M; i++) {
        cr_assert_eq(d->labels[i], 6 - i % 7);
        cr_assert(clmlp_dataset_feature(d, i, 0) == (double)i && clmlp_dataset_feature(d, i, 1) == -(double)i);
    }
    clmlp_dataset_destroy(d);
}

static void expect_pixels(const char *type, const char *shape, size_t size, char most, bool pixels, const char *note)
{
    char header[128], data[512] = {0};
    snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': False, 'shape': %s, }", type, shape);
    data[size / 2] = most;
    clmlp_dataset *d = load_npy(header, data, size, CLMLP_TARGET_NONE);
    cr_expect_eq(d->pixels, pixels, "%s %s up to %u", type, shape, (unsigned)(unsigned char)most);
    cr_expect_eq(clmlp_dataset_notes(d), note != NULL ? 1 : 0);
    if (note != NULL && clmlp_dataset_notes(d) == 1) {
        cr_expect_not_null(strstr(clmlp_dataset_note(d, 0), note), "%s", clmlp_dataset_note(d, 0));
    }
    clmlp_dataset_destroy(d);
}

Test(npy, bytes_are_pixels_when_they_look_like_it)
{
    static const char numbers[] = "taken as numbers (--scale pixel takes them as pixels)";
    static const char pixels[] = "taken as pixels (--scale standard takes them as numbers)";
    expect_pixels("|u1", "(2, 64)", 128, 1, false, numbers);
    expect_pixels("|u1", "(2, 64)", 128, 127, false, numbers);
    expect_pixels("|u1", "(2, 64)", 128, (char)128, true, pixels);
    expect_pixels("|u1", "(2, 63)", 126, (char)255, false, numbers);
    expect_pixels("|u1", "(2, 2, 2)", 8, 2, true, NULL);
    expect_pixels("|u1", "(2, 2, 2)", 8, 1, false, numbers);
    expect_pixels("|u1", "(4,)", 4, (char)255, false, numbers);
    expect_pixels("|b1", "(2, 64)", 128, 1, false, NULL);
    expect_pixels("|b1", "(2, 8, 8)", 128, 1, false, NULL);
}

Test(idx, every_element_type_is_read_big_endian)
{
    static const struct { char type; char data[16]; size_t size; double a, b; } rows[] = {
        {0x08, "\x01\xff", 2, 1, 255}, {0x09, "\x01\xff", 2, 1, -1}, {0x0b, "\x01\x02\xff\xff", 4, 258, -1},
        {0x0c, "\x01\x02\x03\x04\xff\xff\xff\xff", 8, 16909060, -1}, {0x0d, "\x3f\x80\0\0\xbf\0\0\0", 8, 1, -0.5},
        {0x0e, "\x3f\xf0\0\0\0\0\0\0\xbf\xe0\0\0\0\0\0\0", 16, 1, -0.5}};
    const clmlp_load_options options = options_of(CLMLP_TARGET_NONE);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char bytes[64] = {0, 0, rows[i].type, 2, 0, 0, 0, 1, 0, 0, 0, 2};
        memcpy(bytes + 12, rows[i].data, rows[i].size);
        clmlp_dataset *d = load_bytes("a.idx", bytes, 12 + rows[i].size, &options);
        assert_shape(d, 1, 2, 0);
        assert_row(d, 0, rows[i].a, rows[i].b);
        cr_assert_eq(d->pixels, rows[i].type == 8);
        clmlp_dataset_destroy(d);
    }
}

Test(idx, images_are_flattened_and_stay_bytes)
{
    static const char bytes[] = {0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 1, 1, 2, 3, 4};
    const clmlp_load_options options = options_of(CLMLP_TARGET_NONE);
    clmlp_dataset *d = load_bytes("image-idx3-ubyte", bytes, sizeof bytes, &options);
    assert_shape(d, 2, 2, 0);
    assert_row(d, 1, 3, 4);
    cr_assert(d->pixels && d->storage == CLMLP_STORE_U8);
    clmlp_dataset_destroy(d);
}

Test(idx, the_kind_of_file_is_told_by_its_bytes_when_the_name_does_not)
{
    static const char idx[] = {0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 2, 5, 6};
    const clmlp_load_options options = options_of(CLMLP_TARGET_NONE);
    clmlp_dataset *d = load_bytes("unnamed", idx, sizeof idx, &options);
    assert_row(d, 0, 5, 6);
    clmlp_dataset_destroy(d);
    d = load_text("unnamed", "5,6\n", &options);
    assert_row(d, 0, 5, 6);
    clmlp_dataset_destroy(d);
    char bytes[256];
    d = load_bytes("unnamed", bytes,
                   npy(bytes, "{'descr': '|u1', 'fortran_order': False, 'shape': (1, 2), }", "\5\6", 2), &options);
    assert_row(d, 0, 5, 6);
    clmlp_dataset_destroy(d);
}

Test(idx, mnist_is_read)
{
    struct stat entry;
    if (stat(TEST_MNIST_DIR "/mnist8k-train-images-idx3-ubyte.gz", &entry) != 0) {
        cr_skip_test("no MNIST files in %s", TEST_MNIST_DIR);
    }
    clmlp_load_options options = options_of(CLMLP_TARGET_CLASSES);
    clmlp_error error;
    clmlp_dataset *d = NULL;
    options.labels_path = TEST_MNIST_DIR "/mnist8k-train-labels-idx1-ubyte.gz";
    cr_assert_eq(clmlp_dataset_load(&d, TEST_MNIST_DIR "/mnist8k-train-images-idx3-ubyte.gz", &options, &error),
                 CLMLP_OK);
    assert_shape(d, 8000, 784, 10);
    assert_classes(d, "0", "1", "2", "3", "4", "5", "6", "7", "8", "9");
    cr_assert(d->pixels && d->storage == CLMLP_STORE_U8);
    clmlp_dataset_destroy(d);
    options.labels_path = TEST_MNIST_DIR "/mnist1k-test-labels-idx1-ubyte.gz";
    cr_assert_eq(clmlp_dataset_load(&d, TEST_MNIST_DIR "/mnist1k-test-images-idx3-ubyte.gz", &options, &error),
                 CLMLP_OK);
    assert_shape(d, 1000, 784, 10);
    clmlp_dataset_destroy(d);
}
