/* terminal.c - texts of files and command lines, printed so that they cannot steer a terminal. */
#include "terminal.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <clmlp/text.h>

static bool is_lost;

bool clmlp_cli_text_was_lost(void)
{
    return is_lost;
}

static size_t count_lines(const char *text)
{
    size_t count = 0;
    for (; *text != '\0'; text++) count += *text == '\n';
    return count;
}

/* Line ends of the format stay. Where there are more, a name has some, and only those at the two ends stay: no name
 * begins a line that looks like one of the program's. */
static void make_printable(char *text, const char *format)
{
    if (count_lines(text) <= count_lines(format)) {
        clmlp_make_printable(text, true);
        return;
    }
    size_t before = 0, after = 0, length = strlen(text);
    const size_t end = strlen(format);
    while (format[before] == '\n') before++;
    while (after < end - before && format[end - 1 - after] == '\n') after++;
    text[length - after] = '\0';
    clmlp_make_printable(text + before, false);
    length = strlen(text);
    memset(text + length, '\n', after);
    text[length + after] = '\0';
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
    make_printable(shown, format);
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

void clmlp_cli_print_lines(FILE *stream, const char *text)
{
    for (size_t length = 0; *text != '\0'; text += length) {
        length = strcspn(text, "\n");
        clmlp_cli_print(stream, "%.*s", (int)length, text);
        if (text[length] == '\0') continue;
        clmlp_cli_print(stream, "\n");
        length++;
    }
}
