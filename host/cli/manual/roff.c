/* roff.c - text for man(1), escaped and filled. */
#include "manual/roff.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "terminal.h"

enum { WIDTH = 76, LONGEST = 512 };

static size_t column; /* of the line under way; 0: none is */

/* The troff name of a character that it would change; NULL: it stands as it is. A minus is what one can copy. */
static const char *escape(char c)
{
    switch (c) {
    case '\\': return "\\(rs";
    case '-': return "\\-";
    case '\'': return "\\(aq";
    case '`': return "\\(ga";
    case '^': return "\\(ha";
    case '~': return "\\(ti";
    case '"': return "\\(dq";
    default: return NULL;
    }
}

/* `length` bytes of text as troff has them. */
static size_t escaped(char *to, size_t size, const char *text, size_t length)
{
    size_t used = 0;
    for (size_t i = 0; i < length && used + 8 < size; i++) {
        const char *const name = escape(text[i]);
        if (name != NULL) used += (size_t)snprintf(to + used, size - used, "%s", name);
        else to[used++] = text[i];
    }
    to[used] = '\0';
    return used;
}

void clmlp_cli_roff_end(void)
{
    if (column > 0) clmlp_cli_out("\n");
    column = 0;
}

void clmlp_cli_roff_macro(const char *macro)
{
    clmlp_cli_roff_end();
    clmlp_cli_out("%s\n", macro);
}

/* A word, which is escaped already. At the beginning of a line no dot may stand. */
static void put(const char *word)
{
    const size_t length = strlen(word);
    if (column > 0 && column + 1 + length > WIDTH) clmlp_cli_roff_end();
    if (column > 0) clmlp_cli_out(" %s", word);
    else clmlp_cli_out("%s%s", word[0] == '.' ? "\\&" : "", word);
    column += length + 1;
}

/* How much of the word is the name of an option; 0: it is none. */
static size_t option_length(const char *word, size_t length)
{
    size_t end = 2;
    if (length < 3 || strncmp(word, "--", 2) != 0) return 0;
    while (end < length && strchr("abcdefghijklmnopqrstuvwxyz0123456789-", word[end]) != NULL) end++;
    return end;
}

void clmlp_cli_roff_part(const char *text, size_t length)
{
    char word[LONGEST];
    for (size_t at = 0, end; at < length; at = end) {
        while (at < length && (text[at] == ' ' || text[at] == '\n')) at++;
        for (end = at; end < length && text[end] != ' ' && text[end] != '\n';) end++;
        if (end == at) return;
        const size_t bold = option_length(text + at, end - at);
        size_t used = 0;
        if (bold > 0) {
            used = (size_t)snprintf(word, sizeof word, "\\fB");
            used += escaped(word + used, sizeof word / 2, text + at, bold);
            used += (size_t)snprintf(word + used, sizeof word - used, "\\fR");
        }
        (void)escaped(word + used, sizeof word - used, text + at + bold, end - at - bold);
        put(word);
    }
}

void clmlp_cli_roff_words(const char *text)
{
    clmlp_cli_roff_part(text, strlen(text));
}

static void in_font(char *word, size_t size, char font, const char *text)
{
    size_t used = 0;
    if (font != 'R') used = (size_t)snprintf(word, size, "\\f%c", font);
    used += escaped(word + used, size - used - 4, text, strlen(text));
    if (font != 'R') (void)snprintf(word + used, size - used, "\\fR");
}

void clmlp_cli_roff_join(char font, const char *text)
{
    char word[LONGEST];
    in_font(word, sizeof word, font, text);
    clmlp_cli_out("%s", word);
    column += strlen(word);
}

void clmlp_cli_roff_word(char font, const char *text)
{
    char word[LONGEST];
    in_font(word, sizeof word, font, text);
    put(word);
}

void clmlp_cli_roff_line(const char *text, size_t length)
{
    char line[LONGEST];
    (void)escaped(line, sizeof line, text, length);
    clmlp_cli_roff_end();
    clmlp_cli_out("%s%s\n", line[0] == '.' ? "\\&" : "", line);
}
