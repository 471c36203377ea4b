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

bool clmlp_is_formula(const char *text)
{
    double value = 0.0;
    if (text == NULL || text[0] == '\0' || strchr("=+-@\t\r", text[0]) == NULL) return false;
    const char *const end = text + strlen(text);
    return clmlp_scan_double(text, end, &value) != end;
}
