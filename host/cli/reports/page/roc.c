/* roc.c - ROC curves, and whether probabilities are what they say. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reports/page/chart.h"
#include "reports/page/judged.h"

enum { CURVES = 4, POINTS = 202, BINS = 10, NAMES = 30 /* characters */ };

/* The score of an example for what is positive. */
typedef struct scored {
    double score;
    bool positive;
} scored;

static int descending(const void *a, const void *b)
{
    const double x = ((const scored *)a)->score, y = ((const scored *)b)->score;
    return (x < y) - (x > y);
}

typedef struct curve {
    size_t k;
    double auc; /* NaN: undefined, there are no positive or no negative examples */
    size_t count;
    double x[2 * POINTS + 4], y[2 * POINTS + 4];
} curve;

static double score_of(const clmlp_cli_judged *judged, size_t i, size_t k)
{
    const double *const h = judged->h + i * judged->K;
    if (clmlp_model_output(judged->model) != CLMLP_OUTPUT_LINEAR) return clmlp_cli_judged_share(judged, i, k);
    return judged->K == 2 ? h[k] - h[1 - k] : h[k];
}

/* Points less than 1/POINTS apart in both directions are one; ends and the area are those of all. */
static void trace(curve *c, const scored *list, size_t m, size_t positives)
{
    const double up = 1.0 / (double)positives, right = 1.0 / (double)(m - positives);
    double x = 0.0, y = 0.0;
    c->count = 1;
    c->x[0] = c->y[0] = c->auc = 0.0;
    for (size_t i = 0; i < m;) {
        const double x0 = x, y0 = y;
        const double score = list[i].score;
        for (; i < m && list[i].score == score; i++) { /* ties move together */
            if (list[i].positive) y += up;
            else x += right;
        }
        c->auc += (x - x0) * (y + y0) / 2.0;
        const bool moved = x - c->x[c->count - 1] >= 1.0 / POINTS || y - c->y[c->count - 1] >= 1.0 / POINTS;
        if (!moved && i < m) continue;
        c->x[c->count] = fmin(x, 1.0);
        c->y[c->count++] = fmin(y, 1.0);
    }
}

/* Class k against the rest, or label k. list [m] is room. */
static void compute(curve *c, const clmlp_cli_judged *judged, size_t k, scored *list)
{
    size_t positives = 0;
    for (size_t i = 0; i < judged->m; i++) {
        list[i] = (scored){score_of(judged, i, k), judged->y[i * judged->K + k] > 0.5};
        positives += list[i].positive;
    }
    *c = (curve){.k = k, .auc = (double)NAN};
    if (positives == 0 || positives == judged->m) return;
    qsort(list, judged->m, sizeof list[0], descending);
    trace(c, list, judged->m, positives);
}

/* The CURVES that have the smallest area, in ascending order; of two classes the second alone. Returns their number. */
static size_t find_curves(const clmlp_cli_judged *judged, curve *curves, scored *list)
{
    size_t count = 0;
    for (size_t k = judged->K == 2 && judged->classes ? 1 : 0; k < judged->K; k++) {
        curve *const next = &curves[CURVES];
        compute(next, judged, k, list);
        if (isnan(next->auc)) continue;
        size_t at = count < CURVES ? count : CURVES;
        while (at > 0 && next->auc < curves[at - 1].auc) at--;
        if (at == CURVES) continue;
        const size_t kept = count < CURVES ? count : CURVES - 1;
        memmove(&curves[at + 1], &curves[at], (kept - at) * sizeof curves[0]);
        compute(&curves[at], judged, k, list);
        count = kept + 1;
    }
    return count;
}

static void draw_roc(clmlp_cli_page *page, const clmlp_cli_judged *judged, const curve *curves, size_t count)
{
    clmlp_cli_series series[CURVES];
    char names[CURVES][256], text[32], title[256], shown[CLMLP_CLI_SHORT_LENGTH];
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(names[i], sizeof names[i], "%s: %.4f",
                       clmlp_cli_page_shorten(clmlp_cli_judged_name(judged, curves[i].k, text), NAMES, shown),
                       curves[i].auc);
        series[i] = (clmlp_cli_series){.name = names[i], .x = curves[i].x, .y = curves[i].y, .count = curves[i].count,
                                       .colour = (int)i + 1, .always = true};
    }
    const bool all = judged->K <= CURVES;
    if (count == 1) (void)snprintf(title, sizeof title, "ROC of %s, area %.4f", clmlp_cli_page_shorten(
                                   clmlp_cli_judged_name(judged, curves[0].k, text), NAMES, shown), curves[0].auc);
    else (void)snprintf(title, sizeof title, "ROC and area under it%s", all ? "" : ", the 4 smallest");
    const clmlp_cli_chart chart = {.title = title, .x_name = "false positives, share",
                                   .y_name = "true positives, share",
                                   .description = "How many of the positive examples are found when so many of the "
                                                  "others are taken for positive. The diagonal is guessing.",
                                   .series = series, .count = count, .unit = true, .mark = (double)NAN};
    clmlp_cli_chart_draw(page, &chart);
}

/* Reliability: where h says p, how often is it so? Of two classes p of the second, else p of the predicted one. */
static void draw_calibration(clmlp_cli_page *page, const clmlp_cli_judged *judged)
{
    double sum[BINS] = {0.0}, right[BINS] = {0.0}, x[BINS], y[BINS], error = 0.0;
    size_t number[BINS] = {0}, used = 0;
    char title[160];
    for (size_t i = 0; i < judged->m; i++) {
        const size_t k = judged->K == 2 ? 1 : clmlp_cli_judged_predicted(judged, i);
        const double p = clmlp_cli_judged_share(judged, i, k);
        if (isnan(p)) continue; /* all outputs are 0 */
        const size_t bin = p >= 1.0 ? BINS - 1 : (size_t)(p * BINS);
        sum[bin] += p;
        right[bin] += clmlp_cli_judged_actual(judged, i) == k;
        number[bin]++;
    }
    for (size_t b = 0; b < BINS; b++) {
        if (number[b] == 0) continue;
        x[used] = sum[b] / (double)number[b];
        y[used] = right[b] / (double)number[b];
        error += fabs(sum[b] - right[b]) / (double)judged->m;
        used++;
    }
    const clmlp_cli_series series = {.name = "calibration", .x = x, .y = y, .count = used, .colour = 1, .marks = true};
    (void)snprintf(title, sizeof title, "Calibration, expected error %.4f", error);
    const clmlp_cli_chart chart = {.title = title, .x_name = "probability that is said", .y_name = "share that is so",
                                   .description = "Mean probability of each tenth against the share that it is true "
                                                  "of. On the diagonal both are equal.",
                                   .series = &series, .count = 1, .unit = true, .mark = (double)NAN};
    clmlp_cli_chart_draw(page, &chart);
    clmlp_cli_page_put(page, "<div class=\"wide\"><table class=\"calibration\"><caption>Calibration in tenths of the "
                       "range, by the probability of %s</caption><thead><tr><th class=\"n\">said</th><th class=\"n\">"
                       "is so</th><th class=\"n\">examples</th></tr></thead><tbody>\n",
                       judged->K == 2 ? "the second class" : "the predicted class");
    for (size_t b = 0; b < BINS; b++) {
        if (number[b] == 0) continue;
        clmlp_cli_page_put(page, "<tr><td class=\"n\">%.3f</td><td class=\"n\">%.3f</td><td class=\"n\">%zu</td>"
                           "</tr>\n", sum[b] / (double)number[b], right[b] / (double)number[b], number[b]);
    }
    clmlp_cli_page_put(page, "</tbody></table></div>\n");
}

void clmlp_cli_page_roc(clmlp_cli_page *page, const clmlp_cli_judged *judged)
{
    if ((!judged->classes && !judged->labels) || judged->K < 1) return;
    curve *const curves = calloc(CURVES + 1, sizeof *curves);
    scored *const list = calloc(judged->m, sizeof *list);
    if (curves == NULL || list == NULL) {
        page->lost = true;
    } else {
        const size_t count = find_curves(judged, curves, list);
        const bool calibrated = judged->classes && clmlp_model_output(judged->model) != CLMLP_OUTPUT_LINEAR;
        clmlp_cli_page_section(page, judged->classes ? "probabilities" : "labels",
                               judged->classes ? "Probabilities" : "Labels");
        clmlp_cli_page_put(page, "<p class=\"soft\">On the %s.%s</p>\n<div class=\"grid\">\n", judged->role,
                           judged->K > 2 && judged->classes ? " Each class against the rest." : "");
        if (count > 0) draw_roc(page, judged, curves, count);
        else clmlp_cli_page_put(page, "<p>There is no ROC: it needs examples of a class and others.</p>\n");
        if (calibrated) draw_calibration(page, judged);
        clmlp_cli_page_put(page, "</div>\n</section>\n");
    }
    free(curves);
    free(list);
}
