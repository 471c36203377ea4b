/* choice.c - columns chosen by name, number or range: --features and --ignore. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"
#include "data/columns.h"
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
    char what[CLMLP_QUOTE_LIST_LENGTH + 128], list[CLMLP_QUOTE_LIST_LENGTH];
    if (choice->names == NULL) {
        (void)snprintf(what, sizeof what, "no such column; the file has no names, so give numbers from 1 to %zu",
                       choice->columns);
    } else {
        (void)snprintf(what, sizeof what, "no such column, expected a number from 1 to %zu or one of %s",
                       choice->columns, clmlp_quote_list(list, choice->names, choice->columns));
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

/* Columns first to last that an entry means. */
static clmlp_status find_entry(const clmlp_choice *choice, const char *option, const char *entry, size_t *first,
                               size_t *last, clmlp_error *error)
{
    const size_t columns = choice->columns;
    *first = columns;
    for (size_t j = 0; choice->names != NULL && j < columns; j++) {
        if (strcmp(choice->names[j], entry) != 0) continue;
        if (*first < columns) return fail(choice, error, option, entry, "two columns have this name; give its number");
        *first = *last = j;
    }
    if (*first < columns) return CLMLP_OK;
    const char *const end = entry + strlen(entry), *const dash = strchr(entry, '-');
    if (read_number(entry, end, columns, first)) {
        *last = *first;
        return CLMLP_OK;
    }
    const bool range = dash != NULL && read_number(entry, dash, columns, first) &&
                       read_number(dash + 1, end, columns, last) && *first <= *last;
    return range ? CLMLP_OK : no_such_column(choice, error, option, entry);
}

/* Set `kept` to `value` for all columns of a list, which is changed. */
static clmlp_status apply(const clmlp_choice *choice, const char *option, char *list, bool value, bool *kept,
                          clmlp_error *error)
{
    for (char *entry = list; entry != NULL;) {
        char *const comma = strchr(entry, ',');
        size_t first = 0, last = 0;
        if (comma != NULL) *comma = '\0';
        TRY(find_entry(choice, option, entry, &first, &last, error));
        if (choice->target >= first && choice->target <= last) {
            return fail(choice, error, option, entry, "this is the target column (another one: --target COL)");
        }
        for (size_t j = first; j <= last; j++) kept[j] = value;
        entry = comma != NULL ? comma + 1 : NULL;
    }
    return CLMLP_OK;
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
    for (size_t j = 0; j < choice->columns; j++) kept[j] = choice->features == NULL || j == choice->target;
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
