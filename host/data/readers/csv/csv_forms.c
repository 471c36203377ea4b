/* csv_forms.c - fields that are no numbers as the file is written, but look like some of another spelling, or dates. */
#include <string.h>

#include "data/columns/date.h"
#include "data/readers/csv/csv.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Digits from *p on, at most `most`; *p moves behind them. */
static size_t pass_digits(const char **p, const char *end, size_t most)
{
    size_t count = 0;
    while (*p < end && count < most && is_digit(**p)) {
        (*p)++;
        count++;
    }
    return count;
}

/* --- thousands --------------------------------------------------------------------------------------------- */

/* 59,222 or 1.234.567 or 1,234.5: one to three digits, groups of three behind one mark, and what another mark may
 * begin. A leading 0 is no thousand. */
static bool has_groups(const char *p, const char *end, clmlp_decimal decimal)
{
    const char own = decimal == CLMLP_DECIMAL_COMMA ? ',' : '.';
    if (p < end && (*p == '-' || *p == '+')) p++;
    if (p == end || *p == '0' || pass_digits(&p, end, 3) == 0 || p == end) return false;
    const char mark = *p;
    size_t groups = 0;
    if (mark != ',' && mark != '.') return false;
    while (p < end && *p == mark) {
        p++;
        if (pass_digits(&p, end, 4) != 3) return false;
        groups++;
    }
    if (p < end && (*p == ',' || *p == '.')) {
        p++;
        (void)pass_digits(&p, end, (size_t)(end - p));
    }
    return p == end && groups >= (mark == own ? 2U : 1U);
}

/* Bytes of a blank before thousands, three digits and no more: a space, or one that does not break (U+00A0, U+202F);
 * 0: there is none. */
static size_t blank_at(const char *p, const char *end)
{
    static const char *const blanks[] = {" ", "\xc2\xa0", "\xe2\x80\xaf"};
    for (size_t i = 0; i < sizeof blanks / sizeof *blanks; i++) {
        const size_t length = strlen(blanks[i]);
        if ((size_t)(end - p) < length || memcmp(p, blanks[i], length) != 0) continue;
        const char *next = p + length;
        return pass_digits(&next, end, 4) == 3 ? length : 0;
    }
    return 0;
}

/* 1 000 or 1 234,5: digits, such blanks, and then perhaps marks. */
static bool has_blanks(const char *p, const char *end)
{
    size_t blanks = 0;
    if (p < end && (*p == '-' || *p == '+')) p++;
    if (pass_digits(&p, end, 3) == 0) return false;
    for (size_t length = blank_at(p, end); length > 0; length = blank_at(p, end)) {
        p += length + 3;
        blanks++;
    }
    while (p < end && (is_digit(*p) || *p == '.' || *p == ',')) p++;
    return blanks > 0 && p == end;
}

/* --- units ------------------------------------------------------------------------------------------------- */

/* Bytes of a sign of percent or of a currency at p; 0: none. */
static size_t unit_at(const char *p, const char *end)
{
    static const char *const units[] = {"%", "$", "\xe2\x82\xac", "\xc2\xa3", "\xc2\xa5"};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        const size_t length = strlen(units[i]);
        if ((size_t)(end - p) >= length && memcmp(p, units[i], length) == 0) return length;
    }
    return 0;
}

/* 20%, $1,100, 5 EUR with its sign: one unit, in front or behind, digits, marks and blanks. */
static bool has_unit(const char *p, const char *end)
{
    size_t units = 0, digits = 0;
    bool sign = false, behind = false;
    while (p < end) {
        const size_t unit = unit_at(p, end);
        if (unit > 0) {
            units++;
            behind = digits > 0;
            p += unit;
            continue;
        }
        if (is_digit(*p)) {
            if (behind) return false;
            digits++;
        } else if (*p == '-' || *p == '+') {
            if (sign || digits > 0) return false;
            sign = true;
        } else if (*p != '.' && *p != ',' && *p != ' ') {
            return false;
        }
        p++;
    }
    return units == 1 && digits > 0;
}

/* --- dates ------------------------------------------------------------------------------------------------- */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A word of three letters or more that begins a month's English name. */
static bool pass_month(const char **p, const char *end)
{
    static const char *const months[] = {"january", "february", "march", "april", "may", "june", "july", "august",
                                         "september", "october", "november", "december"};
    size_t length = 0;
    while (*p + length < end && is_letter((*p)[length])) length++;
    if (length < 3) return false;
    for (size_t m = 0; m < sizeof months / sizeof *months; m++) {
        size_t same = 0;
        while (same < length && months[m][same] == ((*p)[same] | 0x20)) same++;
        if (same < length) continue;
        *p += length;
        return true;
    }
    return false;
}

/* One part of a date: a number with its digits, or a month by name (digits 0). */
typedef struct date_part {
    size_t digits;
    int value;
} date_part;

static bool pass_part(const char **p, const char *end, date_part *part)
{
    const char *const begin = *p;
    *part = (date_part){.value = 0};
    if (pass_month(p, end)) return true;
    part->digits = pass_digits(p, end, 5);
    for (size_t i = 0; i < part->digits; i++) part->value = 10 * part->value + (begin[i] - '0');
    return part->digits > 0;
}

/* What separates two parts: one of / . - or blanks, perhaps with a comma or point in front. 0: something else. */
static char pass_separator(const char **p, const char *end)
{
    if (*p < end && (**p == '/' || **p == '-')) return *(*p)++;
    char found = 0;
    if (*p < end && (**p == '.' || **p == ',')) found = *(*p)++;
    while (*p < end && **p == ' ') {
        (*p)++;
        found = ' ';
    }
    return found == ',' ? (char)0 : found;
}

/* Nothing, or a time of the day: digits and colons, a letter or two. */
static bool is_rest(const char *p, const char *end)
{
    if (p == end) return true;
    if (*p != ' ' && *p != 'T') return false;
    const char *const colon = memchr(p, ':', (size_t)(end - p));
    for (p++; p < end; p++) {
        if (!is_digit(*p) && memchr(":. AMPZamp", *p, 10) == NULL) return false;
    }
    return colon != NULL;
}

static bool is_year(const date_part *part)
{
    return part->digits == 4 && part->value >= 1000 && part->value < 3000;
}

static bool is_within(const date_part *part, int most)
{
    return (part->digits == 1 || part->digits == 2) && part->value >= 1 && part->value <= most;
}

/* Numbers as day and month, in either order. */
static bool are_day_and_month(const date_part *a, const date_part *b)
{
    return is_within(a, 31) && is_within(b, 31) && (a->value <= 12 || b->value <= 12);
}

/* 01/02/2012, 31.12.2012, 2012/12/31, 1-2-2012, 01 Jan 2012, Jan 1, 2012, also with a time. Two digits are a year only
 * behind a month's name or between slashes: 1.2.12 may be a version. */
static bool is_date(const char *p, const char *end)
{
    date_part parts[3];
    char separators[2];
    for (size_t i = 0; i < 3; i++) {
        if (!pass_part(&p, end, &parts[i])) return false;
        if (i < 2 && (separators[i] = pass_separator(&p, end)) == 0) return false;
    }
    if (!is_rest(p, end)) return false;
    const date_part *const a = &parts[0], *const b = &parts[1], *const c = &parts[2];
    if ((a->digits == 0) + (b->digits == 0) + (c->digits == 0) > 1) return false;
    const bool year_behind = is_year(c) || c->digits == 2;
    if (b->digits == 0) return (is_within(a, 31) && year_behind) || (is_year(a) && is_within(c, 31));
    if (a->digits == 0) return is_within(b, 31) && year_behind;
    if (separators[0] != separators[1] || separators[0] == ' ') return false;
    if (is_year(a)) return is_within(b, 12) && is_within(c, 31);
    return are_day_and_month(a, b) && (is_year(c) || (c->digits == 2 && separators[0] == '/'));
}

/* Written as dates are, though there is no such day. */
static bool is_iso_shape(const char *p, const char *end)
{
    return end - p >= 10 && p[4] == '-' && p[7] == '-';
}

/* 10:30 or 9:30 at *p, which moves behind it. */
static bool pass_hour_and_minute(const char **p, const char *end)
{
    date_part hour = {0}, minute = {0};
    if (!pass_part(p, end, &hour) || hour.digits < 1 || hour.digits > 2 || *p == end || *(*p)++ != ':') return false;
    return pass_part(p, end, &minute) && minute.digits == 2 && hour.value < 24 && minute.value < 60;
}

/* A day of ISO's with a time of another form: with a fraction of a second, or what names a zone. */
static bool is_moment(const char *p, const char *end)
{
    enum { LONGEST_REST = 24 };
    double seconds = 0.0;
    bool time = false;
    if (!is_iso_shape(p, end) || !clmlp_parse_date(p, p + 10, &seconds, &time)) return false;
    if (clmlp_parse_date(p, end, &seconds, &time)) return false;
    p += 10;
    if (p == end || (*p != ' ' && *p != 'T' && *p != 't')) return false;
    p++;
    return pass_hour_and_minute(&p, end) && end - p <= LONGEST_REST;
}

/* 10:30, 9:30:05.5, 10:30 PM. */
static bool is_time(const char *p, const char *end)
{
    if (!pass_hour_and_minute(&p, end)) return false;
    for (; p < end; p++) {
        if (!is_digit(*p) && memchr(":. AMPZamp", *p, 10) == NULL) return false;
    }
    return true;
}

/* 2023-01. */
static bool is_month(const char *p, const char *end)
{
    date_part year = {0}, month = {0};
    if (!pass_part(&p, end, &year) || !is_year(&year) || p == end || *p++ != '-') return false;
    return pass_part(&p, end, &month) && month.digits == 2 && is_within(&month, 12) && p == end;
}

/* --- all --------------------------------------------------------------------------------------------------- */

/* 1,5 or 1.234,5 or 1.2.3. */
static bool has_marks(const char *p, const char *end)
{
    size_t marks = 0, digits = 0;
    if (p < end && (*p == '-' || *p == '+')) p++;
    for (; p < end; p++) {
        if (is_digit(*p)) digits++;
        else if (*p == '.' || *p == ',') marks++;
        else return false;
    }
    return marks > 0 && digits > 0;
}

clmlp_csv_form clmlp_csv_form_of(const clmlp_csv_reader *reader, const clmlp_field *field)
{
    const char *const begin = field->text, *const end = begin + field->length;
    double value = 0.0;
    if (field->length == 0 || clmlp_fields_number(&reader->fields, field, &value)) return CLMLP_CSV_PLAIN;
    if (has_groups(begin, end, reader->fields.decimal)) return CLMLP_CSV_GROUPS;
    if (has_blanks(begin, end)) return CLMLP_CSV_BLANKS;
    if (!is_iso_shape(begin, end) && is_date(begin, end)) return CLMLP_CSV_DATE;
    if (is_moment(begin, end)) return CLMLP_CSV_MOMENT;
    if (is_time(begin, end)) return CLMLP_CSV_TIME;
    if (is_month(begin, end)) return CLMLP_CSV_MONTH;
    if (has_marks(begin, end)) return CLMLP_CSV_MARKS;
    return has_unit(begin, end) ? CLMLP_CSV_UNIT : CLMLP_CSV_PLAIN;
}
