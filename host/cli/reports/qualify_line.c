/* qualify_line.c - how far the qualification of a device is, on a terminal. */
#include "reports/qualify_line.h"

#include <stdio.h>
#include <string.h>

#include "message.h"
#include "reports/progress_line.h"
#include "reports/startup.h"

void clmlp_cli_qualify_text(clmlp_qualify_group group, double seconds, double about,
                            char text[CLMLP_CLI_QUALIFY_COLUMNS + 1])
{
    char spent[32], all[32] = "", said[160];
    clmlp_cli_format_time(seconds, spent, sizeof spent);
    if (about > 0.0) clmlp_cli_format_time(about, all, sizeof all);
    (void)snprintf(said, sizeof said, "%s (%d of %d), %s%s%s", clmlp_qualify_group_name(group), (int)group + 1,
                   (int)CLMLP_QUALIFY_GROUP_COUNT, spent, about > 0.0 ? " of about " : "", all);
    (void)snprintf(text, CLMLP_CLI_QUALIFY_COLUMNS + 1, "%-*.*s", CLMLP_CLI_QUALIFY_COLUMNS,
                   CLMLP_CLI_QUALIFY_COLUMNS, said);
}

void clmlp_cli_qualify_draw(clmlp_cli_qualify_line *line, clmlp_qualify_group group)
{
    char text[CLMLP_CLI_QUALIFY_COLUMNS + 1];
    if (!line->terminal) return;
    clmlp_cli_qualify_text(group, clmlp_cli_seconds() - line->began, line->about, text);
    (void)fprintf(stderr, "\r%s", text);
    (void)fflush(stderr);
    line->drawn = true;
}

void clmlp_cli_qualify_clear(clmlp_cli_qualify_line *line)
{
    if (line->drawn) (void)fprintf(stderr, "\r%*s\r", CLMLP_CLI_QUALIFY_COLUMNS, "");
    line->drawn = false;
}
