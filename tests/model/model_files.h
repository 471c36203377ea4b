/* model_files.h - what the tests of model files share: scratch names, whole files, files made by hand. */
#ifndef MODEL_FILES_H
#define MODEL_FILES_H

#include <criterion/criterion.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "model/model.h"

/* The message of a failed call is what a reader of the test's output needs. */
#define CHECK_OK(call)                                                 \
    do {                                                               \
        clmlp_error check_error = {CLMLP_OK, ""};                      \
        const clmlp_status check_status = (call);                      \
        cr_assert_eq(check_status, CLMLP_OK, "%s", check_error.message); \
    } while (0)

static inline const char *scratch(char path[512], const char *name)
{
    (void)snprintf(path, 512, "%s/model_%s", TEST_SCRATCH_DIR, name);
    return path;
}

static inline unsigned char *read_file(const char *path, size_t *size)
{
    FILE *stream = fopen(path, "rb");
    cr_assert_not_null(stream, "%s", path);
    unsigned char *bytes = malloc(1 << 20);
    *size = fread(bytes, 1, 1 << 20, stream);
    cr_assert_lt(*size, (size_t)1 << 20);
    (void)fclose(stream);
    return bytes;
}

static inline void write_file(const char *path, const void *bytes, size_t size)
{
    (void)remove(path); /* some file systems wait for the disk when a file is emptied and written again */
    FILE *stream = fopen(path, "wb");
    cr_assert_not_null(stream, "%s", path);
    cr_assert_eq(fwrite(bytes, 1, size, stream), size);
    cr_assert_eq(fclose(stream), 0);
}

/* A file of a header and `data_size` bytes, all of them `fill`; claimed: length of the header, 0: the true one. */
static inline void write_model(const char *path, const char *header, size_t header_size, uint64_t claimed,
                               size_t data_size, unsigned char fill)
{
    unsigned char *bytes = malloc(8 + header_size + data_size);
    if (claimed == 0) claimed = header_size;
    for (int i = 0; i < 8; i++) bytes[i] = (unsigned char)(claimed >> (8 * i));
    memcpy(bytes + 8, header, header_size);
    memset(bytes + 8 + header_size, fill, data_size);
    write_file(path, bytes, 8 + header_size + data_size);
    free(bytes);
}

/* A 3-2-2 classifier whose numbers are exact in either precision. */
static inline clmlp_model *small_model(clmlp_precision precision)
{
    static const size_t s[] = {3, 2, 2};
    static const char *const names[] = {"no", "a \"quoted\", name"};
    clmlp_model *model = NULL;
    CHECK_OK(clmlp_model_create(&model, 3, s, CLMLP_RELU, CLMLP_OUTPUT_SOFTMAX, 0, &check_error));
    for (size_t e = 0; e < clmlp_model_parameters(model); e++) model->theta[e] = 0.5 * (double)e - 1.25;
    CHECK_OK(clmlp_duplicate_list(&model->class_names, names, 2, &check_error));
    CHECK_OK(clmlp_model_set_target(model, "answer", &check_error));
    model->precision = precision;
    model->lambda = 0.1;
    model->seed = UINT64_MAX;
    return model;
}

#endif
