/* json_text.h - whether a text is JSON. The parser says no where it has no memory, too; this needs none. */
#ifndef CLMLP_JSON_TEXT_H
#define CLMLP_JSON_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Whether text [length] is one JSON value with white space around it, as RFC 8259 has it, in UTF-8, no deeper than the
 * parser goes. */
bool clmlp_json_is_valid(const char *text, size_t length);

#endif
