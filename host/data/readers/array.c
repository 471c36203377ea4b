/* array.c - typed array elements of IDX and NPY files, read into a table. */
#include "data/readers/array.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "data/readers/csv/csv.h"

enum { CHUNK = 1 << 16, SHAPE_LENGTH = 224 };

static const struct {
    const char *name;
    size_t bytes;
    clmlp_storage storage;
} elements[] = {
#define ELEMENT_ROW(name, text, bytes, storage) {text, bytes, CLMLP_STORE_##storage},
    CLMLP_ELEMENT_LIST(ELEMENT_ROW)
#undef ELEMENT_ROW
};

static uint64_t load(const unsigned char *p, size_t bytes, bool big_endian)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++) value |= (uint64_t)p[i] << 8 * (big_endian ? bytes - 1 - i : i);
    return value;
}

static double load_f64(const unsigned char *p, bool big_endian)
{
    const uint64_t bits = load(p, 8, big_endian);
    double value = 0.0;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static float load_f32(const unsigned char *p, bool big_endian)
{
    const uint32_t bits = (uint32_t)load(p, 4, big_endian);
    float value = 0.0f;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void decode_f32(float *to, const unsigned char *from, size_t count, clmlp_element element, bool big_endian)
{
    switch (element) {
    case CLMLP_ELEMENT_I8:
        for (size_t i = 0; i < count; i++) to[i] = (float)(int8_t)from[i];
        break;
    case CLMLP_ELEMENT_I16:
        for (size_t i = 0; i < count; i++) to[i] = (float)(int16_t)load(from + 2 * i, 2, big_endian);
        break;
    case CLMLP_ELEMENT_U16:
        for (size_t i = 0; i < count; i++) to[i] = (float)(uint16_t)load(from + 2 * i, 2, big_endian);
        break;
    case CLMLP_ELEMENT_F32:
        for (size_t i = 0; i < count; i++) to[i] = load_f32(from + 4 * i, big_endian);
        break;
    case CLMLP_ELEMENT_BOOL: /* kept as something else */
    case CLMLP_ELEMENT_U8:
    case CLMLP_ELEMENT_I32:
    case CLMLP_ELEMENT_U32:
    case CLMLP_ELEMENT_I64:
    case CLMLP_ELEMENT_U64:
    case CLMLP_ELEMENT_F64:
    case CLMLP_ELEMENT_COUNT:
        for (size_t i = 0; i < count; i++) to[i] = NAN;
        break;
    }
}

static void decode_f64(double *to, const unsigned char *from, size_t count, clmlp_element element, bool big_endian)
{
    switch (element) {
    case CLMLP_ELEMENT_I32:
        for (size_t i = 0; i < count; i++) to[i] = (double)(int32_t)load(from + 4 * i, 4, big_endian);
        break;
    case CLMLP_ELEMENT_U32:
        for (size_t i = 0; i < count; i++) to[i] = (double)(uint32_t)load(from + 4 * i, 4, big_endian);
        break;
    case CLMLP_ELEMENT_I64:
        for (size_t i = 0; i < count; i++) to[i] = (double)(int64_t)load(from + 8 * i, 8, big_endian);
        break;
    case CLMLP_ELEMENT_U64:
        for (size_t i = 0; i < count; i++) to[i] = (double)load(from + 8 * i, 8, big_endian);
        break;
    case CLMLP_ELEMENT_F64:
        for (size_t i = 0; i < count; i++) to[i] = load_f64(from + 8 * i, big_endian);
        break;
    case CLMLP_ELEMENT_BOOL: /* kept as something else */
    case CLMLP_ELEMENT_U8:
    case CLMLP_ELEMENT_I8:
    case CLMLP_ELEMENT_I16:
    case CLMLP_ELEMENT_U16:
    case CLMLP_ELEMENT_F32:
    case CLMLP_ELEMENT_COUNT:
        for (size_t i = 0; i < count; i++) to[i] = (double)NAN;
        break;
    }
}

/* Labels of elements that any storage keeps as they are. */
#define SMALL_INTEGERS       \
    case CLMLP_ELEMENT_BOOL: \
    case CLMLP_ELEMENT_U8:   \
    case CLMLP_ELEMENT_I8:   \
    case CLMLP_ELEMENT_I16:  \
    case CLMLP_ELEMENT_U16:  \
    case CLMLP_ELEMENT_I32:  \
    case CLMLP_ELEMENT_U32:

/* Text of the value at p when it cannot be kept: not finite, or an integer that a double would round. */
static bool is_bad(const unsigned char *p, const clmlp_array_header *header, char text[32])
{
    const uint64_t limit = UINT64_C(1) << 53;
    double value = 0.0;
    switch (header->element) {
    case CLMLP_ELEMENT_I64: {
        const int64_t integer = (int64_t)load(p, 8, header->big_endian);
        (void)snprintf(text, 32, "%" PRId64, integer);
        return integer > (int64_t)limit || integer < -(int64_t)limit;
    }
    case CLMLP_ELEMENT_U64: {
        const uint64_t integer = load(p, 8, header->big_endian);
        (void)snprintf(text, 32, "%" PRIu64, integer);
        return integer > limit;
    }
    case CLMLP_ELEMENT_F32: value = (double)load_f32(p, header->big_endian); break;
    case CLMLP_ELEMENT_F64: value = load_f64(p, header->big_endian); break;
    SMALL_INTEGERS return false;
    case CLMLP_ELEMENT_COUNT: value = (double)NAN; break;
    }
    (void)snprintf(text, 32, "%s", isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
    return !isfinite(value);
}

/* Is everything decoded into `to` surely finite and, for integers, exact? */
static bool all_good(const void *to, size_t count, const clmlp_array_header *header)
{
    switch (header->element) {
    case CLMLP_ELEMENT_I64:
    case CLMLP_ELEMENT_U64:
        for (size_t i = 0; i < count; i++) {
            if (!(fabs(((const double *)to)[i]) < 0x1p53)) return false;
        }
        return true;
    case CLMLP_ELEMENT_F64:
        for (size_t i = 0; i < count; i++) {
            if (!isfinite(((const double *)to)[i])) return false;
        }
        return true;
    case CLMLP_ELEMENT_F32:
        for (size_t i = 0; i < count; i++) {
            if (!isfinite(((const float *)to)[i])) return false;
        }
        return true;
    SMALL_INTEGERS return true;
    case CLMLP_ELEMENT_COUNT: break;
    }
    return false;
}

/* "uint8 [60000 x 28 x 28]" */
static char *describe(char text[SHAPE_LENGTH], const clmlp_array_header *header)
{
    int used = snprintf(text, SHAPE_LENGTH, "%s [", elements[header->element].name);
    for (size_t d = 0; d < header->rank; d++) {
        used += snprintf(text + used, SHAPE_LENGTH - (size_t)used, "%s%zu", d > 0 ? " x " : "", header->shape[d]);
    }
    (void)snprintf(text + used, SHAPE_LENGTH - (size_t)used, "]");
    return text;
}

static clmlp_status check_shape(clmlp_table *table, const clmlp_input *input, const clmlp_array_header *header,
                                size_t most, size_t *count, clmlp_error *error)
{
    char shape[SHAPE_LENGTH];
    size_t bytes = 0;
    bool fits = true, empty = false;
    table->m = header->shape[0];
    table->n = 1;
    for (size_t d = 0; d < header->rank; d++) empty = empty || header->shape[d] == 0;
    if (empty) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: holds no elements (shape %s)", input->path,
                          describe(shape, header));
    }
    for (size_t d = 1; d < header->rank && fits; d++) fits = clmlp_multiply(table->n, header->shape[d], &table->n);
    fits = fits && clmlp_multiply(table->m, table->n, count) && clmlp_multiply(*count, sizeof(double), &bytes) &&
           bytes < (size_t)PTRDIFF_MAX;
    if (!fits || table->m >= UINT32_MAX) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: announces more than can be held (shape %s)", input->path,
                          describe(shape, header));
    }
    if (table->n <= most || table->n > clmlp_input_bound(input)) return CLMLP_OK; /* more than it holds: see below */
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: found %zu columns (shape %s), expected at most %zu (--max-columns N "
                      "allows N)", input->path, table->n, describe(shape, header), most);
}

/* The columns of the targets, and what they become. */
typedef struct target_column {
    size_t index;           /* of the only one; n: none, or several */
    size_t *several, count; /* [count] of a list */
    bool all;               /* several columns of a labels file */
    clmlp_target_kind kind; /* NONE: left out */
} target_column;

static bool is_target(const target_column *target, size_t j)
{
    bool found = target->all || j == target->index;
    for (size_t k = 0; k < target->count && !found; k++) found = target->several[k] == j;
    return found;
}

static bool is_wide_integer(const clmlp_array_header *header)
{
    return header->element == CLMLP_ELEMENT_I64 || header->element == CLMLP_ELEMENT_U64;
}

/* Classes may be any integers, targets may be missing (NaN), and nobody looks at what is left out. */
static bool is_good_target(const unsigned char *p, const clmlp_array_header *header, clmlp_target_kind kind)
{
    if (kind == CLMLP_TARGET_NONE) return true;
    if (header->element == CLMLP_ELEMENT_F32) return isnan(load_f32(p, header->big_endian));
    if (header->element == CLMLP_ELEMENT_F64) return isnan(load_f64(p, header->big_endian));
    return kind == CLMLP_TARGET_CLASSES;
}

static clmlp_status report_bad(const clmlp_table *table, const clmlp_input *input, const clmlp_array_header *header,
                               const target_column *target, const unsigned char *chunk, size_t first, size_t count,
                               clmlp_error *error)
{
    const size_t bytes = elements[header->element].bytes;
    char text[32];
    for (size_t i = 0; i < count; i++) {
        const unsigned char *const p = chunk + i * bytes;
        const size_t at = first + i;
        if (!is_bad(p, header, text)) continue;
        if (is_target(target, at % table->n) && is_good_target(p, header, target->kind)) continue;
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: row %zu, column %zu: found %s, expected %s", input->path,
                          at / table->n + 1, at % table->n + 1, text,
                          is_wide_integer(header) ? "an integer between -2^53 and 2^53" : "a finite number");
    }
    return CLMLP_OK;
}

/* Labels that a double need not hold, digit by digit. */
static clmlp_status add_wide_labels(clmlp_table *table, const clmlp_array_header *header, const target_column *target,
                                    const unsigned char *chunk, size_t first, size_t count, clmlp_error *error)
{
    const size_t n = table->n;
    char text[32];
    for (size_t i = (target->index + n - first % n) % n; i < count; i += n) {
        (void)is_bad(chunk + 8 * i, header, text);
        TRY(clmlp_classes_add(&table->classes, text, strlen(text), (first + i) / n + 1, target->index + 1, error));
    }
    return CLMLP_OK;
}

static clmlp_status read_elements(clmlp_table *table, clmlp_input *input, const clmlp_array_header *header,
                                  const target_column *target, size_t count, unsigned char *chunk, clmlp_error *error)
{
    const size_t bytes = elements[header->element].bytes, size = clmlp_storage_size(table->storage);
    const bool wide_labels = target->index < table->n && target->kind == CLMLP_TARGET_CLASSES &&
                             is_wide_integer(header);
    size_t capacity = 0, got = 0;
    char shape[SHAPE_LENGTH];
    for (size_t done = 0; done < count;) {
        const size_t wanted = count - done < CHUNK / bytes ? count - done : CHUNK / bytes;
        TRY(clmlp_input_read(input, chunk, wanted * bytes, &got, error));
        if (got < wanted * bytes) {
            return clmlp_fail(error, CLMLP_BAD_INPUT,
                              "%s: ends too early (found %zu bytes of data, expected %zu for %s)", input->path,
                              done * bytes + got, count * bytes, describe(shape, header));
        }
        TRY(clmlp_grow(&table->x, &capacity, done + wanted, size, "the data", error));
        void *to = (char *)table->x + done * size;
        if (table->storage == CLMLP_STORE_U8) memcpy(to, chunk, wanted);
        else if (table->storage == CLMLP_STORE_F32) decode_f32(to, chunk, wanted, header->element, header->big_endian);
        else decode_f64(to, chunk, wanted, header->element, header->big_endian);
        if (!all_good(to, wanted, header)) TRY(report_bad(table, input, header, target, chunk, done, wanted, error));
        if (wide_labels) TRY(add_wide_labels(table, header, target, chunk, done, wanted, error));
        done += wanted;
    }
    TRY(clmlp_input_read(input, chunk, 1, &got, error));
    if (got > 0) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: goes on after its end (expected %zu bytes of data for %s)",
                          input->path, count * bytes, describe(shape, header));
    }
    void *exact = count > 0 ? realloc(table->x, count * size) : NULL; /* of 0 bytes it may free x */
    if (exact != NULL) table->x = exact;
    return CLMLP_OK;
}

/* The columns that the targets come from, before anything else about the columns is known. */
static clmlp_status foresee_targets(target_column *target, const clmlp_input *input, const clmlp_table *table,
                                    size_t rank, const clmlp_table_request *request, clmlp_error *error)
{
    const char *const path = input->path;
    const size_t n = table->n;
    const bool left_out = request->leaves_out && request->target != NULL && request->features == NULL &&
                          request->ignore == NULL && request->expected_features > 0 && n > request->expected_features;
    *target = (target_column){.index = n, .kind = request->target_kind};
    if (n > clmlp_input_bound(input)) return CLMLP_OK; /* a row that it cannot hold: an error follows */
    if (rank > 2 || n == 0 || (request->target_kind == CLMLP_TARGET_NONE && !left_out)) return CLMLP_OK;
    if (request->labels_file) {
        target->all = n > 1;
        if (n == 1) target->index = 0;
    } else if (n > 1 && request->target != NULL && clmlp_is_list(request->target)) {
        TRY(clmlp_allocate(&target->several, n, sizeof *target->several, "a list of columns", error));
        TRY(clmlp_array_list_targets(path, request, n, false, target->several, &target->count, NULL, error));
    } else if (n > 1) {
        size_t single = 0;
        TRY(clmlp_array_list_targets(path, request, n, false, &single, &target->count, NULL, error));
        if (target->count == 1) target->index = single;
    }
    /* where another width than the features' and the targets' is found, an error follows */
    if (left_out && n != request->expected_features + target->count) {
        target->count = 0;
        target->index = n;
    }
    if (target->several == NULL) target->count = 0;
    if (target->count == 1) target->index = target->several[0];
    const bool several = target->all || target->count > 1;
    if (several && target->kind != CLMLP_TARGET_NONE) target->kind = CLMLP_TARGET_VALUES;
    return CLMLP_OK;
}

/* Whether 8-bit features are pixels: docs/files.md ("Scaling"). A note says it where the values decide. */
static clmlp_status judge_pixels(clmlp_table *table, const clmlp_input *input, const clmlp_array_header *header,
                                 const clmlp_table_request *request, clmlp_error *error)
{
    enum { FEWEST_PIXELS = 64, BRIGHT = 128 };
    const uint8_t *const x = table->x;
    uint8_t most = 0;
    if (header->element != CLMLP_ELEMENT_U8 || request->labels_file) return CLMLP_OK;
    for (size_t i = 0; i < table->m * table->n; i++) most = x[i] > most ? x[i] : most;
    const bool images = header->idx || header->rank > 2;
    table->pixels = images ? most > 1 : table->n >= FEWEST_PIXELS && most >= BRIGHT;
    if ((images && table->pixels) || request->expected_features > 0) return CLMLP_OK;
    return clmlp_notes_add(&table->notes, error, "%s: uint8 in %zu columns, none above %u: taken as %s (--scale %s "
                           "takes them as %s)", input->path, table->n, (unsigned)most,
                           table->pixels ? "pixels" : "numbers",
                           table->pixels ? "standard" : "pixel", table->pixels ? "numbers" : "pixels");
}

clmlp_status clmlp_array_read(clmlp_table *table, clmlp_input *input, const clmlp_array_header *header,
                              const clmlp_table_request *request, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    unsigned char *chunk = NULL;
    target_column target = {.several = NULL};
    char shape[SHAPE_LENGTH];
    size_t count = 0;
    clmlp_text form = {0};
    (void)describe(shape, header);
    table->storage = elements[header->element].storage;
    table->classes.path = input->path;
    table->classes.binary = true;
    table->classes.guesses_kind = request->guesses_kind;
    TRY(check_shape(table, input, header, request->max_columns, &count, error));
    TRY_CLEANUP(foresee_targets(&target, input, table, header->rank, request, error));
    TRY_CLEANUP(clmlp_allocate(&chunk, CHUNK, 1, "an input buffer", error));
    TRY_CLEANUP(read_elements(table, input, header, &target, count, chunk, error));
    TRY_CLEANUP(clmlp_array_take_columns(table, input->path, header->rank, shape, request, error));
    TRY_CLEANUP(judge_pixels(table, input, header, request, error));
    TRY_CLEANUP(clmlp_text_append(&form, error, "%s, %s", header->idx ? "IDX" : "NPY", shape));
    table->form = form.data;
    table->columns = table->n + (table->has_target ? table->target_count : 0);
cleanup:
    free(target.several);
    free(chunk);
    return status;
}
