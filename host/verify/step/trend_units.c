/* trend_units.c - what is known of units only when they are suspected: which are the same, and have equal terms.
 *
 * Both cost more than the sums, and both only take suspicion away. */
#include "verify/step/trend_units.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

/* --- units that are the same -------------------------------------------------------------------------------------- */

/* Of the numbers of a unit, without its sign and power of 2. */
static uint64_t hash_of(const clmlp_trend_data *t, size_t j)
{
    const double *number = t->unit + j * t->unit_stride;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    int first = 0;
    double sign = 0.0;
    for (size_t k = 0; k < t->numbers; k++, number += t->number_stride) {
        int exponent = 0;
        double fraction = frexp(*number, &exponent);
        if (sign == 0.0 && fraction != 0.0) {
            sign = fraction > 0.0 ? 1.0 : -1.0;
            first = exponent;
        }
        fraction = fraction != 0.0 ? sign * ldexp(fraction, exponent - first) : 0.0;
        uint64_t bits = 0;
        memcpy(&bits, &fraction, sizeof bits);
        hash = (hash ^ bits ^ (bits >> 32)) * UINT64_C(0x100000001b3);
    }
    return hash;
}

typedef struct hashed {
    uint64_t hash;
    size_t unit;
} hashed;

static int by_hash(const void *a, const void *b)
{
    const hashed *const x = a, *const y = b;
    if (x->hash != y->hash) return x->hash < y->hash ? -1 : 1;
    return x->unit < y->unit ? -1 : 1;
}

static void join(clmlp_trend_unit *into, const clmlp_trend_unit *from)
{
    into->error += from->error;
    into->size += from->size;
    into->square += from->square;
    into->allowed += from->allowed;
    into->offset += from->offset;
    into->count += from->count;
    into->offset_allowed += from->offset_allowed;
}

clmlp_status clmlp_trend_join_same_units(const clmlp_trend_data *t, clmlp_trend_unit *units, size_t count,
                                         size_t *left, clmlp_error *error)
{
    hashed *list = NULL;
    clmlp_trend_unit *own = NULL;
    clmlp_status status = CLMLP_OK;
    *left = 0;
    TRY_CLEANUP(clmlp_allocate(&list, count, sizeof *list, "the units of a layer", error));
    TRY_CLEANUP(clmlp_allocate(&own, count, sizeof *own, "the units of a layer", error));
    for (size_t j = 0; j < count; j++) list[j] = (hashed){hash_of(t, j), j};
    qsort(list, count, sizeof *list, by_hash);
    for (size_t i = 0; i < count; i++) {
        const bool same = i > 0 && list[i].hash == list[i - 1].hash;
        if (!same) own[(*left)++] = units[list[i].unit];
        else join(&own[*left - 1], &units[list[i].unit]);
    }
    memcpy(units, own, *left * sizeof *own);
cleanup:
    free(list);
    free(own);
    return status;
}

/* --- equal terms -------------------------------------------------------------------------------------------------- */

enum { SAMPLES = 8 }; /* elements of a unit whose terms are looked at */

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
