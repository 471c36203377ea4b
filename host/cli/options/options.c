/* options.c - command lines: option tables for popt, help, errors. */
#include "options/options.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <popt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "options/hints.h"
#include "options/propose.h"

enum { HELP = 1, FIRST_OPTION = 2, DEFAULT_LENGTH = 512 };

/* --- from rows to popt's tables ------------------------------------------------------------------------ */

typedef struct tables {
    struct poptOption *rows;   /* all groups one after the other, each with popt's end mark */
    struct poptOption *groups; /* what popt is given: includes the groups */
    char **help;               /* [option_count] */
    size_t count;
} tables;

static void tables_free(tables *t)
{
    for (size_t i = 0; t->help != NULL && i < t->count; i++) free(t->help[i]);
    free(t->help);
    free(t->rows);
    free(t->groups);
}

void clmlp_cli_default(const clmlp_cli_option *option, char *text, size_t size)
{
    text[0] = '\0';
    if (option->fallback != NULL) (void)snprintf(text, size, "%s", option->fallback);
    else if (option->type != NULL && option->type->show != NULL) option->type->show(option->value, text, size);
}

/* "help (default: value)". */
static char *describe(const clmlp_cli_option *option)
{
    char value[DEFAULT_LENGTH];
    clmlp_cli_default(option, value, sizeof value);
    const size_t size = strlen(option->help) + strlen(value) + sizeof " (default: )";
    char *const text = malloc(size);
    if (text == NULL) return NULL;
    if (value[0] == '\0') (void)snprintf(text, size, "%s", option->help);
    else (void)snprintf(text, size, "%s (default: %s)", option->help, value);
    return text;
}

static struct poptOption include(struct poptOption *table, char *heading)
{
    return (struct poptOption){NULL, '\0', POPT_ARG_INCLUDE_TABLE, table, 0, heading, NULL};
}

static bool tables_make(tables *t, const clmlp_cli_syntax *syntax)
{
    static struct poptOption help_rows[] = {
        {"help", 'h', POPT_ARG_NONE, NULL, HELP, "show this text", NULL}, POPT_TABLEEND};
    const size_t count = syntax->option_count;
    *t = (tables){.count = count};
    t->help = calloc(count + 1, sizeof *t->help);
    t->rows = calloc(2 * count + 2, sizeof *t->rows); /* zeros are popt's end mark */
    t->groups = calloc(count + 3, sizeof *t->groups);
    if (t->help == NULL || t->rows == NULL || t->groups == NULL) return false;
    size_t row = 0, group = 0;
    for (size_t i = 0; i < count; i++) {
        const clmlp_cli_option *const option = &syntax->options[i];
        t->help[i] = describe(option);
        if (t->help[i] == NULL) return false;
        if (option->name == NULL) {
            if (group > 0) row++;
            t->groups[group++] = include(&t->rows[row], t->help[i]);
        } else {
            t->rows[row++] = (struct poptOption){option->name, '\0',
                                                 option->type == NULL ? POPT_ARG_NONE : POPT_ARG_STRING, NULL,
                                                 FIRST_OPTION + (int)i, t->help[i], option->argument};
        }
    }
    t->groups[group] = include(help_rows, NULL);
    return true;
}

/* --- reading ------------------------------------------------------------------------------------------- */

enum { LONGEST_WORD = 64 };

static int unknown_option(const clmlp_cli_syntax *syntax, const char *word)
{
    char name[LONGEST_WORD], proposal[CLMLP_CLI_PROPOSAL];
    const char *const bare = word + strspn(word, "-");
    const int length = (int)strcspn(word, "=");
    (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(bare, "="), bare);
    for (char *c = name; *c != '\0'; c++) {
        if (*c == '_') *c = '-'; /* as Python has it */
    }
    const char *const why = clmlp_cli_why_not(syntax->command, name);
    if (why != NULL) return clmlp_cli_usage_error(syntax->command, "unknown option '%.*s': %s", length, word, why);
    return clmlp_cli_usage_error(syntax->command, "unknown option '%.*s'%s", length, word,
                                 clmlp_cli_propose_option(syntax, name, proposal));
}

static int popt_error(const clmlp_cli_syntax *syntax, poptContext context, int code)
{
    const char *const word = poptBadOption(context, POPT_BADOPTION_NOALIAS);
    switch (code) {
    case POPT_ERROR_BADOPT: return unknown_option(syntax, word);
    case POPT_ERROR_NOARG: return clmlp_cli_usage_error(syntax->command, "%s: expected a value", word);
    case POPT_ERROR_UNWANTEDARG:
        return clmlp_cli_usage_error(syntax->command, "%.*s: takes no value", (int)strcspn(word, "="), word);
    case POPT_ERROR_MALLOC: return clmlp_cli_usage_error(syntax->command, "%s: " CLMLP_CLI_NO_MEMORY, word);
    default: return clmlp_cli_usage_error(syntax->command, "%s: %s", word, poptStrerror(code));
    }
}

/* Its default as one would type it, before it is lost; NULL: it has none to show. */
static char *keep_default(const clmlp_cli_option *option)
{
    char text[DEFAULT_LENGTH] = "";
    if (option->type->show == NULL) return NULL;
    option->type->show(option->value, text, sizeof text);
    char *const copy = malloc(strlen(text) + 1);
    return copy != NULL ? strcpy(copy, text) : NULL;
}

/* One option that popt has found. */
static bool take(clmlp_cli_arguments *arguments, const clmlp_cli_syntax *syntax, poptContext context, size_t index,
                 int *status)
{
    const clmlp_cli_option *const option = &syntax->options[index];
    const bool first = arguments->values[index] == NULL;
    if (option->given != NULL) *option->given = true;
    arguments->values[index] = "";
    if (option->type == NULL) {
        *(bool *)option->value = true;
        return true;
    }
    if (first) arguments->defaults[index] = keep_default(option);
    char *const text = poptGetOptArg(context);
    if (text == NULL) { /* popt had no memory: where there is no value it says so */
        *status = clmlp_cli_usage_error(syntax->command, "--%s: " CLMLP_CLI_NO_MEMORY, option->name);
        return false;
    }
    arguments->texts[arguments->text_count++] = text;
    arguments->values[index] = text;
    const char *const complaint = option->type->parse(text, option->value);
    char proposal[CLMLP_CLI_PROPOSAL];
    if (complaint == NULL) return true;
    *status = clmlp_cli_usage_error(syntax->command, "--%s '%s': %s%s", option->name, text, complaint,
                                    clmlp_cli_propose_value(syntax, option, text, proposal));
    return false;
}

/* Length of the first name in "MODEL DATA". */
static size_t name_length(const char *names)
{
    return strcspn(names, " ");
}

/* Whether the word is an option whose value is the next word. */
static bool takes_next(const clmlp_cli_syntax *syntax, const char *word)
{
    for (size_t i = 0; i < syntax->option_count; i++) {
        const clmlp_cli_option *const option = &syntax->options[i];
        if (option->name != NULL && option->type != NULL && strcmp(word + 2, option->name) == 0) return true;
    }
    return false;
}

/* How many words belong to no option. popt forgets them where it has no memory. */
static size_t count_positionals(const clmlp_cli_syntax *syntax, char **words)
{
    size_t count = 0;
    for (size_t i = 1; words[i] != NULL; i++) {
        if (strcmp(words[i], "--") == 0) {
            while (words[++i] != NULL) count++;
            break;
        }
        if (words[i][0] != '-' || words[i][1] == '\0') count++;
        else if (strncmp(words[i], "--", 2) == 0 && takes_next(syntax, words[i]) && words[i + 1] != NULL) i++;
    }
    return count;
}

/* With several arguments nobody can tell which one is missing: the whole line is shown. */
static int missing_argument(const clmlp_cli_arguments *arguments, const clmlp_cli_syntax *syntax, const char *names,
                            size_t count)
{
    if (strchr(syntax->positionals, ' ') == NULL || strchr(syntax->positionals, '[') != NULL) {
        return clmlp_cli_usage_error(syntax->command, "%.*s is missing", (int)name_length(names), names);
    }
    if (count == 0) {
        return clmlp_cli_usage_error(syntax->command, "%.*s is missing (expected clmlp %s %s)",
                                     (int)name_length(names), names, syntax->command, syntax->positionals);
    }
    return clmlp_cli_usage_error(syntax->command, "found '%s' alone (expected clmlp %s %s)",
                                 arguments->positional[count - 1], syntax->command, syntax->positionals);
}

static bool take_positionals(clmlp_cli_arguments *arguments, const clmlp_cli_syntax *syntax, poptContext context,
                             char **words, int *status)
{
    size_t count = 0;
    const char *names = syntax->positionals;
    for (; names[0] != '\0'; names += name_length(names), names += names[0] == ' ') {
        const char *const word = poptGetArg(context);
        if (word == NULL && count < count_positionals(syntax, words)) {
            *status = clmlp_cli_usage_error(syntax->command, "%.*s: " CLMLP_CLI_NO_MEMORY, (int)name_length(names),
                                            names);
            return false;
        }
        if (word == NULL && names[0] == '[') break;
        if (word == NULL) {
            *status = missing_argument(arguments, syntax, names, count);
            return false;
        }
        char *const copy = malloc(strlen(word) + 1);
        if (copy == NULL) {
            clmlp_cli_error("not enough memory for the command line");
            *status = CLMLP_CLI_FAILED;
            return false;
        }
        arguments->texts[arguments->text_count++] = strcpy(copy, word);
        arguments->positional[count++] = copy;
    }
    const char *const extra = poptGetArg(context);
    if (extra == NULL) return true;
    *status = clmlp_cli_usage_error(syntax->command, "unexpected argument '%s'%s", extra,
                                    clmlp_cli_extra_hint(syntax->command));
    return false;
}

static void print_help(const clmlp_cli_syntax *syntax, poptContext context)
{
    char usage[64];
    (void)snprintf(usage, sizeof usage, "[OPTION...]%s%s", syntax->positionals[0] != '\0' ? " " : "",
                   syntax->positionals);
    poptSetOtherOptionHelp(context, usage);
    errno = 0;
    poptPrintHelp(context, stdout, 0);
    if (errno == ENOMEM) clmlp_cli_lose("all of the help"); /* popt leaves out what it has no memory for */
    clmlp_cli_out("\n");
    clmlp_cli_print_lines(stdout, syntax->description);
}

static bool read_line(clmlp_cli_arguments *arguments, const clmlp_cli_syntax *syntax, poptContext context, char **words,
                      int *status)
{
    int code;
    while ((code = poptGetNextOpt(context)) > 0) {
        if (code == HELP) {
            print_help(syntax, context);
            *status = clmlp_cli_finish_output(CLMLP_CLI_DONE);
            return false;
        }
        if (!take(arguments, syntax, context, (size_t)(code - FIRST_OPTION), status)) return false;
    }
    if (code < -1) {
        *status = popt_error(syntax, context, code);
        return false;
    }
    return take_positionals(arguments, syntax, context, words, status);
}

static clmlp_cli_use_syntax *shown_to; /* NULL: lines are read */
static void *shown_with;

void clmlp_cli_show_syntax(clmlp_cli_use_syntax *use, void *context)
{
    shown_to = use;
    shown_with = context;
}

bool clmlp_cli_parse(clmlp_cli_arguments *arguments, const clmlp_cli_syntax *syntax, int argc, char **argv,
                     int *status)
{
    char name[64];
    bool go_on = false;
    if (shown_to != NULL) {
        *arguments = (clmlp_cli_arguments){0};
        *status = CLMLP_CLI_DONE;
        shown_to(syntax, shown_with);
        return false;
    }
    tables t = {0};
    poptContext context = NULL;
    const char **const words = calloc((size_t)argc + 1, sizeof *words);
    *arguments = (clmlp_cli_arguments){.texts = calloc((size_t)argc + 1, sizeof(char *)),
                                       .option_count = syntax->option_count,
                                       .values = calloc(syntax->option_count + 1, sizeof(char *)),
                                       .defaults = calloc(syntax->option_count + 1, sizeof(char *))};
    const bool room = arguments->texts != NULL && arguments->values != NULL && arguments->defaults != NULL;
    if (words != NULL && room && tables_make(&t, syntax)) {
        (void)snprintf(name, sizeof name, "clmlp %s", syntax->command);
        for (int i = 0; i < argc; i++) words[i] = i == 0 ? name : argv[i];
        context = poptGetContext("clmlp", argc, words, t.groups, 0);
    }
    if (context != NULL) {
        go_on = read_line(arguments, syntax, context, argv, status);
    } else {
        clmlp_cli_error("not enough memory for the command line");
        *status = CLMLP_CLI_FAILED;
    }
    poptFreeContext(context);
    tables_free(&t);
    free(words);
    return go_on;
}

void clmlp_cli_arguments_free(clmlp_cli_arguments *arguments)
{
    for (size_t i = 0; i < arguments->text_count; i++) free(arguments->texts[i]);
    free(arguments->texts);
    for (size_t i = 0; arguments->defaults != NULL && i < arguments->option_count; i++) free(arguments->defaults[i]);
    free(arguments->defaults);
    free(arguments->values);
    cJSON_Delete(arguments->saved);
    *arguments = (clmlp_cli_arguments){0};
}
