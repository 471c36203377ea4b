/* curves.c - cost, metrics and rate from epoch to epoch, as curves and as a table. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "reports/page/axis.h"
#include "reports/page/chart.h"
#include "reports/page/epochs.h"

enum { ROWS = 120 };

static bool has(const clmlp_cli_epochs *epochs, clmlp_cli_epoch_column column)
{
    for (size_t i = 0; i < epochs->count; i++) {
        if (!isnan(epochs->columns[column][i])) return true;
    }
    return false;
}

/* Adds a series, if there is such data. */
static void add(clmlp_cli_series *list, size_t *count, const clmlp_cli_epochs *epochs, clmlp_cli_epoch_column column,
                const char *name, int colour)
{
    if (!has(epochs, column)) return;
    list[(*count)++] = (clmlp_cli_series){.name = name, .x = epochs->columns[CLMLP_CLI_EPOCH],
                                          .y = epochs->columns[column], .count = epochs->count, .colour = colour};
}

/* Where the largest is many times the least, the end of a curve is seen by decades only. */
static bool spans_decades(const clmlp_cli_series *list, size_t count)
{
    double low = HUGE_VAL, high = -HUGE_VAL;
    for (size_t s = 0; s < count; s++) clmlp_cli_range_of_values(list[s].y, list[s].count, false, &low, &high);
    return low > 0.0 && low <= high && high / low > 20.0;
}

static void describe(const clmlp_cli_series *list, size_t count, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t s = 0; s < count && used < size; s++) {
        char first[CLMLP_CLI_NUMBER_LENGTH], last[CLMLP_CLI_NUMBER_LENGTH];
        const double *const y = list[s].y;
        used += (size_t)snprintf(text + used, size - used, "%s%s: from %s to %s", s > 0 ? "; " : "", list[s].name,
                                 clmlp_cli_page_number(y[0], first),
                                 clmlp_cli_page_number(y[list[s].count - 1], last));
    }
}

static void draw(clmlp_cli_page *page, const clmlp_cli_epochs *epochs, const char *title, const clmlp_cli_series *list,
                 size_t count)
{
    char description[512], best[64];
    if (count == 0) return;
    const bool rate = list[0].y == epochs->columns[CLMLP_CLI_RATE]; /* from 0 on */
    describe(list, count, description, sizeof description);
    (void)snprintf(best, sizeof best, "best: epoch %zu", epochs->best_epoch);
    const clmlp_cli_chart chart = {.title = title, .description = description, .x_name = "epoch", .y_name = "",
                                   .series = list, .count = count, .whole_x = true,
                                   .log_y = !rate && spans_decades(list, count), .zero = rate,
                                   .mark = epochs->best_epoch > 0 && !rate ? (double)epochs->best_epoch : (double)NAN,
                                   .mark_name = best};
    clmlp_cli_chart_draw(page, &chart);
}

static const char *const headings[CLMLP_CLI_EPOCH_COLUMNS] = {
    "epoch", "training cost", "training accuracy", "validation cost", "validation accuracy", "test cost",
    "test accuracy", "monitored", "rate", "seconds"};

/* Whether what is monitored has a column anyway. */
static bool is_column(const char *monitor)
{
    return strcmp(monitor, "cost") == 0 || strcmp(monitor, "accuracy") == 0;
}

static void put_row(clmlp_cli_page *page, const clmlp_cli_epochs *epochs, size_t row,
                    const bool shown[CLMLP_CLI_EPOCH_COLUMNS])
{
    clmlp_cli_page_put(page, "<tr>");
    for (int c = 0; c < CLMLP_CLI_EPOCH_COLUMNS; c++) {
        if (shown[c]) clmlp_cli_page_cell_number(page, epochs->columns[c][row]);
    }
    clmlp_cli_page_put(page, "</tr>\n");
}

/* The curves as numbers: all of them, or some with the best and the last one. */
static void put_table(clmlp_cli_page *page, const clmlp_cli_epochs *epochs)
{
    bool shown[CLMLP_CLI_EPOCH_COLUMNS];
    const size_t n = epochs->count, stride = n > ROWS ? (n + ROWS - 1) / ROWS : 1;
    for (int c = 0; c < CLMLP_CLI_EPOCH_COLUMNS; c++) shown[c] = has(epochs, (clmlp_cli_epoch_column)c);
    if (is_column(epochs->monitor)) shown[CLMLP_CLI_MONITORED] = false; /* it is there already */
    clmlp_cli_page_put(page, "<details><summary>The numbers as a table%s</summary>\n<div class=\"wide\"><table "
                       "class=\"epochs\">", stride > 1 ? ", some of them" : "");
    if (stride > 1) clmlp_cli_page_put(page, "<caption>Every epoch of %zu; all are in --history.</caption>", stride);
    clmlp_cli_page_put(page, "<thead><tr>");
    for (int c = 0; c < CLMLP_CLI_EPOCH_COLUMNS; c++) {
        if (!shown[c]) continue;
        clmlp_cli_page_put(page, "<th class=\"n\">");
        const bool named = c == CLMLP_CLI_MONITORED && epochs->monitor[0] != '\0';
        clmlp_cli_page_say(page, "%s%s", named ? "validation " : "", named ? epochs->monitor : headings[c]);
        clmlp_cli_page_put(page, "</th>");
    }
    clmlp_cli_page_put(page, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < n; i++) {
        const bool best = epochs->columns[CLMLP_CLI_EPOCH][i] == (double)epochs->best_epoch;
        if (i % stride == 0 || best || i + 1 == n) put_row(page, epochs, i, shown);
    }
    clmlp_cli_page_put(page, "</tbody></table></div></details>\n");
}

/* What a curve cannot show is said. */
static void put_notes(clmlp_cli_page *page, const clmlp_cli_epochs *epochs)
{
    size_t lost = 0;
    for (size_t i = 0; i < epochs->count; i++) lost += isfinite(epochs->columns[CLMLP_CLI_COST][i]) ? 0 : 1;
    if (lost > 0) {
        clmlp_cli_page_put(page, "<p class=\"bad\">The cost of %zu epoch%s is not finite: the curve has gaps there."
                           "</p>\n", lost, lost == 1 ? "" : "s");
    }
    if (epochs->columns[CLMLP_CLI_EPOCH][0] > 1.0) {
        char range[64];
        (void)snprintf(range, sizeof range, "Epochs 1 to %.0f were", epochs->columns[CLMLP_CLI_EPOCH][0] - 1.0);
        const double before = epochs->columns[CLMLP_CLI_EPOCH][0] - 1.0;
        clmlp_cli_page_put(page, "<p class=\"soft\">%s trained before, and no history has %s: --history FILE keeps "
                           "epochs for pages to come.</p>\n", before > 1.0 ? range : "Epoch 1 was",
                           before > 1.0 ? "them" : "it");
    }
    if (epochs->drops || epochs->smooths) {
        const char *const names = !epochs->smooths ? "dropout" : epochs->drops ? "dropout and smoothed labels"
                                                                               : "smoothed labels";
        clmlp_cli_page_put(page, "<p class=\"soft\">Costs of the training data are met with %s, those of other data "
                           "without: that alone may put training above validation.</p>\n", names);
    }
    if (epochs->begun > 1) {
        clmlp_cli_page_put(page, "<p class=\"soft\">The curves are those of the first member of the ensemble.</p>\n");
    }
    if (epochs->count > 600) {
        clmlp_cli_page_put(page, "<p class=\"soft\">Of each piece of the %zu epochs the curves keep the least and the "
                           "largest value.</p>\n", epochs->count);
    }
    clmlp_cli_page_put(page, "<p class=\"soft\">Training cost and accuracy are as met during the epoch: each batch "
                       "before its update. The others are after it.</p>\n");
}

void clmlp_cli_page_curves(clmlp_cli_page *page, const clmlp_cli_epochs *epochs)
{
    clmlp_cli_series list[3];
    size_t count = 0;
    if (epochs->count == 0) return;
    clmlp_cli_page_section(page, "epochs", "Epoch by epoch");
    clmlp_cli_page_put(page, "<div class=\"grid\">\n");
    add(list, &count, epochs, CLMLP_CLI_COST, "training", 1);
    add(list, &count, epochs, CLMLP_CLI_VALIDATION_COST, "validation", 2);
    add(list, &count, epochs, CLMLP_CLI_TEST_COST, "test", 3);
    draw(page, epochs, "Cost J", list, count);
    count = 0;
    add(list, &count, epochs, CLMLP_CLI_ACCURACY, "training", 1);
    add(list, &count, epochs, CLMLP_CLI_VALIDATION_ACCURACY, "validation", 2);
    add(list, &count, epochs, CLMLP_CLI_TEST_ACCURACY, "test", 3);
    draw(page, epochs, "Accuracy", list, count);
    count = 0;
    if (!is_column(epochs->monitor)) add(list, &count, epochs, CLMLP_CLI_MONITORED, "validation", 2);
    char title[160];
    (void)snprintf(title, sizeof title, "%s of the validation data", epochs->monitor);
    draw(page, epochs, title, list, count);
    count = 0;
    add(list, &count, epochs, CLMLP_CLI_RATE, "rate", 1);
    draw(page, epochs, "Rate", list, count);
    clmlp_cli_page_put(page, "</div>\n");
    put_notes(page, epochs);
    put_table(page, epochs);
    clmlp_cli_page_put(page, "</section>\n");
}
