/* option_lists.c - option values that are lists of numbers, of which none is more than a number > 0. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "options/option_types.h"

static const char *parse_positives(const char *text, void *value)
{
    clmlp_cli_numbers list = {0};
    for (const char *at = text;; at++) {
        char number[64];
        const size_t length = strcspn(at, ",");
        double *const next = &list.of[list.count];
        if (length >= sizeof number || list.count == CLMLP_CLI_MAX_NUMBERS) break;
        (void)snprintf(number, sizeof number, "%.*s", (int)length, at);
        if (!clmlp_cli_read_real(number, next) || !(*next > 0.0) || isinf(*next)) break;
        list.count++;
        at += length;
        if (*at != '\0') continue;
        *(clmlp_cli_numbers *)value = list;
        return NULL;
    }
    return "expected up to 16 numbers such as 1,10,100, each > 0";
}

static void show_numbers(const void *value, char *text, size_t size)
{
    const clmlp_cli_numbers *const list = value;
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < list->count && used < size; i++) {
        const int length = snprintf(text + used, size - used, "%s%.17g", i > 0 ? "," : "", list->of[i]);
        used += length > 0 ? (size_t)length : size;
    }
}

const clmlp_cli_type clmlp_cli_positives = {parse_positives, show_numbers, NULL};
