/* facts.c - what a JSON object says, read with care: the file may be anybody's. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <clmlp/clmlp.h>

#include "reports/page/json_pages.h"

double clmlp_cli_page_member(const cJSON *object, const char *key)
{
    char text_key[80];
    const cJSON *const item = cJSON_GetObjectItemCaseSensitive(object, key);
    if (cJSON_IsNumber(item)) return item->valuedouble;
    (void)snprintf(text_key, sizeof text_key, "%.60s_text", key);
    const char *const text = clmlp_cli_page_member_text(object, text_key);
    return strcmp(text, "inf") == 0 ? HUGE_VAL : strcmp(text, "-inf") == 0 ? -HUGE_VAL : (double)NAN;
}

const char *clmlp_cli_page_member_text(const cJSON *object, const char *key)
{
    const char *const text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    return text != NULL ? text : "";
}

/* What a key of --json means to people, with the unit of its number. */
typedef struct meaning {
    const char *key, *words, *unit;
} meaning;

static const meaning meanings[] = {
    {"device_name", "name of the device", ""},
    {"layers", "units of the layers", ""},
    {"batch", "batch", "examples"},
    {"width", "units of the hidden layer", ""},
    {"inputs", "units of the input layer", ""},
    {"outputs", "units of the output layer", ""},
    {"rate", "rate \xCE\xB1", ""},
    {"warmup", "warm-up", "steps"},
    {"lambda", "\xCE\xBB", ""},
    {"shuffle", "shuffled", ""},
    {"verdict", "verdict", ""},
    {"mode", "how it compares", ""},
    {"device_seconds", "time of the device", "s"},
    {"seconds", "time of it all", "s"},
    {"max_of_bound", "largest error, as a fraction of its bound", ""},
    {"tuned", "tiles chosen by clmlp tune", ""},
    {"samples_per_second", "speed", "samples a second"},
    {"flops", "operations of a step", "FLOP"},
    {"gflops", "computing", "GFLOP/s"},
    {"gbytes_per_second", "reading and writing", "GB/s"},
    {"peak_gflops", "computing, the device's peak", "GFLOP/s"},
    {"peak_gbytes_per_second", "copying, the device's peak", "GB/s"},
    {"percent_of_peak", "share of the peak", "%"},
    {"step_milliseconds", "a step", "ms"},
    {"min", "least time", "ms"},
    {"median", "median time", "ms"},
    {"p95", "time of 95 in 100, at most", "ms"},
    {"blocks", "blocks that were timed", ""},
    {"repetitions", "repetitions in a block", ""},
    {"host_microseconds", "the host's part of a step", "\xC2\xB5s"},
    {"host_microseconds_per_launch", "the host's part of a launch", "\xC2\xB5s"},
    {"steps_per_launch", "steps of a fused launch", ""},
    {"launches", "launches of a step", ""},
    {"profiled_steps", "steps whose kernels were timed", ""},
    {"profiled_milliseconds", "a step while kernels are timed", "ms"},
    {"m", "rows of the product, m", ""},
    {"n", "columns of the product, n", ""},
    {"k", "terms of each sum, k", ""},
    {"elements", "numbers compared", ""},
    {"failed", "of them wrong", ""},
    {"max_abs", "largest error, as a number", ""},
    {"max_ulp", "largest error, in ulp", ""},
    {"bound_of_value", "bound, as a fraction of the value", ""},
    {"replay", "to see it again", ""},
    {"device_right", "the device is right", ""},
    {"other_right", "the other one is right", ""},
    {"strategy", "strategy", ""},
};

static meaning meaning_of(const char *key)
{
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++) {
        if (strcmp(meanings[i].key, key) == 0) return meanings[i];
    }
    return (meaning){key, key, ""};
}

/* Any other key as words: label_smoothing is "label smoothing". */
static void put_name(clmlp_cli_page *page, const char *words)
{
    char text[128];
    (void)snprintf(text, sizeof text, "%s", words);
    for (char *c = text; *c != '\0'; c++) *c = *c == '_' ? ' ' : *c;
    clmlp_cli_page_cell_text(page, text);
}

/* "20, 10, 3"; a list of anything else is nothing. */
static void put_list(clmlp_cli_page *page, const cJSON *list)
{
    char text[CLMLP_CLI_NUMBER_LENGTH];
    bool first = true;
    for (const cJSON *item = list->child; item != NULL; item = item->next) {
        if (!cJSON_IsNumber(item)) continue;
        clmlp_cli_page_put(page, "%s%s", first ? "" : ", ", clmlp_cli_page_number(item->valuedouble, text));
        first = false;
    }
}

/* Whether there is something to be said: an empty text says nothing. */
static bool is_fact(const cJSON *item)
{
    static const char end[] = "_text";
    const char *const key = item->string != NULL ? item->string : "";
    const size_t length = strlen(key), tail = sizeof end - 1;
    if (strcmp(key, "worst_index") == 0) return false; /* is said as row and column */
    if (length > tail && strcmp(key + length - tail, end) == 0) return false; /* the number before it is that */
    if (cJSON_IsString(item)) return item->valuestring[0] != '\0';
    if (cJSON_IsArray(item)) return cJSON_IsNumber(item->child);
    return cJSON_IsNumber(item) || cJSON_IsBool(item);
}

static void put_words(clmlp_cli_page *page, const char *words, const char *value)
{
    clmlp_cli_page_put(page, "<tr>");
    put_name(page, words);
    clmlp_cli_page_cell_text(page, value);
    clmlp_cli_page_put(page, "</tr>\n");
}

/* A number that JSON has no form for stands as null, with a text behind it. */
static void put_text_number(clmlp_cli_page *page, const cJSON *object, const cJSON *item)
{
    const double value = cJSON_IsNull(item) && item->string != NULL ? clmlp_cli_page_member(object, item->string) : 0.0;
    char key[80], text[CLMLP_CLI_NUMBER_LENGTH];
    if (!cJSON_IsNull(item) || item->string == NULL) return;
    (void)snprintf(key, sizeof key, "%.60s_text", item->string);
    if (clmlp_cli_page_member_text(object, key)[0] == '\0') return; /* there is none */
    put_words(page, meaning_of(item->string).words, isnan(value) ? "no number" : clmlp_cli_page_number(value, text));
}

/* worst_index counts row by row. */
static void put_worst(clmlp_cli_page *page, const cJSON *object)
{
    char text[96];
    const double worst = clmlp_cli_page_member(object, "worst_index");
    const double columns = clmlp_cli_page_member(object, "columns");
    if (!(worst >= 0.0) || !(columns >= 1.0)) return;
    const double row = floor(worst / columns);
    (void)snprintf(text, sizeof text, "row %.0f, column %.0f, counted from 1", row + 1.0, worst - row * columns + 1.0);
    put_words(page, "the worst one", text);
}

static void put_fact(clmlp_cli_page *page, const cJSON *item)
{
    char text[CLMLP_CLI_NUMBER_LENGTH];
    const meaning of = meaning_of(item->string != NULL ? item->string : "");
    clmlp_cli_page_put(page, "<tr>");
    put_name(page, of.words);
    if (cJSON_IsString(item)) { /* has no unit */
        clmlp_cli_page_cell_text(page, item->valuestring);
        clmlp_cli_page_put(page, "</tr>\n");
        return;
    }
    clmlp_cli_page_put(page, "<td>");
    if (cJSON_IsBool(item)) clmlp_cli_page_put(page, "%s", cJSON_IsTrue(item) ? "yes" : "no");
    else if (cJSON_IsArray(item)) put_list(page, item);
    else clmlp_cli_page_put(page, "%s", clmlp_cli_page_number(item->valuedouble, text));
    if (of.unit[0] != '\0') clmlp_cli_page_put(page, " %s", of.unit);
    clmlp_cli_page_put(page, "</td></tr>\n");
}

/* Times are an object of their own: its members are facts, too. */
void clmlp_cli_page_facts(clmlp_cli_page *page, const cJSON *object)
{
    clmlp_cli_page_put(page, "<div class=\"wide\"><table class=\"facts\"><tbody>\n");
    for (const cJSON *item = object != NULL ? object->child : NULL; item != NULL; item = item->next) {
        const bool times = cJSON_IsObject(item) && item->string != NULL && strcmp(item->string, "milliseconds") == 0;
        if (is_fact(item)) put_fact(page, item);
        else put_text_number(page, object, item);
        for (const cJSON *time = times ? item->child : NULL; time != NULL; time = time->next) {
            if (is_fact(time)) put_fact(page, time);
        }
    }
    put_worst(page, object);
    clmlp_cli_page_put(page, "</tbody></table></div>\n");
}
