/* progress.c - the progress of training on standard error. */
#include "reports/progress.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "message.h"
#include "reports/progress_line.h"
#include "reports/startup.h"

enum { PLAIN_LINES = 20, DEFAULT_WIDTH = 80, SCORES = 256 };

static const double SECONDS_BETWEEN_DRAWS = 0.1;

/* Columns of the terminal. */
static size_t terminal_width(void)
{
#ifdef TIOCGWINSZ
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
#endif
    const char *const columns = getenv("COLUMNS");
    const long width = columns != NULL ? strtol(columns, NULL, 10) : 0;
    return width > 0 && width <= CLMLP_CLI_LINE_COLUMNS ? (size_t)width : DEFAULT_WIDTH;
}

/* --- on a terminal --------------------------------------------------------------------------------------- */

/* Seconds to the end of the last member: those that follow take as long as all epochs of this one. */
static double seconds_left(const clmlp_cli_progress *progress, double now)
{
    const clmlp_cli_pace *const pace = &progress->pace;
    const double left = clmlp_cli_pace_left(pace, now);
    if (pace->epochs == 0) return left;
    const double member = (now - pace->began + left) * (double)progress->epochs / (double)pace->epochs;
    return left + (double)progress->members_after * member;
}

static void draw(clmlp_cli_progress *progress, double epochs_done, bool ended)
{
    const double now = clmlp_cli_seconds();
    const clmlp_cli_progress_state state = {
        .epochs = progress->epochs, .epochs_done = epochs_done, .ended = ended,
        .seconds = ended ? now - progress->begun : seconds_left(progress, now),
        .may_end_early = progress->may_end_early, .scheduled = progress->scheduled, .folds = progress->folds,
        .last = &progress->last, .cost = progress->blocks ? &progress->cost : NULL, .colours = progress->colours};
    const size_t width = terminal_width() - 1; /* the last column would wrap on some terminals */
    char line[CLMLP_CLI_LINE_BYTES];
    clmlp_cli_progress_line(&state, width < CLMLP_CLI_LINE_COLUMNS ? width : CLMLP_CLI_LINE_COLUMNS, line);
    (void)fprintf(stderr, "\r%s", line);
    (void)fflush(stderr);
    progress->drawn = true;
    progress->last_draw = now;
}

static bool is_time_to_draw(const clmlp_cli_progress *progress)
{
    return clmlp_cli_seconds() - progress->last_draw >= SECONDS_BETWEEN_DRAWS;
}

/* --- elsewhere -------------------------------------------------------------------------------------------- */

/* ", ROLEcost 0.1, ROLEaccuracy 97.10 %" behind `text`; of the test data one of the two. */
static void add_score(char *text, const char *role, const clmlp_score *score, bool both)
{
    char piece[SCORES];
    const bool accuracy = !isnan(score->accuracy);
    if (both || !accuracy) {
        (void)snprintf(piece, sizeof piece, "%s%scost %.4g", text[0] == '\0' ? "" : ", ", role, score->cost);
        (void)strncat(text, piece, SCORES - strlen(text) - 1);
    }
    if (!accuracy) return;
    (void)snprintf(piece, sizeof piece, ", %saccuracy %.2f %%", role, 100.0 * score->accuracy);
    (void)strncat(text, piece, SCORES - strlen(text) - 1);
}

static void print_plain(const clmlp_cli_progress *progress, const clmlp_epoch *epoch)
{
    char scores[SCORES] = "", rate[40] = "";
    add_score(scores, "", &epoch->train, true);
    if (epoch->has_validation) add_score(scores, progress->folds ? "fold " : "validation ", &epoch->validation, true);
    if (epoch->has_test) add_score(scores, "test ", &epoch->test, false);
    if (progress->scheduled) (void)snprintf(rate, sizeof rate, ", rate %.3g", epoch->rate);
    clmlp_cli_note("epoch %zu/%zu: %s%s, %.0f samples/s", epoch->epoch, epoch->epochs, scores, rate,
                   epoch->samples_per_second);
}

/* NO_COLOR with any text, https://no-color.org. */
static bool forbids_colours(void)
{
    const char *const wish = getenv("NO_COLOR");
    return wish != NULL && wish[0] != '\0';
}

/* --- called by the command ---------------------------------------------------------------------------------- */

void clmlp_cli_progress_begin(clmlp_cli_progress *progress, const clmlp_train_config *config, bool quiet)
{
    const char *const term = getenv("TERM");
    const bool dumb = term != NULL && strcmp(term, "dumb") == 0;
    const clmlp_span *const warmup = &config->schedule.warmup;
    *progress = (clmlp_cli_progress){
        .quiet = quiet, .terminal = isatty(STDERR_FILENO) && !dumb, .epochs = config->epochs, .next_line = 1,
        .scheduled = config->schedule.kind != CLMLP_SCHEDULE_CONSTANT || warmup->steps > 0 || warmup->share > 0.0,
        .may_end_early = config->early_stopping > 0 || config->minimiser != CLMLP_NO_MINIMISER,
        .begun = clmlp_cli_seconds(), .pace = {.epochs = config->epochs}};
    progress->pace.began = progress->begun;
    progress->blocks = progress->terminal && clmlp_cli_has_utf8();
    progress->colours = progress->terminal && term != NULL && !forbids_colours();
    if (!quiet && progress->terminal) draw(progress, 0.0, false);
}

/* A training that goes on from a checkpoint has epochs behind it whose time is not known: `epoch` is the first one that
 * is heard of. The next member of an ensemble begins anew. */
static void leave_out_earlier(clmlp_cli_progress *progress, size_t epoch)
{
    if (epoch <= progress->last.epoch) {
        if (progress->members_after > 0) progress->members_after--;
        progress->pace = (clmlp_cli_pace){.epochs = progress->epochs, .began = clmlp_cli_seconds()};
        progress->cost = (clmlp_cli_sparkline){.bins = 0};
        progress->last = (clmlp_epoch){.epoch = 0};
        progress->next_line = 1;
    }
    if (progress->pace.done == 0) progress->pace.epochs = progress->epochs - (epoch - 1);
}

void clmlp_cli_progress_epoch(const clmlp_epoch *epoch, void *context)
{
    clmlp_cli_progress *const progress = context;
    leave_out_earlier(progress, epoch->epoch);
    progress->last = *epoch;
    if (progress->origin == 0.0) progress->origin = clmlp_cli_seconds() - epoch->seconds;
    clmlp_cli_sparkline_add(&progress->cost, epoch->train.cost);
    clmlp_cli_pace_epoch(&progress->pace, clmlp_cli_seconds());
    if (progress->quiet) return;
    if (progress->terminal) {
        if (is_time_to_draw(progress)) draw(progress, (double)epoch->epoch, false);
    } else if (epoch->epoch >= progress->next_line || epoch->epoch == epoch->epochs) {
        print_plain(progress, epoch);
        const size_t stride = (epoch->epochs + PLAIN_LINES - 1) / PLAIN_LINES;
        progress->next_line = (epoch->epoch / stride + 1) * stride;
    }
}

void clmlp_cli_progress_inside(size_t epoch, double fraction, void *context)
{
    clmlp_cli_progress *const progress = context;
    leave_out_earlier(progress, epoch);
    clmlp_cli_pace_inside(&progress->pace, fraction, clmlp_cli_seconds());
    if (progress->quiet || !progress->terminal || !is_time_to_draw(progress)) return;
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
