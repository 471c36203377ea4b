/* saved.h - the options of a command that are kept in a file, and taken from there when it goes on. */
#ifndef CLMLP_CLI_SAVED_H
#define CLMLP_CLI_SAVED_H

#include "options/options.h"

/* What becomes of an option when a command goes on. Those that are not listed are kept: taken from the file, and when
 * they are given again, they must say the same. */
typedef enum clmlp_cli_keep {
    CLMLP_CLI_KEPT,
    CLMLP_CLI_FREE,   /* kept, unless it is given */
    CLMLP_CLI_AGAIN,  /* a file that is read: it is given again, as the data are */
    CLMLP_CLI_PART,   /* a fraction is kept, a file is given again */
    CLMLP_CLI_ANEW,   /* the same, and may be left out: that is said */
    CLMLP_CLI_FORGOTTEN
} clmlp_cli_keep;

typedef struct clmlp_cli_saved_rule {
    const char *option;
    clmlp_cli_keep keep;
} clmlp_cli_saved_rule;

/* Objects among the texts are no options. This one says what was decided where an option was left open or said auto: an
 * option that says the same is no contradiction. */
#define CLMLP_CLI_DECIDED "decided"

/* Take the options that `path` keeps as `text`, JSON. `rules` end with an option that is NULL. False: *status is set,
 * and it has been said which option contradicts, or what is wrong with the text. */
bool clmlp_cli_saved_take(clmlp_cli_arguments *arguments, const clmlp_cli_syntax *syntax,
                          const clmlp_cli_saved_rule *rules, const char *path, const char *text, int *status);

/* Whether a path of such a file stays in this folder and those in it, is not hidden there, and leads through no link.
 * The file may be of somebody else, who would like to choose what is overwritten. */
bool clmlp_cli_saved_stays_here(const char *path);

/* Say that it does not: the option `kept` has to be given again. Returns false. */
bool clmlp_cli_saved_leaves(const clmlp_cli_syntax *syntax, const char *path, const char *option, const char *kept,
                            int *status);

/* All options as they are now, those taken and those given: an object of texts, a flag's being "". NULL: no memory.
 * Released with cJSON_Delete. */
struct cJSON *clmlp_cli_saved_list(const clmlp_cli_arguments *arguments, const clmlp_cli_syntax *syntax,
                                   const clmlp_cli_saved_rule *rules);

#endif
