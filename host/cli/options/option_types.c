/* option_types.c - option values: parse and check numbers, names, lists. */
#include "options/option_types.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <clmlp/clmlp.h>

/* --- numbers ------------------------------------------------------------------------------------------ */

/* strtod alone would also take blanks, hexadecimal, inf and nan. The program never leaves the C locale. */
static bool read_real(const char *text, double *value)
{
    if (text[0] == '\0' || text[strspn(text, "+-.0123456789eE")] != '\0') return false;
    char *end;
    *value = strtod(text, &end);
    return *end == '\0';
}

static const char *parse_positive(const char *text, void *value)
{
    double number;
    if (!read_real(text, &number) || !(number > 0.0)) return "expected a number > 0";
    if (isinf(number)) return "too large a number";
    *(double *)value = number;
    return NULL;
}

static const char *parse_below_one(const char *text, void *value)
{
    double number;
    if (!read_real(text, &number) || !(number >= 0.0 && number < 1.0)) return "expected a number >= 0 and < 1";
    *(double *)value = number;
    return NULL;
}

static const char *parse_inside_one(const char *text, void *value)
{
    double number;
    if (!read_real(text, &number) || !(number > 0.0 && number < 1.0)) return "expected a number > 0 and < 1";
    *(double *)value = number;
    return NULL;
}

static const char *parse_non_negative(const char *text, void *value)
{
    double number;
    if (!read_real(text, &number) || !(number >= 0.0)) return "expected a number >= 0";
    if (isinf(number)) return "too large a number";
    *(double *)value = number;
    return NULL;
}

static void show_real(const void *value, char *text, size_t size)
{
    (void)snprintf(text, size, "%g", *(const double *)value);
}

/* Digits up to *end; false when there are none or they do not fit. */
static bool read_whole(const char *text, uintmax_t limit, uintmax_t *value, const char **end)
{
    if (!isdigit((unsigned char)text[0])) return false;
    char *stop;
    errno = 0;
    *value = strtoumax(text, &stop, 10);
    *end = stop;
    return errno == 0 && *value <= limit;
}

static bool read_count(const char *text, size_t *count, const char **end)
{
    uintmax_t number;
    if (!read_whole(text, INT32_MAX, &number, end) || number == 0) return false;
    *count = (size_t)number;
    return true;
}

static const char *parse_count(const char *text, void *value)
{
    size_t count;
    const char *end;
    if (!read_count(text, &count, &end) || *end != '\0') return "expected a whole number from 1 to 2147483647";
    *(size_t *)value = count;
    return NULL;
}

static void show_count(const void *value, char *text, size_t size)
{
    (void)snprintf(text, size, "%zu", *(const size_t *)value);
}

/* A count, or `word` for 0. */
static bool parse_count_or(const char *word, const char *text, void *value)
{
    if (strcmp(text, word) != 0) return parse_count(text, value) == NULL;
    *(size_t *)value = 0;
    return true;
}

static void show_count_or(const char *word, const void *value, char *text, size_t size)
{
    if (*(const size_t *)value == 0) (void)snprintf(text, size, "%s", word);
    else show_count(value, text, size);
}

static const char *parse_batch(const char *text, void *value)
{
    return parse_count_or("full", text, value) ? NULL : "expected a whole number from 1 to 2147483647, or full";
}

static void show_batch(const void *value, char *text, size_t size)
{
    show_count_or("full", value, text, size);
}

static const char *parse_count_or_all(const char *text, void *value)
{
    return parse_count_or("all", text, value) ? NULL : "expected a whole number from 1 to 2147483647, or all";
}

static void show_count_or_all(const void *value, char *text, size_t size)
{
    show_count_or("all", value, text, size);
}

/* "200" or "5%". */
static const char *parse_span(const char *text, void *value)
{
    static const char complaint[] = "expected a number of steps from 1 to 2147483647, or a percentage > 0 and < 100 "
                                    "such as 5%";
    clmlp_span span = {0, 0.0};
    char digits[32];
    const size_t length = strlen(text);
    if (length > 0 && length < sizeof digits && text[length - 1] == '%') {
        memcpy(digits, text, length - 1);
        digits[length - 1] = '\0';
        if (!read_real(digits, &span.share) || !(span.share > 0.0 && span.share < 100.0)) return complaint;
        span.share /= 100.0;
    } else if (parse_count(text, &span.steps) != NULL) {
        return complaint;
    }
    *(clmlp_span *)value = span;
    return NULL;
}

/* "1e-5:100". */
static const char *parse_range(const char *text, void *value)
{
    static const char complaint[] = "expected two numbers > 0, the smaller first, such as 1e-5:100";
    clmlp_cli_range range;
    char first[64];
    const char *const colon = strchr(text, ':');
    if (colon == NULL || (size_t)(colon - text) >= sizeof first) return complaint;
    memcpy(first, text, (size_t)(colon - text));
    first[colon - text] = '\0';
    if (!read_real(first, &range.from) || !read_real(colon + 1, &range.to)) return complaint;
    if (!(range.from > 0.0 && range.to > range.from) || isinf(range.to)) return complaint;
    *(clmlp_cli_range *)value = range;
    return NULL;
}

static void show_range(const void *value, char *text, size_t size)
{
    const clmlp_cli_range *const range = value;
    (void)snprintf(text, size, "%g:%g", range->from, range->to);
}

static const char *parse_layer_rates(const char *text, void *value)
{
    static const char expected[] = "expected fan-in, or a number > 0 for each theta(l), such as 1,0.5";
    clmlp_cli_rates rates = {.count = 0};
    char number[48];
    if (strcmp(text, "fan-in") != 0) {
        for (const char *at = text; at != NULL;) {
            const char *const comma = strchr(at, ',');
            const size_t length = comma != NULL ? (size_t)(comma - at) : strlen(at);
            if (length >= sizeof number) return expected;
            if (rates.count == sizeof rates.of / sizeof *rates.of) return "too many numbers";
            memcpy(number, at, length);
            number[length] = '\0';
            if (parse_positive(number, &rates.of[rates.count++]) != NULL) return expected;
            at = comma != NULL ? comma + 1 : NULL;
        }
    }
    *(clmlp_cli_rates *)value = rates;
    return NULL;
}

static const char *parse_share(const char *text, void *value)
{
    size_t count;
    if (strncmp(text, "1/", 2) != 0 || parse_count(text + 2, &count) != NULL) {
        return "expected a share such as 1/500: one step in 500";
    }
    *(size_t *)value = count;
    return NULL;
}

static const char *parse_seed(const char *text, void *value)
{
    uintmax_t number;
    const char *end;
    if (!read_whole(text, UINT64_MAX, &number, &end) || *end != '\0') {
        return "expected a whole number from 0 to 18446744073709551615";
    }
    *(uint64_t *)value = (uint64_t)number;
    return NULL;
}

static void show_seed(const void *value, char *text, size_t size)
{
    (void)snprintf(text, size, "%ju", (uintmax_t)*(const uint64_t *)value);
}

static const char *parse_bytes(const char *text, void *value)
{
    static const char complaint[] = "expected a size in bytes, such as 800M or 2G (K, M, G and T are powers of 1024)";
    static const char units[] = "KMGT";
    if (!isdigit((unsigned char)text[0])) return complaint;
    uintmax_t number;
    const char *end;
    if (!read_whole(text, UINT64_MAX, &number, &end)) return "too large a size";
    unsigned shift = 0;
    if (*end != '\0') {
        const char *const unit = strchr(units, toupper((unsigned char)*end));
        if (unit == NULL || end[1] != '\0') return complaint;
        shift = 10 * (unsigned)(unit - units + 1);
    }
    if (number == 0) return complaint;
    if (number > UINT64_MAX >> shift) return "too large a size";
    *(uint64_t *)value = (uint64_t)number << shift;
    return NULL;
}

/* --- layers ------------------------------------------------------------------------------------------- */

static const char *parse_hidden(const char *text, void *value)
{
    clmlp_cli_layers layers = {0};
    for (const char *at = text; *at != '\0' || at != text;) {
        if (layers.count == CLMLP_CLI_MAX_HIDDEN) return "expected at most 64 layers";
        if (!read_count(at, &layers.units[layers.count++], &at) || (*at != ',' && *at != '\0')) {
            return "expected layer sizes such as 25 or 300,100, each from 1 to 2147483647, or '' for none";
        }
        if (*at == '\0') break;
        at++;
    }
    *(clmlp_cli_layers *)value = layers;
    return NULL;
}

static const char *parse_network(const char *text, void *value)
{
    clmlp_cli_layers layers;
    if (parse_hidden(text, &layers) != NULL || layers.count < 2) {
        return "expected the sizes of 2 to 64 layers such as 784,512,10, each from 1 to 2147483647";
    }
    *(clmlp_cli_layers *)value = layers;
    return NULL;
}

static const char *parse_sizes(const char *text, void *value)
{
    clmlp_cli_layers sizes;
    if (parse_hidden(text, &sizes) != NULL || sizes.count < 1) {
        return "expected up to 64 sizes such as 32,128,512, each from 1 to 2147483647";
    }
    *(clmlp_cli_layers *)value = sizes;
    return NULL;
}

static void show_hidden(const void *value, char *text, size_t size)
{
    const clmlp_cli_layers *const layers = value;
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < layers->count && used < size; i++) {
        used += (size_t)snprintf(text + used, size - used, "%s%zu", i == 0 ? "" : ",", layers->units[i]);
    }
}

/* "10" epochs or "30s". */
static const char *parse_every(const char *text, void *value)
{
    static const char complaint[] = "expected a whole number of epochs such as 10, or seconds such as 30s";
    clmlp_cli_interval every = {0, 0.0};
    const size_t length = strlen(text);
    char number[64];
    if (length > 1 && length < sizeof number && text[length - 1] == 's') {
        (void)snprintf(number, sizeof number, "%.*s", (int)(length - 1), text);
        if (parse_positive(number, &every.seconds) != NULL) return complaint;
    } else if (parse_count(text, &every.epochs) != NULL) {
        return complaint;
    }
    *(clmlp_cli_interval *)value = every;
    return NULL;
}

static void show_every(const void *value, char *text, size_t size)
{
    const clmlp_cli_interval *const every = value;
    if (every->epochs > 0) (void)snprintf(text, size, "%zu", every->epochs);
    else (void)snprintf(text, size, "%gs", every->seconds);
}

static const char *parse_probabilities(const char *text, void *value)
{
    clmlp_cli_probabilities list = {0};
    for (const char *at = text;; at++) {
        char number[64];
        const size_t length = strcspn(at, ",");
        if (list.count == CLMLP_CLI_MAX_HIDDEN) return "expected at most 64 numbers";
        (void)snprintf(number, sizeof number, "%.*s", (int)(length < sizeof number ? length : sizeof number), at);
        if (length >= sizeof number || parse_below_one(number, &list.of[list.count]) != NULL) {
            return "expected numbers such as 0.5 or 0.2,0.5, each >= 0 and < 1: one for all hidden layers or one for "
                   "each";
        }
        list.count++;
        at += length;
        if (*at == '\0') break;
    }
    *(clmlp_cli_probabilities *)value = list;
    return NULL;
}

/* None are shown as 0, and equal ones as one, which means the same. */
static void show_probabilities(const void *value, char *text, size_t size)
{
    const clmlp_cli_probabilities *const list = value;
    size_t used = 0, shown = list->count > 0 ? 1 : 0;
    (void)snprintf(text, size, "0");
    for (size_t i = 1; i < list->count; i++) shown = list->of[i] != list->of[0] ? list->count : shown;
    for (size_t i = 0; i < shown && used < size; i++) {
        const int length = snprintf(text + used, size - used, "%s%.17g", i > 0 ? "," : "", list->of[i]);
        used += length > 0 ? (size_t)length : size;
    }
}

/* --- words -------------------------------------------------------------------------------------------- */

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

/* 20% is no name that anyone means. */
static bool is_percentage(const char *text)
{
    const size_t length = strlen(text), digits = strspn(text, "0123456789., ");
    return length > 1 && digits == length - 1 && text[digits] == '%';
}

static const char *parse_fraction_or_file(const char *text, void *value)
{
    clmlp_cli_part part = {0.0, NULL};
    if (read_real(text, &part.fraction)) {
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

#define LISTED(name, text) " " text
/* Reader and writer for an X-macro list of the library. */
#define WORD_TYPE(word, LIST)                                                                      \
    static const char *parse_##word(const char *text, void *value)                                 \
    {                                                                                              \
        return clmlp_##word##_parse(text, value) ? NULL : "expected one of:" LIST(LISTED);         \
    }                                                                                              \
    static void show_##word(const void *value, char *text, size_t size)                            \
    {                                                                                              \
        (void)snprintf(text, size, "%s", clmlp_##word##_name(*(const clmlp_##word *)value));       \
    }                                                                                              \
    const clmlp_cli_type clmlp_cli_##word = {parse_##word, show_##word};

WORD_TYPE(activation, CLMLP_ACTIVATION_LIST)
WORD_TYPE(output, CLMLP_OUTPUT_LIST)
WORD_TYPE(scale, CLMLP_SCALE_LIST)
static const char *parse_target_scale(const char *text, void *value)
{
    clmlp_scale scale;
    const bool known = clmlp_scale_parse(text, &scale) &&
                       (scale == CLMLP_SCALE_AUTO || scale == CLMLP_SCALE_NONE || scale == CLMLP_SCALE_STANDARD);
    if (!known) return "expected one of: auto none standard";
    *(clmlp_scale *)value = scale;
    return NULL;
}

const clmlp_cli_type clmlp_cli_target_scale = {parse_target_scale, show_scale};

static const char *parse_method(const char *text, void *value)
{
    clmlp_cli_method_choice choice = {.optimizer = CLMLP_SGD};
    const bool is_minimiser = clmlp_minimiser_parse(text, &choice.minimiser) && choice.minimiser != CLMLP_NO_MINIMISER;
    if (!is_minimiser && !clmlp_optimizer_parse(text, &choice.optimizer)) {
        return "expected one of:" CLMLP_OPTIMIZER_LIST(LISTED) " lbfgs cg";
    }
    if (!is_minimiser) choice.minimiser = CLMLP_NO_MINIMISER;
    *(clmlp_cli_method_choice *)value = choice;
    return NULL;
}

static void show_method(const void *value, char *text, size_t size)
{
    (void)snprintf(text, size, "%s", clmlp_optimizer_name(((const clmlp_cli_method_choice *)value)->optimizer));
}

const clmlp_cli_type clmlp_cli_method = {parse_method, show_method};

WORD_TYPE(initialisation, CLMLP_INITIALISATION_LIST)
WORD_TYPE(optimizer, CLMLP_OPTIMIZER_LIST)
WORD_TYPE(schedule, CLMLP_SCHEDULE_LIST)
WORD_TYPE(engine, CLMLP_ENGINE_LIST)
WORD_TYPE(precision, CLMLP_PRECISION_LIST)
WORD_TYPE(on_mismatch, CLMLP_ON_MISMATCH_LIST)

static const char *parse_engines(const char *text, void *value)
{
    clmlp_engine engine;
    const bool all = strcmp(text, "all") == 0;
    if (!all && (!clmlp_engine_parse(text, &engine) || engine == CLMLP_ENGINE_AUTO)) {
        return "expected one of: native clblast all";
    }
    *(clmlp_engine *)value = all ? CLMLP_ENGINE_AUTO : engine;
    return NULL;
}

static void show_engines(const void *value, char *text, size_t size)
{
    const clmlp_engine engine = *(const clmlp_engine *)value;
    (void)snprintf(text, size, "%s", engine == CLMLP_ENGINE_AUTO ? "all" : clmlp_engine_name(engine));
}

const clmlp_cli_type clmlp_cli_engines = {parse_engines, show_engines};

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

/* Reader and writer for an enumeration of the library that has no list: its words in its order, as one text for the
 * complaint. */
#define CHOICE_TYPE(choice, complaint, ...)                                                        \
    static const char *const choice##_words[] = {__VA_ARGS__};                                     \
    static const char *parse_##choice(const char *text, void *value)                               \
    {                                                                                              \
        for (size_t i = 0; i < sizeof choice##_words / sizeof choice##_words[0]; i++) {            \
            if (strcmp(text, choice##_words[i]) != 0) continue;                                    \
            *(clmlp_##choice *)value = (clmlp_##choice)i;                                          \
            return NULL;                                                                           \
        }                                                                                          \
        return "expected one of: " complaint;                                                      \
    }                                                                                              \
    static void show_##choice(const void *value, char *text, size_t size)                          \
    {                                                                                              \
        (void)snprintf(text, size, "%s", choice##_words[*(const clmlp_##choice *)value]);          \
    }                                                                                              \
    const clmlp_cli_type clmlp_cli_##choice = {parse_##choice, show_##choice};

CHOICE_TYPE(header, "auto yes no", "auto", "yes", "no")
CHOICE_TYPE(delimiter, "auto comma semicolon tab", "auto", "comma", "semicolon", "tab")
CHOICE_TYPE(decimal, ". ,", ".", ",")
CHOICE_TYPE(format, "auto csv idx npy svmlight", "auto", "csv", "idx", "npy", "svmlight")
CHOICE_TYPE(index_base, "auto 0 1", "auto", "0", "1")
CHOICE_TYPE(missing_targets, "error drop", "error", "drop")
CHOICE_TYPE(missing_values, "error impute", "error", "impute")
CHOICE_TYPE(last_batch, "keep drop", "keep", "drop")
CHOICE_TYPE(unseen, "zeros error", "zeros", "error")

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
    for (char *item = copy, *end = copy; end != NULL; item = end + 1) {
        end = strchr(item, ',');
        if (end != NULL) *end = '\0';
        if (count == MOST) return "expected at most 64 texts";
        texts[count++] = item;
    }
    load->missing_texts = texts;
    load->missing_count = count;
    return NULL;
}

const clmlp_cli_type clmlp_cli_missing_texts = {parse_missing_texts, NULL};

/* Order of clmlp_cli_task. */
static const char *const task_names[] = {"auto", "classify", "regress"};

static const char *parse_task(const char *text, void *value)
{
    for (size_t i = 0; i < sizeof task_names / sizeof task_names[0]; i++) {
        if (strcmp(text, task_names[i]) != 0) continue;
        *(clmlp_cli_task *)value = (clmlp_cli_task)i;
        return NULL;
    }
    return "expected one of: auto classify regress";
}

static void show_task(const void *value, char *text, size_t size)
{
    (void)snprintf(text, size, "%s", task_names[*(const clmlp_cli_task *)value]);
}

const clmlp_cli_type clmlp_cli_text = {parse_text, show_text};
const clmlp_cli_type clmlp_cli_fraction_or_file = {parse_fraction_or_file, NULL};
const clmlp_cli_type clmlp_cli_every = {parse_every, show_every};
const clmlp_cli_type clmlp_cli_positive = {parse_positive, show_real};
const clmlp_cli_type clmlp_cli_below_one = {parse_below_one, show_real};
const clmlp_cli_type clmlp_cli_inside_one = {parse_inside_one, show_real};
const clmlp_cli_type clmlp_cli_non_negative = {parse_non_negative, show_real};
const clmlp_cli_type clmlp_cli_count = {parse_count, show_count};
const clmlp_cli_type clmlp_cli_count_or_all = {parse_count_or_all, show_count_or_all};
const clmlp_cli_type clmlp_cli_batch = {parse_batch, show_batch};
const clmlp_cli_type clmlp_cli_seed = {parse_seed, show_seed};
const clmlp_cli_type clmlp_cli_layer_rates = {parse_layer_rates, NULL};
const clmlp_cli_type clmlp_cli_share = {parse_share, NULL};
const clmlp_cli_type clmlp_cli_span = {parse_span, NULL};
const clmlp_cli_type clmlp_cli_range_of_rates = {parse_range, show_range};
const clmlp_cli_type clmlp_cli_bytes = {parse_bytes, NULL};
const clmlp_cli_type clmlp_cli_hidden = {parse_hidden, show_hidden};
const clmlp_cli_type clmlp_cli_probability_list = {parse_probabilities, show_probabilities};
const clmlp_cli_type clmlp_cli_network = {parse_network, show_hidden};
const clmlp_cli_type clmlp_cli_sizes = {parse_sizes, show_hidden};
const clmlp_cli_type clmlp_cli_train_activation = {parse_train_activation, show_activation};
const clmlp_cli_type clmlp_cli_task_name = {parse_task, show_task};
