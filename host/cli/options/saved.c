/* saved.c - options kept in a file: taken over, or compared with those that are given. */
#include "options/saved.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cjson/cJSON.h>
#include <clmlp/text.h>

#include "json_memory.h"
#include "message.h"
#include "terminal.h"

enum { SHOWN = 512 };

/* A JSON file is UTF-8, a command line has any bytes: such a text is an array of them. */
static cJSON *item_of(const char *text)
{
    const char *at = text;
    while (*at != '\0' && clmlp_character_length(at) > 0) at += clmlp_character_length(at);
    if (*at == '\0') return cJSON_CreateString(text);
    cJSON *const bytes = cJSON_CreateArray();
    for (at = text; *at != '\0'; at++) {
        if (clmlp_cli_json_append(bytes, cJSON_CreateNumber((double)(unsigned char)*at)) == NULL) {
            cJSON_Delete(bytes);
            return NULL;
        }
    }
    return bytes;
}

/* Such an array becomes a text, whatever its bytes. false: it is none. */
static bool join_bytes(cJSON *item)
{
    const cJSON *byte = NULL;
    size_t used = 0;
    char *const text = cJSON_malloc((size_t)cJSON_GetArraySize(item) + 1);
    if (text == NULL) return false;
    cJSON_ArrayForEach(byte, item) {
        const double value = cJSON_IsNumber(byte) ? byte->valuedouble : 0.0;
        if (!(value >= 1.0 && value <= 255.0)) {
            cJSON_free(text);
            return false;
        }
        text[used++] = (char)(unsigned char)value;
    }
    text[used] = '\0';
    cJSON *const made = cJSON_CreateString(text);
    cJSON_free(text);
    if (made == NULL) return false;
    cJSON_Delete(item->child);
    item->child = NULL;
    item->type = cJSON_String;
    item->valuestring = made->valuestring;
    made->valuestring = NULL;
    cJSON_Delete(made);
    return true;
}

static clmlp_cli_keep keep_of(const clmlp_cli_saved_rule *rules, const char *option)
{
    for (; rules->option != NULL; rules++) {
        if (strcmp(rules->option, option) == 0) return rules->keep;
    }
    return CLMLP_CLI_KEPT;
}

/* The index of an option; the number of options where there is none. */
static size_t find_option(const clmlp_cli_syntax *syntax, const char *name)
{
    size_t i = 0;
    while (i < syntax->option_count &&
           (syntax->options[i].name == NULL || strcmp(syntax->options[i].name, name) != 0)) {
        i++;
    }
    return i;
}

/* The option becomes what the text says; false: it cannot be read. */
static bool apply(const clmlp_cli_option *option, const char *text)
{
    if (option->given != NULL) *option->given = true;
    if (option->type != NULL) return option->type->parse(text, option->value) == NULL;
    *(bool *)option->value = true;
    return true;
}

/* Whether two texts say the same: "0.5" and "0.50". The option ends up with what `given` says. */
static bool means_same(const clmlp_cli_option *option, const char *given, const char *kept)
{
    char now[SHOWN] = "", then[SHOWN] = "";
    if (strcmp(given, kept) == 0) return true;
    if (option->type == NULL || option->type->show == NULL) return false;
    option->type->show(option->value, now, sizeof now);
    if (!apply(option, kept)) return false;
    option->type->show(option->value, then, sizeof then);
    return apply(option, given) && now[0] != '\0' && strcmp(now, then) == 0;
}

/* Whether an option that was not given then is given as it is by default: as `was` shows it, or as its help says, where
 * 0 stands for that. */
static bool is_default(const clmlp_cli_option *option, const char *given, const char *was)
{
    char now[SHOWN] = "", then[SHOWN] = "";
    if (option->type == NULL || option->type->show == NULL || was == NULL) return false;
    option->type->show(option->value, now, sizeof now);
    if (now[0] != '\0' && strcmp(now, was) == 0) return true;
    if (option->fallback == NULL) return false;
    const bool is_value = option->type->parse(option->fallback, option->value) == NULL;
    if (is_value) option->type->show(option->value, then, sizeof then);
    return apply(option, given) && is_value && now[0] != '\0' && strcmp(now, then) == 0;
}

/* What an option that decides by the data has decided; NULL: it is none. */
static const char *decided(const cJSON *saved, const char *name)
{
    return cJSON_GetStringValue(
        cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(saved, CLMLP_CLI_DECIDED), name));
}

/* Whether the given option only says what was decided, or leaves it open once more. */
static bool restates(const clmlp_cli_option *option, const char *given, const char *outcome)
{
    return outcome != NULL && (strcmp(given, "auto") == 0 || means_same(option, given, outcome));
}

static bool contradicts(const clmlp_cli_syntax *syntax, const clmlp_cli_option *option, const char *given,
                        const char *path, const char *kept, int *status)
{
    char was[SHOWN];
    (void)snprintf(was, sizeof was, kept != NULL && kept[0] != '\0' ? "with --%s '%s'" : "with --%s", option->name,
                   kept);
    if (kept == NULL) (void)snprintf(was, sizeof was, "without --%s", option->name);
    *status = clmlp_cli_usage_error(syntax->command, "--%s%s%s%s: contradicts --resume %s, a run %s; leave it out, or "
                                    "start anew with --init", option->name, given[0] != '\0' ? " '" : "", given,
                                    given[0] != '\0' ? "'" : "", path, was);
    return false;
}

static bool is_number(const char *text)
{
    return text[0] != '\0' && text[strspn(text, "+-.0123456789eE")] == '\0';
}

static bool names_file(const clmlp_cli_option *option)
{
    return option->argument != NULL &&
           (strcmp(option->argument, "FILE") == 0 || strcmp(option->argument, "FOLDER") == 0);
}

/* Whether the file, or a folder on the way to it, is a link. A second name of a file is one, too: a log is written
 * where it stands. What cannot be looked at counts as a link. */
static bool leads_through_link(const char *path)
{
    char part[PATH_MAX];
    struct stat entry;
    const size_t length = strlen(path);
    if (length >= sizeof part) return true;
    for (size_t i = 1; i <= length; i++) {
        if (path[i] != '/' && path[i] != '\0') continue;
        memcpy(part, path, i);
        part[i] = '\0';
        if (lstat(part, &entry) != 0) return errno != ENOENT;
        if (S_ISLNK(entry.st_mode) || (S_ISREG(entry.st_mode) && entry.st_nlink > 1)) return true;
    }
    return false;
}

bool clmlp_cli_saved_stays_here(const char *path)
{
    if (path[0] == '/' || path[0] == '\0') return false;
    for (const char *part = path; part != NULL; part = strchr(part, '/')) {
        part += part[0] == '/';
        if (part[0] == '.' && part[1] != '/') return false;
    }
    return !leads_through_link(path);
}

bool clmlp_cli_saved_leaves(const clmlp_cli_syntax *syntax, const char *path, const char *option, const char *kept,
                            int *status)
{
    *status = clmlp_cli_usage_error(syntax->command, "--resume %s: is of a run with --%s '%s'; give it again: a file "
                                    "does not choose places outside of this folder, nor behind a link", path, option,
                                    kept);
    return false;
}

/* An option that the file has. */
static bool take_one(clmlp_cli_arguments *arguments, const clmlp_cli_syntax *syntax, clmlp_cli_keep keep, size_t index,
                     const char *path, const char *kept, int *status)
{
    const clmlp_cli_option *const option = &syntax->options[index];
    const char *const given = arguments->values[index];
    char note[1024];
    if (keep == CLMLP_CLI_PART) keep = is_number(kept) ? CLMLP_CLI_KEPT : CLMLP_CLI_AGAIN;
    switch (keep) {
    case CLMLP_CLI_FORGOTTEN: return true;
    case CLMLP_CLI_AGAIN:
        if (given != NULL) return true;
        *status = clmlp_cli_usage_error(syntax->command, "--resume %s: is of a run with --%s '%s'; give that file "
                                        "again", path, option->name, kept);
        return false;
    case CLMLP_CLI_ANEW:
        if (given != NULL) return true;
        (void)snprintf(note, sizeof note, "the run of %s had --%s '%s', and goes on without", path, option->name, kept);
        clmlp_cli_tell(note);
        return true;
    case CLMLP_CLI_PART:
    case CLMLP_CLI_FREE:
    case CLMLP_CLI_KEPT: break;
    }
    if (given == NULL && names_file(option) && !clmlp_cli_saved_stays_here(kept)) {
        return clmlp_cli_saved_leaves(syntax, path, option->name, kept, status);
    }
    if (given == NULL) {
        arguments->values[index] = kept;
        if (apply(option, kept)) return true;
        *status = clmlp_cli_usage_error(syntax->command, "--resume %s: damaged: --%s cannot be '%s'", path,
                                        option->name, kept);
        return false;
    }
    if (keep == CLMLP_CLI_FREE || means_same(option, given, kept)) return true;
    if (restates(option, given, decided(arguments->saved, option->name))) return true;
    return contradicts(syntax, option, given, path, kept, status);
}

bool clmlp_cli_saved_take(clmlp_cli_arguments *arguments, const clmlp_cli_syntax *syntax,
                          const clmlp_cli_saved_rule *rules, const char *path, const char *text, int *status)
{
    cJSON *item = NULL;
    arguments->saved = cJSON_Parse(text);
    if (!cJSON_IsObject(arguments->saved)) {
        *status = clmlp_cli_usage_error(syntax->command, clmlp_cli_json_was_lost() ? "--resume %s: " CLMLP_CLI_NO_MEMORY
                                        : "--resume %s: damaged: its options are no JSON object", path);
        return false;
    }
    for (size_t i = 0; i < syntax->option_count; i++) {
        const clmlp_cli_option *const option = &syntax->options[i];
        if (option->name == NULL || arguments->values[i] == NULL) continue;
        if (cJSON_HasObjectItem(arguments->saved, option->name) || keep_of(rules, option->name) != CLMLP_CLI_KEPT) {
            continue;
        }
        const char *const outcome = decided(arguments->saved, option->name);
        if (outcome == NULL && is_default(option, arguments->values[i], arguments->defaults[i])) continue;
        if (restates(option, arguments->values[i], outcome)) continue;
        return contradicts(syntax, option, arguments->values[i], path, outcome, status);
    }
    cJSON_ArrayForEach(item, arguments->saved) {
        if (cJSON_IsObject(item)) continue;
        const size_t index = find_option(syntax, item->string);
        const bool is_text = cJSON_IsString(item) || (cJSON_IsArray(item) && join_bytes(item));
        if (index < syntax->option_count && !is_text && clmlp_cli_json_was_lost()) {
            *status = clmlp_cli_usage_error(syntax->command, "--resume %s: " CLMLP_CLI_NO_MEMORY, path);
            return false;
        }
        if (index == syntax->option_count || !is_text) {
            *status = clmlp_cli_usage_error(syntax->command, "--resume %s: is of a run with --%s, which this clmlp "
                                            "does not know", path, item->string);
            return false;
        }
        if (!take_one(arguments, syntax, keep_of(rules, item->string), index, path, item->valuestring, status)) {
            return false;
        }
    }
    return true;
}

cJSON *clmlp_cli_saved_list(const clmlp_cli_arguments *arguments, const clmlp_cli_syntax *syntax,
                            const clmlp_cli_saved_rule *rules)
{
    cJSON *const list = cJSON_CreateObject();
    for (size_t i = 0; i < syntax->option_count; i++) {
        const char *const name = syntax->options[i].name, *const value = arguments->values[i];
        if (name == NULL || value == NULL || keep_of(rules, name) == CLMLP_CLI_FORGOTTEN) continue;
        if (clmlp_cli_json_put(list, name, item_of(value)) != NULL) continue;
        cJSON_Delete(list);
        return NULL;
    }
    return list;
}
