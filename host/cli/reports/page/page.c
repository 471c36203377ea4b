/* page.c - the text of a report: it grows, and escapes what comes from outside. */
#include "reports/page/page.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <clmlp/text.h>
#include <clmlp/version.h>

#include "reports/page/style.h"

static void append(clmlp_cli_page *page, const char *text, size_t length)
{
    if (page->lost) return;
    if (length >= page->room - page->used) { /* one more byte for the end */
        const size_t room = 2 * (page->used + length) + 4096;
        char *const larger = realloc(page->text, room);
        if (larger == NULL) {
            page->lost = true;
            return;
        }
        page->text = larger;
        page->room = room;
    }
    memcpy(page->text + page->used, text, length);
    page->used += length;
    page->text[page->used] = '\0';
}

/* What printf makes of it, released with free(); NULL: no memory, and the page is lost. */
static CLMLP_CLI_PRINTF(2, 0) char *format_text(clmlp_cli_page *page, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    const int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *const text = length >= 0 ? malloc((size_t)length + 1) : NULL;
    if (text == NULL) page->lost = true;
    else (void)vsnprintf(text, (size_t)length + 1, format, arguments);
    return text;
}

void clmlp_cli_page_put(clmlp_cli_page *page, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *const text = format_text(page, format, arguments);
    va_end(arguments);
    if (text != NULL) append(page, text, strlen(text));
    free(text);
}

/* What stands for a character in HTML; NULL: itself. */
static const char *entity_of(const char *text, size_t length)
{
    static const char replacement[] = "\xEF\xBF\xBD";
    if (length == 0) return replacement;
    switch (*text) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: break; /* any other character stands for itself, if it may */
    }
    const bool none = length == 3 && memcmp(text, "\xEF\xBF", 2) == 0 && (unsigned char)text[2] >= 0xBEU;
    const bool space = *text == '\n' || *text == '\t';
    return none || (!space && clmlp_character_steers(text, length)) ? replacement : NULL;
}

void clmlp_cli_page_text(clmlp_cli_page *page, const char *text)
{
    while (*text != '\0') {
        const size_t length = clmlp_character_length(text);
        const char *const entity = entity_of(text, length);
        if (entity != NULL) append(page, entity, strlen(entity));
        else append(page, text, length);
        text += length > 0 ? length : 1;
    }
}

void clmlp_cli_page_say(clmlp_cli_page *page, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *const text = format_text(page, format, arguments);
    va_end(arguments);
    if (text != NULL) clmlp_cli_page_text(page, text);
    free(text);
}

const char *clmlp_cli_page_shorten(const char *name, size_t most, char text[CLMLP_CLI_SHORT_LENGTH])
{
    size_t used = 0, characters = 0;
    while (name[used] != '\0' && characters < most && used + 8 < CLMLP_CLI_SHORT_LENGTH) {
        const size_t length = clmlp_character_length(name + used);
        used += length > 0 ? length : 1;
        characters++;
    }
    (void)snprintf(text, CLMLP_CLI_SHORT_LENGTH, "%.*s%s", (int)used, name, name[used] != '\0' ? "\xE2\x80\xA6" : "");
    return text;
}

void clmlp_cli_page_begin(clmlp_cli_page *page, const char *title)
{
    clmlp_cli_page_put(page,
        "<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n"
        "<meta charset=\"utf-8\"/>\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
        "base-uri 'none'; form-action 'none'\"/>\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
        "<meta name=\"color-scheme\" content=\"light dark\"/>\n"
        "<meta name=\"generator\" content=\"clmlp %s\"/>\n<title>", clmlp_version());
    clmlp_cli_page_text(page, title);
    clmlp_cli_page_put(page, "</title>\n<style>\n%s%s</style>\n</head>\n<body>\n<main>\n<h1>", clmlp_cli_page_style,
                       clmlp_cli_page_chart_style);
    clmlp_cli_page_text(page, title);
    clmlp_cli_page_put(page, "</h1>\n");
}

void clmlp_cli_page_end(clmlp_cli_page *page)
{
    clmlp_cli_page_put(page, "</main>\n<footer>Made by clmlp %s. This page loads nothing from anywhere.</footer>\n"
                       "</body>\n</html>\n", clmlp_version());
}

void clmlp_cli_page_section(clmlp_cli_page *page, const char *id, const char *heading)
{
    clmlp_cli_page_put(page, "<section id=\"%s\">\n<h2>", id);
    clmlp_cli_page_text(page, heading);
    clmlp_cli_page_put(page, "</h2>\n");
}

/* Thousands apart, as whole numbers are read: "12 345", with narrow spaces that do not break. */
static void write_whole(double value, char text[CLMLP_CLI_NUMBER_LENGTH])
{
    char digits[32];
    (void)snprintf(digits, sizeof digits, "%.0f", fabs(value));
    const size_t length = strlen(digits);
    size_t used = 0;
    if (value < 0.0) used = (size_t)snprintf(text, CLMLP_CLI_NUMBER_LENGTH, "\xE2\x88\x92");
    for (size_t i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0 && length > 4) {
            memcpy(text + used, "\xE2\x80\xAF", 3);
            used += 3;
        }
        text[used++] = digits[i];
    }
    text[used] = '\0';
}

const char *clmlp_cli_page_number(double value, char text[CLMLP_CLI_NUMBER_LENGTH])
{
    if (isnan(value)) return "undefined";
    if (isinf(value)) return value > 0.0 ? "\xE2\x88\x9E" : "\xE2\x88\x92\xE2\x88\x9E";
    if (fabs(value) < 1e9 && (value == floor(value) || fabs(value) >= 1e4)) {
        write_whole(value, text);
        return text;
    }
    char plain[CLMLP_CLI_NUMBER_LENGTH];
    (void)snprintf(plain, sizeof plain, "%.4g", fabs(value));
    char *const exponent = strchr(plain, 'e');
    const int power = exponent != NULL ? atoi(exponent + 1) : 0;
    if (exponent != NULL) (void)snprintf(exponent, sizeof plain - (size_t)(exponent - plain), "e%d", power);
    (void)snprintf(text, CLMLP_CLI_NUMBER_LENGTH, "%s%.36s", value < 0.0 ? "\xE2\x88\x92" : "", plain);
    return text;
}

void clmlp_cli_page_cell_number(clmlp_cli_page *page, double value)
{
    char text[CLMLP_CLI_NUMBER_LENGTH];
    clmlp_cli_page_put(page, "<td class=\"n\">%s</td>", clmlp_cli_page_number(value, text));
}

/* Whether a word is so long that a phone has to cut it. */
static bool has_long_word(const char *text)
{
    enum { LONG = 24 };
    for (size_t word = 0; *text != '\0';) {
        const size_t length = clmlp_character_length(text);
        word = *text == ' ' || *text == '\n' || *text == '\t' ? 0 : word + 1;
        if (word > LONG) return true;
        text += length > 0 ? length : 1;
    }
    return false;
}

void clmlp_cli_page_cell_text(clmlp_cli_page *page, const char *text)
{
    clmlp_cli_page_put(page, has_long_word(text) ? "<td class=\"long\">" : "<td>");
    clmlp_cli_page_text(page, text);
    clmlp_cli_page_put(page, "</td>");
}

void clmlp_cli_page_tile(clmlp_cli_page *page, const char *value, const char *what)
{
    clmlp_cli_page_put(page, "<div class=\"tile\"><b>");
    clmlp_cli_page_text(page, value);
    clmlp_cli_page_put(page, "</b><span>");
    clmlp_cli_page_text(page, what);
    clmlp_cli_page_put(page, "</span></div>\n");
}

void clmlp_cli_page_free(clmlp_cli_page *page)
{
    free(page->text);
    *page = (clmlp_cli_page){.text = NULL};
}
