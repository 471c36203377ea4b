/* progress.c - the progress line of training on standard error. */
#include "reports/progress.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "message.h"

enum { PLAIN_LINES = 20, LINE_LENGTH = 256, NARROWEST_BAR = 8, WIDEST_BAR = 30, DEFAULT_WIDTH = 80 };

static const double SECONDS_BETWEEN_DRAWS = 0.1;

static double seconds_since(const struct timespec *then)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - then->tv_sec) + 1e-9 * (double)(now.tv_nsec - then->tv_nsec);
}

/* Columns of the terminal. */
static size_t terminal_width(void)
{
#ifdef TIOCGWINSZ
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
#endif
    const char *const columns = getenv("COLUMNS");
    const long width = columns != NULL ? strtol(columns, NULL, 10) : 0;
    return width > 0 && width < LINE_LENGTH ? (size_t)width : DEFAULT_WIDTH;
}

/* "1:05" or "2:03:04". */
static void format_time(double seconds, char *text, size_t size)
{
    if (!(seconds >= 0.0 && seconds < 1e9)) {
        (void)snprintf(text, size, "-:--");
        return;
    }
    const unsigned long whole = (unsigned long)(seconds + 0.5);
    const unsigned long hours = whole / 3600, minutes = whole / 60 % 60;
    if (hours > 0) (void)snprintf(text, size, "%lu:%02lu:%02lu", hours, minutes, whole % 60);
    else (void)snprintf(text, size, "%lu:%02lu", minutes, whole % 60);
}

/* How the scores are written. */
typedef enum scores_style {
    PLAIN,   /* "cost 0.1, accuracy 97.10 %, validation cost 0.2, validation accuracy 96.00 %, test accuracy 95.00 %" */
    ALIGNED, /* the same in fixed widths, so that a redrawn line stands still */
    BRIEF    /* ALIGNED without the word accuracy; with validation data only J and their accuracy */
} scores_style;

/* Behind `text` [size], as far as there is room. role: "" or "validation ". */
static void add_cost(char *text, size_t size, scores_style style, const char *role, double cost)
{
    char piece[LINE_LENGTH];
    const char *const gap = text[0] == '\0' ? "" : style == PLAIN ? ", " : "  ";
    (void)snprintf(piece, sizeof piece, "%s%scost %*.4g", gap, role, style == PLAIN ? 0 : -9, cost);
    (void)strncat(text, piece, size - strlen(text) - 1);
}

static void add_accuracy(char *text, size_t size, scores_style style, const char *role, double accuracy)
{
    char piece[LINE_LENGTH];
    (void)snprintf(piece, sizeof piece, "%s%s%s%*.2f %%", style == PLAIN ? ", " : "  ", role,
                   style == BRIEF ? "" : "accuracy ", style == PLAIN ? 0 : 6, 100.0 * accuracy);
    (void)strncat(text, piece, size - strlen(text) - 1);
}

/* Cost and accuracy of an epoch. Of data held out the cost alone where there is no accuracy. */
static void format_scores(const clmlp_epoch *epoch, scores_style style, char *text, size_t size)
{
    const bool validated = epoch->has_validation, least = validated && style == BRIEF;
    const clmlp_score *const train = &epoch->train, *const validation = &epoch->validation, *const test = &epoch->test;
    text[0] = '\0';
    add_cost(text, size, style, "", train->cost);
    if (!isnan(train->accuracy) && !least) add_accuracy(text, size, style, "", train->accuracy);
    if (validated && (isnan(validation->accuracy) || !least)) {
        add_cost(text, size, style, "validation ", validation->cost);
    }
    if (validated && !isnan(validation->accuracy)) {
        add_accuracy(text, size, style, "validation ", validation->accuracy);
    }
    if (!epoch->has_test || least) return;
    if (!isnan(test->accuracy)) add_accuracy(text, size, style, "test ", test->accuracy);
    else add_cost(text, size, style, "test ", test->cost);
}

/* --- on a terminal --------------------------------------------------------------------------------------- */

/* "[=====>    ]", `length` characters between the brackets. */
static void format_bar(double done, size_t length, char *text)
{
    size_t filled = (size_t)(done * (double)length);
    if (filled > length) filled = length;
    text[0] = '[';
    memset(text + 1, '=', filled);
    memset(text + 1 + filled, ' ', length - filled);
    if (filled < length) text[1 + filled] = '>';
    memcpy(text + 1 + length, "]", 2);
}

/* Redraw with `epochs_done` (a fraction inside an epoch). */
static void draw(clmlp_cli_progress *progress, double epochs_done, bool end)
{
    const clmlp_epoch *const last = &progress->last;
    char head[64], tail[2 * LINE_LENGTH], scores[LINE_LENGTH] = "", rate[64] = "", left[48] = "";
    char bar[WIDEST_BAR + 3] = "", time[32];
    size_t epoch = (size_t)epochs_done + (end ? 0 : 1);
    if (epoch > progress->epochs) epoch = progress->epochs;
    const int digits = snprintf(NULL, 0, "%zu", progress->epochs);
    (void)snprintf(head, sizeof head, "epoch %*zu/%zu ", digits, epoch, progress->epochs);
    if (last->epoch > 0) {
        format_scores(last, ALIGNED, scores, sizeof scores);
        (void)snprintf(rate, sizeof rate, "  %.0f samples/s", last->samples_per_second);
    }
    const double spent = seconds_since(&progress->begun);
    if (end) {
        format_time(spent, time, sizeof time);
        (void)snprintf(left, sizeof left, "  %s", time);
    } else if (epochs_done > 0.0 && spent > 0.5) {
        format_time(spent * ((double)progress->epochs - epochs_done) / epochs_done, time, sizeof time);
        (void)snprintf(left, sizeof left, "  %s left", time);
    }
    const size_t width = terminal_width() - 1; /* the last column would wrap on some terminals */
    /* what does not fit goes, the least wanted first */
    size_t used = strlen(head) + strlen(scores) + strlen(left);
    if (used + strlen(rate) + NARROWEST_BAR + 3 > width) rate[0] = '\0';
    if (last->epoch > 0 && used + NARROWEST_BAR + 3 > width) format_scores(last, BRIEF, scores, sizeof scores);
    (void)snprintf(tail, sizeof tail, "%s%s%s", scores, rate, left);
    used = strlen(head) + strlen(tail);
    if (used + NARROWEST_BAR + 3 <= width) {
        const size_t room = width - used - 3;
        format_bar(epochs_done / (double)progress->epochs, room < WIDEST_BAR ? room : WIDEST_BAR, bar);
    }
    char line[3 * LINE_LENGTH];
    (void)snprintf(line, sizeof line, "%s%s%s%s", head, bar, bar[0] != '\0' ? " " : "", tail);
    (void)fprintf(stderr, "\r%-*.*s", (int)(width < LINE_LENGTH ? width : LINE_LENGTH), (int)width, line);
    (void)fflush(stderr);
    progress->drawn = true;
    (void)clock_gettime(CLOCK_MONOTONIC, &progress->last_draw);
}

/* --- elsewhere -------------------------------------------------------------------------------------------- */

static void print_plain(const clmlp_epoch *epoch)
{
    char scores[LINE_LENGTH];
    format_scores(epoch, PLAIN, scores, sizeof scores);
    clmlp_cli_note("epoch %zu/%zu: %s, %.0f samples/s", epoch->epoch, epoch->epochs, scores,
                   epoch->samples_per_second);
}

/* --- called by the command ---------------------------------------------------------------------------------- */

void clmlp_cli_progress_begin(clmlp_cli_progress *progress, size_t epochs, bool quiet)
{
    const char *const term = getenv("TERM");
    const bool dumb = term != NULL && strcmp(term, "dumb") == 0;
    *progress = (clmlp_cli_progress){
        .quiet = quiet, .terminal = isatty(STDERR_FILENO) && !dumb, .epochs = epochs, .next_line = 1};
    (void)clock_gettime(CLOCK_MONOTONIC, &progress->begun);
    if (!quiet && progress->terminal) draw(progress, 0.0, false);
}

void clmlp_cli_progress_epoch(const clmlp_epoch *epoch, void *context)
{
    clmlp_cli_progress *const progress = context;
    progress->last = *epoch;
    if (progress->quiet) return;
    if (progress->terminal) {
        if (seconds_since(&progress->last_draw) >= SECONDS_BETWEEN_DRAWS) draw(progress, (double)epoch->epoch, false);
    } else if (epoch->epoch >= progress->next_line || epoch->epoch == epoch->epochs) {
        print_plain(epoch);
        const size_t stride = (epoch->epochs + PLAIN_LINES - 1) / PLAIN_LINES;
        progress->next_line = (epoch->epoch / stride + 1) * stride;
    }
}

void clmlp_cli_progress_inside(size_t epoch, double fraction, void *context)
{
    clmlp_cli_progress *const progress = context;
    if (progress->quiet || !progress->terminal) return;
    if (seconds_since(&progress->last_draw) < SECONDS_BETWEEN_DRAWS) return;
    draw(progress, (double)(epoch - 1) + fraction, false);
}

void clmlp_cli_progress_break(clmlp_cli_progress *progress)
{
    if (progress->drawn) (void)fputc('\n', stderr);
    progress->drawn = false;
}

void clmlp_cli_progress_end(clmlp_cli_progress *progress)
{
    if (progress->drawn) {
        draw(progress, (double)progress->last.epoch, true);
        (void)fputc('\n', stderr);
    }
    progress->drawn = false;
}
