/* search_check.c - whether a search can be made: names, files, and that its trials can be compared. */
#include "commands/search_check.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "commands/train_input.h"
#include "message.h"
#include "options/propose.h"
#include "options/written.h"

static const char COMMAND[] = "search";

typedef clmlp_cli_search_options search_options;
typedef clmlp_cli_search_command search_command;

static const char *given_text(const search_command *run, const char *name)
{
    const clmlp_cli_given_option *const option = clmlp_cli_search_option(run, name);
    return option != NULL ? option->text : NULL;
}

/* --- the command line -------------------------------------------------------------------------------- */

static bool check_names(const search_options *o, int *status)
{
    char proposal[CLMLP_CLI_PROPOSAL];
    if (o->metric != NULL && !clmlp_cli_is_score(o->metric)) {
        *status = clmlp_cli_usage_error(COMMAND, "--metric '%s': expected cost, or the name of a metric, such as "
                                        "accuracy or rmse%s", o->metric,
                                        clmlp_cli_propose_metric("metric", o->metric, proposal));
    } else if (o->has_keep && strcmp(o->strategy, "halving") != 0) {
        *status = clmlp_cli_usage_error(COMMAND, "--keep-one-in '%zu': is for --strategy halving", o->keep_one_in);
    } else if (o->keep_one_in < 2) {
        *status = clmlp_cli_usage_error(COMMAND, "--keep-one-in '%zu': expected 2 or more", o->keep_one_in);
    } else {
        return true;
    }
    return false;
}

/* The first option of `list` [count] that is varied; NULL: none is. */
static const char *varied_of(const clmlp_cli_space *space, const char *const *list, size_t count)
{
    for (size_t d = 0; d < space->count; d++) {
        if (space->dimensions[d].spread == CLMLP_CLI_FIXED) continue;
        for (size_t i = 0; i < count; i++) {
            if (strcmp(space->dimensions[d].name, list[i]) == 0) return list[i];
        }
    }
    return NULL;
}

/* J has a term of lambda; its other term is one of the output layer, of targets as they are scaled. */
static bool check_cost(search_command *run, int *status)
{
    static const char *const list[] = {"lambda", "output", "target-scale", "init", "preset"};
    const char *const varied = varied_of(&run->search.plan.space, list, sizeof list / sizeof list[0]);
    run->search.plan.same_cost = varied == NULL;
    if (run->o.metric == NULL || strcmp(run->o.metric, "cost") != 0) return true;
    if (varied != NULL) {
        *status = clmlp_cli_usage_error(COMMAND, "--metric 'cost': is another cost for each --%s (expected a metric of "
                                        "the predictions, such as log_loss or rmse)", varied);
        return false;
    }
    if (clmlp_cli_search_option(run, "cross-validate") == NULL) return true;
    *status = clmlp_cli_usage_error(COMMAND, "--metric 'cost': --cross-validate tells metrics of the predictions alone "
                                    "(expected one, such as log_loss or rmse)");
    return false;
}

static bool check_files(const search_command *run, int *status)
{
    const search_options *const o = &run->o;
    const char *const files[] = {o->data, given_text(run, "labels"), given_text(run, "init"),
                                 given_text(run, "validation"), given_text(run, "validation-labels"), o->model};
    const size_t count = sizeof files / sizeof files[0];
    struct stat info;
    if (strcmp(o->data, "-") == 0 || strcmp(o->data, "/dev/stdin") == 0) {
        *status = clmlp_cli_usage_error(COMMAND, "DATA '%s': every trial reads it anew (expected a file)", o->data);
        return false;
    }
    for (size_t i = 0; i + 1 < count; i++) { /* a pipe would be waited for, and can be read once */
        if (files[i] == NULL || stat(files[i], &info) != 0 || S_ISREG(info.st_mode)) continue;
        *status = clmlp_cli_usage_error(COMMAND, "'%s': every trial reads it anew (expected a regular file)", files[i]);
        return false;
    }
    if (!clmlp_cli_check_output(COMMAND, "--model", o->model, files, count - 1, status)) return false;
    if (!clmlp_cli_check_replaced(COMMAND, "--model", o->model, CLMLP_CLI_MODEL_OUTPUT, "give another name", status)) {
        return false;
    }
    if (clmlp_cli_output_is_claimed() || (stat(o->model, &info) == 0 && S_ISFIFO(info.st_mode))) {
        *status = clmlp_cli_usage_error(COMMAND, "--model '%s': each model that is better takes the place of the one "
                                        "before, and there is no place in a stream (expected a file)", o->model);
        return false;
    }
    if (o->log == NULL) return true;
    if (clmlp_cli_is_same_file(o->log, o->model)) {
        *status = clmlp_cli_usage_error(COMMAND, "--log '%s': is also the file of --model", o->log);
        return false;
    }
    return clmlp_cli_check_output(COMMAND, "--log", o->log, files, count, status);
}

bool clmlp_cli_search_check(search_command *run, int *status)
{
    if (!check_names(&run->o, status) || !check_cost(run, status)) return false;
    return clmlp_ranks_rank(run->search.ranks) > 0 || check_files(run, status); /* rank 0 writes */
}

/* --- the data -------------------------------------------------------------------------------- */

/* "cost, accuracy, ...", what such trials can be judged by, as far as there is room. */
static void list_metrics(char *text, size_t size, clmlp_output output, const clmlp_dataset *data)
{
    size_t used = (size_t)snprintf(text, size, "cost");
    for (int i = 0; i < CLMLP_METRIC_COUNT && used < size; i++) {
        const clmlp_metric metric = (clmlp_metric)i;
        if (!clmlp_metric_ranks(metric, NULL) || !clmlp_metric_suits(metric, output, data)) continue;
        used += (size_t)snprintf(text + used, size - used, ", %s", clmlp_metric_name(metric));
    }
}

/* What trials with this output and such data are judged by: what was asked for, or what is usual. False: there is no
 * such metric. */
static bool choose_metric(const search_command *run, clmlp_output output, const clmlp_dataset *data,
                          clmlp_metric *metric, int *status)
{
    char names[512];
    for (size_t i = 0; run->o.metric == NULL && i < CLMLP_CLI_USUAL; i++) {
        *metric = clmlp_cli_usual[i];
        if (clmlp_metric_suits(*metric, output, data)) return true;
    }
    if (run->o.metric == NULL) return true; /* the trials tell */
    if (strcmp(run->o.metric, "cost") == 0) return true;
    if (clmlp_metric_parse(run->o.metric, metric) && clmlp_metric_suits(*metric, output, data)) return true;
    list_metrics(names, sizeof names, output, data);
    *status = clmlp_cli_usage_error(COMMAND, "--metric '%s': such targets with --output %s have no such metric "
                                    "(expected one of %s)", run->o.metric, clmlp_output_name(output), names);
    return false;
}

/* Read what a trial would train on, as it would itself. */
static bool check_trial(const search_command *run, const clmlp_cli_trial *trial, clmlp_metric *metric, int *status)
{
    clmlp_cli_words words;
    clmlp_cli_arguments arguments = {.texts = NULL};
    clmlp_cli_train_options options;
    clmlp_cli_train_input input = {.model = NULL};
    if (!clmlp_cli_trial_words(&words, &run->search.plan, trial, NULL, run->o.model)) {
        clmlp_cli_error("not enough memory for the command line");
        *status = CLMLP_CLI_FAILED;
        clmlp_cli_words_free(&words);
        return false;
    }
    clmlp_cli_speak_for("train", COMMAND);
    const bool taken =
        clmlp_cli_train_options_take(&options, &arguments, (int)words.count, words.list, status) &&
        clmlp_cli_train_input_take(&input, &options, status) &&
        choose_metric(run, clmlp_model_output(input.model), input.validation != NULL ? input.validation : input.train,
                      metric, status);
    clmlp_cli_speak_for("train", NULL);
    clmlp_cli_train_input_free(&input);
    clmlp_cli_checkpoints_free(&options.checkpoints);
    clmlp_cli_self_check_free(&options.check);
    clmlp_cli_arguments_free(&arguments);
    clmlp_cli_words_free(&words);
    return taken;
}

/* The values of those options that decide which metrics there are. */
static void kind_of(const search_command *run, const clmlp_cli_trial *trial, char *text, size_t size)
{
    static const char *const list[] = {"output", "init", "preset"};
    const clmlp_cli_space *const space = &run->search.plan.space;
    char value[CLMLP_CLI_VALUE_LENGTH];
    size_t used = 0;
    text[0] = '\0';
    for (size_t d = 0; d < space->count; d++) {
        if (space->dimensions[d].spread == CLMLP_CLI_FIXED) continue;
        for (size_t i = 0; i < sizeof list / sizeof list[0] && used < size; i++) {
            if (strcmp(space->dimensions[d].name, list[i]) != 0) continue;
            clmlp_cli_draw(space, d, run->search.plan.seed, trial->draw, value);
            used += (size_t)snprintf(text + used, size - used, "--%s=%s ", list[i], value);
        }
    }
}

bool clmlp_cli_search_check_metric(const search_command *run, int *status)
{
    enum { MOST = 16, LENGTH = 1024 };
    static char kinds[MOST][LENGTH];
    clmlp_metric first = CLMLP_METRIC_COUNT;
    size_t count = 0;
    for (size_t i = 0; i < run->search.wanted && count < MOST; i++) {
        clmlp_metric metric = CLMLP_METRIC_COUNT;
        size_t k = 0;
        kind_of(run, &run->search.trials[i], kinds[count], LENGTH);
        while (k < count && strcmp(kinds[k], kinds[count]) != 0) k++;
        if (k < count) continue;
        if (!check_trial(run, &run->search.trials[i], &metric, status)) return false;
        if (count > 0 && metric != first) {
            *status = clmlp_cli_usage_error(COMMAND, "%swould be judged by %s, and %sby %s (expected --metric with one "
                                            "that all have)", kinds[0], clmlp_metric_name(first), kinds[count],
                                            clmlp_metric_name(metric));
            return false;
        }
        first = metric;
        count++;
    }
    return true;
}
