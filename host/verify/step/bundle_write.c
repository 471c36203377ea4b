/* bundle_write.c - write a step to a bundle file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/memory.h"
#include "base/text.h"
#include "base/utf8.h"
#include "clmlp/version.h"
#include "model/formats/model_file.h"
#include "verify/step/bundle.h"

enum { NAME_LENGTH = 48 };

void clmlp_bundle_describe(clmlp_bundle_info *info, const clmlp_device *device)
{
    (void)snprintf(info->device, sizeof info->device, "%s", device->info.name);
    (void)snprintf(info->driver, sizeof info->driver, "%s", device->info.driver);
    (void)snprintf(info->engine, sizeof info->engine, "%s", device->backend->ops->engine);
    (void)snprintf(info->tiles, sizeof info->tiles, "%s", device->backend->tiles);
    (void)snprintf(info->version, sizeof info->version, "%s", CLMLP_VERSION);
    info->precision = device->backend->precision;
}

/* A driver may say anything of itself; the file is UTF-8. */
static clmlp_status add_text(cJSON *metadata, const char *key, const char *text, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    char *clean = NULL;
    TRY(clmlp_duplicate(&clean, text, error));
    const size_t length = strlen(clean);
    for (size_t valid = clmlp_utf8_valid_length(clean, length); valid < length;
         valid = clmlp_utf8_valid_length(clean, length)) {
        clean[valid] = '?';
    }
    if (cJSON_AddStringToObject(metadata, key, clean) == NULL) {
        status = clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "not enough memory for the header of a bundle");
    }
    free(clean);
    return status;
}

static clmlp_status add_integer(cJSON *metadata, const char *key, uint64_t value, clmlp_error *error)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    return add_text(metadata, key, text, error);
}

/* 17 digits give every double back exactly. */
static clmlp_status add_real(cJSON *metadata, const char *key, double value, clmlp_error *error)
{
    char text[32];
    return add_text(metadata, key, clmlp_format_double(text, value, 17), error);
}

/* "0.2,0.5"; nothing where there is none. */
static clmlp_status add_dropout(cJSON *metadata, const clmlp_dropouts *dropout, clmlp_error *error)
{
    clmlp_text list = {0};
    clmlp_status status = CLMLP_OK;
    if (dropout->count == 0) return CLMLP_OK;
    for (size_t i = 0; i < dropout->count; i++) {
        char number[32];
        TRY_CLEANUP(clmlp_text_append(&list, error, "%s%s", i == 0 ? "" : ",",
                                      clmlp_format_double(number, dropout->p[i], 17)));
    }
    TRY_CLEANUP(add_text(metadata, "clmlp.replay.dropout", list.data, error));
cleanup:
    free(list.data);
    return status;
}

/* "1,0.5": the factors of the rates of the layers, where there are some. */
static clmlp_status add_layer_rates(cJSON *metadata, const clmlp_step_record *step, clmlp_error *error)
{
    enum { NUMBER_LENGTH = 32 };
    const clmlp_rule_settings *const rule = &step->descent.rule;
    char number[NUMBER_LENGTH], *text = NULL;
    size_t used = 0;
    if (rule->layer_rates == NULL && !rule->fan_in_rates) return CLMLP_OK;
    TRY(clmlp_allocate(&text, step->L, NUMBER_LENGTH, "the rates of the layers", error));
    for (size_t l = 1; l < step->L; l++) {
        (void)clmlp_format_double(number, clmlp_rule_layer_rate(rule, step->s, l), 17);
        used += (size_t)snprintf(text + used, step->L * NUMBER_LENGTH - used, "%s%s", l > 1 ? "," : "", number);
    }
    const clmlp_status status = add_text(metadata, "clmlp.replay.layer_rates", text, error);
    free(text);
    return status;
}

static clmlp_status add_replay(cJSON *metadata, const clmlp_step_record *step, const clmlp_bundle_info *info,
                               clmlp_error *error)
{
    TRY(add_text(metadata, "clmlp.replay.why", info->why, error));
    TRY(add_text(metadata, "clmlp.replay.device", info->device, error));
    TRY(add_text(metadata, "clmlp.replay.driver", info->driver, error));
    TRY(add_text(metadata, "clmlp.replay.engine", info->engine, error));
    TRY(add_text(metadata, "clmlp.replay.tiles", info->tiles, error));
    TRY(add_text(metadata, "clmlp.replay.version", info->version, error));
    TRY(add_integer(metadata, "clmlp.replay.step", info->step, error));
    TRY(add_integer(metadata, "clmlp.replay.seed", info->seed, error));
    TRY(add_text(metadata, "clmlp.replay.optimizer", clmlp_optimizer_name(step->descent.rule.optimizer), error));
#define ADD(field, what, initial, allowed, expected, used) \
    TRY(add_real(metadata, "clmlp.replay." #field, step->descent.rule.field, error));
    CLMLP_RULE_SETTING_LIST(ADD)
#undef ADD
    TRY(add_layer_rates(metadata, step, error));
    if (!clmlp_schedule_is_constant(&step->descent.rule.schedule)) {
        const double rate =
            clmlp_schedule_rate_of_step(&step->descent.rule.schedule, step->descent.rule.rate, info->step - 1);
        TRY(add_real(metadata, "clmlp.replay.step_rate", rate, error));
    }
    if (step->scale != NULL) {
        TRY(add_real(metadata, "clmlp.replay.input_scale_rate", step->descent.input_scale_rate, error));
    }
    TRY(add_dropout(metadata, &step->descent.dropout, error));
    if (step->direction != NULL) {
        TRY(add_text(metadata, "clmlp.replay.minimiser", clmlp_minimiser_name(step->minimiser), error));
        TRY(add_real(metadata, "clmlp.replay.length", step->length, error));
    }
    return add_real(metadata, "clmlp.replay.decay", step->descent.decay, error);
}

/* Of a scale of the inputs: "raw", "scale" and the state of s as "scale_state.1", ... Returns how many. */
static size_t list_scale(const clmlp_step_record *step, clmlp_tensor_source *tensors)
{
    static const char *const names[] = {"scale_state.1", "scale_state.2"};
    const clmlp_scale_record *const scale = step->scale;
    const size_t columns = step->s[0] + 1;
    _Static_assert(sizeof names / sizeof *names == UPDATE_STATES_MAX, "each matrix of the state has a name");
    if (scale == NULL) return 0;
    tensors[0] = (clmlp_tensor_source){"raw", 2, step->s[1], columns, columns, scale->raw, false};
    tensors[1] = (clmlp_tensor_source){"scale", 2, 1, columns, columns, scale->scale, false};
    for (size_t k = 0; k < step->states; k++) {
        tensors[2 + k] = (clmlp_tensor_source){names[k], 2, 1, columns, columns, scale->state[k], false};
    }
    return 2 + step->states;
}

/* "0.weight", "0.bias", "2.weight", ..., "x", "y", then the state beside each theta(l), whole, as "state.1.L", ..., or
 * the direction of a minimiser as "direction.L"; what a scale of the inputs has; and "w" where there are weights.
 * names [(2 + states, or 3) (L - 1)][NAME_LENGTH] */
static void list_tensors(const clmlp_step_record *step, clmlp_tensor_source *tensors, char *names)
{
    const size_t L = step->L, s_1 = step->s[0], K = step->s[L - 1];
    for (size_t l = 1; l < L; l++) {
        char *weight = names + 2 * (l - 1) * NAME_LENGTH, *bias = weight + NAME_LENGTH;
        const size_t s_in = step->s[l - 1], s_out = step->s[l];
        const double *theta = step->theta[l - 1];
        (void)snprintf(weight, NAME_LENGTH, "%zu.weight", 2 * (l - 1));
        (void)snprintf(bias, NAME_LENGTH, "%zu.bias", 2 * (l - 1));
        tensors[2 * (l - 1)] = (clmlp_tensor_source){weight, 2, s_out, s_in, s_in + 1, theta + 1, false};
        tensors[2 * (l - 1) + 1] = (clmlp_tensor_source){bias, 1, s_out, 1, s_in + 1, theta, false};
    }
    tensors[2 * (L - 1)] = (clmlp_tensor_source){"x", 2, step->M, s_1, s_1, step->x, false};
    tensors[2 * (L - 1) + 1] = (clmlp_tensor_source){"y", 2, step->M, K, K, step->y, false};
    for (size_t i = 0; i < step->states * (L - 1); i++) {
        const size_t k = i / (L - 1), l = i % (L - 1) + 1, columns = step->s[l - 1] + 1;
        char *name = names + (2 * (L - 1) + i) * NAME_LENGTH;
        (void)snprintf(name, NAME_LENGTH, "state.%zu.%zu", k + 1, l);
        tensors[2 * L + i] = (clmlp_tensor_source){name, 2, step->s[l], columns, columns, step->state[k][l - 1], false};
    }
    const size_t beside = 2 * L + step->states * (L - 1);
    for (size_t l = 1; l < L && step->direction != NULL; l++) {
        const size_t columns = step->s[l - 1] + 1;
        char *name = names + (beside - 2 + l - 1) * NAME_LENGTH;
        (void)snprintf(name, NAME_LENGTH, "direction.%zu", l);
        tensors[beside + l - 1] =
            (clmlp_tensor_source){name, 2, step->s[l], columns, columns, step->direction[l - 1], false};
    }
    tensors += beside + (step->direction != NULL ? L - 1 : 0);
    tensors += list_scale(step, tensors);
    if (step->w != NULL) *tensors = (clmlp_tensor_source){"w", 2, step->M, 1, 1, step->w, false};
}

clmlp_status clmlp_bundle_write(const char *path, const clmlp_model *model, const clmlp_step_record *step,
                                const clmlp_bundle_info *info, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    clmlp_tensor_source *tensors = NULL;
    char *names = NULL;
    cJSON *metadata = NULL;
    const size_t named = (2 + step->states + (step->direction != NULL)) * (step->L - 1);
    const size_t scaled = step->scale != NULL ? 2 + step->states : 0;
    const size_t count = named + 2 + scaled + (step->w != NULL);
    TRY_CLEANUP(clmlp_allocate(&tensors, count, sizeof *tensors, "a list of tensors", error));
    TRY_CLEANUP(clmlp_allocate(&names, named, NAME_LENGTH, "names of tensors", error));
    list_tensors(step, tensors, names);
    TRY_CLEANUP(clmlp_metadata_build(&metadata, model, error));
    TRY_CLEANUP(add_replay(metadata, step, info, error));
    TRY_CLEANUP(clmlp_safetensors_write(path, metadata, tensors, count, step->precision, error));
cleanup:
    cJSON_Delete(metadata);
    free(names);
    free(tensors);
    return status;
}
