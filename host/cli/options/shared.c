/* shared.c - options that several commands have: data files, device, model. */
#include "options/shared.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cluster.h"
#include "message.h"
#include "options/cache_note.h"
#include "options/hints.h"
#include "options/written.h"

bool clmlp_cli_check_regularisation(const char *command, double smoothing, const clmlp_cli_regularisation_given *given,
                                    const clmlp_model *model, int *status)
{
    const size_t hidden = clmlp_model_layers(model) - 2;
    if (smoothing > 0.0 && clmlp_model_output(model) == CLMLP_OUTPUT_LINEAR) {
        *status = clmlp_cli_usage_error(command, "--label-smoothing '%g': is for classes and labels, and the output is "
                                        "linear, whose targets are numbers", smoothing);
        return false;
    }
    if (!given->dropout || given->p.count == hidden || (given->p.count == 1 && hidden > 0)) return true;
    *status = clmlp_cli_usage_error(command, "--dropout: found %zu number%s, and the network has %zu hidden layer%s",
                                    given->p.count, given->p.count == 1 ? "" : "s", hidden, hidden == 1 ? "" : "s");
    return false;
}

/* --- files --------------------------------------------------------------------------------------------- */

/* The folder that `path` is in; released with free(). */
static char *folder_of(const char *path)
{
    const char *const slash = strrchr(path, '/');
    const size_t length = slash == NULL ? 1 : slash == path ? 1 : (size_t)(slash - path);
    char *const folder = malloc(length + 1);
    if (folder == NULL) return NULL;
    memcpy(folder, slash == NULL ? "." : path, length);
    folder[length] = '\0';
    return folder;
}

static const char *name_in_folder(const char *path)
{
    const char *const slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

/* The name that a chain of links ends in; it need not exist. NULL: no memory, or the chain has no end. */
static char *end_of_links(const char *path)
{
    char target[PATH_MAX];
    char *name = malloc(strlen(path) + 1);
    if (name != NULL) (void)strcpy(name, path);
    for (int links = 0; name != NULL && links < 40; links++) {
        const ssize_t length = readlink(name, target, sizeof target - 1);
        if (length < 0) return name;
        target[length] = '\0';
        const size_t folder = target[0] == '/' ? 0 : (size_t)(name_in_folder(name) - name);
        char *const next = malloc(folder + (size_t)length + 1);
        if (next != NULL) {
            memcpy(next, name, folder);
            (void)strcpy(next + folder, target);
        }
        free(name);
        name = next;
    }
    free(name);
    return NULL;
}

/* Why access() failed. */
static bool is_protected(void)
{
    return errno == EACCES || errno == EPERM || errno == EROFS;
}

/* NULL, or why no file can be made in the folder of `path`, or of where it leads. */
static const char *folder_complaint(const char *path)
{
    struct stat info;
    char *const name = end_of_links(path), *const folder = name != NULL ? folder_of(name) : NULL;
    const char *complaint = NULL;
    if (folder == NULL) complaint = CLMLP_CLI_NO_MEMORY;
    else if (stat(folder, &info) != 0) complaint = errno == ENOENT ? "its folder does not exist" : strerror(errno);
    else if (!S_ISDIR(info.st_mode)) complaint = "what should be its folder is a file";
    else if (access(folder, W_OK | X_OK) == 0) complaint = NULL;
    else complaint = is_protected() ? "its folder is write-protected" : strerror(errno);
    free(folder);
    free(name);
    return complaint;
}

bool clmlp_cli_is_one_of(const char *path, const char *const *files, size_t count)
{
    struct stat info, file;
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode)) return false;
    for (size_t i = 0; i < count; i++) {
        if (files[i] == NULL || stat(files[i], &file) != 0) continue;
        if (file.st_dev == info.st_dev && file.st_ino == info.st_ino) return true;
    }
    return false;
}

static bool is_same_place(const char *one, const char *other)
{
    struct stat info, file;
    return stat(one, &info) == 0 && stat(other, &file) == 0 && info.st_dev == file.st_dev &&
           info.st_ino == file.st_ino;
}

static bool is_standard_output(const char *path)
{
    return strcmp(path, "/dev/stdout") == 0 || strcmp(path, "/dev/fd/1") == 0;
}

static bool would_be_same(const char *one, const char *other)
{
    if (strcmp(one, other) == 0) return true;
    if (strcmp(name_in_folder(one), name_in_folder(other)) != 0) return false;
    char *const folder = folder_of(one), *const beside = folder_of(other);
    const bool same = folder != NULL && beside != NULL && is_same_place(folder, beside);
    free(folder);
    free(beside);
    return same;
}

bool clmlp_cli_is_same_file(const char *one, const char *other)
{
    struct stat info;
    if (is_standard_output(one)) return is_standard_output(other);
    if (stat(one, &info) == 0 && !S_ISREG(info.st_mode)) return false; /* /dev/null takes all */
    if (is_same_place(one, other)) return true;
    char *const first = end_of_links(one), *const second = end_of_links(other);
    const bool same = first != NULL && second != NULL && would_be_same(first, second);
    free(first);
    free(second);
    return same;
}

bool clmlp_cli_check_distinct(const char *command, const clmlp_cli_named_file *outputs, size_t count, int *status)
{
    for (size_t i = 1; i < count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (outputs[i].path == NULL || outputs[k].path == NULL) continue;
            if (!clmlp_cli_is_same_file(outputs[i].path, outputs[k].path)) continue;
            *status = clmlp_cli_usage_error(command, "%s '%s': is also the file of %s", outputs[i].option,
                                            outputs[i].path, outputs[k].option);
            return false;
        }
    }
    return true;
}

bool clmlp_cli_check_output(const char *command, const char *option, const char *path, const char *const *inputs,
                            size_t count, int *status)
{
    struct stat info;
    const char *complaint = NULL;
    if (!clmlp_cli_check_dash(command, option, path, status)) return false;
    if (is_standard_output(path)) clmlp_cli_claim_output();
    if (stat(path, &info) != 0) {
        complaint = errno == ENOENT || errno == ENOTDIR ? folder_complaint(path) : strerror(errno);
    } else if (S_ISDIR(info.st_mode)) {
        complaint = "is a folder";
    } else if (access(path, W_OK) != 0) {
        complaint = is_protected() ? "is write-protected" : strerror(errno);
    } else if (S_ISREG(info.st_mode)) {
        complaint = clmlp_cli_is_one_of(path, inputs, count) ? "would overwrite an input" : folder_complaint(path);
    }
    if (complaint == NULL) return true;
    *status = clmlp_cli_usage_error(command, "%s '%s': cannot be written: %s", option, path, complaint);
    return false;
}

bool clmlp_cli_check_claimed(const char *command, bool json, int *status)
{
    if (!json || !clmlp_cli_output_is_claimed()) return true;
    *status = clmlp_cli_usage_error(command, "--json: the standard output is already that of a file, /dev/stdout");
    return false;
}

static bool is_standard_input(const char *path)
{
    return strcmp(path, "-") == 0 || strcmp(path, "/dev/stdin") == 0;
}

bool clmlp_cli_check_inputs(const char *command, const char *const *inputs, size_t count, int *status)
{
    const char *first = NULL;
    for (size_t i = 0; i < count; i++) {
        if (inputs[i] == NULL || !is_standard_input(inputs[i])) continue;
        if (first != NULL) {
            *status = clmlp_cli_usage_error(command, "'%s' and '%s': the standard input can be read once", first,
                                            inputs[i]);
            return false;
        }
        first = inputs[i];
    }
    return true;
}

/* --- data and models ------------------------------------------------------------------------------------ */

clmlp_status clmlp_cli_load_model(clmlp_model **model, const char *path, const char *data,
                                  const clmlp_model_hints *hints, clmlp_error *error)
{
    clmlp_file_kind kind = CLMLP_FILE_DATA;
    const clmlp_status status = clmlp_model_load(model, path, hints, error);
    if (status != CLMLP_BAD_INPUT || clmlp_cli_hint_at_import(path, error)) return status;
    if (clmlp_file_kind_of(&kind, data, NULL) != CLMLP_OK || kind != CLMLP_FILE_MODEL) return status;
    if (clmlp_file_kind_of(&kind, path, NULL) == CLMLP_OK && kind == CLMLP_FILE_MODEL) return status;
    (void)snprintf(error->message, sizeof error->message, "%.200s is no model, and %.200s is one: name the model first",
                   path, data);
    return status;
}

void clmlp_cli_tell_notes(const clmlp_dataset *dataset)
{
    clmlp_cli_expect_notes();
    for (size_t i = 0; i < clmlp_dataset_notes(dataset); i++) clmlp_cli_tell(clmlp_dataset_note(dataset, i));
}

clmlp_status clmlp_cli_load(clmlp_dataset **out, const char *path, const clmlp_load_options *load, clmlp_error *error)
{
    const clmlp_status status = clmlp_dataset_load(out, path, load, error);
    if (status != CLMLP_OK && status != CLMLP_RANKS && load->ranks != NULL) clmlp_cli_cluster_all_know();
    if (status == CLMLP_OK) clmlp_cli_tell_notes(*out);
    return status;
}

/* `text` cut at its commas, into names [K] that point into `copy` [its length + 1]; NULL or what is wrong. */
static const char *split_names(const char *text, char *copy, const char **names, size_t K)
{
    size_t count = 0;
    (void)strcpy(copy, text);
    for (char *name = copy, *end = copy; end != NULL; name = end != NULL ? end + 1 : end) {
        end = strchr(name, ',');
        if (end != NULL) *end = '\0';
        if (name[0] == '\0') return "one of them is empty";
        if (count == K) return "there are more of them";
        for (size_t k = 0; k < count; k++) {
            if (strcmp(names[k], name) == 0) return "two of them are equal";
        }
        names[count++] = name;
    }
    return count == K ? NULL : "there are fewer";
}

clmlp_status clmlp_cli_name_classes(clmlp_model *model, const char *text, clmlp_error *error)
{
    const size_t K = clmlp_model_units(model, clmlp_model_layers(model));
    const char *const *const known = clmlp_model_class_names(model);
    clmlp_status status = CLMLP_OK;
    if (text == NULL) return CLMLP_OK;
    char *const copy = malloc(strlen(text) + 1);
    const char **const names = malloc(K * sizeof *names);
    const bool room = copy != NULL && names != NULL;
    const char *complaint = room ? split_names(text, copy, names, K) : CLMLP_CLI_NO_MEMORY;
    for (size_t k = 0; complaint == NULL && known != NULL && k < K; k++) {
        if (strcmp(names[k], known[k]) != 0) complaint = "its file names them otherwise";
    }
    if (clmlp_model_output(model) == CLMLP_OUTPUT_LINEAR) complaint = "its output is linear, which has no classes";
    if (complaint == NULL) status = clmlp_model_set_class_names(model, names, error);
    free(names);
    free(copy);
    if (complaint == NULL) return status;
    *error = (clmlp_error){.status = room ? CLMLP_BAD_INPUT : CLMLP_OUT_OF_MEMORY};
    (void)snprintf(error->message, sizeof error->message, "--class-names '%.200s': does not suit the model of %zu "
                   "output%s: %s", text, K, K == 1 ? "" : "s", complaint);
    return error->status;
}

clmlp_target_kind clmlp_cli_target_kind(clmlp_output output)
{
    switch (output) {
    case CLMLP_OUTPUT_SIGMOID:
    case CLMLP_OUTPUT_SOFTMAX: return CLMLP_TARGET_CLASSES;
    case CLMLP_OUTPUT_LINEAR: return CLMLP_TARGET_VALUES;
    case CLMLP_OUTPUT_COUNT: break;
    }
    return CLMLP_TARGET_NONE; /* which no training takes */
}

void clmlp_cli_expect_model(clmlp_load_options *load, const clmlp_model *model)
{
    const char *const target = clmlp_model_target(model);
    load->columns = clmlp_model_columns(model);
    load->output_names = clmlp_model_output_names(model);
    load->output_count = load->output_names != NULL ? clmlp_model_units(model, clmlp_model_layers(model)) : 0;
    load->expected_features = load->columns == NULL ? clmlp_model_units(model, 1) : 0;
    load->model_index_base = clmlp_model_index_base(model);
    load->svmlight_features = 0;
    if (target[0] == '\0') return;
    if (load->target != NULL) {
        load->model_target = target;
        return;
    }
    load->target = target;
    load->target_is_name = load->columns != NULL && !clmlp_columns_numbered(load->columns);
}

clmlp_status clmlp_cli_load_for_model(clmlp_dataset **out, const char *path, const clmlp_load_options *options,
                                      const clmlp_model *model, clmlp_error *error)
{
    const size_t K = clmlp_model_units(model, clmlp_model_layers(model));
    clmlp_load_options load = *options;
    clmlp_cli_expect_model(&load, model);
    load.target_kind = clmlp_cli_target_kind(clmlp_model_output(model));
    load.class_names = clmlp_model_class_names(model);
    load.class_count = load.class_names != NULL ? K : 0;
    if (load.class_names != NULL) load.target_kind = CLMLP_TARGET_CLASSES;
    /* without names the classes are the outputs' numbers; a single output is a number itself, 0 or 1 */
    if (load.class_names == NULL && load.output_names != NULL) load.target_kind = CLMLP_TARGET_VALUES;
    const bool nameless = load.class_names == NULL && load.target_kind == CLMLP_TARGET_CLASSES;
    if (nameless && K == 1) load.target_kind = CLMLP_TARGET_VALUES;
    else if (nameless) load.class_indices = K;

    return clmlp_cli_load(out, path, &load, error);
}

clmlp_status clmlp_cli_take_threshold(const clmlp_model *model, bool given, double threshold, clmlp_error *error)
{
    char note[512];
    clmlp_error why = {.status = CLMLP_OK};
    if (!given) return CLMLP_OK;
    if (clmlp_threshold_check(model, threshold, &why) != CLMLP_OK) {
        *error = (clmlp_error){.status = CLMLP_BAD_INPUT};
        (void)snprintf(error->message, sizeof error->message, "--threshold %g: %.400s", threshold, why.message);
        return error->status;
    }
    const char *const *const classes = clmlp_model_class_names(model);
    if (classes != NULL) {
        (void)snprintf(note, sizeof note,
                       "threshold %g: class '%.100s' where its probability is above it, else '%.100s'", threshold,
                       classes[1], classes[0]);
    } else {
        (void)snprintf(note, sizeof note, "threshold %g: each label where its output is above it", threshold);
    }
    clmlp_cli_tell(note);
    return CLMLP_OK;
}

void clmlp_cli_topology(const clmlp_model *model, char *text, size_t size)
{
    size_t used = 0;
    for (size_t l = 1; l <= clmlp_model_layers(model) && used < size; l++) {
        used += (size_t)snprintf(text + used, size - used, "%s%zu", l == 1 ? "" : "-", clmlp_model_units(model, l));
    }
}

void clmlp_cli_note_data(const char *role, const char *path, const clmlp_dataset *dataset)
{
    const clmlp_target_kind kind = clmlp_dataset_target_kind(dataset);
    char targets[64] = "";
    if (kind == CLMLP_TARGET_CLASSES) {
        (void)snprintf(targets, sizeof targets, ", %zu classes", clmlp_dataset_outputs(dataset));
    } else if (kind == CLMLP_TARGET_VALUES) {
        const size_t K = clmlp_dataset_outputs(dataset);
        (void)snprintf(targets, sizeof targets, ", %zu target value%s each", K, K == 1 ? "" : "s");
    }
    const size_t m = clmlp_dataset_examples(dataset), n = clmlp_dataset_features(dataset);
    clmlp_cli_note("%s %s: %zu example%s, %zu feature%s%s", role, path, m, m == 1 ? "" : "s", n, n == 1 ? "" : "s",
                   targets);
}

void clmlp_cli_note_model(const clmlp_model *model)
{
    char layers[512];
    clmlp_cli_topology(model, layers, sizeof layers);
    const bool hidden = clmlp_model_layers(model) > 2;
    clmlp_cli_note("network %s: %s%s%s output, %zu parameters, features scaled: %s%s", layers,
                   hidden ? clmlp_activation_name(clmlp_model_activation(model)) : "", hidden ? ", " : "",
                   clmlp_output_name(clmlp_model_output(model)), clmlp_model_parameters(model),
                   clmlp_scale_name(clmlp_model_scale(model)),
                   clmlp_model_target_scale(model) == CLMLP_SCALE_STANDARD ? ", targets scaled: standard" : "");
}

clmlp_status clmlp_cli_open_device(clmlp_device **out, const clmlp_device_options *options, const clmlp_model *model,
                                   size_t batch, clmlp_error *error)
{
    const size_t layers = model != NULL ? clmlp_model_layers(model) : 0;
    size_t *units = NULL;
    if (layers > 0 && (units = calloc(layers, sizeof *units)) == NULL) {
        *error = (clmlp_error){.status = CLMLP_OUT_OF_MEMORY, .message = "not enough memory for a list of layers"};
        return error->status;
    }
    for (size_t l = 0; l < layers; l++) units[l] = clmlp_model_units(model, l + 1);
    clmlp_status status = clmlp_device_open(out, options, error);
    if (status == CLMLP_OK) status = clmlp_device_prepare(*out, units, layers, batch, error);
    free(units);
    if (status == CLMLP_OK) return CLMLP_OK;
    clmlp_device_close(*out);
    *out = NULL;
    return status;
}

void clmlp_cli_note_device(const clmlp_device *device)
{
    const clmlp_device_info *const info = clmlp_device_get_info(device);
    clmlp_cli_note("device %s: %s (%s), engine %s, precision %s", info->spec, info->name, info->type,
                   clmlp_device_engine(device), clmlp_precision_name(clmlp_device_precision(device)));
    const char *const why = clmlp_device_note(device);
    const bool host = strcmp(info->type, "host") == 0 && strstr(why, "--device opencl") == NULL;
    if (why[0] != '\0') clmlp_cli_note("%s%s", why, host ? "; 'clmlp devices' says what is missing" : "");
    if (strcmp(info->spec, "cpu") != 0) clmlp_cli_note_cache();
}
