/* delimiter.c - what separates the columns of a text file, found from its first rows. */
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "data/quote.h"
#include "data/readers/csv/fields.h"

enum { CANDIDATES = 3, LOOKED_AT = 20, LIST_LENGTH = 128 };

static const struct {
    char delimiter;
    const char *option, *several;
} candidates[CANDIDATES] = {{',', "comma", "commas"}, {';', "semicolon", "semicolons"}, {'\t', "tab", "tabs"}};

/* How often the first rows have each of them. */
typedef struct row_counts {
    size_t first_line; /* of the first row */
    size_t rows;
    size_t first[CANDIDATES]; /* in the first row */
    size_t total[CANDIDATES];
    bool same[CANDIDATES]; /* in every row as in the first */
} row_counts;

static void add_row(row_counts *counts, const size_t found[CANDIDATES])
{
    for (size_t c = 0; c < CANDIDATES; c++) {
        if (counts->rows == 0) counts->first[c] = found[c];
        counts->same[c] = (counts->rows == 0 || counts->same[c]) && found[c] == counts->first[c];
        counts->total[c] += found[c];
    }
    counts->rows++;
}

/* Rows up to LOOKED_AT, without what is in quotes and without blank lines. A row that the end of the block may have
 * cut is left out, unless it is the only one. */
static row_counts count_rows(const clmlp_input *input)
{
    const bool cut = input->end == input->buffer + input->capacity;
    row_counts counts = {.first_line = 1};
    size_t found[CANDIDATES] = {0};
    bool quoted = false, blank = true, field_starts = true;
    for (const char *p = input->next; counts.rows < LOOKED_AT; p++) {
        const bool ends = p == input->end || (!quoted && (*p == '\n' || *p == '\r'));
        if (ends && !blank && (p < input->end || !cut || counts.rows == 0)) add_row(&counts, found);
        if (p == input->end) break;
        if (ends) {
            if (blank && (*p == '\n' || p[1] != '\n')) counts.first_line += counts.rows == 0;
            memset(found, 0, sizeof found); /* a line of tabs alone is blank */
            blank = field_starts = true;
            continue;
        }
        if (quoted && *p == '"' && p[1] == '"') p++; /* a quote inside a quoted field */
        else if (*p == '"' && (quoted || field_starts)) quoted = !quoted;
        if (*p != ' ' && *p != '\t') blank = false;
        if (quoted) continue;
        if (*p != ' ') field_starts = false;
        for (size_t c = 0; c < CANDIDATES; c++) {
            if (*p != candidates[c].delimiter) continue;
            found[c]++;
            field_starts = true;
        }
    }
    return counts;
}

/* "a", "a or b", "a, b or c" */
static void append(char list[LIST_LENGTH], size_t index, size_t count, const char *before, const char *word)
{
    const size_t used = strlen(list);
    const char *const separator = index == 0 ? "" : index + 1 == count ? " or " : ", ";
    (void)snprintf(list + used, LIST_LENGTH - used, "%s%s%s", separator, before, word);
}

static clmlp_status ask(const clmlp_input *input, const row_counts *counts, const bool possible[CANDIDATES],
                        clmlp_error *error)
{
    char names[LIST_LENGTH] = "", options[LIST_LENGTH] = "";
    size_t count = 0, index = 0;
    for (size_t c = 0; c < CANDIDATES; c++) count += possible[c];
    for (size_t c = 0; c < CANDIDATES; c++) {
        if (!possible[c]) continue;
        append(names, index, count, "by ", candidates[c].several);
        append(options, index, count, "--delimiter ", candidates[c].option);
        index++;
    }
    return clmlp_fail(error, CLMLP_BAD_INPUT,
                      "%s:%zu:1: are the columns separated %s? (the first rows have %s); say %s%s", input->path,
                      counts->first_line, names, count == 2 ? "both" : "them all", options,
                      possible[0] ? ", and --decimal , where numbers are written 1,5" : "");
}

/* The words of a line, and how many of them are numbers. */
static size_t count_words(const char *line, const char *end, size_t *numbers)
{
    size_t words = 0;
    *numbers = 0;
    for (const char *p = line; p < end;) {
        const char *const word = p;
        double value = 0.0;
        while (p < end && *p != ' ') p++;
        if (p > word) {
            words++;
            *numbers += clmlp_parse_double(word, p, &value);
        }
        while (p < end && *p == ' ') p++;
    }
    return words;
}

/* Without any delimiter: rows of equally many numbers, two or more, with spaces between them. The first row may be a
 * header. As one column, each row would be a text of its own. */
static clmlp_status refuse_spaces(const clmlp_input *input, clmlp_error *error)
{
    size_t rows = 0, line_number = 0, expected = 0, found_line = 0;
    const char *found = NULL, *found_end = NULL, *next = NULL;
    for (const char *line = input->next; line < input->end && rows < LOOKED_AT; line = next) {
        size_t numbers = 0;
        const char *end = line;
        while (end < input->end && *end != '\n') end++;
        next = end < input->end ? end + 1 : end;
        line_number++;
        if (end == input->end && !input->at_end && rows > 0) break; /* the end of the block may have cut it */
        while (end > line && (end[-1] == '\r' || end[-1] == ' ')) end--;
        const size_t words = count_words(line, end, &numbers);
        if (words == 0) continue;
        rows++;
        if (words < 2 || (expected != 0 && words != expected)) return CLMLP_OK;
        expected = words;
        if (numbers < words && rows > 1) return CLMLP_OK;
        if (numbers < words || found != NULL) continue;
        found = line;
        found_end = end;
        found_line = line_number;
    }
    if (found == NULL) return CLMLP_OK;
    char quoted[CLMLP_QUOTE_LENGTH];
    return clmlp_fail(error, CLMLP_BAD_INPUT,
                      "%s:%zu:1: the columns are separated by spaces (found %s), expected commas, semicolons or tabs; "
                      "if each row is a single text, say --delimiter comma", input->path, found_line,
                      clmlp_quote(quoted, found, (size_t)(found_end - found)));
}

clmlp_status clmlp_find_delimiter(char *delimiter, const clmlp_input *input, clmlp_delimiter given,
                                  clmlp_decimal decimal, clmlp_error *error)
{
    const bool comma_is_decimal = decimal == CLMLP_DECIMAL_COMMA;
    bool present[CANDIDATES], steady[CANDIDATES];
    size_t present_count = 0, steady_count = 0, last_present = comma_is_decimal, last_steady = 0;
    if (given == CLMLP_DELIMITER_COMMA && comma_is_decimal) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: --delimiter comma and --decimal ,: a comma cannot be both",
                          input->path);
    }
    switch (given) {
    case CLMLP_DELIMITER_COMMA: *delimiter = ','; return CLMLP_OK;
    case CLMLP_DELIMITER_SEMICOLON: *delimiter = ';'; return CLMLP_OK;
    case CLMLP_DELIMITER_TAB: *delimiter = '\t'; return CLMLP_OK;
    case CLMLP_DELIMITER_AUTO:
    case CLMLP_DELIMITER_COUNT: break;
    }
    const row_counts counts = count_rows(input);
    for (size_t c = 0; c < CANDIDATES; c++) {
        present[c] = counts.total[c] > 0 && !(comma_is_decimal && candidates[c].delimiter == ',');
        steady[c] = present[c] && counts.same[c];
        present_count += present[c];
        steady_count += steady[c];
        if (present[c]) last_present = c;
        if (steady[c]) last_steady = c;
    }
    if (present_count > 1 && steady_count != 1) {
        return ask(input, &counts, steady_count > 1 ? steady : present, error);
    }
    if (present_count == 0 && !comma_is_decimal) TRY(refuse_spaces(input, error));
    *delimiter = candidates[steady_count == 1 ? last_steady : last_present].delimiter;
    return CLMLP_OK;
}
