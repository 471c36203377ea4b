/* nearest.c - the word of a list that a mistyped one may stand for: the one home of this, for columns, options, words
 * and files. */
#include "base/nearest.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "clmlp/text.h"

/* Longer words are not compared; a short one has few letters to be known by. */
enum { LONGEST = 64, SHORT = 3 };

/* A word as far as it matters. */
typedef struct folded {
    char text[LONGEST + 1];
    size_t length; /* LONGEST + 1: too long */
} folded;

static void put(folded *f, const char *bytes, size_t count)
{
    for (size_t i = 0; i < count && f->length <= LONGEST; i++) {
        if (f->length < LONGEST) f->text[f->length] = bytes[i];
        f->length++;
    }
}

static uint32_t decode(const char *bytes, size_t length)
{
    static const unsigned char masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t code = (unsigned char)bytes[0] & masks[length];
    for (size_t i = 1; i < length; i++) code = code << 6 | ((unsigned char)bytes[i] & 0x3f);
    return code;
}

/* U+00C0 to U+017F without their marks, by decomposition (Unicode, NFD). A question mark: two letters. */
static const char letters[] =
    "aaaaaa?ceeeeiiiidnoooooxouuuuy??aaaaaa?ceeeeiiiidnooooo/ouuuuy?y"
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii??jjkkkllllllllllnnnnnnnnnoooooo??rrrrrrssssssss"
    "ttttttuuuuuuuuuuuuwwyyyzzzzzzs";
enum { FIRST_LETTER = 0xc0, LAST_LETTER = 0x17f };

static void put_letter(folded *f, uint32_t code)
{
    const char letter = letters[code - FIRST_LETTER];
    const char *pair = "ss"; /* 0xdf */
    if (letter != '?') {
        put(f, &letter, 1);
        return;
    }
    if (code == 0xc6 || code == 0xe6) pair = "ae";
    if (code == 0xde || code == 0xfe) pair = "th";
    if (code == 0x132 || code == 0x133) pair = "ij";
    if (code == 0x152 || code == 0x153) pair = "oe";
    put(f, pair, 2);
}

/* A character that is no ASCII and no letter of that table. */
static void put_other(folded *f, const char *bytes, size_t length, uint32_t code)
{
    const bool nothing = code == 0xa0 || code == 0xad || code == 0xfeff || (code >= 0x300 && code <= 0x36f);
    const bool capital = (code >= 0x391 && code <= 0x3a9) || (code >= 0x410 && code <= 0x42f); /* Greek, Cyrillic */
    if (nothing) return; /* blanks that do not break, marks that stand by themselves, that of the byte order */
    if (!capital) {
        put(f, bytes, length);
        return;
    }
    const uint32_t small = code + 0x20;
    const char two[2] = {(char)(0xc0 | small >> 6), (char)(0x80 | (small & 0x3f))};
    put(f, two, 2);
}

/* Letters in lower case and without marks; no blanks, _ and -. Bytes that are no UTF-8 are taken for Latin-1. */
static folded fold(const char *word)
{
    folded f = {.length = 0};
    while (*word != '\0' && f.length <= LONGEST) {
        const size_t length = clmlp_character_length(word);
        const uint32_t code = length > 0 ? decode(word, length) : (unsigned char)*word;
        const char small = (char)tolower((unsigned char)*word);
        if (code < 0x80 && strchr(" \t_-", *word) == NULL) put(&f, &small, 1);
        if (code >= FIRST_LETTER && code <= LAST_LETTER) put_letter(&f, code);
        else if (code >= 0x80) put_other(&f, word, length > 0 ? length : 1, code);
        word += length > 0 ? length : 1;
    }
    return f;
}

/* Three rows of the table of distances are enough: the one before the last tells what a swap costs. */
static size_t distance(const folded *one, const folded *other)
{
    size_t table[3][LONGEST + 1];
    const char *const a = one->text, *const b = other->text;
    const size_t rows = one->length, columns = other->length;
    for (size_t j = 0; j <= columns; j++) table[0][j] = j;
    for (size_t i = 1; i <= rows; i++) {
        size_t *const now = table[i % 3];
        const size_t *const above = table[(i + 2) % 3], *const before = table[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= columns; j++) {
            size_t least = above[j - 1] + (a[i - 1] != b[j - 1]);
            if (above[j] + 1 < least) least = above[j] + 1;
            if (now[j - 1] + 1 < least) least = now[j - 1] + 1;
            const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped && before[j - 2] + 1 < least) least = before[j - 2] + 1;
            now[j] = least;
        }
    }
    return table[rows % 3][columns];
}

size_t clmlp_word_distance(const char *word, const char *other)
{
    const folded one = fold(word), two = fold(other);
    const size_t near = one.length <= SHORT ? 1 : 2;
    if (one.length == 0 || two.length == 0 || one.length > LONGEST || two.length > LONGEST) return SIZE_MAX;
    const size_t apart = distance(&one, &two);
    if (apart > near || (apart > 0 && (apart >= one.length || apart >= two.length))) return SIZE_MAX;
    return apart;
}

const char *clmlp_nearest(const char *word, const char *const *names, size_t count)
{
    const char *nearest = NULL;
    size_t least = SIZE_MAX;
    if (word == NULL || names == NULL) return NULL;
    for (size_t i = 0; i < count && least > 0; i++) {
        const size_t apart = names[i] != NULL ? clmlp_word_distance(word, names[i]) : SIZE_MAX;
        if (apart >= least) continue;
        least = apart;
        nearest = names[i];
    }
    return nearest;
}
