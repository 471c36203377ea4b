/* summary.c - range, mean, median and distinct values of a column of numbers; counts of a column of texts. */
#include "data/describe/summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "data/column_view.h"

static int compare_numbers(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static bool ascending(const double *values, size_t count)
{
    size_t i = 1;
    while (i < count && values[i - 1] <= values[i]) i++;
    return i >= count;
}

/* Mean and deviation in one pass (Welford), which no large mean cancels. */
static void take_moments(clmlp_column_summary *column, const double *values, size_t count)
{
    const double factor = 0x1p600; /* squares that underflow do not with it */
    double mean = values[0], squares = 0.0, small = 0.0;
    for (size_t i = 1; i < count; i++) {
        const double step = values[i] - mean;
        mean += step / (double)(i + 1);
        squares += step * (values[i] - mean);
        small += step * factor * ((values[i] - mean) * factor);
    }
    column->mean = mean;
    column->deviation = squares < 0x1p-900 ? sqrt(small / (double)count) / factor : sqrt(squares / (double)count);
}

void clmlp_summarize_values(clmlp_summary *summary, double *values, size_t count, size_t rows)
{
    clmlp_column_summary *const column = &summary->column;
    column->least = column->most = column->mean = column->deviation = column->median = (double)NAN;
    column->rows = rows;
    column->missing = rows - count;
    column->distinct = 0;
    summary->whole = true;
    if (count == 0) return;
    take_moments(column, values, count);
    if (!ascending(values, count)) qsort(values, count, sizeof *values, compare_numbers);
    for (size_t i = 0; i < count; i++) {
        column->distinct += i == 0 || values[i - 1] != values[i];
        summary->whole = summary->whole && values[i] == floor(values[i]);
    }
    const double low = values[(count - 1) / 2], high = values[count / 2];
    column->least = values[0];
    column->most = values[count - 1];
    column->median = low == high ? low : low / 2 + high / 2;
}

/* The values of a column of bytes in order: counted, not sorted. */
static void sort_bytes(const clmlp_dataset *dataset, size_t c, double *values)
{
    size_t counts[UINT8_MAX + 1] = {0}, next = 0;
    for (size_t i = 0; i < dataset->m; i++) counts[(uint8_t)clmlp_dataset_feature(dataset, i, c)]++;
    for (size_t v = 0; v <= UINT8_MAX; v++) {
        for (size_t k = 0; k < counts[v]; k++) values[next++] = (double)v;
    }
}

static int compare_levels(const void *a, const void *b)
{
    const clmlp_level_count *x = a, *y = b;
    if (x->count != y->count) return x->count > y->count ? -1 : 1;
    return strcmp(x->text, y->text);
}

/* Values [count] in order, which are integers and few: how often each occurs. */
static clmlp_status count_integers(clmlp_summary *summary, const double *values, size_t count, clmlp_error *error)
{
    enum { MOST = 64, LENGTH = 32 };
    const size_t distinct = summary->column.distinct;
    if (!summary->whole || distinct > MOST || summary->column.kind != CLMLP_COLUMN_NUMERIC) return CLMLP_OK;
    TRY(clmlp_allocate(&summary->digits, distinct, LENGTH, "the values of a column", error));
    TRY(clmlp_allocate(&summary->levels, distinct, sizeof *summary->levels, "the values of a column", error));
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || values[i - 1] != values[i]) {
            char *const text = summary->digits + LENGTH * summary->level_count;
            summary->levels[summary->level_count++].text = clmlp_format_double(text, values[i], 17);
        }
        summary->levels[summary->level_count - 1].count++;
    }
    if (distinct > 1) qsort(summary->levels, distinct, sizeof *summary->levels, compare_levels);
    return CLMLP_OK;
}

static clmlp_status count_levels(clmlp_summary *summary, const clmlp_dataset *dataset, size_t c, clmlp_error *error)
{
    const clmlp_encoder *const encoder = dataset->encoded->columns[c].encoder;
    clmlp_column_summary *const column = &summary->column;
    TRY(clmlp_allocate(&summary->levels, encoder->level_count, sizeof *summary->levels, "the texts of a column",
                       error));
    summary->level_count = column->distinct = encoder->level_count;
    for (size_t k = 0; k < encoder->level_count; k++) summary->levels[k].text = encoder->levels[k];
    for (size_t i = 0; i < dataset->m; i++) {
        const uint32_t level = clmlp_view_level(dataset, c, i);
        if (level < encoder->level_count) summary->levels[level].count++;
        else column->missing++;
    }
    if (summary->level_count > 1) {
        qsort(summary->levels, summary->level_count, sizeof *summary->levels, compare_levels);
    }
    return CLMLP_OK;
}

clmlp_status clmlp_summarize(clmlp_summary *summary, const clmlp_dataset *dataset, size_t c, double *values,
                             clmlp_error *error)
{
    clmlp_column_summary *const column = &summary->column;
    const clmlp_encoder *const encoder = dataset->encoded != NULL ? dataset->encoded->columns[c].encoder : NULL;
    const bool bytes = dataset->encoded == NULL && dataset->storage == CLMLP_STORE_U8;
    size_t count = 0;
    *column = (clmlp_column_summary){.size = sizeof *column,
                                     .name = clmlp_view_name(dataset, c),
                                     .kind = clmlp_view_kind(dataset, c),
                                     .features = encoder != NULL ? clmlp_encoder_width(encoder) : 1};
    for (size_t i = 0; i < dataset->m; i++) {
        const clmlp_cell_value cell = clmlp_view_cell(dataset, c, i);
        summary->hash = clmlp_cell_hash(summary->hash, &cell);
        if (column->kind != CLMLP_COLUMN_CATEGORICAL && !isnan(cell.number)) values[count++] = cell.number;
    }
    if (bytes) sort_bytes(dataset, c, values);
    if (column->kind != CLMLP_COLUMN_CATEGORICAL) {
        clmlp_summarize_values(summary, values, count, dataset->m);
        return count_integers(summary, values, count, error);
    }
    clmlp_summarize_values(summary, values, 0, 0);
    column->rows = dataset->m;
    return count_levels(summary, dataset, c, error);
}

void clmlp_summary_release(clmlp_summary *summary)
{
    free(summary->levels);
    free(summary->digits);
    memset(summary, 0, sizeof *summary);
}
