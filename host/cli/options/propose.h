/* propose.h - what an error proposes for a word that was not understood: known words of other programs, the nearest of
 * those that there are, and which command has an option. Nothing is corrected: the line stays an error. */
#ifndef CLMLP_CLI_PROPOSE_H
#define CLMLP_CLI_PROPOSE_H

#include "options/syntax.h"

enum { CLMLP_CLI_PROPOSAL = 512 };

/* Commands that have an option of this name: "evaluate and predict", into text [size]; "": none. */
typedef void clmlp_cli_who_has(const char *option, char *text, size_t size);
/* Whom to ask that. Without it no other command is proposed. */
void clmlp_cli_ask_who_has(clmlp_cli_who_has *ask);

/* "; did you mean '--rate'?", "; it is an option of evaluate and predict", or "", of an option `name` that
 * the command does not have; without dashes. Returns text. */
const char *clmlp_cli_propose_option(const clmlp_cli_syntax *syntax, const char *name, char text[CLMLP_CLI_PROPOSAL]);

/* "; did you mean 'swish'?" or "", of a value that the option refused. Returns text. */
const char *clmlp_cli_propose_value(const clmlp_cli_syntax *syntax, const clmlp_cli_option *option, const char *value,
                                    char text[CLMLP_CLI_PROPOSAL]);

/* The same of one word for `option`, of names [count]. */
const char *clmlp_cli_propose_word(const char *option, const char *word, const char *const *names, size_t count,
                                   char text[CLMLP_CLI_PROPOSAL]);

/* The same of a metric. */
const char *clmlp_cli_propose_metric(const char *option, const char *word, char text[CLMLP_CLI_PROPOSAL]);

#endif
