/* nearest.c - the name of a column that a mistyped one may stand for, said in an error. */
#include "data/nearest.h"

#include <stdio.h>
#include <string.h>

#include "clmlp/text.h"

char *clmlp_did_you_mean(char out[CLMLP_NEAREST_LENGTH], const char *word, const char *const *names, size_t count)
{
    char quoted[CLMLP_QUOTE_LENGTH];
    const char *const nearest = clmlp_nearest(word, names, count);
    out[0] = '\0';
    if (nearest == NULL) return out;
    if (strcmp(nearest, word) == 0) { /* nobody meant another one */
        (void)snprintf(out, CLMLP_NEAREST_LENGTH, "; it is there, but left out (--features, --ignore)");
        return out;
    }
    (void)snprintf(out, CLMLP_NEAREST_LENGTH, "; did you mean %s?", clmlp_quote(quoted, nearest, strlen(nearest)));
    return out;
}
