/* bars.c - bars with their names and numbers, and histograms, as SVG. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reports/page/axis.h"
#include "reports/page/chart.h"

enum { WIDTH = 360, NAMES = 130, NUMBERS = 62, ROW = 20, SHOWN = 22, BINS = 24 };

/* Where a value from low to high stands. high - low is a number, but times the width it need not be one. */
static double place_of(double value, double low, double high)
{
    return NAMES + (WIDTH - NAMES - NUMBERS) * ((value - low) / (high - low));
}

static void draw_bar(clmlp_cli_page *page, const clmlp_cli_bar *bar, double y, double low, double high)
{
    const double zero = place_of(0.0, low, high);
    char name[CLMLP_CLI_SHORT_LENGTH], number[CLMLP_CLI_NUMBER_LENGTH];
    clmlp_cli_page_shorten(bar->name, SHOWN, name);
    clmlp_cli_page_put(page, "<text class=\"name\" x=\"%d\" y=\"%.1f\" text-anchor=\"end\">", NAMES - 6, y + 13.5);
    clmlp_cli_page_text(page, name);
    clmlp_cli_page_put(page, "</text>");
    const double value = isfinite(bar->value) ? fmin(fmax(bar->value, low), high) : bar->value > 0.0 ? high : 0.0;
    const double end = place_of(value, low, high);
    clmlp_cli_page_put(page, "<rect class=\"bar%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"13\"/>",
                       bar->over ? " over" : bar->value < 0.0 ? " minus" : "", fmin(zero, end), y + 3.0,
                       fmax(fabs(end - zero), 0.5));
    if (bar->spread > 0.0 && isfinite(bar->spread) && isfinite(bar->value)) {
        const double from = place_of(fmax(bar->value - bar->spread, low), low, high);
        const double to = place_of(fmin(bar->value + bar->spread, high), low, high);
        clmlp_cli_page_put(page, "<path class=\"whisker\" d=\"M%.1f %.1fH%.1f\"/>", from, y + 9.5, to);
    }
    clmlp_cli_page_put(page, "<text class=\"name\" x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n", WIDTH,
                       y + 13.5, clmlp_cli_page_number(bar->value, number));
}

static void begin(clmlp_cli_page *page, const char *title, const char *description, double height)
{
    clmlp_cli_page_put(page, "<figure><figcaption>");
    clmlp_cli_page_text(page, title);
    clmlp_cli_page_put(page, "</figcaption>\n<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 %d "
                       "%.0f\"><title>", WIDTH, height);
    clmlp_cli_page_text(page, title);
    clmlp_cli_page_put(page, "</title><desc>");
    clmlp_cli_page_text(page, description);
    clmlp_cli_page_put(page, "</desc>\n");
}

void clmlp_cli_bars_draw(clmlp_cli_page *page, const char *title, const char *description, const clmlp_cli_bar *bars,
                         size_t count, double limit)
{
    double low = 0.0, high = limit;
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(bars[i].value)) continue;
        const double spread = isfinite(bars[i].spread) ? bars[i].spread : 0.0;
        low = fmin(low, bars[i].value - spread);
        high = fmax(high, bars[i].value + spread);
    }
    low = fmax(low, -DBL_MAX / 4.0); /* so that the difference is a number */
    high = fmin(high, DBL_MAX / 4.0);
    if (!(high - low > 0.0)) high = low + 1.0;
    const double height = (double)count * ROW + 6.0;
    begin(page, title, description, height);
    for (size_t i = 0; i < count; i++) draw_bar(page, &bars[i], 2.0 + (double)i * ROW, low, high);
    if (limit > 0.0) {
        clmlp_cli_page_put(page, "<path class=\"mark\" d=\"M%.1f 0V%.1f\"/>\n", place_of(limit, low, high), height);
    }
    clmlp_cli_page_put(page, "</svg></figure>\n");
}

void clmlp_cli_histogram_draw(clmlp_cli_page *page, const char *title, const char *x_name, const double *values,
                              size_t count)
{
    enum { HEIGHT = 200, LEFT = 46, RIGHT = WIDTH - 10, TOP = 20, BOTTOM = HEIGHT - 36 };
    double low = HUGE_VAL, high = -HUGE_VAL;
    size_t bins[BINS] = {0}, most = 0, taken = 0, first = 0;
    char label[48];
    clmlp_cli_axis x, y;
    clmlp_cli_range_of_values(values, count, false, &low, &high);
    clmlp_cli_axis_fit(&x, low, high, false, true, 5);
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(values[i])) continue;
        const size_t bin = (size_t)(clmlp_cli_axis_place(&x, values[i]) * BINS);
        bins[bin < BINS ? bin : BINS - 1]++;
        taken++;
    }
    for (size_t b = 0; b < BINS; b++) most = bins[b] > most ? bins[b] : most;
    clmlp_cli_axis_fit(&y, 0.0, most > 0 ? (double)most : 1.0, false, true, 4);
    begin(page, title, "How often each value occurs.", HEIGHT);
    for (size_t i = 0; i < y.count; i++) {
        const double at = BOTTOM - clmlp_cli_axis_place(&y, y.ticks[i]) * (BOTTOM - TOP);
        if (y.ticks[i] != floor(y.ticks[i])) continue;
        clmlp_cli_axis_label(&y, i, label, sizeof label);
        clmlp_cli_page_put(page, "<path class=\"grid-line\" d=\"M%d %.1fH%d\"/><text x=\"%d\" y=\"%.1f\" "
                           "text-anchor=\"end\">%s</text>", LEFT, at, RIGHT, LEFT - 6, at + 4.0, label);
    }
    for (size_t b = 0; b < BINS; b++) {
        const double width = (double)(RIGHT - LEFT) / BINS;
        const double height = clmlp_cli_axis_place(&y, (double)bins[b]) * (BOTTOM - TOP);
        if (bins[b] == 0) continue;
        clmlp_cli_page_put(page, "<rect class=\"bar\" data-count=\"%zu\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
                           "height=\"%.1f\"/>", bins[b], LEFT + width * (double)b + 0.5, BOTTOM - height, width - 1.0,
                           height);
    }
    const size_t stride = clmlp_cli_axis_stride(&x, RIGHT - LEFT, &first);
    for (size_t i = first; i < x.count; i += stride) {
        clmlp_cli_axis_label(&x, i, label, sizeof label);
        clmlp_cli_page_put(page, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>",
                           LEFT + clmlp_cli_axis_place(&x, x.ticks[i]) * (RIGHT - LEFT), BOTTOM + 15, label);
    }
    clmlp_cli_page_put(page, "<path class=\"axis\" d=\"M%d %dH%d\"/><text x=\"0\" y=\"8\">number, of %s</text>"
                       "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">", LEFT, BOTTOM, RIGHT,
                       clmlp_cli_page_number((double)taken, label), RIGHT, BOTTOM + 30);
    clmlp_cli_page_text(page, x_name);
    clmlp_cli_page_put(page, "</text>\n</svg></figure>\n");
}
