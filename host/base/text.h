/* text.h - a text that grows, numbers as text, and X-macro lists looked up by name. */
#ifndef CLMLP_BASE_TEXT_H
#define CLMLP_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* Zero-initialise; release `data` with free(). */
typedef struct clmlp_text {
    char *data; /* NUL-terminated once anything was appended; NULL before */
    size_t length, capacity;
} clmlp_text;

clmlp_status clmlp_text_append(clmlp_text *text, clmlp_error *error, const char *format, ...) CLMLP_PRINTF(3, 4);

/* value as printf's %.<digits>g writes it, with a point in every locale, for files that others read;
 * digits <= 17; any NaN is "nan". Returns text. */
char *clmlp_format_double(char text[32], double value, int digits);

/* Index of `name` in names [count], or count; name may be NULL. */
size_t clmlp_find_name(const char *const *names, size_t count, const char *name);

#endif
