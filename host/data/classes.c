/* classes.c - class labels: distinct targets named, sorted and numbered. */
#include "data/classes.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"
#include "data/quote.h"

enum { FIRST_SLOTS = 256, NUMBER_LENGTH = 32 };

static const char *text_of(const clmlp_classes *classes, size_t entry)
{
    return classes->texts + classes->entries[entry].offset;
}

static clmlp_status fail_at(const clmlp_classes *classes, const clmlp_class_entry *entry, clmlp_error *error,
                            const char *what)
{
    return clmlp_fail(error, CLMLP_BAD_INPUT, classes->binary ? "%s: row %zu, column %zu: %s" : "%s:%zu:%zu: %s",
                      classes->path, entry->line, entry->column, what);
}

/* FNV-1a. */
static size_t hash(const char *text, size_t length)
{
    uint64_t value = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < length; i++) value = (value ^ (unsigned char)text[i]) * UINT64_C(1099511628211);
    return (size_t)(value ^ value >> 32);
}

/* The slot that has this text, or the free one where it belongs. */
static uint32_t *find_slot(const clmlp_classes *classes, const char *text, size_t length)
{
    const size_t mask = classes->slot_count - 1;
    for (size_t i = hash(text, length) & mask;; i = (i + 1) & mask) {
        uint32_t *slot = &classes->slots[i];
        if (*slot == 0) return slot;
        const clmlp_class_entry *entry = &classes->entries[*slot - 1];
        if (entry->length == length && memcmp(classes->texts + entry->offset, text, length) == 0) return slot;
    }
}

static clmlp_status grow_table(clmlp_classes *classes, clmlp_error *error)
{
    if (2 * (classes->count + 1) <= classes->slot_count) return CLMLP_OK;
    const size_t slot_count = classes->slot_count > 0 ? 2 * classes->slot_count : FIRST_SLOTS;
    uint32_t *slots = NULL;
    TRY(clmlp_allocate(&slots, slot_count, sizeof *slots, "a table of classes", error));
    free(classes->slots);
    classes->slots = slots;
    classes->slot_count = slot_count;
    for (size_t i = 0; i < classes->count; i++) {
        *find_slot(classes, text_of(classes, i), classes->entries[i].length) = (uint32_t)i + 1;
    }
    return CLMLP_OK;
}

static clmlp_status add_entry(clmlp_classes *classes, const char *text, size_t length, size_t line, size_t column,
                              clmlp_error *error)
{
    TRY(clmlp_grow(&classes->entries, &classes->entry_capacity, classes->count + 1, sizeof *classes->entries,
                   "a table of classes", error));
    TRY(clmlp_grow(&classes->texts, &classes->text_capacity, classes->text_length + length + 1, 1,
                   "the names of classes", error));
    memcpy(classes->texts + classes->text_length, text, length);
    classes->texts[classes->text_length + length] = '\0';
    classes->entries[classes->count] = (clmlp_class_entry){classes->text_length, length, line, column};
    classes->text_length += length + 1;
    classes->count++;
    return CLMLP_OK;
}

clmlp_status clmlp_classes_add(clmlp_classes *classes, const char *text, size_t length, size_t line, size_t column,
                               clmlp_error *error)
{
    if (classes->m >= UINT32_MAX - 1) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: more than %" PRIu32 " rows", classes->path, UINT32_MAX - 1);
    }
    TRY(grow_table(classes, error));
    TRY(clmlp_grow(&classes->labels, &classes->label_capacity, classes->m + 1, sizeof *classes->labels, "labels",
                   error));
    uint32_t *slot = find_slot(classes, text, length);
    if (*slot == 0) {
        TRY(add_entry(classes, text, length, line, column, error));
        *slot = (uint32_t)classes->count;
    }
    classes->labels[classes->m++] = *slot - 1;
    return CLMLP_OK;
}

clmlp_status clmlp_classes_add_number(clmlp_classes *classes, double value, size_t row, size_t column,
                                      clmlp_error *error)
{
    char text[NUMBER_LENGTH];
    const bool integer = fabs(value) <= 0x1p53 && value == floor(value);
    const int length = integer ? snprintf(text, sizeof text, "%" PRId64, (int64_t)value)
                               : snprintf(text, sizeof text, "%.17g", value);
    return clmlp_classes_add(classes, text, (size_t)length, row, column, error);
}

/* What the text of a label says. */
typedef enum label_type { LABEL_TEXT, LABEL_NUMBER, LABEL_INTEGER, LABEL_NOT_FINITE } label_type;

static label_type read_label(const clmlp_classes *classes, size_t entry, int64_t *integer)
{
    const char *text = text_of(classes, entry), *end = text + classes->entries[entry].length;
    double value = 0.0;
    if (clmlp_parse_int64(text, end, integer)) return LABEL_INTEGER;
    if (!clmlp_parse_double(text, end, &value)) return LABEL_TEXT;
    if (!isfinite(value)) return LABEL_NOT_FINITE;
    if (value != floor(value) || fabs(value) > 0x1p53) return LABEL_NUMBER;
    *integer = (int64_t)value;
    return LABEL_INTEGER;
}

bool clmlp_classes_first_is_name(const clmlp_classes *classes)
{
    int64_t integer = 0;
    if (classes->m < 2 || read_label(classes, 0, &integer) != LABEL_TEXT) return false;
    for (size_t i = 1; i < classes->count; i++) {
        if (read_label(classes, i, &integer) == LABEL_TEXT) return false;
    }
    for (size_t i = 1; i < classes->m; i++) {
        if (classes->labels[i] == 0) return false;
    }
    return true;
}

void clmlp_classes_drop_first(clmlp_classes *classes)
{
    classes->m--;
    memmove(classes->labels, classes->labels + 1, classes->m * sizeof *classes->labels);
    classes->unused = 1;
    for (size_t i = 0; i < classes->m; i++) {
        if (classes->labels[i] == 0) classes->unused = 0;
    }
}

/* A distinct label on its way to a class. */
typedef struct candidate {
    int64_t integer;
    const char *name;
    size_t entry;
} candidate;

/* Are all labels integers? Numbers that are not are an error, unless there is also text. */
static clmlp_status all_integers(const clmlp_classes *classes, candidate *candidates, bool *integers,
                                 clmlp_error *error)
{
    size_t texts = 0, odd = classes->count;
    bool odd_is_finite = false;
    for (size_t i = classes->unused; i < classes->count; i++) {
        candidate *c = &candidates[i - classes->unused];
        const label_type type = read_label(classes, i, &c->integer);
        c->name = text_of(classes, i);
        c->entry = i;
        texts += type == LABEL_TEXT;
        if ((type == LABEL_NUMBER || type == LABEL_NOT_FINITE) && odd == classes->count) {
            odd = i;
            odd_is_finite = type == LABEL_NUMBER;
        }
    }
    *integers = texts == 0 && odd == classes->count;
    if (texts > 0 || *integers) return CLMLP_OK;
    char quoted[CLMLP_QUOTE_LENGTH], what[CLMLP_QUOTE_LENGTH + 160];
    (void)clmlp_quote(quoted, text_of(classes, odd), classes->entries[odd].length);
    if (odd_is_finite) {
        (void)snprintf(what, sizeof what,
                       "the targets are numbers but not all integers (found %s), so they cannot be classes; "
                       "real targets need --output linear", quoted);
    } else {
        (void)snprintf(what, sizeof what, "found %s, expected a class", quoted);
    }
    return fail_at(classes, &classes->entries[odd], error, what);
}

static int compare_integers(const void *a, const void *b)
{
    const candidate *x = a, *y = b;
    return (x->integer > y->integer) - (x->integer < y->integer);
}

static int compare_texts(const void *a, const void *b)
{
    const candidate *x = a, *y = b;
    return strcmp(x->name, y->name); /* bytes, as unsigned */
}

/* Sort, merge equal integers, name: map [count] from entry to class. */
static clmlp_status name_classes(const clmlp_classes *classes, candidate *candidates, bool integers, uint32_t *map,
                                 char ***names, size_t *K, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    const size_t count = classes->count - classes->unused;
    const char **found = NULL;
    char(*digits)[NUMBER_LENGTH] = NULL;
    size_t k = 0;
    qsort(candidates, count, sizeof *candidates, integers ? compare_integers : compare_texts);
    TRY_CLEANUP(clmlp_allocate(&found, count, sizeof *found, "the names of classes", error));
    if (integers) TRY_CLEANUP(clmlp_allocate(&digits, count, sizeof *digits, "the names of classes", error));
    for (size_t i = 0; i < count; i++) {
        const bool again = integers && i > 0 && candidates[i].integer == candidates[i - 1].integer;
        if (!again) {
            if (integers) (void)snprintf(digits[k], NUMBER_LENGTH, "%" PRId64, candidates[i].integer);
            found[k] = integers ? digits[k] : candidates[i].name;
            k++;
        }
        map[candidates[i].entry] = (uint32_t)(k - 1);
    }
    TRY_CLEANUP(clmlp_duplicate_list(names, found, k, error));
    *K = k;
cleanup:
    free(digits);
    free(found);
    return status;
}

/* Class of an entry among the known ones, by its text or, for integers, by its value. */
static clmlp_status find_known(const clmlp_classes *classes, size_t entry, const char *const *known_names,
                               size_t known_count, uint32_t *k, clmlp_error *error)
{
    int64_t integer = 0;
    size_t found = clmlp_find_name(known_names, known_count, text_of(classes, entry));
    if (found == known_count && read_label(classes, entry, &integer) == LABEL_INTEGER) {
        char digits[NUMBER_LENGTH];
        (void)snprintf(digits, sizeof digits, "%" PRId64, integer);
        found = clmlp_find_name(known_names, known_count, digits);
    }
    *k = (uint32_t)found;
    if (found < known_count) return CLMLP_OK;
    char quoted[CLMLP_QUOTE_LENGTH], list[CLMLP_QUOTE_LIST_LENGTH];
    char what[CLMLP_QUOTE_LENGTH + CLMLP_QUOTE_LIST_LENGTH + 64];
    (void)snprintf(what, sizeof what, "found class %s, expected one of %s",
                   clmlp_quote(quoted, text_of(classes, entry), classes->entries[entry].length),
                   clmlp_quote_list(list, known_names, known_count));
    return fail_at(classes, &classes->entries[entry], error, what);
}

clmlp_status clmlp_classes_finish(clmlp_classes *classes, const char *const *known_names, size_t known_count,
                                  uint32_t **labels, char ***names, size_t *K, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    candidate *candidates = NULL;
    uint32_t *map = NULL;
    TRY_CLEANUP(clmlp_allocate(&map, classes->count, sizeof *map, "a table of classes", error));
    if (known_names != NULL) {
        for (size_t i = classes->unused; i < classes->count; i++) {
            TRY_CLEANUP(find_known(classes, i, known_names, known_count, &map[i], error));
        }
        TRY_CLEANUP(clmlp_duplicate_list(names, known_names, known_count, error));
        *K = known_count;
    } else {
        bool integers = false;
        TRY_CLEANUP(clmlp_allocate(&candidates, classes->count, sizeof *candidates, "a table of classes", error));
        TRY_CLEANUP(all_integers(classes, candidates, &integers, error));
        TRY_CLEANUP(name_classes(classes, candidates, integers, map, names, K, error));
    }
    for (size_t i = 0; i < classes->m; i++) classes->labels[i] = map[classes->labels[i]];
    *labels = classes->labels; /* handed over */
    classes->labels = NULL;
    classes->m = classes->label_capacity = 0;
cleanup:
    free(candidates);
    free(map);
    return status;
}

void clmlp_classes_release(clmlp_classes *classes)
{
    free(classes->entries);
    free(classes->texts);
    free(classes->slots);
    free(classes->labels);
    memset(classes, 0, sizeof *classes);
}
