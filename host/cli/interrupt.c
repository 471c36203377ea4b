/* interrupt.c - the flag that SIGINT and SIGTERM set; a second signal kills. */
#include "interrupt.h"

#include <string.h>
#include <unistd.h>

volatile sig_atomic_t clmlp_cli_interrupted;
static const char *volatile on_signal_text;

static void on_signal(int number)
{
    (void)number;
    clmlp_cli_interrupted = 1;
    (void)signal(SIGINT, SIG_DFL);
    (void)signal(SIGTERM, SIG_DFL);
    const char *const text = on_signal_text;
    if (text != NULL && write(STDERR_FILENO, text, strlen(text)) < 0) return;
}

void clmlp_cli_catch_signals(const char *text)
{
    on_signal_text = text;
    /* whoever started this in the background may have it ignore SIGINT */
    if (signal(SIGINT, on_signal) == SIG_IGN) (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGTERM, on_signal);
}
