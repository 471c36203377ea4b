/* choice.c - columns chosen by name, number or range: --features, --ignore, --keep, and several targets. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"
#include "data/columns/columns.h"
#include "data/nearest.h"
#include "data/quote.h"

/* FILE:LINE: or FILE: before a message. */
static clmlp_status fail(const clmlp_choice *choice, clmlp_error *error, const char *option, const char *entry,
                         const char *what)
{
    char quoted[CLMLP_QUOTE_LENGTH];
    (void)clmlp_quote(quoted, entry, strlen(entry));
    if (choice->line == 0) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: %s %s: %s", choice->path, option, quoted, what);
    }
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s:%zu:1: %s %s: %s", choice->path, choice->line, option, quoted, what);
}

static clmlp_status no_such_column(const clmlp_choice *choice, clmlp_error *error, const char *option,
                                   const char *entry)
{
    char what[CLMLP_QUOTE_LIST_LENGTH + CLMLP_NEAREST_LENGTH + 128], list[CLMLP_QUOTE_LIST_LENGTH];
    char nearest[CLMLP_NEAREST_LENGTH];
    if (choice->names == NULL) {
        (void)snprintf(what, sizeof what, "no such column; the file has no names, so give numbers from 1 to %zu",
                       choice->columns);
    } else {
        (void)snprintf(what, sizeof what, "no such column, expected a number from 1 to %zu or one of %s%s",
                       choice->columns, clmlp_quote_list(list, choice->names, choice->columns),
                       clmlp_did_you_mean(nearest, entry, choice->names, choice->columns));
    }
    return fail(choice, error, option, entry, what);
}

static bool read_number(const char *begin, const char *end, size_t columns, size_t *column)
{
    int64_t number = 0;
    if (!clmlp_parse_int64(begin, end, &number) || number < 1 || (uint64_t)number > columns) return false;
    *column = (size_t)number - 1;
    return true;
}

/* The column called `name`; columns: there is none. */
static clmlp_status find_called(const clmlp_choice *choice, const char *option, const char *name, size_t *column,
                                clmlp_error *error)
{
    *column = choice->columns;
    for (size_t j = 0; choice->names != NULL && j < choice->columns; j++) {
        if (strcmp(choice->names[j], name) != 0) continue;
        if (*column < choice->columns && !choice->names_only) {
            return fail(choice, error, option, name, "two columns have this name; give its number");
        }
        *column = j;
    }
    return CLMLP_OK;
}

/* Columns first to last that an entry means; *first = columns: there is none. */
static clmlp_status find_entry(const clmlp_choice *choice, const char *option, const char *entry, size_t *first,
                               size_t *last, clmlp_error *error)
{
    const size_t columns = choice->columns;
    TRY(find_called(choice, option, entry, first, error));
    *last = *first;
    if (*first < columns || choice->names_only || choice->no_numbers) return CLMLP_OK;
    const char *const end = entry + strlen(entry), *const dash = strchr(entry, '-');
    if (read_number(entry, end, columns, first)) {
        *last = *first;
        return CLMLP_OK;
    }
    const bool range = dash != NULL && read_number(entry, dash, columns, first) &&
                       read_number(dash + 1, end, columns, last) && *first <= *last;
    if (!range) *first = *last = columns;
    return CLMLP_OK;
}

/* The next entry of a list, in place; *rest is what follows, NULL at the end. A quote in front ends at the next single
 * one, so that a name may have commas. */
static char *next_entry(char **rest)
{
    char *const entry = *rest, *to = entry, *p = entry;
    if (*p == '"') {
        for (p++; *p != '\0'; p++) {
            if (*p == '"' && *++p != '"') break;
            *to++ = *p;
        }
        while (*p != '\0' && *p != ',') *to++ = *p++;
    } else {
        to = p = entry + strcspn(entry, ",");
    }
    *rest = *p == ',' ? p + 1 : NULL;
    *to = '\0';
    return entry;
}

static bool is_target(const clmlp_choice *choice, size_t j)
{
    return j == choice->target || (choice->slots != NULL && choice->slots[j] != SIZE_MAX);
}

/* Set `kept` to `value` for all columns of a list, which is changed. */
static clmlp_status apply(const clmlp_choice *choice, const char *option, char *list, bool value, bool *kept,
                          clmlp_error *error)
{
    while (list != NULL) {
        const char *const entry = next_entry(&list);
        size_t first = 0, last = 0;
        TRY(find_entry(choice, option, entry, &first, &last, error));
        if (first == choice->columns) return no_such_column(choice, error, option, entry);
        for (size_t j = first; j <= last; j++) {
            if (is_target(choice, j)) {
                return fail(choice, error, option, entry, "this is the target column (another one: --target COL)");
            }
            kept[j] = value;
        }
    }
    return CLMLP_OK;
}

bool clmlp_is_list(const char *text)
{
    const char *const dash = strchr(text, '-');
    size_t number = 0;
    return text[0] == '"' || strchr(text, ',') != NULL ||
           (dash != NULL && read_number(text, dash, SIZE_MAX, &number) &&
            read_number(dash + 1, text + strlen(text), SIZE_MAX, &number));
}

clmlp_status clmlp_list_append(clmlp_text *text, const char *name, clmlp_error *error)
{
    if (text->length > 0) TRY(clmlp_text_append(text, error, ","));
    if (name[0] != '"' && name[0] != '\0' && strchr(name, ',') == NULL) {
        return clmlp_text_append(text, error, "%s", name);
    }
    TRY(clmlp_text_append(text, error, "\""));
    for (; *name != '\0'; name++) TRY(clmlp_text_append(text, error, "%s%c", *name == '"' ? "\"" : "", *name));
    return clmlp_text_append(text, error, "\"");
}

/* The columns of a list, which is changed, into columns [choice->columns]. */
static clmlp_status list_columns(const clmlp_choice *choice, const char *option, char *list, size_t *columns,
                                 size_t *count, clmlp_error *error)
{
    while (list != NULL) {
        const char *const entry = next_entry(&list);
        size_t first = 0, last = 0;
        TRY(find_entry(choice, option, entry, &first, &last, error));
        if (first == choice->columns) {
            if (!choice->lenient) return no_such_column(choice, error, option, entry);
            if (choice->absent != NULL) (*choice->absent)++;
            continue;
        }
        for (size_t j = first; j <= last; j++) {
            for (size_t i = 0; i < *count; i++) {
                if (columns[i] == j) return fail(choice, error, option, entry, "the list has this column already");
            }
            columns[(*count)++] = j;
        }
    }
    return CLMLP_OK;
}

clmlp_status clmlp_choose_in_order(const clmlp_choice *choice, const char *option, const char *list, size_t *columns,
                                   size_t *count, clmlp_error *error)
{
    char *copy = NULL;
    size_t whole = choice->columns;
    *count = 0;
    if (!choice->never_whole) TRY(find_called(choice, option, list, &whole, error));
    if (whole < choice->columns) {
        columns[(*count)++] = whole;
        return CLMLP_OK;
    }
    TRY(clmlp_duplicate(&copy, list, error));
    const clmlp_status status = list_columns(choice, option, copy, columns, count, error);
    free(copy);
    return status;
}

clmlp_status clmlp_choose_listed(const clmlp_choice *choice, const char *option, const char *list, bool *chosen,
                                 clmlp_error *error)
{
    char *copy = NULL;
    for (size_t j = 0; j < choice->columns; j++) chosen[j] = false;
    if (list == NULL) return CLMLP_OK;
    TRY(clmlp_duplicate(&copy, list, error));
    const clmlp_status status = apply(choice, option, copy, true, chosen, error);
    free(copy);
    return status;
}

clmlp_status clmlp_choose_columns(const clmlp_choice *choice, bool *kept, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    char *features = NULL, *ignore = NULL;
    for (size_t j = 0; j < choice->columns; j++) kept[j] = choice->features == NULL || is_target(choice, j);
    if (choice->features != NULL) {
        TRY_CLEANUP(clmlp_duplicate(&features, choice->features, error));
        TRY_CLEANUP(apply(choice, "--features", features, true, kept, error));
    }
    if (choice->ignore != NULL) {
        TRY_CLEANUP(clmlp_duplicate(&ignore, choice->ignore, error));
        TRY_CLEANUP(apply(choice, "--ignore", ignore, false, kept, error));
    }
cleanup:
    free(ignore);
    free(features);
    return status;
}
