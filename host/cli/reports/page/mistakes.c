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

/* A column of a table as its features say it: a level, a number, "missing". */
static void put_column(clmlp_cli_page *page, const clmlp_columns *columns, size_t j, const double *features)
{
    const size_t count = clmlp_columns_features(columns, j);
    const bool categorical = clmlp_columns_kind(columns, j) == CLMLP_COLUMN_CATEGORICAL;
    if (clmlp_columns_missing(columns, j) && count > 0 && features[count - 1] == 1.0) {
        clmlp_cli_page_put(page, "<td class=\"soft\">missing</td>");
    } else if (categorical) {
        const char *level = NULL;
        for (size_t k = 0; k < clmlp_columns_levels(columns, j) && k < count; k++) {
            if (features[k] == 1.0) level = clmlp_columns_level(columns, j, k);
        }
        clmlp_cli_page_cell_text(page, level != NULL ? level : "another one");
    } else if (clmlp_columns_kind(columns, j) == CLMLP_COLUMN_DATE && count >= 3) {
        clmlp_cli_page_put(page, "<td class=\"n\">%.0f, month %.0f</td>", features[0], features[1]);
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
    clmlp_cli_page_put(page, "<thead><tr><th class=\"n\">%s</th><th>actual</th><th>predicted</th><th class=\"n\">%s"
                       "</th>", has_lines(judged) ? "line" : "row", judged->classes ? "margin" : "error");
    for (size_t j = 0; j < column_count(judged) && j < COLUMNS; j++) {
        const clmlp_column_kind kind = clmlp_columns_kind(columns, j);
        const bool number = columns == NULL || kind == CLMLP_COLUMN_NUMERIC || kind == CLMLP_COLUMN_BOOLEAN;
        clmlp_cli_page_put(page, "<th%s>", number ? " class=\"n\"" : "");
        if (columns != NULL) clmlp_cli_page_text(page, clmlp_columns_name(columns, j));
        else clmlp_cli_page_put(page, "feature %zu", j + 1);
        clmlp_cli_page_put(page, "</th>");
    }
    clmlp_cli_page_put(page, "</tr></thead><tbody>\n");
}

/* Outputs of an example, "a 1, b 0" or "12.5". */
static void put_outputs(clmlp_cli_page *page, const clmlp_cli_judged *judged, const double *of)
{
    char text[CLMLP_CLI_NUMBER_LENGTH];
    clmlp_cli_page_put(page, "<td>");
    for (size_t k = 0; k < judged->K && k < 4; k++) {
        clmlp_cli_page_put(page, "%s%s", k > 0 ? ", " : "", clmlp_cli_page_number(of[k], text));
    }
    clmlp_cli_page_put(page, "%s</td>", judged->K > 4 ? ", \xE2\x80\xA6" : "");
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
        clmlp_cli_page_cell_number(page, list[r].size);
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
