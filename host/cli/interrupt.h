/* interrupt.h - Ctrl-C and termination as a wish to stop early, once; the next time they have their usual effect. */
#ifndef CLMLP_CLI_INTERRUPT_H
#define CLMLP_CLI_INTERRUPT_H

#include <signal.h>

/* Not 0 once somebody wants the program to stop. */
extern volatile sig_atomic_t clmlp_cli_interrupted;

/* Begin to watch. `text` goes to standard error when it happens; NULL: nothing. */
void clmlp_cli_catch_signals(const char *text);

#endif
