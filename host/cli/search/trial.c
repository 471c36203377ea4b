/* trial.c - one trial of a search: a training, run as a process of its own, and judged by its JSON. */
#include "search/trial.h"

#include <cJSON.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <clmlp/clmlp.h>

#include "json_memory.h"
#include "message.h"
#include "search/child.h"

/* --- comparing -------------------------------------------------------------------------------------------------- */

/* "cost", or a metric that ranks models. */
static bool ranks(const char *name, bool *more)
{
    clmlp_metric metric;
    *more = false;
    return strcmp(name, "cost") == 0 || (clmlp_metric_parse(name, &metric) && clmlp_metric_ranks(metric, more));
}

const clmlp_metric clmlp_cli_usual[CLMLP_CLI_USUAL] = {CLMLP_METRIC_ACCURACY, CLMLP_METRIC_EXACT_MATCH,
                                                       CLMLP_METRIC_RMSE};

bool clmlp_cli_is_score(const char *name)
{
    bool more;
    return ranks(name, &more);
}

bool clmlp_cli_trial_better(const clmlp_cli_trial *a, const clmlp_cli_trial *b)
{
    if (isnan(a->value) != isnan(b->value)) return isnan(b->value);
    if (!isnan(a->value) && a->value != b->value) {
        bool more;
        (void)ranks(a->metric, &more);
        return more ? a->value > b->value : a->value < b->value;
    }
    if (isnan(a->tie) != isnan(b->tie)) return isnan(b->tie);
    if (!isnan(a->tie) && a->tie != b->tie) return a->tie < b->tie;
    return a->number < b->number;
}

void clmlp_cli_trial_text(const clmlp_cli_search_plan *plan, const clmlp_cli_trial *trial, char *text, size_t size)
{
    char value[CLMLP_CLI_VALUE_LENGTH];
    size_t used = 0;
    text[0] = '\0';
    for (size_t d = 0; d < plan->space.count; d++) {
        const clmlp_cli_dimension *const dimension = &plan->space.dimensions[d];
        if (dimension->spread == CLMLP_CLI_FIXED) continue;
        clmlp_cli_draw(&plan->space, d, plan->seed, trial->draw, value);
        const int length = snprintf(text + used, size - used, "%s%s %s", used > 0 ? ", " : "", dimension->name,
                                    value[0] != '\0' ? value : "''");
        if (length < 0 || (size_t)length >= size - used) return;
        used += (size_t)length;
    }
}

/* --- the command line -------------------------------------------------------------------------------------------- */

static void add(clmlp_cli_words *w, const char *option, const char *value)
{
    const size_t size = strlen(option) + (value != NULL ? strlen(value) + 1 : 0) + 3;
    if (w->failed || w->count + 1 >= w->room) {
        w->failed = true;
        return;
    }
    char *const word = malloc(size);
    w->failed = word == NULL;
    if (word == NULL) return;
    (void)snprintf(word, size, value != NULL ? "--%s=%s" : "--%s", option, value);
    w->list[w->count++] = word;
}

static bool begin_words(clmlp_cli_words *w, const clmlp_cli_search_plan *plan)
{
    enum { OTHERS = 12 };
    *w = (clmlp_cli_words){.room = plan->space.count + OTHERS};
    w->list = calloc(w->room, sizeof *w->list);
    if (w->list == NULL) return false;
    for (size_t i = 0; i < 2; i++) { /* "train" and DATA */
        const char *const word = i == 0 ? "train" : plan->data;
        w->list[w->count] = malloc(strlen(word) + 1);
        if (w->list[w->count] == NULL) return false;
        (void)strcpy(w->list[w->count++], word);
    }
    return true;
}

static bool holds_out(const char *name)
{
    return strcmp(name, "validation") == 0 || strcmp(name, "validation-labels") == 0 ||
           strcmp(name, "cross-validate") == 0;
}

/* The settings, and the epochs of the trial. */
static void add_settings(clmlp_cli_words *w, const clmlp_cli_search_plan *plan, const clmlp_cli_trial *trial,
                         bool held_out)
{
    char value[CLMLP_CLI_VALUE_LENGTH], number[32];
    for (size_t d = 0; d < plan->space.count; d++) {
        const clmlp_cli_dimension *const dimension = &plan->space.dimensions[d];
        const bool replaced = trial->epochs > 0 && strcmp(dimension->name, "epochs") == 0;
        if (replaced || (!held_out && holds_out(dimension->name))) continue;
        if (dimension->spread == CLMLP_CLI_FIXED) {
            add(w, dimension->name, dimension->text);
        } else {
            clmlp_cli_draw(&plan->space, d, plan->seed, trial->draw, value);
            add(w, dimension->name, value);
        }
    }
    if (trial->epochs > 0) {
        (void)snprintf(number, sizeof number, "%zu", trial->epochs);
        add(w, "epochs", number);
    }
    if (held_out && plan->adds_validation) add(w, "validation", CLMLP_CLI_SEARCH_VALIDATION);
}

static void add_seed(clmlp_cli_words *w, const clmlp_cli_search_plan *plan)
{
    char number[32];
    (void)snprintf(number, sizeof number, "%" PRIu64, plan->seed);
    add(w, "seed", number);
}

bool clmlp_cli_trial_words(clmlp_cli_words *w, const clmlp_cli_search_plan *plan, const clmlp_cli_trial *trial,
                           const char *device, const char *path)
{
    if (!begin_words(w, plan)) return false;
    add_settings(w, plan, trial, true);
    if (device != NULL) add(w, "device", device);
    add_seed(w, plan);
    add(w, "model", path);
    add(w, "json", NULL);
    add(w, "quiet", NULL);
    return !w->failed;
}

bool clmlp_cli_final_words(clmlp_cli_words *w, const clmlp_cli_search_plan *plan, const clmlp_cli_trial *trial,
                           const char *path)
{
    static const char *const need[] = {"early-stopping", "keep-best", "monitor", "tolerance", "min-epochs"};
    bool held_out = false;
    for (size_t d = 0; d < plan->space.count; d++) {
        for (size_t i = 0; i < sizeof need / sizeof need[0]; i++) {
            held_out = held_out || strcmp(plan->space.dimensions[d].name, need[i]) == 0;
        }
    }
    if (!begin_words(w, plan)) return false;
    add_settings(w, plan, trial, held_out);
    add_seed(w, plan);
    add(w, "model", path);
    return !w->failed;
}

void clmlp_cli_words_free(clmlp_cli_words *w)
{
    for (size_t i = 0; w->list != NULL && i < w->count; i++) free(w->list[i]);
    free(w->list);
}

/* --- the result --------------------------------------------------------------------------------------------------- */

static double number_of(const cJSON *item)
{
    return cJSON_IsNumber(item) ? item->valuedouble : (double)NAN;
}

/* A score of what was held out; NaN where there is none. */
static double score_of(const cJSON *object, const char *name)
{
    const cJSON *const validation = cJSON_GetObjectItemCaseSensitive(object, "validation");
    const cJSON *const folds = cJSON_GetObjectItemCaseSensitive(object, "cross_validation");
    if (cJSON_IsObject(validation)) {
        const cJSON *const metrics = cJSON_GetObjectItemCaseSensitive(validation, "metrics");
        const cJSON *const of = strcmp(name, "cost") == 0 ? validation : metrics;
        return number_of(cJSON_GetObjectItemCaseSensitive(of, name));
    }
    const cJSON *const metrics = cJSON_GetObjectItemCaseSensitive(folds, "metrics");
    return number_of(cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(metrics, name), "mean"));
}

static void copy(char *to, size_t size, const char *from)
{
    (void)snprintf(to, size, "%s", from != NULL ? from : "");
}

static void take_result(const clmlp_cli_search_plan *plan, clmlp_cli_trial *trial, const cJSON *object)
{
    copy(trial->device, sizeof trial->device, cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, "device")));
    trial->seconds = number_of(cJSON_GetObjectItemCaseSensitive(object, "seconds"));
    const double epochs = number_of(cJSON_GetObjectItemCaseSensitive(object, "epochs"));
    if (epochs >= 0.0) trial->trained = (size_t)epochs;
    if (trial->status != CLMLP_CLI_DONE) return;
    trial->cost = score_of(object, "cost");
    const bool by_cost = plan->same_cost && !isnan(trial->cost);
    trial->tie = by_cost ? trial->cost : score_of(object, clmlp_metric_name(CLMLP_METRIC_LOG_LOSS));
    for (size_t i = 0; i < CLMLP_CLI_USUAL && isnan(trial->value); i++) {
        const char *const name = plan->metric != NULL ? plan->metric : clmlp_metric_name(clmlp_cli_usual[i]);
        trial->value = score_of(object, name);
        copy(trial->metric, sizeof trial->metric, name);
    }
    if (isnan(trial->value)) {
        (void)snprintf(trial->message, sizeof trial->message, "there is no %s of what was held out",
                       plan->metric != NULL ? plan->metric : "accuracy, exact_match or rmse");
    }
}

/* Whether a line tells of the data, and of no error; clmlp train --quiet says such things, too. */
static bool is_note(const char *line)
{
    static const char *const notes[] = {"clmlp: note:", "clmlp: task:"};
    for (size_t i = 0; i < sizeof notes / sizeof notes[0]; i++) {
        if (strncmp(line, notes[i], strlen(notes[i])) == 0) return true;
    }
    return false;
}

/* The error that it ended with: the first line that is no note, without the name of the program. */
static void take_message(clmlp_cli_trial *trial, const char *errors)
{
    static const char program[] = "clmlp: ";
    while (is_note(errors)) {
        errors = strchr(errors, '\n');
        if (errors == NULL) return;
        errors++;
    }
    if (strncmp(errors, program, sizeof program - 1) == 0) errors += sizeof program - 1;
    const size_t length = strcspn(errors, "\n");
    (void)snprintf(trial->message, sizeof trial->message, "%.*s", (int)(length < 255 ? length : 255), errors);
    clmlp_make_printable(trial->message, false);
}

const char *clmlp_cli_trial_run(const clmlp_cli_search_plan *plan, clmlp_cli_trial *trial, const char *device,
                                const char *path)
{
    clmlp_cli_child child = {NULL, NULL, CLMLP_CLI_FAILED};
    clmlp_cli_words w;
    const char *complaint = "not enough memory";
    trial->value = trial->cost = trial->tie = (double)NAN;
    if (clmlp_cli_trial_words(&w, plan, trial, device, path)) {
        complaint = clmlp_cli_child_run(&child, w.list, w.count, plan->cancel);
    }
    clmlp_cli_words_free(&w);
    if (complaint == NULL) {
        cJSON *const object = cJSON_Parse(child.output);
        if (object == NULL && clmlp_cli_json_was_lost()) complaint = CLMLP_CLI_NO_MEMORY;
        trial->done = true;
        trial->status = child.status;
        if (object != NULL) take_result(plan, trial, object);
        if (child.status != CLMLP_CLI_DONE) take_message(trial, child.errors);
        cJSON_Delete(object);
    }
    clmlp_cli_child_free(&child);
    return complaint;
}
