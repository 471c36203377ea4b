/* json_text.c - whether a text is JSON, told without any memory. */
#include "base/json_text.h"

#include <string.h>

enum {
    DEEPEST = 1000,     /* CJSON_NESTING_LIMIT */
    LONGEST_NUMBER = 62 /* what the parser takes in */
};

/* What is left of a text, and how many arrays and objects are open. */
typedef struct rest {
    const char *p, *end;
    int depth;
} rest;

static bool skip(rest *r, char c)
{
    if (r->p == r->end || *r->p != c) return false;
    r->p++;
    return true;
}

static void skip_space(rest *r)
{
    static const char space[] = {' ', '\t', '\r', '\n'};
    while (r->p < r->end && memchr(space, *r->p, sizeof space) != NULL) r->p++;
}

static bool skip_word(rest *r, const char *word)
{
    const size_t length = strlen(word);
    if ((size_t)(r->end - r->p) < length || memcmp(r->p, word, length) != 0) return false;
    r->p += length;
    return true;
}

static bool skip_digits(rest *r)
{
    const char *const begin = r->p;
    while (r->p < r->end && *r->p >= '0' && *r->p <= '9') r->p++;
    return r->p > begin;
}

static bool skip_number(rest *r)
{
    const char *const begin = r->p;
    (void)skip(r, '-');
    if (!skip(r, '0') && !skip_digits(r)) return false;
    if (skip(r, '.') && !skip_digits(r)) return false;
    if (skip(r, 'e') || skip(r, 'E')) {
        if (!skip(r, '-')) (void)skip(r, '+');
        if (!skip_digits(r)) return false;
    }
    return r->p - begin <= LONGEST_NUMBER;
}

/* The number of \uXXXX, without its backslash; negative: there is none. */
static long skip_unicode(rest *r)
{
    static const char digits[] = "0123456789abcdefABCDEF";
    long code = 0;
    if (!skip(r, 'u') || r->end - r->p < 4) return -1;
    for (int i = 0; i < 4; i++) {
        const char *const digit = memchr(digits, *r->p++, sizeof digits - 1);
        if (digit == NULL) return -1;
        const long value = digit - digits;
        code = 16 * code + (value < 16 ? value : value - 6);
    }
    return code;
}

/* What follows a backslash. Halves of a character come in pairs. */
static bool skip_escape(rest *r)
{
    static const char letters[] = {'"', '\\', '/', 'b', 'f', 'n', 'r', 't'};
    if (r->p < r->end && memchr(letters, *r->p, sizeof letters) != NULL) {
        r->p++;
        return true;
    }
    const long code = skip_unicode(r);
    if (code < 0 || (code >= 0xDC00 && code <= 0xDFFF)) return false;
    if (code < 0xD800 || code > 0xDFFF) return true;
    if (!skip(r, '\\')) return false;
    const long second = skip_unicode(r);
    return second >= 0xDC00 && second <= 0xDFFF;
}

static bool skip_text(rest *r)
{
    if (!skip(r, '"')) return false;
    while (r->p < r->end && *r->p != '"') {
        if ((unsigned char)*r->p < 0x20U) return false;
        if (*r->p++ == '\\' && !skip_escape(r)) return false;
    }
    return skip(r, '"');
}

static bool skip_value(rest *r);

static bool skip_key(rest *r)
{
    if (!skip_text(r)) return false;
    skip_space(r);
    if (!skip(r, ':')) return false;
    skip_space(r);
    return true;
}

/* An array, or an object, to its end. */
static bool skip_members(rest *r, char close) /* NOLINT(misc-no-recursion): at most DEEPEST times */
{
    if (++r->depth > DEEPEST) return false;
    r->p++;
    skip_space(r);
    if (skip(r, close)) {
        r->depth--;
        return true;
    }
    do {
        skip_space(r);
        if ((close == '}' && !skip_key(r)) || !skip_value(r)) return false;
        skip_space(r);
    } while (skip(r, ','));
    r->depth--;
    return skip(r, close);
}

static bool skip_value(rest *r) /* NOLINT(misc-no-recursion) */
{
    if (r->p == r->end) return false;
    switch (*r->p) {
    case '{': return skip_members(r, '}');
    case '[': return skip_members(r, ']');
    case '"': return skip_text(r);
    case 't': return skip_word(r, "true");
    case 'f': return skip_word(r, "false");
    case 'n': return skip_word(r, "null");
    default: return skip_number(r);
    }
}

bool clmlp_json_is_valid(const char *text, size_t length)
{
    rest r = {text, text + length, 0};
    skip_space(&r);
    if (!skip_value(&r)) return false;
    skip_space(&r);
    return r.p == r.end;
}
