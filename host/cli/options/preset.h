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

/* Its settings as values of the options of a table. They count as not given, but for those that another default would
 * take the place of. ensemble: some settings are others there. Returns NULL, or what is wrong with the preset. */
const char *clmlp_cli_preset_apply(clmlp_cli_preset preset, bool ensemble, const clmlp_cli_syntax *syntax);

/* "--hidden 256,256,256 --optimizer adam ...", for classes or for numbers, into text [size].
 *   given  an object with the options that the run says itself: its settings count, not those of the preset */
void clmlp_cli_preset_text(clmlp_cli_preset preset, bool numbers, bool ensemble, const cJSON *given, char *text,
                           size_t size);

/* What it sets an option to; NULL: nothing. */
const char *clmlp_cli_preset_value(clmlp_cli_preset preset, bool numbers, bool ensemble, const char *option);

/* What depends on the number of examples. */
size_t clmlp_cli_tabular_epochs(size_t examples);

#endif
