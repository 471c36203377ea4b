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

enum { NUMBER_LENGTH = 32 };

static clmlp_status fail_at(const clmlp_classes *classes, size_t entry, clmlp_error *error, const char *what)
{
    const clmlp_class_place *const place = &classes->places[entry];
    return clmlp_fail(error, CLMLP_BAD_INPUT, classes->binary ? "%s: row %zu, column %zu: %s" : "%s:%zu:%zu: %s",
                      classes->path, place->line, place->column, what);
}

/* What the text of a label says. */
typedef enum label_type { LABEL_TEXT, LABEL_NUMBER, LABEL_INTEGER, LABEL_NOT_FINITE } label_type;

/* An integer of any length: its digits without zeros in front. */
typedef struct integer_key {
    char own[NUMBER_LENGTH]; /* of "3.0" and "1e1" */
    const char *digits;      /* in `own`, or in the label */
    size_t length;           /* 0: zero */
    bool negative;
    bool padded; /* written with zeros in front, as codes are */
} integer_key;

static label_type read_label(const char *text, size_t length, integer_key *key)
{
    const char *const end = text + length, *p = text;
    double value = 0.0;
    *key = (integer_key){.negative = length > 0 && *text == '-'};
    if (p < end && (*p == '-' || *p == '+')) p++;
    const char *const digits = p;
    while (p < end && *p == '0') p++;
    key->padded = p > digits && digits + 1 < end && digits[1] >= '0' && digits[1] <= '9';
    key->digits = p;
    while (p < end && *p >= '0' && *p <= '9') p++;
    key->length = (size_t)(p - key->digits);
    if (key->length == 0) key->negative = false;
    if (p == end && p > digits) return LABEL_INTEGER;
    if (!clmlp_parse_double(text, end, &value)) return LABEL_TEXT;
    if (!isfinite(value)) return LABEL_NOT_FINITE;
    if (value != floor(value) || fabs(value) > 0x1p53) return LABEL_NUMBER;
    key->length = value == 0.0 ? 0 : (size_t)snprintf(key->own, sizeof key->own, "%.0f", fabs(value));
    key->digits = NULL; /* key may be copied: see digits_of */
    key->negative = value < 0.0;
    return LABEL_INTEGER;
}

static const char *digits_of(const integer_key *key)
{
    return key->digits != NULL ? key->digits : key->own;
}

static label_type label_of(const clmlp_classes *classes, size_t entry, integer_key *key)
{
    return read_label(clmlp_class_text(classes, entry), clmlp_class_length(classes, entry), key);
}

static bool is_missing(const clmlp_classes *classes, size_t entry)
{
    return clmlp_is_missing(&classes->marks, clmlp_class_text(classes, entry), clmlp_class_length(classes, entry));
}

/* A number that is no class. */
static bool is_odd(const clmlp_classes *classes, size_t entry)
{
    integer_key key;
    const label_type type = label_of(classes, entry, &key);
    return type == LABEL_NUMBER || type == LABEL_NOT_FINITE;
}

/* The labels so far as numbers; each is one, or missing. */
static clmlp_status convert(const clmlp_classes *classes, clmlp_real_targets *real, clmlp_error *error)
{
    for (size_t i = 0; i < classes->m; i++) {
        const size_t entry = classes->labels[i];
        const clmlp_class_place *const place = &classes->places[entry]; /* a later row's is of no use */
        TRY(clmlp_real_targets_add_text(real, &classes->marks, clmlp_class_text(classes, entry),
                                        clmlp_class_length(classes, entry), place->line, place->column, error));
    }
    return CLMLP_OK;
}

/* From classes to numbers. Of the entries, the first that is no class stays: it is told if there is an infinite one. */
static clmlp_status become_real(clmlp_classes *classes, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    clmlp_dictionary kept = {0};
    clmlp_real_targets real = {0};
    uint32_t code = 0;
    size_t odd = 0;
    while (is_missing(classes, odd) || !is_odd(classes, odd)) odd++; /* the fraction is one */
    TRY_CLEANUP(clmlp_dictionary_code(&kept, clmlp_class_text(classes, odd), clmlp_class_length(classes, odd), &code,
                                      error));
    TRY_CLEANUP(convert(classes, &real, error));
    classes->places[0] = classes->places[odd];
    clmlp_dictionary_release(&classes->texts);
    free(classes->labels);
    classes->labels = NULL;
    classes->label_capacity = 0;
    classes->texts = kept;
    classes->count = 1;
    classes->real = real;
    classes->is_real = true;
    memset(&kept, 0, sizeof kept);
    memset(&real, 0, sizeof real);
cleanup:
    clmlp_dictionary_release(&kept);
    clmlp_real_targets_release(&real);
    return status;
}

/* The last entry is new: does it say what the targets are? */
static clmlp_status look_at_new(clmlp_classes *classes, clmlp_error *error)
{
    const size_t entry = classes->count - 1;
    const char *const text = clmlp_class_text(classes, entry);
    double value = 0.0;
    if (is_missing(classes, entry)) return CLMLP_OK;
    const bool parsed = clmlp_parse_double(text, text + clmlp_class_length(classes, entry), &value);
    if (!parsed || !isfinite(value)) classes->guesses_kind = false;
    else if (value != floor(value)) return become_real(classes, error);
    return CLMLP_OK;
}

clmlp_status clmlp_classes_add(clmlp_classes *classes, const char *text, size_t length, size_t line, size_t column,
                               clmlp_error *error)
{
    if (classes->m >= UINT32_MAX - 1) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: more than %" PRIu32 " rows", classes->path, UINT32_MAX - 1);
    }
    if (classes->is_real) {
        classes->m++;
        return clmlp_real_targets_add_text(&classes->real, &classes->marks, text, length, line, column, error);
    }
    uint32_t code = 0;
    TRY(clmlp_grow(&classes->labels, &classes->label_capacity, classes->m + 1, sizeof *classes->labels, "labels",
                   error));
    TRY(clmlp_grow(&classes->places, &classes->place_capacity, classes->texts.count + 1, sizeof *classes->places,
                   "a table of classes", error));
    TRY(clmlp_dictionary_code(&classes->texts, text, length, &code, error));
    classes->labels[classes->m++] = code - 1;
    if (code <= classes->count) return CLMLP_OK;
    classes->places[classes->count++] = (clmlp_class_place){line, column};
    return classes->guesses_kind ? look_at_new(classes, error) : CLMLP_OK;
}

clmlp_status clmlp_classes_add_number(clmlp_classes *classes, double value, size_t row, size_t column,
                                      clmlp_error *error)
{
    char text[NUMBER_LENGTH];
    if (isnan(value)) return clmlp_classes_add(classes, "nan", 3, row, column, error);
    const bool integer = fabs(value) <= 0x1p53 && value == floor(value);
    const int length = integer ? snprintf(text, sizeof text, "%" PRId64, (int64_t)value)
                               : snprintf(text, sizeof text, "%.17g", value);
    return clmlp_classes_add(classes, text, (size_t)length, row, column, error);
}

static int compare_keys(const integer_key *x, const integer_key *y)
{
    if (x->negative != y->negative) return x->negative ? -1 : 1;
    const int sign = x->negative ? -1 : 1;
    if (x->length != y->length) return x->length < y->length ? -sign : sign;
    const int order = memcmp(digits_of(x), digits_of(y), x->length);
    return order < 0 ? -sign : order > 0 ? sign : 0;
}

bool clmlp_classes_first_is_name(const clmlp_classes *classes)
{
    integer_key key;
    if (classes->m < 2 || label_of(classes, 0, &key) != LABEL_TEXT) return false;
    for (size_t i = 1; i < classes->count; i++) {
        if (label_of(classes, i, &key) == LABEL_TEXT) return false;
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
    integer_key key;
    const char *name;
    size_t entry;
    label_type type;
} candidate;

static int compare_texts(const void *a, const void *b)
{
    const candidate *x = a, *y = b;
    return strcmp(x->name, y->name); /* bytes, as unsigned */
}

/* Integers in front, in numeric order. */
static int compare_integers(const void *a, const void *b)
{
    const candidate *x = a, *y = b;
    if (x->type != LABEL_INTEGER || y->type != LABEL_INTEGER) {
        return (x->type != LABEL_INTEGER) - (y->type != LABEL_INTEGER);
    }
    const int order = compare_keys(&x->key, &y->key);
    return order != 0 ? order : strcmp(x->name, y->name);
}

/* Sort into the order of the classes. Numbers that are no integers are an error, unless there is also text. */
static clmlp_status sort_candidates(const clmlp_classes *classes, candidate *candidates, size_t count,
                                    clmlp_notes *notes, clmlp_error *error)
{
    size_t texts = 0, integers = 0, odd = count;
    for (size_t i = 0; i < count; i++) {
        const label_type type = candidates[i].type;
        texts += type == LABEL_TEXT;
        integers += type == LABEL_INTEGER;
        if ((type == LABEL_NUMBER || type == LABEL_NOT_FINITE) && odd == count) odd = i;
    }
    if (texts == 0 && odd < count) {
        char quoted[CLMLP_QUOTE_LENGTH], what[CLMLP_QUOTE_LENGTH + 160];
        (void)clmlp_quote(quoted, candidates[odd].name, strlen(candidates[odd].name));
        (void)snprintf(what, sizeof what,
                       candidates[odd].type == LABEL_NUMBER
                           ? "the targets are numbers but not all integers (found %s), so they cannot be classes; "
                             "real targets need --output linear"
                           : "found %s, expected a class", quoted);
        return fail_at(classes, candidates[odd].entry, error, what);
    }
    qsort(candidates, count, sizeof *candidates, compare_integers);
    for (size_t i = 1; i < integers; i++) {
        if (compare_keys(&candidates[i - 1].key, &candidates[i].key) != 0) continue;
        char a[CLMLP_QUOTE_LENGTH], b[CLMLP_QUOTE_LENGTH];
        TRY(clmlp_notes_add(notes, error, "%s: %s and %s are one number in two spellings; they are two classes",
                            classes->path, clmlp_quote(a, candidates[i - 1].name, strlen(candidates[i - 1].name)),
                            clmlp_quote(b, candidates[i].name, strlen(candidates[i].name))));
        break; /* one example says it */
    }
    if (integers < count) qsort(candidates, count, sizeof *candidates, compare_texts);
    return CLMLP_OK;
}

/* Sort and name: map [count] from entry to class. */
static clmlp_status name_classes(const clmlp_classes *classes, uint32_t *map, char ***names, size_t *K,
                                 clmlp_notes *notes, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    candidate *candidates = NULL;
    const char **found = NULL;
    size_t count = 0;
    TRY_CLEANUP(clmlp_allocate(&candidates, classes->count, sizeof *candidates, "a table of classes", error));
    TRY_CLEANUP(clmlp_allocate(&found, classes->count, sizeof *found, "the names of classes", error));
    for (size_t i = classes->unused; i < classes->count; i++) {
        if (map[i] == CLMLP_NO_LABEL) continue;
        candidate *const c = &candidates[count++];
        c->type = label_of(classes, i, &c->key);
        c->name = clmlp_class_text(classes, i);
        c->entry = i;
    }
    TRY_CLEANUP(sort_candidates(classes, candidates, count, notes, error));
    for (size_t k = 0; k < count; k++) {
        found[k] = candidates[k].name;
        map[candidates[k].entry] = (uint32_t)k;
    }
    TRY_CLEANUP(clmlp_duplicate_list(names, found, count, error));
    *K = count;
cleanup:
    free(found);
    free(candidates);
    return status;
}

/* The only known class that is the same integer, none of both with zeros in front; or known_count. */
static size_t find_spelling(const integer_key *key, const char *const *known_names, size_t known_count)
{
    size_t found = known_count;
    if (key->padded) return known_count;
    for (size_t k = 0; k < known_count; k++) {
        integer_key other;
        if (read_label(known_names[k], strlen(known_names[k]), &other) != LABEL_INTEGER || other.padded) continue;
        if (compare_keys(key, &other) != 0) continue;
        if (found < known_count) return known_count;
        found = k;
    }
    return found;
}

/* Class of an entry among the known ones. */
static clmlp_status find_known(const clmlp_classes *classes, size_t entry, const char *const *known_names,
                               size_t known_count, uint32_t *k, clmlp_notes *notes, clmlp_error *error)
{
    integer_key key;
    char quoted[CLMLP_QUOTE_LENGTH], name[CLMLP_QUOTE_LENGTH], list[CLMLP_QUOTE_LIST_LENGTH];
    const char *const text = clmlp_class_text(classes, entry);
    const size_t length = clmlp_class_length(classes, entry);
    size_t found = clmlp_find_name(known_names, known_count, text);
    (void)clmlp_quote(quoted, text, length);
    if (found == known_count && read_label(text, length, &key) == LABEL_INTEGER) {
        found = find_spelling(&key, known_names, known_count);
        if (found < known_count) {
            TRY(clmlp_notes_add(notes, error, "%s: class %s is read as %s", classes->path, quoted,
                                clmlp_quote(name, known_names[found], strlen(known_names[found]))));
        }
    }
    *k = (uint32_t)found;
    if (found < known_count) return CLMLP_OK;
    char what[CLMLP_QUOTE_LENGTH + CLMLP_QUOTE_LIST_LENGTH + 64];
    (void)snprintf(what, sizeof what, "found class %s, expected one of %s", quoted,
                   clmlp_quote_list(list, known_names, known_count));
    return fail_at(classes, entry, error, what);
}

/* Mark the entries that are missing values, and count their rows. */
static void find_missing(clmlp_classes *classes, const char *const *known_names, size_t known_count, uint32_t *map)
{
    const clmlp_class_place *first = NULL;
    size_t rows = 0;
    for (size_t i = classes->unused; i < classes->count; i++) {
        const char *const text = clmlp_class_text(classes, i);
        map[i] = 0;
        if (!is_missing(classes, i)) continue;
        if (known_names != NULL && clmlp_find_name(known_names, known_count, text) < known_count) continue;
        map[i] = CLMLP_NO_LABEL;
        if (first == NULL) first = &classes->places[i];
    }
    if (first == NULL) return;
    for (size_t i = 0; i < classes->m; i++) rows += map[classes->labels[i]] == CLMLP_NO_LABEL;
    clmlp_missing_add(&classes->missing, rows, first->line, first->column);
}

clmlp_status clmlp_classes_finish(clmlp_classes *classes, const char *const *known_names, size_t known_count,
                                  uint32_t **labels, char ***names, size_t *K, clmlp_notes *notes,
                                  clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    uint32_t *map = NULL;
    TRY_CLEANUP(clmlp_allocate(&map, classes->count, sizeof *map, "a table of classes", error));
    find_missing(classes, known_names, known_count, map);
    if (known_names != NULL) {
        for (size_t i = classes->unused; i < classes->count; i++) {
            if (map[i] == CLMLP_NO_LABEL) continue;
            TRY_CLEANUP(find_known(classes, i, known_names, known_count, &map[i], notes, error));
        }
        TRY_CLEANUP(clmlp_duplicate_list(names, known_names, known_count, error));
        *K = known_count;
    } else {
        TRY_CLEANUP(name_classes(classes, map, names, K, notes, error));
    }
    for (size_t i = 0; i < classes->m; i++) classes->labels[i] = map[classes->labels[i]];
    *labels = classes->labels; /* handed over */
    classes->labels = NULL;
    classes->m = classes->label_capacity = 0;
cleanup:
    free(map);
    return status;
}

void clmlp_classes_release(clmlp_classes *classes)
{
    clmlp_dictionary_release(&classes->texts);
    clmlp_real_targets_release(&classes->real);
    free(classes->places);
    free(classes->labels);
    memset(classes, 0, sizeof *classes);
}
