/* interrupt.h - Ctrl-C and termination as a wish to stop early, once; the next time they have their usual effect. */
#ifndef CLMLP_CLI_INTERRUPT_H
#define CLMLP_CLI_INTERRUPT_H

#include <clmlp/cancel.h>

/* Begin to watch, once; what is returned is requested when it happens (NULL: no memory for that, signals do what they
 * usually do). `text` goes to standard error then; NULL: nothing. */
const clmlp_cancel *clmlp_cli_catch_signals(const char *text);

#endif
