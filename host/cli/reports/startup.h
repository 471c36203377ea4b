/* startup.h - where the time from the start of the process to the first result goes, for --verbose.
 *
 * Seconds since the start of the process count what happened before main, too: loading the program and its
 * libraries, taken as the processor time used by then.
 */
#ifndef CLMLP_CLI_STARTUP_H
#define CLMLP_CLI_STARTUP_H

#include <clmlp/device.h>

/* Call first in main. */
void clmlp_cli_clock_start(void);

/* Moments, in seconds since the start of the process. */
typedef struct clmlp_cli_startup {
    double entered; /* the command line is read, loading begins */
    double loaded;  /* data and model are in memory */
} clmlp_cli_startup;

/* Seconds since the start of the process. */
double clmlp_cli_seconds(void);

/* Print the table on standard error; now is when the first result is there. `first` names it. */
void clmlp_cli_startup_print(const clmlp_cli_startup *startup, const clmlp_device *device, const char *first);

#endif
