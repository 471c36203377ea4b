/* quote.h - pieces of files in messages: quoted, shortened, printable. */
#ifndef CLMLP_DATA_QUOTE_H
#define CLMLP_DATA_QUOTE_H

#include <stddef.h>

enum { CLMLP_QUOTE_LENGTH = 192, CLMLP_QUOTE_LIST_LENGTH = 1024 };

/* 'text' with its quotes into out; more than 40 characters are cut and end in "...", control characters
 * are shown as \xNN. Returns out. */
char *clmlp_quote(char out[CLMLP_QUOTE_LENGTH], const char *text, size_t length);

/* 'a', 'b', 'c', ... (12 in all) into out. Returns out. */
char *clmlp_quote_list(char out[CLMLP_QUOTE_LIST_LENGTH], const char *const *names, size_t count);

#endif
