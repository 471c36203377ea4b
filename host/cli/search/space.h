/* space.h - what a search varies: options of clmlp train, each with a range or a list of values. */
#ifndef CLMLP_CLI_SEARCH_SPACE_H
#define CLMLP_CLI_SEARCH_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "options/options.h"

typedef enum clmlp_cli_spread {
    CLMLP_CLI_FIXED, /* one value, as it was given */
    CLMLP_CLI_CHOICE, /* "50|100|256,256": one of them, each as likely */
    CLMLP_CLI_EVEN,  /* "0:0.5": a number in between, uniform */
    CLMLP_CLI_LOG    /* "0.001:0.1:log": uniform in its logarithm */
} clmlp_cli_spread;

/* An option that was given. */
typedef struct clmlp_cli_dimension {
    const char *name; /* of the option, without dashes; borrowed */
    const char *text; /* as it was given; borrowed. NULL: a flag */
    clmlp_cli_spread spread;
    double low, high; /* of EVEN and LOG */
    bool whole;       /* the option takes whole numbers alone */
    size_t choices;   /* of CHOICE */
} clmlp_cli_dimension;

typedef struct clmlp_cli_space {
    clmlp_cli_dimension *dimensions; /* [count], in the order of the options of clmlp train */
    size_t count, varied;            /* varied: how many are not FIXED */
} clmlp_cli_space;

enum { CLMLP_CLI_VALUE_LENGTH = 256 };

/* Read what was given for an option. Returns NULL, or what is wrong with it. */
const char *clmlp_cli_dimension_read(clmlp_cli_dimension *dimension, const clmlp_cli_option *option, const char *text);

/* Read each value of a list A|B|C as clmlp train will, into option->value. Returns NULL, or what is wrong
 * with one, which is then in text [CLMLP_CLI_VALUE_LENGTH]. */
const char *clmlp_cli_dimension_check(const clmlp_cli_dimension *dimension, const clmlp_cli_option *option, char *text);

/* The value of dimension d in draw number `draw` of a seed, as one would type it, into text
 * [CLMLP_CLI_VALUE_LENGTH]. It depends on nothing else. */
void clmlp_cli_draw(const clmlp_cli_space *space, size_t d, uint64_t seed, size_t draw, char *text);

/* The first `wanted` draws that differ from each other: *draws [*count], released with free(). *count is smaller where
 * the space has no more. False: not enough memory. */
bool clmlp_cli_draws(const clmlp_cli_space *space, uint64_t seed, size_t wanted, size_t **draws, size_t *count);

#endif
