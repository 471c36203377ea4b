/* preset.h - named sets of defaults for clmlp train; single options override them. */
#ifndef CLMLP_CLI_PRESET_H
#define CLMLP_CLI_PRESET_H

#include <cjson/cJSON.h>

#include <clmlp/clmlp.h>

#include "options/options.h"

typedef enum clmlp_cli_preset {
    CLMLP_CLI_PRESET_NONE,    /* not given */
    CLMLP_CLI_PRESET_ARTICLE, /* what train does by itself, named */
    CLMLP_CLI_PRESET_TABULAR, /* docs/tabular.md */
    CLMLP_CLI_PRESET_COUNT
} clmlp_cli_preset;

extern const clmlp_cli_type clmlp_cli_preset_type; /* of a clmlp_cli_preset */

const char *clmlp_cli_preset_name(clmlp_cli_preset preset); /* NULL for none */

/* Which optimizer a training has: that of the preset (adam and adamw are one here), another one, whose numbers are not
 * those of the preset, or a minimiser, which has no rates, batches and dropout. */
typedef enum clmlp_cli_preset_method {
    CLMLP_CLI_PRESET_RULE,
    CLMLP_CLI_OTHER_RULE,
    CLMLP_CLI_MINIMISER
} clmlp_cli_preset_method;

/* given: the run names its optimizer itself */
clmlp_cli_preset_method clmlp_cli_preset_method_of(clmlp_cli_preset preset, bool given, clmlp_optimizer optimizer,
                                                   clmlp_minimiser minimiser);

/* What decides, beside the data, which settings a preset has. */
typedef struct clmlp_cli_preset_case {
    bool ensemble;
    clmlp_cli_preset_method method;
} clmlp_cli_preset_case;

/* Its settings as values of the options of a table. They count as not given, but for those that another default would
 * take the place of. Returns NULL, or what is wrong with the preset. */
const char *clmlp_cli_preset_apply(clmlp_cli_preset preset, clmlp_cli_preset_case c, const clmlp_cli_syntax *syntax);

/* "--hidden 256,256,256 --optimizer adam ...", for classes or for numbers, into text [size].
 *   given  an object with the options that the run says itself: its settings count, not those of the preset */
void clmlp_cli_preset_text(clmlp_cli_preset preset, bool numbers, clmlp_cli_preset_case c, const cJSON *given,
                           char *text, size_t size);

/* What it sets an option to; NULL: nothing. */
const char *clmlp_cli_preset_value(clmlp_cli_preset preset, bool numbers, clmlp_cli_preset_case c, const char *option);

/* What depends on the number of examples. */
size_t clmlp_cli_tabular_epochs(size_t examples);

#endif
