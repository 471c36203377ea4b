/* message.h - what the program says on standard error, and how it ends.
 *
 * Results go to standard output; everything here goes to standard error, each line led by "clmlp".
 */
#ifndef CLMLP_CLI_MESSAGE_H
#define CLMLP_CLI_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#include <clmlp/status.h>

#include "terminal.h"

/* Exit statuses, stable once published. */
typedef enum clmlp_cli_exit {
    CLMLP_CLI_DONE = 0,
    CLMLP_CLI_FAILED = 1,      /* while running */
    CLMLP_CLI_BAD_USAGE = 2,   /* or bad input */
    CLMLP_CLI_MISMATCH = 3,    /* a verification found one */
    CLMLP_CLI_DIVERGED = 4,
    CLMLP_CLI_INTERRUPTED = 130
} clmlp_cli_exit;

/* Leave out notes from now on. */
void clmlp_cli_set_quiet(bool quiet);

/* Leave out what data sets have to tell, too: of commands whose --quiet says that there are no notes. */
void clmlp_cli_set_silent(bool silent);

/* Say nothing from now on, as one rank of several: notes are left out, complaints are kept, the first 16 KiB of
 * them. What was kept; "": nothing was. False: errno says why standard output is still open. */
bool clmlp_cli_hush(void);
const char *clmlp_cli_hushed(void);

/* The first complaint that was kept, in one line, without the names of program and command in front, into text [size];
 * where there is none, `otherwise`. */
void clmlp_cli_first_hushed(char *text, size_t size, const char *otherwise);

/* "clmlp: ..." and a newline; a note is left out when quiet. */
void clmlp_cli_note(const char *format, ...) CLMLP_CLI_PRINTF(1, 2);
void clmlp_cli_error(const char *format, ...) CLMLP_CLI_PRINTF(1, 2);

/* A note; also when quiet, if it tells what was guessed. */
void clmlp_cli_note_guess(bool guessed, const char *format, ...) CLMLP_CLI_PRINTF(2, 3);

/* "clmlp: note: ..." with what a data set has to tell; also when quiet, which stops progress only, but
 * not when silent. Kept for --json. */
void clmlp_cli_tell(const char *note);
/* The same for what the program advises by itself; left out when quiet, but kept. */
void clmlp_cli_advise(const char *note);
/* From now on clmlp_cli_tell of this thread puts notes into text [size], a line each, and says and keeps none; NULL: no
 * more of that. */
void clmlp_cli_collect_notes(char *text, size_t size);
/* Data was read, whose notes, if any, have been told: --json has "notes" from now on. */
void clmlp_cli_expect_notes(void);
/* Note i of those told; NULL: there are no more. */
const char *clmlp_cli_told(size_t i);
bool clmlp_cli_expects_notes(void);

/* "clmlp COMMAND: ..." and "try 'clmlp COMMAND --help'"; command NULL: the program itself. Returns
 * CLMLP_CLI_BAD_USAGE. A complaint that ends with CLMLP_CLI_NO_MEMORY is nobody's misuse: CLMLP_CLI_FAILED. */
#define CLMLP_CLI_NO_MEMORY "not enough memory"
int clmlp_cli_usage_error(const char *command, const char *format, ...) CLMLP_CLI_PRINTF(2, 3);

/* From now on complaints about `command` name `other` instead, which the user has typed; NULL: no more. */
void clmlp_cli_speak_for(const char *command, const char *other);

/* "clmlp: TEXT" without waiting for anything, once, from any thread; clmlp_cli_fail does not say the same again. */
void clmlp_cli_say_at_once(const char *text);

/* Say what a library call failed with and return the exit status for it. CLMLP_IO is bad input
 * while files are being taken in (`taking_in`), and a failure later on. */
int clmlp_cli_fail(const clmlp_error *error, bool taking_in);

/* A part of the results could not be made, which was said: clmlp_cli_finish_output will not return CLMLP_CLI_DONE. */
void clmlp_cli_lose_output(void);
/* The same, after "not enough memory for WHAT". */
void clmlp_cli_lose(const char *what);

/* The standard output belongs to a file that an option names (/dev/stdout): from the next call of
 * clmlp_cli_yield_output on, what the program itself would write there goes to standard error. */
void clmlp_cli_claim_output(void);
bool clmlp_cli_output_is_claimed(void);
void clmlp_cli_yield_output(void); /* does nothing unless it was claimed */

/* Write to standard output; why that failed is kept for clmlp_cli_finish_output. */
void clmlp_cli_write(const char *text);

/* Flush standard output. Returns `status`, or CLMLP_CLI_FAILED after saying that it cannot be written, or where a part
 * of it is missing. */
int clmlp_cli_finish_output(int status);

#endif
