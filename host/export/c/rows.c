/* rows.c - what a row is in C, and how it becomes features. */
#include <math.h>
#include <string.h>

#include "base/number.h"
#include "export/c/writer.h"

static clmlp_column_kind kind_of(const clmlp_c_writer *w, size_t c)
{
    const clmlp_encoder *const encoder = clmlp_c_encoder(w, c);
    return encoder != NULL ? encoder->kind : CLMLP_COLUMN_NUMERIC;
}

static size_t inputs_of(const clmlp_c_writer *w)
{
    return w->model->columns != NULL ? w->model->columns->count : w->model->s[0];
}

static clmlp_marks marks_of(const clmlp_c_writer *w)
{
    return clmlp_columns_marks(w->model->columns);
}

/* --- declarations ------------------------------------------------------------------------------------------------ */

static clmlp_status declare_struct(clmlp_c_writer *w)
{
    static const char *const docs[CLMLP_COLUMN_KIND_COUNT] = {
        [CLMLP_COLUMN_NUMERIC] = "a number; NaN: missing",
        [CLMLP_COLUMN_BOOLEAN] = "true, false, yes or no; NULL: missing",
        [CLMLP_COLUMN_CATEGORICAL] = "a text; NULL: missing",
        [CLMLP_COLUMN_DATE] = "YYYY-MM-DD, then T or a blank and hh:mm or hh:mm:ss, or nothing; NULL: missing"};
    char field[CLMLP_C_FIELD];
    TRY(clmlp_c_code(w, "typedef struct $N_row {\n"));
    for (size_t c = 0; c < inputs_of(w); c++) {
        const clmlp_column_kind kind = kind_of(w, c);
        TRY(clmlp_c_codef(w, "    %s%s; /* ", kind == CLMLP_COLUMN_NUMERIC ? "double " : "const char *",
                          clmlp_c_field(field, w, c)));
        TRY(clmlp_c_quoted(w, w->model->columns->names[c]));
        TRY(clmlp_c_codef(w, ": %s */\n", docs[kind]));
    }
    return clmlp_c_code(w, "} $N_row;\n\n");
}

/* What each place of the array is. */
static clmlp_status declare_array(clmlp_c_writer *w)
{
    TRY(clmlp_c_code(w, "/* A row is an array of $U_INPUTS numbers; NaN: missing.\n"));
    for (size_t c = 0; w->model->columns != NULL && c < inputs_of(w); c++) {
        TRY(clmlp_c_codef(w, " *   [%zu] ", c));
        TRY(clmlp_c_quoted(w, w->model->columns->names[c]));
        TRY(clmlp_c_code(w, "\n"));
    }
    return clmlp_c_code(w, " */\n");
}

clmlp_status clmlp_c_declare(clmlp_c_writer *w)
{
    const bool classes = w->model->class_names != NULL;
    TRY(clmlp_c_codef(w, "enum { $U_INPUTS = %zu, $U_OUTPUTS = %zu };\n\n", inputs_of(w),
                      w->model->s[w->model->L - 1]));
    TRY(w->by_column ? declare_struct(w) : declare_array(w));
    if (classes) {
        TRY(clmlp_c_code(w, "/* Names of the classes. */\nextern const char *const $N_classes[$U_OUTPUTS];\n\n"));
    }
    TRY(clmlp_c_codef(w, "/* The prediction for a row, into outputs [$U_OUTPUTS].%s\n"
                      " * -1: nothing can be said of this row (it has an infinite number, a date that is none, or the\n"
                      " * like), and the outputs are NaN. */\n",
                      classes ? " Returns the class, from 0: that with the largest output." : " Returns 0."));
    TRY(clmlp_c_codef(w, "int $N_predict(const %s *row, double *outputs);\n", w->by_column ? "$N_row" : "double"));
    return CLMLP_OK;
}

/* --- values that are missing ------------------------------------------------------------------------------------- */

clmlp_status clmlp_c_marks(clmlp_c_writer *w)
{
    const clmlp_marks marks = marks_of(w);
    const char *mark = NULL;
    TRY(clmlp_c_code(w, "/* Texts that mean \"no value\". */\nstatic const char *const $N_marks[] = {\n"));
    for (size_t i = 0; (mark = clmlp_mark(&marks, i)) != NULL; i++) {
        TRY(clmlp_c_code(w, "    "));
        TRY(clmlp_c_quoted(w, mark));
        TRY(clmlp_c_code(w, ",\n"));
    }
    return clmlp_c_code(w, "    NULL};\n"
        "\n"
        "static int $N_same(const char *a, const char *b)\n"
        "{\n"
        "    for (; *a != '\\0' && *a == *b; a++) b++;\n"
        "    return *a == *b;\n"
        "}\n"
        "\n"
        "static int $N_no_text(const char *text)\n"
        "{\n"
        "    size_t i;\n"
        "    if (text == NULL) return 1;\n"
        "    for (i = 0; $N_marks[i] != NULL; i++) {\n"
        "        if ($N_same(text, $N_marks[i])) return 1;\n"
        "    }\n"
        "    return 0;\n"
        "}\n\n");
}

static clmlp_status missing_numbers(clmlp_c_writer *w)
{
    const clmlp_marks marks = marks_of(w);
    const char *mark = NULL;
    TRY(clmlp_c_code(w, "static int $N_no_number(double value)\n{\n    return isnan(value)"));
    for (size_t i = 0; (mark = clmlp_mark(&marks, i)) != NULL; i++) {
        double number = 0.0;
        if (!clmlp_parse_double(mark, mark + strlen(mark), &number) || !isfinite(number)) continue;
        TRY(clmlp_c_code(w, " || value == "));
        TRY(clmlp_c_double(w, number));
    }
    return clmlp_c_code(w, " ? 1 : 0;\n}\n\n");
}

/* --- texts and dates --------------------------------------------------------------------------------------------- */

static const char booleans[] =
    "/* 1 or 0 of true, false, yes and no in any letter case; NaN of other texts. */\n"
    "static double $N_truth(const char *text)\n"
    "{\n"
    "    static const char *const words[] = {\"false\", \"true\", \"no\", \"yes\"};\n"
    "    size_t i, k;\n"
    "    for (i = 0; i < 4; i++) {\n"
    "        for (k = 0; text[k] != '\\0' && words[i][k] != '\\0'; k++) {\n"
    "            const char c = (char)(text[k] >= 'A' && text[k] <= 'Z' ? text[k] - 'A' + 'a' : text[k]);\n"
    "            if (c != words[i][k]) break;\n"
    "        }\n"
    "        if (text[k] == '\\0' && words[i][k] == '\\0') return (double)(i % 2);\n"
    "    }\n"
    "    return (double)NAN;\n"
    "}\n\n";

static const char levels[] =
    "/* The place of a text among `count`; count: it is none of them. */\n"
    "static size_t $N_level(const char *text, const char *const *texts, size_t count)\n"
    "{\n"
    "    size_t k = 0;\n"
    "    while (k < count && !$N_same(text, texts[k])) k++;\n"
    "    return k;\n"
    "}\n\n";

static const char dates[] =
    "/* `count` digits; -1: something else stands there. */\n"
    "static int $N_digits(const char *text, int count)\n"
    "{\n"
    "    int value = 0;\n"
    "    for (; count > 0; count--, text++) {\n"
    "        if (*text < '0' || *text > '9') return -1;\n"
    "        value = 10 * value + (*text - '0');\n"
    "    }\n"
    "    return value;\n"
    "}\n"
    "\n"
    "/* \"hh:mm\", or that with \":ss\", and Z behind it or not. Returns the hour; -1: no time. */\n"
    "static int $N_time(const char *text)\n"
    "{\n"
    "    const int hour = $N_digits(text, 2);\n"
    "    int minute, second;\n"
    "    if (hour < 0 || hour > 23 || text[2] != ':') return -1;\n"
    "    minute = $N_digits(text + 3, 2);\n"
    "    if (minute < 0 || minute > 59) return -1;\n"
    "    text += 5;\n"
    "    if (*text == ':') {\n"
    "        second = $N_digits(text + 1, 2);\n"
    "        if (second < 0 || second > 59) return -1;\n"
    "        text += 3;\n"
    "    }\n"
    "    if (*text == 'Z') text++;\n"
    "    return *text == '\\0' ? hour : -1;\n"
    "}\n"
    "\n"
    "/* Year, month, day of the week (1 Monday), day of the year, days since 0001-01-01 less `first`, hour; in the\n"
    " * Gregorian calendar, years 1 to 9999. 0: no such date. */\n"
    "static int $N_date(const char *text, long first, double *parts)\n"
    "{\n"
    "    static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};\n"
    "    int year, month, day, leap, hour = 0;\n"
    "    long years, days;\n"
    "    year = $N_digits(text, 4);\n"
    "    if (year < 1 || text[4] != '-') return 0;\n"
    "    month = $N_digits(text + 5, 2);\n"
    "    if (month < 1 || month > 12 || text[7] != '-') return 0;\n"
    "    day = $N_digits(text + 8, 2);\n"
    "    leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;\n"
    "    if (day < 1 || day > before[month] - before[month - 1] + (leap && month == 2)) return 0;\n"
    "    if (text[10] != '\\0') {\n"
    "        hour = text[10] == 'T' || text[10] == ' ' ? $N_time(text + 11) : -1;\n"
    "        if (hour < 0) return 0;\n"
    "    }\n"
    "    day += before[month - 1] + (leap && month > 2);\n"
    "    years = year - 1;\n"
    "    days = 365 * years + years / 4 - years / 100 + years / 400 + day - 1; /* 0001-01-01 was a Monday */\n"
    "    parts[0] = year;\n"
    "    parts[1] = month;\n"
    "    parts[2] = (double)(days % 7 + 1);\n"
    "    parts[3] = day;\n"
    "    parts[4] = (double)(days - first);\n"
    "    parts[5] = hour;\n"
    "    return 1;\n"
    "}\n\n";

/* --- columns ----------------------------------------------------------------------------------------------------- */

/* The value of column c of `row`. */
static clmlp_status value(clmlp_c_writer *w, size_t c)
{
    char field[CLMLP_C_FIELD];
    if (!w->by_column) return clmlp_c_codef(w, "row[%zu]", c);
    return clmlp_c_codef(w, "row->%s", clmlp_c_field(field, w, c));
}

static clmlp_status call(clmlp_c_writer *w, const char *function, size_t c, const char *after)
{
    TRY(clmlp_c_code(w, function));
    TRY(clmlp_c_code(w, "("));
    TRY(value(w, c));
    return clmlp_c_code(w, after);
}

/* A number or a boolean: x[at] = missing ? fill : value. */
static clmlp_status encode_number(clmlp_c_writer *w, size_t c, size_t at)
{
    const clmlp_encoder *const encoder = clmlp_c_encoder(w, c);
    const bool boolean = kind_of(w, c) == CLMLP_COLUMN_BOOLEAN;
    TRY(call(w, boolean ? "    missing = $N_no_text" : "    missing = $N_no_number", c, ");\n"));
    TRY(clmlp_c_codef(w, "    x[%zu] = missing ? ", at));
    TRY(clmlp_c_double(w, encoder != NULL ? encoder->fill[0] : (double)NAN));
    TRY(clmlp_c_code(w, " : "));
    if (boolean) TRY(call(w, "$N_truth", c, ")"));
    else TRY(value(w, c));
    TRY(clmlp_c_code(w, ";\n"));
    if (encoder != NULL && encoder->had_missing) TRY(clmlp_c_codef(w, "    x[%zu] = missing;\n", at + 1));
    return CLMLP_OK;
}

static clmlp_status encode_level(clmlp_c_writer *w, size_t c, size_t at)
{
    const clmlp_encoder *const encoder = clmlp_c_encoder(w, c);
    const size_t count = encoder->level_count, width = clmlp_encoder_width(encoder);
    if (width == 0) return CLMLP_OK;
    TRY(clmlp_c_codef(w, "    for (k = 0; k < %zu; k++) x[%zu + k] = 0;\n", width, at));
    TRY(call(w, "    if (!$N_no_text", c, ")) {\n"));
    if (count > 0) {
        TRY(call(w, "        k = $N_level", c, ""));
        TRY(clmlp_c_codef(w, ", $N_texts_%zu, %zu);\n", c + 1, count));
        TRY(clmlp_c_codef(w, "        if (k < %zu) x[%zu + k] = 1;\n", count, at));
    }
    if (!encoder->had_missing) return clmlp_c_code(w, "    }\n");
    return clmlp_c_codef(w, "    } else {\n        x[%zu] = 1;\n    }\n", at + count);
}

static clmlp_status encode_date(clmlp_c_writer *w, size_t c, size_t at)
{
    enum { DAYS_BEFORE_1970 = 719162 };
    const clmlp_encoder *const encoder = clmlp_c_encoder(w, c);
    const size_t parts = clmlp_encoder_parts(encoder);
    TRY(call(w, "    missing = $N_no_text", c, ");\n    if (missing) {\n"));
    for (size_t p = 0; p < parts; p++) {
        TRY(clmlp_c_codef(w, "        x[%zu] = ", at + p));
        TRY(clmlp_c_double(w, encoder->fill[p]));
        TRY(clmlp_c_code(w, ";\n"));
    }
    TRY(call(w, "    } else if ($N_date", c, ""));
    TRY(clmlp_c_codef(w, ", %ldL, parts)) {\n        for (k = 0; k < %zu; k++) x[%zu + k] = parts[k];\n"
                      "    } else {\n        return -1;\n    }\n",
                      (long)(encoder->first_day + DAYS_BEFORE_1970), parts, at));
    if (encoder->had_missing) TRY(clmlp_c_codef(w, "    x[%zu] = missing;\n", at + parts));
    return CLMLP_OK;
}

static clmlp_status encode_column(clmlp_c_writer *w, size_t c, size_t *at)
{
    const clmlp_encoder *const encoder = clmlp_c_encoder(w, c);
    TRY(clmlp_c_code(w, "    /* "));
    TRY(clmlp_c_quoted(w, w->model->columns->names[c]));
    TRY(clmlp_c_code(w, " */\n"));
    switch (kind_of(w, c)) {
    case CLMLP_COLUMN_NUMERIC:
    case CLMLP_COLUMN_BOOLEAN: TRY(encode_number(w, c, *at)); break;
    case CLMLP_COLUMN_CATEGORICAL: TRY(encode_level(w, c, *at)); break;
    case CLMLP_COLUMN_DATE: TRY(encode_date(w, c, *at)); break;
    case CLMLP_COLUMN_KIND_COUNT: return clmlp_fail(w->error, CLMLP_BAD_ARGUMENT, "a column that C does not know");
    }
    *at += encoder != NULL ? clmlp_encoder_width(encoder) : 1;
    return CLMLP_OK;
}

static clmlp_status helpers(clmlp_c_writer *w)
{
    const bool texts = w->has[CLMLP_COLUMN_BOOLEAN] || w->has[CLMLP_COLUMN_CATEGORICAL] || w->has[CLMLP_COLUMN_DATE];
    if (texts) TRY(clmlp_c_marks(w));
    if (w->has[CLMLP_COLUMN_NUMERIC]) TRY(missing_numbers(w));
    if (w->has[CLMLP_COLUMN_BOOLEAN]) TRY(clmlp_c_code(w, booleans));
    if (w->has[CLMLP_COLUMN_DATE]) TRY(clmlp_c_code(w, dates));
    bool any_levels = false;
    for (size_t c = 0; c < inputs_of(w); c++) {
        const clmlp_encoder *const encoder = clmlp_c_encoder(w, c);
        if (encoder == NULL || encoder->level_count == 0) continue;
        any_levels = true;
        TRY(clmlp_c_codef(w, "static const char *const $N_texts_%zu[] = {\n", c + 1));
        TRY(clmlp_c_texts(w, (const char *const *)encoder->levels, encoder->level_count));
        TRY(clmlp_c_code(w, "\n"));
    }
    return any_levels ? clmlp_c_code(w, levels) : CLMLP_OK;
}

clmlp_status clmlp_c_encode(clmlp_c_writer *w)
{
    size_t at = 0;
    if (w->model->columns == NULL) return CLMLP_OK;
    TRY(helpers(w));
    TRY(clmlp_c_codef(w, "/* Features of a row. -1: it has what is no value. */\n"
                      "static int $N_encode(const %s *row, double *x)\n{\n", w->by_column ? "$N_row" : "double"));
    if (w->has[CLMLP_COLUMN_CATEGORICAL] || w->has[CLMLP_COLUMN_DATE]) TRY(clmlp_c_code(w, "    size_t k;\n"));
    if (w->has[CLMLP_COLUMN_DATE]) TRY(clmlp_c_code(w, "    double parts[6];\n"));
    const bool flags = w->has[CLMLP_COLUMN_NUMERIC] || w->has[CLMLP_COLUMN_BOOLEAN] || w->has[CLMLP_COLUMN_DATE];
    if (flags) TRY(clmlp_c_code(w, "    int missing;\n"));
    for (size_t c = 0; c < inputs_of(w); c++) TRY(encode_column(w, c, &at));
    return clmlp_c_code(w, "    return 0;\n}\n\n");
}
