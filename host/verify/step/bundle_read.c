/* bundle_read.c - read a step from a bundle file. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/argument.h"
#include "base/memory.h"
#include "base/structure.h"
#include "verify/step/bundle_parts.h"

static clmlp_status read_info(const clmlp_safetensors *file, clmlp_bundle_info *info, clmlp_error *error)
{
    uint64_t step = 0;
    *info = (clmlp_bundle_info){.size = sizeof *info};
    TRY(clmlp_metadata_check_version(file, error));
    TRY(clmlp_bundle_read_text(file, "clmlp.replay.why", info->why, sizeof info->why, error));
    TRY(clmlp_bundle_read_text(file, "clmlp.replay.device", info->device, sizeof info->device, error));
    TRY(clmlp_bundle_read_text(file, "clmlp.replay.driver", info->driver, sizeof info->driver, error));
    TRY(clmlp_bundle_read_text(file, "clmlp.replay.engine", info->engine, sizeof info->engine, error));
    TRY(clmlp_bundle_read_text(file, "clmlp.replay.tiles", info->tiles, sizeof info->tiles, error));
    TRY(clmlp_bundle_read_text(file, "clmlp.replay.version", info->version, sizeof info->version, error));
    TRY(clmlp_bundle_read_integer(file, "clmlp.replay.step", &step, error));
    TRY(clmlp_bundle_read_integer(file, "clmlp.replay.seed", &info->seed, error));
    if (step > SIZE_MAX) return clmlp_bundle_bad_value(file, "clmlp.replay.step", "?", "a number of a step", error);
    info->step = (size_t)step;
    return CLMLP_OK;
}

/* One precision throughout, which is the step's. */
static clmlp_status find_precision(const clmlp_safetensors *file, clmlp_precision *precision, clmlp_error *error)
{
    const clmlp_element first = file->count > 0 ? file->tensors[0].element : CLMLP_ELEMENT_F32;
    for (size_t i = 0; i < file->count; i++) {
        const clmlp_element element = file->tensors[i].element;
        const bool known = element == CLMLP_ELEMENT_F32 || element == CLMLP_ELEMENT_F64;
        if (known && element == first) continue;
        return clmlp_fail(error, CLMLP_BAD_INPUT,
                          "%s: %s has another type than F32 or F64, or than the tensors before it", file->path,
                          file->tensors[i].name);
    }
    *precision = first == CLMLP_ELEMENT_F64 ? CLMLP_F64 : CLMLP_F32;
    return CLMLP_OK;
}

/* "784,25,10" of clmlp.layers as s [L]. Their tensors are looked for before anything of their size is allocated. */
static clmlp_status read_layers(const clmlp_safetensors *file, size_t **s, size_t *L, clmlp_error *error)
{
    static const char key[] = "clmlp.layers";
    const char *text = NULL;
    size_t capacity = 0;
    TRY(clmlp_bundle_find_text(file, key, &text, error));
    *L = 0;
    for (const char *at = text;; at++) {
        uint64_t units = 0;
        if (!clmlp_bundle_scan_integer(at, &units, &at) || units == 0 || units >= SIZE_MAX ||
            (*at != ',' && *at != '\0')) {
            return clmlp_bundle_bad_value(file, key, text, "sizes of layers such as 784,25,10", error);
        }
        TRY(clmlp_grow(s, &capacity, *L + 1, sizeof **s, "the sizes of the layers", error));
        (*s)[(*L)++] = (size_t)units;
        if (*at == '\0') break;
    }
    return *L >= 2 ? CLMLP_OK : clmlp_bundle_bad_value(file, key, text, "2 or more sizes of layers", error);
}

/* theta(l) into values [s_out x (s_in + 1)]; values NULL: only whether it is there. */
static clmlp_status read_theta(const clmlp_safetensors *file, size_t l, size_t s_in, size_t s_out, double *values,
                               clmlp_error *error)
{
    const clmlp_stored_tensor *weight = NULL, *bias = NULL;
    char name[48];
    (void)snprintf(name, sizeof name, "%zu.weight", 2 * (l - 1));
    TRY(clmlp_bundle_expect_tensor(file, name, s_out, s_in, &weight, error));
    (void)snprintf(name, sizeof name, "%zu.bias", 2 * (l - 1));
    TRY(clmlp_bundle_expect_tensor(file, name, s_out, 0, &bias, error));
    if (values == NULL) return CLMLP_OK;
    TRY(clmlp_safetensors_read(file, weight, s_in, s_in + 1, values + 1, error));
    return clmlp_safetensors_read(file, bias, 1, s_in + 1, values, error);
}

/* State k of theta(l), both from 1; values NULL: only whether it is there. */
static clmlp_status read_state(const clmlp_safetensors *file, size_t k, size_t l, const size_t *s, double *values,
                               clmlp_error *error)
{
    const clmlp_stored_tensor *state = NULL;
    const size_t columns = s[l - 1] + 1;
    char name[48];
    (void)snprintf(name, sizeof name, "state.%zu.%zu", k, l);
    TRY(clmlp_bundle_expect_tensor(file, name, s[l], columns, &state, error));
    return values != NULL ? clmlp_safetensors_read(file, state, columns, columns, values, error) : CLMLP_OK;
}

/* The direction of theta(l); values NULL: only whether it is there. */
static clmlp_status read_direction(const clmlp_safetensors *file, size_t l, const size_t *s, double *values,
                                   clmlp_error *error)
{
    const clmlp_stored_tensor *direction = NULL;
    const size_t columns = s[l - 1] + 1;
    char name[48];
    (void)snprintf(name, sizeof name, "direction.%zu", l);
    TRY(clmlp_bundle_expect_tensor(file, name, s[l], columns, &direction, error));
    return values != NULL ? clmlp_safetensors_read(file, direction, columns, columns, values, error) : CLMLP_OK;
}

/* Direction and length of an iteration. */
static clmlp_status read_move(const clmlp_safetensors *file, clmlp_step_record *step, clmlp_error *error)
{
    TRY(clmlp_bundle_read_minimiser(file, &step->minimiser, error));
    if (step->minimiser == CLMLP_NO_MINIMISER) return CLMLP_OK;
    TRY(clmlp_step_record_direct(step, error));
    TRY(clmlp_bundle_read_real(file, "clmlp.replay.length", &step->length, error));
    for (size_t l = 1; l < step->L; l++) TRY(read_direction(file, l, step->s, step->direction[l - 1], error));
    return CLMLP_OK;
}

/* Matrix i of a scale of the inputs, of [2 + states]: raw, s, the state of s; values NULL: only whether it is there. */
static clmlp_status read_scale_matrix(const clmlp_safetensors *file, size_t i, const size_t *s, double *values,
                                      clmlp_error *error)
{
    static const char *const names[] = {"raw", "scale", "scale_state.1", "scale_state.2"};
    const clmlp_stored_tensor *tensor = NULL;
    const size_t columns = s[0] + 1;
    _Static_assert(sizeof names / sizeof *names == 2 + UPDATE_STATES_MAX, "each matrix of the state has a name");
    TRY(clmlp_bundle_expect_tensor(file, names[i], i == 0 ? s[1] : 1, columns, &tensor, error));
    return values != NULL ? clmlp_safetensors_read(file, tensor, columns, columns, values, error) : CLMLP_OK;
}

/* What the step begins with; there is room for it. */
static clmlp_status read_scale(const clmlp_safetensors *file, clmlp_step_record *step, clmlp_error *error)
{
    clmlp_scale_record *const scale = step->scale;
    if (scale == NULL) return CLMLP_OK;
    TRY(read_scale_matrix(file, 0, step->s, scale->raw, error));
    TRY(read_scale_matrix(file, 1, step->s, scale->scale, error));
    for (size_t k = 0; k < step->states; k++) TRY(read_scale_matrix(file, 2 + k, step->s, scale->state[k], error));
    return CLMLP_OK;
}

/* Whether the step's examples have weights, which are as many as they. */
static clmlp_status check_weights(const clmlp_safetensors *file, size_t M, bool *weighed, clmlp_error *error)
{
    const clmlp_stored_tensor *w = NULL;
    *weighed = clmlp_bundle_find_tensor(file, "w") != NULL;
    return *weighed ? clmlp_bundle_expect_tensor(file, "w", M, 1, &w, error) : CLMLP_OK;
}

/* What is in the file fits together. *M: the rows of x and y. */
static clmlp_status check_tensors(const clmlp_safetensors *file, const size_t *s, size_t L,
                                  const clmlp_descent *descent, size_t *M, clmlp_error *error)
{
    const size_t states = clmlp_optimizer_states(descent->rule.optimizer);
    const size_t scaled = descent->input_scale_rate > 0.0 ? 2 + states : 0;
    bool weighed = false;
    const clmlp_stored_tensor *x = NULL, *y = NULL;
    for (size_t l = 1; l < L; l++) TRY(read_theta(file, l, s[l - 1], s[l], NULL, error));
    TRY(clmlp_bundle_expect_tensor(file, "x", 0, s[0], &x, error));
    TRY(clmlp_bundle_expect_tensor(file, "y", x->shape[0], s[L - 1], &y, error));
    *M = x->shape[0];
    for (size_t i = 0; i < states * (L - 1); i++) {
        TRY(read_state(file, i / (L - 1) + 1, i % (L - 1) + 1, s, NULL, error));
    }
    clmlp_minimiser minimiser;
    TRY(clmlp_bundle_read_minimiser(file, &minimiser, error));
    const bool moves = minimiser != CLMLP_NO_MINIMISER;
    for (size_t l = 1; l < L && moves; l++) TRY(read_direction(file, l, s, NULL, error));
    TRY(check_weights(file, *M, &weighed, error));
    for (size_t i = 0; i < scaled; i++) TRY(read_scale_matrix(file, i, s, NULL, error));
    const size_t count = 2 * L + (states + moves) * (L - 1) + scaled + weighed;
    if (file->count == count) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: %zu tensors (expected %zu: theta of %zu layers, x%s y%s%s%s)",
                      file->path, file->count, count, L, weighed ? "," : " and", weighed ? " and w" : "",
                      states > 0 ? ", and the optimizer's state" : moves ? ", and the direction" : "",
                      scaled > 0 ? ", and those of a scale of the inputs" : "");
}

static clmlp_status read_model(const clmlp_safetensors *file, const size_t *s, size_t L, clmlp_precision precision,
                               clmlp_model **out, clmlp_error *error)
{
    clmlp_activation activation = CLMLP_SIGMOID;
    clmlp_output output = CLMLP_OUTPUT_SIGMOID;
    clmlp_status status = CLMLP_OK;
    clmlp_model *model = NULL;
    const char *text = NULL;
    /* there are no options that could say it */
    if (L > 2) TRY(clmlp_bundle_find_text(file, "clmlp.activation", &text, error));
    TRY(clmlp_bundle_find_text(file, "clmlp.output", &text, error));
    TRY(clmlp_metadata_functions(file, NULL, L, &activation, &output, error));
    if (L > 2 && activation == CLMLP_STEP) {
        return clmlp_bundle_bad_value(file, "clmlp.activation", "step", "one that can be trained with", error);
    }
    TRY(clmlp_model_allocate(&model, L, s, activation, output, error));
    TRY_CLEANUP(clmlp_metadata_read(file, model, error));
    for (size_t l = 1; l < L; l++) {
        TRY_CLEANUP(read_theta(file, l, s[l - 1], s[l], clmlp_model_theta(model, l), error));
    }
    model->precision = precision;
    *out = model;
    model = NULL;
cleanup:
    clmlp_model_destroy(model);
    return status;
}

static clmlp_status read_weights(const clmlp_safetensors *file, clmlp_step_record *step, clmlp_error *error)
{
    TRY(clmlp_step_record_weigh(step, error));
    TRY(clmlp_safetensors_read(file, clmlp_bundle_find_tensor(file, "w"), 1, 1, step->w, error));
    for (size_t r = 0; r < step->M; r++) {
        if (step->w[r] >= 0.0 && isfinite(step->w[r])) continue;
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: w, row %zu: found %g, expected a finite number >= 0", file->path,
                          r + 1, step->w[r]);
    }
    return CLMLP_OK;
}

static clmlp_status read_step(const clmlp_safetensors *file, const clmlp_model *model,
                              const clmlp_bundle_info *info, const clmlp_descent *known, clmlp_step_record **out,
                              clmlp_error *error)
{
    clmlp_descent descent = *known;
    const size_t M = info->M, L = model->L, s_1 = model->s[0], K = model->s[L - 1];
    clmlp_status status = CLMLP_OK;
    clmlp_step_record *step = NULL;
    TRY(clmlp_step_record_create(&step, model, M, model->precision, true, error));
    step->M = M;
    step->number = info->step;
    TRY_CLEANUP(clmlp_bundle_read_real(file, "clmlp.replay.decay", &descent.decay, error));
    TRY_CLEANUP(clmlp_step_record_set_descent(step, &descent, error));
    TRY_CLEANUP(clmlp_bundle_read_dropout(file, model, info, step, error));
    for (size_t i = 0; i < step->states * (L - 1); i++) {
        const size_t k = i / (L - 1), l = i % (L - 1) + 1;
        TRY_CLEANUP(read_state(file, k + 1, l, model->s, step->state[k][l - 1], error));
    }
    TRY_CLEANUP(read_scale(file, step, error));
    for (size_t l = 1; l < L; l++) {
        memcpy(step->theta[l - 1], clmlp_model_theta_const(model, l),
               (model->theta_at[l] - model->theta_at[l - 1]) * sizeof(double));
    }
    TRY_CLEANUP(read_move(file, step, error));
    TRY_CLEANUP(clmlp_safetensors_read(file, clmlp_bundle_find_tensor(file, "x"), s_1, s_1, step->x, error));
    TRY_CLEANUP(clmlp_safetensors_read(file, clmlp_bundle_find_tensor(file, "y"), K, K, step->y, error));
    if (clmlp_bundle_find_tensor(file, "w") != NULL) TRY_CLEANUP(read_weights(file, step, error));
    *out = step;
    step = NULL;
cleanup:
    clmlp_step_record_destroy(step);
    return status;
}

/* All of a bundle; model NULL: only what it says of itself. */
static clmlp_status read_bundle(const char *path, clmlp_model **model, clmlp_step_record **step,
                                clmlp_bundle_info *info, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    clmlp_safetensors file;
    clmlp_model *read = NULL;
    clmlp_descent descent = {.rule = {.optimizer = CLMLP_SGD}};
    double *layer_rates = NULL;
    size_t *s = NULL;
    size_t L = 0;
    TRY_CLEANUP(clmlp_safetensors_open(&file, path, error));
    TRY_CLEANUP(read_info(&file, info, error));
    TRY_CLEANUP(find_precision(&file, &info->precision, error));
    TRY_CLEANUP(read_layers(&file, &s, &L, error));
    TRY_CLEANUP(clmlp_bundle_read_rule(&file, &descent.rule, error));
    TRY_CLEANUP(clmlp_bundle_read_scale_rate(&file, &descent.input_scale_rate, error));
    TRY_CLEANUP(clmlp_bundle_read_layer_rates(&file, L, &layer_rates, error));
    descent.rule.layer_rates = layer_rates;
    TRY_CLEANUP(check_tensors(&file, s, L, &descent, &info->M, error));
    if (model == NULL) goto cleanup;
    TRY_CLEANUP(read_model(&file, s, L, info->precision, &read, error));
    TRY_CLEANUP(read_step(&file, read, info, &descent, step, error));
    *model = read;
    read = NULL;
cleanup:
    clmlp_model_destroy(read);
    free(layer_rates);
    free(s);
    clmlp_safetensors_close(&file);
    return status;
}

clmlp_status clmlp_bundle_read(const char *path, clmlp_model **model, clmlp_step_record **step, clmlp_bundle_info *info,
                               clmlp_error *error)
{
    return read_bundle(path, model, step, info, error);
}

clmlp_status clmlp_bundle_read_info(const char *path, clmlp_bundle_info *info, clmlp_error *error)
{
    REQUIRE(path != NULL, "path");
    REQUIRE(info != NULL, "info");
    TRY(clmlp_structure_check(info, "info", error));
    clmlp_bundle_info own = {.size = sizeof own};
    TRY(read_bundle(path, NULL, NULL, &own, error));
    clmlp_structure_give(info, &own, sizeof own);
    return CLMLP_OK;
}
