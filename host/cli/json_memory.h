/* json_memory.h - JSON without memory is noticed: an item that could not be made is left out by whoever wanted to
 * add it. And counts that were read as JSON. */
#ifndef CLMLP_CLI_JSON_MEMORY_H
#define CLMLP_CLI_JSON_MEMORY_H

#include <cjson/cJSON.h>
#include <stdbool.h>

/* Before any JSON is made: from then on a lack of memory is said, and the exit status is not 0. */
void clmlp_cli_json_begin(void);

/* Whether there was one: a text that could not be read as JSON may be JSON, and what was made is a part. */
bool clmlp_cli_json_was_lost(void);

/* The largest whole number that a double tells from the next. */
#define CLMLP_CLI_MOST_COUNTED 9007199254740991.0

/* Whether an item, which may be NULL, is a whole number from 0 to `most`. Ask so before a number of a file becomes an
 * integer: one that does not fit is undefined behaviour. */
bool clmlp_cli_json_counts(const cJSON *item, double most);

/* Add an item as a member or an element. Returns the item; NULL: it could not be made or added, and is released. Other
 * functions of cJSON do nothing with NULL. */
cJSON *clmlp_cli_json_put(cJSON *object, const char *key, cJSON *item);
cJSON *clmlp_cli_json_append(cJSON *array, cJSON *item);

#endif
