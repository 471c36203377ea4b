/* array.c - typed array elements of IDX and NPY files, read into a table. */
#include "data/readers/array.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "data/readers/divide/moves.h"

enum { CHUNK = 1 << 16, SHAPE_LENGTH = 224 };

/* "uint8 [60000 x 28 x 28]" */
static char *describe(char text[SHAPE_LENGTH], const clmlp_array_header *header)
{
    int used = snprintf(text, SHAPE_LENGTH, "%s [", clmlp_element_type_of(header->element)->name);
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
    if (header->element == CLMLP_ELEMENT_F32 || header->element == CLMLP_ELEMENT_F64) {
        return clmlp_element_is_nan(p, header);
    }
    return kind == CLMLP_TARGET_CLASSES;
}

static clmlp_status report_bad(const clmlp_table *table, const clmlp_input *input, const clmlp_array_header *header,
                               const target_column *target, const unsigned char *chunk, size_t first, size_t count,
                               clmlp_error *error)
{
    const size_t bytes = clmlp_element_type_of(header->element)->bytes;
    char text[32];
    for (size_t i = 0; i < count; i++) {
        const unsigned char *const p = chunk + i * bytes;
        const size_t at = first + i;
        if (!clmlp_element_is_bad(p, header, text)) continue;
        if (is_target(target, at % table->n) && is_good_target(p, header, target->kind)) continue;
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: row %zu, column %zu: found %s, expected %s", input->path,
                          at / table->n + 1, at % table->n + 1, text,
                          is_wide_integer(header) ? "an integer between -2^53 and 2^53" : "a finite number");
    }
    return CLMLP_OK;
}

/* What elements are read with, and where to. */
typedef struct reading {
    clmlp_table *table;
    clmlp_input *input;
    const clmlp_array_header *header;
    const target_column *target;
    clmlp_classes *labels; /* gets those of wide integers */
    size_t count;          /* of all elements */
    size_t capacity;       /* elements that x has room for */
    unsigned char *chunk;  /* [CHUNK] */
    clmlp_error *error;
} reading;

/* Labels that a double need not hold, digit by digit. */
static clmlp_status add_wide_labels(const reading *r, size_t first, size_t count)
{
    const size_t n = r->table->n, index = r->target->index;
    char text[32];
    if (index >= n || r->target->kind != CLMLP_TARGET_CLASSES || !is_wide_integer(r->header)) return CLMLP_OK;
    for (size_t i = (index + n - first % n) % n; i < count; i += n) {
        (void)clmlp_element_is_bad(r->chunk + 8 * i, r->header, text);
        TRY(clmlp_classes_add(r->labels, text, strlen(text), (first + i) / n + 1, index + 1, r->error));
    }
    return CLMLP_OK;
}

/* Elements [first, end), the input standing at the first of them, to their places in x, which grows. */
static clmlp_status read_range(reading *r, size_t first, size_t end)
{
    clmlp_table *const table = r->table;
    const size_t bytes = clmlp_element_type_of(r->header->element)->bytes, size = clmlp_storage_size(table->storage);
    size_t got = 0;
    char shape[SHAPE_LENGTH];
    for (size_t done = first; done < end;) {
        const size_t wanted = end - done < CHUNK / bytes ? end - done : CHUNK / bytes;
        TRY(clmlp_input_read(r->input, r->chunk, wanted * bytes, &got, r->error));
        if (got < wanted * bytes) {
            return clmlp_fail(r->error, CLMLP_BAD_INPUT,
                              "%s: ends too early (found %zu bytes of data, expected %zu for %s)", r->input->path,
                              done * bytes + got, r->count * bytes, describe(shape, r->header));
        }
        TRY(clmlp_grow(&table->x, &r->capacity, done + wanted, size, "the data", r->error));
        void *to = (char *)table->x + done * size;
        clmlp_elements_decode(to, r->chunk, wanted, r->header);
        if (!clmlp_elements_are_good(to, wanted, r->header)) {
            TRY(report_bad(table, r->input, r->header, r->target, r->chunk, done, wanted, r->error));
        }
        TRY(add_wide_labels(r, done, wanted));
        done += wanted;
    }
    return CLMLP_OK;
}

static clmlp_status read_elements(reading *r)
{
    clmlp_table *const table = r->table;
    const size_t bytes = clmlp_element_type_of(r->header->element)->bytes, size = clmlp_storage_size(table->storage);
    char shape[SHAPE_LENGTH];
    size_t got = 0;
    TRY(read_range(r, 0, r->count));
    TRY(clmlp_input_read(r->input, r->chunk, 1, &got, r->error));
    if (got > 0) {
        return clmlp_fail(r->error, CLMLP_BAD_INPUT, "%s: goes on after its end (expected %zu bytes of data for %s)",
                          r->input->path, r->count * bytes, describe(shape, r->header));
    }
    void *exact = r->count > 0 ? realloc(table->x, r->count * size) : NULL; /* of 0 bytes it may free x */
    if (exact != NULL) table->x = exact;
    return CLMLP_OK;
}

/* --- by several ranks ------------------------------------------------------------------------------------- */

/* Whether the elements, which start at the input's position, are to be divided: all of them are there, and no more. */
static bool is_worth_dividing(const clmlp_division *division, const reading *r)
{
    const uint64_t start = clmlp_input_position(r->input), bytes = clmlp_element_type_of(r->header->element)->bytes;
    return clmlp_is_divided(division) && division->size > start && (division->size - start) / bytes == r->count &&
           (division->size - start) % bytes == 0 && division->size - start >= clmlp_division_least(division);
}

/* The first element of a rank's rows. */
static size_t first_of(const clmlp_division *division, const clmlp_table *table, size_t rank)
{
    const size_t count = division->count;
    return (table->m / count * rank + table->m % count * rank / count) * table->n;
}

/* This rank's rows to their places. */
static clmlp_status read_own(reading *r, const clmlp_division *division)
{
    const size_t first = first_of(division, r->table, division->rank);
    const uint64_t bytes = clmlp_element_type_of(r->header->element)->bytes;
    TRY(clmlp_input_seek(r->input, clmlp_input_position(r->input) + first * bytes, r->error));
    return read_range(r, first, first_of(division, r->table, division->rank + 1));
}

/* Of the first rank that found a fault in its rows: it is the first fault of the file. */
static clmlp_status agree(clmlp_division *division, clmlp_status mine, clmlp_error *error)
{
    const uint64_t own = mine;
    const void *gathered = NULL;
    TRY(clmlp_division_gather(division, &own, sizeof own, &gathered, error));
    for (size_t r = 0; r < division->count; r++) {
        const clmlp_status status = (clmlp_status)((const uint64_t *)gathered)[r];
        if (status != CLMLP_OK) return clmlp_division_pass(division, r, status, status != CLMLP_BAD_INPUT, error);
    }
    return CLMLP_OK;
}

/* The rows of a rank, at their places, and their labels, which come behind those in front. */
static clmlp_status exchange(reading *r, clmlp_division *division, size_t rank)
{
    clmlp_table *const table = r->table;
    const size_t first = first_of(division, table, rank), end = first_of(division, table, rank + 1);
    const size_t size = clmlp_storage_size(table->storage);
    clmlp_classes received;
    clmlp_classes *const labels = rank == division->rank ? r->labels : &received;
    clmlp_parcel parcel;
    clmlp_classes_begin_part(&received, &table->classes);
    clmlp_parcel_begin(&parcel, division, rank, r->error);
    clmlp_parcel_move(&parcel, (char *)table->x + first * size, (end - first) * size);
    clmlp_move_classes(&parcel, labels);
    clmlp_status status = clmlp_parcel_end(&parcel);
    if (status == CLMLP_OK) status = clmlp_classes_append(&table->classes, labels, 0, r->error);
    clmlp_classes_release(&received);
    return division->over ? status : clmlp_division_meet(division, status, r->error);
}

static clmlp_status read_divided(reading *r, clmlp_division *division)
{
    clmlp_classes own;
    clmlp_table *const table = r->table;
    clmlp_classes_begin_part(&own, &table->classes);
    r->labels = &own;
    r->capacity = r->count;
    clmlp_status status = clmlp_allocate(&table->x, r->count, clmlp_storage_size(table->storage), "the data", r->error);
    TRY_CLEANUP(clmlp_division_meet(division, status, r->error));
    TRY_CLEANUP(agree(division, read_own(r, division), r->error));
    for (size_t rank = 0; rank < division->count; rank++) TRY_CLEANUP(exchange(r, division, rank));
cleanup:
    clmlp_classes_release(&own);
    return status;
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
    table->storage = clmlp_element_type_of(header->element)->storage;
    table->classes.path = input->path;
    table->classes.binary = true;
    table->classes.guesses_kind = request->guesses_kind;
    TRY(check_shape(table, input, header, request->max_columns, &count, error));
    TRY_CLEANUP(foresee_targets(&target, input, table, header->rank, request, error));
    TRY_CLEANUP(clmlp_allocate(&chunk, CHUNK, 1, "an input buffer", error));
    reading r = {.table = table, .input = input, .header = header, .target = &target, .labels = &table->classes,
                 .count = count, .chunk = chunk, .error = error};
    TRY_CLEANUP(is_worth_dividing(request->division, &r) ? read_divided(&r, request->division) : read_elements(&r));
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
