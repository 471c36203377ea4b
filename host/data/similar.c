/* similar.c - names that differ only in case or in space around them, found by sorting. */
#include "data/similar.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

typedef struct name {
    const char *text; /* without the space around it */
    size_t length, index;
} name;

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static int lower(char c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : (unsigned char)c;
}

static int compare_folded(const name *x, const name *y)
{
    for (size_t i = 0; i < x->length && i < y->length; i++) {
        if (lower(x->text[i]) != lower(y->text[i])) return lower(x->text[i]) < lower(y->text[i]) ? -1 : 1;
    }
    return (x->length > y->length) - (x->length < y->length);
}

static int compare(const void *a, const void *b)
{
    const name *const x = a, *const y = b;
    const int order = compare_folded(x, y);
    return order != 0 ? order : (x->index > y->index) - (x->index < y->index);
}

clmlp_status clmlp_find_similar(char *const *names, size_t name_count, size_t *count, size_t *first, size_t *second,
                                clmlp_error *error)
{
    name *sorted = NULL;
    *count = 0;
    if (name_count < 2) return CLMLP_OK;
    TRY(clmlp_allocate(&sorted, name_count, sizeof *sorted, "the names of classes", error));
    for (size_t k = 0; k < name_count; k++) {
        const char *begin = names[k], *end = begin + strlen(begin);
        while (begin < end && is_space(*begin)) begin++;
        while (end > begin && is_space(end[-1])) end--;
        sorted[k] = (name){begin, (size_t)(end - begin), k};
    }
    qsort(sorted, name_count, sizeof *sorted, compare);
    for (size_t k = 0; k < name_count; k++) {
        const bool before = k > 0 && compare_folded(&sorted[k - 1], &sorted[k]) == 0;
        const bool behind = k + 1 < name_count && compare_folded(&sorted[k], &sorted[k + 1]) == 0;
        if (!before && !behind) continue;
        if ((*count)++ > 0) continue;
        *first = sorted[k].index; /* the first of its kind: one follows */
        *second = sorted[k + 1].index;
    }
    free(sorted);
    return CLMLP_OK;
}
