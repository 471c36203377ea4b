/* targets.c - whether a column of targets holds classes or numbers: the rule of --task auto. */
#include "data/targets.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"
#include "data/quote.h"

/* Integers are classes while they are few and each stands for several examples. Two are classes always. Numbers from 0
 * on without a gap look like class numbers, so fewer examples will do. */
enum { MOST_CLASSES = 20, EXAMPLES_EACH = 5, EXAMPLES_EACH_NUMBERED = 2 };

/* The distinct labels of a column. */
typedef struct survey {
    double *values;         /* [numbers] in rising order, each once; not where fractions say what it is */
    size_t numbers, texts;
    const char *text;       /* the first of them */
    size_t length, line;
    bool has_fraction, has_infinite;
} survey;

static bool is_missing(const clmlp_classes *targets, size_t entry)
{
    return clmlp_is_missing(&targets->marks, clmlp_class_text(targets, entry), clmlp_class_length(targets, entry));
}

static bool value_of(const clmlp_classes *targets, size_t entry, double *value)
{
    const char *const text = clmlp_class_text(targets, entry);
    return clmlp_parse_double(text, text + clmlp_class_length(targets, entry), value);
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static clmlp_status look_at_entries(survey *found, const clmlp_classes *targets, clmlp_error *error)
{
    TRY(clmlp_allocate(&found->values, targets->count, sizeof *found->values, "the distinct targets", error));
    for (size_t i = targets->unused; i < targets->count; i++) {
        double value = 0.0;
        if (is_missing(targets, i)) continue;
        if (!value_of(targets, i, &value)) {
            if (found->texts++ > 0) continue;
            found->text = clmlp_class_text(targets, i);
            found->length = clmlp_class_length(targets, i);
            found->line = targets->places[i].line;
        } else if (!isfinite(value)) {
            found->has_infinite = true;
        } else {
            found->has_fraction = found->has_fraction || value != floor(value);
            found->values[found->numbers++] = value;
        }
    }
    return CLMLP_OK;
}

static clmlp_status look_at_real(survey *found, const clmlp_real_targets *real, clmlp_error *error)
{
    found->has_fraction = true;
    found->has_infinite = real->has_infinite;
    found->texts = real->texts.count;
    if (found->texts == 0) return CLMLP_OK;
    found->text = clmlp_dictionary_text(&real->texts, 1);
    found->length = clmlp_dictionary_length(&real->texts, 1);
    found->line = real->text_line;
    TRY(clmlp_allocate(&found->values, real->m, sizeof *found->values, "the distinct targets", error));
    for (size_t i = 0; i < real->m; i++) {
        if (!isnan(real->y[i])) found->values[found->numbers++] = real->y[i];
    }
    return CLMLP_OK;
}

/* "3" and "3.0" are one number. */
static void keep_distinct(survey *found)
{
    size_t kept = 0;
    if (found->numbers == 0) return;
    qsort(found->values, found->numbers, sizeof *found->values, compare);
    for (size_t i = 0; i < found->numbers; i++) {
        if (i == 0 || found->values[i] != found->values[kept - 1]) found->values[kept++] = found->values[i];
    }
    found->numbers = kept;
}

static bool few(const survey *found, size_t m)
{
    const size_t count = found->numbers;
    if (count <= 2) return true;
    const bool numbered = found->values[0] == 0.0 && found->values[count - 1] == (double)(count - 1);
    return count <= MOST_CLASSES && m / count >= (numbered ? EXAMPLES_EACH_NUMBERED : EXAMPLES_EACH);
}

static clmlp_status ask(const clmlp_classes *targets, const survey *found, const char *name, clmlp_error *error)
{
    char text[CLMLP_QUOTE_LENGTH], column[CLMLP_QUOTE_LENGTH + 8] = "", what[CLMLP_QUOTE_LENGTH + 128];
    if (name != NULL) (void)snprintf(column, sizeof column, " %s", clmlp_quote(text, name, strlen(name)));
    if (found->texts == 0) {
        (void)snprintf(what, sizeof what, "%zu distinct integers", found->numbers);
    } else {
        (void)snprintf(what, sizeof what, "%zu distinct numbers and %zu distinct text%s, the first %s in %s %zu",
                       found->numbers, found->texts, found->texts == 1 ? "" : "s",
                       clmlp_quote(text, found->text, found->length), targets->binary ? "row" : "line", found->line);
    }
    return clmlp_fail(error, CLMLP_BAD_INPUT,
                      "%s: is the target%s a class or a number? (found %s in %zu row%s); say --task classify or --task "
                      "regress", targets->path, column, what, targets->m, targets->m == 1 ? "" : "s");
}

clmlp_status clmlp_targets_decide(const clmlp_classes *targets, const char *name, clmlp_target_kind *kind,
                                  clmlp_error *error)
{
    survey found = {.numbers = 0};
    clmlp_status status = CLMLP_OK;
    TRY_CLEANUP(targets->is_real ? look_at_real(&found, &targets->real, error)
                                 : look_at_entries(&found, targets, error));
    const bool numbers = found.texts == 0 && !found.has_infinite;
    const bool real = numbers && found.has_fraction;
    *kind = real ? CLMLP_TARGET_VALUES : CLMLP_TARGET_CLASSES;
    if (real) goto cleanup; /* however many there are */
    keep_distinct(&found);
    const bool mixed = found.texts > 0 && (found.has_fraction || found.numbers > MOST_CLASSES);
    if (mixed || (numbers && !few(&found, targets->m))) status = ask(targets, &found, name, error);
cleanup:
    free(found.values);
    return status;
}

bool clmlp_targets_are_numbers(const clmlp_classes *targets)
{
    double value = 0.0;
    size_t numbers = 0;
    if (targets->is_real) return targets->real.texts.count == 0;
    for (size_t i = 0; i < targets->count; i++) {
        if (is_missing(targets, i)) continue;
        if (!value_of(targets, i, &value)) return false;
        numbers++;
    }
    return numbers > 0;
}

clmlp_status clmlp_targets_values(clmlp_classes *targets, double **y, clmlp_error *error)
{
    double *values = NULL;
    size_t first = targets->count, rows = 0;
    if (targets->is_real) {
        *y = targets->real.y; /* handed over */
        targets->real.y = NULL;
        targets->missing = targets->real.missing;
        return CLMLP_OK;
    }
    TRY(clmlp_allocate(&values, targets->count, sizeof *values, "the distinct targets", error));
    for (size_t i = 0; i < targets->count; i++) {
        if (is_missing(targets, i) || !value_of(targets, i, &values[i])) values[i] = (double)NAN;
    }
    const clmlp_status status = clmlp_allocate(y, targets->m, sizeof **y, "targets", error);
    for (size_t i = 0; status == CLMLP_OK && i < targets->m; i++) {
        const size_t entry = targets->labels[i];
        (*y)[i] = values[entry];
        if (!isnan(values[entry])) continue;
        if (rows++ == 0) first = entry;
    }
    free(values);
    if (rows == 0) return status;
    clmlp_missing_add(&targets->missing, rows, targets->places[first].line, targets->places[first].column);
    return status;
}
