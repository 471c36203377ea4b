/* style.h - how a report looks: colours in light and dark, sizes on a phone and on a screen. */
#ifndef CLMLP_CLI_PAGE_STYLE_H
#define CLMLP_CLI_PAGE_STYLE_H

extern const char clmlp_cli_page_style[], clmlp_cli_page_chart_style[];

#endif
