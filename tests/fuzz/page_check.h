/* page_check.h - whether a report is a page that a strict parser takes. */
#ifndef PAGE_CHECK_H
#define PAGE_CHECK_H

#include <stddef.h>

void fuzz_check_page(const char *page, size_t size);

#endif
