/* option_words.c - option values that are words: texts, files, and names of a list. */
#include <stdio.h>
#include <string.h>

#include <clmlp/clmlp.h>

#include "options/option_types.h"
#include "options/synonyms.h"

static const char *parse_text(const char *text, void *value)
{
    if (text[0] == '\0') return "expected a text that is not empty";
    /* most likely the value was forgotten, and the next option would be taken for it */
    if (strncmp(text, "--", 2) == 0) return "expected a value, found an option (write ./--name for such a file)";
    *(const char **)value = text;
    return NULL;
}

static void show_text(const void *value, char *text, size_t size)
{
    const char *const word = *(const char *const *)value;
    (void)snprintf(text, size, "%s", word != NULL ? word : "");
}

/* The library knows devices; it does not know what others call them. */
static const char *parse_device(const char *text, void *value)
{
    const char *but = NULL;
    if (clmlp_cli_word_called("device", text, &but) != NULL) {
        return "expected auto, cpu, opencl, opencl:P.D or opencl:NAME ('clmlp devices' lists them)";
    }
    return parse_text(text, value);
}

/* 20% is no name that anyone means. */
static bool is_percentage(const char *text)
{
    const size_t length = strlen(text), digits = strspn(text, "0123456789., ");
    return length > 1 && digits == length - 1 && text[digits] == '%';
}

static const char *parse_fraction_or_file(const char *text, void *value)
{
    clmlp_cli_part part = {0.0, NULL};
    if (clmlp_cli_read_real(text, &part.fraction)) {
        if (!(part.fraction > 0.0 && part.fraction < 1.0)) {
            return "expected a fraction > 0 and < 1, such as 0.2, or a file (write ./NAME if its name is a number)";
        }
    } else {
        const char *const complaint = parse_text(text, &part.path);
        if (complaint != NULL) return complaint;
        if (is_percentage(text)) return "expected a fraction such as 0.2, or a file (write ./NAME if it is called so)";
        part.fraction = 0.0;
    }
    *(clmlp_cli_part *)value = part;
    return NULL;
}

#define EXPECTED "expected one of:" /* and the words, each after a blank */
#define LISTED(name, text) " " text
/* Reader and writer for an X-macro list of the library. */
#define WORD_TYPE(word, LIST)                                                                      \
    static const char *parse_##word(const char *text, void *value)                                 \
    {                                                                                              \
        return clmlp_##word##_parse(text, value) ? NULL : EXPECTED LIST(LISTED);                   \
    }                                                                                              \
    static void show_##word(const void *value, char *text, size_t size)                            \
    {                                                                                              \
        (void)snprintf(text, size, "%s", clmlp_##word##_name(*(const clmlp_##word *)value));       \
    }                                                                                              \
    const clmlp_cli_type clmlp_cli_##word = {parse_##word, show_##word, LIST(LISTED)};

WORD_TYPE(activation, CLMLP_ACTIVATION_LIST)
WORD_TYPE(output, CLMLP_OUTPUT_LIST)
WORD_TYPE(scale, CLMLP_SCALE_LIST)

#define TARGET_SCALES " auto none standard"

static const char *parse_target_scale(const char *text, void *value)
{
    clmlp_scale scale;
    const bool known = clmlp_scale_parse(text, &scale) &&
                       (scale == CLMLP_SCALE_AUTO || scale == CLMLP_SCALE_NONE || scale == CLMLP_SCALE_STANDARD);
    if (!known) return EXPECTED TARGET_SCALES;
    *(clmlp_scale *)value = scale;
    return NULL;
}

const clmlp_cli_type clmlp_cli_target_scale = {parse_target_scale, show_scale, TARGET_SCALES};

#define METHODS CLMLP_OPTIMIZER_LIST(LISTED) " lbfgs cg"

static const char *parse_method(const char *text, void *value)
{
    clmlp_cli_method_choice choice = {.optimizer = CLMLP_SGD};
    const bool is_minimiser = clmlp_minimiser_parse(text, &choice.minimiser) && choice.minimiser != CLMLP_NO_MINIMISER;
    if (!is_minimiser && !clmlp_optimizer_parse(text, &choice.optimizer)) {
        return EXPECTED METHODS;
    }
    if (!is_minimiser) choice.minimiser = CLMLP_NO_MINIMISER;
    *(clmlp_cli_method_choice *)value = choice;
    return NULL;
}

static void show_method(const void *value, char *text, size_t size)
{
    (void)snprintf(text, size, "%s", clmlp_optimizer_name(((const clmlp_cli_method_choice *)value)->optimizer));
}

const clmlp_cli_type clmlp_cli_method = {parse_method, show_method, METHODS};

WORD_TYPE(initialisation, CLMLP_INITIALISATION_LIST)
WORD_TYPE(optimizer, CLMLP_OPTIMIZER_LIST)
WORD_TYPE(schedule, CLMLP_SCHEDULE_LIST)
WORD_TYPE(engine, CLMLP_ENGINE_LIST)
WORD_TYPE(precision, CLMLP_PRECISION_LIST)
WORD_TYPE(script, CLMLP_SCRIPT_LIST)
WORD_TYPE(on_mismatch, CLMLP_ON_MISMATCH_LIST)

#define ENGINES " native clblast all"

static const char *parse_engines(const char *text, void *value)
{
    clmlp_engine engine;
    const bool all = strcmp(text, "all") == 0;
    if (!all && (!clmlp_engine_parse(text, &engine) || engine == CLMLP_ENGINE_AUTO)) {
        return EXPECTED ENGINES;
    }
    *(clmlp_engine *)value = all ? CLMLP_ENGINE_AUTO : engine;
    return NULL;
}

static void show_engines(const void *value, char *text, size_t size)
{
    const clmlp_engine engine = *(const clmlp_engine *)value;
    (void)snprintf(text, size, "%s", engine == CLMLP_ENGINE_AUTO ? "all" : clmlp_engine_name(engine));
}

const clmlp_cli_type clmlp_cli_engines = {parse_engines, show_engines, ENGINES};

static const char *parse_train_activation(const char *text, void *value)
{
    clmlp_activation activation;
    const char *const complaint = parse_activation(text, &activation);
    if (complaint != NULL) return complaint;
    if (activation == CLMLP_STEP) {
        return "the step function has derivative 0 everywhere, so gradient descent cannot train with it; "
               "it can only predict";
    }
    *(clmlp_activation *)value = activation;
    return NULL;
}

/* Reader and writer for an enumeration of the library that has no list: its words as one text, and in its order. */
#define CHOICE_TYPE(choice, words, ...)                                                            \
    static const char *const choice##_words[] = {__VA_ARGS__};                                     \
    static const char *parse_##choice(const char *text, void *value)                               \
    {                                                                                              \
        for (size_t i = 0; i < sizeof choice##_words / sizeof choice##_words[0]; i++) {            \
            if (strcmp(text, choice##_words[i]) != 0) continue;                                    \
            *(clmlp_##choice *)value = (clmlp_##choice)i;                                          \
            return NULL;                                                                           \
        }                                                                                          \
        return EXPECTED words;                                                                     \
    }                                                                                              \
    static void show_##choice(const void *value, char *text, size_t size)                          \
    {                                                                                              \
        (void)snprintf(text, size, "%s", choice##_words[*(const clmlp_##choice *)value]);          \
    }                                                                                              \
    const clmlp_cli_type clmlp_cli_##choice = {parse_##choice, show_##choice, words};

CHOICE_TYPE(header, " auto yes no", "auto", "yes", "no")
CHOICE_TYPE(delimiter, " auto comma semicolon tab", "auto", "comma", "semicolon", "tab")
CHOICE_TYPE(decimal, " . ,", ".", ",")
CHOICE_TYPE(format, " auto csv idx npy svmlight", "auto", "csv", "idx", "npy", "svmlight")
CHOICE_TYPE(index_base, " auto 0 1", "auto", "0", "1")
CHOICE_TYPE(missing_targets, " error drop", "error", "drop")
CHOICE_TYPE(missing_values, " error impute", "error", "impute")
CHOICE_TYPE(last_batch, " keep drop", "keep", "drop")
CHOICE_TYPE(unseen, " zeros error", "zeros", "error")

/* Texts between commas, which stay until the next call. */
static const char *parse_missing_texts(const char *text, void *value)
{
    enum { MOST = 64, LONGEST = 4096 };
    static const char *texts[MOST];
    static char copy[LONGEST];
    clmlp_load_options *const load = value;
    size_t count = 0;
    if (strlen(text) >= LONGEST) return "expected at most 4095 bytes";
    (void)strcpy(copy, text);
    for (char *item = copy, *end = copy; end != NULL; item = end != NULL ? end + 1 : end) {
        end = strchr(item, ',');
        if (end != NULL) *end = '\0';
        if (count == MOST) return "expected at most 64 texts";
        texts[count++] = item;
    }
    load->missing_texts = texts;
    load->missing_count = count;
    return NULL;
}

const clmlp_cli_type clmlp_cli_missing_texts = {parse_missing_texts, NULL, NULL};

/* Order of clmlp_cli_task. */
#define TASKS " auto classify regress"
static const char *const task_names[] = {"auto", "classify", "regress"};

static const char *parse_task(const char *text, void *value)
{
    for (size_t i = 0; i < sizeof task_names / sizeof task_names[0]; i++) {
        if (strcmp(text, task_names[i]) != 0) continue;
        *(clmlp_cli_task *)value = (clmlp_cli_task)i;
        return NULL;
    }
    return EXPECTED TASKS;
}

static void show_task(const void *value, char *text, size_t size)
{
    (void)snprintf(text, size, "%s", task_names[*(const clmlp_cli_task *)value]);
}

const clmlp_cli_type clmlp_cli_text = {parse_text, show_text, NULL};
const clmlp_cli_type clmlp_cli_device = {parse_device, show_text, NULL};
const clmlp_cli_type clmlp_cli_fraction_or_file = {parse_fraction_or_file, NULL, NULL};
const clmlp_cli_type clmlp_cli_train_activation = {parse_train_activation, show_activation,
                                                 CLMLP_ACTIVATION_LIST(LISTED)};
const clmlp_cli_type clmlp_cli_task_name = {parse_task, show_task, TASKS};

const char *clmlp_cli_next_word(const clmlp_cli_type *type, const char *at, size_t *length)
{
    union { /* what it is read into, and left there */
        size_t number;
        clmlp_cli_method_choice method;
        max_align_t most;
    } value;
    char word[64];
    for (at += strspn(at, " "); *at != '\0'; at += *length, at += strspn(at, " ")) {
        *length = strcspn(at, " ");
        if (*length >= sizeof word) continue;
        memcpy(word, at, *length);
        word[*length] = '\0';
        if (type->parse(word, &value) == NULL) return at;
    }
    return NULL;
}
