/* findings_values.c - numbers of a column that may mean something else: thousands, or that there is no value. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "data/apart.h"
#include "data/describe/describe.h"

/* --- thousands ----------------------------------------------------------------------------------------------- */

clmlp_status clmlp_find_thousands(clmlp_description *d, clmlp_error *error)
{
    const clmlp_survey *const survey = &d->data.survey;
    char place[CLMLP_PLACE_LENGTH];
    for (size_t i = 0; i < survey->thousands_count; i++) {
        const clmlp_thousands *const found = &survey->thousands[i];
        size_t c = 0;
        while (c < d->data.column_count && survey->source != NULL && survey->source[c] != found->column) c++;
        TRY(clmlp_describe_add(d, CLMLP_DATA_FINDING_THOUSANDS, found->count,
                               clmlp_describe_place(place, &d->data, d->data.dataset->m, c),
                               "if these are thousands, write them without the mark", error, "%s", found->text));
    }
    return CLMLP_OK;
}

/* --- no value ------------------------------------------------------------------------------------------------ */

static clmlp_status find_mark(clmlp_description *d, size_t c, double value, clmlp_error *error)
{
    const clmlp_marks marks = clmlp_columns_marks(d->data.dataset->columns);
    const bool text = d->data.survey.form != NULL && strncmp(d->data.survey.form, "text", 4) == 0;
    const size_t count = clmlp_count_apart(d->data.dataset, c, value);
    char number[32], place[CLMLP_PLACE_LENGTH];
    clmlp_text advice = {0};
    if (count == 0) return CLMLP_OK;
    const char *const more[] = {clmlp_format_double(number, value, 17)};
    clmlp_status status = clmlp_text_append(&advice, error, "if it means that there is no value: %s",
                                            text ? "" : "put another one in its place, or leave these rows out");
    if (status == CLMLP_OK && text) status = clmlp_marks_option(&advice, &marks, more, 1, error);
    if (status == CLMLP_OK) {
        status = clmlp_describe_add(d, CLMLP_DATA_FINDING_NO_VALUE, count,
                                    clmlp_describe_place(place, &d->data, d->data.dataset->m, c), advice.data, error,
                                    "%s stands in %zu of %zu rows, far from all other values", number, count,
                                    d->data.dataset->m);
    }
    free(advice.data);
    return status;
}

clmlp_status clmlp_find_marks(clmlp_description *d, size_t c, clmlp_error *error)
{
    const clmlp_column_summary *const column = &d->data.columns[c].column;
    if (column->kind != CLMLP_COLUMN_NUMERIC || column->distinct < 4) return CLMLP_OK;
    TRY(find_mark(d, c, column->least, error));
    return find_mark(d, c, column->most, error);
}
