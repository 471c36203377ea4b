/* missing.c - texts that stand for a value that nobody knows. */
#include "data/columns/missing.h"

#include <math.h>
#include <string.h>

#include "base/number.h"

static const char *const defaults[] = {"", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "?"};

const char *clmlp_mark(const clmlp_marks *marks, size_t i)
{
    if (marks->texts != NULL) return i < marks->count ? marks->texts[i] : NULL;
    return i < sizeof defaults / sizeof *defaults ? defaults[i] : NULL;
}

bool clmlp_is_missing(const clmlp_marks *marks, const char *text, size_t length)
{
    const char *mark = NULL;
    for (size_t i = 0; (mark = clmlp_mark(marks, i)) != NULL; i++) {
        if (length == strlen(mark) && memcmp(text, mark, length) == 0) return true;
    }
    return false;
}

static bool holds(const clmlp_marks *marks, const clmlp_marks *others)
{
    const char *mark = NULL;
    for (size_t i = 0; (mark = clmlp_mark(others, i)) != NULL; i++) {
        if (!clmlp_is_missing(marks, mark, strlen(mark))) return false;
    }
    return true;
}

bool clmlp_marks_equal(const clmlp_marks *a, const clmlp_marks *b)
{
    return holds(a, b) && holds(b, a);
}

clmlp_status clmlp_marks_option(clmlp_text *text, const clmlp_marks *marks, const char *const *more, size_t count,
                                clmlp_error *error)
{
    const char *mark = NULL, *between = "";
    TRY(clmlp_text_append(text, error, "--missing-values='"));
    for (size_t i = 0; (mark = clmlp_mark(marks, i)) != NULL; i++) {
        TRY(clmlp_text_append(text, error, "%s%s", between, mark));
        between = ",";
    }
    for (size_t i = 0; i < count; i++) {
        if (strpbrk(more[i], ",'\n") != NULL) continue;
        TRY(clmlp_text_append(text, error, "%s%s", between, more[i]));
        between = ",";
    }
    return clmlp_text_append(text, error, "'");
}

static bool is_number(const char *mark, double *value)
{
    return clmlp_parse_double(mark, mark + strlen(mark), value) && isfinite(*value);
}

bool clmlp_marks_have_numbers(const clmlp_marks *marks)
{
    double value = 0.0;
    for (size_t i = 0; i < marks->count; i++) {
        if (is_number(marks->texts[i], &value)) return true;
    }
    return false;
}

bool clmlp_marks_have_number(const clmlp_marks *marks, double value)
{
    double number = 0.0;
    for (size_t i = 0; i < marks->count; i++) {
        if (is_number(marks->texts[i], &number) && number == value) return true;
    }
    return false;
}

void clmlp_missing_add(clmlp_missing *missing, size_t count, size_t line, size_t column)
{
    if (missing->count == 0) {
        missing->line = line;
        missing->column = column;
    }
    missing->count += count;
}

void clmlp_missing_append(clmlp_missing *missing, const clmlp_missing *part, size_t lines)
{
    if (part->count > 0) clmlp_missing_add(missing, part->count, part->line + lines, part->column);
}
