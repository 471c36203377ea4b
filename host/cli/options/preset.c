/* preset.c - what each preset of clmlp train sets. */
#include "options/preset.h"

#include <stdio.h>
#include <string.h>

/* What a setting is for. */
typedef enum setting_task { FOR_ALL, FOR_CLASSES, FOR_NUMBERS } setting_task;

/* Whether a setting is for a single network, for the members of an ensemble, or for both. */
typedef enum setting_size { ANY, SINGLE, MEMBERS } setting_size;

/* An option and its value, as on a command line. counts: as given, where another default would take its place. */
typedef struct setting {
    const char *option, *value;
    setting_task task;
    bool counts;
    setting_size size;
} setting;

#define SET(option, value) {option, value, FOR_ALL, false, ANY}
#define SET_FOR(task, option, value) {option, value, task, false, ANY}
#define SET_OF(size, task, option, value) {option, value, task, false, size}
#define SET_GIVEN(option, value) {option, value, FOR_ALL, true, ANY}
#define END {NULL, NULL, FOR_ALL, false, ANY}

static const setting article[] = {
    SET("hidden", "25"), SET("activation", "sigmoid"), SET("output", "sigmoid"), SET("optimizer", "sgd"),
    SET("rate", "0.5"), SET("lambda", "0"), SET("epochs", "30"), SET("batch", "32"), END};

/* docs/tabular.md says where each comes from. */
static const setting tabular[] = {
    SET("hidden", "128,128,128"),
    SET_FOR(FOR_CLASSES, "activation", "selu"), SET_FOR(FOR_NUMBERS, "activation", "mish"),
    SET_FOR(FOR_CLASSES, "output", "softmax"), SET("scale", "robust-clip"), SET("initialisation", "ntk"),
    SET("optimizer", "adam"), SET("beta2", "0.95"), SET_GIVEN("rate", "0.007"),
    SET_GIVEN("layer-rates", "fan-in"), SET("bias-rate", "1.6"), SET("input-scale-rate", "6"),
    SET("schedule", "cosine"), SET_OF(SINGLE, FOR_ALL, "dropout", "0.15"),
    SET_OF(MEMBERS, FOR_CLASSES, "dropout", "0.15"), SET_OF(MEMBERS, FOR_NUMBERS, "dropout", "0.05"),
    SET_OF(MEMBERS, FOR_NUMBERS, "ensemble-by", "folds"), SET_FOR(FOR_CLASSES, "label-smoothing", "0.1"),
    SET("batch", "64"), SET("last-batch", "drop"), END};

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

const clmlp_cli_type clmlp_cli_preset_type = {parse_preset, NULL};

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

static bool suits(const setting *s, bool ensemble)
{
    return s->size == ANY || s->size == (ensemble ? MEMBERS : SINGLE);
}

const char *clmlp_cli_preset_apply(clmlp_cli_preset preset, bool ensemble, const clmlp_cli_syntax *syntax)
{
    for (const setting *s = settings[preset]; s->option != NULL; s++) {
        if (s->task == FOR_NUMBERS || !suits(s, ensemble)) continue; /* the task is not known yet */
        const clmlp_cli_option *const row = row_of(syntax, s->option);
        if (row == NULL) return s->option;
        const char *const complaint = row->type->parse(s->value, row->value);
        if (complaint != NULL) return complaint;
        if (s->counts && row->given != NULL) *row->given = true;
    }
    return NULL;
}

void clmlp_cli_preset_text(clmlp_cli_preset preset, bool numbers, bool ensemble, const cJSON *given, char *text,
                           size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (const setting *s = settings[preset]; s->option != NULL && used < size; s++) {
        if (cJSON_HasObjectItem(given, s->option) || !suits(s, ensemble)) continue;
        if (s->task == (numbers ? FOR_CLASSES : FOR_NUMBERS)) continue;
        const int length = snprintf(text + used, size - used, "%s--%s %s", used > 0 ? " " : "", s->option, s->value);
        used += length > 0 ? (size_t)length : 0;
    }
}

const char *clmlp_cli_preset_value(clmlp_cli_preset preset, bool numbers, bool ensemble, const char *option)
{
    for (const setting *s = settings[preset]; s->option != NULL; s++) {
        if (s->task == (numbers ? FOR_CLASSES : FOR_NUMBERS) || !suits(s, ensemble)) continue;
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
