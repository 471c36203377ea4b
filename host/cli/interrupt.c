/* interrupt.c - the flag that SIGINT and SIGTERM set (a second signal kills), and the one of SIGUSR1. */
#include "interrupt.h"

#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

static clmlp_cancel *volatile cancel; /* never destroyed: a signal may come at any time */
static const char *volatile on_signal_text;
static atomic_int save_wanted;
static const char *volatile on_save_text;

static void on_signal(int number)
{
    (void)number;
    clmlp_cancel_request(cancel); /* NOLINT(bugprone-signal-handler): it stores to an atomic number */
    (void)signal(SIGINT, SIG_DFL);
    (void)signal(SIGTERM, SIG_DFL);
    const char *const text = on_signal_text;
    if (text != NULL && write(STDERR_FILENO, text, strlen(text)) < 0) return;
}

const clmlp_cancel *clmlp_cli_catch_signals(const char *text)
{
    clmlp_cancel *made = NULL;
    if (clmlp_cancel_create(&made, NULL) != CLMLP_OK) return NULL;
    cancel = made;
    on_signal_text = text;
    /* whoever started this in the background may have it ignore SIGINT */
    if (signal(SIGINT, on_signal) == SIG_IGN) (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGTERM, on_signal);
    return cancel;
}

static void on_save(int number)
{
    (void)number;
    atomic_store(&save_wanted, 1);
    const char *const text = on_save_text;
    if (text != NULL && write(STDERR_FILENO, text, strlen(text)) < 0) return;
}

void clmlp_cli_catch_save(const char *text)
{
    struct sigaction action = {.sa_handler = on_save, .sa_flags = SA_RESTART};
    on_save_text = text;
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGUSR1, &action, NULL);
}

bool clmlp_cli_save_wanted(void)
{
    return atomic_exchange(&save_wanted, 0) != 0;
}
