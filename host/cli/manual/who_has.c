/* who_has.c - the commands that have an option, for those who typed it behind another one. */
#include <stdio.h>
#include <string.h>

#include "manual/subjects.h"

typedef struct question {
    const char *option;
    bool has;
    char command[64];
} question;

static void look(const clmlp_cli_syntax *syntax, void *context)
{
    question *const asked = context;
    for (size_t i = 0; i < syntax->option_count; i++) {
        const char *const name = syntax->options[i].name;
        if (name == NULL || strcmp(name, asked->option) != 0) continue;
        asked->has = true;
        (void)snprintf(asked->command, sizeof asked->command, "%s", syntax->command);
    }
}

void clmlp_cli_who_has_option(const char *option, char *text, size_t size)
{
    enum { SHOWN = 3 };
    char names[SHOWN][64];
    size_t count = 0, used = 0;
    const clmlp_cli_subject *at;
    text[0] = '\0';
    for (size_t i = 0; (at = clmlp_cli_subject_at(i)) != NULL; i++) {
        question asked = {.option = option, .has = false};
        if (!clmlp_cli_has_kinds(at)) clmlp_cli_with_syntax(at, look, &asked);
        if (asked.has && count++ < SHOWN) (void)strcpy(names[count - 1], asked.command);
    }
    const size_t shown = count < SHOWN ? count : SHOWN;
    for (size_t i = 0; i < shown && used < size; i++) {
        const char *const before = i == 0 ? "" : i + 1 == shown && count == shown ? " and " : ", ";
        used += (size_t)snprintf(text + used, size - used, "%s%s", before, names[i]);
    }
    if (count > shown && used < size) (void)snprintf(text + used, size - used, " and others");
}
