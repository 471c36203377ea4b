/* test_measured.c - which measurement of an engine counts for a network. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/engines/measured.h"

static const char LINES[] = "overall clblast\n64-25-10@1437 native\n784-128-10@32 clblast\n784-512-10@128 native\n"
                            "784-1024-1024-10@1024 clblast\n";

/* The network whose measurement counts for s [L] with M examples; "": the one of overall. */
static void expect_nearest(const size_t *s, size_t L, size_t M, const char *network, clmlp_engine engine)
{
    const clmlp_network_size size = {L, s, M};
    clmlp_measured found = {.engine = CLMLP_ENGINE_AUTO};
    cr_assert(clmlp_measured_for(LINES, &size, &found));
    cr_assert_eq(found.length, strlen(network), "%.*s, not %s", (int)found.length, found.network, network);
    cr_assert_eq(strncmp(found.network, network, found.length), 0, "%.*s, not %s", (int)found.length, found.network,
                 network);
    cr_assert_eq(found.engine, engine);
}
#define NEAREST(M, network, engine, ...) \
    expect_nearest((const size_t[]){__VA_ARGS__}, sizeof((size_t[]){__VA_ARGS__}) / sizeof(size_t), M, network, engine)

Test(measured, the_network_itself_counts_first)
{
    NEAREST(1437, "64-25-10@1437", CLMLP_ENGINE_NATIVE, 64, 25, 10);
    NEAREST(32, "784-128-10@32", CLMLP_ENGINE_CLBLAST, 784, 128, 10);
    NEAREST(1024, "784-1024-1024-10@1024", CLMLP_ENGINE_CLBLAST, 784, 1024, 1024, 10);
    const clmlp_network_size size = {3, (const size_t[]){64, 25, 10}, 1437};
    clmlp_measured found;
    cr_assert(clmlp_measured_for(LINES, &size, &found));
    cr_assert(found.is_same);
}

/* Widths of 784-512-10: the mean of ln s(l), weighted by 784 512 and 512 10, is 6.66, that of ln s(l+1) 6.19. */
Test(measured, else_the_nearest_one_by_the_shapes_of_its_products)
{
    NEAREST(64, "784-128-10@32", CLMLP_ENGINE_CLBLAST, 784, 128, 10);
    NEAREST(100, "784-512-10@128", CLMLP_ENGINE_NATIVE, 784, 500, 10);
    NEAREST(64, "784-512-10@128", CLMLP_ENGINE_NATIVE, 784, 500, 10); /* ln 2 from 128 and from 32, but wider */
    NEAREST(500, "784-1024-1024-10@1024", CLMLP_ENGINE_CLBLAST, 900, 1000, 1000, 2);
    NEAREST(1000, "64-25-10@1437", CLMLP_ENGINE_NATIVE, 30, 50, 2);
    NEAREST(1000, "64-25-10@1437", CLMLP_ENGINE_NATIVE, 30, 20, 20, 20, 2);
    NEAREST(32, "784-128-10@32", CLMLP_ENGINE_CLBLAST, 784, 129, 10);
    /* one that differs in its last layer only is near, and not the same */
    const clmlp_network_size size = {3, (const size_t[]){64, 25, 11}, 1437};
    clmlp_measured found;
    cr_assert(clmlp_measured_for(LINES, &size, &found));
    cr_assert_eq(strncmp(found.network, "64-25-10@1437 ", 14), 0);
    cr_assert_not(found.is_same);
}

Test(measured, of_two_that_are_as_near_the_first_counts)
{
    static const char lines[] = "8-4@16 clblast\n8-4@64 native\n";
    const clmlp_network_size between = {2, (const size_t[]){8, 4}, 32}, no_batch = {2, (const size_t[]){8, 4}, 0};
    clmlp_measured found;
    cr_assert(clmlp_measured_for(lines, &between, &found));
    cr_assert_eq(found.engine, CLMLP_ENGINE_CLBLAST);
    cr_assert(clmlp_measured_for(lines, &no_batch, &found));
    cr_assert_eq(found.engine, CLMLP_ENGINE_CLBLAST);
}

/* Each of the four numbers alone; the farther line stands first. */
Test(measured, each_number_of_a_network_counts)
{
    static const struct {
        const char *lines;
        size_t L, s[5], M;
    } cases[] = {{"8-4@4 native\n8-4@64 clblast\n", 2, {8, 4}, 50},
                 {"10-10@16 native\n100-10@16 clblast\n", 2, {90, 10}, 16},
                 {"10-10@16 native\n10-100@16 clblast\n", 2, {10, 90}, 16},
                 {"5-5@16 native\n5-5-5-5@16 clblast\n", 5, {5, 5, 5, 5, 5}, 16},
                 {"8-4-8@16 native\n4-8-4@16 clblast\n", 3, {4, 8, 4}, 16}}; /* one place, two networks */
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const clmlp_network_size size = {cases[i].L, cases[i].s, cases[i].M};
        clmlp_measured found;
        cr_assert(clmlp_measured_for(cases[i].lines, &size, &found));
        cr_assert_eq(found.engine, CLMLP_ENGINE_CLBLAST, "%zu: %.*s", i, (int)found.length, found.network);
    }
}

Test(measured, overall_counts_where_no_network_is_known_or_none_was_measured)
{
    clmlp_measured found;
    const clmlp_network_size size = {2, (const size_t[]){8, 4}, 16};
    cr_assert(clmlp_measured_for(LINES, NULL, &found));
    cr_assert_eq(found.engine, CLMLP_ENGINE_CLBLAST);
    cr_assert_null(found.network);
    cr_assert(clmlp_measured_for("overall native\n", &size, &found));
    cr_assert_eq(found.engine, CLMLP_ENGINE_NATIVE);
    cr_assert_not(clmlp_measured_for("8-4@16 native\n", NULL, &found));
    cr_assert_not(clmlp_measured_for(NULL, &size, &found));
    cr_assert_not(clmlp_measured_for(NULL, NULL, &found));
}

Test(measured, lines_that_make_no_sense_count_for_nothing)
{
    static const char *const nonsense[] = {"", "\n", "overall", "overall clblastic\n", "clblast\n", "8-4@16\n",
        "8-4@16 auto\n", "8-4@16  native\n", "8@16 native\n", "8-4 native\n", "8-4@0 native\n", "08-4@16 native\n",
        "8--4@16 native\n", "8-4@16@4 native\n", "8-4@99999999999 native\n", "-8-4@16 native\n"};
    const clmlp_network_size size = {2, (const size_t[]){8, 4}, 16};
    for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++) {
        clmlp_measured found;
        cr_assert_not(clmlp_measured_for(nonsense[i], &size, &found), "'%s'", nonsense[i]);
        char *const merged = clmlp_measured_merge(nonsense[i], "1-1@1 native\n");
        cr_assert_str_eq(merged, "1-1@1 native\n");
        free(merged);
    }
    char many[1024] = "";
    for (int i = 0; i < 70; i++) (void)strcat(many, "2-");
    (void)strcat(many, "2@16 native\n");
    clmlp_measured found;
    cr_assert_not(clmlp_measured_for(many, &size, &found));
}

Test(measured, new_lines_take_the_place_of_older_ones_for_the_same)
{
    char *merged = clmlp_measured_merge("overall native\n8-4@16 native\n8-4@1 native\n", "8-4@16 clblast\n");
    cr_assert_str_eq(merged, "8-4@16 clblast\noverall native\n8-4@1 native\n");
    free(merged);
    merged = clmlp_measured_merge("overall native\n8-4@16 native\n", "overall clblast\n8-4@160 clblast\n");
    cr_assert_str_eq(merged, "overall clblast\n8-4@160 clblast\n8-4@16 native\n");
    free(merged);
    char older[4096] = "";
    for (int i = 1; i <= 80; i++) (void)snprintf(older + strlen(older), 32, "8-4@%d native\n", i);
    merged = clmlp_measured_merge(older, "8-4@100 clblast\n");
    size_t lines = 0;
    for (const char *at = merged; *at != '\0'; at++) lines += *at == '\n';
    cr_assert_eq(lines, 64);
    free(merged);
}
