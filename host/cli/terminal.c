/* terminal.c - texts of files and command lines, printed so that they cannot steer a terminal. */
#include "terminal.h"

#include <stdarg.h>
#include <stdlib.h>

#include <clmlp/text.h>

static bool is_lost;

bool clmlp_cli_text_was_lost(void)
{
    return is_lost;
}

void clmlp_cli_vprint(FILE *stream, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    char line[1024]; /* most texts fit; who says that there is no memory needs none */
    const int length = vsnprintf(line, sizeof line, format, again);
    va_end(again);
    const bool fits = length >= 0 && (size_t)length < sizeof line;
    char *const text = length < 0 || fits ? NULL : malloc((size_t)length + 1);
    if (text != NULL) (void)vsnprintf(text, (size_t)length + 1, format, arguments);
    char *const shown = text != NULL ? text : line;
    clmlp_make_printable(shown, true);
    (void)fputs(shown, stream);
    if (text == NULL && !fits) {
        (void)fputs("... (not enough memory for this text)", stream);
        is_lost = true;
    }
    free(text);
}

void clmlp_cli_print(FILE *stream, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    clmlp_cli_vprint(stream, format, arguments);
    va_end(arguments);
}

void clmlp_cli_out(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    clmlp_cli_vprint(stdout, format, arguments);
    va_end(arguments);
}
