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
#include "verify/lockstep/against.h"
#include "verify/lockstep/take.h"

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
    case CLMLP_QUANTITY_SCALE: return step->scale->scale_after;
    case CLMLP_QUANTITY_SCALE_GRADIENT: return step->scale->slopes;
    case CLMLP_QUANTITY_SCALE_STATE: return step->scale->state_after[0];
    case CLMLP_QUANTITY_SCALE_STATE2: return step->scale->state_after[1];
    case CLMLP_QUANTITY_RAW: return step->scale->raw_after;
    case CLMLP_QUANTITY_RAW_GRADIENT: return step->scale->raw_gradient;
    case CLMLP_QUANTITY_SCALE_CLIPPED: return step->scale->clipped;
    case CLMLP_QUANTITY_CLIPPED: return step->clipped != NULL ? step->clipped[layer - 1] : NULL;
    case CLMLP_QUANTITY_DOT: /* of minimisers, which have no steps to follow */
    case CLMLP_QUANTITY_DIRECTION:
    case CLMLP_QUANTITY_VECTOR:
    case CLMLP_QUANTITY_RIGHT:
    case CLMLP_QUANTITY_Z_TREND: /* of lock-step alone */
    case CLMLP_QUANTITY_DELTA_TREND:
    case CLMLP_QUANTITY_GRADIENT_TREND:
    case CLMLP_QUANTITY_THETA_TREND:
    case CLMLP_QUANTITY_ROWS: /* of several ranks */
    case CLMLP_QUANTITY_GIVEN:
    case CLMLP_QUANTITY_SUM_GRADIENT:
    case CLMLP_QUANTITY_SUM_COST:
    case CLMLP_QUANTITY_SAME_THETA:
    case CLMLP_QUANTITY_WHOLE_COST:
    case CLMLP_QUANTITY_WHOLE_RIGHT:
    case CLMLP_QUANTITY_WHOLE_GRADIENT:
    case CLMLP_QUANTITY_WHOLE_THETA:
    case CLMLP_QUANTITY_COUNT: break;
    }
    return NULL;
}

/* Keep what the device is off by; read what the other side has. */
static clmlp_status take_mine(const clmlp_checked_tensor *checked, void *context, clmlp_error *error)
{
    clmlp_against *const g = context;
    const clmlp_finding *const f = &checked->finding;
    if (f->quantity == CLMLP_QUANTITY_X || f->quantity == CLMLP_QUANTITY_Y) return CLMLP_OK; /* taken from there */
    if (f->quantity == CLMLP_QUANTITY_RIGHT) { /* which other programs do not write */
        g->result->device_right = g->result->device_right && f->failed == 0;
        return CLMLP_OK;
    }
    double *const theirs = tensor_of(g->other, f->quantity, f->layer);
    const size_t count = f->rows * f->columns;
    TRY(clmlp_grow(&g->pairs, &g->capacity, g->count + 1, sizeof *g->pairs, "tensors", error));
    clmlp_against_pair *const p = &g->pairs[g->count++];
    *p = (clmlp_against_pair){.finding = *f};
    g->result->device_right = g->result->device_right && f->failed == 0;
    memset(theirs, 0, count * sizeof *theirs);
    TRY(clmlp_against_load(g, f->step, f->layer, clmlp_quantity_name(f->quantity), f->rows, f->columns, theirs,
                           &p->has_file, error));
    if (!p->has_file) return CLMLP_OK;
    TRY(clmlp_allocate(&p->bound, count, sizeof *p->bound, "bounds", error));
    memcpy(p->bound, checked->bound, count * sizeof *p->bound);
    return CLMLP_OK;
}

static clmlp_status add_finding(clmlp_against *g, const clmlp_finding *finding, clmlp_error *error)
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
    clmlp_against *const g = context;
    const clmlp_finding *const f = &checked->finding;
    clmlp_against_pair *p = NULL;
    for (size_t i = 0; i < g->count && p == NULL; i++) {
        clmlp_against_pair *const candidate = &g->pairs[i];
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

static void forget_pairs(clmlp_against *g)
{
    for (size_t i = 0; i < g->count; i++) free(g->pairs[i].bound);
    g->count = 0;
}

/* --- the other side --------------------------------------------------------------------------------------- */

/* float where every number of the step is one; the cost is often summed in double. */
static clmlp_precision precision_of_other(const clmlp_against *g)
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
static clmlp_status begin_other(clmlp_against *g, clmlp_error *error)
{
    const clmlp_precision precision = precision_of_other(g);
    g->ulps_of = precision == CLMLP_F32 ? CLMLP_F32 : g->device->backend->precision;
    TRY(clmlp_step_checker_create(&g->other_checker, g->start, g->mine->capacity, precision, NULL, error));
    return clmlp_step_checker_begin(g->other_checker, g->start, error);
}

/* --- the steps -------------------------------------------------------------------------------------------- */

/* Weights of the examples: in all steps, or in none. */
static clmlp_status load_weights(clmlp_against *g, size_t number, size_t M, clmlp_error *error)
{
    clmlp_step_record *const mine = g->mine;
    char path[CLMLP_DUMP_PATH];
    bool found = false;
    TRY(clmlp_against_find(g, number, mine->L, "w", path, &found, error));
    if (!found && mine->w == NULL) return CLMLP_OK;
    if (number > 1 && mine->w == NULL) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: weights of examples, which the steps before do not have", path);
    }
    TRY(clmlp_step_record_weigh(mine, error));
    TRY(clmlp_step_record_weigh(g->other, error));
    TRY(clmlp_against_load_start(g, number, mine->L, "w", M, 1, mine->w, error));
    for (size_t r = 0; r < M; r++) {
        if (mine->w[r] >= 0.0 && isfinite(mine->w[r])) continue;
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: row %zu: found %g, expected a finite number >= 0", path, r + 1,
                          mine->w[r]);
    }
    memcpy(g->other->w, mine->w, M * sizeof *mine->w);
    return CLMLP_OK;
}

/* The step's own rate, where it has one. Files of an older dump may be there, too. */
static clmlp_status load_rate(clmlp_against *g, size_t number, clmlp_error *error)
{
    double rate = 0.0, scheduled = 0.0;
    bool found = false, said = false;
    TRY(clmlp_against_load(g, 0, 0, "schedule", 1, 1, &scheduled, &said, error));
    if (!said || scheduled != 0.0) TRY(clmlp_against_load(g, number, 0, "rate", 1, 1, &rate, &found, error));
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

static clmlp_status compare_step(clmlp_against *g, size_t number, size_t M, clmlp_error *error)
{
    clmlp_step_record *const mine = g->mine, *const other = g->other;
    const size_t L = mine->L, *const s = mine->s;
    mine->M = other->M = M;
    TRY(clmlp_against_load_start(g, number, 1, "x", M, s[0], mine->x, error));
    TRY(clmlp_against_load_start(g, number, L, "y", M, s[L - 1], mine->y, error));
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

static clmlp_status compare_steps(clmlp_against *g, clmlp_error *error)
{
    const clmlp_verify_config *const config = g->config;
    for (size_t number = 1; number <= config->steps; number++) {
        size_t M = 0;
        if (clmlp_cancel_requested(config->cancel)) {
            return clmlp_fail(error, CLMLP_INTERRUPTED, "interrupted after %zu steps", g->result->steps);
        }
        TRY(clmlp_against_rows(g, number, &M, error));
        if (M == 0) break;
        TRY(compare_step(g, number, M, error));
        if (!g->result->passed && !config->go_on) break;
    }
    if (g->files > 0) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: nothing to compare with (expected files such as 0001-2-z.npy)",
                      g->folder);
}

/* Room, the device, and the theta to begin with. */
static clmlp_status prepare(clmlp_against *g, const clmlp_model *model, const clmlp_dataset *dataset,
                            clmlp_error *error)
{
    const clmlp_precision precision = g->device->backend->precision;
    size_t capacity = 0, M = 0;
    for (size_t number = 1; number <= g->config->steps; number++) {
        TRY(clmlp_against_rows(g, number, &M, error));
        if (M == 0) break;
        capacity = M > capacity ? M : capacity;
    }
    TRY(clmlp_model_allocate(&g->start, model->L, model->s, model->activation, model->output, error));
    for (size_t l = 1; l < model->L; l++) {
        TRY(clmlp_against_load_start(g, 0, l, "theta", model->s[l], model->s[l - 1] + 1,
                                     g->start->theta + model->theta_at[l - 1], error));
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
        const double *const from = g->start->theta + model->theta_at[l - 1];
        const size_t bytes = model->s[l] * (model->s[l - 1] + 1) * sizeof *from;
        memcpy(g->mine->theta[l - 1], from, bytes);
        memcpy(g->other->theta[l - 1], from, bytes); /* a scale of its inputs begins with it */
    }
    TRY(clmlp_against_check_dropout(g, error));
    TRY(clmlp_against_take_settings(g, dataset, error));
    TRY(clmlp_stepper_create(&g->stepper, g->device->backend, g->start, capacity, error));
    TRY(clmlp_step_checker_create(&g->my_checker, g->start, capacity, precision, g->device->backend, error));
    return clmlp_step_checker_begin(g->my_checker, g->start, error);
}

static void release(clmlp_against *g)
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
    if (config->minimiser != CLMLP_NO_MINIMISER) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "iterations of %s cannot be followed from elsewhere (--against): "
                          "the line search decides by the numbers that it meets, and two right runs part (expected "
                          "lock-step)",
                          clmlp_minimiser_name(config->minimiser));
    }
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
    TRY(clmlp_lockstep_take(&own_config, config, model, device, error));
    REQUIRE(folder != NULL, "folder");
    clmlp_against g = {.config = &own_config, .result = &own, .device = device, .folder = folder};
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
