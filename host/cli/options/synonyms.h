/* synonyms.h - words of other programs, and what they are called here. */
#ifndef CLMLP_CLI_SYNONYMS_H
#define CLMLP_CLI_SYNONYMS_H

#include <stdbool.h>
#include <stddef.h>

/* Whether two words are equal but for the case of letters, _ and -. */
bool clmlp_cli_is_same_word(const char *one, const char *other);

/* Whether one of them says that something is not to be and the other does not: "no-shuffle" and "shuffle". */
bool clmlp_cli_is_opposite(const char *one, const char *other);

/* The next option, without dashes, that other programs call `name`, or, where near, almost so; NULL: there are no more.
 * *at begins as 0. Case of letters, _ and - do not matter. A name may mean several, of which a command may have one.
 * *but: what is otherwise here, such as the unit; NULL: nothing. */
const char *clmlp_cli_option_called(const char *name, bool near, size_t *at, const char **but);

/* What to say of a name that no option stands for, to a command that has `option`. text NULL: nothing. */
typedef struct clmlp_cli_explanation {
    const char *option, *text;
} clmlp_cli_explanation;
clmlp_cli_explanation clmlp_cli_explain_option(const char *name);

/* Whether other programs give `argument` ("DATA", "MODEL"), which here stands by itself, with an option `name`. */
bool clmlp_cli_is_argument(const char *argument, const char *name);

/* The word that other programs call `word`, among those of `option`; NULL: none is known; "": there is none that does
 * the same. *but: as above. */
const char *clmlp_cli_word_called(const char *option, const char *word, const char **but);

/* The command that other programs call `name`; NULL: none is known. */
const char *clmlp_cli_command_called(const char *name);

#endif
