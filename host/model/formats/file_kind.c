/* file_kind.c - model files without a model: what a file is, and what the header of a safetensors file says. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cjson/cJSON.h>

#include "base/argument.h"
#include "base/memory.h"
#include "base/open_error.h"
#include "base/text.h"
#include "clmlp/inspect.h"
#include "model/formats/model_file.h"

struct clmlp_model_file {
    clmlp_safetensors file;
    char *path;
    char **shapes; /* [file.count] */
};

/* Eight bytes of length, then a JSON object. No data begin so: of IDX the third byte is a type, and text has no NUL. */
static bool looks_like_safetensors(const unsigned char *bytes, size_t count)
{
    return count == 9 && bytes[8] == '{' && bytes[4] == 0 && bytes[5] == 0 && bytes[6] == 0 && bytes[7] == 0;
}

clmlp_status clmlp_file_kind_of(clmlp_file_kind *out, const char *path, clmlp_error *error)
{
    struct stat entry;
    unsigned char bytes[9];
    clmlp_safetensors file;
    REQUIRE(out != NULL, "out");
    REQUIRE(path != NULL, "path");
    *out = CLMLP_FILE_DATA;
    if (strcmp(path, "-") == 0) return CLMLP_OK;
    if (stat(path, &entry) != 0) return clmlp_fail_open(error, errno, path);
    if (S_ISDIR(entry.st_mode)) *out = CLMLP_FILE_FOLDER;
    if (!S_ISREG(entry.st_mode)) return CLMLP_OK; /* a pipe can be read once */
    FILE *const stream = fopen(path, "rb");
    if (stream == NULL) return clmlp_fail_open(error, errno, path);
    const size_t count = fread(bytes, 1, sizeof bytes, stream);
    const int number = ferror(stream) ? errno : 0;
    (void)fclose(stream);
    if (number != 0) return clmlp_fail_errno(error, CLMLP_IO, number, "%s: cannot be read", path);
    if (!looks_like_safetensors(bytes, count)) return CLMLP_OK;
    const clmlp_status status = clmlp_safetensors_open(&file, path, error);
    if (status == CLMLP_OK) {
        const bool bundle = clmlp_safetensors_metadata(&file, "clmlp.replay.why") != NULL;
        const bool checkpoint = clmlp_safetensors_metadata(&file, CLMLP_CHECKPOINT_KEY) != NULL;
        *out = bundle ? CLMLP_FILE_BUNDLE : checkpoint ? CLMLP_FILE_CHECKPOINT : CLMLP_FILE_MODEL;
    }
    clmlp_safetensors_close(&file);
    return status;
}

/* --- headers ------------------------------------------------------------------------------------------------- */

/* Of more than two dimensions only the number of elements is known. */
static clmlp_status describe_shape(char **out, const clmlp_stored_tensor *tensor, clmlp_error *error)
{
    clmlp_text text = {0};
    clmlp_status status = CLMLP_OK;
    if (tensor->rank == 0) status = clmlp_text_append(&text, error, "[]");
    else if (tensor->rank == 1) status = clmlp_text_append(&text, error, "[%zu]", tensor->shape[0]);
    else if (tensor->rank == 2) {
        status = clmlp_text_append(&text, error, "[%zu x %zu]", tensor->shape[0], tensor->shape[1]);
    } else {
        status = clmlp_text_append(&text, error, "[%zu x %zu x ...], %zu elements", tensor->shape[0], tensor->shape[1],
                                   tensor->count);
    }
    *out = text.data;
    return status;
}

clmlp_status clmlp_model_file_open(clmlp_model_file **out, const char *path, clmlp_error *error)
{
    clmlp_model_file *opened = NULL;
    clmlp_status status = CLMLP_OK;
    REQUIRE(out != NULL, "out");
    REQUIRE(path != NULL, "path");
    TRY(clmlp_allocate(&opened, 1, sizeof *opened, "a model file", error));
    TRY_CLEANUP(clmlp_duplicate(&opened->path, path, error));
    TRY_CLEANUP(clmlp_safetensors_open(&opened->file, opened->path, error));
    TRY_CLEANUP(clmlp_allocate(&opened->shapes, opened->file.count, sizeof *opened->shapes, "shapes", error));
    for (size_t i = 0; i < opened->file.count; i++) {
        TRY_CLEANUP(describe_shape(&opened->shapes[i], &opened->file.tensors[i], error));
    }
    *out = opened;
    opened = NULL;
cleanup:
    clmlp_model_file_close(opened);
    return status;
}

void clmlp_model_file_close(clmlp_model_file *file)
{
    if (file == NULL) return;
    for (size_t i = 0; file->shapes != NULL && i < file->file.count; i++) free(file->shapes[i]);
    free(file->shapes);
    clmlp_safetensors_close(&file->file);
    free(file->path);
    free(file);
}

const char *clmlp_model_file_text(const clmlp_model_file *file, const char *key)
{
    return file != NULL && key != NULL ? clmlp_safetensors_metadata(&file->file, key) : NULL;
}

const char *clmlp_model_file_key(const clmlp_model_file *file, size_t i)
{
    const cJSON *item = NULL;
    if (file == NULL) return NULL;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(file->file.header, "__metadata__")) {
        if (i-- == 0) return item->string;
    }
    return NULL;
}

size_t clmlp_model_file_tensors(const clmlp_model_file *file)
{
    return file != NULL ? file->file.count : 0;
}

const char *clmlp_model_file_tensor(const clmlp_model_file *file, size_t i)
{
    return file != NULL && i < file->file.count ? file->file.tensors[i].name : NULL;
}

const char *clmlp_model_file_type(const clmlp_model_file *file, size_t i)
{
    static const char *const names[] = {
#define TYPE_NAME(name, bytes) #name,
        CLMLP_ELEMENT_LIST(TYPE_NAME)
#undef TYPE_NAME
    };
    return file != NULL && i < file->file.count ? names[file->file.tensors[i].element] : NULL;
}

const char *clmlp_model_file_shape(const clmlp_model_file *file, size_t i)
{
    return file != NULL && i < file->file.count ? file->shapes[i] : NULL;
}
