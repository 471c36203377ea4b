/* search_options.c - the command line of clmlp search: its own options, and those of clmlp train. */
#include "commands/search_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "options/propose.h"

static const char COMMAND[] = "search";

typedef clmlp_cli_search_options search_options;
typedef clmlp_cli_search_command search_command;
typedef clmlp_cli_given_option given_option;

static const char *parse_strategy(const char *text, void *value)
{
    if (strcmp(text, "random") != 0 && strcmp(text, "halving") != 0) return "expected random or halving";
    *(const char **)value = text;
    return NULL;
}

static void show_strategy(const void *value, char *text, size_t size)
{
    (void)snprintf(text, size, "%s", *(const char *const *)value);
}

static const clmlp_cli_type strategy_type = {parse_strategy, show_strategy, "random halving"};

/* What a search says itself, or what makes no sense for many trainings. */
static bool is_own(const char *name)
{
    static const char *const own[] = {"model", "history", "json", "quiet", "verbose", "test", "test-labels",
                                      "checkpoint", "checkpoint-every", "overwrite", "resume", "find-rate", "report",
                                      "bundle", "self-check", "on-mismatch", "ensemble", "ensemble-by",
                                      "tensorboard", "devices", "shares", "local-steps"};
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        if (strcmp(name, own[i]) == 0) return true;
    }
    return false;
}

/* The rows of a command line: those of the search, then those of clmlp train, read as texts. */
typedef struct option_rows {
    search_command *run;
    clmlp_cli_arguments *arguments;
    int argc;
    char **argv;
    int *status;
    bool go_on;
} option_rows;

static void take_words(given_option *option)
{
    size_t length, used = 0;
    const char *word = option->row.type->words;
    option->type = clmlp_cli_text;
    if (word == NULL) return;
    while ((word = clmlp_cli_next_word(option->row.type, word, &length)) != NULL) {
        if (used + length + 2 > sizeof option->words) return; /* a list that is cut off is none */
        used += (size_t)snprintf(option->words + used, sizeof option->words - used, " %.*s", (int)length, word);
        word += length;
    }
    option->type.words = option->words;
}

static void copy_rows(search_command *run, clmlp_cli_option *rows, size_t *count, const clmlp_cli_syntax *train)
{
    const clmlp_cli_option *heading = NULL;
    run->taken_count = 0;
    for (size_t i = 0; i < train->option_count; i++) {
        const clmlp_cli_option *const row = &train->options[i];
        if (row->name == NULL) {
            heading = row;
            continue;
        }
        if (is_own(row->name)) continue;
        if (heading != NULL) rows[(*count)++] = *heading;
        heading = NULL;
        given_option *const option = &run->taken[run->taken_count++];
        *option = (given_option){.row = *row};
        if (row->fallback != NULL) {
            (void)snprintf(option->fallback, sizeof option->fallback, "%s", row->fallback);
        } else if (row->type != NULL && row->type->show != NULL) {
            row->type->show(row->value, option->fallback, sizeof option->fallback);
        }
        if (row->type != NULL) take_words(option);
        rows[(*count)++] = (clmlp_cli_option){
            row->name, row->type != NULL ? &option->type : NULL,
            row->type != NULL ? (void *)&option->text : (void *)&option->given, row->argument, row->help,
            option->fallback[0] != '\0' ? option->fallback : NULL, row->type != NULL ? &option->given : NULL};
    }
}

/* A word that no trial would take is told before the first one. The rows' values are still there to be written to. */
static bool check_words(const search_command *run, int *status)
{
    char text[CLMLP_CLI_VALUE_LENGTH];
    for (size_t i = 0; i < run->taken_count; i++) {
        const given_option *const option = &run->taken[i];
        clmlp_cli_dimension dimension;
        if (!option->given || option->row.type == NULL) continue;
        if (clmlp_cli_dimension_read(&dimension, &option->row, option->text) != NULL) continue; /* told later */
        const char *const complaint = clmlp_cli_dimension_check(&dimension, &option->row, text);
        if (complaint == NULL) continue;
        char proposal[CLMLP_CLI_PROPOSAL];
        const clmlp_cli_syntax none = {.command = COMMAND};
        *status = clmlp_cli_usage_error(COMMAND, "--%s '%s': %s%s", option->row.name, text, complaint,
                                        clmlp_cli_propose_value(&none, &option->row, text, proposal));
        return false;
    }
    return true;
}

static void read_rows(const clmlp_cli_syntax *train, void *context)
{
    option_rows *const line = context;
    search_options *const o = &line->run->o;
    const clmlp_cli_option own[] = {
        {NULL, NULL, NULL, NULL, "Search:", NULL, NULL},
        {"trials", &clmlp_cli_count, &o->trials, "N", "how many settings to try", NULL, NULL},
        {"strategy", &strategy_type, &o->strategy, "NAME",
         "random: each setting is trained to the end; halving: all with few of --epochs first, then the best of them "
         "with more (successive halving)", NULL, NULL},
        {"keep-one-in", &clmlp_cli_count, &o->keep_one_in, "N",
         "halving: how many settings of a round one is kept of, and by how much its epochs grow, >= 2", NULL,
         &o->has_keep},
        {"metric", &clmlp_cli_text, &o->metric, "NAME",
         "what settings are judged by, of the examples held out: cost, or a metric as clmlp train shows it",
         "accuracy, exact_match or rmse, by the target", NULL},
        {"devices", &clmlp_cli_text, &o->devices, "SPEC,...",
         "devices to take in turn, as for --device; all: every OpenCL device; under mpirun one for each rank of a host",
         "the one of --device", NULL},
        {"log", &clmlp_cli_text, &o->log, "FILE",
         "write each trial into it, a line of JSON; where it is there, go on with the search that it is of", "none",
         NULL},
        {"model", &clmlp_cli_text, &o->model, "FILE", "where to write the best model", NULL, NULL},
        {"json", NULL, &o->out.json, NULL, "print one JSON object on standard output, nothing else there", NULL, NULL},
        {"quiet", NULL, &o->out.quiet, NULL, "nothing on standard error but errors and notes about the data", NULL,
         NULL},
    };
    const size_t own_count = sizeof own / sizeof own[0];
    clmlp_cli_option *const rows = calloc(own_count + 2 * train->option_count, sizeof *rows);
    line->run->taken = calloc(train->option_count, sizeof *line->run->taken);
    if (rows == NULL || line->run->taken == NULL) {
        clmlp_cli_error("not enough memory for the command line");
        *line->status = CLMLP_CLI_FAILED;
        free(rows);
        return;
    }
    memcpy(rows, own, sizeof own);
    size_t count = own_count;
    copy_rows(line->run, rows, &count, train);
    const clmlp_cli_syntax syntax = {
        COMMAND, "DATA",
        "Each option of clmlp train is taken as it is there, or varied: LOW:HIGH draws numbers between\n"
        "the two, LOW:HIGH:log in their logarithm, A|B|C one of a list. The draws depend on --seed alone.\n"
        "Settings are judged by examples that are held out: by --validation (0.2 where nothing is said)\n"
        "or by --cross-validate. Ctrl-C ends a search; with --log it goes on later.\n\n"
        "  clmlp search train.csv --rate 0.01:1:log --hidden '25|50|100,50' --trials 30\n"
        "  clmlp search train.csv --strategy halving --epochs 81 --trials 27 --lambda 0.001:10:log\n",
        rows, count};
    line->go_on = clmlp_cli_parse(line->arguments, &syntax, line->argc, line->argv, line->status);
    if (line->go_on) o->data = line->arguments->positional[0];
    if (line->go_on) line->go_on = check_words(line->run, line->status);
    free(rows);
}

bool clmlp_cli_search_options_take(search_command *run, clmlp_cli_arguments *arguments, int argc, char **argv,
                                   int *status)
{
    clmlp_cli_train_options train = clmlp_cli_train_options_default();
    option_rows line = {run, arguments, argc, argv, status, false};
    run->search.plan.seed = train.config.seed;
    clmlp_cli_train_syntax(&train, read_rows, &line);
    return line.go_on;
}

const given_option *clmlp_cli_search_option(const search_command *run, const char *name)
{
    for (size_t i = 0; i < run->taken_count; i++) {
        const given_option *const option = &run->taken[i];
        if (option->given && strcmp(option->row.name, name) == 0) return option;
    }
    return NULL;
}

/* Settings are compared by the same targets of the same examples. */
static bool decides_what_is_judged(const char *name)
{
    static const char *const list[] = {"labels", "target", "task", "missing-targets", "validation",
                                       "validation-labels", "cross-validate"};
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        if (strcmp(name, list[i]) == 0) return true;
    }
    return false;
}

/* What was given of the options of clmlp train, as a space; the seed stays aside. */
bool clmlp_cli_search_space(search_command *run, int *status)
{
    clmlp_cli_space *const space = &run->search.plan.space;
    space->dimensions = calloc(run->taken_count + 1, sizeof *space->dimensions);
    if (space->dimensions == NULL) {
        clmlp_cli_error("not enough memory for the command line");
        *status = CLMLP_CLI_FAILED;
        return false;
    }
    for (size_t i = 0; i < run->taken_count; i++) {
        const given_option *const option = &run->taken[i];
        clmlp_cli_dimension *const dimension = &space->dimensions[space->count];
        const bool is_seed = strcmp(option->row.name, "seed") == 0;
        if (!option->given) continue;
        const char *const complaint =
            is_seed ? clmlp_cli_seed.parse(option->text, &run->search.plan.seed)
                    : clmlp_cli_dimension_read(dimension, &option->row, option->row.type != NULL ? option->text : NULL);
        if (complaint != NULL) {
            *status = clmlp_cli_usage_error(COMMAND, "--%s '%s': %s", option->row.name, option->text, complaint);
            return false;
        }
        if (is_seed) continue;
        if (dimension->spread != CLMLP_CLI_FIXED && decides_what_is_judged(dimension->name)) {
            *status = clmlp_cli_usage_error(COMMAND, "--%s '%s': settings are judged by the same targets of the same "
                                            "examples (expected one value)", dimension->name, option->text);
            return false;
        }
        space->varied += dimension->spread != CLMLP_CLI_FIXED;
        space->count++;
    }
    if (space->varied > 0) return true;
    *status = clmlp_cli_usage_error(COMMAND, "nothing is varied (expected an option such as --rate 0.01:1:log or "
                                    "--hidden '25|50')");
    return false;
}
