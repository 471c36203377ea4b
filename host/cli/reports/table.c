/* table.c - text tables in aligned columns. */
#include "reports/table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <clmlp/text.h>

#include "terminal.h"

/* Whether a byte begins a character of UTF-8. */
static bool begins(char byte)
{
    return ((unsigned char)byte & 0xC0U) != 0x80U;
}

size_t clmlp_cli_text_width(const char *text)
{
    size_t width = 0;
    for (; *text != '\0'; text++) width += begins(*text);
    return width;
}

void clmlp_cli_text_cut(char *text, size_t width)
{
    if (clmlp_cli_text_width(text) <= width) return;
    size_t at = 0;
    for (size_t seen = 0; text[at] != '\0'; at++) {
        if (begins(text[at]) && seen++ == width - 1) break;
    }
    text[at] = '~';
    text[at + 1] = '\0';
}

static char *format_cell(const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    const int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *const text = length < 0 ? NULL : malloc((size_t)length + 1);
    if (text == NULL) return NULL;
    (void)vsnprintf(text, (size_t)length + 1, format, arguments);
    clmlp_make_printable(text, false);
    return text;
}

void clmlp_cli_table_add(clmlp_cli_table *table, const char *format, ...)
{
    if (table->failed) return;
    if (table->count == table->capacity) {
        const size_t capacity = table->capacity == 0 ? 64 : 2 * table->capacity;
        char **const cells = realloc(table->cells, capacity * sizeof *cells);
        table->failed = cells == NULL;
        if (table->failed) return;
        table->cells = cells;
        table->capacity = capacity;
    }
    va_list arguments;
    va_start(arguments, format);
    char *const cell = format_cell(format, arguments);
    va_end(arguments);
    if (cell == NULL) table->failed = true;
    else table->cells[table->count++] = cell;
}

static bool aligned_right(const clmlp_cli_table *table, size_t column)
{
    if (table->align == NULL || table->align[0] == '\0') return false;
    const size_t last = strlen(table->align) - 1;
    return table->align[column < last ? column : last] == 'r';
}

static void print_row(const clmlp_cli_table *table, const char *const *row, const size_t *widths, size_t gap,
                      FILE *stream)
{
    for (size_t c = 0; c < table->columns; c++) {
        const int padding = (int)(widths[c] - clmlp_cli_text_width(row[c]));
        const bool right = aligned_right(table, c), last = c + 1 == table->columns;
        clmlp_cli_print(stream, "%*s%s", right ? padding : 0, "", row[c]);
        if (!last) clmlp_cli_print(stream, "%*s", (right ? 0 : padding) + (int)gap, "");
    }
    clmlp_cli_print(stream, "\n");
}

void clmlp_cli_table_print(clmlp_cli_table *table, size_t gap, FILE *stream)
{
    size_t *const widths = calloc(table->columns, sizeof *widths);
    if (widths == NULL) table->failed = true;
    for (size_t i = 0; !table->failed && i < table->count; i++) {
        const size_t width = clmlp_cli_text_width(table->cells[i]);
        if (width > widths[i % table->columns]) widths[i % table->columns] = width;
    }
    for (size_t i = 0; !table->failed && i + table->columns <= table->count; i += table->columns) {
        print_row(table, (const char *const *)table->cells + i, widths, gap, stream);
    }
    if (table->failed) {
        clmlp_cli_lose("a table");
    }
    free(widths);
    for (size_t i = 0; i < table->count; i++) free(table->cells[i]);
    free(table->cells);
    *table = (clmlp_cli_table){.columns = table->columns, .align = table->align};
}
