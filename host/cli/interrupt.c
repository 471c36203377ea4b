/* interrupt.c - the flag that signals to stop set, the one of SIGUSR1, and a note while the first step is waited for. A
 * second SIGINT, SIGQUIT or SIGTERM quits at once, unless it is the launcher's echo of the first. */
#include "interrupt.h"

#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <clmlp/ranks.h>

static clmlp_cancel *volatile cancel; /* never destroyed: a signal may come at any time */
static const char *volatile on_signal_text;
static atomic_int save_wanted;
static const char *volatile on_save_text;
static atomic_int first_signal; /* 0: none yet */
enum { NUMBERS = 128 };         /* of signals, all below it */
static atomic_llong asked;      /* when somebody asked first, which SIGINT, SIGQUIT and SIGTERM do, and by which one:
                                   milliseconds times NUMBERS + number; 0: nobody did */
static atomic_int echoes;       /* how often a launcher repeated it */
static bool is_launched;        /* as one of several ranks */

/* SIGHUP may come from the terminal and from the shell; SIGXCPU comes every second; SIGXFSZ with each write. */
static const struct {
    int number;
    const char *name;
} stops[] = {{SIGINT, "SIGINT"}, {SIGTERM, "SIGTERM"}, {SIGHUP, "SIGHUP"}, {SIGXCPU, "SIGXCPU"}, {SIGXFSZ, "SIGXFSZ"},
             {SIGQUIT, "SIGQUIT"}, {SIGUSR2, "SIGUSR2"}, {SIGALRM, "SIGALRM"}, {SIGVTALRM, "SIGVTALRM"},
             {SIGPROF, "SIGPROF"}};
enum { STOPS = sizeof stops / sizeof *stops };

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

static long long milliseconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* which a handler may call */
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Whoever stops all that belongs to a job asks its ranks and their launcher, which asks them, too: Open MPI's mpirun
 * with SIGTERM a second after its SIGINT, MPICH's with the same signal at once. */
static bool is_echo(long long first, int number)
{
    enum { SAME = 500, OTHER = 3000 };
    const long long since = milliseconds() - first / NUMBERS;
    return is_launched && since < (number == first % NUMBERS ? SAME : OTHER) && atomic_fetch_add(&echoes, 1) == 0;
}

static volatile sig_atomic_t awaits_first, takes_long, builds; /* the first step; for a second; kernels that are new */
static atomic_int told_of_first; /* it was said that it takes long */
static const char *volatile on_wait_text;

static void on_signal(int number)
{
    int none = 0;
    long long first = 0;
    clmlp_cancel_request(cancel); /* NOLINT(bugprone-signal-handler): it stores to an atomic number */
    const bool is_first = atomic_compare_exchange_strong(&first_signal, &none, number);
    const bool is_asked = number == SIGINT || number == SIGTERM || number == SIGQUIT;
    if (is_asked && !atomic_compare_exchange_strong(&asked, &first, milliseconds() * NUMBERS + number)) {
        if (is_echo(first, number)) return;
        say("clmlp: quitting at once; what is not saved is lost\n");
        catch(number, SIG_DFL); /* it ends the program when this returns */
        (void)raise(number);
        return;
    }
    if (!is_first) return;
    say(on_signal_text);
    if (on_signal_text != NULL && awaits_first != 0 && atomic_load(&told_of_first) != 0) {
        say("clmlp: it stops when the kernels are built and the first step is done\n");
    }
}

static void tell_of_first(void)
{
    const bool is_due = awaits_first != 0 && takes_long != 0 && builds != 0;
    if (is_due && atomic_exchange(&told_of_first, 1) == 0) say(on_wait_text);
}

static atomic_int alarms; /* the own ones that are still to come */

/* The own alarm, or somebody's wish to stop. */
static void on_alarm(int number)
{
    int one = 1;
    if (!atomic_compare_exchange_strong(&alarms, &one, 0)) {
        if (cancel != NULL) on_signal(number);
        return;
    }
    takes_long = 1;
    tell_of_first();
}

/* Whether a signal is to be watched. Whoever started this may have it ignore some: in the background, or by nohup.
 * main() ignores SIGXFSZ. Drivers' handlers give way, and profilers' timers stay. */
static bool is_free(int number)
{
    struct sigaction before;
    const bool timer = number == SIGALRM || number == SIGVTALRM || number == SIGPROF;
    if (number == SIGXFSZ || number == SIGTERM || sigaction(number, NULL, &before) != 0) return true;
    if (timer) return before.sa_handler == SIG_DFL || before.sa_handler == on_alarm;
    return before.sa_handler != SIG_IGN;
}

const clmlp_cancel *clmlp_cli_catch_signals(const char *text)
{
    on_signal_text = text;
    if (cancel != NULL) return cancel;
    clmlp_cancel *made = NULL;
    if (clmlp_cancel_create(&made, NULL) != CLMLP_OK) return NULL;
    cancel = made;
    size_t ranks = 1;
    clmlp_ranks_expected(NULL, &ranks);
    is_launched = ranks > 1;
    for (size_t i = 0; i < STOPS; i++) {
        if (is_free(stops[i].number)) catch(stops[i].number, stops[i].number == SIGALRM ? on_alarm : on_signal);
    }
    return cancel;
}

const char *clmlp_cli_signal_name(void)
{
    const int first = atomic_load(&first_signal);
    for (size_t i = 0; i < STOPS; i++) {
        if (stops[i].number == first) return stops[i].name;
    }
    return NULL;
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

void clmlp_cli_await_first_step(const char *text)
{
    if (!is_free(SIGALRM)) return;
    on_wait_text = text;
    atomic_store(&told_of_first, 0);
    takes_long = builds = 0;
    awaits_first = 1;
    atomic_store(&alarms, 1);
    catch(SIGALRM, on_alarm);
    (void)alarm(1);
}

void clmlp_cli_kernels_are_new(void *unused)
{
    (void)unused;
    builds = 1;
    tell_of_first();
}

void clmlp_cli_first_step_is_done(void *unused)
{
    (void)unused;
    if (awaits_first != 0 && alarm(0) > 0) atomic_store(&alarms, 0); /* else it has come, or is about to */
    awaits_first = 0;
}
