/* shares.c - how ranks share each batch. */
#include "options/shares.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const names[] = {"auto", "equal", "speed"};

static const char *parse(const char *text, void *value)
{
    static const char expected[] = "expected auto, equal, speed, or weights > 0 with commas between them";
    static double weights[CLMLP_CLI_MAX_RANKS];
    clmlp_cli_shares *const shares = value;
    char word[64];
    size_t count = 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(text, names[i]) != 0) continue;
        *shares = (clmlp_cli_shares){.by = (clmlp_sharing_by)i, .given = shares->given};
        return NULL;
    }
    for (const char *at = text, *end; at != NULL; at = *end != '\0' ? end + 1 : NULL) {
        end = strchr(at, ',');
        if (end == NULL) end = at + strlen(at);
        if (count == CLMLP_CLI_MAX_RANKS || (size_t)(end - at) >= sizeof word) return expected;
        (void)snprintf(word, sizeof word, "%.*s", (int)(end - at), at);
        if (!clmlp_cli_read_real(word, &weights[count]) || !(weights[count] > 0.0) || isinf(weights[count])) {
            return expected;
        }
        count++;
    }
    *shares = (clmlp_cli_shares){.count = count, .of = weights, .given = shares->given};
    return NULL;
}

static void show(const void *value, char *text, size_t size)
{
    const clmlp_cli_shares *const shares = value;
    (void)snprintf(text, size, "%s", names[shares->by]);
}

const clmlp_cli_type clmlp_cli_shares_type = {parse, show, NULL};

static const char *parse_gradients(const char *text, void *value)
{
    const bool is_short = strcmp(text, "bf16") == 0;
    if (!is_short && strcmp(text, "whole") != 0) return "expected one of: whole bf16";
    *(bool *)value = is_short;
    return NULL;
}

static void show_gradients(const void *value, char *text, size_t size)
{
    (void)snprintf(text, size, "%s", *(const bool *)value ? "bf16" : "whole");
}

const clmlp_cli_type clmlp_cli_gradients_type = {parse_gradients, show_gradients, "whole bf16"};

const char *clmlp_cli_shares_use(const clmlp_cli_shares *shares, size_t count, clmlp_train_config *config, char *text,
                                 size_t size)
{
    config->sharing = shares->by;
    config->shares = NULL;
    if (shares->count == 0) return NULL;
    if (shares->count == count) {
        config->shares = shares->of;
        return NULL;
    }
    (void)snprintf(text, size, "--shares has %zu weight%s, and there %s %zu process%s", shares->count,
                   shares->count == 1 ? "" : "s", count == 1 ? "is" : "are", count, count == 1 ? "" : "es");
    return text;
}
