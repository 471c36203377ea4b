/* times.c - which kernels, or which equations, an epoch of a training spent its time in, and what it cost to know. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "reports/page/chart.h"
#include "reports/page/training.h"

enum { BARS = 16 };

/* Seconds of the epoch in a row; NaN: not known. */
static double seconds_of(const clmlp_cli_epochs *epochs, size_t row)
{
    const double *const seconds = epochs->columns[CLMLP_CLI_SECONDS];
    const bool first = epochs->columns[CLMLP_CLI_EPOCH][row] == 1.0;
    const double taken = row > 0 ? seconds[row] - seconds[row - 1] : first ? seconds[row] : (double)NAN;
    return taken > 0.0 ? taken : (double)NAN;
}

/* What the timed epoch took, and the mean of those behind it, which have no kernels to build either; NaN: not known. */
static void compare(const clmlp_cli_epochs *epochs, size_t timed, double *took, double *others)
{
    double sum = 0.0;
    size_t count = 0;
    *took = *others = (double)NAN;
    for (size_t i = 0; i < epochs->count; i++) {
        const double epoch = epochs->columns[CLMLP_CLI_EPOCH][i], seconds = seconds_of(epochs, i);
        if (epoch == (double)timed) *took = seconds;
        if (!(epoch > (double)timed) || isnan(seconds)) continue;
        sum += seconds;
        count++;
    }
    if (count > 0) *others = sum / (double)count;
}

static void put_price(clmlp_cli_page *page, const clmlp_cli_training_page *training, bool host, double total)
{
    char text[CLMLP_CLI_NUMBER_LENGTH];
    double took = 0.0, others = 0.0;
    const size_t timed = training->report->config->timed_epoch;
    compare(training->epochs, timed, &took, &others);
    clmlp_cli_page_put(page, "<p class=\"soft\">%s were timed in epoch %zu alone%s, its scores included: %s ms in all",
                       host ? "Equations" : "Kernels", timed, host ? "" : ", by the device's own clock",
                       clmlp_cli_page_number(total, text));
    clmlp_cli_page_put(page, ".");
    if (!isnan(took)) {
        clmlp_cli_page_put(page, " The epoch took %s ms", clmlp_cli_page_number(1e3 * took, text));
        if (isnan(others)) clmlp_cli_page_put(page, ".");
        else clmlp_cli_page_put(page, "; those after it, which were not timed, %s ms each.",
                                clmlp_cli_page_number(1e3 * others, text));
    }
    clmlp_cli_page_put(page, "%s Without --report nothing is timed, and no bit of the model depends on it.</p>\n",
                       host ? "" : " Steps that would share a launch then have launches of their own.");
}

static void put_row(clmlp_cli_page *page, const clmlp_kernel_time *time, double total)
{
    clmlp_cli_page_put(page, "<tr>");
    clmlp_cli_page_cell_text(page, time->name);
    clmlp_cli_page_cell_number(page, (double)time->calls);
    clmlp_cli_page_cell_number(page, time->milliseconds);
    clmlp_cli_page_put(page, "<td class=\"n\">%.1f %%</td>", total > 0.0 ? 100.0 * time->milliseconds / total : 0.0);
    if (!(time->flops > 0.0)) clmlp_cli_page_put(page, "<td class=\"n\">\xE2\x80\x93</td>");
    else clmlp_cli_page_cell_number(page, 1e-6 * time->flops / time->milliseconds);
    clmlp_cli_page_put(page, "</tr>\n");
}

void clmlp_cli_page_times(clmlp_cli_page *page, const clmlp_cli_training_page *training)
{
    const size_t count = training->time_count, shown = count < BARS ? count : BARS;
    const bool host = strcmp(clmlp_device_get_info(training->report->device)->type, "host") == 0;
    clmlp_cli_bar bars[BARS];
    double total = 0.0;
    if (count == 0 && training->times_why == NULL) return;
    clmlp_cli_page_section(page, "times", host ? "Time by equation" : "Time by kernel");
    if (count == 0) {
        clmlp_cli_page_put(page, "<p class=\"soft\">It is not known: ");
        clmlp_cli_page_text(page, training->times_why);
        clmlp_cli_page_put(page, ".</p>\n</section>\n");
        return;
    }
    for (size_t i = 0; i < count; i++) total += training->times[i].milliseconds;
    for (size_t i = 0; i < shown; i++) {
        bars[i] = (clmlp_cli_bar){.name = training->times[i].name, .value = training->times[i].milliseconds};
    }
    put_price(page, training, host, total);
    clmlp_cli_page_put(page, "<div class=\"grid duo\">\n");
    clmlp_cli_bars_draw(page, "Milliseconds of the epoch", "One bar each, the longest first.", bars, shown, 0.0);
    clmlp_cli_page_put(page, "<div class=\"wide\"><table class=\"times\"><thead><tr><th>%s</th><th class=\"n\">calls"
                       "</th><th class=\"n\">ms</th><th class=\"n\">share</th><th class=\"n\">GFLOP/s</th></tr></thead>"
                       "<tbody>\n", host ? "equation" : "kernel");
    for (size_t i = 0; i < count; i++) put_row(page, &training->times[i], total);
    clmlp_cli_page_put(page, "</tbody></table></div>\n</div>\n</section>\n");
}
