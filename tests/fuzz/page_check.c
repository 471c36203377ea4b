/* page_check.c - the page of a report: elements that nest, attributes in quotes, no character that XML has not, nothing
 * that runs or loads, and no place in a picture that is undefined. */
#include "page_check.h"

#include <stdio.h>
#include <string.h>

#include "clmlp/text.h"
#include "fuzz.h"

enum { DEPTH = 32, NAME = 32 };

static size_t name_length(const char *at)
{
    return strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-:");
}

static const char *entity(const char *at)
{
    static const char *const known[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strncmp(at, known[i], strlen(known[i])) == 0) return at + strlen(known[i]);
    }
    fuzz_fail(__FILE__, __LINE__, "there is such an entity", at);
}

/* A character of a text or an attribute. */
static const char *character(const char *at)
{
    if (*at == '&') return entity(at);
    const size_t length = clmlp_character_length(at);
    CHECK_WITH(length > 0 && (*at == '\n' || *at == '\t' || !clmlp_character_steers(at, length)), at);
    return at + length;
}

static bool is_one_of(const char *name, size_t length, const char *const list[])
{
    for (; *list != NULL; list++) {
        if (strlen(*list) == length && strncmp(name, *list, length) == 0) return true;
    }
    return false;
}

static const char *attribute(const char *at)
{
    static const char *const loads[] = {"src", "href", "xlink:href", "action", "data", NULL};
    static const char *const places[] = {"d", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "width", "height",
                                         "points", "transform", "viewBox", NULL};
    const char *const name = at;
    const size_t length = name_length(at);
    CHECK_WITH(length > 0 && !is_one_of(name, length, loads) && strncmp(name, "on", 2) != 0, at);
    at += length;
    CHECK_WITH(at[0] == '=' && at[1] == '"', name);
    const char *const value = at + 2;
    for (at = value; *at != '"';) {
        CHECK_WITH(*at != '\0' && *at != '<', name);
        at = character(at);
    }
    for (const char *c = value; is_one_of(name, length, places) && c < at; c++) {
        CHECK_WITH(strncmp(c, "nan", 3) != 0 && strncmp(c, "inf", 3) != 0, name);
    }
    return at + 1;
}

/* Behind "<"; the names of elements that are open are kept. */
static const char *element(const char *at, char open[DEPTH][NAME], size_t *depth)
{
    static const char *const refused[] = {"script", "link", "img", "iframe", "object", "a", "use", "image", NULL};
    const bool closes = *at == '/';
    at += closes;
    const size_t length = name_length(at);
    CHECK_WITH(length > 0 && length < NAME && !is_one_of(at, length, refused), at);
    if (closes) {
        CHECK_WITH(*depth > 0 && strncmp(open[*depth - 1], at, length) == 0 && open[*depth - 1][length] == '\0', at);
        CHECK_WITH(at[length] == '>', at);
        (*depth)--;
        return at + length + 1;
    }
    CHECK_WITH(*depth < DEPTH, at);
    (void)snprintf(open[(*depth)++], NAME, "%.*s", (int)length, at);
    at += length;
    while (*at == ' ') {
        while (*at == ' ') at++;
        if (name_length(at) > 0) at = attribute(at);
    }
    if (*at == '/') {
        (*depth)--;
        at++;
    }
    CHECK_WITH(*at == '>', at);
    return at + 1;
}

void fuzz_check_page(const char *page, size_t size)
{
    static const char start[] = "<!DOCTYPE html>\n<html ";
    static char copy[1 << 22];
    char open[DEPTH][NAME];
    size_t depth = 0;
    CHECK(size < sizeof copy);
    memcpy(copy, page, size);
    copy[size] = '\0';
    CHECK(memchr(copy, '\0', size) == NULL && strncmp(copy, start, sizeof start - 1) == 0);
    const char *const root = copy + strlen("<!DOCTYPE html>\n");
    for (const char *at = root; *at != '\0';) {
        if (depth == 2 && strncmp(at, "<style>", 7) == 0) { /* of the program, and the same in each page */
            at = strchr(at + 1, '<');
            CHECK(strncmp(at, "</style>", 8) == 0);
            at += 8;
        } else if (*at == '<') {
            at = element(at + 1, open, &depth);
        } else {
            CHECK_WITH(depth > 0 || *at == '\n', at); /* nothing is outside */
            at = character(at);
        }
    }
    CHECK(depth == 0);
}
