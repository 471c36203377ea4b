/* test_cpu_tiles.c - which tiles of the CPU family are tried, and which are taken untried. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "backend/native/cpu/tiles.h"
#include "networks.h"

typedef struct width {
    unsigned lanes, registers, bytes;
    const char *untried;
} width;
static const width widths[] = {
    {4, 16, 4, "6x2x4/8"}, {8, 16, 4, "6x2x8/8"}, {16, 32, 4, "12x2x16/8"},
    {4, 16, 8, "6x2x4/8"}, {8, 32, 8, "12x2x8/8"}};

Test(cpu_tiles, each_width_of_vectors_has_its_own_default_and_no_candidate_twice)
{
    for (size_t w = 0; w < sizeof widths / sizeof *widths; w++) {
        clmlp_cpu_tiles *list = NULL;
        size_t count = 0;
        char text[64], other[64];
        OK(clmlp_cpu_candidates(widths[w].lanes, widths[w].registers, widths[w].bytes, &list, &count, error));
        clmlp_cpu_tiles_format(&list[0], text, sizeof text);
        cr_assert_str_eq(text, widths[w].untried, "%zu", w);
        cr_assert_gt(count, 5);
        for (size_t i = 0; i < count; i++) {
            clmlp_cpu_tiles_format(&list[i], text, sizeof text);
            cr_assert_null(clmlp_cpu_tiles_problem(&list[i]), "%s", text);
            cr_assert_eq(list[i].lanes, widths[w].lanes);
            cr_assert_leq(list[i].rows * list[i].vectors + list[i].vectors + 1, widths[w].registers, "%s", text);
            for (size_t j = 0; j < i; j++) {
                clmlp_cpu_tiles_format(&list[j], other, sizeof other);
                cr_assert_str_neq(text, other);
            }
        }
        free(list);
    }
}

/* As a driver may say it: f32 in vectors of 16 lanes with half the registers. */
Test(cpu_tiles, a_width_without_a_default_of_its_own_has_candidates)
{
    clmlp_cpu_tiles *list = NULL;
    size_t count = 0;
    OK(clmlp_cpu_candidates(16, 16, 4, &list, &count, error));
    cr_assert_gt(count, 5);
    cr_assert_eq(list[0].lanes, 16);
    free(list);
}
