/* safetensors_read.c - reader of safetensors: header checked, tensors by name. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "base/memory.h"
#include "base/open_error.h"
#include "base/text.h"
#include "base/utf8.h"
#include "data/readers/foreign.h"
#include "model/formats/json_parse.h"
#include "model/formats/safetensors.h"

enum { LENGTH_BYTES = 8, HEADER_MAX = 100 << 20, VALUES_MAX = 1 << 20 };

/* Larger integers are not exact as the doubles that cJSON keeps numbers in. */
#define INTEGER_MAX 9007199254740992.0

#define NAME(name, bytes) #name,
static const char *const element_names[] = {CLMLP_ELEMENT_LIST(NAME)};
#undef NAME
#define BYTES(name, bytes) bytes,
static const size_t element_bytes[] = {CLMLP_ELEMENT_LIST(BYTES)};
#undef BYTES

#define METADATA "__metadata__"

/* --- the header's text ---------------------------------------------------------------------------------- */

static clmlp_status file_size(const clmlp_safetensors *file, uint64_t *size, clmlp_error *error)
{
    struct stat entry;
    if (fstat(fileno(file->stream), &entry) != 0) {
        return clmlp_fail_errno(error, CLMLP_IO, errno, "%s: cannot be read", file->path);
    }
    if (!S_ISREG(entry.st_mode)) return clmlp_fail(error, CLMLP_IO, "%s: not a regular file", file->path);
    *size = (uint64_t)entry.st_size;
    return CLMLP_OK;
}

static clmlp_status read_bytes(const clmlp_safetensors *file, void *bytes, size_t count, clmlp_error *error)
{
    if (fread(bytes, 1, count, file->stream) == count) return CLMLP_OK;
    if (ferror(file->stream)) {
        return clmlp_fail_errno(error, CLMLP_IO, errno, "%s: cannot be read", file->path);
    }
    return clmlp_fail(error, CLMLP_IO, "%s: became shorter while it was read", file->path);
}

static uint64_t little_endian(const unsigned char *from, size_t size)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < size; i++) bits |= (uint64_t)from[i] << (8 * i);
    return bits;
}

/* Eight bytes that are no length: the file may be one of another program. Reads on. */
static clmlp_status refuse(const clmlp_safetensors *file, const unsigned char *bytes, uint64_t claimed,
                           clmlp_error *error)
{
    char first[4096];
    memcpy(first, bytes, LENGTH_BYTES);
    const size_t more = fread(first + LENGTH_BYTES, 1, sizeof first - LENGTH_BYTES, file->stream);
    const char *const what = claimed == 0 ? NULL : clmlp_foreign_name(first, LENGTH_BYTES + more);
    if (what != NULL) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: not a model file: %s (expected safetensors; Python's "
                          "safetensors.torch.save_file writes them, and 'clmlp import' makes a model of ONNX)",
                          file->path, what);
    }
    return clmlp_fail(error, CLMLP_BAD_INPUT,
                      "%s: not a model file: header of %llu bytes (expected safetensors, 1 to %d)", file->path,
                      (unsigned long long)claimed, HEADER_MAX);
}

static clmlp_status read_length(const clmlp_safetensors *file, uint64_t size, size_t *length, clmlp_error *error)
{
    unsigned char bytes[LENGTH_BYTES];
    if (size < LENGTH_BYTES) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: not a model file: %llu bytes (expected safetensors, 8 or more)",
                          file->path, (unsigned long long)size);
    }
    TRY(read_bytes(file, bytes, sizeof bytes, error));
    const uint64_t claimed = little_endian(bytes, sizeof bytes);
    if (claimed == 0 || claimed > HEADER_MAX) return refuse(file, bytes, claimed, error);
    if (claimed > size - LENGTH_BYTES) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: cut off: header of %llu bytes in a file of %llu", file->path,
                          (unsigned long long)claimed, (unsigned long long)size);
    }
    *length = (size_t)claimed;
    return CLMLP_OK;
}

/* The JSON parser ends texts at NUL, which would make different names equal. */
static const char *find_nul(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\0') return text + i;
        if (text[i] != '\\') continue;
        if (length - i >= 6 && memcmp(text + i, "\\u0000", 6) == 0) return text + i;
        i++;
    }
    return NULL;
}

/* Each number, text, list and object takes the parser many times the bytes that it has in the file. */
static bool has_too_many_values(const char *text, size_t length, uint64_t most)
{
    size_t count = 0;
    bool inside = false;
    for (size_t i = 0; i < length; i++) {
        if (inside && text[i] == '\\') i++;
        else if (text[i] == '"') inside = !inside;
        else if (!inside && strchr(",[{", text[i]) != NULL) count++;
    }
    return count > most;
}

static clmlp_status parse_header(clmlp_safetensors *file, const char *text, size_t length, clmlp_error *error)
{
    const size_t valid = clmlp_utf8_valid_length(text, length);
    if (valid < length) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: byte %zu of the header is not UTF-8", file->path, valid + 1);
    }
    const char *nul = find_nul(text, length);
    if (nul != NULL) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: byte %zu of the header is NUL", file->path,
                          (size_t)(nul - text) + 1);
    }
    if (has_too_many_values(text, length, VALUES_MAX)) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: the header has more than %d values", file->path, VALUES_MAX);
    }
    const char *end = text;
    file->header = cJSON_ParseWithLengthOpts(text, length, &end, 0);
    size_t at = (size_t)(end - text);
    if (file->header == NULL) TRY(clmlp_json_check_refused(text, length, error));
    while (file->header != NULL && at < length && strchr(" \t\r\n", text[at]) != NULL) at++;
    if (file->header == NULL || at < length) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: the header is not JSON at its byte %zu", file->path, at + 1);
    }
    if (!cJSON_IsObject(file->header)) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: the header is not a JSON object", file->path);
    }
    return CLMLP_OK;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A JSON parser takes one of two equal keys silently, each parser its own. */
static clmlp_status check_keys(const clmlp_safetensors *file, const cJSON *object, const char *where,
                               clmlp_error *error)
{
    const int size = cJSON_GetArraySize(object);
    const size_t count = size > 0 ? (size_t)size : 0;
    const char **keys = NULL;
    TRY(clmlp_allocate(&keys, count, sizeof *keys, "the keys of a header", error));
    size_t used = 0;
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, object) keys[used++] = item->string;
    qsort(keys, used, sizeof *keys, by_text);
    clmlp_status status = CLMLP_OK;
    for (size_t i = 1; i < used && status == CLMLP_OK; i++) {
        if (strcmp(keys[i - 1], keys[i]) != 0) continue;
        status = clmlp_fail(error, CLMLP_BAD_INPUT, "%s: key \"%s\" is twice in %s", file->path, keys[i], where);
    }
    free(keys);
    return status;
}

static clmlp_status check_metadata(const clmlp_safetensors *file, clmlp_error *error)
{
    const cJSON *metadata = cJSON_GetObjectItemCaseSensitive(file->header, METADATA);
    if (metadata == NULL) return CLMLP_OK;
    if (!cJSON_IsObject(metadata)) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: " METADATA " is not a JSON object", file->path);
    }
    TRY(check_keys(file, metadata, METADATA, error));
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, metadata) {
        if (cJSON_IsString(item)) continue;
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: " METADATA ": \"%s\" is not a text", file->path, item->string);
    }
    return CLMLP_OK;
}

/* --- tensors -------------------------------------------------------------------------------------------- */

static bool as_integer(const cJSON *item, uint64_t *value)
{
    if (!cJSON_IsNumber(item)) return false;
    const double number = item->valuedouble;
    if (!(number >= 0.0 && number <= INTEGER_MAX) || number != floor(number)) return false;
    *value = (uint64_t)number;
    return true;
}

static clmlp_status parse_shape(const clmlp_safetensors *file, const cJSON *shape, clmlp_stored_tensor *tensor,
                                clmlp_error *error)
{
    if (!cJSON_IsArray(shape)) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: %s: no \"shape\" array", file->path, tensor->name);
    }
    tensor->shape[0] = tensor->shape[1] = tensor->count = 1;
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, shape) {
        uint64_t size = 0;
        if (!as_integer(item, &size)) {
            return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: %s: dimension %zu of its shape is not an integer >= 0",
                              file->path, tensor->name, tensor->rank + 1);
        }
        if (size > SIZE_MAX || !clmlp_multiply(tensor->count, (size_t)size, &tensor->count)) {
            return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: %s: its shape has too many elements", file->path,
                              tensor->name);
        }
        if (tensor->rank < 2) tensor->shape[tensor->rank] = (size_t)size;
        tensor->rank++;
    }
    return CLMLP_OK;
}

static clmlp_status parse_element(const clmlp_safetensors *file, const cJSON *dtype, clmlp_stored_tensor *tensor,
                                  clmlp_error *error)
{
    if (!cJSON_IsString(dtype)) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: %s: no \"dtype\" text", file->path, tensor->name);
    }
    const size_t index = clmlp_find_name(element_names, CLMLP_ELEMENT_COUNT, dtype->valuestring);
    if (index == CLMLP_ELEMENT_COUNT) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: %s: dtype \"%s\" (expected F32, F64, F16 or BF16)", file->path,
                          tensor->name, dtype->valuestring);
    }
    tensor->element = (clmlp_element)index;
    return CLMLP_OK;
}

static clmlp_status parse_offsets(const clmlp_safetensors *file, const cJSON *offsets, uint64_t data_size,
                                  clmlp_stored_tensor *tensor, clmlp_error *error)
{
    const bool two = cJSON_IsArray(offsets) && cJSON_GetArraySize(offsets) == 2;
    if (!two || !as_integer(cJSON_GetArrayItem(offsets, 0), &tensor->begin) ||
        !as_integer(cJSON_GetArrayItem(offsets, 1), &tensor->end)) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: %s: \"data_offsets\" is not an array of two integers >= 0",
                          file->path, tensor->name);
    }
    const unsigned long long begin = tensor->begin, end = tensor->end;
    if (begin > end) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: %s: begins at byte %llu of the data, after its end at %llu",
                          file->path, tensor->name, begin, end);
    }
    if (end > data_size) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: %s: ends at byte %llu of the data (the file has %llu)",
                          file->path, tensor->name, end, (unsigned long long)data_size);
    }
    size_t bytes = 0;
    if (!clmlp_multiply(tensor->count, element_bytes[tensor->element], &bytes) || bytes != end - begin) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: %s: %zu elements of %s in %llu bytes", file->path, tensor->name,
                          tensor->count, element_names[tensor->element], end - begin);
    }
    return CLMLP_OK;
}

static clmlp_status parse_tensor(const clmlp_safetensors *file, const cJSON *entry, uint64_t data_size,
                                 clmlp_stored_tensor *tensor, clmlp_error *error)
{
    tensor->name = entry->string;
    if (!cJSON_IsObject(entry)) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: %s: not a JSON object", file->path, tensor->name);
    }
    TRY(check_keys(file, entry, tensor->name, error));
    TRY(parse_element(file, cJSON_GetObjectItemCaseSensitive(entry, "dtype"), tensor, error));
    TRY(parse_shape(file, cJSON_GetObjectItemCaseSensitive(entry, "shape"), tensor, error));
    return parse_offsets(file, cJSON_GetObjectItemCaseSensitive(entry, "data_offsets"), data_size, tensor, error);
}

static int by_place(const void *a, const void *b)
{
    const clmlp_stored_tensor *x = a, *y = b;
    if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
    return x->end < y->end ? -1 : x->end > y->end;
}

/* The tensors fill the data: each begins where the one before it ends. */
static clmlp_status check_places(const clmlp_safetensors *file, uint64_t data_size, clmlp_error *error)
{
    uint64_t end = 0;
    for (size_t i = 0; i < file->count; i++) {
        const clmlp_stored_tensor *tensor = &file->tensors[i];
        if (tensor->begin != end) {
            return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: %s: begins at byte %llu of the data (expected %llu: %s)",
                              file->path, tensor->name, (unsigned long long)tensor->begin, (unsigned long long)end,
                              tensor->begin < end ? "it overlaps the tensor before it"
                                                  : "there is a hole before it");
        }
        end = tensor->end;
    }
    if (end != data_size) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: %llu bytes of data (the tensors take %llu)", file->path,
                          (unsigned long long)data_size, (unsigned long long)end);
    }
    return CLMLP_OK;
}

static clmlp_status parse_tensors(clmlp_safetensors *file, uint64_t data_size, clmlp_error *error)
{
    const int size = cJSON_GetArraySize(file->header);
    TRY(clmlp_allocate(&file->tensors, size > 0 ? (size_t)size : 0, sizeof *file->tensors, "a list of tensors",
                       error));
    const cJSON *entry = NULL;
    cJSON_ArrayForEach(entry, file->header) {
        if (strcmp(entry->string, METADATA) == 0) continue;
        TRY(parse_tensor(file, entry, data_size, &file->tensors[file->count], error));
        file->count++;
    }
    qsort(file->tensors, file->count, sizeof *file->tensors, by_place);
    return check_places(file, data_size, error);
}

/* Texts of the metadata may be JSON, too. What they say of inputs and outputs goes by the size of theta. */
static clmlp_status check_texts(const clmlp_safetensors *file, uint64_t data_size, clmlp_error *error)
{
    const uint64_t most = data_size > VALUES_MAX / 2 ? 2 * data_size : VALUES_MAX;
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(file->header, METADATA)) {
        const char *const text = item->valuestring + strspn(item->valuestring, " \t\r\n");
        if (*text != '[' && *text != '{') continue;
        if (!has_too_many_values(text, strlen(text), most)) continue;
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: " METADATA ": \"%s\" has more than %llu values, and theta takes "
                          "%llu bytes", file->path, item->string, (unsigned long long)most,
                          (unsigned long long)data_size);
    }
    return CLMLP_OK;
}

/* --- the file ------------------------------------------------------------------------------------------- */

clmlp_status clmlp_safetensors_open(clmlp_safetensors *file, const char *path, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    char *text = NULL;
    size_t length = 0;
    uint64_t size = 0;
    memset(file, 0, sizeof *file);
    file->path = path;
    /* a pipe would be waited for; file_size refuses it */
    const int descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    file->stream = descriptor >= 0 ? fdopen(descriptor, "rb") : NULL;
    if (file->stream == NULL) {
        status = clmlp_fail_open(error, errno, path);
        if (descriptor >= 0) (void)close(descriptor);
        return status;
    }
    TRY_CLEANUP(file_size(file, &size, error));
    TRY_CLEANUP(read_length(file, size, &length, error));
    TRY_CLEANUP(clmlp_allocate(&text, length, 1, "the header of a model file", error));
    TRY_CLEANUP(read_bytes(file, text, length, error));
    TRY_CLEANUP(parse_header(file, text, length, error));
    TRY_CLEANUP(check_keys(file, file->header, "the header", error));
    TRY_CLEANUP(check_metadata(file, error));
    file->data_at = LENGTH_BYTES + length;
    TRY_CLEANUP(parse_tensors(file, size - file->data_at, error));
    TRY_CLEANUP(check_texts(file, size - file->data_at, error));
cleanup:
    free(text);
    return status;
}

clmlp_status clmlp_safetensors_of_texts(clmlp_safetensors *file, const char *path, cJSON *texts, size_t count,
                                        uint64_t data_size, clmlp_error *error)
{
    *file = (clmlp_safetensors){.path = path, .count = count, .header = cJSON_CreateObject()};
    if (!cJSON_AddItemToObject(file->header, METADATA, texts)) {
        cJSON_Delete(texts);
        return clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "not enough memory for the metadata");
    }
    TRY(check_metadata(file, error));
    return check_texts(file, data_size, error);
}

void clmlp_safetensors_close(clmlp_safetensors *file)
{
    if (file->stream != NULL) (void)fclose(file->stream);
    cJSON_Delete(file->header);
    free(file->tensors);
    memset(file, 0, sizeof *file);
}

const char *clmlp_safetensors_metadata(const clmlp_safetensors *file, const char *key)
{
    const cJSON *metadata = cJSON_GetObjectItemCaseSensitive(file->header, METADATA);
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(metadata, key));
}
