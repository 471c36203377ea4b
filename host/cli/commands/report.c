/* report.c - clmlp report: a page to look at, of what another command wrote. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <clmlp/clmlp.h>

#include "commands/commands.h"
#include "commands/whole_text.h"
#include "json_memory.h"
#include "message.h"
#include "options/options.h"
#include "options/shared.h"
#include "options/written.h"
#include "reports/page/json_pages.h"

static const char COMMAND[] = "report";

typedef struct report_options {
    const char *path, *data, *out; /* data NULL: none */
    const char *class_names;
    clmlp_load_options load;
    clmlp_cli_text_given text;
    clmlp_model_hints hints;
    double lambda;
    uint64_t seed; /* of the shuffles of importance */
    clmlp_device_options device;
    bool overwrite, quiet;
} report_options;

/* What is for data alone. */
static bool check_data_options(const report_options *o, const clmlp_cli_arguments *arguments,
                               const clmlp_cli_syntax *syntax, int *status)
{
    static const char *const free[] = {"out", "overwrite", "quiet", "activation", "output", "scale"};
    for (size_t i = 0; o->data == NULL && i < syntax->option_count; i++) {
        const char *const name = syntax->options[i].name;
        bool is_free = arguments->values[i] == NULL;
        for (size_t f = 0; !is_free && f < sizeof free / sizeof free[0]; f++) is_free = strcmp(name, free[f]) == 0;
        if (is_free) continue;
        *status = clmlp_cli_usage_error(COMMAND, "--%s: is for DATA, and there is none (expected clmlp report MODEL "
                                        "DATA)", name);
        return false;
    }
    return true;
}

static bool parse(report_options *o, clmlp_cli_arguments *arguments, int argc, char **argv, int *status)
{
    const clmlp_cli_option options[] = {
        {NULL, NULL, NULL, NULL, "Output:", NULL, NULL},
        {"out", &clmlp_cli_text, &o->out, "FILE", "where to write the page", "report.html", NULL},
        {"overwrite", NULL, &o->overwrite, NULL, "write over a file that is no report of clmlp", NULL, NULL},
        {"quiet", NULL, &o->quiet, NULL, "nothing on standard error but errors and notes about the data", NULL, NULL},
        {NULL, NULL, NULL, NULL, "Models of other programs:", NULL, NULL},
        CLMLP_CLI_HINT_ROWS(o->hints),
        {NULL, NULL, NULL, NULL, "Data that judge a model:", NULL, NULL},
        {"labels", &clmlp_cli_text, &o->load.labels_path, "FILE",
         "targets of DATA in a file of their own: a class per row, or a column per output", "a column of DATA", NULL},
        {"target", &clmlp_cli_text, &o->load.target, "COL",
         "target column of DATA: its name or number from 1; or several", "that of training", NULL},
        CLMLP_CLI_TEXT_ROWS(o->load, o->text),
        CLMLP_CLI_MISSING_TARGETS_ROW(o->load, NULL),
        CLMLP_CLI_COLUMN_ROWS(o->load, NULL, NULL),
        CLMLP_CLI_VALUE_ROWS(o->load, NULL, NULL, NULL),
        {"lambda", &clmlp_cli_non_negative, &o->lambda, "LAMBDA", "L2 strength in J, >= 0", "that of training", NULL},
        CLMLP_CLI_CLASS_NAMES_ROW(o->class_names, NULL),
        {"seed", &clmlp_cli_seed, &o->seed, "N", "seed of the shuffles that columns are judged by", NULL, NULL},
        CLMLP_CLI_DEVICE_ROWS(o->device),
    };
    const clmlp_cli_syntax syntax = {
        COMMAND, "FILE [DATA]",
        "FILE: a history (train --history), a model, the log of a search, or what search,\n"
        "bench or verify print with --json. With DATA the model is judged, too: as clmlp\n"
        "evaluate does it, with the same options. The page is one HTML file without\n"
        "scripts, which loads nothing from anywhere.\n\n"
        "  clmlp report history.jsonl --out history.html\n"
        "  clmlp report model.safetensors test.csv --out model.html\n",
        options, sizeof options / sizeof options[0]};
    if (!clmlp_cli_parse(arguments, &syntax, argc, argv, status)) return false;
    o->path = arguments->positional[0];
    o->data = arguments->positional[1];
    const char *const inputs[] = {o->path, o->data, o->load.labels_path};
    return check_data_options(o, arguments, &syntax, status) && clmlp_cli_check_inputs(COMMAND, inputs, 3, status) &&
           clmlp_cli_check_output(COMMAND, "--out", o->out, inputs, 3, status) &&
           (o->overwrite || clmlp_cli_check_replaced(COMMAND, "--out", o->out, CLMLP_CLI_PAGE_OUTPUT,
                                                     "another name, or --overwrite", status));
}

static int bad(const char *path, const char *what)
{
    if (clmlp_cli_json_was_lost()) return CLMLP_CLI_FAILED; /* it may be JSON; the lack of memory has been said */
    clmlp_cli_error("%s: %s (expected a history, a model, the log of a search, or what search, bench or verify print "
                    "with --json)", path, what);
    return CLMLP_CLI_BAD_USAGE;
}

static const char *base_of(const char *path)
{
    const char *const slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* --- histories --------------------------------------------------------------------------------------------------- */

static int take_history(clmlp_cli_page *page, const char *path, char *text)
{
    clmlp_cli_epochs epochs = {.count = 0};
    bool is_cut = false;
    int status = CLMLP_CLI_DONE;
    const size_t lines = clmlp_cli_epochs_read(&epochs, text, SIZE_MAX, &is_cut);
    epochs.best_epoch = clmlp_cli_epochs_best(&epochs);
    if (epochs.lost) page->lost = true;
    else if (lines == 0) status = bad(path, "is no history: one of its lines has no epoch");
    else clmlp_cli_page_of_history(page, &epochs, base_of(path));
    if (is_cut && lines > 0) clmlp_cli_note("%s:%zu: is cut off, and left out", path, lines);
    clmlp_cli_epochs_free(&epochs);
    return status;
}

/* --- logs of searches -------------------------------------------------------------------------------------------- */

/* A first line with what was asked, then one a trial; a last one that was cut off by a crash is left out. */
static int take_log(clmlp_cli_page *page, const char *path, char *text)
{
    cJSON *object = NULL, *trials = NULL;
    int status = CLMLP_CLI_DONE;
    for (char *line = text; *line != '\0' && status == CLMLP_CLI_DONE;) {
        char *const end = strchr(line, '\n');
        if (end != NULL) *end = '\0';
        cJSON *const item = cJSON_Parse(line);
        if (object == NULL) {
            object = item;
            trials = cJSON_AddArrayToObject(object, "trials");
        } else if (cJSON_IsObject(item)) {
            (void)clmlp_cli_json_append(trials, item);
        } else {
            cJSON_Delete(item);
            if (end != NULL) status = bad(path, "is no log of a search: one of its lines is no trial");
        }
        if (trials == NULL) status = bad(path, "is no log of a search");
        line = end != NULL ? end + 1 : line + strlen(line);
    }
    if (status == CLMLP_CLI_DONE && !clmlp_cli_page_of_search(page, object, base_of(path))) {
        status = bad(path, "has more trials than a page can show");
    }
    cJSON_Delete(object);
    return status;
}

/* --- all of them ------------------------------------------------------------------------------------------------- */

static int take_text(clmlp_cli_page *page, const char *path)
{
    int status = CLMLP_CLI_DONE;
    char *const text = clmlp_cli_whole_text(path, &status);
    if (text == NULL) return status;
    cJSON *const object = cJSON_Parse(text);
    const bool known = cJSON_IsObject(object) && (clmlp_cli_page_of_verify(page, object, base_of(path)) ||
                                                  clmlp_cli_page_of_search(page, object, base_of(path)) ||
                                                  clmlp_cli_page_of_bench(page, object, base_of(path)));
    const bool json = object != NULL;
    cJSON_Delete(object);
    if (!known && strncmp(text, "{\"epoch\":", 9) == 0) status = take_history(page, path, text);
    else if (!known && strncmp(text, "{\"search\":", 10) == 0) status = take_log(page, path, text);
    else if (!known) status = bad(path, json ? "is JSON of another kind" : "is something else");
    free(text);
    return status;
}

/* What a model that was loaded makes of the data. */
static clmlp_status judge(clmlp_cli_judged *judged, clmlp_dataset **data, clmlp_evaluation **evaluation,
                          const report_options *o, clmlp_model *model, clmlp_error *error)
{
    clmlp_load_options load = o->load;
    clmlp_evaluate_options how = clmlp_evaluate_options_default();
    load.asks_target = load.labels_path == NULL; /* as evaluate */
    how.lambda = o->lambda;
    clmlp_status status = clmlp_cli_name_classes(model, o->class_names, error);
    if (status == CLMLP_OK) status = clmlp_cli_load_for_model(data, o->data, &load, model, error);
    if (status == CLMLP_OK) status = clmlp_cli_open_device(&judged->device, &o->device, NULL, 0, error);
    if (status != CLMLP_OK) return status;
    clmlp_cli_note_data("data", o->data, *data);
    clmlp_cli_note_model(model);
    clmlp_cli_note_device(judged->device);
    status = clmlp_evaluate_with(model, judged->device, *data, &how, evaluation, error);
    judged->model = model;
    judged->data = *data;
    judged->evaluation = *evaluation;
    judged->role = "given data";
    judged->path = o->data;
    judged->seed = o->seed;
    return status == CLMLP_OK ? clmlp_cli_judged_take(judged, error) : status;
}

static int take_model(clmlp_cli_page *page, const report_options *o)
{
    clmlp_error error = {.status = CLMLP_OK};
    clmlp_model *model = NULL;
    clmlp_dataset *data = NULL;
    clmlp_evaluation *evaluation = NULL;
    clmlp_cli_judged judged = {.h = NULL};
    clmlp_status status = clmlp_model_load(&model, o->path, &o->hints, &error);
    if (status == CLMLP_OK && o->data != NULL) status = judge(&judged, &data, &evaluation, o, model, &error);
    if (status == CLMLP_OK) clmlp_cli_page_of_model(page, model, base_of(o->path), o->data != NULL ? &judged : NULL);
    clmlp_cli_judged_free(&judged);
    clmlp_evaluation_destroy(evaluation);
    clmlp_device_close(judged.device);
    clmlp_dataset_destroy(data);
    clmlp_model_destroy(model);
    return status == CLMLP_OK ? CLMLP_CLI_DONE : clmlp_cli_fail(&error, true);
}

/* DATA beside something that is no model. */
static int bad_data(const report_options *o)
{
    clmlp_file_kind kind = CLMLP_FILE_DATA;
    const bool swapped = clmlp_file_kind_of(&kind, o->data, NULL) == CLMLP_OK && kind == CLMLP_FILE_MODEL;
    return clmlp_cli_usage_error(COMMAND, swapped ? "'%s' is no model, and '%s' is one: name the model first"
                                                  : "'%s' is no model: '%s' can judge none", o->path, o->data);
}

static int report(const report_options *o)
{
    clmlp_error error = {.status = CLMLP_OK};
    clmlp_file_kind kind = CLMLP_FILE_DATA;
    clmlp_cli_page page = {.text = NULL};
    clmlp_text_place *place = NULL;
    if (clmlp_file_kind_of(&kind, o->path, &error) != CLMLP_OK) return clmlp_cli_fail(&error, true);
    const bool model = kind == CLMLP_FILE_MODEL || kind == CLMLP_FILE_CHECKPOINT;
    if (o->data != NULL && !model && kind != CLMLP_FILE_FOLDER) {
        return bad_data(o);
    }
    int status = kind == CLMLP_FILE_FOLDER ? bad(o->path, "is a folder")
                 : kind == CLMLP_FILE_BUNDLE ? bad(o->path, "is a bundle") : model ? take_model(&page, o)
                                                                                   : take_text(&page, o->path);
    if (status == CLMLP_CLI_DONE && (page.lost || clmlp_cli_json_was_lost())) {
        clmlp_cli_error("not enough memory for the page");
        status = CLMLP_CLI_FAILED;
    }
    if (status == CLMLP_CLI_DONE && (clmlp_text_place_open(&place, o->out, &error) != CLMLP_OK ||
                                     clmlp_text_place_save(place, page.text, &error) != CLMLP_OK)) {
        status = clmlp_cli_fail(&error, false);
    }
    if (status == CLMLP_CLI_DONE) clmlp_cli_note("report written to %s", o->out);
    clmlp_text_place_close(place);
    clmlp_cli_page_free(&page);
    return status;
}

int clmlp_cli_report(int argc, char **argv)
{
    int status;
    clmlp_cli_arguments arguments;
    report_options options = {.out = "report.html", .load = clmlp_load_options_default(),
                              .hints = clmlp_model_hints_default(), .lambda = -1.0, /* the model's */
                              .seed = 1, .device = clmlp_device_options_default()};
    if (parse(&options, &arguments, argc, argv, &status)) {
        clmlp_cli_set_quiet(options.quiet);
        status = report(&options);
    }
    clmlp_cli_arguments_free(&arguments);
    return status;
}
