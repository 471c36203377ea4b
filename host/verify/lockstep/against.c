/* against.c - a device's steps against tensors that were dumped elsewhere.
 *
 * Both sides begin with the same theta, x and y. The reference follows each of them (step_checker.h, free run).
 * Every element then has two bounds, the device's and the other side's; the two may be apart by their sum.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/argument.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/structure.h"
#include "data/readers/npy.h"
#include "model/model.h"
#include "verify/lockstep/dump.h"

/* A tensor of the step under way. */
typedef struct pair {
    clmlp_finding finding; /* of the device alone */
    double *bound;         /* [rows x columns], the device's; then the sum */
    bool has_file;
} pair;

typedef struct against {
    const clmlp_verify_config *config;
    clmlp_verify_result *result;
    clmlp_device *device;
    const char *folder;
    clmlp_model *start;           /* the folder's theta */
    clmlp_step_record *mine, *other;
    clmlp_stepper *stepper;
    clmlp_step_checker *my_checker, *other_checker;
    pair *pairs;
    size_t count, capacity, result_capacity;
    clmlp_precision ulps_of;      /* the coarser of the two sides' */
    size_t files;                 /* tensors that were compared */
} against;

/* --- files ------------------------------------------------------------------------------------------------ */

/* The file of a tensor; without one the name that it should have. */
static clmlp_status find(const against *g, size_t step, size_t layer, const char *name, char *path, bool *found,
                         clmlp_error *error)
{
    struct stat info;
    static const char *const suffixes[] = {"npy", "device.npy"};
    for (size_t i = 0; i < 2; i++) {
        TRY(clmlp_dump_path(path, g->folder, step, layer, name, suffixes[i], error));
        *found = stat(path, &info) == 0;
        if (*found) return CLMLP_OK;
    }
    return clmlp_dump_path(path, g->folder, step, layer, name, suffixes[0], error);
}

static clmlp_status load(const against *g, size_t step, size_t layer, const char *name, size_t rows, size_t columns,
                         double *values, bool *found, clmlp_error *error)
{
    char path[CLMLP_DUMP_PATH];
    TRY(find(g, step, layer, name, path, found, error));
    return *found ? clmlp_npy_load(path, rows, columns, values, error) : CLMLP_OK;
}

/* What both sides begin with: there, and exact in the device's precision. */
static clmlp_status load_start(const against *g, size_t step, size_t layer, const char *name, size_t rows,
                               size_t columns, double *values, clmlp_error *error)
{
    char path[CLMLP_DUMP_PATH];
    bool found = false;
    TRY(find(g, step, layer, name, path, &found, error));
    if (!found) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: there is no such file, nor one that ends in .device.npy; the "
                          "comparison begins with it", path);
    }
    TRY(clmlp_npy_load(path, rows, columns, values, error));
    for (size_t e = 0; e < rows * columns && g->device->backend->precision == CLMLP_F32; e++) {
        if ((double)(float)values[e] == values[e]) continue;
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: row %zu, column %zu: found %.17g, which is not exact in f32, so "
                          "that the two sides would begin with different numbers; verify with --precision f64, or have "
                          "the other side begin with numbers rounded to float32", path, e / columns + 1,
                          e % columns + 1, values[e]);
    }
    return CLMLP_OK;
}

/* Rows of the batch of a step; 0: there is none. */
static clmlp_status batch_rows(const against *g, size_t step, size_t *M, clmlp_error *error)
{
    char path[CLMLP_DUMP_PATH];
    bool found = false;
    size_t columns = 0;
    *M = 0;
    TRY(find(g, step, 1, "x", path, &found, error));
    return found ? clmlp_npy_shape(path, M, &columns, error) : CLMLP_OK;
}

/* A number that the folder may have, and that may be asked for. */
static clmlp_status settle(const against *g, const char *name, bool asked, double *value, clmlp_error *error)
{
    double theirs = 0.0;
    bool found = false;
    TRY(load(g, 0, 0, name, 1, 1, &theirs, &found, error));
    if (!found && asked) return CLMLP_OK;
    if (!found) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%s: does not say its %s (0000-0-%s.npy), and it was not given "
                          "either", g->folder, name, name);
    }
    if (asked && !(*value == theirs)) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%s: has steps with a %s of %.10g, asked for was %.10g", g->folder,
                          name, theirs, *value);
    }
    *value = theirs;
    return CLMLP_OK;
}

/* A number of the rule: the folder's. One that the optimizer does not use may be missing. */
static clmlp_status take_number(const against *g, const char *name, bool used, double initial, double *value,
                                clmlp_error *error)
{
    bool found = false;
    *value = initial;
    TRY(load(g, 0, 0, name, 1, 1, value, &found, error));
    if (found || !used) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: does not say its %s (0000-0-%s.npy)", g->folder, name, name);
}

/* The folder's rule, but for the rate. A folder that does not name it has sgd's steps, which leave no state. */
static clmlp_status take_rule(const against *g, size_t L, clmlp_descent *descent, double *layer_rates,
                              clmlp_error *error)
{
    char path[CLMLP_DUMP_PATH];
    clmlp_rule_settings *const rule = &descent->rule;
    double code = CLMLP_SGD;
    bool found = false, named = false;
    TRY(load(g, 0, 0, "optimizer", 1, 1, &code, &named, error));
    if (!(code >= 0.0 && code < CLMLP_OPTIMIZER_COUNT && code == floor(code))) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: found steps of an unknown optimizer (0000-0-optimizer is %g)",
                          g->folder, code);
    }
    rule->optimizer = (clmlp_optimizer)code;
    for (size_t l = 1; l < L && !named; l++) {
        TRY(find(g, 1, l, clmlp_quantity_name(CLMLP_QUANTITY_STATE), path, &found, error));
        if (!found) continue;
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: found the state of an optimizer, and the folder does not say of "
                          "which (0000-0-optimizer.npy)", path);
    }
    const clmlp_optimizer optimizer = rule->optimizer;
#define TAKE(field, what, initial, allowed, expected, used) \
    TRY(take_number(g, #field, (used) && &rule->field != &rule->rate, initial, &rule->field, error));
    CLMLP_RULE_SETTING_LIST(TAKE)
#undef TAKE
    TRY(load(g, 0, 0, "layer_rates", L - 1, 1, layer_rates, &found, error));
    rule->layer_rates = found ? layer_rates : NULL;
    return CLMLP_OK;
}

/* A folder that does not say a norm has steps without clipping. */
static clmlp_status check_clipping(const against *g, double theirs, clmlp_error *error)
{
    const double asked = g->config->clip_norm;
    if (!(theirs >= 0.0) || !isfinite(theirs)) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: found a clip_norm of %g, expected a number >= 0", g->folder,
                          theirs);
    }
    if (!(asked > 0.0) || asked == theirs) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%s: has steps with a clip_norm of %.10g, asked for was %.10g",
                      g->folder, theirs, asked);
}

/* So would steps with dropout. */
static clmlp_status check_dropout(const against *g, clmlp_error *error)
{
    char path[CLMLP_DUMP_PATH];
    bool found = false, drops = false;
    double *p = NULL;
    size_t rows = 0, columns = 0;
    clmlp_status status = CLMLP_OK;
    TRY(find(g, 0, 0, "dropout", path, &found, error));
    if (!found) return CLMLP_OK;
    TRY(clmlp_npy_shape(path, &rows, &columns, error));
    TRY(clmlp_allocate(&p, rows * columns, sizeof *p, "the dropout", error));
    TRY_CLEANUP(clmlp_npy_load(path, rows, columns, p, error));
    for (size_t i = 0; i < rows * columns; i++) drops = drops || p[i] != 0.0;
    if (drops) {
        status = clmlp_fail(error, CLMLP_BAD_INPUT, "%s: found steps with dropout, expected some without, which alone "
                            "can be compared", path);
    }
cleanup:
    free(p);
    return status;
}

/* The rule and lambda / m of both sides' steps. */
static clmlp_status take_descent(const against *g, const clmlp_dataset *dataset, clmlp_descent *descent,
                                 double *layer_rates, clmlp_error *error)
{
    const double lambda = g->config->lambda;
    const clmlp_optimizer asked = g->config->optimizer;
    TRY(take_rule(g, g->mine->L, descent, layer_rates, error));
    if (asked != CLMLP_SGD && asked != descent->rule.optimizer) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%s: has steps of %s, asked for was %s", g->folder,
                          clmlp_optimizer_name(descent->rule.optimizer), clmlp_optimizer_name(asked));
    }
    TRY(check_clipping(g, descent->rule.clip_norm, error));
    descent->rule.rate = g->config->rate;
    TRY(settle(g, "rate", g->config->rate > 0.0, &descent->rule.rate, error));
    if (lambda >= 0.0 && dataset == NULL) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "lambda needs the data set that it is divided by the size of");
    }
    if (lambda >= 0.0) descent->decay = lambda / (double)dataset->m;
    TRY(settle(g, "decay", lambda >= 0.0, &descent->decay, error));
    if (descent->rule.rate > 0.0 && descent->decay >= 0.0) {
        const clmlp_precision precision = g->device->backend->precision;
        TRY(clmlp_rule_check(&descent->rule, g->mine->L, error));
        TRY(clmlp_rule_check_rounded(&descent->rule, g->mine->L, g->mine->s, precision, error));
        if (lambda >= 0.0) return clmlp_lambda_check(lambda, dataset->m, precision, error);
        return clmlp_decay_check(g->folder, descent->decay, precision, error);
    }
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: found rate %g and decay %g, expected > 0 and >= 0", g->folder,
                      descent->rule.rate, descent->decay);
}

static clmlp_status take_settings(against *g, const clmlp_dataset *dataset, clmlp_error *error)
{
    clmlp_descent descent = {.decay = 0.0};
    double *layer_rates = NULL;
    clmlp_status status = CLMLP_OK;
    const clmlp_rule_settings asked = clmlp_verify_rule(g->config);
    if (!clmlp_schedule_is_constant(&asked.schedule)) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "steps from elsewhere have their rates in files (found a schedule "
                          "or a warm-up)");
    }
    TRY(clmlp_allocate(&layer_rates, g->mine->L - 1, sizeof *layer_rates, "the rates of the layers", error));
    TRY_CLEANUP(take_descent(g, dataset, &descent, layer_rates, error));
    TRY_CLEANUP(clmlp_step_record_set_descent(g->mine, &descent, error));
    TRY_CLEANUP(clmlp_step_record_set_descent(g->other, &descent, error));
cleanup:
    free(layer_rates);
    return status;
}

/* --- tensors of a step ------------------------------------------------------------------------------------ */

static double *tensor_of(clmlp_step_record *step, clmlp_quantity quantity, size_t layer)
{
    switch (quantity) {
    case CLMLP_QUANTITY_X: return step->x;
    case CLMLP_QUANTITY_Y: return step->y;
    case CLMLP_QUANTITY_W: return step->w;
    case CLMLP_QUANTITY_Z: return step->z[layer - 1];
    case CLMLP_QUANTITY_A: return step->a[layer - 1];
    case CLMLP_QUANTITY_COST: return &step->cost;
    case CLMLP_QUANTITY_DELTA: return step->delta[layer - 1];
    case CLMLP_QUANTITY_GRADIENT: return step->gradient[layer - 1];
    case CLMLP_QUANTITY_THETA: return step->after[layer - 1];
    case CLMLP_QUANTITY_STATE: return step->state_after[0][layer - 1];
    case CLMLP_QUANTITY_STATE2: return step->state_after[1][layer - 1];
    case CLMLP_QUANTITY_CLIPPED: return step->clipped != NULL ? step->clipped[layer - 1] : NULL;
    case CLMLP_QUANTITY_COUNT: break;
    }
    return NULL;
}

/* Keep what the device is off by; read what the other side has. */
static clmlp_status take_mine(const clmlp_checked_tensor *checked, void *context, clmlp_error *error)
{
    against *const g = context;
    const clmlp_finding *const f = &checked->finding;
    if (f->quantity == CLMLP_QUANTITY_X || f->quantity == CLMLP_QUANTITY_Y) return CLMLP_OK; /* taken from there */
    double *const theirs = tensor_of(g->other, f->quantity, f->layer);
    const size_t count = f->rows * f->columns;
    TRY(clmlp_grow(&g->pairs, &g->capacity, g->count + 1, sizeof *g->pairs, "tensors", error));
    pair *const p = &g->pairs[g->count++];
    *p = (pair){.finding = *f};
    g->result->device_right = g->result->device_right && f->failed == 0;
    memset(theirs, 0, count * sizeof *theirs);
    TRY(load(g, f->step, f->layer, clmlp_quantity_name(f->quantity), f->rows, f->columns, theirs, &p->has_file, error));
    if (!p->has_file) return CLMLP_OK;
    TRY(clmlp_allocate(&p->bound, count, sizeof *p->bound, "bounds", error));
    memcpy(p->bound, checked->bound, count * sizeof *p->bound);
    return CLMLP_OK;
}

static clmlp_status add_finding(against *g, const clmlp_finding *finding, clmlp_error *error)
{
    clmlp_verify_result *const r = g->result;
    TRY(clmlp_grow(&r->findings, &g->result_capacity, r->count + 1, sizeof *r->findings, "findings", error));
    r->findings[r->count++] = *finding;
    r->passed = r->passed && finding->failed == 0;
    if (g->config->on_finding.function != NULL) {
        g->config->on_finding.function(finding, g->config->on_finding.context);
    }
    return CLMLP_OK;
}

/* The two sides of a tensor that has a file. */
static clmlp_status take_theirs(const clmlp_checked_tensor *checked, void *context, clmlp_error *error)
{
    against *const g = context;
    const clmlp_finding *const f = &checked->finding;
    pair *p = NULL;
    for (size_t i = 0; i < g->count && p == NULL; i++) {
        pair *const candidate = &g->pairs[i];
        const bool same = candidate->finding.quantity == f->quantity && candidate->finding.layer == f->layer;
        if (same && candidate->has_file) p = candidate;
    }
    if (p == NULL) return CLMLP_OK;
    g->files++;
    g->result->other_right = g->result->other_right && f->failed == 0;
    for (size_t e = 0; e < f->rows * f->columns; e++) p->bound[e] += checked->bound[e];
    clmlp_finding both = p->finding;
    both.bound_of_value += f->bound_of_value;
    clmlp_compare(&both, tensor_of(g->mine, f->quantity, f->layer), tensor_of(g->other, f->quantity, f->layer),
                  p->bound, f->rows, f->columns, g->ulps_of);
    return add_finding(g, &both, error);
}

static void forget_pairs(against *g)
{
    for (size_t i = 0; i < g->count; i++) free(g->pairs[i].bound);
    g->count = 0;
}

/* --- the other side --------------------------------------------------------------------------------------- */

/* float where every number of the step is one; the cost is often summed in double. */
static clmlp_precision precision_of_other(const against *g)
{
    for (size_t i = 0; i < g->count; i++) {
        const clmlp_finding *const f = &g->pairs[i].finding;
        if (!g->pairs[i].has_file || f->quantity == CLMLP_QUANTITY_COST) continue;
        const double *const values = tensor_of(g->other, f->quantity, f->layer);
        for (size_t e = 0; e < f->rows * f->columns; e++) {
            if ((double)(float)values[e] != values[e]) return CLMLP_F64;
        }
    }
    return CLMLP_F32;
}

/* Known once its first step is read. */
static clmlp_status begin_other(against *g, clmlp_error *error)
{
    const clmlp_precision precision = precision_of_other(g);
    g->ulps_of = precision == CLMLP_F32 ? CLMLP_F32 : g->device->backend->precision;
    TRY(clmlp_step_checker_create(&g->other_checker, g->start, g->mine->capacity, precision, NULL, error));
    return clmlp_step_checker_begin(g->other_checker, g->start, error);
}

/* --- the steps -------------------------------------------------------------------------------------------- */

/* Weights of the examples: in all steps, or in none. */
static clmlp_status load_weights(against *g, size_t number, size_t M, clmlp_error *error)
{
    clmlp_step_record *const mine = g->mine;
    char path[CLMLP_DUMP_PATH];
    bool found = false;
    TRY(find(g, number, mine->L, "w", path, &found, error));
    if (!found && mine->w == NULL) return CLMLP_OK;
    if (number > 1 && mine->w == NULL) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: weights of examples, which the steps before do not have", path);
    }
    TRY(clmlp_step_record_weigh(mine, error));
    TRY(clmlp_step_record_weigh(g->other, error));
    TRY(load_start(g, number, mine->L, "w", M, 1, mine->w, error));
    for (size_t r = 0; r < M; r++) {
        if (mine->w[r] >= 0.0 && isfinite(mine->w[r])) continue;
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: row %zu: found %g, expected a finite number >= 0", path, r + 1,
                          mine->w[r]);
    }
    memcpy(g->other->w, mine->w, M * sizeof *mine->w);
    return CLMLP_OK;
}

/* The step's own rate, where it has one. Files of an older dump may be there, too. */
static clmlp_status load_rate(against *g, size_t number, clmlp_error *error)
{
    double rate = 0.0, scheduled = 0.0;
    bool found = false, said = false;
    TRY(load(g, 0, 0, "schedule", 1, 1, &scheduled, &said, error));
    if (!said || scheduled != 0.0) TRY(load(g, number, 0, "rate", 1, 1, &rate, &found, error));
    if (said && scheduled != 0.0 && !found) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: step %zu does not say its rate (%04zu-0-rate.npy), as each of "
                          "these steps should", g->folder, number, number);
    }
    const clmlp_schedule_settings schedule = {.source = found ? CLMLP_RATE_FIXED : CLMLP_RATE_SCHEDULED,
                                              .other = rate};
    g->mine->descent.rule.schedule = g->other->descent.rule.schedule = schedule;
    if (rate >= 0.0) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: found a rate of %g in step %zu, expected a number >= 0", g->folder,
                      rate, number);
}

static clmlp_status compare_step(against *g, size_t number, size_t M, clmlp_error *error)
{
    clmlp_step_record *const mine = g->mine, *const other = g->other;
    const size_t L = mine->L, *const s = mine->s;
    mine->M = other->M = M;
    TRY(load_start(g, number, 1, "x", M, s[0], mine->x, error));
    TRY(load_start(g, number, L, "y", M, s[L - 1], mine->y, error));
    memcpy(other->x, mine->x, M * s[0] * sizeof *mine->x);
    memcpy(other->y, mine->y, M * s[L - 1] * sizeof *mine->y);
    TRY(load_weights(g, number, M, error));
    mine->number = other->number = number;
    TRY(load_rate(g, number, error));
    TRY(clmlp_stepper_run(g->stepper, mine, number == 1, error));
    g->result->device_seconds += g->stepper->seconds;
    forget_pairs(g);
    TRY(clmlp_step_checker_follow(g->my_checker, mine, number, take_mine, g, error));
    if (g->other_checker == NULL) TRY(begin_other(g, error));
    TRY(clmlp_step_checker_follow(g->other_checker, other, number, take_theirs, g, error));
    clmlp_step_record_hand_on(mine);
    g->result->steps = number;
    return CLMLP_OK;
}

static clmlp_status compare_steps(against *g, clmlp_error *error)
{
    const clmlp_verify_config *const config = g->config;
    for (size_t number = 1; number <= config->steps; number++) {
        size_t M = 0;
        if (clmlp_cancel_requested(config->cancel)) {
            return clmlp_fail(error, CLMLP_INTERRUPTED, "interrupted after %zu steps", g->result->steps);
        }
        TRY(batch_rows(g, number, &M, error));
        if (M == 0) break;
        TRY(compare_step(g, number, M, error));
        if (!g->result->passed && !config->go_on) break;
    }
    if (g->files > 0) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: nothing to compare with (expected files such as 0001-2-z.npy)",
                      g->folder);
}

/* Room, the device, and the theta to begin with. */
static clmlp_status prepare(against *g, const clmlp_model *model, const clmlp_dataset *dataset, clmlp_error *error)
{
    const clmlp_precision precision = g->device->backend->precision;
    size_t capacity = 0, M = 0;
    for (size_t number = 1; number <= g->config->steps; number++) {
        TRY(batch_rows(g, number, &M, error));
        if (M == 0) break;
        capacity = M > capacity ? M : capacity;
    }
    TRY(clmlp_model_allocate(&g->start, model->L, model->s, model->activation, model->output, error));
    for (size_t l = 1; l < model->L; l++) {
        TRY(load_start(g, 0, l, "theta", model->s[l], model->s[l - 1] + 1, g->start->theta + model->theta_at[l - 1],
                       error));
    }
    if (capacity == 0) {
        char path[CLMLP_DUMP_PATH];
        TRY(clmlp_dump_path(path, g->folder, 1, 1, "x", "npy", error));
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: there is no such file, or it has no rows; the comparison begins "
                          "with it", path);
    }
    TRY(clmlp_step_record_create(&g->mine, g->start, capacity, precision, true, error));
    TRY(clmlp_step_record_create(&g->other, g->start, capacity, precision, true, error));
    for (size_t l = 1; l < model->L; l++) {
        memcpy(g->mine->theta[l - 1], g->start->theta + model->theta_at[l - 1],
               model->s[l] * (model->s[l - 1] + 1) * sizeof(double));
    }
    TRY(check_dropout(g, error));
    TRY(take_settings(g, dataset, error));
    TRY(clmlp_stepper_create(&g->stepper, g->device->backend, g->start, capacity, error));
    TRY(clmlp_step_checker_create(&g->my_checker, g->start, capacity, precision, g->device->backend, error));
    return clmlp_step_checker_begin(g->my_checker, g->start, error);
}

static void release(against *g)
{
    forget_pairs(g);
    free(g->pairs);
    clmlp_step_checker_destroy(g->other_checker);
    clmlp_step_checker_destroy(g->my_checker);
    clmlp_stepper_destroy(g->stepper);
    clmlp_step_record_destroy(g->other);
    clmlp_step_record_destroy(g->mine);
    clmlp_model_destroy(g->start);
}

static clmlp_status check(const clmlp_model *model, const char *folder, const clmlp_verify_config *config,
                          clmlp_error *error)
{
    struct stat info;
    if (config->steps == 0) return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "no steps to compare");
    if (model->L > 2 && model->activation == CLMLP_STEP) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "a network with the step activation cannot be trained, so that it "
                          "has no steps to compare");
    }
    if (stat(folder, &info) != 0) return clmlp_fail(error, CLMLP_IO, "%s: there is no such folder", folder);
    if (S_ISDIR(info.st_mode)) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_IO, "%s: is a file, expected a folder of tensors", folder);
}

clmlp_status clmlp_verify_against(const clmlp_model *model, clmlp_device *device, const clmlp_dataset *dataset,
                                  const char *folder, const clmlp_verify_config *config, clmlp_verify_result *result,
                                  clmlp_error *error)
{
    clmlp_verify_config own_config = clmlp_verify_config_default();
    clmlp_verify_result own = {.size = sizeof own};
    const double began = clmlp_seconds();
    REQUIRE(result != NULL, "result");
    TRY(clmlp_structure_check(result, "result", error));
    clmlp_structure_give(result, &own, sizeof own);
    TRY(clmlp_structure_take(&own_config, sizeof own_config, config, "config", error));
    REQUIRE_CODE(own_config.optimizer, CLMLP_OPTIMIZER_COUNT, "config.optimizer");
    REQUIRE_CODE(own_config.schedule.kind, CLMLP_SCHEDULE_COUNT, "config.schedule.kind");
    REQUIRE(model != NULL, "model");
    REQUIRE(device != NULL, "device");
    REQUIRE(folder != NULL, "folder");
    against g = {.config = &own_config, .result = &own, .device = device, .folder = folder};
    TRY(check(model, folder, g.config, error));
    own.passed = own.device_right = own.other_right = true;
    clmlp_status status = prepare(&g, model, dataset, error);
    if (status == CLMLP_OK) status = compare_steps(&g, error);
    for (size_t i = 0; i < own.count && own.first_failure == NULL; i++) {
        if (own.findings[i].failed > 0) own.first_failure = &own.findings[i];
    }
    if (!clmlp_verdict_stands(status, own.steps)) own.passed = own.device_right = own.other_right = false;
    own.seconds = clmlp_seconds() - began;
    clmlp_structure_give(result, &own, sizeof own);
    release(&g);
    return status;
}
