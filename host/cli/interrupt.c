/* interrupt.c - the flag that signals to stop set, and the one of SIGUSR1. A second SIGINT or SIGTERM quits at once. */
#include "interrupt.h"

#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

static clmlp_cancel *volatile cancel; /* never destroyed: a signal may come at any time */
static const char *volatile on_signal_text;
static atomic_int save_wanted;
static const char *volatile on_save_text;
static atomic_int first_signal; /* 0: none yet */
static atomic_int asked;        /* how often somebody asked, which SIGINT and SIGTERM do */

/* SIGHUP may come from the terminal and from the shell; SIGXCPU comes every second; SIGXFSZ with each write. */
static const int stops[] = {SIGINT, SIGTERM, SIGHUP, SIGXCPU, SIGXFSZ};

static void say(const char *text)
{
    if (text != NULL && write(STDERR_FILENO, text, strlen(text)) < 0) return;
}

static void catch(int number, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(number, &action, NULL);
}

static void on_signal(int number)
{
    int none = 0;
    clmlp_cancel_request(cancel); /* NOLINT(bugprone-signal-handler): it stores to an atomic number */
    const bool is_first = atomic_compare_exchange_strong(&first_signal, &none, number);
    if ((number == SIGINT || number == SIGTERM) && atomic_fetch_add(&asked, 1) > 0) {
        say("clmlp: quitting at once; what is not saved is lost\n");
        catch(number, SIG_DFL); /* it ends the program when this returns */
        (void)raise(number);
        return;
    }
    if (is_first) say(on_signal_text);
}

const clmlp_cancel *clmlp_cli_catch_signals(const char *text)
{
    on_signal_text = text;
    if (cancel != NULL) return cancel;
    clmlp_cancel *made = NULL;
    if (clmlp_cancel_create(&made, NULL) != CLMLP_OK) return NULL;
    cancel = made;
    for (size_t i = 0; i < sizeof stops / sizeof *stops; i++) {
        struct sigaction before;
        /* whoever started this may have it ignore some: in the background, or by nohup. main() ignores SIGXFSZ. */
        const bool known = sigaction(stops[i], NULL, &before) == 0;
        if (stops[i] != SIGXFSZ && stops[i] != SIGTERM && known && before.sa_handler == SIG_IGN) continue;
        catch(stops[i], on_signal);
    }
    return cancel;
}

const char *clmlp_cli_signal_name(void)
{
    switch (atomic_load(&first_signal)) {
    case SIGINT: return "SIGINT";
    case SIGTERM: return "SIGTERM";
    case SIGHUP: return "SIGHUP";
    case SIGXCPU: return "SIGXCPU";
    case SIGXFSZ: return "SIGXFSZ";
    default: return NULL;
    }
}

static void on_save(int number)
{
    (void)number;
    atomic_store(&save_wanted, 1);
    say(on_save_text);
}

void clmlp_cli_catch_save(const char *text)
{
    on_save_text = text;
    catch(SIGUSR1, on_save);
}

bool clmlp_cli_save_wanted(void)
{
    return atomic_exchange(&save_wanted, 0) != 0;
}
