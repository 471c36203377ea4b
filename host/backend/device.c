/* device.c - opening a device: what its name and options mean, and which one auto takes. */
#include "clmlp/device.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/device.h"
#include "backend/registry.h"
#include "base/argument.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/structure.h"
#include "base/text.h"
#include "base/user_cache.h"
#include "clmlp/text.h"

void clmlp_device_options_init(clmlp_device_options *options, size_t size)
{
    static const clmlp_device_options defaults = {
        .size = sizeof defaults, .spec = "auto", .engine = CLMLP_ENGINE_AUTO, .precision = CLMLP_F32};
    clmlp_structure_init(options, size, &defaults, sizeof defaults);
}

static bool is_usable(const clmlp_device_info *info)
{
    return info->problem[0] == '\0';
}

static const clmlp_device_info *first_of_type(const clmlp_device_info *list, size_t count, const char *type)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(list[i].type, type) == 0 && is_usable(&list[i])) return &list[i];
    }
    return NULL;
}

/* What "auto" takes: the first GPU, the first OpenCL CPU device, the CPU path. */
static const clmlp_device_info *choose_auto(const clmlp_device_info *list, size_t count)
{
    static const char *const preference[] = {"GPU", "CPU", "host"};
    for (size_t i = 0; i < sizeof preference / sizeof *preference; i++) {
        const clmlp_device_info *info = first_of_type(list, count, preference[i]);
        if (info != NULL) return info;
    }
    return NULL;
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

clmlp_status clmlp_device_list(clmlp_device_info **out, size_t *count, clmlp_error *error)
{
    clmlp_device_info *list = NULL;
    size_t capacity = 0, all = 0;
    clmlp_status status = CLMLP_OK;
    REQUIRE(out != NULL, "out");
    REQUIRE(count != NULL, "count");
    for (const clmlp_backend_kind *const *kind = clmlp_backend_kinds; *kind != NULL; kind++) {
        TRY_CLEANUP(add_devices(*kind, &list, &capacity, &all, error));
    }
    const clmlp_device_info *chosen = choose_auto(list, all);
    for (size_t i = 0; i < all; i++) list[i].is_auto = &list[i] == chosen;
    *out = list;
    *count = all;
cleanup:
    if (status != CLMLP_OK) free(list);
    return status;
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

/* Of a kind, the first GPU that can be used, or else the first device that can, or else the first. */
static const clmlp_device_info *first_of_kind(const clmlp_backend_kind *kind, const clmlp_device_info *list,
                                              size_t count)
{
    const clmlp_device_info *first = NULL;
    for (size_t i = 0; i < count; i++) {
        if (clmlp_backend_kind_of(list[i].spec) != kind) continue;
        if (strcmp(list[i].type, "GPU") == 0 && is_usable(&list[i])) return &list[i];
        if (first == NULL || (!is_usable(first) && is_usable(&list[i]))) first = &list[i];
    }
    return first;
}

/* "KIND:NAME": the first device of the kind whose name contains NAME; one that can be used before others. */
static const clmlp_device_info *named(const clmlp_backend_kind *kind, const char *name, const clmlp_device_info *list,
                                      size_t count)
{
    const clmlp_device_info *first = NULL;
    for (size_t i = 0; i < count && name[0] != '\0'; i++) {
        if (clmlp_backend_kind_of(list[i].spec) != kind || !contains(list[i].name, name)) continue;
        if (is_usable(&list[i])) return &list[i];
        if (first == NULL) first = &list[i];
    }
    return first;
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
    *out = strcmp(spec, "auto") == 0 ? choose_auto(list, count) : NULL;
    for (size_t i = 0; i < count && *out == NULL; i++) {
        if (strcmp(list[i].spec, spec) == 0) *out = &list[i];
    }
    if (*out == NULL && whole_kind) *out = first_of_kind(kind, list, count);
    if (*out == NULL && whole_kind && kind->missing != NULL) {
        return clmlp_fail(error, CLMLP_NO_DEVICE, "%s", kind->missing);
    }
    if (*out == NULL && kind != NULL && !whole_kind) *out = named(kind, spec + strlen(kind->name) + 1, list, count);
    if (*out != NULL) return CLMLP_OK;
    if (kind == NULL) return unknown_kind(spec, error);
    return no_such_device(spec, list, count, error);
}

/* Whether a device that cannot be used would have been taken before `chosen`, which stands in the list. */
static bool comes_before(const clmlp_device_info *info, const clmlp_device_info *chosen)
{
    const bool gpu = strcmp(info->type, "GPU") == 0, chosen_gpu = strcmp(chosen->type, "GPU") == 0;
    if (strcmp(chosen->type, "host") == 0) return true;
    return gpu != chosen_gpu ? gpu : info < chosen;
}

/* "opencl:0.0 (NAME) was passed over: WHY", for the first device that the choice passed over; "": for none. */
static void tell_passed(const char *spec, const clmlp_device_info *list, size_t count, const clmlp_device_info *chosen,
                        char *text, size_t size)
{
    const clmlp_backend_kind *const kind = clmlp_backend_kind_of(spec);
    const bool chooses = strcmp(spec, "auto") == 0 || (kind != NULL && strcmp(spec, kind->name) == 0);
    text[0] = '\0';
    for (size_t i = 0; chooses && i < count; i++) {
        if (is_usable(&list[i]) || !comes_before(&list[i], chosen)) continue;
        (void)snprintf(text, size, "%s (%s) was passed over: %s", list[i].spec, list[i].name, list[i].problem);
        clmlp_make_printable(text, false);
        return;
    }
}

/* passed: what tell_passed says. */
static void explain(clmlp_device *device, const char *spec, const char *passed)
{
    const bool automatic = strcmp(spec, "auto") == 0 && strcmp(device->info.type, "GPU") != 0;
    const bool host = strcmp(device->info.type, "host") == 0, some = passed[0] != '\0';
    if (!automatic) {
        (void)snprintf(device->note, sizeof device->note, "%s", passed);
        return;
    }
    (void)snprintf(device->note, sizeof device->note, "%s%sno OpenCL GPU %s, so auto took %s", passed, some ? "; " : "",
                   some ? "can be used" : "was found",
                   !host ? "an OpenCL CPU device" : some ? "the CPU path"
                                                         : "the CPU path (there is no OpenCL CPU device either)");
}

/* The devices among which `spec` chooses. Where a kind always has a device, none of the others is asked: for the CPU
 * path no OpenCL driver is loaded. */
static clmlp_status list_for(const char *spec, clmlp_device_info **list, size_t *count, clmlp_error *error)
{
    const clmlp_backend_kind *const kind = clmlp_backend_kind_of(spec);
    const bool alone = kind != NULL && kind->missing == NULL && strcmp(spec, kind->name) == 0;
    return alone ? kind->list(list, count, error) : clmlp_device_list(list, count, error);
}

/* passed: see tell_passed. */
static clmlp_status find(const char *spec, clmlp_device_info *info, char *passed, size_t size, clmlp_error *error)
{
    clmlp_device_info *list = NULL;
    const clmlp_device_info *chosen = NULL;
    size_t count = 0;
    clmlp_status status = CLMLP_OK;
    TRY_CLEANUP(list_for(spec, &list, &count, error));
    TRY_CLEANUP(choose(spec, list, count, &chosen, error));
    *info = *chosen;
    tell_passed(spec, list, count, chosen, passed, size);
cleanup:
    free(list);
    return status;
}

clmlp_status clmlp_device_find(const char *spec, clmlp_device_info *info, clmlp_error *error)
{
    char passed[1];
    return find(spec, info, passed, sizeof passed, error);
}

bool clmlp_device_has_engines(const clmlp_device_info *info)
{
    return clmlp_backend_kind_of(info->spec)->has_engines;
}

/* What was found for `spec` has to have what is asked of it. */
static clmlp_status check_found(const clmlp_device_info *info, const char *spec, const clmlp_device_options *options,
                                clmlp_error *error)
{
    if (!is_usable(info)) {
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
    char passed[2 * CLMLP_NAME_LENGTH + 64];
    clmlp_status status = CLMLP_OK;

    REQUIRE(out != NULL, "out");
    TRY(clmlp_structure_take(&own, sizeof own, options, "options", error));
    const char *const spec = o->spec != NULL ? o->spec : "auto";
    REQUIRE_CODE(o->engine, CLMLP_ENGINE_COUNT, "options.engine");
    REQUIRE_CODE(o->precision, CLMLP_PRECISION_COUNT, "options.precision");
    if (!(o->max_launch >= 0.0)) return clmlp_refuse(error, "options.max_launch", "max_launch >= 0");
    const double began = clmlp_seconds();
    TRY(clmlp_allocate(&device, 1, sizeof *device, "a device", error));
    const clmlp_device_info *chosen = &device->info;
    TRY_CLEANUP(find(spec, &device->info, passed, sizeof passed, error));
    const double listed = clmlp_seconds();
    explain(device, spec, passed);
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
