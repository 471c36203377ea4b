/* bad_lines.h - wrong command lines, what they are refused with, and that they change nothing. */
#ifndef TEST_CLI_BAD_LINES_H
#define TEST_CLI_BAD_LINES_H

#include "run.h"

typedef struct bad_line {
    const char *line;
    int status;
    const char *err;
} bad_line;

#define TRY_TRAIN "\ntry 'clmlp train --help'\n"
#define TRY_PREDICT "\ntry 'clmlp predict --help'\n"

/* A new folder with data and a model, where the lines are run. */
char *bad_folder(const char *name);

/* Run a line that must fail; files must stay as they are and nothing come out on standard output. */
cli_run bad_run(const char *folder, const bad_line *bad);

/* That each is refused with every byte of its message. */
void bad_expect(const char *folder, const bad_line *lines, size_t count);

#endif
