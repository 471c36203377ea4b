/* search_page.c - the page of a search: what each trial came to, and by which settings. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <clmlp/metrics.h>

#include "reports/page/axis.h"
#include "reports/page/chart.h"
#include "reports/page/json_pages.h"

enum { TRIALS = 100000, ROWS = 200, OPTIONS = 12, CHOICES = 24 };

typedef struct found {
    const cJSON *trials, *best;
    const char *names[OPTIONS]; /* of the options that vary */
    size_t options, count;
    double *x, *y;              /* [count], room */
} found;

static const char *option_of(const cJSON *trial, const char *name)
{
    return clmlp_cli_page_member_text(cJSON_GetObjectItemCaseSensitive(trial, "options"), name);
}

/* The number that an option is; NaN: it is something else. */
static double number_of(const cJSON *trial, const char *name)
{
    const char *const text = option_of(trial, name);
    char *end = NULL;
    const double value = strtod(text, &end);
    return end != text && *end == '\0' ? value : (double)NAN;
}

static double value_of(const cJSON *trial)
{
    return clmlp_cli_page_member(trial, "value");
}

static const char *metric_of(const found *f)
{
    for (const cJSON *trial = f->trials->child; trial != NULL; trial = trial->next) {
        if (clmlp_cli_page_member_text(trial, "metric")[0] != '\0') return clmlp_cli_page_member_text(trial, "metric");
    }
    return "score";
}

static void list_options(found *f)
{
    const cJSON *const options = cJSON_GetObjectItemCaseSensitive(f->trials->child, "options");
    for (const cJSON *item = options != NULL ? options->child : NULL; item != NULL; item = item->next) {
        if (item->string != NULL && f->options < OPTIONS) f->names[f->options++] = item->string;
    }
}

/* name NULL: against the number of the trial. */
static void draw(clmlp_cli_page *page, found *f, const char *name)
{
    char title[160];
    size_t count = 0;
    double low = HUGE_VAL, high = -HUGE_VAL;
    bool whole = true;
    for (const cJSON *trial = f->trials->child; trial != NULL; trial = trial->next) {
        const double x = name != NULL ? number_of(trial, name) : clmlp_cli_page_member(trial, "trial");
        if (!isfinite(x) || !isfinite(value_of(trial))) continue;
        whole = whole && x == floor(x);
        f->x[count] = x;
        f->y[count++] = value_of(trial);
    }
    clmlp_cli_range_of_values(f->x, count, false, &low, &high);
    if (count < 2 || !(high > low)) return;
    (void)snprintf(title, sizeof title, "%.60s by %.60s", metric_of(f), name != NULL ? name : "trial");
    const clmlp_cli_series series = {.name = title, .x = f->x, .y = f->y, .count = count, .colour = 1, .dots = true};
    const clmlp_cli_chart chart = {.title = title, .x_name = name != NULL ? name : "trial", .y_name = "",
                                   .description = "One point a trial that came to an end.", .series = &series,
                                   .count = 1, .whole_x = whole, .log_x = low > 0.0 && high / low > 20.0,
                                   .mark = (double)NAN};
    clmlp_cli_chart_draw(page, &chart);
}

/* --- options that are chosen from a list -------------------------------------------------------------------------- */

typedef struct choice {
    const char *text;
    double best;
    size_t trials;
} choice;

static bool is_better(const char *metric, double value, double than)
{
    clmlp_metric known = CLMLP_METRIC_COUNT;
    bool more = false; /* a cost */
    if (clmlp_metric_parse(metric, &known)) (void)clmlp_metric_ranks(known, &more);
    return isnan(than) || (more ? value > than : value < than);
}

/* The values of an option with the best that came of each. Returns their number. */
static size_t gather_choices(const found *f, const char *name, choice list[CHOICES])
{
    size_t count = 0;
    for (const cJSON *trial = f->trials->child; trial != NULL; trial = trial->next) {
        const char *const text = option_of(trial, name);
        const double value = value_of(trial);
        size_t i = 0;
        if (!isfinite(value)) continue;
        while (i < count && strcmp(list[i].text, text) != 0) i++;
        if (i == CHOICES) continue;
        if (i == count) list[count++] = (choice){.text = text, .best = (double)NAN};
        if (is_better(metric_of(f), value, list[i].best)) list[i].best = value;
        list[i].trials++;
    }
    return count;
}

static bool has_words(const found *f, const char *name)
{
    for (const cJSON *trial = f->trials->child; trial != NULL; trial = trial->next) {
        if (isnan(number_of(trial, name))) return true;
    }
    return false;
}

/* A bar a value: the best of the trials that had it. */
static void draw_choices(clmlp_cli_page *page, const found *f, const char *name)
{
    choice list[CHOICES];
    clmlp_cli_bar bars[CHOICES];
    char names[CHOICES][CLMLP_CLI_SHORT_LENGTH], shown[CLMLP_CLI_SHORT_LENGTH], title[192];
    const size_t count = gather_choices(f, name, list);
    if (count < 2) return;
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(names[i], sizeof names[i], "%.120s, %zu trial%s",
                       clmlp_cli_page_shorten(list[i].text[0] != '\0' ? list[i].text : "none", 10, shown),
                       list[i].trials, list[i].trials == 1 ? "" : "s");
        bars[i] = (clmlp_cli_bar){.name = names[i], .value = list[i].best};
    }
    (void)snprintf(title, sizeof title, "%.60s by %.60s, the best of each", metric_of(f), name);
    clmlp_cli_bars_draw(page, title, "One bar a value of the option: the best of its trials.", bars, count, 0.0);
}

/* --- the page ----------------------------------------------------------------------------------------------------- */

static void put_trial(clmlp_cli_page *page, const found *f, const cJSON *trial, bool rounds)
{
    const double value = value_of(trial);
    clmlp_cli_page_put(page, "<tr>");
    clmlp_cli_page_cell_number(page, clmlp_cli_page_member(trial, "trial"));
    if (rounds) clmlp_cli_page_cell_number(page, clmlp_cli_page_member(trial, "round"));
    for (size_t i = 0; i < f->options; i++) clmlp_cli_page_cell_text(page, option_of(trial, f->names[i]));
    clmlp_cli_page_cell_number(page, clmlp_cli_page_member(trial, "epochs"));
    if (!isnan(value)) clmlp_cli_page_cell_number(page, value);
    else clmlp_cli_page_put(page, "<td class=\"bad\">%s</td>",
                            clmlp_cli_page_member(trial, "status") == 4.0 ? "diverged" : "failed");
    clmlp_cli_page_cell_number(page, clmlp_cli_page_member(trial, "cost"));
    clmlp_cli_page_cell_number(page, clmlp_cli_page_member(trial, "seconds"));
    clmlp_cli_page_put(page, "</tr>\n");
}

static void put_table(clmlp_cli_page *page, const found *f)
{
    bool rounds = false;
    size_t shown = 0;
    for (const cJSON *trial = f->trials->child; trial != NULL; trial = trial->next) {
        rounds = rounds || clmlp_cli_page_member(trial, "round") > 1.0;
    }
    clmlp_cli_page_put(page, "<div class=\"wide\"><table class=\"trials\"><thead><tr><th class=\"n\">trial</th>%s",
                       rounds ? "<th class=\"n\">round</th>" : "");
    for (size_t i = 0; i < f->options; i++) {
        clmlp_cli_page_put(page, "<th>");
        clmlp_cli_page_text(page, f->names[i]);
        clmlp_cli_page_put(page, "</th>");
    }
    clmlp_cli_page_put(page, "<th class=\"n\">epochs</th><th class=\"n\">");
    clmlp_cli_page_text(page, metric_of(f));
    clmlp_cli_page_put(page, "</th><th class=\"n\">cost J</th><th class=\"n\">seconds</th></tr></thead><tbody>\n");
    for (const cJSON *trial = f->trials->child; trial != NULL && shown < ROWS; trial = trial->next, shown++) {
        put_trial(page, f, trial, rounds);
    }
    clmlp_cli_page_put(page, "</tbody></table></div>\n");
    if (shown < f->count) {
        clmlp_cli_page_put(page, "<p class=\"soft\">The first %zu of %zu trials.</p>\n", shown, f->count);
    }
}

static void put_best(clmlp_cli_page *page, const found *f)
{
    char text[CLMLP_CLI_NUMBER_LENGTH], what[128];
    clmlp_cli_page_put(page, "<div class=\"tiles\">\n");
    if (f->best != NULL) {
        (void)snprintf(what, sizeof what, "%.100s of the best trial", metric_of(f));
        clmlp_cli_page_tile(page, clmlp_cli_page_number(value_of(f->best), text), what);
        clmlp_cli_page_tile(page, clmlp_cli_page_number(clmlp_cli_page_member(f->best, "trial"), text), "best trial");
    }
    clmlp_cli_page_tile(page, clmlp_cli_page_number((double)f->count, text), "trials");
    clmlp_cli_page_put(page, "</div>\n");
    if (f->best == NULL || f->options == 0) return;
    clmlp_cli_page_put(page, "<pre class=\"command\">");
    for (size_t i = 0; i < f->options; i++) {
        clmlp_cli_page_say(page, "%s--%s %s", i > 0 ? " " : "", f->names[i], option_of(f->best, f->names[i]));
    }
    clmlp_cli_page_put(page, "</pre>\n");
}

bool clmlp_cli_page_of_search(clmlp_cli_page *page, const cJSON *object, const char *name)
{
    char title[512];
    found f = {.trials = cJSON_GetObjectItemCaseSensitive(object, "trials")};
    const cJSON *const best = cJSON_GetObjectItemCaseSensitive(object, "best");
    if (!cJSON_IsArray(f.trials)) return false;
    if (!cJSON_HasObjectItem(object, "strategy") && !cJSON_HasObjectItem(object, "search")) return false;
    f.best = cJSON_IsObject(best) ? best : NULL;
    f.count = (size_t)cJSON_GetArraySize(f.trials);
    if (f.count > TRIALS) return false;
    f.x = calloc(f.count + 1, sizeof *f.x);
    f.y = calloc(f.count + 1, sizeof *f.y);
    if (f.x == NULL || f.y == NULL) page->lost = true;
    (void)snprintf(title, sizeof title, "Search: %.400s", name);
    clmlp_cli_page_begin(page, title);
    list_options(&f);
    put_best(page, &f);
    clmlp_cli_page_section(page, "trials", "Trials");
    if (f.options == 0) {
        clmlp_cli_page_put(page, "<p class=\"soft\">A log does not have the settings of its trials: what search prints "
                           "with --json does.</p>\n");
    }
    clmlp_cli_page_put(page, "<div class=\"grid\">\n");
    if (!page->lost) draw(page, &f, NULL);
    for (size_t i = 0; i < f.options && !page->lost; i++) {
        if (has_words(&f, f.names[i])) draw_choices(page, &f, f.names[i]);
        else draw(page, &f, f.names[i]);
    }
    clmlp_cli_page_put(page, "</div>\n");
    put_table(page, &f);
    clmlp_cli_page_put(page, "</section>\n");
    clmlp_cli_page_section(page, "asked", "What was asked");
    clmlp_cli_page_facts(page, object);
    const cJSON *const given = cJSON_GetObjectItemCaseSensitive(object, "given");
    if (cJSON_IsObject(given) && given->child != NULL) {
        clmlp_cli_page_put(page, "<h3>Options of all trials</h3>\n");
        clmlp_cli_page_facts(page, given);
    }
    clmlp_cli_page_put(page, "</section>\n");
    clmlp_cli_page_end(page);
    free(f.x);
    free(f.y);
    return true;
}
