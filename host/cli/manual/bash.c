/* bash.c - completion for bash: two lists from the tables of options, and one function that is always the same. */
#include <stdio.h>
#include <string.h>

#include <clmlp/version.h>

#include "manual/manual.h"
#include "message.h"

/* Words are given back with their first part where bash did not divide them at '='. Files are left to bash, which knows
 * how they are quoted. */
static const char FUNCTION[] =
    "_clmlp() {\n"
    "    local current=${COMP_WORDS[COMP_CWORD]} last=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}\n"
    "    local option='' before='' kind='' words='' file=''\n"
    "    COMPREPLY=()\n"
    "    if [[ $current == = ]]; then # bash has made three words of --option=value\n"
    "        option=$last current=''\n"
    "    elif [[ $last == = ]]; then\n"
    "        option=${COMP_WORDS[COMP_CWORD - 2]}\n"
    "    elif [[ $current == --*=* ]]; then\n"
    "        option=${current%%=*} current=${current#*=}\n"
    "        before=$option=\n"
    "    elif [[ $last == --* ]]; then\n"
    "        option=$last\n"
    "    fi\n"
    "    if ((COMP_CWORD == 1)); then\n"
    "        words=\"$_clmlp_commands help --help --version\"\n"
    "    elif [[ $command == help ]]; then\n"
    "        ((COMP_CWORD == 2)) && words=$_clmlp_commands\n"
    "        [[ $COMP_CWORD == 3 && ${COMP_WORDS[2]} == bench ]] && words=$_clmlp_kinds\n"
    "        [[ $words ]] || kind='value'\n"
    "    elif [[ $command == bench && $COMP_CWORD == 2 ]]; then\n"
    "        words=\"$_clmlp_kinds --help\"\n"
    "    else\n"
    "        [[ $command != bench ]] || command=\"bench ${COMP_WORDS[2]}\"\n"
    "        [[ ! $option ]] || _clmlp_value \"$command\" \"$option\"\n"
    "        if [[ ! $kind$words ]]; then\n"
    "            before=''\n"
    "            _clmlp_options \"$command\"\n"
    "            [[ $current == -* ]] || words=''\n"
    "        fi\n"
    "    fi\n"
    "    if [[ $words ]]; then\n"
    "        mapfile -t COMPREPLY < <(compgen -P \"$before\" -W \"$words\" -- \"$current\")\n"
    "        [[ ${#COMPREPLY[@]} != 1 || ${COMPREPLY[0]} != *= ]] || compopt -o nospace\n"
    "        compopt +o default\n"
    "    elif [[ $kind == folder ]]; then\n"
    "        compopt +o default -o dirnames\n"
    "    elif [[ $kind == value ]]; then\n"
    "        compopt +o default\n"
    "    elif [[ $before ]]; then\n"
    "        compopt -o filenames\n"
    "        while IFS= read -r file; do # a name of several lines comes in pieces, which are no files or others\n"
    "            [[ $file == \"$current\"* || $current == *[\\\\\\\"\\']* ]] || continue\n"
    "            [[ $file != \\~* && ! -e $file && ! -L $file ]] || COMPREPLY+=(\"$before$file\")\n"
    "        done < <(compgen -f -- \"$current\")\n"
    "    fi\n"
    "}\n"
    "complete -o default -F _clmlp clmlp\n";

/* "train", "bench step": as words of the command line. */
static void print_value(const char *command, const clmlp_cli_option *option)
{
    const clmlp_cli_type *const type = option->type;
    size_t length = 0;
    const char *word = type->words != NULL ? clmlp_cli_next_word(type, type->words, &length) : NULL;
    clmlp_cli_out("    '%s --%s') ", command, option->name);
    if (word == NULL) {
        const clmlp_cli_place place = clmlp_cli_option_place(option);
        clmlp_cli_out("kind='%s' ;;\n", place == CLMLP_CLI_FILE_PLACE     ? "file"
                                      : place == CLMLP_CLI_FOLDER_PLACE ? "folder"
                                                                        : "value");
        return;
    }
    const char *before = "words='";
    while (word != NULL) {
        clmlp_cli_out("%s%.*s", before, (int)length, word);
        before = " ";
        word = clmlp_cli_next_word(type, word + length, &length);
    }
    clmlp_cli_out("' ;;\n");
}

static void print_values(const clmlp_cli_syntax *syntax, void *context)
{
    (void)context;
    for (size_t i = 0; i < syntax->option_count; i++) {
        const clmlp_cli_option *const option = &syntax->options[i];
        if (option->name != NULL && option->type != NULL) print_value(syntax->command, option);
    }
}

/* A command without arguments has no files to name. */
static void print_options(const clmlp_cli_syntax *syntax, void *context)
{
    (void)context;
    clmlp_cli_out("    '%s') %swords='", syntax->command, syntax->positionals[0] == '\0' ? "kind='value' " : "");
    for (size_t i = 0; i < syntax->option_count; i++) {
        const clmlp_cli_option *const option = &syntax->options[i];
        if (option->name != NULL) clmlp_cli_out("--%s%s ", option->name, option->type != NULL ? "=" : "");
    }
    clmlp_cli_out("--help' ;;\n");
}

static void print_cases(const char *name, clmlp_cli_use_syntax *print, const char *of)
{
    const clmlp_cli_subject *at;
    clmlp_cli_out("%s() {\n    case %s in\n", name, of);
    for (size_t i = 0; (at = clmlp_cli_subject_at(i)) != NULL; i++) {
        if (!clmlp_cli_has_kinds(at)) clmlp_cli_with_syntax(at, print, NULL);
    }
    clmlp_cli_out("    esac\n}\n\n");
}

static void print_names(const char *variable, bool kinds)
{
    const clmlp_cli_subject *at;
    const char *before = "'";
    clmlp_cli_out("%s=", variable);
    for (size_t i = 0; (at = clmlp_cli_subject_at(i)) != NULL; i++) {
        if ((at->kind != NULL) != kinds) continue;
        clmlp_cli_out("%s%s", before, kinds ? at->kind : at->command);
        before = " ";
    }
    clmlp_cli_out("'\n");
}

void clmlp_cli_bash_completion(void)
{
    clmlp_cli_out("# Completion of clmlp %s for bash 4 or later, made by 'clmlp help --completion bash'.\n\n",
                  clmlp_version());
    print_names("_clmlp_commands", false);
    print_names("_clmlp_kinds", true);
    clmlp_cli_out("\n# Sets words, or kind to file, folder or value; leaves both where the option takes no value.\n");
    print_cases("_clmlp_value", print_values, "\"$1 $2\"");
    clmlp_cli_out("# Sets words; kind to value where the command takes no files.\n");
    print_cases("_clmlp_options", print_options, "$1");
    clmlp_cli_print_lines(stdout, FUNCTION);
}
