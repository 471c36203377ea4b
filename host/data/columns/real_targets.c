/* real_targets.c - targets that are known to be no classes, as they are read: numbers, and what else is met. */
#include "data/columns/real_targets.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"

clmlp_status clmlp_real_targets_add(clmlp_real_targets *targets, double value, clmlp_error *error)
{
    TRY(clmlp_grow(&targets->y, &targets->capacity, targets->m + 1, sizeof *targets->y, "targets", error));
    targets->y[targets->m++] = value;
    return CLMLP_OK;
}

clmlp_status clmlp_real_targets_add_text(clmlp_real_targets *targets, const clmlp_marks *marks, const char *text,
                                         size_t length, size_t line, size_t column, clmlp_error *error)
{
    double value = (double)NAN;
    uint32_t code = 0;
    if (clmlp_is_missing(marks, text, length)) {
        clmlp_missing_add(&targets->missing, 1, line, column);
    } else if (!clmlp_parse_double(text, text + length, &value)) {
        if (targets->texts.count == 0) targets->text_line = line;
        TRY(clmlp_dictionary_code(&targets->texts, text, length, &code, error));
        value = (double)NAN;
    } else if (!isfinite(value)) {
        targets->has_infinite = true;
        value = (double)NAN;
    }
    return clmlp_real_targets_add(targets, value, error);
}

clmlp_status clmlp_real_targets_append(clmlp_real_targets *targets, const clmlp_real_targets *part, size_t lines,
                                       clmlp_error *error)
{
    const clmlp_dictionary *const texts = &part->texts;
    uint32_t code = 0;
    if (part->m == 0) return CLMLP_OK;
    TRY(clmlp_grow(&targets->y, &targets->capacity, targets->m + part->m, sizeof *targets->y, "targets", error));
    memcpy(targets->y + targets->m, part->y, part->m * sizeof *targets->y);
    targets->m += part->m;
    clmlp_missing_append(&targets->missing, &part->missing, lines);
    targets->has_infinite = targets->has_infinite || part->has_infinite;
    if (targets->texts.count == 0) targets->text_line = part->text_line + lines;
    for (size_t t = 1; t <= texts->count; t++) {
        TRY(clmlp_dictionary_code(&targets->texts, clmlp_dictionary_text(texts, t), clmlp_dictionary_length(texts, t),
                                  &code, error));
    }
    return CLMLP_OK;
}

void clmlp_real_targets_release(clmlp_real_targets *targets)
{
    free(targets->y);
    clmlp_dictionary_release(&targets->texts);
    memset(targets, 0, sizeof *targets);
}
