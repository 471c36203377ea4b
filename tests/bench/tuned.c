/* tuned.c - a device as it is with what tuning has stored. */
#include "tuned.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/device.h"
#include "networks.h"

clmlp_device_info tuned_info;

void tuned_begin(const char *name)
{
    char folder[1024], command[1100];
    (void)snprintf(folder, sizeof folder, "%s/" TEST_PROGRAM "-%s", TEST_SCRATCH_DIR, name);
    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    cr_assert_eq(system(command), 0);
    cr_assert_eq(setenv("CLMLP_CACHE_DIR", folder, 1), 0);
    cr_assert_eq(setenv("CLMLP_NATIVE_FAMILY", "cpu", 1), 0);
    OK(clmlp_device_find("opencl", &tuned_info, error));
}

void tuned_keep(clmlp_engine engine, clmlp_precision precision, const char *text)
{
    cr_assert(clmlp_backend_keep(&tuned_info, engine, precision, text));
}

tuned_device tuned_open(clmlp_engine engine, clmlp_precision precision, const char *tiles,
                        const clmlp_tune_network *network)
{
    clmlp_device_options options = clmlp_device_options_default();
    const clmlp_knobs knobs = {.tiles = tiles};
    clmlp_device *device = NULL;
    tuned_device result;
    options.spec = "opencl";
    options.engine = engine;
    options.precision = precision;
    OK(clmlp_device_open_with(&device, &options, &knobs, error));
    if (network != NULL) OK(clmlp_device_prepare(device, network->units, network->layers, network->batch, error));
    (void)snprintf(result.engine, sizeof result.engine, "%s", clmlp_device_engine(device));
    (void)snprintf(result.tiles, sizeof result.tiles, "%s", clmlp_device_tiles(device));
    result.tuned = clmlp_device_tuned(device);
    clmlp_device_close(device);
    return result;
}

tuned_device tuned_open_native(void)
{
    return tuned_open(CLMLP_ENGINE_NATIVE, CLMLP_F32, NULL, NULL);
}
