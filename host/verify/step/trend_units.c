/* trend_units.c - what is known of units only when they are suspected: which are alike, and have equal terms.
 *
 * Both cost more than the sums, and both only take suspicion away. */
#include "verify/step/trend_units.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

/* --- units that are alike ----------------------------------------------------------------------------------------- */

enum { SAMPLES = 8, NUMBERS = 64 }; /* elements, and numbers, of a unit that are looked at */

typedef struct number {
    double size; /* 0 for 0, which rounds nothing */
    size_t unit;
} number;

static int by_size_of_number(const void *a, const void *b)
{
    const number *const x = a, *const y = b;
    if (x->size != y->size) return x->size < y->size ? -1 : 1;
    return (x->unit > y->unit) - (x->unit < y->unit);
}

/* Number k of a unit, as it is compared; *whole is raised to the size of the number itself. */
static double number_of(const clmlp_trend_numbers *numbers, size_t j, size_t k, double *whole)
{
    const size_t at = j * numbers->unit_stride + k * numbers->number_stride;
    const double size = fabs(numbers->of[at]);
    if (!(size <= DBL_MAX)) return 0.0;
    *whole = size > *whole ? size : *whole;
    if (numbers->from != NULL) return fabs(numbers->of[at] - numbers->from[at]);
    return clmlp_binade(size) > 0.0 ? size / clmlp_binade(size) : 0.0;
}

/* Add to each unit how many have its number k. Closer than 8 u is the same; of steps 8 u of the numbers that they lead
 * to. */
static void count_alike(const clmlp_trend_numbers *numbers, double u, size_t k, size_t count, number *list,
                        double *alike, double *looked)
{
    double whole = 0.0;
    for (size_t j = 0; j < count; j++) list[j] = (number){number_of(numbers, j, k, &whole), j};
    qsort(list, count, sizeof *list, by_size_of_number);
    for (size_t begin = 0, end = 0; begin < count; begin = end) {
        const double near = 8.0 * u * (numbers->from != NULL ? whole : list[begin].size);
        while (end < count && !(list[end].size - list[begin].size > near)) end++;
        for (size_t i = begin; i < end && list[begin].size > 0.0; i++) {
            alike[list[i].unit] += (double)(end - begin);
            looked[list[i].unit] += 1.0;
        }
    }
}

static clmlp_status find_alike(const clmlp_trend_numbers *numbers, double u, clmlp_trend_unit *units, size_t count,
                               clmlp_error *error)
{
    number *list = NULL;
    double *alike = NULL, *looked = NULL;
    clmlp_status status = CLMLP_OK;
    const size_t samples = numbers->count < NUMBERS ? numbers->count : NUMBERS;
    TRY_CLEANUP(clmlp_allocate(&list, count, sizeof *list, "the units of a layer", error));
    TRY_CLEANUP(clmlp_allocate(&alike, count, sizeof *alike, "the units of a layer", error));
    TRY_CLEANUP(clmlp_allocate(&looked, count, sizeof *looked, "the units of a layer", error));
    for (size_t i = 0; i < samples; i++) {
        count_alike(numbers, u, i * numbers->count / samples, count, list, alike, looked);
    }
    for (size_t j = 0; j < count; j++) {
        const double same = looked[j] > 0.0 ? alike[j] / looked[j] : 1.0;
        units[j].alike = units[j].alike > same ? units[j].alike : same;
    }
cleanup:
    free(list);
    free(alike);
    free(looked);
    return status;
}

clmlp_status clmlp_trend_find_alike(const clmlp_trend_data *t, clmlp_trend_unit *units, size_t count,
                                    clmlp_error *error)
{
    for (size_t i = 0; i < sizeof t->unit / sizeof *t->unit; i++) {
        if (t->unit[i].of != NULL) TRY(find_alike(&t->unit[i], t->arithmetic->u, units, count, error));
    }
    return CLMLP_OK;
}

/* --- equal terms -------------------------------------------------------------------------------------------------- */

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* By how much an element's errors are larger than those of terms that differ: sqrt(sum c^2 / n), where c of n terms
 * that are not 0 are equal. Terms closer than u sum|t|, half a unit in the last place of the sum, are equal. */
static double widening(const clmlp_trend_data *t, size_t r, size_t c, double *sizes)
{
    size_t count = 0;
    double sum = 0.0, squares = 0.0, equal = 0.0;
    for (size_t k = 0; k < t->terms; k++) {
        const double term = fabs(t->left[r * t->left_row + k * t->left_term] *
                                 t->right[c * t->right_column + k * t->right_term]);
        if (!(term > 0.0)) continue;
        sizes[count++] = term;
        sum += term;
    }
    qsort(sizes, count, sizeof *sizes, by_size);
    const double step = t->arithmetic->u * sum;
    double first = 0.0;
    for (size_t k = 0; k < count; k++) {
        if (k == 0 || !(sizes[k] - first <= step)) {
            squares += equal * equal;
            equal = 0.0;
            first = sizes[k];
        }
        equal += 1.0;
    }
    squares += equal * equal;
    return count > 0 ? sqrt(squares / (double)count) : 1.0;
}

/* The most of some elements of a unit, from all over it. */
static double widening_of_unit(const clmlp_trend_data *t, size_t j, double *sizes)
{
    const size_t others = t->units_are_rows ? t->columns : t->rows;
    const size_t samples = others < SAMPLES ? others : SAMPLES;
    double most = 1.0;
    for (size_t i = 0; i < samples; i++) {
        const size_t other = (2 * i + 1) * others / (2 * samples);
        const double w = t->units_are_rows ? widening(t, j, other, sizes) : widening(t, other, t->first + j, sizes);
        most = w > most ? w : most;
    }
    return most;
}

clmlp_status clmlp_trend_widen_equal_terms(const clmlp_trend_data *t, clmlp_trend_unit *units, size_t count,
                                           clmlp_error *error)
{
    double *sizes = NULL;
    if (t->left == NULL) return CLMLP_OK;
    TRY(clmlp_allocate(&sizes, t->terms, sizeof *sizes, "the terms of a sum", error));
    for (size_t j = 0; j < count; j++) {
        const double w = widening_of_unit(t, j, sizes);
        clmlp_trend_unit *const u = &units[j];
        u->error /= w * w;
        u->square /= w * w;
        u->allowed /= w * w;
        u->size /= w;
        u->offset /= w;
        u->offset_allowed /= w;
        /* an offset is one in d, which the units have different ones of now: the count stays */
    }
    free(sizes);
    return CLMLP_OK;
}
