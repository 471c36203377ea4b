/* json_memory.h - JSON without memory is noticed: an item that could not be made is left out by whoever wanted to
 * add it. */
#ifndef CLMLP_CLI_JSON_MEMORY_H
#define CLMLP_CLI_JSON_MEMORY_H

#include <stdbool.h>

/* Before any JSON is made: from then on a lack of memory is said, and the exit status is not 0. */
void clmlp_cli_json_begin(void);

/* Whether there was one: a text that could not be read as JSON may be JSON, and what was made is a part. */
bool clmlp_cli_json_was_lost(void);

#endif
