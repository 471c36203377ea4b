/* mistakes.c - the examples that the model is most wrong about, with what they hold. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reports/page/judged.h"

enum { ROWS = 12, IMAGES = 20, COLUMNS = 12 };

/* How wrong an example is: the larger the worse. */
typedef struct mistake {
    size_t i;
    double size;
} mistake;

static double size_of(const clmlp_cli_judged *judged, size_t i)
{
    const double *const h = judged->h + i * judged->K, *const y = judged->y + i * judged->K;
    double size = 0.0;
    if (judged->classes) {
        const size_t actual = clmlp_cli_judged_actual(judged, i), predicted = clmlp_cli_judged_predicted(judged, i);
        return actual == predicted ? 0.0 : h[predicted] - h[actual];
    }
    for (size_t k = 0; k < judged->K; k++) {
        if (judged->labels && (h[k] > 0.5) == (y[k] > 0.5)) continue;
        size = fmax(size, fabs(h[k] - y[k]));
    }
    return size;
}

static int by_size(const void *a, const void *b)
{
    const mistake *const x = a, *const y = b;
    if (x->size != y->size) return x->size < y->size ? 1 : -1;
    return (x->i > y->i) - (x->i < y->i);
}

/* The worst first; `wrong` receives how many there are at all. */
static size_t find(const clmlp_cli_judged *judged, mistake *list, size_t most, size_t *wrong)
{
    size_t count = 0;
    *wrong = 0;
    for (size_t i = 0; i < judged->m; i++) {
        const mistake found = {i, size_of(judged, i)};
        if (judged->classes && clmlp_cli_judged_actual(judged, i) == clmlp_cli_judged_predicted(judged, i)) continue;
        if (!judged->classes && !(found.size > 0.0)) continue;
        ++*wrong;
        if (count == most && by_size(&found, &list[most - 1]) >= 0) continue;
        list[count < most ? count++ : most - 1] = found;
        qsort(list, count, sizeof list[0], by_size);
    }
    return count;
}

/* --- what a row holds ------------------------------------------------------------------------------------------ */

/* The parts of a date: year, month, weekday, day of the year, days, and perhaps the hour. */
static void put_date(clmlp_cli_page *page, const double *parts, bool hour)
{
    static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    const int year = (int)parts[0], month = (int)fmin(fmax(parts[1], 1.0), 12.0);
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    clmlp_cli_page_put(page, "<td class=\"date\">%04d-%02d-%02d", year, month,
                       (int)parts[3] - before[month - 1] - (leap && month > 2));
    if (hour) clmlp_cli_page_put(page, ", %.0f h", parts[5]);
    clmlp_cli_page_put(page, "</td>");
}

/* A column of a table as its features say it: a level, a number, a date, "yes", "missing". */
static void put_column(clmlp_cli_page *page, const clmlp_columns *columns, size_t j, const double *features)
{
    const size_t count = clmlp_columns_features(columns, j);
    const clmlp_column_kind kind = clmlp_columns_kind(columns, j);
    if (clmlp_columns_missing(columns, j) && count > 0 && features[count - 1] == 1.0) {
        clmlp_cli_page_put(page, "<td class=\"soft\">missing</td>");
    } else if (kind == CLMLP_COLUMN_CATEGORICAL) {
        const char *level = NULL;
        for (size_t k = 0; k < clmlp_columns_levels(columns, j) && k < count; k++) {
            if (features[k] == 1.0) level = clmlp_columns_level(columns, j, k);
        }
        clmlp_cli_page_cell_text(page, level != NULL ? level : "another one");
    } else if (kind == CLMLP_COLUMN_DATE && count >= 5) {
        put_date(page, features, count - (clmlp_columns_missing(columns, j) ? 1 : 0) > 5);
    } else if (kind == CLMLP_COLUMN_BOOLEAN && count > 0 && (features[0] == 0.0 || features[0] == 1.0)) {
        clmlp_cli_page_cell_text(page, features[0] == 1.0 ? "yes" : "no");
    } else {
        clmlp_cli_page_cell_number(page, count > 0 ? features[0] : (double)NAN);
    }
}

static size_t column_count(const clmlp_cli_judged *judged)
{
    const clmlp_columns *const columns = clmlp_model_columns(judged->model);
    return columns != NULL ? clmlp_columns_count(columns) : clmlp_model_units(judged->model, 1);
}

static void put_row(clmlp_cli_page *page, const clmlp_cli_judged *judged, const double *features)
{
    const clmlp_columns *const columns = clmlp_model_columns(judged->model);
    for (size_t j = 0, first = 0; j < column_count(judged) && j < COLUMNS; j++) {
        if (columns != NULL) put_column(page, columns, j, features + first);
        else clmlp_cli_page_cell_number(page, features[first]);
        first += columns != NULL ? clmlp_columns_features(columns, j) : 1;
    }
}

/* Whether rows are lines, and can be found by an editor. */
static bool has_lines(const clmlp_cli_judged *judged)
{
    size_t line = 0;
    return clmlp_dataset_place(judged->data, 0, NULL, &line, NULL) == CLMLP_OK && line > 0;
}

/* The line of an example in its file, or its row. */
static size_t place_of(const clmlp_cli_judged *judged, size_t i)
{
    size_t row = 0, line = 0;
    (void)clmlp_dataset_place(judged->data, i, &row, &line, NULL); /* i is an example */
    return line > 0 ? line : row;
}

static void put_headings(clmlp_cli_page *page, const clmlp_cli_judged *judged)
{
    const clmlp_columns *const columns = clmlp_model_columns(judged->model);
    const char *const right = judged->classes ? "" : " class=\"n\"";
    clmlp_cli_page_put(page, "<thead><tr><th class=\"n\">%s</th><th%s>actual</th><th%s>predicted</th><th "
                       "class=\"n\">%s</th>", has_lines(judged) ? "line" : "row", right, right,
                       judged->classes ? "margin" : "error");
    for (size_t j = 0; j < column_count(judged) && j < COLUMNS; j++) {
        const clmlp_column_kind kind = clmlp_columns_kind(columns, j);
        const bool number = columns == NULL || kind == CLMLP_COLUMN_NUMERIC;
        clmlp_cli_page_put(page, "<th%s>", number ? " class=\"n\"" : "");
        if (columns != NULL) clmlp_cli_page_text(page, clmlp_columns_name(columns, j));
        else clmlp_cli_page_put(page, "feature %zu", j + 1);
        clmlp_cli_page_put(page, "</th>");
    }
    clmlp_cli_page_put(page, "</tr></thead><tbody>\n");
}

/* Outputs of an example, "1, 0" or "12.5". */
static void put_outputs(clmlp_cli_page *page, const clmlp_cli_judged *judged, const double *of)
{
    char text[CLMLP_CLI_NUMBER_LENGTH];
    clmlp_cli_page_put(page, "<td class=\"n\">");
    for (size_t k = 0; k < judged->K && k < 4; k++) {
        clmlp_cli_page_put(page, "%s%s", k > 0 ? ", " : "", clmlp_cli_page_number(of[k], text));
    }
    clmlp_cli_page_put(page, "%s</td>", judged->K > 4 ? ", \xE2\x80\xA6" : "");
}

/* How far each output is off; of labels and classes the largest. */
static void put_errors(clmlp_cli_page *page, const clmlp_cli_judged *judged, const mistake *found)
{
    double errors[4];
    const size_t first = found->i * judged->K;
    for (size_t k = 0; k < judged->K && k < 4; k++) errors[k] = fabs(judged->h[first + k] - judged->y[first + k]);
    if (judged->classes || judged->labels) clmlp_cli_page_cell_number(page, found->size);
    else put_outputs(page, judged, errors);
}

static void put_class(clmlp_cli_page *page, const clmlp_cli_judged *judged, size_t k)
{
    char text[32], name[CLMLP_CLI_SHORT_LENGTH];
    clmlp_cli_page_cell_text(page, clmlp_cli_page_shorten(clmlp_cli_judged_name(judged, k, text), 60, name));
}

static void put_table(clmlp_cli_page *page, const clmlp_cli_judged *judged, const mistake *list, size_t count,
                      double *features)
{
    clmlp_cli_page_put(page, "<div class=\"wide\"><table class=\"mistakes\">");
    if (column_count(judged) > COLUMNS) {
        clmlp_cli_page_put(page, "<caption>The first %d of %zu columns.</caption>", COLUMNS, column_count(judged));
    }
    put_headings(page, judged);
    for (size_t r = 0; r < count; r++) {
        const size_t i = list[r].i;
        if (clmlp_dataset_row(judged->data, i, features, NULL, NULL) != CLMLP_OK) continue;
        clmlp_cli_page_put(page, "<tr><td class=\"n\">%zu</td>", place_of(judged, i));
        if (judged->classes) {
            put_class(page, judged, clmlp_cli_judged_actual(judged, i));
            put_class(page, judged, clmlp_cli_judged_predicted(judged, i));
        } else {
            put_outputs(page, judged, judged->y + i * judged->K);
            put_outputs(page, judged, judged->h + i * judged->K);
        }
        put_errors(page, judged, &list[r]);
        put_row(page, judged, features);
        clmlp_cli_page_put(page, "</tr>\n");
    }
    clmlp_cli_page_put(page, "</tbody></table></div>\n");
}

static void put_images(clmlp_cli_page *page, const clmlp_cli_judged *judged, const mistake *list, size_t count,
                       size_t side, double *features)
{
    char text[32], title[700], actual[CLMLP_CLI_SHORT_LENGTH], predicted[CLMLP_CLI_SHORT_LENGTH];
    clmlp_cli_page_put(page, "<div class=\"pictures mistakes\">\n");
    for (size_t r = 0; r < count; r++) {
        const size_t i = list[r].i;
        if (clmlp_dataset_row(judged->data, i, features, NULL, NULL) != CLMLP_OK) continue;
        (void)clmlp_cli_page_shorten(clmlp_cli_judged_name(judged, clmlp_cli_judged_actual(judged, i), text), 60,
                                     actual);
        (void)clmlp_cli_page_shorten(clmlp_cli_judged_name(judged, clmlp_cli_judged_predicted(judged, i), text), 60,
                                     predicted);
        (void)snprintf(title, sizeof title, "%s, taken for %s", actual, predicted);
        clmlp_cli_page_put(page, "<figure>");
        clmlp_cli_page_image(page, features, side, title);
        clmlp_cli_page_put(page, "<span>");
        clmlp_cli_page_text(page, title);
        clmlp_cli_page_put(page, "<br/>%s %zu</span></figure>\n", has_lines(judged) ? "line" : "row",
                           place_of(judged, i));
    }
    clmlp_cli_page_put(page, "</div>\n");
}

void clmlp_cli_page_mistakes(clmlp_cli_page *page, const clmlp_cli_judged *judged)
{
    mistake list[IMAGES];
    const size_t side = judged->classes ? clmlp_cli_image_side(judged->model) : 0;
    double *const features = malloc(clmlp_model_units(judged->model, 1) * sizeof *features);
    size_t wrong = 0;
    if (features == NULL) {
        page->lost = true;
        return;
    }
    const size_t count = find(judged, list, side > 0 ? IMAGES : ROWS, &wrong);
    clmlp_cli_page_section(page, "mistakes", "Worst mistakes");
    clmlp_cli_page_put(page, "<p class=\"soft\">On the %s. ", judged->role);
    if (judged->classes) {
        clmlp_cli_page_put(page, "%zu of %zu examples %s taken for another class%s. ", wrong, judged->m,
                           wrong == 1 ? "is" : "are",
                           wrong > 1 ? "; first those where its output is furthest above that of the right one" : "");
    }
    if (count > 0) {
        clmlp_cli_page_put(page, "%s are those of ", has_lines(judged) ? "Lines" : "Rows");
        clmlp_cli_page_text(page, judged->path);
        clmlp_cli_page_put(page, ", counted from 1%s.", has_lines(judged) ? "" : ", without a header");
    }
    clmlp_cli_page_put(page, "</p>\n");
    if (count > 0 && side > 0) put_images(page, judged, list, count, side, features);
    else if (count > 0) put_table(page, judged, list, count, features);
    else clmlp_cli_page_put(page, "<p>There are none.</p>\n");
    clmlp_cli_page_put(page, "</section>\n");
    free(features);
}
