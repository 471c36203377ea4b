/* take.c - the configuration, model and device of a comparison of steps. */
#include "verify/lockstep/take.h"

#include "base/argument.h"
#include "base/structure.h"
#include "model/model.h"

clmlp_status clmlp_lockstep_take(clmlp_verify_config *own, const clmlp_verify_config *config, const clmlp_model *model,
                                 const clmlp_device *device, clmlp_error *error)
{
    TRY(clmlp_structure_take(own, sizeof *own, config, "config", error));
    REQUIRE_CODE(own->optimizer, CLMLP_OPTIMIZER_COUNT, "config.optimizer");
    REQUIRE_CODE(own->schedule.kind, CLMLP_SCHEDULE_COUNT, "config.schedule.kind");
    REQUIRE_CODE(own->minimiser, CLMLP_MINIMISER_COUNT, "config.minimiser");
    REQUIRE(model != NULL, "model");
    REQUIRE(device != NULL, "device");
    return clmlp_model_check_single(model, "verification", error);
}
