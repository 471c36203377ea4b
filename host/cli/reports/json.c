/* json.c - JSON output: numbers, texts that may not be UTF-8. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <clmlp/text.h>

#include "json_memory.h"
#include "message.h"
#include "options/shared.h"
#include "reports/report.h"
#include "terminal.h"

cJSON *clmlp_cli_json_text(const char *text)
{
    static const char replacement[] = "\xEF\xBF\xBD";
    char *const clean = cJSON_malloc(3 * strlen(text) + 1);
    if (clean == NULL) return NULL;
    size_t used = 0;
    while (*text != '\0') {
        const size_t length = clmlp_character_length(text);
        memcpy(clean + used, length > 0 ? text : replacement, length > 0 ? length : 3);
        used += length > 0 ? length : 3;
        text += length > 0 ? length : 1;
    }
    clean[used] = '\0';
    cJSON *const item = cJSON_CreateString(clean);
    cJSON_free(clean);
    return item;
}

void clmlp_cli_json_score(cJSON *object, const clmlp_score *score)
{
    (void)cJSON_AddNumberToObject(object, "cost", score->cost);
    (void)cJSON_AddNumberToObject(object, "accuracy", score->accuracy);
}

void clmlp_cli_json_rule(cJSON *object, const clmlp_cli_rule *rule, size_t L)
{
    clmlp_cli_rule_number list[CLMLP_CLI_RULE_NUMBERS];
    const size_t count = clmlp_cli_rule_numbers(rule, list);
    (void)cJSON_AddStringToObject(object, "optimizer", clmlp_optimizer_name(rule->optimizer));
    (void)cJSON_AddNumberToObject(object, "rate", rule->rate);
    for (size_t i = 0; i < count; i++) (void)cJSON_AddNumberToObject(object, list[i].name, list[i].value);
    if (rule->fan_in_rates) (void)cJSON_AddStringToObject(object, "layer_rates", "fan-in");
    if (rule->layer_rates != NULL) {
        (void)clmlp_cli_json_put(object, "layer_rates", cJSON_CreateDoubleArray(rule->layer_rates, (int)(L - 1)));
    }
    if (rule->bias_rate != 1.0) (void)cJSON_AddNumberToObject(object, "bias_rate", rule->bias_rate);
}

void clmlp_cli_json_schedule(cJSON *object, const clmlp_rate_schedule *schedule, size_t steps)
{
    const size_t every = clmlp_schedule_interval(schedule, steps);
    (void)cJSON_AddStringToObject(object, "schedule", clmlp_schedule_name(schedule->kind));
    (void)cJSON_AddNumberToObject(object, "warmup", (double)clmlp_schedule_warmup(schedule, steps));
    if (clmlp_schedule_has_least(schedule->kind)) {
        (void)cJSON_AddNumberToObject(object, "min_rate", schedule->min_rate);
    }
    if (clmlp_schedule_has_decay(schedule->kind)) {
        (void)cJSON_AddNumberToObject(object, "decay", clmlp_schedule_decay(schedule));
    }
    if (every > 0) (void)cJSON_AddNumberToObject(object, "decay_every", (double)every);
}

void clmlp_cli_json_dropout(cJSON *object, const double *p, size_t count)
{
    cJSON *const list = cJSON_AddArrayToObject(object, "dropout");
    for (size_t i = 0; i < count; i++) (void)clmlp_cli_json_append(list, cJSON_CreateNumber(p[i]));
}

void clmlp_cli_json_seed(cJSON *object, uint64_t seed)
{
    char digits[24];
    (void)snprintf(digits, sizeof digits, "%" PRIu64, seed);
    (void)cJSON_AddRawToObject(object, "seed", digits);
}

void clmlp_cli_json_device(cJSON *object, const clmlp_device *device)
{
    const clmlp_device_info *const info = clmlp_device_get_info(device);
    (void)cJSON_AddStringToObject(object, "device", info->spec);
    (void)clmlp_cli_json_put(object, "device_name", clmlp_cli_json_text(info->name));
    (void)cJSON_AddStringToObject(object, "engine", clmlp_device_engine(device));
    (void)cJSON_AddStringToObject(object, "precision", clmlp_precision_name(clmlp_device_precision(device)));
}

/* What the data that was read has to tell, also when that is nothing. */
static void add_notes(cJSON *object)
{
    if (!clmlp_cli_expects_notes() || !cJSON_IsObject(object)) return;
    cJSON *const notes = cJSON_AddArrayToObject(object, "notes");
    for (size_t i = 0; clmlp_cli_told(i) != NULL; i++) {
        (void)clmlp_cli_json_append(notes, clmlp_cli_json_text(clmlp_cli_told(i)));
    }
}

/* The code point of a valid character of at most three bytes; none that steers has more. */
static unsigned code_point(const char *text, size_t length)
{
    const unsigned char *const b = (const unsigned char *)text;
    if (length == 1) return b[0];
    if (length == 2) return (b[0] & 0x1FU) << 6U | (b[1] & 0x3FU);
    return (b[0] & 0x0FU) << 12U | (b[1] & 0x3FU) << 6U | (b[2] & 0x3FU);
}

/* What steers a terminal and JSON leaves as it is, is escaped: a terminal may show it. The text is valid UTF-8. */
static void write_escaped(char *text)
{
    char *at = text;
    for (;;) {
        const size_t valid = clmlp_character_length(at), length = valid > 0 ? valid : 1;
        const bool layout = *at == '\n' || *at == '\t';
        if (*at != '\0' && (layout || !clmlp_character_steers(at, valid))) {
            at += length;
            continue;
        }
        const unsigned code = code_point(at, length);
        char escape[8];
        (void)snprintf(escape, sizeof escape, "\\u%04x", code & 0xFFFFU);
        *at = '\0';
        clmlp_cli_write(text);
        if (code == 0U) return;
        clmlp_cli_write(escape);
        text = at += length;
    }
}

int clmlp_cli_json_print(cJSON *object, int status)
{
    add_notes(object);
    char *const text = object != NULL ? cJSON_Print(object) : NULL;
    cJSON_Delete(object);
    if (text == NULL || clmlp_cli_json_was_lost()) {
        cJSON_free(text);
        if (!clmlp_cli_json_was_lost()) clmlp_cli_lose("the JSON output");
        return CLMLP_CLI_FAILED;
    }
    write_escaped(text);
    clmlp_cli_write("\n");
    cJSON_free(text);
    return clmlp_cli_finish_output(status);
}
