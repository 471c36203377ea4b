/* dictionary.h - the distinct texts of a column, numbered from 1 as they appear. */
#ifndef CLMLP_DATA_DICTIONARY_H
#define CLMLP_DATA_DICTIONARY_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Zero-initialise; release with clmlp_dictionary_release. */
typedef struct clmlp_dictionary {
    char *texts;     /* all, each with its NUL */
    size_t text_length, text_capacity;
    size_t *offsets; /* [count] in texts */
    size_t count, offset_capacity;
    uint32_t *slots; /* [slot_count], a power of 2: code, or 0 */
    size_t slot_count;
} clmlp_dictionary;

/* *code = the number of a text, a new one if it is not there. Allocates for new texts only. Errors:
 * CLMLP_OUT_OF_MEMORY, CLMLP_BAD_INPUT (2^32 - 1 texts). */
clmlp_status clmlp_dictionary_code(clmlp_dictionary *dictionary, const char *text, size_t length, uint32_t *code,
                                   clmlp_error *error);

/* The number of a text; 0: it is not there. */
uint32_t clmlp_dictionary_find(const clmlp_dictionary *dictionary, const char *text, size_t length);

/* The text of a code from 1 to count. */
static inline const char *clmlp_dictionary_text(const clmlp_dictionary *dictionary, size_t code)
{
    return dictionary->texts + dictionary->offsets[code - 1];
}

/* Its length, without the NUL. */
static inline size_t clmlp_dictionary_length(const clmlp_dictionary *dictionary, size_t code)
{
    const size_t end = code < dictionary->count ? dictionary->offsets[code] : dictionary->text_length;
    return end - dictionary->offsets[code - 1] - 1;
}

void clmlp_dictionary_release(clmlp_dictionary *dictionary);

#endif
