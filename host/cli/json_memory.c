/* json_memory.c - memory for JSON: where there is none, it is noticed where memory is asked for; counts in JSON. */
#include "json_memory.h"

#include <math.h>
#include <stdlib.h>

#include "message.h"

static bool is_lost;

static void *CJSON_CDECL allocate(size_t size)
{
    void *const memory = malloc(size);
    if (memory == NULL && !is_lost) clmlp_cli_lose("JSON");
    if (memory == NULL) is_lost = true;
    return memory;
}

void clmlp_cli_json_begin(void)
{
    cJSON_Hooks hooks = {allocate, free};
    cJSON_InitHooks(&hooks);
}

bool clmlp_cli_json_was_lost(void)
{
    return is_lost;
}

bool clmlp_cli_json_counts(const cJSON *item, double most)
{
    const double value = cJSON_IsNumber(item) ? item->valuedouble : -1.0;
    return value >= 0.0 && value <= most && value == floor(value);
}

static cJSON *added(bool done, cJSON *item)
{
    if (done) return item;
    cJSON_Delete(item);
    return NULL;
}

cJSON *clmlp_cli_json_put(cJSON *object, const char *key, cJSON *item)
{
    return added(cJSON_AddItemToObject(object, key, item), item);
}

cJSON *clmlp_cli_json_append(cJSON *array, cJSON *item)
{
    return added(cJSON_AddItemToArray(array, item), item);
}
