/* svmlight_line.c - one line of svmlight text: its tokens, their places, and what a file of them looks like. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/number.h"
#include "data/quote.h"
#include "data/readers/svmlight_line.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool clmlp_svmlight_next(clmlp_svmlight_line *line, clmlp_svmlight_token *token)
{
    const char *p = line->next;
    while (p < line->end && is_blank(*p)) p++;
    token->text = p;
    while (p < line->end && !is_blank(*p)) p++;
    token->length = (size_t)(p - token->text);
    line->next = p;
    return token->length > 0;
}

size_t clmlp_svmlight_column(const clmlp_svmlight_line *line, const char *at)
{
    size_t column = 1;
    for (const char *p = line->begin; p < at; p++) column += ((unsigned char)*p & 0xc0) != 0x80;
    return column;
}

/* The digits in front of a colon; NULL: there are none. *index counts no further than a little above 2^32. */
static const char *scan_index(const clmlp_svmlight_token *token, uint64_t *index)
{
    const char *p = token->text, *const end = p + token->length;
    uint64_t value = 0;
    for (; p < end && is_digit(*p); p++) {
        if (value <= UINT32_MAX) value = value * 10 + (uint64_t)(*p - '0');
    }
    *index = value;
    return p > token->text && p < end && *p == ':' ? p : NULL;
}

static clmlp_status fail(const clmlp_svmlight_line *line, const char *at, const char *text, size_t length,
                         const char *expected, clmlp_error *error)
{
    char quoted[CLMLP_QUOTE_LENGTH];
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s:%zu:%zu: found %s, expected %s", line->path, line->number,
                      clmlp_svmlight_column(line, at), length > 0 ? clmlp_quote(quoted, text, length) : "nothing",
                      expected);
}

clmlp_status clmlp_svmlight_pair(const clmlp_svmlight_line *line, const clmlp_svmlight_token *token, uint32_t *index,
                                 double *value, clmlp_error *error)
{
    const char *const end = token->text + token->length;
    uint64_t number = 0;
    const char *const colon = scan_index(token, &number);
    if (colon == NULL) return fail(line, token->text, token->text, token->length, "index:value", error);
    if (number > CLMLP_SVMLIGHT_LARGEST) {
        return fail(line, token->text, token->text, (size_t)(colon - token->text), "an index of at most 4294967294",
                    error);
    }
    const char *const text = colon + 1;
    if (clmlp_scan_double(text, end, value) != end && !clmlp_parse_double(text, end, value)) {
        return fail(line, text, text, (size_t)(end - text), "a number behind the colon", error);
    }
    if (!isfinite(*value)) return fail(line, text, text, (size_t)(end - text), "a finite number", error);
    *index = (uint32_t)number;
    return CLMLP_OK;
}

bool clmlp_svmlight_is_query(const clmlp_svmlight_token *token)
{
    if (token->length < 5 || memcmp(token->text, "qid:", 4) != 0) return false;
    for (size_t i = 4; i < token->length; i++) {
        if (!is_digit(token->text[i])) return false;
    }
    return true;
}

/* A line of labels and pairs; *pairs: how many it has. */
static bool is_example(clmlp_svmlight_line *line, size_t *pairs)
{
    clmlp_svmlight_token token;
    double value = 0.0;
    uint64_t index = 0;
    *pairs = 0;
    if (!clmlp_svmlight_next(line, &token)) return true; /* empty, or a comment */
    if (memchr(token.text, ':', token.length) != NULL) return false;
    for (bool first = true; clmlp_svmlight_next(line, &token); first = false) {
        if (first && clmlp_svmlight_is_query(&token)) continue;
        const char *const colon = scan_index(&token, &index);
        if (colon == NULL || !clmlp_parse_double(colon + 1, token.text + token.length, &value)) return false;
        ++*pairs;
    }
    return true;
}

bool clmlp_svmlight_is_likely(const clmlp_input *input)
{
    enum { LINES = 20 };
    size_t all = 0, pairs = 0;
    const char *begin = input->next;
    for (size_t i = 0; i < LINES && begin < input->end; i++) {
        const size_t left = (size_t)(input->end - begin);
        const char *end = memchr(begin, '\n', left);
        if (end == NULL && !input->at_end) break; /* cut by the end of the buffer */
        if (end == NULL) end = input->end;
        const char *const next = end < input->end ? end + 1 : end;
        const char *const comment = memchr(begin, '#', (size_t)(end - begin));
        if (comment != NULL) end = comment;
        else if (end > begin && end[-1] == '\r') end--;
        clmlp_svmlight_line line = {.path = input->path, .begin = begin, .next = begin, .end = end, .number = i + 1};
        if (!is_example(&line, &pairs)) return false;
        all += pairs;
        begin = next;
    }
    return all > 0;
}
