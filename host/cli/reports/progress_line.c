/* progress_line.c - the line of progress that stands on a terminal, in as many columns as there are. */
#include "reports/progress_line.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Columns, with a blank in front; bytes of a piece. */
enum { NARROWEST_BAR = 11, NARROWEST_SPARKLINE = 6, WIDEST_BAR = 33, WIDEST_SPARKLINE = 25, PIECE = 96 };

/* The pieces from left to right. */
enum { EPOCH, NUMBER, PICTURE, COST, ACCURACY, VALIDATION, TEST, RATE, LEFT, SPEED, PIECES };

/* The same by how much they are wanted. The picture, a sparkline or a bar, takes the room that is left in its place. */
static const int wanted[] = {NUMBER, COST, LEFT, VALIDATION, PICTURE, RATE, EPOCH, ACCURACY, TEST, SPEED};

void clmlp_cli_format_time(double seconds, char *text, size_t size)
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

/* Accuracy, or the cost where there is none: of data held out. */
static void format_score(const char *role, const clmlp_score *score, char *text)
{
    if (isnan(score->accuracy)) (void)snprintf(text, PIECE, "  %s cost %-8.4g", role, score->cost);
    else (void)snprintf(text, PIECE, "  %s %5.2f %%", role, 100.0 * score->accuracy);
}

/* Fixed widths, so that a line that is redrawn stands still. */
static void format_pieces(const clmlp_cli_progress_state *s, char pieces[PIECES][PIECE])
{
    const clmlp_epoch *const last = s->last;
    const int digits = snprintf(NULL, 0, "%zu", s->epochs);
    size_t epoch = (size_t)s->epochs_done + (s->ended ? 0 : 1);
    char time[32];
    if (epoch > s->epochs) epoch = s->epochs;
    (void)snprintf(pieces[EPOCH], PIECE, "epoch ");
    (void)snprintf(pieces[NUMBER], PIECE, "%*zu/%zu", digits, epoch, s->epochs);
    if (!isnan(s->seconds)) {
        clmlp_cli_format_time(s->seconds, time, sizeof time);
        (void)snprintf(pieces[LEFT], PIECE, "  %s%s%s", s->may_end_early && !s->ended ? "at most " : "", time,
                       s->ended ? "" : " left");
    }
    if (last->epoch == 0) return;
    (void)snprintf(pieces[COST], PIECE, "  cost %-8.4g", last->train.cost);
    if (!isnan(last->train.accuracy)) {
        (void)snprintf(pieces[ACCURACY], PIECE, "  accuracy %5.2f %%", 100.0 * last->train.accuracy);
    }
    if (last->has_validation) {
        format_score(s->folds ? "fold" : "validation", &last->validation, pieces[VALIDATION]);
    }
    if (last->has_test) format_score("test", &last->test, pieces[TEST]);
    if (s->scheduled) (void)snprintf(pieces[RATE], PIECE, "  rate %-7.2g", last->rate);
    (void)snprintf(pieces[SPEED], PIECE, "  %.0f samples/s", last->samples_per_second);
}

/* " [=====>    ]" of `columns` columns. */
static void format_bar(double done, size_t columns, char *text)
{
    const size_t length = columns - 3;
    size_t filled = (size_t)(done * (double)length);
    if (filled > length) filled = length;
    text[0] = ' ';
    text[1] = '[';
    memset(text + 2, '=', filled);
    memset(text + 2 + filled, ' ', length - filled);
    if (filled < length) text[2 + filled] = '>';
    memcpy(text + 2 + length, "]", 2);
}

/* Cyan, and back to the terminal's own colour: at most 16 bytes. */
static const char coloured[] = "\x1b[36m", plain[] = "\x1b[39m";

/* A blank and blocks in `columns` columns. Returns the bytes. */
static size_t format_sparkline(const clmlp_cli_progress_state *state, size_t columns, char *text)
{
    const size_t before = state->colours ? sizeof coloured - 1 : 0, after = state->colours ? sizeof plain - 1 : 0;
    text[0] = ' ';
    memcpy(text + 1, coloured, before);
    const size_t blocks = clmlp_cli_sparkline_text(state->cost, columns - 1, text + 1 + before);
    const size_t end = 1 + before + CLMLP_CLI_SPARK_BYTES * blocks, blanks = columns - 1 - blocks;
    memcpy(text + end, plain, after);
    memset(text + end + after, ' ', blanks);
    return end + after + blanks;
}

void clmlp_cli_progress_line(const clmlp_cli_progress_state *state, size_t columns, char *text)
{
    char pieces[PIECES][PIECE] = {""};
    const bool blocks = state->cost != NULL && state->last->epoch > 0;
    const size_t widest = blocks ? WIDEST_SPARKLINE : WIDEST_BAR;
    const size_t narrowest = blocks ? NARROWEST_SPARKLINE : NARROWEST_BAR;
    size_t room = columns, picture = 0, used = 0;
    format_pieces(state, pieces);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        char *const piece = pieces[wanted[i]];
        const size_t length = strlen(piece); /* all but the picture are ASCII */
        if (wanted[i] == PICTURE && room >= narrowest) {
            picture = narrowest;
            room -= narrowest;
        } else if (length <= room) {
            room -= length;
        } else {
            piece[0] = '\0';
        }
    }
    if (picture > 0) {
        const size_t more = room < widest - narrowest ? room : widest - narrowest;
        picture += more;
        room -= more;
    }
    for (int i = 0; i < PIECES; i++) {
        if (i == PICTURE && picture > 0 && blocks) {
            used += format_sparkline(state, picture, text + used);
        } else if (i == PICTURE && picture > 0) {
            format_bar(state->epochs_done / (double)state->epochs, picture, text + used);
            used += picture;
        } else {
            const size_t length = strlen(pieces[i]);
            memcpy(text + used, pieces[i], length);
            used += length;
        }
    }
    memset(text + used, ' ', room);
    text[used + room] = '\0';
}
