/* model_write.c - models written as safetensors files. */
#include "model/formats/model_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/argument.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"

enum { NAME_LENGTH = 64 };

/* A file whose numbers could not be read back is worse than none. theta: of one member. */
static clmlp_status check_theta(const clmlp_model *model, const double *theta, const char *path, clmlp_error *error)
{
    for (size_t l = 1; l < model->L; l++) {
        const size_t columns = model->s[l - 1] + 1;
        const double *const of_layer = theta + model->theta_at[l - 1];
        for (size_t e = 0; e < model->s[l] * columns; e++) {
            const double stored = model->precision == CLMLP_F64 ? of_layer[e] : (double)(float)of_layer[e];
            if (isfinite(stored)) continue;
            char text[32];
            return clmlp_fail(error, CLMLP_BAD_ARGUMENT,
                              "%s: not written: theta(%zu) row %zu column %zu is %s, not a finite %s", path, l,
                              e / columns, e % columns, clmlp_format_double(text, of_layer[e], 9),
                              clmlp_precision_name(model->precision));
        }
    }
    return CLMLP_OK;
}

/* "N.weight", of another member than the first "member.K.N.weight", into text [NAME_LENGTH]. */
static void name_tensor(char *text, size_t member, size_t l, const char *what)
{
    if (member == 0) (void)snprintf(text, NAME_LENGTH, "%zu.%s", 2 * (l - 1), what);
    else (void)snprintf(text, NAME_LENGTH, "member.%zu.%zu.%s", member, 2 * (l - 1), what);
}

/* The tensors [2 (L - 1)] of one member and their names. */
static void list_tensors(const clmlp_model *model, size_t member, clmlp_tensor_source *tensors, char *names)
{
    for (size_t l = 1; l < model->L; l++) {
        clmlp_tensor_source *weight = &tensors[2 * (l - 1)], *bias = weight + 1;
        char *weight_name = names + 2 * (l - 1) * NAME_LENGTH, *bias_name = weight_name + NAME_LENGTH;
        const double *theta = clmlp_model_member_theta(model, member) + model->theta_at[l - 1];
        const size_t s_in = model->s[l - 1], s_out = model->s[l];
        name_tensor(weight_name, member, l, "weight");
        name_tensor(bias_name, member, l, "bias");
        *weight = (clmlp_tensor_source){weight_name, 2, s_out, s_in, s_in + 1, theta + 1, false};
        *bias = (clmlp_tensor_source){bias_name, 1, s_out, 1, s_in + 1, theta, false};
    }
}

static clmlp_status add_texts(cJSON *metadata, const cJSON *texts, clmlp_error *error)
{
    const cJSON *text = NULL;
    cJSON_ArrayForEach(text, texts) {
        if (cJSON_AddStringToObject(metadata, text->string, text->valuestring) != NULL) continue;
        return clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "not enough memory for the header of a model file");
    }
    return CLMLP_OK;
}

/* Into a file that is open; it is closed whatever happens. */
static clmlp_status save_in(clmlp_output_file *file, const clmlp_model *model, const char *path,
                            const clmlp_model_extras *extras, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    clmlp_tensor_source *tensors = NULL;
    char *names = NULL;
    cJSON *metadata = NULL;
    const size_t of_member = 2 * (model->L - 1), own = (model->others + 1) * of_member;
    const size_t more = extras != NULL ? extras->count : 0;
    TRY_CLEANUP(clmlp_allocate(&tensors, more + own, sizeof *tensors, "a list of tensors", error));
    TRY_CLEANUP(clmlp_allocate(&names, own, NAME_LENGTH, "names of tensors", error));
    if (more > 0) memcpy(tensors, extras->tensors, more * sizeof *tensors);
    for (size_t k = 0; k <= model->others; k++) {
        TRY_CLEANUP(check_theta(model, clmlp_model_member_theta(model, k), path, error));
        list_tensors(model, k, tensors + more + k * of_member, names + k * of_member * NAME_LENGTH);
    }
    TRY_CLEANUP(clmlp_metadata_build(&metadata, model, error));
    if (extras != NULL) TRY_CLEANUP(add_texts(metadata, extras->texts, error));
    TRY_CLEANUP(clmlp_safetensors_write_in(file, metadata, tensors, more + own, model->precision, error));
cleanup:
    clmlp_output_discard(file);
    cJSON_Delete(metadata);
    free(names);
    free(tensors);
    return status;
}

clmlp_status clmlp_model_save_with(const clmlp_model *model, const char *path, const clmlp_model_extras *extras,
                                   clmlp_error *error)
{
    clmlp_output_file file;
    TRY(clmlp_output_open(&file, path, error));
    return save_in(&file, model, path, extras, error);
}

clmlp_status clmlp_model_save(const clmlp_model *model, const char *path, clmlp_error *error)
{
    REQUIRE(model != NULL, "model");
    REQUIRE(path != NULL, "path");
    return clmlp_model_save_with(model, path, NULL, error);
}

struct clmlp_model_place {
    clmlp_output_file file;
    char *path; /* as it was given */
    bool saved;
};

clmlp_status clmlp_model_place_open(clmlp_model_place **out, const clmlp_model *model, size_t members,
                                    const char *path, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    clmlp_model_place *place = NULL;
    REQUIRE(out != NULL, "out");
    REQUIRE(model != NULL, "model");
    REQUIRE(members >= 1, "members");
    REQUIRE(path != NULL, "path");
    TRY_CLEANUP(clmlp_allocate(&place, 1, sizeof *place, "a place for a model", error));
    *place = (clmlp_model_place){.saved = false};
    TRY_CLEANUP(clmlp_duplicate(&place->path, path, error));
    TRY_CLEANUP(clmlp_output_open(&place->file, path, error));
    const double bytes = (double)members * (double)clmlp_model_parameters(model) * (model->precision == CLMLP_F64 ? 8 : 4);
    /* what no disk has is refused as that */
    TRY_CLEANUP(clmlp_output_reserve(&place->file, bytes < (double)INT64_MAX ? (uint64_t)bytes : INT64_MAX, error));
    *out = place;
    return CLMLP_OK;
cleanup:
    clmlp_model_place_close(place);
    return status;
}

clmlp_status clmlp_model_place_save(clmlp_model_place *place, const clmlp_model *model, clmlp_error *error)
{
    REQUIRE(place != NULL, "place");
    REQUIRE(model != NULL, "model");
    if (place->saved) return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%s: the place has its model", place->path);
    place->saved = true;
    return save_in(&place->file, model, place->path, NULL, error);
}

void clmlp_model_place_close(clmlp_model_place *place)
{
    if (place == NULL) return;
    clmlp_output_discard(&place->file);
    free(place->path);
    free(place);
}
