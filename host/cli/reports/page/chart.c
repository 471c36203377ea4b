/* chart.c - lines and points with axes, as SVG. */
#include "reports/page/chart.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reports/page/axis.h"

/* In units of the picture, which is that many pixels wide on a phone. */
enum { WIDTH = 360, HEIGHT = 240, LEFT = 52, RIGHT = 12, TOP = 20, BOTTOM = 36, PIECES = 300, MANY = 120 };

typedef struct frame {
    clmlp_cli_axis x, y;
    double left, right, top, bottom;
} frame;

static double x_of(const frame *f, double value)
{
    return f->left + clmlp_cli_axis_place(&f->x, value) * (f->right - f->left);
}

static double y_of(const frame *f, double value)
{
    return f->bottom - clmlp_cli_axis_place(&f->y, value) * (f->bottom - f->top);
}

/* --- axes -------------------------------------------------------------------------------------------------------- */

static void fit_axes(frame *f, const clmlp_cli_chart *chart)
{
    double x_low = HUGE_VAL, x_high = -HUGE_VAL, y_low = HUGE_VAL, y_high = -HUGE_VAL;
    for (size_t s = 0; s < chart->count; s++) {
        const clmlp_cli_series *const series = &chart->series[s];
        clmlp_cli_range_of_values(series->x, series->count, false, &x_low, &x_high);
        clmlp_cli_range_of_values(series->y, series->count, false, &y_low, &y_high);
    }
    if (chart->zero) {
        y_low = fmin(y_low, 0.0);
        y_high = fmax(y_high, 0.0);
    }
    if (chart->same) {
        x_low = y_low = fmin(x_low, y_low);
        x_high = y_high = fmax(x_high, y_high);
    }
    if (chart->unit) {
        x_low = y_low = 0.0;
        x_high = y_high = 1.0;
    }
    clmlp_cli_axis_fit(&f->x, x_low, x_high, chart->log_x, chart->same, 5);
    clmlp_cli_axis_fit(&f->y, y_low, y_high, chart->log_y, true, 5);
}

static void draw_x_axis(clmlp_cli_page *page, const frame *f, const clmlp_cli_chart *chart)
{
    char label[48];
    size_t first = 0;
    const size_t stride = clmlp_cli_axis_stride(&f->x, f->right - f->left, &first);
    for (size_t i = first; i < f->x.count; i += stride) {
        const double x = x_of(f, f->x.ticks[i]);
        if (chart->whole_x && f->x.ticks[i] != floor(f->x.ticks[i])) continue;
        clmlp_cli_axis_label(&f->x, i, label, sizeof label);
        clmlp_cli_page_put(page, "<path class=\"axis\" d=\"M%.1f %.1fv4\"/><text x=\"%.1f\" y=\"%.1f\" "
                           "text-anchor=\"middle\">%s</text>", x, f->bottom, x, f->bottom + 15.0, label);
    }
    clmlp_cli_page_put(page, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">", f->right, f->bottom + 30.0);
    clmlp_cli_page_text(page, chart->x_name);
    clmlp_cli_page_put(page, "</text>\n");
}

static void draw_axes(clmlp_cli_page *page, const frame *f, const clmlp_cli_chart *chart)
{
    char label[48];
    for (size_t i = 0; i < f->y.count; i++) {
        const double y = y_of(f, f->y.ticks[i]);
        clmlp_cli_axis_label(&f->y, i, label, sizeof label);
        clmlp_cli_page_put(page, "<path class=\"grid-line\" d=\"M%.1f %.1fH%.1f\"/><text x=\"%.1f\" y=\"%.1f\" "
                           "text-anchor=\"end\">%s</text>", f->left, y, f->right, f->left - 6.0, y + 4.0, label);
    }
    clmlp_cli_page_put(page, "<path class=\"axis\" d=\"M%.1f %.1fH%.1f\"/>\n", f->left, f->bottom, f->right);
    draw_x_axis(page, f, chart);
    clmlp_cli_page_put(page, "<text x=\"0\" y=\"8\">");
    clmlp_cli_page_text(page, chart->y_name);
    clmlp_cli_page_put(page, "%s</text>\n", f->y.log ? " (logarithmic)" : "");
    if (chart->zero && f->y.low < 0.0) {
        clmlp_cli_page_put(page, "<path class=\"axis\" d=\"M%.1f %.1fH%.1f\"/>", f->left, y_of(f, 0.0), f->right);
    }
    if (chart->unit || chart->same) {
        clmlp_cli_page_put(page, "<path class=\"mark\" d=\"M%.1f %.1fL%.1f %.1f\"/>", f->left, f->bottom, f->right,
                           f->top);
    }
}

/* The legend names it. */
static void draw_mark(clmlp_cli_page *page, const frame *f, const clmlp_cli_chart *chart)
{
    if (!isfinite(chart->mark)) return;
    clmlp_cli_page_put(page, "<path class=\"mark best\" d=\"M%.1f %.1fV%.1f\"/>\n", x_of(f, chart->mark), f->top,
                       f->bottom);
}

/* --- series ------------------------------------------------------------------------------------------------------ */

static bool is_drawn(const frame *f, const clmlp_cli_series *series, size_t i)
{
    return isfinite(series->x[i]) && isfinite(series->y[i]) && !(f->y.log && series->y[i] <= 0.0);
}

static void draw_marks(clmlp_cli_page *page, const frame *f, const clmlp_cli_series *series)
{
    clmlp_cli_page_put(page, "<path class=\"spots s%d\" d=\"", series->colour);
    for (size_t i = 0; i < series->count; i++) {
        if (!is_drawn(f, series, i)) continue;
        clmlp_cli_page_put(page, "M%.1f %.1fh0", x_of(f, series->x[i]), y_of(f, series->y[i]));
    }
    clmlp_cli_page_put(page, "\"/>\n");
}

/* Which points stand for all: of each piece the first, the least, the largest, and one that is a gap. keep [count]. */
static void choose(const clmlp_cli_series *series, bool *keep)
{
    const size_t n = series->count;
    for (size_t i = 0; i < n; i++) keep[i] = series->always || series->dots || n <= 2 * PIECES;
    if (n == 0 || keep[0]) return;
    for (size_t p = 0; p < PIECES; p++) {
        const size_t first = p * n / PIECES, end = (p + 1) * n / PIECES;
        size_t least = first, most = first;
        for (size_t i = first; i < end; i++) {
            if (!isfinite(series->y[i])) keep[i] = i == first || isfinite(series->y[i - 1]);
            else if (!isfinite(series->y[least]) || series->y[i] < series->y[least]) least = i;
            if (isfinite(series->y[i]) && (!isfinite(series->y[most]) || series->y[i] > series->y[most])) most = i;
        }
        keep[least] = keep[most] = true;
    }
    keep[0] = keep[n - 1] = true;
}

static void draw_series(clmlp_cli_page *page, const frame *f, const clmlp_cli_series *series)
{
    bool *const keep = malloc((series->count + 1) * sizeof *keep);
    size_t points = 0;
    bool pen = false;
    if (keep == NULL) {
        page->lost = true;
        return;
    }
    choose(series, keep);
    for (size_t i = 0; i < series->count; i++) points += keep[i] && is_drawn(f, series, i);
    clmlp_cli_page_put(page, "<path class=\"%s s%d%s\" data-points=\"%zu\" data-of=\"%zu\" data-name=\"",
                       series->dots ? "dots" : "line", series->colour,
                       series->dots ? "" : points == 1 ? " single" : points > MANY ? " fine" : "",
                       points, series->count);
    clmlp_cli_page_text(page, series->name);
    clmlp_cli_page_put(page, "\" d=\"");
    for (size_t i = 0; i < series->count; i++) {
        if (!keep[i]) continue;
        const bool drawn = is_drawn(f, series, i);
        if (drawn) {
            const bool next = pen && !series->dots;
            clmlp_cli_page_put(page, "%s%.1f %.1f%s", next ? "L" : "M", x_of(f, series->x[i]), y_of(f, series->y[i]),
                               next ? "" : "h0");
        }
        pen = drawn;
    }
    clmlp_cli_page_put(page, "\"/>\n");
    if (series->marks) draw_marks(page, f, series);
    free(keep);
}

static void draw_key(clmlp_cli_page *page, const char *stroke, int colour, const char *name)
{
    clmlp_cli_page_put(page, "<span><svg viewBox=\"0 0 26 8\" aria-hidden=\"true\"><path class=\"%s s%d\" "
                       "d=\"M1 4H25\"/></svg>", stroke, colour);
    clmlp_cli_page_text(page, name);
    clmlp_cli_page_put(page, "</span>");
}

/* A legend shows the strokes; a single series is what the title says. */
static void draw_keys(clmlp_cli_page *page, const clmlp_cli_chart *chart)
{
    if (chart->count < 2 && !isfinite(chart->mark)) return;
    clmlp_cli_page_put(page, "<span class=\"keys\">");
    for (size_t s = 0; s < chart->count && chart->count > 1; s++) {
        draw_key(page, "key line", chart->series[s].colour, chart->series[s].name);
    }
    if (isfinite(chart->mark)) draw_key(page, "key mark", 0, chart->mark_name);
    clmlp_cli_page_put(page, "</span>");
}

void clmlp_cli_chart_draw(clmlp_cli_page *page, const clmlp_cli_chart *chart)
{
    const bool square = chart->unit || chart->same;
    const double height = square ? WIDTH - LEFT + BOTTOM : HEIGHT;
    frame f = {.left = LEFT, .right = WIDTH - RIGHT, .top = TOP, .bottom = height - BOTTOM};
    fit_axes(&f, chart);
    clmlp_cli_page_put(page, "<figure><figcaption>");
    clmlp_cli_page_text(page, chart->title);
    draw_keys(page, chart);
    clmlp_cli_page_put(page, "</figcaption>\n<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 %d "
                       "%.0f\"><title>", WIDTH, height);
    clmlp_cli_page_text(page, chart->title);
    clmlp_cli_page_put(page, "</title><desc>");
    clmlp_cli_page_text(page, chart->description);
    clmlp_cli_page_put(page, "</desc>\n");
    draw_axes(page, &f, chart);
    for (size_t s = 0; s < chart->count; s++) draw_series(page, &f, &chart->series[s]);
    draw_mark(page, &f, chart);
    clmlp_cli_page_put(page, "</svg></figure>\n");
}
