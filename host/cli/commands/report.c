/* report.c - clmlp report: a page to look at, of what another command wrote. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <clmlp/clmlp.h>

#include "commands/commands.h"
#include "json_memory.h"
#include "message.h"
#include "options/options.h"
#include "options/shared.h"
#include "options/written.h"
#include "reports/page/json_pages.h"

static const char COMMAND[] = "report";

/* The most that is read of a text: a history of a million epochs is less. */
enum { MOST = 1 << 28 };

typedef struct report_options {
    const char *path, *out;
    clmlp_model_hints hints;
    bool overwrite, quiet;
} report_options;

static bool parse(report_options *o, clmlp_cli_arguments *arguments, int argc, char **argv, int *status)
{
    const clmlp_cli_option options[] = {
        {NULL, NULL, NULL, NULL, "Output:", NULL, NULL},
        {"out", &clmlp_cli_text, &o->out, "FILE", "where to write the page", "report.html", NULL},
        {"overwrite", NULL, &o->overwrite, NULL, "write over a file that is no report of clmlp", NULL, NULL},
        {"quiet", NULL, &o->quiet, NULL, "nothing on standard error but errors", NULL, NULL},
        {NULL, NULL, NULL, NULL, "Models of other programs:", NULL, NULL},
        CLMLP_CLI_HINT_ROWS(o->hints),
    };
    const clmlp_cli_syntax syntax = {
        COMMAND, "FILE",
        "FILE: a history (train --history), a model, or what bench or verify print\n"
        "with --json. The page is one HTML file without scripts, which loads nothing\n"
        "from anywhere.\n\n"
        "  clmlp report history.jsonl --out history.html\n",
        options, sizeof options / sizeof options[0]};
    if (!clmlp_cli_parse(arguments, &syntax, argc, argv, status)) return false;
    o->path = arguments->positional[0];
    return clmlp_cli_check_output(COMMAND, "--out", o->out, &o->path, 1, status) &&
           (o->overwrite || clmlp_cli_check_replaced(COMMAND, "--out", o->out, CLMLP_CLI_PAGE_OUTPUT,
                                                     "another name, or --overwrite", status));
}

static int bad(const char *path, const char *what)
{
    if (clmlp_cli_json_was_lost()) return CLMLP_CLI_FAILED; /* it may be JSON; the lack of memory has been said */
    clmlp_cli_error("%s: %s (expected a history, a model, or what bench or verify print with --json)", path, what);
    return CLMLP_CLI_BAD_USAGE;
}

/* All of a file as a text; NULL: *status is set. */
static char *read_text(const char *path, int *status)
{
    size_t used = 0, room = 1 << 16;
    char *text = malloc(room);
    FILE *const file = fopen(path, "rb");
    *status = CLMLP_CLI_DONE;
    while (text != NULL && file != NULL) {
        used += fread(text + used, 1, room - 1 - used, file);
        if (used < room - 1 || room > MOST) break;
        char *const larger = realloc(text, room * 2);
        if (larger == NULL) free(text);
        text = larger;
        room *= 2;
    }
    if (file == NULL || ferror(file)) {
        clmlp_cli_error("%s: cannot be read: %s", path, strerror(errno));
        *status = CLMLP_CLI_BAD_USAGE;
    } else if (text == NULL) {
        clmlp_cli_error("%s: not enough memory", path);
        *status = CLMLP_CLI_FAILED;
    } else {
        text[used] = '\0';
        if (used > MOST) *status = bad(path, "is longer than 256 MiB");
        else if (strlen(text) != used) *status = bad(path, "has a NUL byte");
    }
    if (file != NULL) (void)fclose(file);
    if (*status == CLMLP_CLI_DONE) return text;
    free(text);
    return NULL;
}

static const char *base_of(const char *path)
{
    const char *const slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* --- histories --------------------------------------------------------------------------------------------------- */

/* The smallest validation cost; 0: there is none. */
static size_t best_of(const clmlp_cli_epochs *epochs)
{
    double least = HUGE_VAL;
    size_t best = 0;
    for (size_t i = 0; i < epochs->count; i++) {
        const double cost = epochs->columns[CLMLP_CLI_VALIDATION_COST][i];
        if (!(cost < least)) continue;
        least = cost;
        best = (size_t)epochs->columns[CLMLP_CLI_EPOCH][i];
    }
    return best;
}

/* Lines until the end; a last one that was cut off by a crash is left out. */
static int take_history(clmlp_cli_page *page, const char *path, char *text)
{
    clmlp_cli_epochs epochs = {.count = 0};
    size_t number = 0;
    int status = CLMLP_CLI_DONE;
    for (char *line = text; *line != '\0' && status == CLMLP_CLI_DONE;) {
        char *const end = strchr(line, '\n');
        if (end != NULL) *end = '\0';
        cJSON *const object = cJSON_Parse(line);
        number++;
        if (!clmlp_cli_epochs_add_line(&epochs, object)) {
            if (end == NULL && epochs.count > 0) clmlp_cli_note("%s:%zu: is cut off, and left out", path, number);
            else status = bad(path, "is no history: one of its lines has no epoch");
        }
        cJSON_Delete(object);
        line = end != NULL ? end + 1 : line + strlen(line);
    }
    epochs.best_epoch = best_of(&epochs);
    if (epochs.lost) page->lost = true;
    else if (status == CLMLP_CLI_DONE) clmlp_cli_page_of_history(page, &epochs, base_of(path));
    clmlp_cli_epochs_free(&epochs);
    return status;
}

/* --- all of them ------------------------------------------------------------------------------------------------- */

static int take_text(clmlp_cli_page *page, const char *path)
{
    int status = CLMLP_CLI_DONE;
    char *const text = read_text(path, &status);
    if (text == NULL) return status;
    cJSON *const object = cJSON_Parse(text);
    const bool known = cJSON_IsObject(object) && (clmlp_cli_page_of_verify(page, object, base_of(path)) ||
                                                  clmlp_cli_page_of_bench(page, object, base_of(path)));
    const bool json = object != NULL;
    cJSON_Delete(object);
    if (!known && strncmp(text, "{\"epoch\":", 9) == 0) status = take_history(page, path, text);
    else if (!known) status = bad(path, json ? "is JSON of another kind" : "is something else");
    free(text);
    return status;
}

static int take_model(clmlp_cli_page *page, const report_options *o)
{
    clmlp_error error = {.status = CLMLP_OK};
    clmlp_model *model = NULL;
    if (clmlp_model_load(&model, o->path, &o->hints, &error) != CLMLP_OK) return clmlp_cli_fail(&error, true);
    clmlp_cli_page_of_model(page, model, base_of(o->path));
    clmlp_model_destroy(model);
    return CLMLP_CLI_DONE;
}

static int report(const report_options *o)
{
    clmlp_error error = {.status = CLMLP_OK};
    clmlp_file_kind kind = CLMLP_FILE_DATA;
    clmlp_cli_page page = {.text = NULL};
    clmlp_text_place *place = NULL;
    if (clmlp_file_kind_of(&kind, o->path, &error) != CLMLP_OK) return clmlp_cli_fail(&error, true);
    const bool model = kind == CLMLP_FILE_MODEL || kind == CLMLP_FILE_CHECKPOINT;
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
    report_options options = {.out = "report.html", .hints = clmlp_model_hints_default()};
    if (parse(&options, &arguments, argc, argv, &status)) {
        clmlp_cli_set_quiet(options.quiet);
        status = report(&options);
    }
    clmlp_cli_arguments_free(&arguments);
    return status;
}
