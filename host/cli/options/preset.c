/* preset.c - what each preset of clmlp train sets. */
#include "options/preset.h"

#include <stdio.h>
#include <string.h>

/* What a setting is for. */
typedef enum setting_task { FOR_ALL, FOR_CLASSES, FOR_NUMBERS } setting_task;

/* Whether a setting is for a single network, for the members of an ensemble, or for both. */
typedef enum setting_size { ANY, SINGLE, MEMBERS } setting_size;

/* Which method of training a setting is for: any, any update rule, or the preset's own optimizer alone. */
typedef enum setting_method { ALL_METHODS, RULES, OWN } setting_method;

/* An option and its value, as on a command line. counts: as given, where another default would take its place. */
typedef struct setting {
    const char *option, *value;
    setting_task task;
    bool counts;
    setting_size size;
    setting_method method;
} setting;

#define SET(option, value) {option, value, FOR_ALL, false, ANY, ALL_METHODS}
#define SET_FOR(task, option, value) {option, value, task, false, ANY, ALL_METHODS}
#define SET_MEMBERS(task, option, value) {option, value, task, false, MEMBERS, ALL_METHODS}
#define SET_DROPOUT(size, task, value) {"dropout", value, task, false, size, RULES}
#define SET_RULE(option, value) {option, value, FOR_ALL, false, ANY, RULES}
#define SET_OWN(option, value) {option, value, FOR_ALL, false, ANY, OWN}
#define SET_GIVEN(option, value) {option, value, FOR_ALL, true, ANY, OWN}
#define END {NULL, NULL, FOR_ALL, false, ANY, ALL_METHODS}

static const setting article[] = {
    SET("hidden", "25"), SET("activation", "sigmoid"), SET("output", "sigmoid"), SET("optimizer", "sgd"),
    SET_OWN("rate", "0.5"), SET("lambda", "0"), SET("epochs", "30"), SET_RULE("batch", "32"), END};

/* docs/tabular.md says where each comes from. */
static const setting tabular[] = {
    SET("hidden", "128,128,128"),
    SET_FOR(FOR_CLASSES, "activation", "selu"), SET_FOR(FOR_NUMBERS, "activation", "mish"),
    SET_FOR(FOR_CLASSES, "output", "softmax"), SET("scale", "robust-clip"),
    SET("optimizer", "adam"), SET_OWN("beta2", "0.95"), SET_GIVEN("rate", "0.007"),
    SET_GIVEN("layer-rates", "fan-in"), SET_OWN("bias-rate", "1.6"), SET_OWN("input-scale-rate", "6"),
    SET_OWN("schedule", "cosine"), SET_DROPOUT(SINGLE, FOR_ALL, "0.15"),
    SET_DROPOUT(MEMBERS, FOR_CLASSES, "0.15"), SET_DROPOUT(MEMBERS, FOR_NUMBERS, "0.05"),
    SET_MEMBERS(FOR_NUMBERS, "ensemble-by", "folds"), SET_FOR(FOR_CLASSES, "label-smoothing", "0.1"),
    SET_RULE("batch", "64"), SET_RULE("last-batch", "drop"), END};

static const setting nothing[] = {END};

static const char *const names[CLMLP_CLI_PRESET_COUNT] = {NULL, "article", "tabular"};
static const setting *const settings[CLMLP_CLI_PRESET_COUNT] = {nothing, article, tabular};

static const char *parse_preset(const char *text, void *value)
{
    for (int p = CLMLP_CLI_PRESET_ARTICLE; p < CLMLP_CLI_PRESET_COUNT; p++) {
        if (strcmp(text, names[p]) != 0) continue;
        *(clmlp_cli_preset *)value = (clmlp_cli_preset)p;
        return NULL;
    }
    return "expected article or tabular";
}

const clmlp_cli_type clmlp_cli_preset_type = {parse_preset, NULL, "article tabular"};

const char *clmlp_cli_preset_name(clmlp_cli_preset preset)
{
    return names[preset];
}

static const clmlp_cli_option *row_of(const clmlp_cli_syntax *syntax, const char *name)
{
    for (size_t i = 0; i < syntax->option_count; i++) {
        if (syntax->options[i].name != NULL && strcmp(syntax->options[i].name, name) == 0) return &syntax->options[i];
    }
    return NULL;
}

static bool suits(const setting *s, clmlp_cli_preset_case c)
{
    if (s->method == OWN && c.method != CLMLP_CLI_PRESET_RULE) return false;
    if (s->method == RULES && c.method == CLMLP_CLI_MINIMISER) return false;
    return s->size == ANY || s->size == (c.ensemble ? MEMBERS : SINGLE);
}

clmlp_cli_preset_method clmlp_cli_preset_method_of(clmlp_cli_preset preset, bool given, clmlp_optimizer optimizer,
                                                   clmlp_minimiser minimiser)
{
    const bool adam = optimizer == CLMLP_ADAM || optimizer == CLMLP_ADAMW;
    if (minimiser != CLMLP_NO_MINIMISER) return CLMLP_CLI_MINIMISER;
    if (!given) return CLMLP_CLI_PRESET_RULE;
    const bool own = preset == CLMLP_CLI_PRESET_TABULAR ? adam : optimizer == CLMLP_SGD;
    return own ? CLMLP_CLI_PRESET_RULE : CLMLP_CLI_OTHER_RULE;
}

const char *clmlp_cli_preset_apply(clmlp_cli_preset preset, clmlp_cli_preset_case c, const clmlp_cli_syntax *syntax)
{
    for (const setting *s = settings[preset]; s->option != NULL; s++) {
        if (s->task == FOR_NUMBERS || !suits(s, c)) continue; /* the task is not known yet */
        const clmlp_cli_option *const row = row_of(syntax, s->option);
        if (row == NULL) return s->option;
        const char *const complaint = row->type->parse(s->value, row->value);
        if (complaint != NULL) return complaint;
        if (s->counts && row->given != NULL) *row->given = true;
    }
    return NULL;
}

void clmlp_cli_preset_text(clmlp_cli_preset preset, bool numbers, clmlp_cli_preset_case c, const cJSON *given,
                           char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (const setting *s = settings[preset]; s->option != NULL && used < size; s++) {
        if (cJSON_HasObjectItem(given, s->option) || !suits(s, c)) continue;
        if (s->task == (numbers ? FOR_CLASSES : FOR_NUMBERS)) continue;
        const int length = snprintf(text + used, size - used, "%s--%s %s", used > 0 ? " " : "", s->option, s->value);
        used += length > 0 ? (size_t)length : 0;
    }
}

const char *clmlp_cli_preset_value(clmlp_cli_preset preset, bool numbers, clmlp_cli_preset_case c, const char *option)
{
    for (const setting *s = settings[preset]; s->option != NULL; s++) {
        if (s->task == (numbers ? FOR_CLASSES : FOR_NUMBERS) || !suits(s, c)) continue;
        if (strcmp(s->option, option) == 0) return s->value;
    }
    return NULL;
}

/* 128 up to 10,000 examples; fewer of more, so that about as many examples are seen, but at least 8. */
size_t clmlp_cli_tabular_epochs(size_t examples)
{
    enum { MOST = 128, LEAST = 8, SEEN = 128 * 10000 };
    const size_t epochs = examples > 0 ? SEEN / examples : MOST;
    return epochs > MOST ? MOST : epochs < LEAST ? LEAST : epochs;
}
