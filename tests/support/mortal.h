/* mortal.h - processes that die with whoever started them, so that a test that is killed leaves nothing running. */
#ifndef TEST_MORTAL_H
#define TEST_MORTAL_H

#include <sys/types.h>

enum { MORTAL_SECONDS = 3600 }; /* and that never live longer than this */

/* In a new process: be killed when `parent` dies. Ends the process when it has died already. Kept by exec(). */
void mortal(pid_t parent);

/* system(), but mortal: a wait status. */
int mortal_shell(const char *command);

#endif
