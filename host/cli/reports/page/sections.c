/* sections.c - all that a page says of what a model makes of data, in its order. */
#include "reports/page/judged.h"

void clmlp_cli_page_judged(clmlp_cli_page *page, const clmlp_cli_judged *judged)
{
    clmlp_cli_page_confusion(page, judged);
    clmlp_cli_page_roc(page, judged);
    clmlp_cli_page_values(page, judged);
    clmlp_cli_page_importance(page, judged);
    clmlp_cli_page_mistakes(page, judged);
}
