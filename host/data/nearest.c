/* nearest.c - the name of a column that a mistyped one may stand for. The program has its own for options: it sees
 * nothing of the library but what is public. */
#include "data/nearest.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Longer names are not compared; a short one has few letters to be known by. */
enum { LONGEST = 64, SHORT = 3 };

/* The letters that matter, in lower case. Returns how many; LONGEST + 1: too many. */
static size_t simplify(char out[LONGEST], const char *name)
{
    size_t length = 0;
    for (; *name != '\0'; name++) {
        if (strchr(" \t_-", *name) != NULL) continue;
        if (length == LONGEST) return LONGEST + 1;
        out[length++] = (char)tolower((unsigned char)*name);
    }
    return length;
}

/* Three rows of the table of distances are enough: the one before the last tells what a swap costs. */
static size_t distance(const char *a, size_t rows, const char *b, size_t columns)
{
    size_t table[3][LONGEST + 1];
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

const char *clmlp_nearest_name(const char *word, const char *const *names, size_t count)
{
    char simple[LONGEST], other[LONGEST];
    const char *nearest = NULL;
    const size_t length = simplify(simple, word);
    size_t bound = length <= SHORT ? 2 : 3; /* one less is near */
    if (length == 0 || length > LONGEST) return NULL;
    for (size_t i = 0; i < count; i++) {
        const size_t other_length = simplify(other, names[i]);
        if (other_length == 0 || other_length > LONGEST) continue;
        const size_t apart = distance(simple, length, other, other_length);
        if (apart >= bound || (apart > 0 && (apart >= length || apart >= other_length))) continue;
        bound = apart;
        nearest = names[i];
        if (apart == 0) break;
    }
    return nearest;
}

char *clmlp_did_you_mean(char out[CLMLP_NEAREST_LENGTH], const char *word, const char *const *names, size_t count)
{
    char quoted[CLMLP_QUOTE_LENGTH];
    const char *const nearest = names != NULL ? clmlp_nearest_name(word, names, count) : NULL;
    out[0] = '\0';
    if (nearest == NULL) return out;
    if (strcmp(nearest, word) == 0) { /* nobody meant another one */
        (void)snprintf(out, CLMLP_NEAREST_LENGTH, "; it is there, but left out (--features, --ignore)");
        return out;
    }
    (void)snprintf(out, CLMLP_NEAREST_LENGTH, "; did you mean %s?", clmlp_quote(quoted, nearest, strlen(nearest)));
    return out;
}
