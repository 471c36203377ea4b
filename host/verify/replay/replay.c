/* replay.c - replay a bundle's step on a device and check it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/argument.h"
#include "base/clock.h"
#include "base/memory.h"
#include "train/score/score.h"
#include "verify/step/bundle.h"
#include "verify/step/minimiser_checker.h"
#include "verify/step/step_checker.h"

/* --- what the checker says ------------------------------------------------------------------------------------- */

typedef struct collector {
    clmlp_verify_result *result;
    size_t capacity;
    clmlp_precision precision;
} collector;

/* Whether numbers are finite, also when rounded to the precision. */
static bool finite_in(clmlp_precision precision, const double *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(values[i]) || (precision == CLMLP_F32 && !isfinite((float)values[i]))) return false;
    }
    return true;
}

/* Where the right value is not finite, or may not be, the order of a sum decides which infinity or NaN it becomes: any
 * will do, for a step that diverged. */
static bool is_wrong(const clmlp_checked_tensor *checked, size_t i, clmlp_precision precision)
{
    const double found = checked->found[i], expected = checked->expected[i], bound = checked->bound[i];
    const double largest = fabs(expected) + bound;
    if (!isfinite(found) && !finite_in(precision, &largest, 1)) return false;
    return !(fabs(found - expected) <= bound);
}

static clmlp_status collect(const clmlp_checked_tensor *checked, void *context, clmlp_error *error)
{
    collector *const to = context;
    clmlp_verify_result *const result = to->result;
    clmlp_finding finding = checked->finding;
    if (finding.failed > 0) {
        finding.failed = 0;
        for (size_t i = 0; i < finding.rows * finding.columns; i++) {
            finding.failed += is_wrong(checked, i, to->precision) ? 1 : 0;
        }
        if (finding.failed == 0) finding.max_of_bound = 0.0;
    }
    TRY(clmlp_grow(&result->findings, &to->capacity, result->count + 1, sizeof *result->findings, "findings", error));
    result->findings[result->count++] = finding;
    return CLMLP_OK;
}

static void conclude(clmlp_verify_result *result)
{
    result->steps = 1;
    result->passed = true;
    for (size_t i = 0; i < result->count && result->passed; i++) {
        if (result->findings[i].failed == 0) continue;
        result->passed = false;
        result->first_failure = &result->findings[i];
    }
}

/* --- the reference's own step ---------------------------------------------------------------------------------- */

static bool scale_is_finite(const clmlp_step_record *step, clmlp_precision precision)
{
    const clmlp_scale_record *const scale = step->scale;
    const size_t columns = step->s[0] + 1, count = step->s[1] * columns;
    if (scale == NULL) return true;
    bool finite = finite_in(precision, scale->slopes, columns) && finite_in(precision, scale->raw_gradient, count) &&
                  finite_in(precision, scale->scale_after, columns) && finite_in(precision, scale->raw_after, count);
    for (size_t k = 0; k < step->states && finite; k++) {
        finite = finite_in(precision, scale->state_after[k], columns);
    }
    return finite;
}

static bool step_is_finite(const clmlp_step_record *step, clmlp_precision precision)
{
    bool finite = isfinite(step->cost);
    for (size_t l = 2; l <= step->L && finite; l++) {
        const size_t count = step->M * step->s[l - 1];
        finite = finite_in(precision, step->z[l - 1], count) && finite_in(precision, step->a[l - 1], count) &&
                 finite_in(precision, step->delta[l - 1], count);
    }
    for (size_t l = 1; l < step->L && finite; l++) {
        const size_t count = step->s[l] * (step->s[l - 1] + 1);
        finite = finite_in(precision, step->gradient[l - 1], count) && finite_in(precision, step->after[l - 1], count);
        for (size_t k = 0; k < step->states && finite; k++) {
            finite = finite_in(precision, step->state_after[k][l - 1], count);
        }
    }
    return finite && scale_is_finite(step, precision);
}

static clmlp_status copy_inputs(clmlp_step_record *to, const clmlp_step_record *from, clmlp_error *error)
{
    TRY(clmlp_step_record_set_descent(to, &from->descent, error));
    to->M = from->M;
    to->number = from->number;
    memcpy(to->x, from->x, from->M * from->s[0] * sizeof(double));
    memcpy(to->y, from->y, from->M * from->s[from->L - 1] * sizeof(double));
    if (from->w != NULL) {
        TRY(clmlp_step_record_weigh(to, error));
        memcpy(to->w, from->w, from->M * sizeof(double));
    }
    for (size_t l = 1; l < from->L; l++) {
        const size_t bytes = from->s[l] * (from->s[l - 1] + 1) * sizeof(double);
        memcpy(to->theta[l - 1], from->theta[l - 1], bytes);
        for (size_t k = 0; k < from->states; k++) memcpy(to->state[k][l - 1], from->state[k][l - 1], bytes);
    }
    if (from->scale == NULL) return CLMLP_OK;
    const size_t bytes = (from->s[0] + 1) * sizeof(double);
    memcpy(to->scale->raw, from->scale->raw, from->s[1] * bytes);
    memcpy(to->scale->scale, from->scale->scale, bytes);
    for (size_t k = 0; k < from->states; k++) memcpy(to->scale->state[k], from->scale->state[k], bytes);
    return CLMLP_OK;
}

/* --- an iteration of a minimiser --------------------------------------------------------------------------------- */

/* The move once more, from the step's theta. sink NULL: nothing is compared. *finite: what it ended with. */
static clmlp_status retrace(const clmlp_model *model, clmlp_backend *backend, clmlp_step_record *step,
                            clmlp_step_checker_sink *sink, void *context, bool *finite, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    clmlp_stepper *stepper = NULL;
    clmlp_step_record *point = NULL;
    clmlp_step_checker *checker = NULL;
    clmlp_minimiser_checker *watched = NULL;
    clmlp_minimisation *minimisation = NULL;
    clmlp_batch batch;
    const clmlp_precision precision = backend->precision;
    TRY_CLEANUP(clmlp_stepper_create(&stepper, backend, model, step->M, error));
    TRY_CLEANUP(clmlp_stepper_put(stepper, step, &batch, error));
    TRY_CLEANUP(clmlp_step_record_create(&point, model, step->M, precision, true, error));
    TRY_CLEANUP(copy_inputs(point, step, error));
    point->descent.right = clmlp_right_of_output(model->output);
    TRY_CLEANUP(clmlp_step_checker_create(&checker, model, step->M, precision, backend, error));
    const clmlp_watched_minimiser watch = {stepper->network, point, checker, sink, context};
    TRY_CLEANUP(clmlp_minimiser_checker_create(&watched, &watch, error));
    const clmlp_minimise_setting setting = {
        .minimiser = step->minimiser, .pairs = 1, .network = stepper->network, .batch = &batch,
        .descent = &point->descent, .lambda = step->descent.decay * (double)step->M, .m = step->M,
        .watch = clmlp_minimiser_checker_watch(watched)};
    TRY_CLEANUP(clmlp_minimise_begin(&minimisation, &setting, error));
    clmlp_minimiser_checker_begin(watched, minimisation, step->number, sink != NULL);
    TRY_CLEANUP(clmlp_minimise_retrace(minimisation, step->direction, step->length, error));
    const double ends[] = {minimisation->last.score.cost, minimisation->last.gradient_square};
    *finite = finite_in(precision, ends, 2);
cleanup:
    clmlp_minimise_end(minimisation);
    clmlp_minimiser_checker_destroy(watched);
    clmlp_step_checker_destroy(checker);
    clmlp_step_record_destroy(point);
    clmlp_stepper_destroy(stepper);
    return status;
}

/* The whole step on the CPU path in double: a step of the reference from its own numbers, not from the device's. */
static clmlp_status run_reference(const clmlp_model *model, clmlp_step_record *inputs, clmlp_precision precision,
                                  bool *finite, clmlp_error *error)
{
    const clmlp_device_options options = {.size = sizeof options, .spec = "cpu", .precision = CLMLP_F64};
    clmlp_status status = CLMLP_OK;
    clmlp_device *cpu = NULL;
    clmlp_stepper *stepper = NULL;
    clmlp_step_record *step = NULL;
    TRY_CLEANUP(clmlp_device_open(&cpu, &options, error));
    if (inputs->direction != NULL) {
        status = retrace(model, cpu->backend, inputs, NULL, NULL, finite, error);
        goto cleanup;
    }
    TRY_CLEANUP(clmlp_stepper_create(&stepper, cpu->backend, model, inputs->M, error));
    TRY_CLEANUP(clmlp_step_record_create(&step, model, inputs->M, CLMLP_F64, true, error));
    TRY_CLEANUP(copy_inputs(step, inputs, error));
    TRY_CLEANUP(clmlp_stepper_run(stepper, step, true, error));
    *finite = step_is_finite(step, precision);
cleanup:
    clmlp_step_record_destroy(step);
    clmlp_stepper_destroy(stepper);
    clmlp_device_close(cpu);
    return status;
}

/* --- the device's ---------------------------------------------------------------------------------------------- */

static clmlp_status run_here(const clmlp_model *model, clmlp_device *device, clmlp_step_record *step, size_t number,
                             clmlp_verify_result *result, clmlp_error *error)
{
    const clmlp_precision precision = device->backend->precision;
    clmlp_status status = CLMLP_OK;
    clmlp_stepper *stepper = NULL;
    clmlp_step_checker *checker = NULL;
    collector to = {result, 0, precision};
    const double began = clmlp_seconds();
    bool finite = false;
    step->precision = precision;
    if (step->direction != NULL) {
        TRY_CLEANUP(retrace(model, device->backend, step, collect, &to, &finite, error));
        result->seconds = clmlp_seconds() - began;
        conclude(result);
        goto cleanup;
    }
    TRY_CLEANUP(clmlp_stepper_create(&stepper, device->backend, model, step->M, error));
    TRY_CLEANUP(clmlp_step_checker_create(&checker, model, step->M, precision, device->backend, error));
    TRY_CLEANUP(clmlp_stepper_run(stepper, step, true, error));
    TRY_CLEANUP(clmlp_step_checker_check(checker, step, number, collect, &to, error));
    result->device_seconds = stepper->seconds;
    result->seconds = clmlp_seconds() - began;
    conclude(result);
cleanup:
    clmlp_step_checker_destroy(checker);
    clmlp_stepper_destroy(stepper);
    return status;
}

clmlp_status clmlp_verify_replay(const char *path, clmlp_device *device, clmlp_replay_result **out,
                                 clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    clmlp_model *model = NULL;
    clmlp_step_record *step = NULL;
    clmlp_replay_result *result = NULL;
    REQUIRE(out != NULL, "out");
    REQUIRE(path != NULL, "path");
    REQUIRE(device != NULL, "device");
    const clmlp_precision precision = device->backend->precision;
    TRY_CLEANUP(clmlp_allocate(&result, 1, sizeof *result, "a replay", error));
    result->info.size = sizeof result->info;
    result->here.size = sizeof result->here;
    TRY_CLEANUP(clmlp_bundle_read(path, &model, &step, &result->info, error));
    if (result->info.precision == CLMLP_F64 && precision == CLMLP_F32) {
        status = clmlp_fail(error, CLMLP_BAD_ARGUMENT,
                            "%s: a step in f64 cannot be replayed in f32: its numbers would be others (use --precision "
                            "f64)",
                            path);
        goto cleanup;
    }
    TRY_CLEANUP(clmlp_rule_check_rounded(&step->descent.rule, step->L, step->s, precision, error));
    TRY_CLEANUP(clmlp_rule_check_input_scale(&step->descent.rule, step->descent.input_scale_rate, precision, error));
    TRY_CLEANUP(clmlp_decay_check(path, step->descent.decay, precision, error));
    TRY_CLEANUP(run_reference(model, step, precision, &result->reference_finite, error));
    TRY_CLEANUP(run_here(model, device, step, result->info.step, &result->here, error));
    *out = result;
    result = NULL;
cleanup:
    clmlp_replay_result_destroy(result);
    clmlp_step_record_destroy(step);
    clmlp_model_destroy(model);
    return status;
}

void clmlp_replay_result_destroy(clmlp_replay_result *result)
{
    if (result != NULL) free(result->here.findings);
    free(result);
}

const clmlp_bundle_info *clmlp_replay_result_info(const clmlp_replay_result *result)
{
    return result != NULL ? &result->info : NULL;
}

const clmlp_verify_result *clmlp_replay_result_here(const clmlp_replay_result *result)
{
    return result != NULL ? &result->here : NULL;
}

bool clmlp_replay_result_reference_finite(const clmlp_replay_result *result)
{
    return result != NULL && result->reference_finite;
}
