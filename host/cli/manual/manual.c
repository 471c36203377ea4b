/* manual.c - the command lines clmlp help --man and clmlp help --completion. */
#include "manual/manual.h"

#include <stdio.h>
#include <string.h>

#include "message.h"

static void page_name(const clmlp_cli_subject *subject, char *name, size_t size)
{
    (void)snprintf(name, size, "clmlp-%s%s%s", subject->command, subject->kind != NULL ? "-" : "",
                   subject->kind != NULL ? subject->kind : "");
}

static int print_page(const char *wanted)
{
    char name[80];
    if (strcmp(wanted, "clmlp") == 0) {
        clmlp_cli_man_page(NULL);
        return CLMLP_CLI_DONE;
    }
    const clmlp_cli_subject *at;
    for (size_t i = 0; (at = clmlp_cli_subject_at(i)) != NULL; i++) {
        page_name(at, name, sizeof name);
        if (strcmp(wanted, name) != 0) continue;
        clmlp_cli_man_page(at);
        return CLMLP_CLI_DONE;
    }
    return clmlp_cli_usage_error(NULL, "--man '%s': there is no such page ('clmlp help --man' has their names)",
                                 wanted);
}

static int print_names(void)
{
    char name[80];
    const clmlp_cli_subject *at;
    clmlp_cli_out("clmlp\n");
    for (size_t i = 0; (at = clmlp_cli_subject_at(i)) != NULL; i++) {
        page_name(at, name, sizeof name);
        clmlp_cli_out("%s\n", name);
    }
    return CLMLP_CLI_DONE;
}

static int print_completion(const char *shell)
{
    if (strcmp(shell, "bash") == 0) clmlp_cli_bash_completion();
    else if (strcmp(shell, "zsh") == 0) clmlp_cli_zsh_completion();
    else return clmlp_cli_usage_error(NULL, "--completion '%s': expected bash or zsh", shell);
    return CLMLP_CLI_DONE;
}

int clmlp_cli_manual(int argc, char **argv)
{
    const bool man = strcmp(argv[1], "--man") == 0;
    if (argc > 3) return clmlp_cli_usage_error(NULL, "unexpected argument '%s'", argv[3]);
    if (!man && argc < 3) return clmlp_cli_usage_error(NULL, "--completion: expected bash or zsh");
    const int status = !man ? print_completion(argv[2]) : argc < 3 ? print_names() : print_page(argv[2]);
    return status == CLMLP_CLI_DONE ? clmlp_cli_finish_output(status) : status;
}
