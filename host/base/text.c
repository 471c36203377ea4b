/* text.c - text that grows, and numbers as text in any locale. */
#include "base/text.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

clmlp_status clmlp_text_append(clmlp_text *text, clmlp_error *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    const int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    clmlp_status status = CLMLP_OK;
    if (length < 0) {
        status = clmlp_fail(error, CLMLP_BAD_ARGUMENT, "a text could not be formatted");
    } else {
        status = clmlp_grow(&text->data, &text->capacity, text->length + (size_t)length + 1, 1, "a text", error);
    }
    if (status == CLMLP_OK) {
        (void)vsnprintf(text->data + text->length, (size_t)length + 1, format, again);
        text->length += (size_t)length;
    }
    va_end(again);
    return status;
}

char *clmlp_format_double(char text[32], double value, int digits)
{
    if (isnan(value)) return memcpy(text, "nan", 4); /* C libraries differ in whether it has a sign */
    (void)snprintf(text, 32, "%.*g", digits, value);
    /* a locale's decimal mark may be several bytes; nothing else in the number is outside this set */
    char *to = text;
    for (const char *from = text; *from != '\0'; from++) {
        const bool mark = !isalnum((unsigned char)*from) && *from != '-' && *from != '+';
        if (!mark) {
            *to++ = *from;
        } else if (to == text || to[-1] != '.') {
            *to++ = '.';
        }
    }
    *to = '\0';
    return text;
}

size_t clmlp_find_name(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count && name != NULL; i++) {
        if (strcmp(names[i], name) == 0) return i;
    }
    return count;
}
