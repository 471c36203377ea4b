/* values.c - targets that are numbers: predicted against true, and residuals. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "reports/page/chart.h"
#include "reports/page/judged.h"

enum { OUTPUTS = 4, POINTS = 1500 };

/* Every stride-th example as points; residuals of all. arrays [m] each. */
static void draw(clmlp_cli_page *page, const clmlp_cli_judged *judged, size_t k, double *actual, double *predicted,
                 double *residual)
{
    const size_t stride = (judged->m + POINTS - 1) / POINTS;
    char text[32], title[192];
    size_t count = 0;
    for (size_t i = 0; i < judged->m; i++) residual[i] = judged->y[i * judged->K + k] - judged->h[i * judged->K + k];
    for (size_t i = 0; i < judged->m; i += stride) {
        actual[count] = judged->y[i * judged->K + k];
        predicted[count++] = judged->h[i * judged->K + k];
    }
    const char *const name = clmlp_cli_judged_name(judged, k, text);
    (void)snprintf(title, sizeof title, "%.150s: predicted against true", name);
    const clmlp_cli_series against = {.name = "examples", .x = actual, .y = predicted, .count = count, .colour = 1,
                                      .dots = true};
    const clmlp_cli_chart first = {.title = title, .x_name = "true", .y_name = "predicted", .series = &against,
                                   .description = "One point an example; on the diagonal the prediction is right.",
                                   .count = 1, .same = true, .mark = (double)NAN};
    clmlp_cli_chart_draw(page, &first);
    clmlp_cli_page_put(page, "<div class=\"pair\">\n"); /* the two together are as high as that one */
    clmlp_cli_histogram_draw(page, "Residuals", "true minus predicted", residual, judged->m);
    for (size_t i = 0; i < count; i++) residual[i] = residual[i * stride];
    const clmlp_cli_series rest = {.name = "examples", .x = predicted, .y = residual, .count = count, .colour = 1,
                                   .dots = true};
    const clmlp_cli_chart second = {.title = "Residuals against predictions", .x_name = "predicted",
                                    .y_name = "true minus predicted", .series = &rest, .count = 1, .zero = true,
                                    .description = "One point an example; a pattern is something not learned.",
                                    .mark = (double)NAN};
    clmlp_cli_chart_draw(page, &second);
    clmlp_cli_page_put(page, "</div>\n");
}

void clmlp_cli_page_values(clmlp_cli_page *page, const clmlp_cli_judged *judged)
{
    if (judged->classes || judged->labels) return;
    double *const room = calloc(3 * judged->m, sizeof *room);
    const size_t shown = judged->K < OUTPUTS ? judged->K : OUTPUTS;
    if (room == NULL) {
        page->lost = true;
        return;
    }
    clmlp_cli_page_section(page, "predictions", "Predictions");
    clmlp_cli_page_put(page, "<p class=\"soft\">On the %s, in the units of the target.", judged->role);
    if (judged->m > POINTS) {
        clmlp_cli_page_put(page, " Points are every example of %zu; the histogram has all.",
                           (judged->m + POINTS - 1) / POINTS);
    }
    if (shown < judged->K) clmlp_cli_page_put(page, " The first %zu of %zu outputs.", shown, judged->K);
    clmlp_cli_page_put(page, "</p>\n<div class=\"grid\">\n");
    for (size_t k = 0; k < shown; k++) draw(page, judged, k, room, room + judged->m, room + 2 * judged->m);
    clmlp_cli_page_put(page, "</div>\n</section>\n");
    free(room);
}
