/* safetensors.c - a good file, changed as the input says: text by text, tensor by tensor, byte by byte. */
#include "safetensors.h"

#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

enum { LENGTH = 8, ROOM = 1 << 16 };

typedef struct file {
    cJSON *header;
    uint8_t data[ROOM];
    size_t size;
} file;

/* JSON here comes from one piece of memory, and goes with it: under the sanitizers malloc would be half of the time.
 * What the library reads has malloc. */
static struct {
    _Alignas(16) uint8_t bytes[1 << 22];
    size_t used;
} pool;

static void *CJSON_CDECL from_pool(size_t size)
{
    const size_t whole = (size + 15) / 16 * 16;
    CHECK(whole <= sizeof pool.bytes - pool.used);
    pool.used += whole;
    return pool.bytes + pool.used - whole;
}

static void CJSON_CDECL leave(void *memory)
{
    (void)memory;
}

static void use_pool(void)
{
    cJSON_Hooks hooks = {from_pool, leave};
    pool.used = 0;
    cJSON_InitHooks(&hooks);
}

static uint64_t length_of(const uint8_t *bytes)
{
    uint64_t length = 0;
    for (int i = LENGTH - 1; i >= 0; i--) length = length << 8 | bytes[i];
    return length;
}

static cJSON *member(cJSON *object, unsigned i)
{
    const int count = cJSON_GetArraySize(object);
    return count > 0 ? cJSON_GetArrayItem(object, (int)(i % (unsigned)count)) : NULL;
}

static void replace(cJSON *object, cJSON *old, cJSON *new)
{
    CHECK(new != NULL);
    CHECK(cJSON_ReplaceItemViaPointer(object, old, new));
}

static void change_text(cJSON *metadata, fuzz_input *in, unsigned what)
{
    cJSON *const item = member(metadata, fuzz_byte(in));
    if (item == NULL) return;
    if (what == 0) (void)cJSON_SetValuestring(item, fuzz_text(in));
    else cJSON_Delete(cJSON_DetachItemViaPointer(metadata, item));
}

static void add_text(cJSON *metadata, fuzz_input *in)
{
    const char *const key = fuzz_text(in), *const text = fuzz_text(in);
    cJSON_DeleteItemFromObjectCaseSensitive(metadata, key);
    CHECK(cJSON_AddStringToObject(metadata, key, text) != NULL);
}

/* Some bytes of a text, that is otherwise as it was: JSON within, or a list of numbers. */
static void patch_text(cJSON *metadata, fuzz_input *in)
{
    const cJSON *const item = member(metadata, fuzz_byte(in));
    const size_t at = fuzz_short(in);
    const char *const patch = fuzz_text(in);
    if (item == NULL) return;
    const size_t length = strlen(item->valuestring), from = length > 0 ? at % length : 0;
    for (size_t i = 0; patch[i] != '\0' && from + i < length; i++) item->valuestring[from + i] = patch[i];
}

/* The tensor of an entry, but not the texts. */
static cJSON *tensor(cJSON *header, fuzz_input *in)
{
    cJSON *const entry = member(header, fuzz_byte(in));
    return entry != NULL && strcmp(entry->string, "__metadata__") != 0 ? entry : NULL;
}

static void change_tensor(file *f, fuzz_input *in, unsigned what)
{
    static const char *const types[] = {"F32", "F64", "F16", "BF16", "I64", ""};
    cJSON *const entry = tensor(f->header, in);
    const unsigned a = fuzz_byte(in), b = fuzz_byte(in), number = fuzz_short(in);
    if (entry == NULL) return;
    cJSON *const offsets = cJSON_GetObjectItemCaseSensitive(entry, "data_offsets");
    cJSON *const shape = cJSON_GetObjectItemCaseSensitive(entry, "shape");
    switch (what) {
    case 0: cJSON_DeleteItemFromObjectCaseSensitive(entry, "dtype");
        CHECK(cJSON_AddStringToObject(entry, "dtype", types[a % 6]) != NULL);
        break;
    case 1:
        if (member(shape, a) == NULL) break;
        replace(shape, member(shape, a), cJSON_CreateNumber(b % 2 != 0 ? number : number % 8));
        break;
    case 2: if (shape != NULL) CHECK(cJSON_AddItemToArray(shape, cJSON_CreateNumber(b % 4)));
        break;
    case 3: if (member(offsets, a) != NULL) replace(offsets, member(offsets, a), cJSON_CreateNumber(number));
        break;
    case 4: cJSON_Delete(cJSON_DetachItemViaPointer(f->header, entry)); break;
    default: cJSON_DeleteItemFromObjectCaseSensitive(entry, a % 2 ? "shape" : "data_offsets"); break;
    }
}

static void rename_tensor(file *f, fuzz_input *in)
{
    cJSON *const entry = tensor(f->header, in);
    const char *const name = fuzz_text(in);
    if (entry == NULL || strcmp(name, "__metadata__") == 0) return;
    CHECK(cJSON_AddItemToObject(f->header, name, cJSON_DetachItemViaPointer(f->header, entry)));
}

static void change_data(file *f, fuzz_input *in, unsigned what)
{
    const size_t at = fuzz_short(in);
    if (what == 0) {
        for (size_t i = 0; i < 8 && f->size > 0; i++) f->data[(at + i) % f->size] = (uint8_t)fuzz_byte(in);
    } else if (what == 1) {
        f->size -= at < f->size ? at : f->size;
    } else {
        for (size_t i = 0; i < at % 64 && f->size < ROOM; i++) f->data[f->size++] = (uint8_t)(at >> 8);
    }
}

static size_t bytes_of(const cJSON *entry)
{
    const char *const type = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(entry, "dtype"));
    size_t bytes = type == NULL ? 1 : strstr(type, "64") != NULL ? 8 : strstr(type, "32") != NULL ? 4 : 2;
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(entry, "shape")) {
        const double n = cJSON_GetNumberValue(item);
        bytes *= n < ROOM ? (size_t)n : ROOM;
        if (bytes > ROOM) bytes = ROOM + 1;
    }
    return bytes;
}

/* Places that fit the shapes, where there is room for them. */
static void fix_places(file *f)
{
    size_t at = 0;
    cJSON *entry = NULL;
    cJSON_ArrayForEach(entry, f->header) {
        if (!cJSON_IsObject(entry) || strcmp(entry->string, "__metadata__") == 0) continue;
        const size_t bytes = bytes_of(entry);
        if (at + bytes > ROOM) return;
        const double places[] = {(double)at, (double)(at + bytes)};
        cJSON_DeleteItemFromObjectCaseSensitive(entry, "data_offsets");
        CHECK(cJSON_AddItemToObject(entry, "data_offsets", cJSON_CreateDoubleArray(places, 2)));
        at += bytes;
    }
    while (f->size < at) f->data[f->size++] = 0;
    f->size = at;
}

static void change(file *f, fuzz_input *in)
{
    const unsigned what = fuzz_byte(in) % 16;
    cJSON *metadata = cJSON_GetObjectItemCaseSensitive(f->header, "__metadata__");
    if (metadata == NULL) metadata = cJSON_AddObjectToObject(f->header, "__metadata__");
    CHECK(metadata != NULL);
    if (what < 2) change_text(metadata, in, what);
    else if (what == 2) add_text(metadata, in);
    else if (what == 3 || what == 14) patch_text(metadata, in);
    else if (what < 10) change_tensor(f, in, what - 4);
    else if (what == 10) rename_tensor(f, in);
    else if (what < 14) change_data(f, in, what - 11);
    else fix_places(f);
}

const char *fuzz_safetensors(fuzz_input *in, const char *name, const uint8_t *base, size_t size)
{
    static file f;
    if (fuzz_byte(in) % 4 == 0) return fuzz_write(name, in->at, fuzz_left(in));
    const size_t length = (size_t)length_of(base);
    use_pool();
    f.header = cJSON_ParseWithLength((const char *)base + LENGTH, length);
    f.size = size - LENGTH - length;
    CHECK(f.header != NULL && f.size <= ROOM);
    memcpy(f.data, base + LENGTH + length, f.size);
    for (int i = 0; i < 16 && fuzz_left(in) > 0; i++) change(&f, in);

    char *const text = cJSON_PrintUnformatted(f.header);
    CHECK(text != NULL);
    const size_t printed = strlen(text), whole = LENGTH + printed + f.size;
    uint8_t *const bytes = malloc(whole);
    CHECK(bytes != NULL);
    for (int i = 0; i < LENGTH; i++) bytes[i] = (uint8_t)((uint64_t)printed >> 8 * i);
    memcpy(bytes + LENGTH, text, printed);
    memcpy(bytes + LENGTH + printed, f.data, f.size);
    const char *const path = fuzz_write(name, bytes, whole);
    free(bytes);
    cJSON_InitHooks(NULL);
    return path;
}
