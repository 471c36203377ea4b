/* terminal.c - texts of files and command lines, printed so that they cannot steer a terminal. */
#include "terminal.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

size_t clmlp_cli_character_length(const char *text)
{
    const unsigned char *const bytes = (const unsigned char *)text;
    if (bytes[0] < 0x80U) return 1;
    const size_t length = bytes[0] >= 0xF0U ? 4 : bytes[0] >= 0xE0U ? 3 : 2;
    if (bytes[0] < 0xC2U || bytes[0] > 0xF4U) return 0;
    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xC0U) != 0x80U) return 0;
    }
    const bool overlong = (bytes[0] == 0xE0U && bytes[1] < 0xA0U) || (bytes[0] == 0xF0U && bytes[1] < 0x90U);
    const bool surrogate = bytes[0] == 0xEDU && bytes[1] >= 0xA0U;
    const bool too_large = bytes[0] == 0xF4U && bytes[1] >= 0x90U;
    return overlong || surrogate || too_large ? 0 : length;
}

bool clmlp_cli_is_control(const char *text, size_t length)
{
    const unsigned char first = (unsigned char)text[0];
    if (length == 2) return first == 0xC2U && ((unsigned char)text[1] & 0xE0U) == 0x80U;
    return length < 2 && (first < 0x20U || (first >= 0x7FU && first < 0xA0U));
}

void clmlp_cli_clean(char *text)
{
    char *to = text;
    while (*text != '\0') {
        const size_t length = clmlp_cli_character_length(text), step = length > 0 ? length : 1;
        if (clmlp_cli_is_control(text, length)) *to++ = '?';
        else for (size_t i = 0; i < step; i++) *to++ = text[i];
        text += step;
    }
    *to = '\0';
}

/* Line ends stay. */
static void print_lines(FILE *stream, char *text)
{
    for (char *line = text;;) {
        char *const end = strchr(line, '\n');
        if (end != NULL) *end = '\0';
        clmlp_cli_clean(line);
        (void)fputs(line, stream);
        if (end == NULL) return;
        (void)fputc('\n', stream);
        line = end + 1;
    }
}

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
    print_lines(stream, text != NULL ? text : line);
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
