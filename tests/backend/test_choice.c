/* The devices that the processes of a host share out: what auto may take, of one class. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "backend/choice.h"

/* type, problem, why its kind leaves it to those who ask for it */
typedef struct device {
    const char *type, *problem, *drawback;
} device;

static size_t share(clmlp_device_info *list, const device *devices, size_t count)
{
    memset(list, 0, count * sizeof *list);
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(list[i].spec, sizeof list[i].spec, "d%zu", i);
        (void)snprintf(list[i].type, sizeof list[i].type, "%s", devices[i].type);
        (void)snprintf(list[i].problem, sizeof list[i].problem, "%s", devices[i].problem);
        (void)snprintf(list[i].passed_over, sizeof list[i].passed_over, "%s", devices[i].drawback);
    }
    return clmlp_choice_share(list, count);
}

Test(choice, every_gpu_that_auto_may_take_is_shared)
{
    static const device devices[] = {{"CPU", "", ""},          {"GPU", "no compiler", ""}, {"GPU", "", ""},
                                     {"GPU", "", "a renderer"}, {"accelerator", "", ""},   {"GPU", "", ""},
                                     {"host", "", ""}};
    clmlp_device_info list[7];
    cr_assert_eq(share(list, devices, 7), 2);
    cr_expect_str_eq(list[0].spec, "d2");
    cr_expect_str_eq(list[1].spec, "d5");
    cr_expect(list[0].is_auto && !list[1].is_auto);
    cr_expect_str_eq(list[0].passed_over, "");
    cr_expect_str_eq(list[1].passed_over, "d2 is of the same type and stands before it in the list");
}

Test(choice, without_a_gpu_it_is_what_auto_takes)
{
    static const device devices[] = {{"accelerator", "", ""}, {"CPU", "not available", ""}, {"CPU", "", ""},
                                     {"CPU", "", ""},         {"GPU", "", "a renderer"},    {"host", "", ""}};
    clmlp_device_info list[6];
    cr_assert_eq(share(list, devices, 6), 1);
    cr_expect_str_eq(list[0].spec, "d2");
    cr_expect(list[0].is_auto);
    cr_assert_eq(share(list, devices + 4, 2), 1);
    cr_expect_str_eq(list[0].type, "host");
    cr_expect_eq(share(list, devices, 0), 0);
}
