/* machine.h - what the system tells of this machine: small files, links and folders below a root that tests replace. */
#ifndef CLMLP_CLI_DEVICES_MACHINE_H
#define CLMLP_CLI_DEVICES_MACHINE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct clmlp_cli_machine {
    const char *root;                      /* in front of every path; "": this machine */
    bool (*may_open)(const char *path);    /* whether this user may read and write it */
} clmlp_cli_machine;

/* This machine, and this user. */
clmlp_cli_machine clmlp_cli_this_machine(void);

enum { CLMLP_CLI_PATH = 512, CLMLP_CLI_NAMES = 64, CLMLP_CLI_NAME = 96 };

/* "ROOT/PATH" into full; false: it is too long. */
bool clmlp_cli_machine_path(const clmlp_cli_machine *machine, const char *path, char full[CLMLP_CLI_PATH]);
bool clmlp_cli_machine_has(const clmlp_cli_machine *machine, const char *path);

/* The beginning of a file, without the line end and blanks at its end, into text [size]; false: it cannot be read. */
bool clmlp_cli_machine_read(const clmlp_cli_machine *machine, const char *path, char *text, size_t size);

/* The last name of where a link leads, into text [size]; false: it is none. */
bool clmlp_cli_machine_link(const clmlp_cli_machine *machine, const char *path, char *text, size_t size);

/* The names in a folder in byte order, without those that begin with a dot; of more than there is room for the first
 * that are met. */
typedef struct clmlp_cli_names {
    char list[CLMLP_CLI_NAMES][CLMLP_CLI_NAME];
    size_t count;
} clmlp_cli_names;

/* false: there is no such folder. Says it where there is no memory for a folder. */
bool clmlp_cli_machine_list(const clmlp_cli_machine *machine, const char *path, clmlp_cli_names *names);

/* Whether `text` has `part` in it, whatever the case of letters. */
bool clmlp_cli_has_part(const char *text, const char *part);

#endif
