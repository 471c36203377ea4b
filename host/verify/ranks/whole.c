/* whole.c - what several ranks come to against one process: the CPU path in double takes the whole batch. */
#include <string.h>

#include "base/memory.h"
#include "verify/step/transfers.h"
#include "verify/ranks/together.h"

clmlp_status clmlp_together_create_whole(clmlp_together *t, const clmlp_model *model, clmlp_error *error)
{
    TRY(clmlp_step_checker_create(&t->whole, model, t->M, t->precision, NULL, error));
    TRY(clmlp_step_record_create(&t->batch, model, t->M, t->precision, false, error));
    return clmlp_allocate(&t->none, t->L, sizeof *t->none, "a step of ranks", error);
}

/* What is compared, and what it is called; false: each rank's own part has told more of it. */
static bool is_whole(clmlp_quantity *quantity)
{
    switch (*quantity) {
    case CLMLP_QUANTITY_COST: *quantity = CLMLP_QUANTITY_WHOLE_COST; return true;
    case CLMLP_QUANTITY_RIGHT: *quantity = CLMLP_QUANTITY_WHOLE_RIGHT; return true;
    case CLMLP_QUANTITY_GRADIENT: *quantity = CLMLP_QUANTITY_WHOLE_GRADIENT; return true;
    case CLMLP_QUANTITY_THETA: *quantity = CLMLP_QUANTITY_WHOLE_THETA; return true;
    default: return false;
    }
}

static clmlp_status take(const clmlp_checked_tensor *checked, void *context, clmlp_error *error)
{
    clmlp_finding f = checked->finding;
    if (!is_whole(&f.quantity)) return CLMLP_OK;
    f.equation = "one_process";
    f.kernel[0] = '\0';
    f.rank = CLMLP_ALL_RANKS;
    return clmlp_together_add(context, &f, error);
}

clmlp_status clmlp_together_check_whole(clmlp_together *t, const clmlp_batch_loader *loader, const clmlp_batch *batch,
                                        const clmlp_step_record *step, clmlp_error *error)
{
    const clmlp_batch all = {.M = (size_t)batch->divisor, .divisor = batch->divisor};
    clmlp_step_record whole = *step;
    TRY(clmlp_take_batch(loader, &all, t->batch, error));
    whole.M = all.M;
    whole.x = t->batch->x;
    whole.y = t->batch->y;
    whole.w = t->batch->w;
    whole.z = whole.a = whole.delta = t->none;
    whole.gradient = t->record.sum;
    whole.cost = t->record.cost;
    whole.right = t->record.right;
    whole.shared = NULL;
    TRY(clmlp_step_checker_begin_again(t->whole, &whole, error));
    return clmlp_step_checker_follow(t->whole, &whole, step->number, take, t, error);
}
