/* page.c - a page for man(1) of a command: what its table of options says, and what all commands have alike. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <clmlp/version.h>

#include "commands/commands.h"
#include "manual/manual.h"
#include "manual/roff.h"
#include "message.h"

/* What is on a page whose command has an option; "": on every page. */
typedef struct entry {
    const char *option, *name, *text;
} entry;

static const entry exit_statuses[] = {
    {"", "0", "Done."},
    {"", "1", "Failed while running."},
    {"", "2", "Bad usage or bad input."},
    {"self-check", "3", "A verification found a mismatch."},
    {"epochs", "4", "Training diverged. The last good theta is saved beside the model, unless no epoch was good."},
    {"device", "130", "Interrupted, after saving what there was to save."},
};

static const entry variables[] = {
    {"device", "CLMLP_CACHE_DIR", "The folder for what is kept between runs; set to nothing, nothing is kept."},
    {"device", "CLMLP_PROGRAM_CACHE", "Whether built programs are kept: always or never. Else the driver decides."},
    {"device", "CLMLP_KERNEL_DIR", "A folder to read the kernels from, for experiments. They run as they stand."},
    {"device", "OCL_ICD_VENDORS", "Where the OpenCL loader looks for drivers."},
    {"history", "NO_COLOR", "With any text in it: no colours on a terminal."},
    {"trials", "TMPDIR", "Where the models of trials are kept until the end; else /tmp."},
};

static const entry files[] = {
    {"device", "~/.cache/clmlp/",
     "Built programs and results of clmlp tune, or in $XDG_CACHE_HOME/clmlp. You may delete it at any time."},
    {"device", "/etc/OpenCL/vendors/*.icd", "The OpenCL drivers of the machine."},
    {"checkpoint", "model.diverged.safetensors",
     "The last good model of a training that diverged, named after --model."},
};

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

/* --- parts ------------------------------------------------------------------------------------------------- */

/* SOURCE_DATE_EPOCH makes builds that can be repeated: reproducible-builds.org. */
static void print_title(const char *name)
{
    char title[64], date[32] = "", line[160];
    const char *const fixed = getenv("SOURCE_DATE_EPOCH");
    const time_t now = fixed != NULL ? (time_t)strtoll(fixed, NULL, 10) : time(NULL);
    const struct tm *const day = gmtime(&now);
    if (day != NULL) (void)strftime(date, sizeof date, "%Y-%m-%d", day);
    size_t length = 0;
    for (; name[length] != '\0' && length + 1 < sizeof title; length++) {
        title[length] = (char)toupper((unsigned char)name[length]);
    }
    title[length] = '\0';
    (void)snprintf(line, sizeof line, ".TH %s 1 %s \"clmlp %s\" \"clmlp\"", title, date, clmlp_version());
    clmlp_cli_roff_macro(line);
    clmlp_cli_roff_macro(".nh"); /* names are not divided */
    clmlp_cli_roff_macro(".ad l");
    clmlp_cli_roff_macro(".SH NAME");
}

static void subject_name(const clmlp_cli_subject *subject, char between, char *name, size_t size)
{
    const bool kind = subject->kind != NULL;
    (void)snprintf(name, size, "clmlp%c%s%.1s%s", between, subject->command, kind ? &between : "",
                   kind ? subject->kind : "");
}

static bool has(const clmlp_cli_syntax *syntax, const char *option)
{
    if (syntax == NULL || option[0] == '\0') return true; /* clmlp(1) has it all */
    if (strcmp(option, "device") == 0 && strcmp(syntax->command, "devices") == 0) return true;
    for (size_t i = 0; i < syntax->option_count; i++) {
        if (syntax->options[i].name != NULL && strcmp(syntax->options[i].name, option) == 0) return true;
    }
    return false;
}

static bool says_status(const clmlp_cli_syntax *syntax, const char *status)
{
    char text[32];
    (void)snprintf(text, sizeof text, "Exit status %s:", status);
    return syntax != NULL && strstr(syntax->description, text) != NULL;
}

static void print_item(char font, const char *name, const char *text)
{
    clmlp_cli_roff_macro(".TP");
    clmlp_cli_roff_word(font, name);
    clmlp_cli_roff_end();
    clmlp_cli_roff_words(text);
}

static void print_help_item(const char *text)
{
    clmlp_cli_roff_macro(".TP");
    clmlp_cli_roff_word('B', "-h");
    clmlp_cli_roff_join('R', ",");
    clmlp_cli_roff_words("--help");
    clmlp_cli_roff_end();
    clmlp_cli_roff_words(text);
}

/* heading: NULL where it stands already. */
static void print_entries(const clmlp_cli_syntax *syntax, const char *heading, char font, const entry *list,
                          size_t count)
{
    bool begun = heading == NULL;
    for (size_t i = 0; i < count; i++) {
        if (!has(syntax, list[i].option) && !says_status(syntax, list[i].name)) continue;
        if (!begun) clmlp_cli_roff_macro(heading);
        begun = true;
        print_item(font, list[i].name, list[i].text);
    }
}

/* The files that options name by default, then those that all have. */
static void print_files(const clmlp_cli_syntax *syntax)
{
    bool begun = false;
    for (size_t i = 0; syntax != NULL && i < syntax->option_count; i++) {
        char name[256];
        const clmlp_cli_option *const option = &syntax->options[i];
        if (option->name == NULL || option->fallback != NULL || clmlp_cli_option_place(option) == CLMLP_CLI_NO_PLACE) {
            continue;
        }
        clmlp_cli_default(option, name, sizeof name);
        if (name[0] == '\0') continue;
        if (!begun) clmlp_cli_roff_macro(".SH FILES");
        begun = true;
        print_item('I', name, "The file of");
        (void)snprintf(name, sizeof name, "--%s,", option->name);
        clmlp_cli_roff_words(name);
        clmlp_cli_roff_words("where it is not given.");
    }
    print_entries(syntax, begun ? NULL : ".SH FILES", 'I', files, COUNT(files));
}

/* A paragraph ends at an empty line; lines that begin with two blanks are examples. */
static void print_description(const char *text, bool examples)
{
    bool begun = false, paragraph = false;
    for (const char *line = text; *line != '\0';) {
        const size_t length = strcspn(line, "\n");
        const bool example = strncmp(line, "  ", 2) == 0;
        if (examples && example) {
            if (!begun) {
                clmlp_cli_roff_macro(".SH EXAMPLES");
                clmlp_cli_roff_macro(".nf");
            }
            begun = true;
            clmlp_cli_roff_line(line + 2, length - 2);
        } else if (!examples && !example && length > 0) {
            if (paragraph) clmlp_cli_roff_macro(".PP");
            paragraph = false;
            begun = true;
            clmlp_cli_roff_part(line, length);
        }
        if (length == 0) paragraph = begun;
        line += length + (line[length] == '\n');
    }
    if (examples && begun) clmlp_cli_roff_macro(".fi");
    clmlp_cli_roff_end();
}

static void print_reference(const char *name, bool last)
{
    clmlp_cli_roff_word('B', name);
    clmlp_cli_roff_join('R', last ? "(1)" : "(1),");
}

/* Pages that belong together: all commands, or all kinds of bench. */
static void print_references(const clmlp_cli_subject *about)
{
    char name[80];
    const bool kinds = about != NULL && strcmp(about->command, "bench") == 0;
    clmlp_cli_roff_macro(".SH SEE ALSO");
    if (about != NULL) print_reference("clmlp", false);
    const clmlp_cli_subject *at, *before = NULL;
    for (size_t i = 0; (at = clmlp_cli_subject_at(i)) != NULL; i++) {
        if (at == about || (!kinds && at->kind != NULL)) continue;
        if (before != NULL) {
            subject_name(before, '-', name, sizeof name);
            print_reference(name, false);
        }
        before = at;
    }
    if (before != NULL) {
        subject_name(before, '-', name, sizeof name);
        print_reference(name, true);
    }
    clmlp_cli_roff_macro(".PP");
    clmlp_cli_roff_words("The folder docs of the documentation that is installed with clmlp says more; it begins with");
    clmlp_cli_roff_word('I', "docs/commands.md");
    clmlp_cli_roff_join('R', ".");
    clmlp_cli_roff_end();
}

/* --- options ----------------------------------------------------------------------------------------------- */

static void print_words(const clmlp_cli_type *type)
{
    char word[80];
    size_t length = 0, next_length = 0;
    const char *at = type->words != NULL ? clmlp_cli_next_word(type, type->words, &length) : NULL;
    if (at == NULL) return;
    clmlp_cli_roff_words("One of:");
    while (at != NULL) {
        const char *const next = clmlp_cli_next_word(type, at + length, &next_length);
        (void)snprintf(word, sizeof word, "%.*s", (int)length, at);
        clmlp_cli_roff_word('B', word);
        clmlp_cli_roff_join('R', next != NULL ? "," : ".");
        at = next;
        length = next_length;
    }
}

static void print_option(const clmlp_cli_option *option)
{
    char text[600];
    clmlp_cli_roff_macro(".TP");
    (void)snprintf(text, sizeof text, "--%s", option->name);
    clmlp_cli_roff_word('B', text);
    if (option->argument != NULL) {
        clmlp_cli_roff_join('R', "=");
        clmlp_cli_roff_join('I', option->argument);
    }
    clmlp_cli_roff_end();
    (void)snprintf(text, sizeof text, "%s.", option->help);
    clmlp_cli_roff_words(text);
    if (option->type != NULL) print_words(option->type);
    clmlp_cli_default(option, text, sizeof text - 1);
    if (text[0] == '\0') return;
    clmlp_cli_roff_words("Default:");
    if (option->fallback != NULL) {
        clmlp_cli_roff_words(strcat(text, "."));
        return;
    }
    clmlp_cli_roff_word('B', text);
    clmlp_cli_roff_join('R', ".");
}

static void print_options(const clmlp_cli_syntax *syntax)
{
    clmlp_cli_roff_macro(".SH OPTIONS");
    for (size_t i = 0; i < syntax->option_count; i++) {
        char heading[120];
        const clmlp_cli_option *const option = &syntax->options[i];
        if (option->name != NULL) {
            print_option(option);
            continue;
        }
        (void)snprintf(heading, sizeof heading, ".SS %.*s", (int)strcspn(option->help, ":"), option->help);
        clmlp_cli_roff_macro(heading);
    }
    print_help_item("show the options with their defaults.");
}

/* --- pages ------------------------------------------------------------------------------------------------- */

static void print_first(const clmlp_cli_subject *subject, const char *arguments)
{
    char name[80];
    subject_name(subject, '-', name, sizeof name);
    print_title(name);
    clmlp_cli_roff_words(name);
    clmlp_cli_roff_words("-");
    clmlp_cli_roff_words(subject->help);
    clmlp_cli_roff_macro(".SH SYNOPSIS");
    subject_name(subject, ' ', name, sizeof name);
    clmlp_cli_roff_word('B', name);
    clmlp_cli_roff_words(arguments);
}

static void print_syntax(const clmlp_cli_syntax *syntax, void *context)
{
    const clmlp_cli_subject *const subject = *(const clmlp_cli_subject *const *)context;
    char arguments[80];
    (void)snprintf(arguments, sizeof arguments, "[OPTION...] %s", syntax->positionals);
    print_first(subject, arguments);
    clmlp_cli_roff_macro(".SH DESCRIPTION");
    print_description(syntax->description, false);
    print_options(syntax);
    print_entries(syntax, ".SH EXIT STATUS", 'B', exit_statuses, COUNT(exit_statuses));
    print_entries(syntax, ".SH ENVIRONMENT", 'B', variables, COUNT(variables));
    print_files(syntax);
    print_description(syntax->description, true);
    print_references(subject);
}

/* The pages of commands, or of kinds, with their line of help. */
static void print_list(bool kinds)
{
    char name[80];
    const clmlp_cli_subject *at;
    for (size_t i = 0; (at = clmlp_cli_subject_at(i)) != NULL; i++) {
        if ((at->kind != NULL) != kinds) continue;
        subject_name(at, '-', name, sizeof name);
        clmlp_cli_roff_macro(".TP");
        print_reference(name, true);
        clmlp_cli_roff_end();
        clmlp_cli_roff_words(at->help);
    }
}

static void print_kinds(const clmlp_cli_subject *subject)
{
    print_first(subject, "KIND [OPTION...]");
    clmlp_cli_roff_macro(".SH DESCRIPTION");
    clmlp_cli_roff_words("Measures how fast a device trains. Each kind of measurement has options of its own:");
    print_list(true);
    clmlp_cli_roff_macro(".SH OPTIONS");
    print_help_item("show the kinds.");
    print_entries(NULL, ".SH EXIT STATUS", 'B', exit_statuses, 3);
    print_references(subject);
}

static void print_program(void)
{
    print_title("clmlp");
    clmlp_cli_out("clmlp \\- neural networks on any OpenCL device\n");
    clmlp_cli_roff_macro(".SH SYNOPSIS");
    clmlp_cli_roff_word('B', "clmlp");
    clmlp_cli_roff_words("COMMAND [OPTION...] ARGUMENT...");
    clmlp_cli_roff_macro(".SH DESCRIPTION");
    clmlp_cli_roff_words(CLMLP_CLI_PURPOSE);
    clmlp_cli_roff_words("Results go to standard output; progress, notes and errors go to standard error.");
    clmlp_cli_roff_macro(".SH COMMANDS");
    print_list(false);
    print_item('B', "clmlp help", "show this list, or the options of the command that follows.");
    print_item('B', "clmlp help --completion bash", "print what bash completes these command lines with; also zsh.");
    clmlp_cli_roff_macro(".SH OPTIONS");
    print_help_item("show the commands; after a command, its options.");
    print_item('B', "--version", "show the version.");
    print_entries(NULL, ".SH EXIT STATUS", 'B', exit_statuses, COUNT(exit_statuses));
    print_entries(NULL, ".SH ENVIRONMENT", 'B', variables, COUNT(variables));
    print_files(NULL);
    print_description(CLMLP_CLI_EXAMPLES, true);
    print_references(NULL);
}

void clmlp_cli_man_page(const clmlp_cli_subject *subject)
{
    if (subject == NULL) print_program();
    else if (clmlp_cli_has_kinds(subject)) print_kinds(subject);
    else clmlp_cli_with_syntax(subject, print_syntax, &subject);
}
