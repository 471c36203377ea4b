/* program_messages.h - runs of the program's commands, one after another in a process. */
#ifndef PROGRAM_MESSAGES_H
#define PROGRAM_MESSAGES_H

void fuzz_forget_messages(void);

#endif
