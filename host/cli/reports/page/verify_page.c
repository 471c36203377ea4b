/* verify_page.c - the page of a verification: errors as fractions of their bounds, by tensor and by step. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <clmlp/clmlp.h>

#include "reports/page/chart.h"
#include "reports/page/json_pages.h"

enum { TENSORS = 200, LINES = 4, NAME = 96 };

/* All findings of one tensor in one layer, by what computed it: what was moved, single steps, or fused ones. */
typedef struct tensor {
    char name[NAME], kernel[NAME];
    double worst, step, elements, failed, ulp; /* worst: of the bound; step: where that was */
    size_t count, room;
    double *x, *y; /* [count] step and fraction */
} tensor;

/* Fractions that are no number, in a finding that failed, are as bad as can be. */
static double fraction_of(const cJSON *finding)
{
    const double value = clmlp_cli_page_member(finding, "max_of_bound");
    return isnan(value) ? HUGE_VAL : value;
}

static tensor *find(tensor *list, size_t *count, const char *name)
{
    for (size_t i = 0; i < *count; i++) {
        if (strcmp(list[i].name, name) == 0) return &list[i];
    }
    if (*count == TENSORS) return NULL;
    tensor *const made = &list[(*count)++];
    (void)snprintf(made->name, sizeof made->name, "%s", name);
    return made;
}

/* Fused steps are checked after the others, from where they began: they have a curve of their own. So have numbers that
 * were only moved. */
static void name_of(const cJSON *finding, char text[NAME])
{
    const char *const equation = clmlp_cli_page_member_text(finding, "equation");
    const bool moved = strcmp(equation, "transfer") == 0, fused = strcmp(equation, "steps") == 0;
    (void)snprintf(text, NAME, "%.60s(%.0f)%s", clmlp_cli_page_member_text(finding, "tensor"),
                   clmlp_cli_page_member(finding, "layer"), moved ? ", moved" : fused ? ", fused" : "");
}

/* How many findings each tensor has. Returns the number of tensors; `left` receives that of findings without a
 * place. */
static size_t count_tensors(tensor *list, const cJSON *findings, size_t *left)
{
    size_t count = 0;
    for (const cJSON *finding = findings->child; finding != NULL; finding = finding->next) {
        char name[NAME];
        name_of(finding, name);
        tensor *const t = find(list, &count, name);
        if (t != NULL) t->room++;
        else ++*left;
    }
    return count;
}

/* Returns the number of tensors; see count_tensors. */
static size_t gather(tensor *list, const cJSON *findings, size_t *left, bool *lost)
{
    size_t count = count_tensors(list, findings, left);
    for (const cJSON *finding = findings->child; finding != NULL; finding = finding->next) {
        char name[NAME];
        name_of(finding, name);
        tensor *const t = find(list, &count, name);
        if (t == NULL) continue;
        if (t->x == NULL) t->x = malloc(t->room * sizeof *t->x);
        if (t->y == NULL) t->y = malloc(t->room * sizeof *t->y);
        if (t->x == NULL || t->y == NULL) {
            *lost = true;
            return count;
        }
        const double value = fraction_of(finding), ulp = clmlp_cli_page_member(finding, "max_ulp");
        t->x[t->count] = clmlp_cli_page_member(finding, "step");
        t->y[t->count] = value;
        if (t->count == 0 || value > t->worst) {
            t->worst = value;
            t->step = t->x[t->count];
        }
        (void)snprintf(t->kernel, sizeof t->kernel, "%s", clmlp_cli_page_member_text(finding, "kernel"));
        t->elements += clmlp_cli_page_member(finding, "elements");
        t->failed += clmlp_cli_page_member(finding, "failed");
        t->ulp = fmax(t->ulp, ulp);
        t->count++;
    }
    return count;
}

static int by_worst(const void *a, const void *b)
{
    const tensor *const x = a, *const y = b;
    if (x->worst != y->worst) return x->worst < y->worst ? 1 : -1;
    return strcmp(x->name, y->name);
}

static void draw(clmlp_cli_page *page, const tensor *list, size_t count)
{
    clmlp_cli_bar bars[24];
    clmlp_cli_series series[LINES];
    const size_t shown = count < 24 ? count : 24, lines = count < LINES ? count : LINES;
    for (size_t i = 0; i < shown; i++) {
        bars[i] = (clmlp_cli_bar){.name = list[i].name, .value = list[i].worst, .over = !(list[i].worst <= 1.0)};
    }
    clmlp_cli_page_put(page, "<div class=\"grid\">\n");
    clmlp_cli_bars_draw(page, "Largest error as a fraction of its bound",
                        "One bar a tensor; the dotted line is the bound. Above 1 the device is wrong.", bars, shown,
                        1.0);
    for (size_t i = 0; i < lines; i++) {
        series[i] = (clmlp_cli_series){.name = list[i].name, .x = list[i].x, .y = list[i].y, .count = list[i].count,
                                       .colour = (int)i + 1, .marks = list[i].count < 40};
    }
    bool steps = false;
    for (size_t i = 0; i < lines; i++) steps = steps || list[i].count > 1;
    const clmlp_cli_chart chart = {.title = "Step by step, the largest of them", .x_name = "step",
                                   .y_name = "fraction of the bound", .series = series, .count = lines,
                                   .whole_x = true, .log_y = true, .mark = (double)NAN,
                                   .description = "The largest error of each step as a fraction of its bound."};
    if (steps) clmlp_cli_chart_draw(page, &chart);
    clmlp_cli_page_put(page, "</div>\n");
}

static void put_table(clmlp_cli_page *page, const tensor *list, size_t count)
{
    clmlp_cli_page_put(page, "<div class=\"wide\"><table class=\"tensors\"><thead><tr><th>tensor</th><th>kernel</th>"
                       "<th class=\"n\">numbers checked</th><th class=\"n\">wrong</th><th class=\"n\">of the bound</th>"
                       "<th class=\"n\">in step</th><th class=\"n\">ulp</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < count; i++) {
        clmlp_cli_page_put(page, "<tr>");
        clmlp_cli_page_cell_text(page, list[i].name);
        clmlp_cli_page_cell_text(page, list[i].kernel);
        clmlp_cli_page_cell_number(page, list[i].elements);
        clmlp_cli_page_cell_number(page, list[i].failed);
        clmlp_cli_page_cell_number(page, list[i].worst);
        clmlp_cli_page_cell_number(page, list[i].step);
        clmlp_cli_page_cell_number(page, list[i].ulp);
        clmlp_cli_page_put(page, "</tr>\n");
    }
    clmlp_cli_page_put(page, "</tbody></table></div>\n");
}

/* The one count among the tensors. */
static void put_meaning(clmlp_cli_page *page, const tensor *list, size_t count)
{
    size_t i = 0;
    while (i < count && strncmp(list[i].name, "right(", 6) != 0) i++;
    if (i == count) return;
    clmlp_cli_page_put(page, "<p class=\"soft\">right: how many predictions are right. Those that rounding may decide "
                       "either way count one half each, and that is the bound: a count at its bound is fine.</p>\n");
}

static void put_tensors(clmlp_cli_page *page, const cJSON *findings)
{
    tensor *const list = calloc(TENSORS, sizeof *list);
    size_t left = 0;
    if (list == NULL) {
        page->lost = true;
        return;
    }
    const size_t count = gather(list, findings, &left, &page->lost);
    qsort(list, count, sizeof list[0], by_worst);
    clmlp_cli_page_section(page, "errors", "Errors and their bounds");
    if (count > 0) {
        draw(page, list, count);
        put_meaning(page, list, count);
        put_table(page, list, count);
    } else {
        clmlp_cli_page_put(page, "<p>No tensor was compared.</p>\n");
    }
    if (left > 0) clmlp_cli_page_put(page, "<p class=\"bad\">%zu findings have no place here.</p>\n", left);
    clmlp_cli_page_put(page, "</section>\n");
    for (size_t i = 0; i < count; i++) {
        free(list[i].x);
        free(list[i].y);
    }
    free(list);
}

bool clmlp_cli_page_of_verify(clmlp_cli_page *page, const cJSON *object, const char *name)
{
    char title[512], text[CLMLP_CLI_NUMBER_LENGTH];
    const char *const verdict = clmlp_cli_page_member_text(object, "verdict");
    const cJSON *const findings = cJSON_GetObjectItemCaseSensitive(object, "tensors");
    if (verdict[0] == '\0' || !cJSON_HasObjectItem(object, "mode")) return false;
    const bool passed = strcmp(verdict, "pass") == 0;
    (void)snprintf(title, sizeof title, "Verification: %.400s", name);
    clmlp_cli_page_begin(page, title);
    clmlp_cli_page_put(page, "<p><span class=\"%s\">", passed ? "good" : "bad");
    clmlp_cli_page_text(page, passed ? "Passed." : strcmp(verdict, "fail") == 0 ? "Failed." : verdict);
    clmlp_cli_page_put(page, "</span> ");
    clmlp_cli_page_text(page, clmlp_cli_page_member_text(object, "words"));
    clmlp_cli_page_put(page, "</p>\n<div class=\"tiles\">\n");
    clmlp_cli_page_tile(page, clmlp_cli_page_number(clmlp_cli_page_member(object, "steps"), text), "steps");
    if (cJSON_HasObjectItem(object, "max_of_bound")) {
        clmlp_cli_page_tile(page, clmlp_cli_page_number(clmlp_cli_page_member(object, "max_of_bound"), text),
                            "largest error, as a fraction of its bound");
    }
    clmlp_cli_page_put(page, "</div>\n");
    if (cJSON_IsArray(findings)) put_tensors(page, findings);
    const cJSON *const failure = cJSON_GetObjectItemCaseSensitive(object, "first_failure");
    if (cJSON_IsObject(failure)) {
        clmlp_cli_page_section(page, "failure", "The first failure");
        clmlp_cli_page_facts(page, failure);
        clmlp_cli_page_put(page, "</section>\n");
    }
    clmlp_cli_page_section(page, "verified", "How it was verified");
    clmlp_cli_page_facts(page, object);
    clmlp_cli_page_put(page, "</section>\n");
    clmlp_cli_page_end(page);
    return true;
}
