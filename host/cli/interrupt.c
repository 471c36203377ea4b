/* interrupt.c - the flag that SIGINT and SIGTERM set (a second signal kills), the one of SIGUSR1, and a note while the
 * first step is waited for. */
#include "interrupt.h"

#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

static clmlp_cancel *volatile cancel; /* never destroyed: a signal may come at any time */
static const char *volatile on_signal_text;
static atomic_int save_wanted;
static const char *volatile on_save_text;

static volatile sig_atomic_t awaits_first, told_of_first; /* the first step; it was said that it takes long */
static const char *volatile on_wait_text;

static void tell(const char *text)
{
    if (text != NULL && write(STDERR_FILENO, text, strlen(text)) < 0) return;
}

static void on_signal(int number)
{
    (void)number;
    clmlp_cancel_request(cancel); /* NOLINT(bugprone-signal-handler): it stores to an atomic number */
    (void)signal(SIGINT, SIG_DFL);
    (void)signal(SIGTERM, SIG_DFL);
    tell(on_signal_text);
    if (on_signal_text != NULL && awaits_first != 0 && told_of_first != 0) {
        tell("clmlp: it stops when the kernels are built and the first step is done\n");
    }
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
    tell(on_save_text);
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

static void on_wait(int number)
{
    (void)number;
    if (awaits_first == 0) return;
    told_of_first = 1;
    tell(on_wait_text);
}

void clmlp_cli_await_first_step(const char *text)
{
    struct sigaction action = {.sa_handler = on_wait, .sa_flags = SA_RESTART};
    on_wait_text = text;
    told_of_first = 0;
    awaits_first = 1;
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGALRM, &action, NULL);
    (void)alarm(1);
}

void clmlp_cli_first_step_is_done(void *unused)
{
    (void)unused;
    if (awaits_first != 0) (void)alarm(0);
    awaits_first = 0;
}
