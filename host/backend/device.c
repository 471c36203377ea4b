/* device.c - opening a device: what its name and options mean, and which one auto takes. */
#include "clmlp/device.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/choice.h"
#include "backend/device.h"
#include "backend/registry.h"
#include "backend/small_training.h"
#include "base/argument.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/structure.h"
#include "base/switch.h"
#include "base/text.h"
#include "base/user_cache.h"
#include "clmlp/text.h"

void clmlp_device_options_init(clmlp_device_options *options, size_t size)
{
    static const clmlp_device_options defaults = {
        .size = sizeof defaults, .spec = "auto", .engine = CLMLP_ENGINE_AUTO, .precision = CLMLP_F32};
    clmlp_structure_init(options, size, &defaults, sizeof defaults);
}

/* The devices of a kind, behind the `count` that are there. */
static clmlp_status add_devices(const clmlp_backend_kind *kind, clmlp_device_info **list, size_t *capacity,
                                size_t *count, clmlp_error *error)
{
    clmlp_device_info *more = NULL;
    size_t more_count = 0;
    clmlp_status status = CLMLP_OK;
    TRY_CLEANUP(kind->list(&more, &more_count, error));
    if (more_count == 0) goto cleanup;
    TRY_CLEANUP(clmlp_grow(list, capacity, *count + more_count, sizeof **list, "the list of devices", error));
    memcpy(*list + *count, more, more_count * sizeof **list);
    *count += more_count;
cleanup:
    free(more);
    return status;
}

/* All devices as their kinds give them: nothing is chosen yet. */
static clmlp_status list_all(clmlp_device_info **out, size_t *count, clmlp_error *error)
{
    clmlp_device_info *list = NULL;
    size_t capacity = 0, all = 0;
    clmlp_status status = CLMLP_OK;
    for (const clmlp_backend_kind *const *kind = clmlp_backend_kinds; *kind != NULL; kind++) {
        TRY_CLEANUP(add_devices(*kind, &list, &capacity, &all, error));
    }
    *out = list;
    *count = all;
cleanup:
    if (status != CLMLP_OK) free(list);
    return status;
}

clmlp_status clmlp_device_list(clmlp_device_info **out, size_t *count, clmlp_error *error)
{
    REQUIRE(out != NULL, "out");
    REQUIRE(count != NULL, "count");
    TRY(list_all(out, count, error));
    clmlp_choice_mark(*out, *count);
    return CLMLP_OK;
}

clmlp_status clmlp_device_list_auto(clmlp_device_info **out, size_t *count, clmlp_error *error)
{
    REQUIRE(out != NULL, "out");
    REQUIRE(count != NULL, "count");
    TRY(list_all(out, count, error));
    *count = clmlp_choice_share(*out, *count);
    return CLMLP_OK;
}

static bool contains(const char *text, const char *part)
{
    const size_t length = strlen(part);
    for (; *text != '\0'; text++) {
        size_t i = 0;
        while (i < length && tolower((unsigned char)text[i]) == tolower((unsigned char)part[i])) i++;
        if (i == length) return true;
    }
    return length == 0;
}

static clmlp_status no_such_device(const char *spec, const clmlp_device_info *list, size_t count, clmlp_error *error)
{
    clmlp_text have = {0}, asked = {0};
    char name[CLMLP_NAME_LENGTH];
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(name, sizeof name, "%s", list[i].name);
        clmlp_make_printable(name, false);
        if (clmlp_text_append(&have, NULL, "\n  %s  (%s)", list[i].spec, name) != CLMLP_OK) break;
    }
    (void)clmlp_text_append(&asked, NULL, "%s", spec);
    clmlp_make_printable(asked.data, false);
    const clmlp_status status = clmlp_fail(error, CLMLP_NO_DEVICE, "there is no device '%s'; there are:%s",
                                           asked.data != NULL ? asked.data : "", have.data != NULL ? have.data : "");
    free(asked.data);
    free(have.data);
    return status;
}

/* Of a kind, what auto takes, or else the first GPU that can be used, or else the first device that can, or else the
 * first. */
static const clmlp_device_info *first_of_kind(const clmlp_backend_kind *kind, const clmlp_device_info *list,
                                              size_t count)
{
    const clmlp_device_info *first = NULL;
    for (size_t i = 0; i < count; i++) {
        if (clmlp_backend_kind_of(list[i].spec) != kind) continue;
        if (list[i].is_auto || (strcmp(list[i].type, "GPU") == 0 && clmlp_device_is_usable(&list[i]))) return &list[i];
        if (first == NULL || (!clmlp_device_is_usable(first) && clmlp_device_is_usable(&list[i]))) first = &list[i];
    }
    return first;
}

/* NAME of "KIND:NAME", a part of a device's name; NULL: it is none. Numbers alone are meant as a place in the list. */
static const char *part_of_name(const char *spec, const clmlp_backend_kind *kind)
{
    if (kind == NULL || strcmp(spec, kind->name) == 0) return NULL;
    const char *const name = spec + strlen(kind->name) + 1;
    return name[strspn(name, "0123456789.")] != '\0' ? name : NULL;
}

static bool has_name(const clmlp_device_info *info, const clmlp_backend_kind *kind, const char *name)
{
    return clmlp_backend_kind_of(info->spec) == kind && contains(info->name, name);
}

/* "KIND:NAME": the first device of the kind whose name contains NAME; one that can be used before others. */
static const clmlp_device_info *named(const char *spec, const clmlp_device_info *list, size_t count)
{
    const clmlp_backend_kind *const kind = clmlp_backend_kind_of(spec);
    const char *const name = part_of_name(spec, kind);
    const clmlp_device_info *first = NULL;
    for (size_t i = 0; i < count && name != NULL; i++) {
        if (!has_name(&list[i], kind, name)) continue;
        if (clmlp_device_is_usable(&list[i])) return &list[i];
        if (first == NULL) first = &list[i];
    }
    return first;
}

/* Which one was taken, where NAME of "KIND:NAME" fits several that can be used. */
static void note_others_named(const char *spec, const clmlp_device_info *list, size_t count,
                              const clmlp_device_info *chosen, char *note, size_t size)
{
    const clmlp_backend_kind *const kind = clmlp_backend_kind_of(spec);
    const char *const name = part_of_name(spec, kind);
    size_t fitting = 0;
    for (size_t i = 0; i < count && name != NULL; i++) {
        if (strcmp(list[i].spec, spec) == 0) return;
        if (has_name(&list[i], kind, name) && clmlp_device_is_usable(&list[i])) fitting++;
    }
    if (fitting < 2) return;
    (void)snprintf(note, size, "'%s' fits %zu devices, and the first was taken: %s (%s)", spec, fitting, chosen->spec,
                   chosen->name);
}

static clmlp_status unknown_kind(const char *spec, clmlp_error *error)
{
    enum { MOST = 8 };
    const char *names[MOST] = {"auto"};
    size_t count = 1;
    for (const clmlp_backend_kind *const *kind = clmlp_backend_kinds; *kind != NULL && count < MOST; kind++) {
        names[count++] = (*kind)->name;
    }
    const char *const nearest = clmlp_nearest(spec, names, count);
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "device '%s': expected auto, %s%s%s%s", spec, clmlp_device_forms,
                      nearest != NULL ? "; did you mean '" : "", nearest != NULL ? nearest : "",
                      nearest != NULL ? "'?" : "");
}

static clmlp_status choose(const char *spec, const clmlp_device_info *list, size_t count,
                           const clmlp_device_info **out, clmlp_error *error)
{
    const clmlp_backend_kind *const kind = clmlp_backend_kind_of(spec);
    const bool whole_kind = kind != NULL && strcmp(spec, kind->name) == 0;
    const bool automatic = strcmp(spec, "auto") == 0;
    *out = NULL;
    for (size_t i = 0; i < count && *out == NULL; i++) {
        if (automatic ? list[i].is_auto : strcmp(list[i].spec, spec) == 0) *out = &list[i];
    }
    if (*out == NULL && whole_kind) *out = first_of_kind(kind, list, count);
    if (*out == NULL && whole_kind && kind->missing != NULL) {
        return clmlp_fail(error, CLMLP_NO_DEVICE, "%s", kind->missing);
    }
    if (*out == NULL) *out = named(spec, list, count);
    if (*out != NULL) return CLMLP_OK;
    if (kind == NULL) return unknown_kind(spec, error);
    return no_such_device(spec, list, count, error);
}

/* A training that an OpenCL CPU device would take longer to start for, *info, goes to the CPU path. */
static clmlp_status take_small(clmlp_device *device, const char *spec, const clmlp_device_options *options,
                               clmlp_error *error)
{
    bool is_small = false;
    TRY(clmlp_small_training(&device->info, spec, options, &is_small, error));
    if (!is_small) return CLMLP_OK;
    TRY(clmlp_device_find("cpu", &device->info, error));
    (void)snprintf(device->note, sizeof device->note, "this training is small (%.2g operations), so auto took the CPU "
                   "path, which starts at once (--device opencl takes the OpenCL CPU device)", options->operations);
    return CLMLP_OK;
}

/* The devices among which `spec` chooses. Where a kind always has a device, none of the others is asked: for the CPU
 * path no OpenCL driver is loaded. */
static clmlp_status list_for(const char *spec, clmlp_device_info **list, size_t *count, clmlp_error *error)
{
    const clmlp_backend_kind *const kind = clmlp_backend_kind_of(spec);
    const bool alone = kind != NULL && kind->missing == NULL && strcmp(spec, kind->name) == 0;
    return alone ? kind->list(list, count, error) : clmlp_device_list(list, count, error);
}

/* note: as clmlp_choice_note. */
static clmlp_status find(const char *spec, clmlp_device_info *info, char *note, size_t size, clmlp_error *error)
{
    clmlp_device_info *list = NULL;
    const clmlp_device_info *chosen = NULL;
    size_t count = 0;
    clmlp_status status = CLMLP_OK;
    TRY_CLEANUP(list_for(spec, &list, &count, error));
    TRY_CLEANUP(choose(spec, list, count, &chosen, error));
    *info = *chosen;
    const clmlp_backend_kind *const kind = clmlp_backend_kind_of(spec);
    const bool automatic = strcmp(spec, "auto") == 0;
    note[0] = '\0';
    if (automatic || (kind != NULL && strcmp(spec, kind->name) == 0)) {
        clmlp_choice_note(list, count, chosen, automatic, note, size);
    } else {
        note_others_named(spec, list, count, chosen, note, size);
    }
cleanup:
    free(list);
    return status;
}

clmlp_status clmlp_device_find(const char *spec, clmlp_device_info *info, clmlp_error *error)
{
    char note[1];
    return find(spec, info, note, sizeof note, error);
}

bool clmlp_device_has_engines(const clmlp_device_info *info)
{
    return clmlp_backend_kind_of(info->spec)->has_engines;
}

/* What was found for `spec` has to have what is asked of it. */
static clmlp_status check_found(const clmlp_device_info *info, const char *spec, const clmlp_device_options *options,
                                clmlp_error *error)
{
    if (!clmlp_device_is_usable(info)) {
        return clmlp_fail(error, CLMLP_DEVICE, "%s (%s) cannot be used: %s", info->spec, info->name, info->problem);
    }
    if (options->precision == CLMLP_F64 && !info->fp64) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT,
                          "%s has no double precision; use --precision f32, or another device", info->name);
    }
    if (options->engine == CLMLP_ENGINE_AUTO || clmlp_device_has_engines(info)) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "device '%s': --engine %s is for OpenCL devices, and this is the CPU "
                      "path (expected --engine auto, or --device opencl)", spec, clmlp_engine_name(options->engine));
}

clmlp_status clmlp_device_open(clmlp_device **out, const clmlp_device_options *options, clmlp_error *error)
{
    const clmlp_knobs none = {.tiles = NULL};
    return clmlp_device_open_with(out, options, &none, error);
}

clmlp_status clmlp_device_open_with(clmlp_device **out, const clmlp_device_options *options, const clmlp_knobs *knobs,
                                    clmlp_error *error)
{
    clmlp_device_options own = clmlp_device_options_default();
    const clmlp_device_options *const o = &own;
    clmlp_device *device = NULL;
    clmlp_status status = CLMLP_OK;

    REQUIRE(out != NULL, "out");
    TRY(clmlp_structure_take(&own, sizeof own, options, "options", error));
    const char *const spec = o->spec != NULL ? o->spec : "auto";
    REQUIRE_CODE(o->engine, CLMLP_ENGINE_COUNT, "options.engine");
    REQUIRE_CODE(o->precision, CLMLP_PRECISION_COUNT, "options.precision");
    if (!(o->max_launch >= 0.0)) return clmlp_refuse(error, "options.max_launch", "max_launch >= 0");
    TRY(clmlp_switches_check(error));
    const double began = clmlp_seconds();
    TRY(clmlp_allocate(&device, 1, sizeof *device, "a device", error));
    const clmlp_device_info *chosen = &device->info;
    TRY_CLEANUP(find(spec, &device->info, device->note, sizeof device->note, error));
    const double listed = clmlp_seconds();
    if (knobs->tiles == NULL && knobs->family == NULL) TRY_CLEANUP(take_small(device, spec, o, error));
    TRY_CLEANUP(check_found(chosen, spec, o, error));
    TRY_CLEANUP(clmlp_backend_kind_of(chosen->spec)->create(&device->backend, chosen, o, knobs, error));
    device->backend->name = device->info.name;
    device->backend->largest_buffer = chosen->largest_buffer;
    device->backend->address_bits = chosen->address_bits;
    device->backend->startup.list = listed - began;
    device->backend->startup.total = clmlp_seconds() - began;
    device->backend->on_host = strcmp(chosen->type, "CPU") == 0 || strcmp(chosen->type, "host") == 0;
    device->backend->memory_limit = o->memory_limit != 0 ? o->memory_limit : chosen->memory / 10 * 9;
    device->profiles = o->profile;
    if (o->profile && device->backend->ops->profile != NULL) {
        TRY_CLEANUP(device->backend->ops->profile(device->backend, true, error));
    }
    *out = device;
cleanup:
    if (status != CLMLP_OK) clmlp_device_close(device);
    return status;
}

clmlp_status clmlp_device_prepare(clmlp_device *device, const size_t *units, size_t layers, size_t batch,
                                  clmlp_error *error)
{
    const clmlp_network_size size = {layers, units, batch};
    REQUIRE(device != NULL, "device");
    REQUIRE(units != NULL || layers == 0, "units");
    REQUIRE(layers != 0 || units == NULL, "layers");
    return clmlp_backend_choose(device->backend, units != NULL ? &size : NULL, error);
}

void clmlp_device_close(clmlp_device *device)
{
    if (device == NULL) return;
    if (device->backend != NULL) device->backend->ops->destroy(device->backend);
    free(device);
}

const clmlp_device_info *clmlp_device_get_info(const clmlp_device *device)
{
    return device != NULL ? &device->info : NULL;
}

clmlp_precision clmlp_device_precision(const clmlp_device *device)
{
    return device != NULL ? device->backend->precision : CLMLP_PRECISION_COUNT;
}

const char *clmlp_device_engine(const clmlp_device *device)
{
    return device != NULL ? device->backend->ops->engine : "";
}

const char *clmlp_device_tiles(const clmlp_device *device)
{
    return device != NULL ? device->backend->tiles : "";
}

bool clmlp_device_tuned(const clmlp_device *device)
{
    return device != NULL && device->backend->tuned;
}

const char *clmlp_device_choice(const clmlp_device *device)
{
    return device != NULL ? device->backend->choice : "";
}

const char *clmlp_device_note(const clmlp_device *device)
{
    return device != NULL ? device->note : "";
}

const char *clmlp_device_remarks(const clmlp_device *device)
{
    return device != NULL ? device->backend->remarks : "";
}

uint64_t clmlp_device_memory_peak(const clmlp_device *device)
{
    return device != NULL ? device->backend->memory_peak : 0;
}

static int longest_first(const void *a, const void *b)
{
    const double x = ((const clmlp_kernel_time *)a)->milliseconds, y = ((const clmlp_kernel_time *)b)->milliseconds;
    return (x < y) - (x > y);
}

clmlp_status clmlp_device_kernel_times(clmlp_device *device, clmlp_kernel_time **out, size_t *count,
                                       clmlp_error *error)
{
    REQUIRE(device != NULL, "device");
    REQUIRE(out != NULL, "out");
    REQUIRE(count != NULL, "count");
    *out = NULL;
    *count = 0;
    if (device->backend->ops->profile_take == NULL) return CLMLP_OK;
    TRY(device->backend->ops->profile_take(device->backend, out, count, error));
    if (*count > 0) qsort(*out, *count, sizeof **out, longest_first);
    return CLMLP_OK;
}

clmlp_status clmlp_device_startup(const clmlp_device *device, clmlp_startup *startup, clmlp_error *error)
{
    REQUIRE(device != NULL, "device");
    REQUIRE(startup != NULL, "startup");
    TRY(clmlp_structure_check(startup, "startup", error));
    clmlp_structure_give(startup, &device->backend->startup, sizeof device->backend->startup);
    return CLMLP_OK;
}

clmlp_status clmlp_device_cache_check(clmlp_error *error)
{
    return clmlp_user_cache_check(error);
}
