/* chart.h - pictures of numbers as SVG: lines, points and bars, with axes. */
#ifndef CLMLP_CLI_CHART_H
#define CLMLP_CLI_CHART_H

#include <stdbool.h>
#include <stddef.h>

#include "reports/page/page.h"

/* A line, or points. Where y is not finite, a line has a gap, and a point is left out. */
typedef struct clmlp_cli_series {
    const char *name;     /* a text */
    const double *x, *y;  /* [count], x in ascending order for lines */
    size_t count;
    int colour;           /* 1 to 8 */
    bool dots;            /* points */
    bool marks;           /* a line with points on it */
    bool always;          /* no value is left out; else at most about 600 points stand for all, the least and the
                             largest of each piece among them */
} clmlp_cli_series;

typedef struct clmlp_cli_chart {
    const char *title, *description; /* texts; the description is for whoever cannot see the picture */
    const char *x_name, *y_name;
    const clmlp_cli_series *series;
    size_t count;
    bool log_x, log_y;               /* where the values allow it */
    bool whole_x;                    /* x are whole numbers, as epochs */
    bool unit;                       /* both axes go from 0 to 1, with the diagonal */
    bool same;                       /* both axes are the same, with the diagonal */
    bool zero;                       /* a line at y = 0 */
    double mark;                     /* x of a vertical line; NaN: none */
    const char *mark_name;
} clmlp_cli_chart;

void clmlp_cli_chart_draw(clmlp_cli_page *page, const clmlp_cli_chart *chart);

/* Bars from 0, one below the other, each with its name and number. */
typedef struct clmlp_cli_bar {
    const char *name;
    double value, spread; /* spread 0: none; else a whisker of that length to both sides */
    bool over;            /* is drawn as one that is too long */
} clmlp_cli_bar;

/* limit: the length of the whole axis at least, with a line at it; 0: none. */
void clmlp_cli_bars_draw(clmlp_cli_page *page, const char *title, const char *description, const clmlp_cli_bar *bars,
                         size_t count, double limit);

/* Columns of a histogram: how many of the finite values [count] are in each of some classes of equal width. */
void clmlp_cli_histogram_draw(clmlp_cli_page *page, const char *title, const char *x_name, const double *values,
                              size_t count);

#endif
