/* devices.c - clmlp devices: list everything that can compute, and say what keeps other hardware from it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <clmlp/clmlp.h>

#include "commands/commands.h"
#include "devices/advice.h"
#include "json_memory.h"
#include "message.h"
#include "options/options.h"
#include "reports/inspect.h"
#include "reports/report.h"
#include "reports/table.h"

static void add_findings(cJSON *row, const clmlp_cli_advice_list *advice)
{
    cJSON *const findings = clmlp_cli_json_put(row, "findings", cJSON_CreateArray());
    for (size_t i = 0; i < advice->count; i++) {
        cJSON *const one = clmlp_cli_json_append(findings, cJSON_CreateObject());
        (void)cJSON_AddStringToObject(one, "kind", clmlp_cli_hindrance_name(advice->list[i].kind));
        (void)clmlp_cli_json_put(one, "text", clmlp_cli_json_text(advice->list[i].text));
        (void)clmlp_cli_json_put(one, "advice", clmlp_cli_json_text(advice->list[i].help));
    }
}

/* A text, or null where it is empty. */
static void add_reason(cJSON *row, const char *key, const char *text)
{
    (void)clmlp_cli_json_put(row, key, text[0] != '\0' ? clmlp_cli_json_text(text) : cJSON_CreateNull());
}

/* What is wrong with the machine stands with its own row: the CPU path always has one. */
static int print_json(const clmlp_device_info *list, size_t count, const clmlp_cli_advice_list *advice)
{
    cJSON *const devices = cJSON_CreateArray();
    for (size_t i = 0; i < count; i++) {
        const clmlp_device_info *const info = &list[i];
        cJSON *const row = clmlp_cli_json_append(devices, cJSON_CreateObject());
        (void)cJSON_AddStringToObject(row, "spec", info->spec);
        (void)clmlp_cli_json_put(row, "platform", clmlp_cli_json_text(info->platform));
        (void)clmlp_cli_json_put(row, "name", clmlp_cli_json_text(info->name));
        (void)cJSON_AddStringToObject(row, "type", info->type);
        (void)clmlp_cli_json_put(row, "driver", clmlp_cli_json_text(info->driver));
        (void)cJSON_AddNumberToObject(row, "memory", (double)info->memory);
        (void)cJSON_AddNumberToObject(row, "largest_buffer", (double)info->largest_buffer);
        (void)cJSON_AddNumberToObject(row, "address_bits", info->address_bits);
        (void)cJSON_AddNumberToObject(row, "compute_units", (double)info->compute_units);
        (void)cJSON_AddBoolToObject(row, "fp64", info->fp64);
        (void)cJSON_AddBoolToObject(row, "auto", info->is_auto);
        add_reason(row, "problem", info->problem);
        add_reason(row, "passed_over", info->passed_over);
        if (strcmp(info->type, "host") == 0) add_findings(row, advice);
    }
    return clmlp_cli_json_print(devices, CLMLP_CLI_DONE);
}

/* Whether auto takes an OpenCL CPU device, which a small training does not wait for. */
static bool takes_small(const clmlp_device_info *list, size_t count)
{
    const char *const wanted = getenv("CLMLP_AUTO_SMALL");
    if (wanted != NULL && strcmp(wanted, "never") == 0) return false;
    for (size_t i = 0; i < count; i++) {
        if (list[i].is_auto) return strcmp(list[i].type, "CPU") == 0;
    }
    return false;
}

static void print_table(const clmlp_device_info *list, size_t count)
{
    static const char *const headings[] = {"",    "device", "type",     "memory", "units",
                                           "f64", "name",   "platform", "driver"};
    clmlp_cli_table table = {.columns = sizeof headings / sizeof headings[0], .align = "lllrrllll"};
    for (size_t c = 0; c < table.columns; c++) clmlp_cli_table_add(&table, "%s", headings[c]);
    for (size_t i = 0; i < count; i++) {
        const clmlp_device_info *const info = &list[i];
        clmlp_cli_table_add(&table, "%s", info->is_auto ? "*" : " ");
        clmlp_cli_table_add(&table, "%s", info->spec);
        clmlp_cli_table_add(&table, "%s", info->type);
        clmlp_cli_table_add(&table, "%.1f GiB", (double)info->memory / (1024.0 * 1024.0 * 1024.0));
        clmlp_cli_table_add(&table, "%u", info->compute_units);
        clmlp_cli_table_add(&table, "%s", info->fp64 ? "yes" : "no");
        clmlp_cli_table_add(&table, "%s", info->name);
        clmlp_cli_table_add(&table, "%s", info->platform);
        clmlp_cli_table_add(&table, "%s", info->driver);
    }
    clmlp_cli_table_print(&table, 2, stdout);
    clmlp_cli_out("\n* is what --device auto takes%s\n", takes_small(list, count) ? "; for small trainings train takes "
                  "the CPU path" : "");
    const char *other = NULL;
    for (size_t i = 0; i < count; i++) {
        char line[2 * CLMLP_NAME_LENGTH];
        const bool usable = list[i].problem[0] == '\0';
        if (usable && list[i].passed_over[0] == '\0') continue;
        (void)snprintf(line, sizeof line, "%s %s: %s", list[i].spec, usable ? "is passed over by auto"
                       : "cannot be used", usable ? list[i].passed_over : list[i].problem);
        clmlp_cli_print_wrapped(line, 2, 0, 0);
        if (usable && other == NULL) other = list[i].spec;
    }
    if (other == NULL) return;
    clmlp_cli_out("(--device takes one that is passed over all the same, as in --device %s)\n", other);
}

static void print_advice(const clmlp_cli_advice_list *advice)
{
    if (advice->count == 0) return;
    clmlp_cli_out("\n%zu finding%s\n", advice->count, advice->count == 1 ? "" : "s");
    for (size_t i = 0; i < advice->count; i++) {
        clmlp_cli_out("  ");
        clmlp_cli_print_wrapped(advice->list[i].text, 4, 2, 0);
        clmlp_cli_out("    > ");
        clmlp_cli_print_wrapped(advice->list[i].help, 6, 6, 0);
    }
}

int clmlp_cli_devices(int argc, char **argv)
{
    static clmlp_cli_advice_list advice;
    int code;
    bool json = false;
    clmlp_cli_arguments arguments;
    const clmlp_cli_option options[] = {
        {NULL, NULL, NULL, NULL, "Output:", NULL, NULL},
        {"json", NULL, &json, NULL,
         "print one JSON array on standard output, an object a device; that of the CPU path has the findings", NULL,
         NULL},
    };
    const clmlp_cli_syntax syntax = {"devices", "",
                                     "--device of the other commands takes what the column device says, or part of\n"
                                     "a name: opencl:NAME. Findings tell what keeps a GPU, or all of OpenCL, from\n"
                                     "this list, and which package helps.\n", options,
                                     sizeof options / sizeof options[0]};
    if (clmlp_cli_parse(&arguments, &syntax, argc, argv, &code)) {
        clmlp_device_info *list = NULL;
        size_t count = 0;
        clmlp_error error = {.status = CLMLP_OK};
        const clmlp_cli_machine machine = clmlp_cli_this_machine();
        const bool listed = clmlp_device_list(&list, &count, &error) == CLMLP_OK;
        if (listed) clmlp_cli_find_advice(&advice, &machine, list, count);
        if (!listed) {
            code = clmlp_cli_fail(&error, true);
        } else if (json) {
            code = print_json(list, count, &advice);
        } else {
            print_table(list, count);
            print_advice(&advice);
            code = clmlp_cli_finish_output(CLMLP_CLI_DONE);
        }
        clmlp_free(list);
    }
    clmlp_cli_arguments_free(&arguments);
    return code;
}
