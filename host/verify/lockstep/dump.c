/* dump.c - tensors of a step written as NPY files. */
#include "verify/lockstep/dump.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "data/readers/npy.h"

clmlp_status clmlp_dump_path(char *path, const char *folder, size_t step, size_t layer, const char *name,
                             const char *suffix, clmlp_error *error)
{
    const int length = snprintf(path, CLMLP_DUMP_PATH, "%s/%04zu-%zu-%s.%s", folder, step, layer, name, suffix);
    if (length > 0 && length < CLMLP_DUMP_PATH) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%.64s...: too long a path", folder);
}

static clmlp_status make_folder(const char *folder, clmlp_error *error)
{
    struct stat info;
    if (mkdir(folder, 0777) == 0) return CLMLP_OK;
    const int number = errno;
    if (number == EEXIST && stat(folder, &info) == 0 && S_ISDIR(info.st_mode)) return CLMLP_OK;
    return clmlp_fail_errno(error, CLMLP_IO, number, "%s: the folder for the tensors cannot be made", folder);
}

static clmlp_status save(const char *folder, size_t step, size_t layer, const char *name, const char *suffix,
                         size_t rows, size_t columns, const double *values, clmlp_error *error)
{
    char path[CLMLP_DUMP_PATH];
    TRY(clmlp_dump_path(path, folder, step, layer, name, suffix, error));
    return clmlp_npy_save(path, rows, columns, values, error);
}

clmlp_status clmlp_dump_tensor(const char *folder, const clmlp_checked_tensor *checked, clmlp_error *error)
{
    const clmlp_finding *const f = &checked->finding;
    const char *const name = clmlp_quantity_name(f->quantity);
    if (f->quantity == CLMLP_QUANTITY_RIGHT || clmlp_is_trend(f->quantity)) return CLMLP_OK; /* no tensors */
    TRY(make_folder(folder, error));
    TRY(save(folder, f->step, f->layer, name, "device.npy", f->rows, f->columns, checked->found, error));
    return save(folder, f->step, f->layer, name, "reference.npy", f->rows, f->columns, checked->expected, error);
}

/* What all steps have in common. */
static clmlp_status dump_settings(const char *folder, const clmlp_step_record *step, const char *suffix,
                                  clmlp_error *error)
{
    const clmlp_rule_settings *const rule = &step->descent.rule;
    const double optimizer = (double)rule->optimizer;
    const double scheduled = clmlp_schedule_is_constant(&rule->schedule) ? 0.0 : 1.0;
    TRY(save(folder, 0, 0, "optimizer", suffix, 1, 1, &optimizer, error));
    TRY(save(folder, 0, 0, "schedule", suffix, 1, 1, &scheduled, error));
#define SAVE(field, what, initial, allowed, expected, used) \
    TRY(save(folder, 0, 0, #field, suffix, 1, 1, &rule->field, error));
    CLMLP_RULE_SETTING_LIST(SAVE)
#undef SAVE
    TRY(save(folder, 0, 0, "decay", suffix, 1, 1, &step->descent.decay, error));
    TRY(save(folder, 0, 0, "input_scale_rate", suffix, 1, 1, &step->descent.input_scale_rate, error));
    const clmlp_dropouts *const dropout = &step->descent.dropout;
    static const double none = 0.0;
    TRY(save(folder, 0, 0, "dropout", suffix, 1, dropout->count > 0 ? dropout->count : 1,
             dropout->count > 0 ? dropout->p : &none, error));
    double *rates = NULL;
    TRY(clmlp_allocate(&rates, step->L - 1, sizeof *rates, "the rates of the layers", error));
    for (size_t l = 1; l < step->L; l++) rates[l - 1] = clmlp_rule_layer_rate(rule, step->s, l);
    const clmlp_status status = save(folder, 0, 0, "layer_rates", suffix, step->L - 1, 1, rates, error);
    free(rates);
    return status;
}

clmlp_status clmlp_dump_inputs(const char *folder, const clmlp_step_record *step, size_t number, clmlp_error *error)
{
    static const char suffix[] = "device.npy";
    const size_t L = step->L, *const s = step->s;
    TRY(make_folder(folder, error));
    TRY(save(folder, number, 1, "x", suffix, step->M, s[0], step->x, error));
    TRY(save(folder, number, L, "y", suffix, step->M, s[L - 1], step->y, error));
    if (step->w != NULL) TRY(save(folder, number, L, "w", suffix, step->M, 1, step->w, error));
    const clmlp_rule_settings *const rule = &step->descent.rule;
    if (!clmlp_schedule_is_constant(&rule->schedule)) {
        const double rate = clmlp_schedule_rate_of_step(&rule->schedule, rule->rate, number - 1);
        TRY(save(folder, number, 0, "rate", suffix, 1, 1, &rate, error));
    }
    if (number != 1) return CLMLP_OK;
    TRY(dump_settings(folder, step, suffix, error));
    for (size_t l = 1; l < L; l++) {
        TRY(save(folder, 0, l, "theta", suffix, s[l], s[l - 1] + 1, step->theta[l - 1], error));
    }
    return CLMLP_OK;
}

clmlp_status clmlp_dump_minimiser(const char *folder, clmlp_minimiser minimiser, clmlp_error *error)
{
    const double code = (double)minimiser;
    return save(folder, 0, 0, "minimiser", "device.npy", 1, 1, &code, error);
}

clmlp_status clmlp_dump_move(const char *folder, const clmlp_step_record *step, size_t number, double *const *before,
                             double *const *direction, double length, clmlp_error *error)
{
    for (size_t l = 1; l < step->L; l++) {
        const size_t rows = step->s[l], columns = step->s[l - 1] + 1;
        TRY(save(folder, number, l, "theta", "device.npy", rows, columns, step->theta[l - 1], error));
        TRY(save(folder, number, l, "before", "device.npy", rows, columns, before[l - 1], error));
        TRY(save(folder, number, l, "direction", "device.npy", rows, columns, direction[l - 1], error));
    }
    return save(folder, number, 0, "length", "device.npy", 1, 1, &length, error);
}
