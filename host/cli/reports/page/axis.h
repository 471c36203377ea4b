/* axis.h - an axis of a picture: its ends and its ticks at round numbers, linear or by decades. */
#ifndef CLMLP_CLI_AXIS_H
#define CLMLP_CLI_AXIS_H

#include <stdbool.h>
#include <stddef.h>

enum { CLMLP_CLI_TICKS = 12 };

typedef struct clmlp_cli_axis {
    bool log;
    double low, high; /* finite, low < high; of a logarithmic one > 0 */
    double ticks[CLMLP_CLI_TICKS];
    size_t count;
} clmlp_cli_axis;

/* The least and the largest of the finite values [count], taken together with those of *low and *high, which begin as
 * +infinity and -infinity. `positive`: of those above 0 alone. */
void clmlp_cli_range_of_values(const double *values, size_t count, bool positive, double *low, double *high);

/* An axis that has all from low to high on it, with about `wanted` ticks. low > high: there are no values. Equal ones
 * are in the middle. log: where low > 0, else it is linear. round: the ends are ticks. */
void clmlp_cli_axis_fit(clmlp_cli_axis *axis, double low, double high, bool log, bool round, size_t wanted);

/* Where a finite value is: 0 at the low end, 1 at the high one, never beyond them. */
double clmlp_cli_axis_place(const clmlp_cli_axis *axis, double value);

/* Of labels that stand side by side along `length` units of a picture every so many have room: tick i where i modulo
 * this is *first. 0 is among them where it is a tick. */
size_t clmlp_cli_axis_stride(const clmlp_cli_axis *axis, double length, size_t *first);

/* A tick as text: short, and different from its neighbours. */
void clmlp_cli_axis_label(const clmlp_cli_axis *axis, size_t tick, char *text, size_t size);

#endif
