/* driver.h - what the small programs of this folder share: a clock, a median, and giving up. */
#ifndef PEERS_DRIVER_H
#define PEERS_DRIVER_H

#include <stddef.h>

/* Seconds since some fixed moment. */
double driver_seconds(void);

/* Median of count numbers, which it sorts. */
double driver_median(double *numbers, size_t count);

/* Memory or the end of the program. */
void *driver_allocate(size_t count, size_t size);

/* Says why and exits with 1. */
_Noreturn void driver_give_up(const char *format, ...);

#endif
