/* page.h - the text of a report: an HTML page of its own, that is XML, too.
 *
 * All that comes from outside goes through clmlp_cli_page_text or _say; markup of the program goes through _put. */
#ifndef CLMLP_CLI_PAGE_H
#define CLMLP_CLI_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "terminal.h"

/* Zero-initialise; released with clmlp_cli_page_free. */
typedef struct clmlp_cli_page {
    char *text; /* NUL-terminated once anything was put */
    size_t used, room;
    bool lost;   /* memory was not enough: the text is a part */
    bool failed; /* a section says that it could not be computed */
} clmlp_cli_page;

/* Markup, as printf has it. Texts from outside have no place in it. */
void clmlp_cli_page_put(clmlp_cli_page *page, const char *format, ...) CLMLP_CLI_PRINTF(2, 3);

/* Any bytes, as text: & < > " ' are escaped; what is no UTF-8, no character of XML, or steers (clmlp/text.h) becomes
 * U+FFFD. Fit for elements and for attributes in quotes. */
void clmlp_cli_page_text(clmlp_cli_page *page, const char *text);

/* The same as printf has it. */
void clmlp_cli_page_say(clmlp_cli_page *page, const char *format, ...) CLMLP_CLI_PRINTF(2, 3);

/* The first characters of a text, at most so many; what is left out is said by dots. Returns text. */
enum { CLMLP_CLI_SHORT_LENGTH = 160 };
const char *clmlp_cli_page_shorten(const char *name, size_t most, char text[CLMLP_CLI_SHORT_LENGTH]);

/* Where the page begins and ends; the title is text. */
void clmlp_cli_page_begin(clmlp_cli_page *page, const char *title);
void clmlp_cli_page_end(clmlp_cli_page *page);

/* "<section>" with its heading, a text; ended by </section>. id: what it is linked by, page.html#id; the program's. */
void clmlp_cli_page_section(clmlp_cli_page *page, const char *id, const char *heading);

/* A number for people: "0.1234", "12 345", "1.2e300", "undefined". */
enum { CLMLP_CLI_NUMBER_LENGTH = 40 };
const char *clmlp_cli_page_number(double value, char text[CLMLP_CLI_NUMBER_LENGTH]);

/* A cell of a table with a number, or a text. */
void clmlp_cli_page_cell_number(clmlp_cli_page *page, double value);
void clmlp_cli_page_cell_text(clmlp_cli_page *page, const char *text);
/* A figure that stands for the whole: its number or word, large, and what it is. */
void clmlp_cli_page_tile(clmlp_cli_page *page, const char *value, const char *what);

void clmlp_cli_page_free(clmlp_cli_page *page);

#endif
