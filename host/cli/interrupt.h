/* interrupt.h - signals as wishes: to stop early (all that end a program and can be caught, but for faults of its own),
 * and to save. A second SIGINT, SIGQUIT or SIGTERM has its usual effect, unless a launcher repeats the first one to its
 * ranks; the others come by themselves, and often. */
#ifndef CLMLP_CLI_INTERRUPT_H
#define CLMLP_CLI_INTERRUPT_H

#include <stdbool.h>

#include <clmlp/cancel.h>

/* Begin to watch; what is returned is requested when it happens (NULL: no memory for that, signals do what they
 * usually do). `text` goes to standard error then; NULL: nothing. Called again it only has another text. */
const clmlp_cancel *clmlp_cli_catch_signals(const char *text);

/* The signal that was the first wish to stop: "SIGHUP"; NULL: none. */
const char *clmlp_cli_signal_name(void);

/* Watch for SIGUSR1, a wish to save. `text` goes to standard error then; NULL: nothing. */
void clmlp_cli_catch_save(const char *text);

/* Whether it has come since the last call. */
bool clmlp_cli_save_wanted(void);

/* Drivers build kernels when a network first needs them, which may take half a minute. Where the first step is not done
 * after a second, and kernels are built that were not built before, `text` goes to standard error; whoever then wants
 * to stop is told what is waited for. */
void clmlp_cli_await_first_step(const char *text);
void clmlp_cli_kernels_are_new(void *unused); /* a callback of clmlp_device_options */
void clmlp_cli_first_step_is_done(void *unused); /* a callback of clmlp_train_config; also where there is none */

#endif
