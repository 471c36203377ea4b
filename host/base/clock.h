/* clock.h - elapsed time. */
#ifndef CLMLP_BASE_CLOCK_H
#define CLMLP_BASE_CLOCK_H

/* Seconds since some fixed moment; never goes back. */
double clmlp_seconds(void);

#endif
