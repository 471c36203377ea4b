/* open.c - opening the device that a saved step is done again on. */
#include "backend/device.h"
#include "base/argument.h"
#include "base/structure.h"
#include "clmlp/verify.h"

clmlp_status clmlp_bundle_open_device(const clmlp_bundle_info *info, const clmlp_device_options *options,
                                      clmlp_device **out, bool *other_tiles, clmlp_error *error)
{
    clmlp_bundle_info made = {.size = sizeof made};
    clmlp_device_options wanted = clmlp_device_options_default();
    clmlp_knobs knobs = {.tiles = NULL};
    clmlp_device_info found;
    clmlp_engine engine = CLMLP_ENGINE_AUTO;
    REQUIRE(info != NULL, "info");
    REQUIRE(out != NULL, "out");
    REQUIRE(other_tiles != NULL, "other_tiles");
    TRY(clmlp_structure_take(&made, sizeof made, info, "info", error));
    TRY(clmlp_structure_take(&wanted, sizeof wanted, options, "options", error));
    if (wanted.spec == NULL) wanted.spec = "auto";
    TRY(clmlp_device_find(wanted.spec, &found, error));
    *other_tiles = false;
    if (made.precision == CLMLP_F64) wanted.precision = CLMLP_F64;
    const bool may_choose = wanted.engine == CLMLP_ENGINE_AUTO && clmlp_device_has_engines(&found);
    if (may_choose && clmlp_engine_parse(made.engine, &engine)) {
        wanted.engine = engine;
        knobs.tiles = made.tiles[0] != '\0' ? made.tiles : NULL;
    }
    const clmlp_status status = clmlp_device_open_with(out, &wanted, &knobs, error);
    if (status != CLMLP_BAD_ARGUMENT || knobs.tiles == NULL) return status;
    *other_tiles = true;
    return clmlp_device_open(out, &wanted, error);
}
