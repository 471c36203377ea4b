/* safetensors_write.c - writer of safetensors. */
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/file.h"
#include "base/memory.h"
#include "model/formats/safetensors.h"

enum { ALIGNMENT = 8, BUFFER_BYTES = 1 << 16 };

static size_t element_size(clmlp_precision precision)
{
    return precision == CLMLP_F64 ? 8 : 4;
}

static void put_little_endian(unsigned char *to, uint64_t bits, size_t size)
{
    for (size_t i = 0; i < size; i++) to[i] = (unsigned char)(bits >> (8 * i) & 0xff);
}

static uint64_t bits_of(double value, clmlp_precision precision)
{
    if (precision == CLMLP_F64) {
        uint64_t bits = 0;
        memcpy(&bits, &value, sizeof bits);
        return bits;
    }
    const float rounded = (float)value;
    uint32_t bits = 0;
    memcpy(&bits, &rounded, sizeof bits);
    return bits;
}

static cJSON *pair(double first, double second, size_t count)
{
    const double values[] = {first, second};
    return cJSON_CreateDoubleArray(values, (int)count);
}

static clmlp_precision precision_of(const clmlp_tensor_source *tensor, clmlp_precision file)
{
    return tensor->wide ? CLMLP_F64 : file;
}

/* Items that could not be made are NULL; adding them fails, which is noticed here. */
static bool add_tensor(cJSON *header, const clmlp_tensor_source *tensor, const char *dtype, size_t begin, size_t end)
{
    cJSON *entry = cJSON_AddObjectToObject(header, tensor->name);
    cJSON *shape = pair((double)tensor->rows, (double)tensor->columns, tensor->rank);
    cJSON *offsets = pair((double)begin, (double)end, 2);
    bool added = entry != NULL && cJSON_AddStringToObject(entry, "dtype", dtype) != NULL;
    if (added && cJSON_AddItemToObject(entry, "shape", shape)) shape = NULL;
    if (added && cJSON_AddItemToObject(entry, "data_offsets", offsets)) offsets = NULL;
    added = added && cJSON_GetArraySize(entry) == 3;
    cJSON_Delete(shape);
    cJSON_Delete(offsets);
    return added;
}

/* The header's text, padded with blanks so that the data behind it is aligned. */
static clmlp_status build_header(char **out, const cJSON *metadata, const clmlp_tensor_source *tensors, size_t count,
                                 clmlp_precision precision, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    cJSON *header = cJSON_CreateObject();
    cJSON *copy = cJSON_Duplicate(metadata, 1);
    char *text = NULL;
    size_t end = 0;
    bool made = header != NULL && copy != NULL && cJSON_AddItemToObject(header, "__metadata__", copy);
    if (made) copy = NULL;
    for (size_t i = 0; made && i < count; i++) {
        const clmlp_precision own = precision_of(&tensors[i], precision);
        const size_t begin = end;
        end += tensors[i].rows * tensors[i].columns * element_size(own);
        made = add_tensor(header, &tensors[i], own == CLMLP_F64 ? "F64" : "F32", begin, end);
    }
    if (made) text = cJSON_PrintUnformatted(header);
    if (text == NULL) {
        status = clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "not enough memory for the header of a model file");
        goto cleanup;
    }
    const size_t length = strlen(text), padding = (ALIGNMENT - length % ALIGNMENT) % ALIGNMENT;
    TRY_CLEANUP(clmlp_allocate(out, length + padding + 1, 1, "the header of a model file", error));
    memcpy(*out, text, length);
    memset(*out + length, ' ', padding);
cleanup:
    cJSON_free(text);
    cJSON_Delete(copy);
    cJSON_Delete(header);
    return status;
}

/* Errors of the stream are noticed when the file is committed. */
static void write_tensor(FILE *stream, const clmlp_tensor_source *tensor, clmlp_precision precision,
                         unsigned char *buffer)
{
    const size_t size = element_size(precision);
    size_t used = 0;
    for (size_t row = 0; row < tensor->rows; row++) {
        for (size_t column = 0; column < tensor->columns; column++) {
            put_little_endian(buffer + used, bits_of(tensor->values[row * tensor->stride + column], precision), size);
            used += size;
            if (used < BUFFER_BYTES) continue;
            (void)fwrite(buffer, 1, used, stream);
            used = 0;
        }
    }
    (void)fwrite(buffer, 1, used, stream);
}

clmlp_status clmlp_safetensors_write_in(clmlp_output_file *file, const cJSON *metadata,
                                        const clmlp_tensor_source *tensors, size_t count, clmlp_precision precision,
                                        clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    char *header = NULL;
    unsigned char *buffer = NULL;
    unsigned char length[8];
    TRY_CLEANUP(build_header(&header, metadata, tensors, count, precision, error));
    TRY_CLEANUP(clmlp_allocate(&buffer, BUFFER_BYTES, 1, "a buffer", error));
    put_little_endian(length, strlen(header), sizeof length);
    (void)fwrite(length, 1, sizeof length, file->stream);
    (void)fwrite(header, 1, strlen(header), file->stream);
    for (size_t i = 0; i < count; i++) {
        write_tensor(file->stream, &tensors[i], precision_of(&tensors[i], precision), buffer);
    }
    TRY_CLEANUP(clmlp_output_commit(file, error));
cleanup:
    clmlp_output_discard(file);
    free(buffer);
    free(header);
    return status;
}

clmlp_status clmlp_safetensors_write(const char *path, const cJSON *metadata, const clmlp_tensor_source *tensors,
                                     size_t count, clmlp_precision precision, clmlp_error *error)
{
    clmlp_output_file file;
    TRY(clmlp_output_open(&file, path, error));
    return clmlp_safetensors_write_in(&file, metadata, tensors, count, precision, error);
}
