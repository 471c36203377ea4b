/* facts.c - what a JSON object says, read with care: the file may be anybody's. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <clmlp/clmlp.h>

#include "reports/page/json_pages.h"

double clmlp_cli_page_member(const cJSON *object, const char *key)
{
    char text_key[80];
    const cJSON *const item = cJSON_GetObjectItemCaseSensitive(object, key);
    if (cJSON_IsNumber(item)) return item->valuedouble;
    (void)snprintf(text_key, sizeof text_key, "%.60s_text", key);
    const char *const text = clmlp_cli_page_member_text(object, text_key);
    return strcmp(text, "inf") == 0 ? HUGE_VAL : strcmp(text, "-inf") == 0 ? -HUGE_VAL : (double)NAN;
}

const char *clmlp_cli_page_member_text(const cJSON *object, const char *key)
{
    const char *const text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    return text != NULL ? text : "";
}

/* "20, 10, 3"; a list of anything else is nothing. */
static void put_list(clmlp_cli_page *page, const cJSON *list)
{
    char text[CLMLP_CLI_NUMBER_LENGTH];
    bool first = true;
    for (const cJSON *item = list->child; item != NULL; item = item->next) {
        if (!cJSON_IsNumber(item)) continue;
        clmlp_cli_page_put(page, "%s%s", first ? "" : ", ", clmlp_cli_page_number(item->valuedouble, text));
        first = false;
    }
}

void clmlp_cli_page_facts(clmlp_cli_page *page, const cJSON *object)
{
    char text[CLMLP_CLI_NUMBER_LENGTH];
    clmlp_cli_page_put(page, "<div class=\"wide\"><table class=\"facts\"><tbody>\n");
    for (const cJSON *item = object != NULL ? object->child : NULL; item != NULL; item = item->next) {
        const bool numbers = cJSON_IsArray(item) && cJSON_IsNumber(item->child);
        if (!cJSON_IsNumber(item) && !cJSON_IsString(item) && !cJSON_IsBool(item) && !numbers) continue;
        clmlp_cli_page_put(page, "<tr>");
        clmlp_cli_page_cell_text(page, item->string != NULL ? item->string : "");
        clmlp_cli_page_put(page, "<td>");
        if (cJSON_IsString(item)) clmlp_cli_page_text(page, item->valuestring);
        else if (cJSON_IsBool(item)) clmlp_cli_page_put(page, "%s", cJSON_IsTrue(item) ? "yes" : "no");
        else if (numbers) put_list(page, item);
        else clmlp_cli_page_put(page, "%s", clmlp_cli_page_number(item->valuedouble, text));
        clmlp_cli_page_put(page, "</td></tr>\n");
    }
    clmlp_cli_page_put(page, "</tbody></table></div>\n");
}
