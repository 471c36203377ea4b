/* test_progress.c - the progress of training: time left by a clock of the test's own, the sparkline, and lines that fit
 * the terminal. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reports/pace.h"
#include "reports/progress_line.h"
#include "reports/sparkline.h"

/* --- time left -------------------------------------------------------------------------------------------------- */

/* A training as a clock sees it: preparations, then epochs of `steps` seconds and `scores` seconds; the first one has
 * some start-up behind its first share, too. */
typedef struct plan {
    const char *name;
    size_t epochs;
    double prepare, start_up, steps, scores;
    double grows; /* each epoch takes so many times as long as the one before */
    size_t silent; /* epochs in which nothing may be said, for want of anything to go by */
} plan;

/* What is said of the time left in each hundredth of the run from `from` on, against what is right. */
static void check_plan(const plan *p, double from, double within)
{
    clmlp_cli_pace pace = {.epochs = p->epochs, .began = 0.0};
    double total = p->prepare + p->start_up, now = p->prepare, factor = 1.0;
    for (size_t epoch = 0; epoch < p->epochs; epoch++, factor *= p->grows) total += factor * (p->steps + p->scores);
    factor = 1.0;
    for (size_t epoch = 0; epoch < p->epochs; epoch++, factor *= p->grows) {
        for (int share = 1; share <= 100; share++) {
            now += factor * p->steps / 100.0;
            clmlp_cli_pace_inside(&pace, share / 100.0, now);
            const double left = clmlp_cli_pace_left(&pace, now), right = total - now;
            const bool silent = isnan(left) && epoch < p->silent;
            if (now >= from * total && right > 0.01 * total && !silent) {
                cr_expect(fabs(left - right) <= within * right, "%s, epoch %zu, %d %%: found %g, expected %g +- %g %%",
                          p->name, epoch + 1, share, left, right, 100.0 * within);
            }
            if (epoch == 0 && share == 1) now += p->start_up;
        }
        now += factor * p->scores;
        clmlp_cli_pace_epoch(&pace, now);
    }
    cr_expect_eq(clmlp_cli_pace_left(&pace, now), 0.0);
}

/* Right within 20 % after a tenth of the run, whatever the start-up and the scores take. */
Test(progress, time_left_is_right_after_a_tenth_of_the_run)
{
    static const plan plans[] = {{"even", 100, 0.0, 0.0, 1.0, 0.0, 1.0, 0},
                                 {"scores", 100, 0.0, 0.0, 1.0, 1.0, 1.0, 0},
                                 {"start-up", 100, 5.0, 0.0, 1.0, 0.3, 1.0, 0},
                                 {"start-up in the first epoch", 40, 2.0, 4.0, 0.2, 0.1, 1.0, 2},
                                 {"slower and slower", 100, 1.0, 0.0, 1.0, 0.1, 1.002, 0},
                                 {"one long epoch", 1, 0.5, 0.0, 60.0, 0.0, 1.0, 0},
                                 {"few long epochs", 5, 0.5, 0.0, 60.0, 5.0, 1.0, 0},
                                 {"hours", 300, 30.0, 0.0, 100.0, 20.0, 1.0, 0}};
    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++) check_plan(&plans[i], 0.1, 0.2);
}

/* A start-up that is longer than the epoch tells nothing of the others: until there is one of them, nothing is said. */
Test(progress, time_left_is_not_said_while_it_is_not_known)
{
    clmlp_cli_pace pace = {.epochs = 50};
    cr_assert(isnan(clmlp_cli_pace_left(&pace, 1.0)));
    clmlp_cli_pace_inside(&pace, 0.01, 3.0);
    cr_assert(isnan(clmlp_cli_pace_left(&pace, 3.0)));
    clmlp_cli_pace_epoch(&pace, 5.0);
    cr_assert(isnan(clmlp_cli_pace_left(&pace, 5.0)));
    clmlp_cli_pace_epoch(&pace, 5.25);
    cr_assert_eq(clmlp_cli_pace_left(&pace, 5.25), 48 * 0.25);
    cr_assert_eq(clmlp_cli_pace_left(&pace, 5.375), 47.5 * 0.25);
    cr_assert_eq(clmlp_cli_pace_left(&pace, 9.0), 47 * 0.25, "an epoch that takes longer is not made up for");
}

/* A full batch: a step is an epoch, of which only the end is heard. */
Test(progress, time_left_needs_no_word_from_inside_an_epoch)
{
    clmlp_cli_pace pace = {.epochs = 10};
    clmlp_cli_pace_inside(&pace, 1.0, 1.0);
    clmlp_cli_pace_epoch(&pace, 2.0);
    cr_assert(isnan(clmlp_cli_pace_left(&pace, 2.0)));
    clmlp_cli_pace_epoch(&pace, 2.5);
    cr_assert_eq(clmlp_cli_pace_left(&pace, 2.5), 4.0);
}

Test(progress, times_are_minutes_and_seconds)
{
    static const struct {
        double seconds;
        const char *text;
    } times[] = {{0.0, "0:00"}, {59.4, "0:59"}, {59.6, "1:00"}, {3599.0, "59:59"}, {3600.0, "1:00:00"},
                 {86399.0, "23:59:59"}, {-1.0, "-:--"}, {1e10, "-:--"}, {(double)NAN, "-:--"}};
    char text[32];
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        clmlp_cli_format_time(times[i].seconds, text, sizeof text);
        cr_assert_str_eq(text, times[i].text);
    }
}

/* --- the sparkline ---------------------------------------------------------------------------------------------- */

static const char *drawn(const double *values, size_t count, size_t columns)
{
    static char text[CLMLP_CLI_SPARK_BYTES * 300 + 1];
    clmlp_cli_sparkline line = {.bins = 0};
    for (size_t i = 0; i < count; i++) clmlp_cli_sparkline_add(&line, values[i]);
    const size_t blocks = clmlp_cli_sparkline_text(&line, columns, text);
    cr_assert_eq(strlen(text), CLMLP_CLI_SPARK_BYTES * blocks);
    cr_assert_leq(blocks, columns);
    return text;
}

Test(progress, a_sparkline_goes_from_the_largest_to_the_least)
{
    static const double powers[] = {128, 64, 32, 16, 8, 4, 2, 1}, even[] = {-3, -2, -1, 0, 1, 2, 3, 4};
    static const double same[] = {2, 2, 2}, holes[] = {8, (double)NAN, 1, (double)INFINITY};
    cr_assert_str_eq(drawn(powers, 8, 8), "█▇▆▅▄▃▂▁", "by logarithms");
    cr_assert_str_eq(drawn(even, 8, 8), "▁▂▃▄▅▆▇█", "not all are > 0");
    cr_assert_str_eq(drawn(powers, 8, 2), "█▁");
    cr_assert_str_eq(drawn(powers, 8, 20), "█▇▆▅▄▃▂▁");
    cr_assert_str_eq(drawn(same, 3, 8), "▅▅▅");
    cr_assert_str_eq(drawn(holes, 4, 8), "█▁");
    cr_assert_str_eq(drawn(NULL, 0, 8), "");
}

/* However many there are, all of them count: the first half is high, the second low. */
Test(progress, a_sparkline_takes_any_number_of_values)
{
    static double values[100000];
    static const size_t counts[] = {63, 64, 65, 66, 127, 128, 129, 1000, 99999, 100000};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        for (size_t i = 0; i < counts[c]; i++) values[i] = i < counts[c] / 2 ? 4.0 : 1.0;
        const char *const text = drawn(values, counts[c], 16);
        cr_assert_eq(strncmp(text, "███████", 21), 0, "%zu: %s", counts[c], text);
        cr_assert_str_eq(text + strlen(text) - 21, "▁▁▁▁▁▁▁", "%zu: %s", counts[c], text);
    }
}

/* --- the line --------------------------------------------------------------------------------------------------- */

/* Columns of UTF-8, each character one. */
static size_t columns_of(const char *text)
{
    size_t columns = 0;
    for (; *text != '\0'; text++) columns += ((unsigned char)*text & 0xC0U) != 0x80U;
    return columns;
}

static void add_costs(clmlp_cli_sparkline *line, size_t count)
{
    for (size_t i = 0; i < count; i++) clmlp_cli_sparkline_add(line, 1.0 / (double)(i + 1));
}

/* Every width, with and without blocks, data held out, a schedule, an end: exactly as wide as the terminal. */
Test(progress, a_line_has_exactly_the_columns_that_there_are)
{
    const clmlp_score scores[] = {{0.012345678, 0.98765}, {1.2345678e-123, (double)NAN}, {123456789.0, 1.0}};
    char text[CLMLP_CLI_LINE_BYTES];
    clmlp_cli_sparkline costs = {.bins = 0};
    add_costs(&costs, 70);
    for (unsigned kind = 0; kind < 128; kind++) {
        const clmlp_score *const score = &scores[kind % 3];
        const clmlp_epoch last = {.epoch = kind & 1U ? 70 : 0, .epochs = 1000, .train = *score,
                                  .has_validation = kind & 2U, .validation = *score, .has_test = kind & 4U,
                                  .test = *score, .rate = 4.69e-108, .samples_per_second = 1234567890.0};
        const clmlp_cli_progress_state state = {
            .epochs = 1000, .epochs_done = last.epoch == 0 ? 0.3 : 70.5, .ended = kind & 8U,
            .seconds = kind & 16U ? 7384.0 : (double)NAN, .scheduled = kind & 2U, .last = &last,
            .may_end_early = kind & 64U, .cost = kind & 32U ? &costs : NULL};
        for (size_t columns = 1; columns <= CLMLP_CLI_LINE_COLUMNS; columns++) {
            clmlp_cli_progress_line(&state, columns, text);
            cr_assert_eq(columns_of(text), columns, "kind %u: %zu columns of %zu: '%s'", kind, columns_of(text),
                         columns, text);
        }
    }
}

Test(progress, a_line_leaves_out_what_is_wanted_least)
{
    const clmlp_epoch last = {.epoch = 12, .epochs = 30, .train = {0.1234, 0.9712}, .has_validation = true,
                              .validation = {0.2, 0.961}, .has_test = true, .test = {0.3, 0.95}, .rate = 0.05,
                              .samples_per_second = 54321.0};
    clmlp_cli_sparkline costs = {.bins = 0};
    for (int i = 0; i < 5; i++) clmlp_cli_sparkline_add(&costs, ldexp(1.0, -i));
    clmlp_cli_progress_state state = {.epochs = 30, .epochs_done = 12.0, .seconds = 65.0, .scheduled = true,
                                      .last = &last, .cost = &costs};
    static const struct {
        size_t columns;
        bool blocks;
        const char *text;
    } lines[] = {
        {39, true, "13/30 █▆▅▃▁    cost 0.1234    1:05 left"},
        {39, false, "epoch 13/30  cost 0.1234    1:05 left  "},
        {79, true, "epoch 13/30 █▆▅▃▁    cost 0.1234    validation 96.10 %  rate 0.05     1:05 left"},
        {79, false, "13/30 [====>      ]  cost 0.1234    validation 96.10 %  rate 0.05     1:05 left"},
        {150, true, "epoch 13/30 █▆▅▃▁                     cost 0.1234    accuracy 97.12 %  validation 96.10 %  test "
                    "95.00 %  rate 0.05     1:05 left  54321 samples/s     "},
    };
    char text[CLMLP_CLI_LINE_BYTES];
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        state.cost = lines[i].blocks ? &costs : NULL;
        clmlp_cli_progress_line(&state, lines[i].columns, text);
        cr_expect_str_eq(text, lines[i].text, "\n'%s'\n'%s'", text, lines[i].text);
    }
}

/* Colours take no columns, and end where the blocks end. */
Test(progress, colours_are_around_the_blocks_alone)
{
    const clmlp_epoch last = {.epoch = 12, .epochs = 30, .train = {0.1234, 0.9712}};
    clmlp_cli_sparkline costs = {.bins = 0};
    for (int i = 0; i < 5; i++) clmlp_cli_sparkline_add(&costs, ldexp(1.0, -i));
    clmlp_cli_progress_state state = {.epochs = 30, .epochs_done = 12.0, .seconds = 65.0, .last = &last,
                                      .cost = &costs, .colours = true};
    char text[CLMLP_CLI_LINE_BYTES];
    clmlp_cli_progress_line(&state, 39, text);
    cr_expect_str_eq(text, "13/30 \x1b[36m█▆▅▃▁\x1b[39m    cost 0.1234    1:05 left");
    state.cost = NULL;
    clmlp_cli_progress_line(&state, 39, text);
    cr_expect_str_eq(text, "epoch 13/30  cost 0.1234    1:05 left  ");
}

/* Early stopping may come at any time: the last epoch is the latest end. */
Test(progress, time_left_is_at_most_where_training_may_end_early)
{
    const clmlp_epoch last = {.epoch = 12, .epochs = 30, .train = {0.1234, 0.9712}};
    clmlp_cli_progress_state state = {.epochs = 30, .epochs_done = 12.0, .seconds = 65.0, .may_end_early = true,
                                      .last = &last};
    char text[CLMLP_CLI_LINE_BYTES];
    clmlp_cli_progress_line(&state, 50, text);
    cr_assert_str_eq(text, "13/30 [===>    ]  cost 0.1234    at most 1:05 left", "'%s'", text);
    state.ended = true;
    clmlp_cli_progress_line(&state, 50, text);
    cr_assert_not_null(strstr(text, "]  cost 0.1234    1:05"), "'%s'", text);
}

Test(progress, blocks_are_for_locales_with_utf8)
{
    cr_assert_eq(setenv("LC_ALL", "C", 1), 0);
    cr_assert_not(clmlp_cli_has_utf8());
    cr_assert_eq(setenv("LC_ALL", "C.UTF-8", 1), 0);
    cr_assert(clmlp_cli_has_utf8());
    cr_assert_eq(setenv("LC_ALL", "no_SUCH.locale", 1), 0);
    cr_assert_not(clmlp_cli_has_utf8());
}
