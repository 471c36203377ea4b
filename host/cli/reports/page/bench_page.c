/* bench_page.c - pages of measurements: which device wins where, time by kernel, share of the peak. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <clmlp/clmlp.h>

#include "reports/page/chart.h"
#include "reports/page/json_pages.h"

enum { RUNNERS = 8, SIZES = 64, LABEL = 160, BARS = 24, POINTS = 4096 };

/* --- crossover --------------------------------------------------------------------------------------------------- */

typedef struct sweep {
    const cJSON *points;
    char labels[RUNNERS][LABEL];
    size_t runners, widths, batches;
    double width[SIZES], batch[SIZES];
} sweep;

static void label_of(const cJSON *point, char text[LABEL])
{
    (void)snprintf(text, LABEL, "%.40s %.40s", clmlp_cli_page_member_text(point, "device"),
                   clmlp_cli_page_member_text(point, "engine"));
}

static void add_size(double *list, size_t *count, double value)
{
    if (isnan(value)) return;
    for (size_t i = 0; i < *count; i++) {
        if (list[i] == value) return;
    }
    if (*count < SIZES) list[(*count)++] = value;
}

static size_t runner_of(const sweep *s, const cJSON *point)
{
    char label[LABEL];
    label_of(point, label);
    size_t i = 0;
    while (i < s->runners && strcmp(s->labels[i], label) != 0) i++;
    return i;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void gather(sweep *s)
{
    for (const cJSON *point = s->points->child; point != NULL; point = point->next) {
        add_size(s->width, &s->widths, clmlp_cli_page_member(point, "width"));
        add_size(s->batch, &s->batches, clmlp_cli_page_member(point, "batch"));
        if (runner_of(s, point) == s->runners && s->runners < RUNNERS) label_of(point, s->labels[s->runners++]);
    }
    qsort(s->width, s->widths, sizeof s->width[0], ascending);
    qsort(s->batch, s->batches, sizeof s->batch[0], ascending);
}

static const cJSON *point_at(const sweep *s, double width, double batch, size_t runner)
{
    for (const cJSON *point = s->points->child; point != NULL; point = point->next) {
        if (clmlp_cli_page_member(point, "width") == width && clmlp_cli_page_member(point, "batch") == batch &&
            runner_of(s, point) == runner) {
            return point;
        }
    }
    return NULL;
}

static size_t fastest_at(const sweep *s, double width, double batch, double *milliseconds)
{
    size_t best = RUNNERS;
    *milliseconds = HUGE_VAL;
    for (size_t i = 0; i < s->runners; i++) {
        const double value = clmlp_cli_page_member(point_at(s, width, batch, i), "milliseconds");
        if (!(value < *milliseconds)) continue;
        *milliseconds = value;
        best = i;
    }
    return best;
}

static void put_winners(clmlp_cli_page *page, const sweep *s)
{
    char text[CLMLP_CLI_NUMBER_LENGTH];
    clmlp_cli_page_section(page, "fastest", "Who is the fastest where");
    clmlp_cli_page_put(page, "<p class=\"soft\">Device, engine and milliseconds of a step.</p>\n<div "
                       "class=\"wide\"><table class=\"heat winners\"><thead><tr><th>width</th>");
    for (size_t b = 0; b < s->batches; b++) {
        clmlp_cli_page_put(page, "<th>batch %s</th>", clmlp_cli_page_number(s->batch[b], text));
    }
    clmlp_cli_page_put(page, "</tr></thead><tbody>\n");
    for (size_t w = 0; w < s->widths; w++) {
        clmlp_cli_page_put(page, "<tr><th class=\"n\">%s</th>", clmlp_cli_page_number(s->width[w], text));
        for (size_t b = 0; b < s->batches; b++) {
            double milliseconds = 0.0;
            const size_t best = fastest_at(s, s->width[w], s->batch[b], &milliseconds);
            clmlp_cli_page_put(page, "<td class=\"h%zu\">", best < RUNNERS ? best % 5 + 1 : 0);
            if (best < RUNNERS) clmlp_cli_page_text(page, s->labels[best]);
            clmlp_cli_page_put(page, "<br/>%s ms</td>", clmlp_cli_page_number(milliseconds, text));
        }
        clmlp_cli_page_put(page, "</tr>\n");
    }
    clmlp_cli_page_put(page, "</tbody></table></div>\n</section>\n");
}

static void draw_width(clmlp_cli_page *page, const sweep *s, size_t w)
{
    double y[RUNNERS][SIZES];
    clmlp_cli_series series[RUNNERS];
    char title[80], text[CLMLP_CLI_NUMBER_LENGTH];
    for (size_t i = 0; i < s->runners; i++) {
        for (size_t b = 0; b < s->batches; b++) {
            y[i][b] = clmlp_cli_page_member(point_at(s, s->width[w], s->batch[b], i), "milliseconds");
        }
        series[i] = (clmlp_cli_series){.name = s->labels[i], .x = s->batch, .y = y[i], .count = s->batches,
                                       .colour = (int)i + 1, .marks = true};
    }
    (void)snprintf(title, sizeof title, "Width %s: milliseconds of a step", clmlp_cli_page_number(s->width[w], text));
    const clmlp_cli_chart chart = {.title = title, .x_name = "batch", .y_name = "ms", .series = series,
                                   .count = s->runners, .log_x = true, .log_y = true, .mark = (double)NAN,
                                   .description = "Time of a training step against the size of the batch, for each "
                                                  "device and engine. The lowest line wins."};
    clmlp_cli_chart_draw(page, &chart);
}

static void put_crossover(clmlp_cli_page *page, const cJSON *points)
{
    sweep s = {.points = points};
    gather(&s);
    put_winners(page, &s);
    clmlp_cli_page_section(page, "batches", "Time against the size of the batch");
    clmlp_cli_page_put(page, "<div class=\"grid\">\n");
    for (size_t w = 0; w < s.widths && s.batches > 0; w++) draw_width(page, &s, w);
    clmlp_cli_page_put(page, "</div>\n</section>\n");
}

/* --- steps, products, equations ---------------------------------------------------------------------------------- */

static void tile(clmlp_cli_page *page, double value, const char *what)
{
    char text[CLMLP_CLI_NUMBER_LENGTH];
    if (!isnan(value)) clmlp_cli_page_tile(page, clmlp_cli_page_number(value, text), what);
}

static void put_tiles(clmlp_cli_page *page, const cJSON *object)
{
    clmlp_cli_page_put(page, "<div class=\"tiles\">\n");
    tile(page, clmlp_cli_page_member(cJSON_GetObjectItemCaseSensitive(object, "milliseconds"), "median"),
         "milliseconds, median");
    tile(page, clmlp_cli_page_member(object, "step_milliseconds"), "milliseconds of a step");
    tile(page, clmlp_cli_page_member(object, "samples_per_second"), "samples a second");
    tile(page, clmlp_cli_page_member(object, "gflops"), "GFLOP/s");
    tile(page, clmlp_cli_page_member(object, "percent_of_peak"), "% of the peak");
    tile(page, clmlp_cli_page_member(object, "peak_gflops"), "GFLOP/s, the peak");
    tile(page, clmlp_cli_page_member(object, "peak_gbytes_per_second"), "GB/s of copying");
    clmlp_cli_page_put(page, "</div>\n");
    if (clmlp_cli_page_member(object, "percent_of_peak") > 100.0) {
        clmlp_cli_page_put(page, "<p class=\"soft\">Above 100 %%: the peak was measured in the same run, but other "
                           "programs slowed the machine down meanwhile. Measure again while it is quiet.</p>\n");
    }
}

/* Rows of kernels or equations as bars and a table. `value`: what the bars are. */
static void put_rows(clmlp_cli_page *page, const cJSON *rows, const char *heading, const char *value,
                     const char *meaning, double peak)
{
    clmlp_cli_bar bars[BARS];
    char names[BARS][LABEL];
    size_t count = 0;
    if (!cJSON_IsArray(rows) || rows->child == NULL) return;
    const bool bytes = cJSON_HasObjectItem(rows->child, "gbytes_per_second");
    clmlp_cli_page_section(page, strstr(heading, "kernel") != NULL ? "kernels" : "equations", heading);
    for (const cJSON *row = rows->child; row != NULL && count < BARS; row = row->next) {
        const double layer = clmlp_cli_page_member(row, "layer");
        char of[32] = "";
        if (!isnan(layer)) (void)snprintf(of, sizeof of, ", layer %.0f", layer);
        (void)snprintf(names[count], LABEL, "%.100s%s", clmlp_cli_page_member_text(row, "name"), of);
        bars[count] = (clmlp_cli_bar){.name = names[count], .value = clmlp_cli_page_member(row, value)};
        if (isnan(bars[count].value)) bars[count].value = 0.0; /* no part of a step */
        count++;
    }
    if (strstr(heading, "kernel") != NULL) {
        clmlp_cli_page_put(page, "<p class=\"soft\">Kernels are timed in a pass of their own, one by one. That is "
                           "slower than a step: it says where the time goes, not what a step takes.</p>\n");
    }
    clmlp_cli_page_put(page, "<div class=\"grid\">\n");
    clmlp_cli_bars_draw(page, meaning, "One bar each.", bars, count, 0.0);
    clmlp_cli_page_put(page, "<div class=\"wide\"><table class=\"rows\"><thead><tr><th>name</th><th "
                       "class=\"n\">GFLOP/s</th><th class=\"n\">%% of the peak</th>%s</tr></thead><tbody>\n",
                       bytes ? "<th class=\"n\">GB/s</th>" : "");
    const cJSON *row = rows->child;
    for (size_t i = 0; i < count; i++, row = row->next) {
        const double gflops = clmlp_cli_page_member(row, "gflops");
        clmlp_cli_page_put(page, "<tr>");
        clmlp_cli_page_cell_text(page, names[i]);
        if (gflops > 0.0) clmlp_cli_page_cell_number(page, gflops);
        else clmlp_cli_page_put(page, "<td class=\"n\">\xE2\x80\x93</td>"); /* it has no products */
        if (gflops > 0.0) clmlp_cli_page_cell_number(page, 100.0 * gflops / peak);
        else clmlp_cli_page_put(page, "<td class=\"n\">\xE2\x80\x93</td>");
        if (bytes) clmlp_cli_page_cell_number(page, clmlp_cli_page_member(row, "gbytes_per_second"));
        clmlp_cli_page_put(page, "</tr>\n");
    }
    clmlp_cli_page_put(page, "</tbody></table></div>\n</div>\n</section>\n");
}

bool clmlp_cli_page_of_bench(clmlp_cli_page *page, const cJSON *object, const char *name)
{
    char title[512];
    const cJSON *const points = cJSON_GetObjectItemCaseSensitive(object, "points");
    const cJSON *const kernels = cJSON_GetObjectItemCaseSensitive(object, "kernels");
    const cJSON *const ops = cJSON_GetObjectItemCaseSensitive(object, "ops");
    const bool crossover = cJSON_IsArray(points) && cJSON_HasObjectItem(object, "crossovers");
    const double peak = clmlp_cli_page_member(object, "peak_gflops");
    if (!crossover && !cJSON_HasObjectItem(object, "peak_gflops")) return false;
    if (crossover && cJSON_GetArraySize(points) > POINTS) return false; /* no sweep has so many */
    (void)snprintf(title, sizeof title, "Measurement: %.400s", name);
    clmlp_cli_page_begin(page, title);
    put_tiles(page, object);
    if (crossover) put_crossover(page, points);
    put_rows(page, kernels, "Time by kernel", "milliseconds_per_step", "Milliseconds of a step", peak);
    put_rows(page, ops, "Time by equation", "percent_of_step", "Per cent of a step", peak);
    clmlp_cli_page_section(page, "measured", "What was measured");
    clmlp_cli_page_facts(page, object);
    clmlp_cli_page_put(page, "</section>\n");
    clmlp_cli_page_end(page);
    return true;
}
