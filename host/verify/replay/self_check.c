/* self_check.c - check random steps of a training run while it goes on. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/argument.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/rounded.h"
#include "base/structure.h"
#include "base/text.h"
#include "data/weights.h"
#include "train/inspect.h"
#include "verify/step/bundle.h"
#include "verify/step/minimiser_checker.h"
#include "verify/step/step_checker.h"

#define NAME_OF(name, text) text,
static const char *const on_mismatch_names[] = {CLMLP_ON_MISMATCH_LIST(NAME_OF)};
#undef NAME_OF

const char *clmlp_on_mismatch_name(clmlp_on_mismatch what)
{
    return (unsigned)what < CLMLP_MISMATCH_COUNT ? on_mismatch_names[what] : "?";
}

bool clmlp_on_mismatch_parse(const char *name, clmlp_on_mismatch *what)
{
    const size_t index = clmlp_find_name(on_mismatch_names, CLMLP_MISMATCH_COUNT, name);
    if (what == NULL || index == CLMLP_MISMATCH_COUNT) return false;
    *what = (clmlp_on_mismatch)index;
    return true;
}

typedef struct self_check {
    clmlp_inspector inspector; /* first: a pointer to one is a pointer to the other */
    clmlp_self_check_config config;
    clmlp_self_check_result result;
    const clmlp_backend *checked_backend; /* what the checker is for; NULL: there is none yet */
    clmlp_step_checker *checker;
    clmlp_step_record *step;
    void *staging;             /* for the largest tensor of a step, in the device's precision */
    clmlp_minimiser_checker *watched; /* NULL: the run takes steps */
    clmlp_finding failure;     /* the first of the step that is looked at */
    bool failed;               /* whether there is one */
} self_check;

/* --- a step of training, on the host ------------------------------------------------------------------------ */

static void forget(self_check *c)
{
    clmlp_minimiser_checker_destroy(c->watched);
    c->watched = NULL;
    clmlp_step_checker_destroy(c->checker);
    clmlp_step_record_destroy(c->step);
    free(c->staging);
    c->checked_backend = NULL;
    c->staging = NULL;
    c->checker = NULL;
    c->step = NULL;
}

/* Whether the network still has dJ/dtheta(l) after the step. Clipping changes all, a scale of the inputs the first. */
static bool keeps_gradient(const clmlp_inspection *seen, size_t l)
{
    if (seen->network->gradient[l - 1] == NULL || seen->descent.rule.clip_norm > 0.0) return false;
    return l > 1 || seen->descent.input_scale_rate == 0.0;
}

/* Numbers of the largest tensor that is read; the record has such matrices, so none overflows. */
static size_t largest_tensor(const clmlp_step_record *step)
{
    size_t largest = 0;
    for (size_t l = 2; l <= step->L; l++) {
        largest = clmlp_larger(largest, step->capacity * step->s[l - 1]);
        largest = clmlp_larger(largest, step->s[l - 1] * (step->s[l - 2] + 1));
    }
    return largest;
}

/* A step record to fill, and its checker; both are reused from step to step. */
static clmlp_status prepare(self_check *c, const clmlp_inspection *seen, clmlp_error *error)
{
    const clmlp_backend *backend = seen->device->backend;
    if (c->checked_backend == backend && c->step->precision == backend->precision && c->step->s == seen->model->s &&
        seen->M <= c->step->capacity) {
        return CLMLP_OK;
    }
    forget(c);
    TRY(clmlp_step_record_create(&c->step, seen->model, seen->M, backend->precision, false, error));
    for (size_t l = 1; l < c->step->L; l++) {
        if (!keeps_gradient(seen, l)) continue;
        const size_t count = seen->model->theta_at[l] - seen->model->theta_at[l - 1];
        TRY(clmlp_allocate(&c->step->gradient[l - 1], count, sizeof(double), "a gradient", error));
    }
    TRY(clmlp_step_checker_create(&c->checker, seen->model, seen->M, backend->precision, backend, error));
    clmlp_step_checker_keep_elements(c->checker, false);
    TRY(clmlp_allocate(&c->staging, largest_tensor(c->step), clmlp_precision_size(backend->precision), "a step",
                       error));
    c->checked_backend = backend;
    return CLMLP_OK;
}

static clmlp_status take_weights(const clmlp_inspection *seen, clmlp_step_record *step, clmlp_error *error)
{
    if (seen->dataset->weights == NULL) return CLMLP_OK;
    TRY(clmlp_step_record_weigh(step, error));
    clmlp_dataset_take_weights(seen->dataset, seen->order, seen->first, seen->M, CLMLP_F64, step->w);
    for (size_t r = 0; r < seen->M && step->precision == CLMLP_F32; r++) step->w[r] = (double)(float)step->w[r];
    return CLMLP_OK;
}

/* raw, s and its state before the step, behind the state of all layers as clmlp_network_get_state has them. */
static void take_scale(const clmlp_inspection *seen, clmlp_step_record *step)
{
    const size_t columns = step->s[0] + 1, count = step->s[1] * columns;
    clmlp_scale_record *const scale = step->scale;
    if (scale == NULL) return;
    const double *from = seen->state + step->states * seen->model->theta_at[step->L - 1];
    memcpy(scale->raw, from, count * sizeof *from);
    memcpy(scale->scale, from += count, columns * sizeof *from);
    for (size_t k = 0; k < step->states; k++) memcpy(scale->state[k], from += columns, columns * sizeof *from);
}

/* theta and state before the step. An iteration's record has its own, as its points are others. */
static void take_parameters(const clmlp_inspection *seen, clmlp_step_record *step, bool iterates)
{
    const size_t *const theta_at = seen->model->theta_at;
    if (!iterates) {
        clmlp_step_record_borrow(step, theta_at, seen->theta, seen->state);
        return;
    }
    for (size_t l = 1; l < step->L; l++) {
        memcpy(step->theta[l - 1], seen->theta + theta_at[l - 1], (theta_at[l] - theta_at[l - 1]) * sizeof(double));
    }
}

/* What went into the step: x, y and w as training takes them. */
static clmlp_status take_inputs(const clmlp_inspection *seen, clmlp_step_record *step, bool iterates,
                                clmlp_error *error)
{
    const clmlp_model *model = seen->model;
    const size_t x_count = seen->M * model->s[0], y_count = seen->M * model->s[model->L - 1];
    const clmlp_smoothing smoothing = clmlp_smoothing_for(model, seen->label_smoothing);
    TRY(clmlp_step_record_set_descent(step, &seen->descent, error));
    step->M = seen->M;
    step->number = seen->step;
    clmlp_scaling_apply(&model->scaling, seen->dataset, seen->order, seen->first, seen->M, CLMLP_F64, step->x);
    clmlp_scaling_apply_targets(&model->target_scaling, seen->dataset, seen->order, seen->first, seen->M, CLMLP_F64,
                                step->y);
    if (step->precision == CLMLP_F32) clmlp_round_as_float(step->x, x_count);
    if (step->precision == CLMLP_F32) clmlp_round_as_float(step->y, y_count);
    clmlp_smoothing_apply(&smoothing, y_count, CLMLP_F64, step->y);
    if (step->precision == CLMLP_F32) clmlp_round_as_float(step->y, y_count);
    TRY(take_weights(seen, step, error));
    take_parameters(seen, step, iterates);
    take_scale(seen, step);
    return CLMLP_OK;
}

static clmlp_status take(const self_check *c, const clmlp_inspection *seen, const clmlp_tensor *tensor, size_t rows,
                         double *values, clmlp_error *error)
{
    if (tensor == NULL || values == NULL) return CLMLP_OK;
    return clmlp_read_matrix(seen->network->backend, tensor, rows, values, c->staging, error);
}

/* What came out of it; waits for the device. */
static clmlp_status take_outputs(const self_check *c, const clmlp_inspection *seen, clmlp_error *error)
{
    const clmlp_network *network = seen->network;
    clmlp_step_record *const step = c->step;
    clmlp_batch_score score = {0.0, 0.0};
    for (size_t l = 2; l <= step->L; l++) {
        TRY(take(c, seen, network->z[l - 1], step->M, step->z[l - 1], error));
        TRY(take(c, seen, network->a[l - 1], step->M, step->a[l - 1], error));
        TRY(take(c, seen, network->delta[l - 1], step->M, step->delta[l - 1], error));
    }
    double **const gradients = step->clipped != NULL ? step->clipped : step->gradient;
    for (size_t l = 1; l < step->L; l++) {
        TRY(take(c, seen, network->gradient[l - 1], step->s[l], gradients[l - 1], error));
    }
    clmlp_step_record_borrow_after(step, seen->model->theta_at, seen->theta_after, seen->state_after);
    TRY(network->backend->ops->scores_read(network->backend, seen->slot, 1, &score, error));
    step->cost = score.cost;
    step->right = score.right;
    step->counts_right = true;
    return step->scale != NULL ? clmlp_scale_record_fetch(step, network, true, c->staging, error) : CLMLP_OK;
}

/* --- judging it --------------------------------------------------------------------------------------------- */

static clmlp_status note_finding(const clmlp_checked_tensor *checked_tensor, void *context, clmlp_error *error)
{
    self_check *const c = context;
    const clmlp_finding *finding = &checked_tensor->finding;
    (void)error;
    if (!(finding->max_of_bound <= c->result.max_of_bound)) c->result.max_of_bound = finding->max_of_bound;
    if (finding->failed == 0) return CLMLP_OK;
    if (!c->failed) c->failure = *finding;
    c->failed = true;
    if (c->config.on_finding.function != NULL) c->config.on_finding.function(finding, c->config.on_finding.context);
    return CLMLP_OK;
}

/* Save the step, unless an earlier one is saved already, which is nearer to the cause. */
static clmlp_status save(self_check *c, const clmlp_inspection *seen, const char *why, const char *what,
                         clmlp_error *error)
{
    clmlp_bundle_info info = {.step = seen->step, .M = seen->M, .seed = seen->seed};
    if (c->config.bundle == NULL || c->result.bundle_written) return CLMLP_OK;
    (void)snprintf(info.why, sizeof info.why, "%s: %.*s", why, (int)(sizeof info.why - strlen(why) - 3), what);
    clmlp_bundle_describe(&info, seen->device);
    if (c->watched != NULL) TRY(clmlp_minimiser_checker_take_move(c->watched, error));
    TRY(clmlp_bundle_write(c->config.bundle, seen->model, c->step, &info, error));
    c->result.bundle_written = true;
    return CLMLP_OK;
}

static clmlp_status act(self_check *c, const clmlp_inspection *seen, clmlp_verdict *verdict, clmlp_error *error)
{
    const bool host = strcmp(seen->device->info.type, "host") == 0;
    clmlp_on_mismatch action = c->config.on_mismatch;
    clmlp_error lost = {.message = ""};
    char text[512];
    if (c->result.failed++ == 0) c->result.first_failure = c->failure;
    (void)clmlp_finding_text(&c->failure, text, sizeof text);
    if (save(c, seen, "self-check", text, &lost) != CLMLP_OK) {
        (void)snprintf(c->result.why_no_bundle, sizeof c->result.why_no_bundle, "%.*s",
                       (int)sizeof c->result.why_no_bundle - 1, lost.message);
    }
    /* where the CPU path itself is wrong there is nothing else to go on with */
    if (action == CLMLP_MISMATCH_CPU && host) action = CLMLP_MISMATCH_STOP;
    if (action == CLMLP_MISMATCH_CPU) {
        c->result.on_cpu = true;
        *verdict = CLMLP_GO_ON_ON_CPU;
    }
    if (action != CLMLP_MISMATCH_STOP) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_MISMATCH, "self-check on %s, engine %s: %s%s%s", seen->device->info.name,
                      seen->device->backend->ops->engine, text,
                      lost.message[0] != '\0' ? "; the step is not saved: " : "", lost.message);
}

static bool wants(clmlp_inspector *inspector, size_t step, uint64_t seed)
{
    const self_check *const c = (const self_check *)inspector;
    if (c->config.every == 0 || c->result.on_cpu) return false;
    return clmlp_random_uniform(seed, CLMLP_RANDOM_CHECK, 0, step) * (double)c->config.every < 1.0;
}

static clmlp_status inspect(clmlp_inspector *inspector, const clmlp_inspection *seen, clmlp_verdict *verdict,
                            clmlp_error *error)
{
    self_check *const c = (self_check *)inspector;
    if (c->watched == NULL) {
        TRY(prepare(c, seen, error));
        TRY(take_inputs(seen, c->step, false, error));
        TRY(take_outputs(c, seen, error));
        c->failed = false;
        TRY(clmlp_step_checker_check(c->checker, c->step, seen->step, note_finding, c, error));
    }
    c->result.checked++;
    return c->failed ? act(c, seen, verdict, error) : CLMLP_OK;
}

/* All examples are the batch of every point. */
static clmlp_status watch(clmlp_inspector *inspector, const clmlp_inspection *seen, const clmlp_vector_watch **out,
                          clmlp_error *error)
{
    self_check *const c = (self_check *)inspector;
    forget(c);
    TRY(prepare(c, seen, error));
    TRY(take_inputs(seen, c->step, true, error));
    const clmlp_watched_minimiser all = {.network = seen->network, .step = c->step, .checker = c->checker,
                                         .sink = note_finding, .context = c};
    TRY(clmlp_minimiser_checker_create(&c->watched, &all, error));
    *out = clmlp_minimiser_checker_watch(c->watched);
    return CLMLP_OK;
}

static void begin(clmlp_inspector *inspector, const clmlp_minimisation *minimisation, size_t step, bool looks)
{
    self_check *const c = (self_check *)inspector;
    c->failed = false;
    c->step->number = step;
    clmlp_minimiser_checker_begin(c->watched, minimisation, step, looks);
}

static clmlp_status diverged(clmlp_inspector *inspector, const clmlp_inspection *seen, clmlp_error *error)
{
    self_check *const c = (self_check *)inspector;
    char text[128];
    TRY(prepare(c, seen, error));
    TRY(take_inputs(seen, c->step, false, error));
    (void)snprintf(text, sizeof text, "step %zu is the first that makes numbers that are not finite", seen->step);
    return save(c, seen, "diverged", text, error);
}

static void destroy(clmlp_inspector *inspector)
{
    forget((self_check *)inspector);
    free(inspector);
}

void clmlp_self_check_config_init(clmlp_self_check_config *config, size_t size)
{
    static const clmlp_self_check_config defaults = {.size = sizeof defaults};
    clmlp_structure_init(config, size, &defaults, sizeof defaults);
}

clmlp_status clmlp_self_check_create(clmlp_inspector **out, const clmlp_self_check_config *config, clmlp_error *error)
{
    clmlp_self_check_config own = clmlp_self_check_config_default();
    self_check *c = NULL;
    REQUIRE(out != NULL, "out");
    REQUIRE(config != NULL, "config");
    TRY(clmlp_structure_take(&own, sizeof own, config, "config", error));
    REQUIRE_CODE(own.on_mismatch, CLMLP_MISMATCH_COUNT, "config.on_mismatch");
    TRY(clmlp_allocate(&c, 1, sizeof *c, "a self-check", error));
    c->inspector = (clmlp_inspector){.wants = wants, .inspect = inspect, .diverged = diverged, .destroy = destroy,
                                     .watch = watch, .begin = begin};
    c->config = own;
    c->result.size = sizeof c->result;
    if (own.bundle == NULL) c->inspector.diverged = NULL; /* nothing to be done with it */
    *out = &c->inspector;
    return CLMLP_OK;
}

clmlp_status clmlp_self_check_result_get(const clmlp_inspector *inspector, clmlp_self_check_result *result,
                                         clmlp_error *error)
{
    REQUIRE(inspector != NULL, "inspector");
    REQUIRE(result != NULL, "result");
    TRY(clmlp_structure_check(result, "result", error));
    const clmlp_self_check_result *const own = &((const self_check *)inspector)->result;
    clmlp_structure_give(result, own, sizeof *own);
    return CLMLP_OK;
}

void clmlp_inspector_destroy(clmlp_inspector *inspector)
{
    if (inspector != NULL) inspector->destroy(inspector);
}
