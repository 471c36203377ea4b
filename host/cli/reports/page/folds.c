/* folds.c - cross-validation: each metric of each fold as a dot, with their mean. */
#include <math.h>
#include <stdio.h>

#include "reports/metric_title.h"
#include "reports/page/axis.h"
#include "reports/page/training.h"

enum { WIDTH = 360, NAMES = 122, RIGHT = 252, ROW = 24, COLUMNS = 20 };

/* Dots from the least to the most of this metric, and a line at the mean. */
static void draw_row(clmlp_cli_page *page, const clmlp_cli_cross_validation *cv, clmlp_metric metric, double y)
{
    const double *const values = cv->values + (size_t)metric * cv->folds;
    const double mean = clmlp_cli_cross_validation_mean(cv, metric);
    double low = HUGE_VAL, high = -HUGE_VAL;
    char text[CLMLP_CLI_NUMBER_LENGTH];
    clmlp_cli_axis axis;
    size_t drawn = 0;
    clmlp_cli_range_of_values(values, cv->folds, false, &low, &high);
    clmlp_cli_axis_fit(&axis, low, high, false, false, 5);
    clmlp_cli_page_put(page, "<text class=\"name\" x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text><path "
                       "class=\"grid-line\" d=\"M%d %.1fH%d\"/>", NAMES - 10, y + 4.0, clmlp_cli_metric_title(metric),
                       NAMES, y, RIGHT);
    if (isfinite(mean)) {
        clmlp_cli_page_put(page, "<path class=\"mean\" d=\"M%.1f %.1fv18\"/>",
                           NAMES + clmlp_cli_axis_place(&axis, mean) * (RIGHT - NAMES), y - 9.0);
    }
    for (size_t f = 0; f < cv->folds; f++) drawn += isfinite(values[f]);
    clmlp_cli_page_put(page, "<path class=\"dots s1\" data-points=\"%zu\" data-of=\"%zu\" data-name=\"%s\" d=\"", drawn,
                       cv->folds, clmlp_metric_name(metric));
    for (size_t f = 0; f < cv->folds; f++) {
        if (!isfinite(values[f])) continue;
        const double aside = (double)(f * 2 % 5) * 2.5 - 5.0; /* so that equal ones are all seen */
        clmlp_cli_page_put(page, "M%.1f %.1fh0", NAMES + clmlp_cli_axis_place(&axis, values[f]) * (RIGHT - NAMES),
                           y + aside);
    }
    clmlp_cli_page_put(page, "\"/><text class=\"name\" x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s", WIDTH, y + 4.0,
                       clmlp_cli_page_number(mean, text));
    if (isfinite(mean)) {
        (void)snprintf(text, sizeof text, "%.2g", clmlp_cli_cross_validation_std(cv, metric));
        clmlp_cli_page_put(page, " \xC2\xB1 %s", text);
    }
    clmlp_cli_page_put(page, "</text>\n");
}

static void put_table(clmlp_cli_page *page, const clmlp_cli_cross_validation *cv)
{
    const size_t shown = cv->folds < COLUMNS ? cv->folds : COLUMNS;
    clmlp_cli_page_put(page, "<div class=\"wide\"><table class=\"folds\"><thead><tr><th>metric</th><th class=\"n\">mean"
                       "</th><th class=\"n\">std</th>");
    for (size_t f = 0; f < shown; f++) clmlp_cli_page_put(page, "<th class=\"n\">fold %zu</th>", f + 1);
    clmlp_cli_page_put(page, "</tr></thead><tbody>\n");
    for (int i = 0; i < CLMLP_METRIC_COUNT; i++) {
        const clmlp_metric metric = (clmlp_metric)i;
        if (!cv->has[i]) continue;
        clmlp_cli_page_put(page, "<tr>");
        clmlp_cli_page_cell_text(page, clmlp_cli_metric_title(metric));
        clmlp_cli_page_cell_number(page, clmlp_cli_cross_validation_mean(cv, metric));
        clmlp_cli_page_cell_number(page, clmlp_cli_cross_validation_std(cv, metric));
        for (size_t f = 0; f < shown; f++) clmlp_cli_page_cell_number(page, cv->values[(size_t)i * cv->folds + f]);
        clmlp_cli_page_put(page, "</tr>\n");
    }
    clmlp_cli_page_put(page, "</tbody></table></div>\n");
    if (shown < cv->folds) {
        clmlp_cli_page_put(page, "<p class=\"soft\">The first %zu of %zu folds; mean and std are of all.</p>\n", shown,
                           cv->folds);
    }
}

void clmlp_cli_page_folds(clmlp_cli_page *page, const clmlp_cli_cross_validation *cv)
{
    size_t count = 0;
    if (cv == NULL || cv->values == NULL) return;
    for (int i = 0; i < CLMLP_METRIC_COUNT; i++) count += cv->has[i];
    if (count == 0) return;
    clmlp_cli_page_section(page, "folds", "Cross-validation");
    clmlp_cli_page_put(page, "<p class=\"soft\">Each of %zu folds was held out once and judged by a network that was "
                       "trained on the others; the model is another one, of all examples. What is undefined in a fold "
                       "has no mean.</p>\n<div class=\"grid duo\">\n<figure><figcaption>A dot each fold, a line at the "
                       "mean</figcaption>\n<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 %d "
                       "%zu\"><title>Metrics of each fold</title><desc>Each row has a scale of its own, from the least "
                       "to the most of its metric.</desc>\n", cv->folds, WIDTH, count * ROW + 4);
    double y = ROW / 2.0 + 2.0;
    for (int i = 0; i < CLMLP_METRIC_COUNT; i++) {
        if (!cv->has[i]) continue;
        draw_row(page, cv, (clmlp_metric)i, y);
        y += ROW;
    }
    clmlp_cli_page_put(page, "</svg><p class=\"soft\">Each row has a scale of its own, from its least to its most. "
                       "Beside it: mean \xC2\xB1 standard deviation.</p></figure>\n");
    put_table(page, cv);
    clmlp_cli_page_put(page, "</div>\n</section>\n");
}
