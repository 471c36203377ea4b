/* quote.c - excerpts of files, made printable for messages. */
#include "data/quote.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { SHOWN_CHARACTERS = 40, SHOWN_NAMES = 10, SHOWN_BYTES = CLMLP_QUOTE_LENGTH - 16 };

char *clmlp_quote(char out[CLMLP_QUOTE_LENGTH], const char *text, size_t length)
{
    size_t used = 0, characters = 0;
    out[used++] = '\'';
    for (size_t i = 0; i < length; i++) {
        const unsigned char byte = (unsigned char)text[i];
        const bool starts_character = (byte & 0xc0) != 0x80;
        if (starts_character && (characters++ == SHOWN_CHARACTERS || used > SHOWN_BYTES)) {
            memcpy(out + used, "...", 3);
            used += 3;
            break;
        }
        if (used > SHOWN_BYTES) continue; /* a run of stray continuation bytes */
        if (byte < 0x20 || byte == 0x7f) {
            used += (size_t)snprintf(out + used, 5, "\\x%02x", (unsigned)byte);
        } else {
            out[used++] = (char)byte;
        }
    }
    out[used++] = '\'';
    out[used] = '\0';
    return out;
}

char *clmlp_quote_list(char out[CLMLP_QUOTE_LIST_LENGTH], const char *const *names, size_t count)
{
    size_t used = 0;
    size_t shown = 0;
    out[0] = '\0';
    for (; shown < count && shown < SHOWN_NAMES; shown++) {
        char name[CLMLP_QUOTE_LENGTH];
        (void)clmlp_quote(name, names[shown], strlen(names[shown]));
        if (used + strlen(name) + 40 > CLMLP_QUOTE_LIST_LENGTH) break;
        used += (size_t)snprintf(out + used, CLMLP_QUOTE_LIST_LENGTH - used, "%s%s", shown > 0 ? ", " : "", name);
    }
    if (shown < count) {
        (void)snprintf(out + used, CLMLP_QUOTE_LIST_LENGTH - used, ", ... (%zu in all)", count);
    }
    return out;
}
