/* program_run.h - runs of the program within a fuzz target. */
#ifndef PROGRAM_RUN_H
#define PROGRAM_RUN_H

enum { FUZZ_LINE = 512 };

/* Words with a space between them, the command first; returns the exit status. */
int fuzz_run(const char *line);

#endif
