/* test_search_space.c - the draws of a search: none twice, and all that there are. */
#include <criterion/criterion.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "search/space.h"

static clmlp_cli_space space_of(clmlp_cli_dimension *dimensions, const char *const *texts, size_t count)
{
    static const clmlp_cli_option real = {.name = "rate", .type = &clmlp_cli_positive};
    for (size_t d = 0; d < count; d++) cr_assert_null(clmlp_cli_dimension_read(&dimensions[d], &real, texts[d]));
    return (clmlp_cli_space){dimensions, count, count};
}

/* Quadratic work would need an hour here, and the test is ended. */
Test(search_space, many_draws_are_all_different)
{
    enum { MANY = 200000 };
    static const char *const texts[] = {"1:9", "1e-5:1:log"};
    clmlp_cli_dimension dimensions[2];
    const clmlp_cli_space space = space_of(dimensions, texts, 2);
    size_t *draws, *few, count, few_count;
    cr_assert(clmlp_cli_draws(&space, 7, MANY, &draws, &count));
    cr_assert_eq(count, (size_t)MANY);
    for (size_t i = 1; i < count; i++) cr_assert_lt(draws[i - 1], draws[i]);
    /* a longer search begins as a shorter one */
    cr_assert(clmlp_cli_draws(&space, 7, 100, &few, &few_count));
    cr_assert_eq(few_count, 100);
    cr_assert_eq(memcmp(few, draws, 100 * sizeof *few), 0);
    free(few);
    free(draws);
}

Test(search_space, finds_every_combination_once)
{
    static const char *const texts[] = {"1|2|3|4|5", "a|b|c|d|e|f|g", "x|y"};
    clmlp_cli_dimension dimensions[3];
    const clmlp_cli_space space = space_of(dimensions, texts, 3);
    size_t *draws, count;
    cr_assert(clmlp_cli_draws(&space, 3, INT_MAX, &draws, &count));
    cr_assert_eq(count, 70, "found %zu", count);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            char a[CLMLP_CLI_VALUE_LENGTH], b[CLMLP_CLI_VALUE_LENGTH];
            bool same = true;
            for (size_t d = 0; d < 3 && same; d++) {
                clmlp_cli_draw(&space, d, 3, draws[i], a);
                clmlp_cli_draw(&space, d, 3, draws[j], b);
                same = strcmp(a, b) == 0;
            }
            cr_assert_not(same, "draws %zu and %zu", i, j);
        }
    }
    free(draws);
}
