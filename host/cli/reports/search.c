/* search.c - what a search found: a table of its trials, or JSON. */
#include "reports/search.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_memory.h"
#include "message.h"
#include "reports/report.h"
#include "reports/table.h"

/* Those that were done, the last round first, the better first. */
static int compare(const void *left, const void *right)
{
    const clmlp_cli_trial *const a = left, *const b = right;
    if (a->done != b->done) return a->done ? -1 : 1;
    if (a->round != b->round) return a->round > b->round ? -1 : 1;
    return clmlp_cli_trial_better(a, b) ? -1 : clmlp_cli_trial_better(b, a) ? 1 : 0;
}

static const clmlp_cli_trial *find_best(const clmlp_cli_search_report *report)
{
    for (size_t i = 0; i < report->count && report->best > 0; i++) {
        if (report->trials[i].done && report->trials[i].number == report->best) return &report->trials[i];
    }
    return NULL;
}

static void add_settings(clmlp_cli_table *table, const clmlp_cli_search_report *report, const clmlp_cli_trial *trial)
{
    char value[CLMLP_CLI_VALUE_LENGTH];
    for (size_t d = 0; d < report->plan->space.count; d++) {
        if (report->plan->space.dimensions[d].spread == CLMLP_CLI_FIXED) continue;
        clmlp_cli_draw(&report->plan->space, d, report->plan->seed, trial->draw, value);
        clmlp_cli_table_add(table, "%s", value[0] != '\0' ? value : "''");
    }
}

static void print_table(const clmlp_cli_search_report *report, const char *metric)
{
    const bool rounds = report->trials[0].round > 1;
    clmlp_cli_table table = {.columns = report->plan->space.varied + (rounds ? 6 : 5), .align = "r"};
    clmlp_cli_table_add(&table, "trial");
    if (rounds) clmlp_cli_table_add(&table, "round");
    for (size_t d = 0; d < report->plan->space.count; d++) {
        const clmlp_cli_dimension *const dimension = &report->plan->space.dimensions[d];
        if (dimension->spread != CLMLP_CLI_FIXED) clmlp_cli_table_add(&table, "%s", dimension->name);
    }
    clmlp_cli_table_add(&table, "epochs");
    clmlp_cli_table_add(&table, "%s", metric);
    clmlp_cli_table_add(&table, "cost J");
    clmlp_cli_table_add(&table, "seconds");
    for (size_t i = 0; i < report->count && report->trials[i].done; i++) {
        const clmlp_cli_trial *const trial = &report->trials[i];
        clmlp_cli_table_add(&table, "%zu", trial->number);
        if (rounds) clmlp_cli_table_add(&table, "%zu", trial->round);
        add_settings(&table, report, trial);
        clmlp_cli_table_add(&table, "%zu", trial->trained);
        if (!isnan(trial->value)) clmlp_cli_table_add(&table, "%.5g", trial->value);
        else clmlp_cli_table_add(&table, "%s", trial->status == CLMLP_CLI_DIVERGED ? "diverged" : "failed");
        if (isnan(trial->cost)) clmlp_cli_table_add(&table, "-");
        else clmlp_cli_table_add(&table, "%.4g", trial->cost);
        if (isnan(trial->seconds)) clmlp_cli_table_add(&table, "-");
        else clmlp_cli_table_add(&table, "%.2f", trial->seconds);
    }
    clmlp_cli_table_print(&table, 2, stdout);
}

/* A word as a shell takes it. */
static void print_word(const char *word)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./+,:@%=-";
    if (word[0] != '\0' && word[strspn(word, plain)] == '\0') {
        clmlp_cli_out(" %s", word);
        return;
    }
    clmlp_cli_out(" '");
    for (; *word != '\0'; word++) {
        if (*word == '\'') clmlp_cli_out("'\\''");
        else clmlp_cli_print(stdout, "%.*s", (int)strcspn(word, "'"), word);
        if (*word != '\'') word += strcspn(word, "'") - 1;
    }
    clmlp_cli_out("'");
}

/* The commands that use what was found, as one would type them. */
static void print_next(const clmlp_cli_search_report *report, const clmlp_cli_trial *best)
{
    static const char path[] = "final.safetensors";
    clmlp_cli_words words;
    bool labels = false;
    if (!clmlp_cli_final_words(&words, report->plan, best, path)) {
        clmlp_cli_lose("the command that trains the best settings");
        clmlp_cli_words_free(&words);
        return;
    }
    clmlp_cli_out("\nnext:  clmlp");
    for (size_t i = 0; i < words.count; i++) {
        labels = labels || strncmp(words.list[i], "--labels=", strlen("--labels=")) == 0;
        print_word(words.list[i]);
    }
    clmlp_cli_out("\n       clmlp evaluate %s NEW_DATA%s\n", path, labels ? " --labels NEW_LABELS" : "");
    clmlp_cli_out("       clmlp predict %s NEW_DATA\n", path);
    clmlp_cli_words_free(&words);
}

int clmlp_cli_report_search(clmlp_cli_search_report *report, int status)
{
    if (report->count > 0) qsort(report->trials, report->count, sizeof *report->trials, compare);
    const clmlp_cli_trial *const best = find_best(report);
    if (report->count > 0 && report->trials[0].done) {
        const char *const asked = report->plan->metric;
        print_table(report, best != NULL ? best->metric : asked != NULL ? asked : "score");
    }
    if (best != NULL) {
        char text[1024];
        clmlp_cli_trial_text(report->plan, best, text, sizeof text);
        clmlp_cli_print(stdout, "\nbest: trial %zu, %s %.5g with %s\n", best->number, best->metric, best->value, text);
    }
    if (report->model_path != NULL) clmlp_cli_print(stdout, "its model was written to %s\n", report->model_path);
    if (best != NULL) print_next(report, best);
    return clmlp_cli_finish_output(status);
}

static cJSON *json_of(const clmlp_cli_search_report *report, const clmlp_cli_trial *trial)
{
    char value[CLMLP_CLI_VALUE_LENGTH];
    cJSON *const object = cJSON_CreateObject();
    (void)cJSON_AddNumberToObject(object, "trial", (double)trial->number);
    (void)cJSON_AddNumberToObject(object, "round", (double)trial->round);
    cJSON *const settings = cJSON_AddObjectToObject(object, "options");
    for (size_t d = 0; d < report->plan->space.count; d++) {
        const clmlp_cli_dimension *const dimension = &report->plan->space.dimensions[d];
        if (dimension->spread == CLMLP_CLI_FIXED) continue;
        clmlp_cli_draw(&report->plan->space, d, report->plan->seed, trial->draw, value);
        (void)clmlp_cli_json_put(settings, dimension->name, clmlp_cli_json_text(value));
    }
    (void)cJSON_AddNumberToObject(object, "epochs", (double)trial->trained);
    (void)cJSON_AddStringToObject(object, "metric", trial->metric);
    (void)cJSON_AddNumberToObject(object, "value", trial->value);
    (void)cJSON_AddNumberToObject(object, "cost", trial->cost);
    (void)cJSON_AddNumberToObject(object, "seconds", trial->seconds);
    (void)clmlp_cli_json_put(object, "device", clmlp_cli_json_text(trial->device));
    (void)cJSON_AddNumberToObject(object, "status", trial->status);
    (void)clmlp_cli_json_put(object, "message", clmlp_cli_json_text(trial->message));
    return object;
}

/* The options that all trials had. */
static cJSON *given_of(const clmlp_cli_search_plan *plan)
{
    cJSON *const object = cJSON_CreateObject();
    for (size_t d = 0; d < plan->space.count; d++) {
        const clmlp_cli_dimension *const dimension = &plan->space.dimensions[d];
        if (dimension->spread != CLMLP_CLI_FIXED) continue;
        (void)clmlp_cli_json_put(object, dimension->name,
                                 clmlp_cli_json_text(dimension->text != NULL ? dimension->text : "yes"));
    }
    if (plan->adds_validation) {
        (void)clmlp_cli_json_put(object, "validation", clmlp_cli_json_text(CLMLP_CLI_SEARCH_VALIDATION));
    }
    return object;
}

int clmlp_cli_report_search_json(clmlp_cli_search_report *report, int status)
{
    if (report->count > 0) qsort(report->trials, report->count, sizeof *report->trials, compare);
    const clmlp_cli_trial *const best = find_best(report);
    cJSON *const object = cJSON_CreateObject();
    (void)cJSON_AddStringToObject(object, "strategy", report->strategy);
    clmlp_cli_json_seed(object, report->plan->seed);
    (void)clmlp_cli_json_put(object, "data", clmlp_cli_json_text(report->plan->data));
    (void)clmlp_cli_json_put(object, "given", given_of(report->plan));
    cJSON *const list = cJSON_AddArrayToObject(object, "trials");
    for (size_t i = 0; i < report->count && report->trials[i].done; i++) {
        (void)clmlp_cli_json_append(list, json_of(report, &report->trials[i]));
    }
    (void)clmlp_cli_json_put(object, "best", best != NULL ? json_of(report, best) : cJSON_CreateNull());
    (void)clmlp_cli_json_put(object, "model", report->model_path != NULL ? clmlp_cli_json_text(report->model_path)
                                                                         : cJSON_CreateNull());
    return clmlp_cli_json_print(object, status);
}
