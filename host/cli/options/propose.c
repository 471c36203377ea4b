/* propose.c - what an error proposes for a word that was not understood. */
#include "options/propose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <clmlp/metrics.h>
#include <clmlp/text.h>

#include "options/synonyms.h"

static clmlp_cli_who_has *who_has;

void clmlp_cli_ask_who_has(clmlp_cli_who_has *ask)
{
    who_has = ask;
}

static bool has_option(const clmlp_cli_syntax *syntax, const char *name)
{
    for (size_t i = 0; i < syntax->option_count; i++) {
        if (syntax->options[i].name != NULL && strcmp(syntax->options[i].name, name) == 0) return true;
    }
    return false;
}

/* " (it counts steps)", or "", into out [size]. Returns out. */
enum { BUT_LENGTH = 80 };
static const char *in_brackets(const char *but, char out[BUT_LENGTH])
{
    out[0] = '\0';
    if (but != NULL) (void)snprintf(out, BUT_LENGTH, " (%s)", but);
    return out;
}

/* --- options -------------------------------------------------------------------------------------------------- */

/* The option itself, written otherwise. */
static bool propose_same(const clmlp_cli_syntax *syntax, const char *name, char text[CLMLP_CLI_PROPOSAL])
{
    for (size_t i = 0; i < syntax->option_count; i++) {
        const char *const option = syntax->options[i].name;
        if (option == NULL || !clmlp_cli_is_same_word(option, name)) continue;
        (void)snprintf(text, CLMLP_CLI_PROPOSAL, "; did you mean '--%s'?", option);
        return true;
    }
    return false;
}

/* Those of the command that other programs call so, or almost so: the first two. A short name is near to too many. */
static bool propose_synonym(const clmlp_cli_syntax *syntax, const char *name, bool near, char text[CLMLP_CLI_PROPOSAL])
{
    enum { LONG_ENOUGH = 5 };
    const char *meant[2] = {NULL, NULL}, *buts[2] = {NULL, NULL}, *option, *but;
    char first[BUT_LENGTH], second[BUT_LENGTH];
    size_t at = 0, count = 0;
    if (near && strlen(name) < LONG_ENOUGH) return false;
    while (count < 2 && (option = clmlp_cli_option_called(name, near, &at, &but)) != NULL) {
        if (!has_option(syntax, option)) continue;
        buts[count] = but;
        meant[count++] = option;
    }
    if (count == 0) return false;
    (void)in_brackets(buts[0], first);
    (void)in_brackets(buts[1], second);
    if (count == 1) (void)snprintf(text, CLMLP_CLI_PROPOSAL, "; did you mean '--%s'%s?", meant[0], first);
    else {
        (void)snprintf(text, CLMLP_CLI_PROPOSAL, "; did you mean '--%s'%s or '--%s'%s?", meant[0], first, meant[1],
                       second);
    }
    return true;
}

/* `name` is what was typed, or what that means, but for `but`. */
static bool propose_other_command(const char *name, bool typed, const char *but, char text[CLMLP_CLI_PROPOSAL])
{
    char commands[256] = "", brackets[BUT_LENGTH];
    if (who_has != NULL) who_has(name, commands, sizeof commands);
    if (commands[0] == '\0') return false;
    if (typed) (void)snprintf(text, CLMLP_CLI_PROPOSAL, "; it is an option of %s", commands);
    else (void)snprintf(text, CLMLP_CLI_PROPOSAL, "; '--%s'%s is an option of %s", name, in_brackets(but, brackets),
                        commands);
    return true;
}

/* The option of the command that is nearest, or that begins so. */
static bool propose_nearest(const clmlp_cli_syntax *syntax, const char *name, bool beginnings,
                            char text[CLMLP_CLI_PROPOSAL])
{
    enum { SHORTEST = 3 };
    const char *nearest = NULL;
    size_t count = 0;
    const char **const names = calloc(syntax->option_count + 1, sizeof *names);
    for (size_t i = 0; names != NULL && i < syntax->option_count; i++) {
        const char *const option = syntax->options[i].name;
        if (option != NULL && !clmlp_cli_is_opposite(option, name)) names[count++] = option;
    }
    if (names != NULL) names[count++] = "help";
    if (!beginnings) nearest = clmlp_nearest(name, names, count);
    for (size_t i = 0; i < count && beginnings && strlen(name) >= SHORTEST; i++) {
        if (strncmp(names[i], name, strlen(name)) != 0) continue;
        if (nearest != NULL) nearest = ""; /* it may be one or the other */
        else nearest = names[i];
    }
    free(names);
    if (nearest == NULL || nearest[0] == '\0') return false;
    (void)snprintf(text, CLMLP_CLI_PROPOSAL, "; did you mean '--%s'?", nearest);
    return true;
}

static bool propose_argument(const clmlp_cli_syntax *syntax, const char *name, char text[CLMLP_CLI_PROPOSAL])
{
    static const char *const arguments[] = {"DATA", "MODEL"};
    for (size_t i = 0; i < sizeof arguments / sizeof *arguments; i++) {
        if (strstr(syntax->positionals, arguments[i]) == NULL || !clmlp_cli_is_argument(arguments[i], name)) continue;
        (void)snprintf(text, CLMLP_CLI_PROPOSAL, "; %s stands without an option (expected clmlp %s %s)", arguments[i],
                       syntax->command, syntax->positionals);
        return true;
    }
    return false;
}

const char *clmlp_cli_propose_option(const clmlp_cli_syntax *syntax, const char *name, char text[CLMLP_CLI_PROPOSAL])
{
    const clmlp_cli_explanation explanation = clmlp_cli_explain_option(name);
    const char *option, *but;
    size_t at = 0;
    text[0] = '\0';
    if (propose_same(syntax, name, text)) return text;
    if (explanation.text != NULL && has_option(syntax, explanation.option)) {
        (void)snprintf(text, CLMLP_CLI_PROPOSAL, ": %s", explanation.text);
        return text;
    }
    if (propose_synonym(syntax, name, false, text) || propose_argument(syntax, name, text)) return text;
    if (propose_other_command(name, true, NULL, text) || propose_nearest(syntax, name, false, text)) return text;
    while ((option = clmlp_cli_option_called(name, false, &at, &but)) != NULL) {
        if (propose_other_command(option, false, but, text)) return text;
    }
    if (!propose_nearest(syntax, name, true, text)) (void)propose_synonym(syntax, name, true, text);
    return text;
}

/* --- values --------------------------------------------------------------------------------------------------- */

const char *clmlp_cli_propose_word(const char *option, const char *word, const char *const *names, size_t count,
                                   char text[CLMLP_CLI_PROPOSAL])
{
    char brackets[BUT_LENGTH];
    const char *but = NULL, *meant = clmlp_cli_word_called(option, word, &but);
    const bool is_none = meant != NULL && meant[0] == '\0';
    bool is_there = meant == NULL;
    for (size_t i = 0; i < count && !is_there; i++) is_there = strcmp(names[i], meant) == 0;
    text[0] = '\0';
    if (is_none) return text;
    if (meant == NULL || !is_there) {
        meant = clmlp_nearest(word, names, count);
        but = NULL;
    }
    if (meant != NULL) {
        (void)snprintf(text, CLMLP_CLI_PROPOSAL, "; did you mean '%s'%s?", meant, in_brackets(but, brackets));
    }
    return text;
}

const char *clmlp_cli_propose_metric(const char *option, const char *word, char text[CLMLP_CLI_PROPOSAL])
{
    const char *names[CLMLP_METRIC_COUNT + 1];
    for (int i = 0; i < CLMLP_METRIC_COUNT; i++) names[i] = clmlp_metric_name((clmlp_metric)i);
    names[CLMLP_METRIC_COUNT] = "cost";
    return clmlp_cli_propose_word(option, word, names, CLMLP_METRIC_COUNT + 1, text);
}

/* The words of a closed list that it takes, into copy [size] and names [most]. Returns how many. */
static size_t list_words(const clmlp_cli_type *type, char *copy, size_t size, const char **names, size_t most)
{
    size_t count = 0, used = 0, length = 0;
    const char *word = type->words;
    while (word != NULL && count < most && (word = clmlp_cli_next_word(type, word, &length)) != NULL) {
        if (used + length + 1 > size) break;
        (void)memcpy(copy + used, word, length);
        copy[used + length] = '\0';
        names[count++] = copy + used;
        used += length + 1;
        word += length;
    }
    return count;
}

const char *clmlp_cli_propose_value(const clmlp_cli_syntax *syntax, const clmlp_cli_option *option, const char *value,
                                    char text[CLMLP_CLI_PROPOSAL])
{
    enum { WORDS = 32 };
    char copy[512];
    const char *names[WORDS];
    text[0] = '\0';
    const char *but = NULL;
    const char *const called = clmlp_cli_word_called(option->name, value, &but);
    if (option->type->words == NULL) { /* no closed list */
        if (called != NULL) (void)snprintf(text, CLMLP_CLI_PROPOSAL, "; did you mean '%s'?", called);
        return text;
    }
    const bool is_file = strpbrk(value, "./") != NULL && strcmp(option->name, "output") == 0;
    if (is_file && has_option(syntax, "out")) {
        (void)snprintf(text, CLMLP_CLI_PROPOSAL, "; a file is written with --out");
        return text;
    }
    const size_t count = list_words(option->type, copy, sizeof copy, names, WORDS);
    return clmlp_cli_propose_word(option->name, value, names, count, text);
}
