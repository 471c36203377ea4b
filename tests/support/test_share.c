/* test_share.c - the parts of a list are the list, and none is empty. */
#include <criterion/criterion.h>

#include "share.h"

enum { MOST = 12 };

static void take(unsigned taken[MOST], size_t count, size_t part, size_t parts)
{
    char text[64];
    size_t before = 0, after = 0;
    (void)snprintf(text, sizeof text, "%zu/%zu", part, parts);
    cr_assert_eq(setenv("CLMLP_TEST_SHARE", text, 1), 0);
    for (size_t i = 0; i < count; i++) before += taken[i];
    share s = share_of("a list", count);
    for (size_t i = 0; i < count; i++) taken[i] += share_takes(&s, "an item");
    for (size_t i = 0; i < count; i++) after += taken[i];
    cr_assert_gt(after, before, "%s of %zu items is nothing", text, count);
}

Test(share, parts_are_the_list)
{
    for (size_t count = 1; count <= MOST; count++) {
        for (size_t parts = 1; parts <= count; parts++) {
            unsigned taken[MOST] = {0};
            for (size_t part = 1; part <= parts; part++) take(taken, count, part, parts);
            for (size_t i = 0; i < count; i++) {
                cr_assert_eq(taken[i], 1, "%zu parts of %zu: item %zu %u times", parts, count, i, taken[i]);
            }
        }
    }
}

Test(share, is_never_nothing)
{
    unsigned taken[MOST] = {0};
    for (size_t part = 1; part <= 7; part++) take(taken, 2, part, 7);
}

Test(share, without_the_variable_is_the_list)
{
    cr_assert_eq(unsetenv("CLMLP_TEST_SHARE"), 0);
    share s = share_of("a list", MOST);
    for (size_t i = 0; i < (size_t)MOST; i++) cr_assert(share_takes(&s, "an item"));
}
