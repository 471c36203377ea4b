/* subjects.c - what there are pages and completions about: the commands, and the kinds of clmlp bench. */
#include "manual/subjects.h"

#include <stdio.h>
#include <string.h>

#include "commands/commands.h"
#include "message.h"

static const clmlp_cli_subject subjects[] = {
#define COMMAND_ROW(name, shared, help) {#name, NULL, help, clmlp_cli_##name},
#define KIND_ROW(name, help) {"bench", #name, help, clmlp_cli_bench},
    CLMLP_CLI_COMMAND_LIST(COMMAND_ROW)
    CLMLP_CLI_BENCH_KIND_LIST(KIND_ROW)
#undef COMMAND_ROW
#undef KIND_ROW
};

enum { SUBJECTS = sizeof subjects / sizeof subjects[0] };

const clmlp_cli_subject *clmlp_cli_subject_at(size_t i)
{
    return i < SUBJECTS ? &subjects[i] : NULL;
}

bool clmlp_cli_has_kinds(const clmlp_cli_subject *subject)
{
    return subject->kind == NULL && subject->run == clmlp_cli_bench;
}

void clmlp_cli_with_syntax(const clmlp_cli_subject *subject, clmlp_cli_use_syntax *use, void *context)
{
    char command[32], kind[32] = "";
    char *line[] = {command, subject->kind != NULL ? kind : NULL, NULL};
    (void)snprintf(command, sizeof command, "%s", subject->command);
    if (subject->kind != NULL) (void)snprintf(kind, sizeof kind, "%s", subject->kind);
    clmlp_cli_show_syntax(use, context);
    const int status = subject->run(subject->kind != NULL ? 2 : 1, line);
    if (status != CLMLP_CLI_DONE) clmlp_cli_lose_output(); /* it had no memory, and has said so */
    clmlp_cli_show_syntax(NULL, NULL);
}

clmlp_cli_place clmlp_cli_option_place(const clmlp_cli_option *option)
{
    const char *const argument = option->argument;
    if (argument == NULL) return CLMLP_CLI_NO_PLACE;
    if (strcmp(argument, "FOLDER") == 0 || strcmp(argument, "DIR") == 0) return CLMLP_CLI_FOLDER_PLACE;
    const bool file = strstr(argument, "FILE") != NULL || strcmp(argument, "MODEL") == 0;
    return file ? CLMLP_CLI_FILE_PLACE : CLMLP_CLI_NO_PLACE;
}
