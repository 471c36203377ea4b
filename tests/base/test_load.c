/* test_load.c - how busy other programs are, of what the system says. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/load.h"

Test(load, ticks_of_all_processors_are_read)
{
    clmlp_load load = {.own = 3.0};
    /* user nice system idle iowait irq softirq steal guest guest_nice */
    cr_assert(clmlp_load_parse("cpu  100 20 30 1000 200 4 5 6 50 10\ncpu0 1 2 3 4\n", 100.0, &load));
    cr_assert_float_eq(load.busy, 1.65, 1e-12);
    cr_assert_float_eq(load.idle, 12.0, 1e-12);
    cr_assert_eq(load.own, 3.0);
    cr_assert(clmlp_load_parse("cpu  100 20 30 1000\n", 100.0, &load)); /* of an old Linux */
    cr_assert_float_eq(load.busy, 1.5, 1e-12);
    static const char *const nonsense[] = {"", "cpu", "cpu0 1 2 3 4", "cpu  1 2 3", "cpu  a b c d", "intr 1 2 3 4"};
    for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++) {
        cr_assert_not(clmlp_load_parse(nonsense[i], 100.0, &load), "'%s'", nonsense[i]);
    }
    cr_assert_not(clmlp_load_parse("cpu  1 2 3 4", 0.0, &load));
}

/* Ten seconds on so many processors, of which this process and others kept some busy. */
static bool is_high(double processors, double own, double others, double *told)
{
    const clmlp_load from = {100.0, 7.0, 500.0, 900.0};
    const clmlp_load to = {110.0, 7.0 + 10.0 * own, 500.0 + 10.0 * (own + others),
                           900.0 + 10.0 * (processors - own - others)};
    return clmlp_load_is_high(&from, &to, told);
}

Test(load, others_count_where_they_take_processors_away)
{
    double others = -1.0;
    cr_assert(is_high(2, 1.0, 1.0, &others));
    cr_assert_float_eq(others, 1.0, 1e-12);
    cr_assert(is_high(2, 0.2, 1.8, &others));
    cr_assert_not(is_high(2, 1.9, 0.1, &others), "as on a machine that does nothing else");
    cr_assert_not(is_high(8, 3.0, 1.0, &others), "there was room");
    cr_assert_not(is_high(64, 4.0, 20.0, &others), "there was room");
    cr_assert(is_high(64, 40.0, 20.0, &others));
    cr_assert_not(is_high(2, 2.0, 0.0, &others));
    const clmlp_load from = {0.0, 0.0, 0.0, 0.0}, soon = {0.4, 0.0, 0.8, 0.0};
    cr_assert_not(clmlp_load_is_high(&from, &soon, &others), "too short to tell");
    cr_assert_eq(others, 0.0);
}

Test(load, this_system_tells)
{
    clmlp_load load = {.busy = -1.0};
    if (!clmlp_load_now(&load)) cr_skip_test("there is no /proc/stat here");
    cr_assert(load.busy > 0.0 && load.own >= 0.0 && load.wall > 0.0);
}
