/* missing.c - texts that stand for a value that nobody knows. */
#include "data/missing.h"

#include <string.h>

bool clmlp_is_missing(const char *text, size_t length)
{
    static const char *const marks[] = {"", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "?"};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if (length == strlen(marks[i]) && memcmp(text, marks[i], length) == 0) return true;
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
