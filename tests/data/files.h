/* files.h - files that tests make from bytes that stand in the test. */
#ifndef CLMLP_TESTS_DATA_FILES_H
#define CLMLP_TESTS_DATA_FILES_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "clmlp/dataset.h"

enum { PATH_LENGTH = 512 };

/* A name in the scratch folder that no other process uses; returns path. */
static inline char *scratch_path(char path[PATH_LENGTH], const char *name)
{
    snprintf(path, PATH_LENGTH, "%s/%ld-%s", TEST_SCRATCH_DIR, (long)getpid(), name);
    return path;
}

static inline void write_file(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    cr_assert_not_null(file, "cannot write %s", path);
    cr_assert_eq(fwrite(bytes, 1, size, file), size);
    cr_assert_eq(fclose(file), 0);
}

static inline void write_gzip(const char *path, const void *bytes, size_t size)
{
    gzFile file = gzopen(path, "wb");
    cr_assert_not_null(file, "cannot write %s", path);
    cr_assert(size == 0 || gzwrite(file, bytes, (unsigned)size) == (int)size);
    cr_assert_eq(gzclose(file), Z_OK);
}

/* Write, load, remove. */
static inline clmlp_dataset *load_bytes(const char *name, const void *bytes, size_t size,
                                        const clmlp_load_options *options)
{
    char path[PATH_LENGTH];
    clmlp_dataset *dataset = NULL;
    clmlp_error error;
    write_file(scratch_path(path, name), bytes, size);
    const clmlp_status status = clmlp_dataset_load(&dataset, path, options, &error);
    cr_assert_eq(status, CLMLP_OK, "%s", status == CLMLP_OK ? "" : error.message);
    remove(path);
    return dataset;
}

static inline clmlp_dataset *load_text(const char *name, const char *text, const clmlp_load_options *options)
{
    return load_bytes(name, text, strlen(text), options);
}

static inline clmlp_load_options options_of(clmlp_target_kind kind)
{
    clmlp_load_options options = clmlp_load_options_default();
    options.target_kind = kind;
    return options;
}

/* Classes from the last column of a text without a header. */
static inline clmlp_load_options options_without_header(void)
{
    clmlp_load_options options = options_of(CLMLP_TARGET_CLASSES);
    options.header = CLMLP_HEADER_NO;
    return options;
}

static inline void assert_shape(const clmlp_dataset *dataset, size_t m, size_t n, size_t K)
{
    cr_assert(clmlp_dataset_examples(dataset) == m && clmlp_dataset_features(dataset) == n &&
                  clmlp_dataset_outputs(dataset) == K,
              "got %zu x %zu, K = %zu; expected %zu x %zu, K = %zu", clmlp_dataset_examples(dataset),
              clmlp_dataset_features(dataset), clmlp_dataset_outputs(dataset), m, n, K);
}

/* Features and targets of row i, one after the other, are these. */
#define assert_row(dataset, i, ...)                                                                  \
    do {                                                                                             \
        const double expected_[] = {__VA_ARGS__};                                                    \
        double got_[64];                                                                             \
        const size_t n_ = clmlp_dataset_features(dataset), K_ = clmlp_dataset_outputs(dataset);      \
        cr_assert_eq(n_ + K_, sizeof expected_ / sizeof *expected_);                                 \
        (void)clmlp_dataset_row(dataset, i, got_, got_ + n_, NULL);                                  \
        for (size_t j_ = 0; j_ < n_ + K_; j_++)                                                      \
            cr_assert_eq(got_[j_], expected_[j_], "row %zu, value %zu: got %g, expected %g", (size_t)(i), j_, \
                         got_[j_], expected_[j_]);                                                   \
    } while (0)

#define assert_classes(dataset, ...)                                                                 \
    do {                                                                                             \
        const char *const expected_[] = {__VA_ARGS__};                                               \
        cr_assert_eq(clmlp_dataset_target_kind(dataset), CLMLP_TARGET_CLASSES);                      \
        cr_assert_eq(clmlp_dataset_outputs(dataset), sizeof expected_ / sizeof *expected_);          \
        for (size_t k_ = 0; k_ < sizeof expected_ / sizeof *expected_; k_++)                         \
            cr_assert_str_eq(clmlp_dataset_class_name(dataset, k_), expected_[k_]);                  \
    } while (0)

#endif
