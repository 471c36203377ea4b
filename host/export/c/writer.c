/* writer.c - pieces of C code: names, numbers, texts. */
#include "export/c/writer.h"

#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { LONGEST_TEXT = 4095, PIECE = 512 }; /* C99, 5.2.4.1 */

/* What stands for a letter behind $; NULL: nothing does. */
static const char *meaning(const clmlp_c_writer *w, char letter)
{
    switch (letter) {
    case 'N': return w->name;
    case 'U': return w->upper;
    case 'R': return w->precision == CLMLP_F32 ? "float" : "double";
    case 'F': return w->precision == CLMLP_F32 ? "f" : "";
    default: return NULL;
    }
}

clmlp_status clmlp_c_code(clmlp_c_writer *w, const char *code)
{
    for (;;) {
        const char *const dollar = strchr(code, '$');
        const size_t before = dollar != NULL ? (size_t)(dollar - code) : strlen(code);
        TRY(clmlp_text_append(&w->text, w->error, "%.*s", (int)before, code));
        if (dollar == NULL) return CLMLP_OK;
        const char *const text = meaning(w, dollar[1]);
        if (text == NULL) return clmlp_fail(w->error, CLMLP_BAD_ARGUMENT, "no meaning of $%c", dollar[1]);
        TRY(clmlp_text_append(&w->text, w->error, "%s", text));
        code = dollar + 2;
    }
}

clmlp_status clmlp_c_codef(clmlp_c_writer *w, const char *format, ...)
{
    char piece[PIECE];
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(piece, sizeof piece, format, arguments);
    va_end(arguments);
    if (length < 0 || length >= PIECE) return clmlp_fail(w->error, CLMLP_BAD_ARGUMENT, "a piece of C is too long");
    return clmlp_c_code(w, piece);
}

/* By its bits, so that no locale has a say. */
static clmlp_status hexadecimal(clmlp_c_writer *w, double value, const char *suffix)
{
    uint64_t bits = 0;
    char digits[14];
    memcpy(&bits, &value, sizeof bits);
    const int exponent = (int)(bits >> 52 & 0x7ff);
    const uint64_t fraction = bits & ((UINT64_C(1) << 52) - 1);
    if (isnan(value)) return clmlp_text_append(&w->text, w->error, "(double)NAN");
    (void)snprintf(digits, sizeof digits, "%013llx", (unsigned long long)fraction);
    size_t length = 13;
    while (length > 0 && digits[length - 1] == '0') length--;
    const int power = exponent == 0 ? (fraction == 0 ? 0 : -1022) : exponent - 1023;
    return clmlp_text_append(&w->text, w->error, "%s0x%d%s%.*sp%d%s", bits >> 63 != 0 ? "-" : "", exponent != 0,
                             length > 0 ? "." : "", (int)length, digits, power, suffix);
}

clmlp_status clmlp_c_double(clmlp_c_writer *w, double value)
{
    return hexadecimal(w, value, "");
}

clmlp_status clmlp_c_real(clmlp_c_writer *w, double value)
{
    return w->precision == CLMLP_F32 ? hexadecimal(w, (double)(float)value, "f") : hexadecimal(w, value, "");
}

clmlp_status clmlp_c_quoted(clmlp_c_writer *w, const char *text)
{
    if (strlen(text) > LONGEST_TEXT) {
        return clmlp_fail(w->error, CLMLP_BAD_ARGUMENT, "a name or text '%.40s...' has %zu bytes, and texts of C99 "
                          "have %d at most", text, strlen(text), LONGEST_TEXT);
    }
    TRY(clmlp_text_append(&w->text, w->error, "\""));
    for (; *text != '\0'; text++) {
        const unsigned char c = (unsigned char)*text;
        const bool plain = c >= ' ' && c <= '~' && strchr("\"\\?*", c) == NULL;
        TRY(clmlp_text_append(&w->text, w->error, plain ? "%c" : "\\%03o", c));
    }
    return clmlp_text_append(&w->text, w->error, "\"");
}

clmlp_status clmlp_c_texts(clmlp_c_writer *w, const char *const *texts, size_t count)
{
    for (size_t k = 0; k < count; k++) {
        TRY(clmlp_text_append(&w->text, w->error, "%s", k == 0 ? "    " : ",\n    "));
        TRY(clmlp_c_quoted(w, texts[k]));
    }
    return clmlp_text_append(&w->text, w->error, "};\n");
}

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

const char *clmlp_c_field(char out[CLMLP_C_FIELD], const clmlp_c_writer *w, size_t c)
{
    size_t length = (size_t)snprintf(out, CLMLP_C_FIELD, "c%zu", c + 1);
    const char *const name = w->model->columns->names[c];
    bool gap = true;
    for (size_t i = 0; name[i] != '\0' && length < 48; i++) {
        if (!is_letter_or_digit(name[i])) gap = true;
        else {
            if (gap) out[length++] = '_';
            gap = false;
            out[length++] = name[i];
        }
    }
    out[length] = '\0';
    return out;
}

const clmlp_encoder *clmlp_c_encoder(const clmlp_c_writer *w, size_t c)
{
    const clmlp_columns *const columns = w->model->columns;
    return columns != NULL && columns->encoders != NULL ? columns->encoders[c] : NULL;
}
