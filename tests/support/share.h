/* share.h - a part of a long list, for a run that has no time for the whole. */
#ifndef TEST_SHARE_H
#define TEST_SHARE_H

#include <criterion/criterion.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct share {
    size_t part, parts, item; /* items part - 1, part - 1 + parts, ...; the one that is next */
} share;

/* Which items of a list of `count` to take: all, or those that CLMLP_TEST_SHARE=PART/PARTS says. Never none. Prints its
 * choice. */
static inline share share_of(const char *list, size_t count)
{
    const char *text = getenv("CLMLP_TEST_SHARE");
    share s = {1, 1, 0};
    int end = 0;
    cr_assert_gt(count, 0, "%s: an empty list", list);
    if (text != NULL) {
        cr_assert(sscanf(text, "%zu/%zu%n", &s.part, &s.parts, &end) == 2 && text[end] == '\0' && s.part >= 1 &&
                      s.part <= s.parts,
                  "CLMLP_TEST_SHARE='%s': expected PART/PARTS such as 1/6", text);
    }
    if (s.parts > count) s.parts = count;
    s.part = (s.part - 1) % s.parts + 1;
    (void)printf("%s: part %zu of %zu of a list of %zu\n", list, s.part, s.parts, count);
    (void)fflush(stdout);
    return s;
}

/* Whether the next item of the list is to be taken; prints its name. */
static inline bool share_takes(share *s, const char *name)
{
    const bool taken = s->item++ % s->parts == s->part - 1;
    if (taken) (void)printf("  %zu: %s\n", s->item, name);
    (void)fflush(stdout);
    return taken;
}

#endif
