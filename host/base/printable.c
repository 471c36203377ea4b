/* printable.c - texts that came from outside, made fit for a terminal and for spreadsheets. */
#include <string.h>

#include "base/number.h"
#include "clmlp/text.h"

size_t clmlp_character_length(const char *text)
{
    const unsigned char *const bytes = (const unsigned char *)text;
    if (bytes == NULL) return 0;
    if (bytes[0] < 0x80U) return 1;
    const size_t length = bytes[0] >= 0xF0U ? 4 : bytes[0] >= 0xE0U ? 3 : 2;
    if (bytes[0] < 0xC2U || bytes[0] > 0xF4U) return 0;
    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xC0U) != 0x80U) return 0;
    }
    const bool overlong = (bytes[0] == 0xE0U && bytes[1] < 0xA0U) || (bytes[0] == 0xF0U && bytes[1] < 0x90U);
    const bool surrogate = bytes[0] == 0xEDU && bytes[1] >= 0xA0U;
    const bool too_large = bytes[0] == 0xF4U && bytes[1] >= 0x90U;
    return overlong || surrogate || too_large ? 0 : length;
}

bool clmlp_character_steers(const char *text, size_t length)
{
    const unsigned char *const b = (const unsigned char *)text;
    if (b == NULL) return false;
    if (length < 2) return b[0] < 0x20U || (b[0] >= 0x7FU && b[0] < 0xA0U);
    if (length == 2) return (b[0] == 0xC2U && b[1] < 0xA0U) || (b[0] == 0xD8U && b[1] == 0x9CU);
    if (length != 3) return false;
    const unsigned code = (b[0] & 0x0FU) << 12U | (b[1] & 0x3FU) << 6U | (b[2] & 0x3FU);
    return code == 0x200EU || code == 0x200FU || (code >= 0x2028U && code <= 0x202EU) ||
           (code >= 0x2066U && code <= 0x2069U);
}

void clmlp_make_printable(char *text, bool lines)
{
    char *to = text;
    while (text != NULL && *text != '\0') {
        const size_t length = clmlp_character_length(text), step = length > 0 ? length : 1;
        const bool line_end = lines && *text == '\n';
        if (!line_end && clmlp_character_steers(text, length)) *to++ = '?';
        else for (size_t i = 0; i < step; i++) *to++ = text[i];
        text += step;
    }
    if (to != NULL) *to = '\0';
}

/* Bytes at text of what a spreadsheet may leave out in front of a field: blanks, what steers a terminal, and marks that
 * nobody sees: U+00A0, U+00AD, U+200B to U+200F, U+2028 to U+202F, U+2060 to U+206F, U+3000, U+FEFF. 0: there is
 * none. */
static size_t invisible(const char *text)
{
    static const char *const marks[] = {" ", "\xC2\xA0", "\xC2\xAD", "\xE3\x80\x80", "\xEF\xBB\xBF"};
    const unsigned char *const b = (const unsigned char *)text;
    const size_t length = clmlp_character_length(text);
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if (strncmp(text, marks[i], strlen(marks[i])) == 0) return strlen(marks[i]);
    }
    if (text[0] != '\0' && clmlp_character_steers(text, length)) return length > 0 ? length : 1;
    if (length != 3 || b[0] != 0xE2U || b[1] > 0x81U) return 0;
    const unsigned code = 0x2000U + (b[1] & 0x01U) * 0x40U + (b[2] & 0x3FU);
    const bool is = (code >= 0x200BU && code <= 0x200FU) || (code >= 0x2028U && code <= 0x202FU) ||
                    (code >= 0x2060U && code <= 0x206FU);
    return is ? length : 0;
}

bool clmlp_is_formula(const char *text)
{
    static const char *const wide[] = {"\xEF\xBC\x9D", "\xEF\xBC\x8B", "\xEF\xBC\x8D", "\xEF\xBC\xA0"};
    double value = 0.0;
    if (text == NULL) return false;
    const char *at = text;
    for (size_t length = invisible(at); length > 0; length = invisible(at)) at += length;
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++) {
        if (strncmp(at, wide[i], strlen(wide[i])) == 0) return true;
    }
    if (text[0] == '\t' || text[0] == '\r') return true;
    if (*at == '\0' || strchr("=+-@", *at) == NULL) return false;
    const char *const end = at + strlen(at);
    return clmlp_scan_double(at, end, &value) != end;
}
