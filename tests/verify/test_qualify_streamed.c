/* test_qualify_streamed.c - the qualification where no limit of memory makes a device stream. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "networks.h"
#include "verify/qualify/qualify.h"

/* In place of the library's (-Wl,--wrap): a device that says that it took no memory, so that a part of that is no limit
 * either, and all data is resident. */
uint64_t __wrap_clmlp_device_memory_peak(const clmlp_device *device);
uint64_t __wrap_clmlp_device_memory_peak(const clmlp_device *device)
{
    (void)device;
    return 0;
}

/* Nothing was compared, so the part is left out, and says why. */
Test(qualify_streamed, what_no_limit_makes_stream_is_left_out_by_name)
{
    clmlp_qualify_result result = {.size = sizeof result};
    clmlp_device_options options = clmlp_device_options_default();
    clmlp_qualify_config config = clmlp_qualify_config_default();
    size_t streamed = 0;
    options.spec = "cpu";
    config.groups = 1U << CLMLP_QUALIFY_SETTINGS;
    OK(clmlp_qualify(&options, &config, &result, error));
    for (size_t i = 0; i < result.count; i++) {
        const clmlp_qualify_part *const part = &result.parts[i];
        if (strstr(part->name, "data streamed instead of resident") == NULL) continue;
        cr_assert(part->skipped && part->passed, "%s: %s", part->name, part->detail);
        cr_assert_str_eq(part->detail, "no memory limit makes it stream");
        streamed++;
    }
    cr_assert_eq(streamed, 1);
    clmlp_free(result.parts);
}
