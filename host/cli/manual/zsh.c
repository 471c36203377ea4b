/* zsh.c - completion for zsh: a function for each command, from its table of options. */
#include <stdio.h>
#include <string.h>

#include <clmlp/version.h>

#include "manual/manual.h"
#include "message.h"

static const char FUNCTION[] =
    "_clmlp() {\n"
    "    local curcontext=$curcontext state line\n"
    "    typeset -A opt_args\n"
    "    _arguments -C '(- *)'{-h,--help}'[show the commands]' '(- *)--version[show the version]' \\\n"
    "        ': :_clmlp_commands' '*:: :->rest' && return\n"
    "    [[ $state == rest ]] || return 1\n"
    "    local command=$words[1]\n"
    "    if [[ $command == help ]]; then\n"
    "        ((CURRENT == 2)) && _clmlp_commands && return\n"
    "        [[ $CURRENT == 3 && $words[2] == bench ]] && _clmlp_kinds\n"
    "        return\n"
    "    fi\n"
    "    if [[ $command == bench ]]; then\n"
    "        ((CURRENT == 2)) && { _clmlp_kinds; return; }\n"
    "        shift words\n"
    "        ((CURRENT--))\n"
    "        command=bench_$words[1]\n"
    "    fi\n"
    "    (($+functions[_clmlp_$command])) && _clmlp_$command\n"
    "}\n\n"
    "if [[ $zsh_eval_context[-1] == loadautofunc ]]; then\n"
    "    _clmlp \"$@\"\n"
    "else # it was sourced\n"
    "    compdef _clmlp clmlp\n"
    "fi\n";

/* A text within '...' of the shell, with what _arguments takes for its own after a backslash. */
static void print_quoted(const char *text, const char *special)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '\'') clmlp_cli_out("'\\''");
        else clmlp_cli_out("%s%c", strchr(special, *c) != NULL ? "\\" : "", *c);
    }
}

static void print_action(const clmlp_cli_option *option)
{
    const clmlp_cli_type *const type = option->type;
    const clmlp_cli_place place = clmlp_cli_option_place(option);
    size_t length = 0;
    const char *word = type->words != NULL ? clmlp_cli_next_word(type, type->words, &length) : NULL;
    clmlp_cli_out(":");
    print_quoted(option->argument, ":");
    clmlp_cli_out(":");
    if (word == NULL) {
        clmlp_cli_out("%s", place == CLMLP_CLI_FILE_PLACE     ? "_files"
                            : place == CLMLP_CLI_FOLDER_PLACE ? "_files -/"
                                                              : " ");
        return;
    }
    const char *before = "(";
    while (word != NULL) {
        clmlp_cli_out("%s%.*s", before, (int)length, word);
        before = " ";
        word = clmlp_cli_next_word(type, word + length, &length);
    }
    clmlp_cli_out(")");
}

static void print_function(const clmlp_cli_syntax *syntax, void *context)
{
    (void)context;
    char name[64];
    (void)snprintf(name, sizeof name, "%s", syntax->command);
    for (char *c = name; *c != '\0'; c++) {
        if (*c == ' ') *c = '_';
    }
    clmlp_cli_out("_clmlp_%s() {\n    _arguments -S : \\\n", name);
    for (size_t i = 0; i < syntax->option_count; i++) {
        const clmlp_cli_option *const option = &syntax->options[i];
        if (option->name == NULL) continue;
        clmlp_cli_out("        '--%s%s[", option->name, option->type != NULL ? "=" : "");
        print_quoted(option->help, "[]:");
        clmlp_cli_out("]");
        if (option->type != NULL) print_action(option);
        clmlp_cli_out("' \\\n");
    }
    for (const char *at = syntax->positionals; *at != '\0';) {
        const size_t length = strcspn(at, " ");
        const bool optional = *at == '[';
        clmlp_cli_out("        ':%s%.*s:_files' \\\n", optional ? ":" : "", (int)length - (optional ? 2 : 0),
                      at + (optional ? 1 : 0));
        at += length + (at[length] == ' ');
    }
    clmlp_cli_out("        '(- *)'{-h,--help}'[show the options]'\n}\n\n");
}

static void print_names(const char *name, const char *what, bool kinds)
{
    const clmlp_cli_subject *at;
    clmlp_cli_out("%s() {\n    local -a names=(\n", name);
    for (size_t i = 0; (at = clmlp_cli_subject_at(i)) != NULL; i++) {
        if ((at->kind != NULL) != kinds) continue;
        clmlp_cli_out("        '%s:", kinds ? at->kind : at->command);
        print_quoted(at->help, ":");
        clmlp_cli_out("'\n");
    }
    if (!kinds) clmlp_cli_out("        'help:show the options of a command'\n");
    clmlp_cli_out("    )\n    _describe %s names\n}\n\n", what);
}

void clmlp_cli_zsh_completion(void)
{
    const clmlp_cli_subject *at;
    clmlp_cli_out("#compdef clmlp\n# Completion of clmlp %s for zsh, made by 'clmlp help --completion zsh'.\n\n",
                  clmlp_version());
    print_names("_clmlp_commands", "command", false);
    print_names("_clmlp_kinds", "kind", true);
    for (size_t i = 0; (at = clmlp_cli_subject_at(i)) != NULL; i++) {
        if (!clmlp_cli_has_kinds(at)) clmlp_cli_with_syntax(at, print_function, NULL);
    }
    clmlp_cli_print_lines(stdout, FUNCTION);
}
