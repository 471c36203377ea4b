/* utf8.c - UTF-8: check, and bytes to characters and back. */
#include "base/utf8.h"

#include <string.h>

#include "base/memory.h"

/* Bytes of the character at text [left], 0 when it is not one. */
static size_t character(const unsigned char *text, size_t left)
{
    unsigned char low = 0x80, high = 0xbf; /* of the second byte */
    size_t size = 0;
    if (text[0] < 0x80) return 1;
    if (text[0] >= 0xc2 && text[0] <= 0xdf) {
        size = 2;
    } else if ((text[0] & 0xf0) == 0xe0) {
        size = 3;
        if (text[0] == 0xe0) low = 0xa0;
        if (text[0] == 0xed) high = 0x9f;
    } else if (text[0] >= 0xf0 && text[0] <= 0xf4) {
        size = 4;
        if (text[0] == 0xf0) low = 0x90;
        if (text[0] == 0xf4) high = 0x8f;
    }
    if (size == 0 || size > left || text[1] < low || text[1] > high) return 0;
    for (size_t i = 2; i < size; i++) {
        if ((text[i] & 0xc0) != 0x80) return 0;
    }
    return size;
}

size_t clmlp_utf8_valid_length(const char *text, size_t length)
{
    size_t at = 0;
    while (at < length) {
        const size_t size = character((const unsigned char *)text + at, length - at);
        if (size == 0) break;
        at += size;
    }
    return at;
}

clmlp_status clmlp_utf8_from_bytes(char **out, const char *text, clmlp_error *error)
{
    size_t size = 0;
    if (!clmlp_multiply(strlen(text), 2, &size) || !clmlp_add(size, 1, &size)) {
        return clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "not enough memory for a name");
    }
    char *copy = NULL;
    TRY(clmlp_allocate(&copy, size, 1, "a name", error));
    char *to = copy;
    for (const char *from = text; *from != '\0'; from++) {
        const unsigned char byte = (unsigned char)*from;
        if (byte < 0x80) {
            *to++ = (char)byte;
        } else {
            *to++ = (char)(0xc0 | byte >> 6);
            *to++ = (char)(0x80 | (byte & 0x3f));
        }
    }
    *to = '\0';
    *out = copy;
    return CLMLP_OK;
}

bool clmlp_utf8_to_bytes(char *text)
{
    char *to = text;
    for (const char *from = text; *from != '\0'; from++) {
        const unsigned char byte = (unsigned char)*from;
        if (byte < 0x80) {
            *to++ = (char)byte;
        } else if ((byte == 0xc2 || byte == 0xc3) && from[1] != '\0') {
            *to++ = (char)((byte & 0x03) << 6 | ((unsigned char)from[1] & 0x3f));
            from++;
        } else {
            return false;
        }
    }
    *to = '\0';
    return true;
}
