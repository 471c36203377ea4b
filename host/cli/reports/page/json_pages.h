/* json_pages.h - pages of what other commands print with --json, of a history, and of a model. */
#ifndef CLMLP_CLI_JSON_PAGES_H
#define CLMLP_CLI_JSON_PAGES_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "reports/page/epochs.h"
#include "reports/page/judged.h"
#include "reports/page/page.h"

/* A member that is a number; NaN: there is none, or it is null. With KEY_text "inf" it is infinity (verify --json). */
double clmlp_cli_page_member(const cJSON *object, const char *key);
/* A member that is a text; "": there is none. */
const char *clmlp_cli_page_member_text(const cJSON *object, const char *key);
/* A table of all members that are numbers, texts or lists of numbers, in words and with units. */
void clmlp_cli_page_facts(clmlp_cli_page *page, const cJSON *object);

/* What an object is, and its page. false: it is nothing that these know. `name`: of the file. */
bool clmlp_cli_page_of_bench(clmlp_cli_page *page, const cJSON *object, const char *name);
bool clmlp_cli_page_of_search(clmlp_cli_page *page, const cJSON *object, const char *name);
bool clmlp_cli_page_of_verify(clmlp_cli_page *page, const cJSON *object, const char *name);

void clmlp_cli_page_of_history(clmlp_cli_page *page, const clmlp_cli_epochs *epochs, const char *name);
/* judged: what it makes of some data; NULL: there are none. */
void clmlp_cli_page_of_model(clmlp_cli_page *page, const clmlp_model *model, const char *name,
                             const clmlp_cli_judged *judged);

#endif
