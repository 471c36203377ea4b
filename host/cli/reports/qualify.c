/* qualify.c - results of clmlp qualify: a device's card, for people and as JSON. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <clmlp/version.h>

#include "message.h"
#include "json_memory.h"
#include "reports/report.h"
#include "reports/table.h"

static const char *verdict_of(const clmlp_qualify_part *part)
{
    return part->skipped ? "skipped" : part->passed ? "ok" : "FAILED";
}

/* --- for people ---------------------------------------------------------------------------------------------- */

static void print_line(const char *label, const char *text)
{
    clmlp_cli_table table = {.columns = 2};
    if (text[0] == '\0') return;
    clmlp_cli_table_add(&table, "%-12s", label);
    clmlp_cli_table_add(&table, "%s", text);
    clmlp_cli_table_print(&table, 1, stdout);
}

static void print_head(const clmlp_qualify_result *result)
{
    char text[2 * CLMLP_NAME_LENGTH];
    (void)snprintf(text, sizeof text, "%s, %s", result->device.spec, result->device.name);
    print_line("device", text);
    print_line("platform", result->device.platform);
    print_line("driver", result->device.driver);
    print_line("OpenCL", result->opencl_version);
    print_line("profile", result->profile);
    print_line("options", result->build_options);
    print_line("precision", clmlp_precision_name(result->precision));
    print_line("clmlp", CLMLP_VERSION);
}

static void add_number(clmlp_cli_table *table, double value)
{
    if (isnan(value)) clmlp_cli_table_add(table, "-");
    else clmlp_cli_table_add(table, "%.3g", value);
}

static void print_group(const clmlp_qualify_result *result, clmlp_qualify_group group)
{
    clmlp_cli_table table = {.columns = 5, .align = "lrrll"};
    bool any = false;
    for (size_t i = 0; i < result->count; i++) {
        const clmlp_qualify_part *const part = &result->parts[i];
        if (part->group != group) continue;
        if (!any) {
            clmlp_cli_table_add(&table, "%s", clmlp_qualify_group_name(group));
            clmlp_cli_table_add(&table, "worst");
            clmlp_cli_table_add(&table, "limit");
            clmlp_cli_table_add(&table, "%s", "");
            clmlp_cli_table_add(&table, "%s", "");
        }
        any = true;
        clmlp_cli_table_add(&table, "  %s", part->name);
        add_number(&table, part->measured);
        add_number(&table, part->limit);
        clmlp_cli_table_add(&table, "%s", part->unit);
        /* what has no number is a property, and said in words */
        if (isnan(part->measured) && part->passed && !part->skipped) clmlp_cli_table_add(&table, "%s", part->detail);
        else clmlp_cli_table_add(&table, "%s", verdict_of(part));
    }
    if (any) clmlp_cli_out("\n");
    clmlp_cli_table_print(&table, 2, stdout);
}

/* A detail, safe for a terminal. */
static void print_details(const clmlp_qualify_result *result)
{
    clmlp_cli_table table = {.columns = 1};
    for (size_t i = 0; i < result->count; i++) {
        const clmlp_qualify_part *const part = &result->parts[i];
        if (part->passed && !part->skipped) continue;
        clmlp_cli_table_add(&table, "%s: %s: %s: %s", verdict_of(part), clmlp_qualify_group_name(part->group),
                            part->name, part->detail);
    }
    if (table.count > 0) clmlp_cli_out("\n");
    clmlp_cli_table_print(&table, 2, stdout);
}

static void print_card(const clmlp_cli_card *card)
{
    const clmlp_qualify_result *const result = &card->result;
    print_head(result);
    if (card->left_out) {
        clmlp_cli_out("\nverdict: left out, it has no double precision\n");
        return;
    }
    if (card->status != CLMLP_OK) {
        clmlp_cli_out("\nverdict: FAILED: %.*s\n", (int)strcspn(card->error.message, "\n"), card->error.message);
        return;
    }
    for (int g = 0; g < CLMLP_QUALIFY_GROUP_COUNT; g++) print_group(result, (clmlp_qualify_group)g);
    print_details(result);
    clmlp_cli_out("\nverdict: %s: %zu parts, %zu failed, %zu skipped, in %.1f s\n",
                  result->passed ? "passed" : "FAILED", result->count, result->failed, result->skipped,
                  result->seconds);
}

void clmlp_cli_report_qualify(const clmlp_cli_card *cards, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0) clmlp_cli_out("\n\n");
        print_card(&cards[i]);
    }
}

/* --- JSON ------------------------------------------------------------------------------------------------------ */

static void add_text(cJSON *object, const char *key, const char *text)
{
    (void)clmlp_cli_json_put(object, key, clmlp_cli_json_text(text));
}

static void add_parts(cJSON *object, const clmlp_qualify_result *result)
{
    cJSON *const array = cJSON_AddArrayToObject(object, "parts");
    for (size_t i = 0; i < result->count; i++) {
        const clmlp_qualify_part *const part = &result->parts[i];
        cJSON *const row = clmlp_cli_json_append(array, cJSON_CreateObject());
        add_text(row, "group", clmlp_qualify_group_name(part->group));
        add_text(row, "name", part->name);
        add_text(row, "verdict", part->skipped ? "skipped" : part->passed ? "pass" : "fail");
        (void)cJSON_AddNumberToObject(row, "measured", part->measured); /* not finite: null */
        (void)cJSON_AddNumberToObject(row, "limit", part->limit);
        add_text(row, "unit", part->unit);
        add_text(row, "detail", part->detail);
    }
}

static const char *card_verdict(const clmlp_cli_card *card)
{
    return card->left_out ? "skipped" : card->result.passed ? "pass" : "fail";
}

static cJSON *card_json(const clmlp_cli_card *card)
{
    const clmlp_qualify_result *const result = &card->result;
    cJSON *const object = cJSON_CreateObject();
    add_text(object, "verdict", card_verdict(card));
    add_text(object, "version", CLMLP_VERSION);
    add_text(object, "device", result->device.spec);
    add_text(object, "device_name", result->device.name);
    add_text(object, "type", result->device.type);
    add_text(object, "platform", result->device.platform);
    add_text(object, "platform_version", result->platform_version);
    add_text(object, "driver", result->device.driver);
    add_text(object, "opencl_version", result->opencl_version);
    add_text(object, "opencl_c_version", result->opencl_c_version);
    add_text(object, "profile", result->profile);
    add_text(object, "build_options", result->build_options);
    add_text(object, "precision", clmlp_precision_name(result->precision));
    if (card->status != CLMLP_OK) add_text(object, "error", card->error.message);
    (void)cJSON_AddNumberToObject(object, "seconds", result->seconds);
    (void)cJSON_AddNumberToObject(object, "failed", (double)result->failed);
    (void)cJSON_AddNumberToObject(object, "skipped", (double)result->skipped);
    add_parts(object, result);
    return object;
}

int clmlp_cli_report_qualify_json(const clmlp_cli_card *cards, size_t count, bool all, int status)
{
    if (!all) return clmlp_cli_json_print(card_json(&cards[0]), status);
    cJSON *const object = cJSON_CreateObject();
    add_text(object, "verdict", status == CLMLP_CLI_DONE ? "pass" : "fail");
    add_text(object, "version", CLMLP_VERSION);
    cJSON *const array = cJSON_AddArrayToObject(object, "cards");
    for (size_t i = 0; i < count; i++) (void)clmlp_cli_json_append(array, card_json(&cards[i]));
    return clmlp_cli_json_print(object, status);
}
