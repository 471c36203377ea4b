/* program_messages.c - the program's messages, and a way to forget them: what is kept for one run of a process is not
 * for the next. */
#include "message.c"

#include "program_messages.h"

void fuzz_forget_messages(void)
{
    for (size_t i = 0; i < told_count; i++) free(told[i]);
    free(told);
    told = NULL;
    told_count = 0;
    is_quiet = is_lost = is_claimed = has_data = false;
    spoken_for = typed = NULL;
    write_errno = 0;
}
