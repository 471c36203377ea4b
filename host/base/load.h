/* load.h - how busy other programs keep the processors of this machine. */
#ifndef CLMLP_BASE_LOAD_H
#define CLMLP_BASE_LOAD_H

#include <stdbool.h>

/* Seconds since some moment; of all processors together. */
typedef struct clmlp_load {
    double wall, own;  /* that passed, and that this process computed */
    double busy, idle; /* that processors computed for anybody (a hypervisor, too), and that they did nothing */
} clmlp_load;

/* False where the system does not tell. */
bool clmlp_load_now(clmlp_load *load);

/* busy and idle, of what Linux has in /proc/stat, in ticks of so many a second. */
bool clmlp_load_parse(const char *stat, double ticks, clmlp_load *load);

/* Whether others took processors away between two moments: they kept more than a tenth of all processors busy, and so
 * much was not idle beside that. *others: how many processors they kept busy. False, too, where half a second has not
 * passed: the system counts too coarsely for that. */
bool clmlp_load_is_high(const clmlp_load *from, const clmlp_load *to, double *others);

#endif
