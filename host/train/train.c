/* train.c - the whole of a training in one call: the loop around a trainer. */
#include "clmlp/train.h"

#include "base/structure.h"
#include "train/run.h"

clmlp_status clmlp_train(clmlp_model *model, clmlp_device *device, const clmlp_dataset *train,
                         const clmlp_dataset *test, const clmlp_train_config *config, clmlp_train_result *result,
                         clmlp_error *error)
{
    const clmlp_train_result none = {.size = sizeof none};
    clmlp_trainer *trainer = NULL;

    if (result != NULL) TRY(clmlp_structure_check(result, "result", error));
    clmlp_structure_give(result, &none, sizeof none);
    TRY(clmlp_trainer_create(&trainer, model, device, train, test, config, error));
    clmlp_status status = CLMLP_OK;
    while (status == CLMLP_OK && clmlp_trainer_epochs_left(trainer) > 0) {
        status = clmlp_trainer_run_epoch(trainer, error);
    }
    if (status == CLMLP_OK || status == CLMLP_INTERRUPTED) {
        const clmlp_status finished = clmlp_trainer_finish(trainer, result, error);
        if (finished != CLMLP_OK) status = finished;
    }
    clmlp_structure_give(result, clmlp_trainer_own_result(trainer), sizeof none);
    clmlp_trainer_destroy(trainer);
    return status;
}
