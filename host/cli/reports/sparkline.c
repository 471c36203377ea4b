/* sparkline.c - numbers so far as a line of blocks, in UTF-8. */
#include "reports/sparkline.h"

#include <langinfo.h>
#include <locale.h>
#include <math.h>
#include <string.h>

enum { HALF = CLMLP_CLI_SPARK_BINS / 2, LEVELS = 8 };

void clmlp_cli_sparkline_add(clmlp_cli_sparkline *line, double value)
{
    if (!isfinite(value)) return;
    if (line->each == 0) line->each = 1;
    if (line->bins == 0 || line->last == line->each) {
        if (line->bins == CLMLP_CLI_SPARK_BINS) {
            for (size_t i = 0; i < HALF; i++) line->sum[i] = line->sum[2 * i] + line->sum[2 * i + 1];
            line->bins = HALF;
            line->each *= 2;
        }
        line->sum[line->bins++] = 0.0;
        line->last = 0;
    }
    line->sum[line->bins - 1] += value;
    line->last++;
}

/* Mean of the bins from `first` to in front of `end`. */
static double mean_of(const clmlp_cli_sparkline *line, size_t first, size_t end)
{
    double sum = 0.0;
    size_t count = 0;
    for (size_t i = first; i < end; i++) {
        sum += line->sum[i];
        count += i + 1 == line->bins ? line->last : line->each;
    }
    return sum / (double)count;
}

size_t clmlp_cli_sparkline_text(const clmlp_cli_sparkline *line, size_t columns, char *text)
{
    const size_t blocks = line->bins < columns ? line->bins : columns;
    double values[CLMLP_CLI_SPARK_BINS], least = HUGE_VAL, largest = -HUGE_VAL;
    for (size_t i = 0; i < blocks; i++) {
        values[i] = mean_of(line, i * line->bins / blocks, (i + 1) * line->bins / blocks);
        least = fmin(least, values[i]);
        largest = fmax(largest, values[i]);
    }
    if (least > 0.0) {
        for (size_t i = 0; i < blocks; i++) values[i] = log(values[i]);
        least = log(least);
        largest = log(largest);
    }
    for (size_t i = 0; i < blocks; i++) {
        const double height = largest > least ? (values[i] - least) / (largest - least) : 0.5;
        const unsigned level = (unsigned)(height * (LEVELS - 1) + 0.5);
        const char block[CLMLP_CLI_SPARK_BYTES] = {'\xE2', '\x96', (char)(unsigned char)(0x81U + level)}; /* U+2581 .. */
        memcpy(text + i * CLMLP_CLI_SPARK_BYTES, block, sizeof block);
    }
    text[blocks * CLMLP_CLI_SPARK_BYTES] = '\0';
    return blocks;
}

/* The program itself stays in the C locale. */
bool clmlp_cli_has_utf8(void)
{
    const locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
    if (locale == (locale_t)0) return false;
    const bool is_utf8 = strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") == 0;
    freelocale(locale);
    return is_utf8;
}
