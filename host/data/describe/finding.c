/* finding.c - a finding in words: its place, the options that it names, and its text. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "data/describe/describe.h"

static const char *quote(char out[CLMLP_QUOTE_LENGTH], const char *text)
{
    return clmlp_quote(out, text, strlen(text));
}

void clmlp_describe_name(char *text, size_t size, const clmlp_described_file *file, size_t c)
{
    char quoted[CLMLP_QUOTE_LENGTH];
    const clmlp_column_summary *const column = &file->columns[c].column;
    const size_t number = column->number > 0 ? column->number : c + 1;
    if (column->name == NULL) (void)snprintf(text, size, "column %zu", number);
    else (void)snprintf(text, size, "column %.100s", quote(quoted, column->name));
}

char *clmlp_describe_place(char text[CLMLP_PLACE_LENGTH], const clmlp_described_file *file, size_t row, size_t c)
{
    char column[160];
    size_t used = 0;
    if (row < file->dataset->m) used = clmlp_dataset_example_place(file->dataset, row, text, CLMLP_PLACE_LENGTH);
    else used = (size_t)snprintf(text, CLMLP_PLACE_LENGTH, "%.150s", file->path);
    if (c == file->column_count || used >= CLMLP_PLACE_LENGTH) return text;
    clmlp_describe_name(column, sizeof column, file, c);
    (void)snprintf(text + used, CLMLP_PLACE_LENGTH - used, ", %.120s", column);
    return text;
}

char *clmlp_describe_option(char text[CLMLP_OPTION_LENGTH], const clmlp_described_file *file, size_t c)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.";
    const clmlp_column_summary *const column = &file->columns[c].column;
    const char *const name = column->name;
    const bool by_name = name != NULL && strlen(name) < 200 && strpbrk(name, ",'") == NULL &&
                         name[strspn(name, "0123456789-")] != '\0';
    if (!by_name && column->number > 0) (void)snprintf(text, CLMLP_OPTION_LENGTH, "%zu", column->number);
    else if (name == NULL) (void)snprintf(text, CLMLP_OPTION_LENGTH, "%zu", c + 1);
    else (void)snprintf(text, CLMLP_OPTION_LENGTH, name[strspn(name, plain)] == '\0' ? "%.400s" : "'%.400s'", name);
    return text;
}

clmlp_status clmlp_describe_add(clmlp_description *d, clmlp_data_finding_kind kind, size_t count, const char *place,
                                const char *advice, clmlp_error *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0) return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "a finding could not be formatted");
    TRY(clmlp_grow(&d->findings, &d->capacity, d->count + 1, sizeof *d->findings, "the findings", error));
    clmlp_found *const found = &d->findings[d->count++];
    *found = (clmlp_found){.kind = kind, .count = count};
    TRY(clmlp_duplicate(&found->place, place, error));
    TRY(clmlp_duplicate(&found->advice, advice, error));
    TRY(clmlp_allocate(&found->text, (size_t)length + 1, 1, "a finding", error));
    va_start(arguments, format);
    (void)vsnprintf(found->text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return CLMLP_OK;
}
