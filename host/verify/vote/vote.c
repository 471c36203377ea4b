/* vote.c - vote: the same product on several devices, to find which one is wrong. */
#include "verify/vote/vote.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/backend.h"
#include "base/argument.h"
#include "base/memory.h"
#include "base/structure.h"
#include "data/dataset.h"
#include "model/model.h"

/* --- the vote ----------------------------------------------------------------------------------------------- */

typedef struct ballot {
    const clmlp_model *model;
    const clmlp_dataset *dataset;
    clmlp_precision precision;
    clmlp_verify_config config;
} ballot;

/* Rows of a step: the last batch of an epoch may be short. */
static size_t rows_of(const ballot *b, size_t step)
{
    const size_t m = b->dataset->m, batch = b->config.batch == 0 ? m : b->config.batch;
    const size_t first = (step > 0 ? step - 1 : 0) % (m / batch + (m % batch != 0 ? 1 : 0)) * batch;
    return m - first < batch ? m - first : batch;
}

static clmlp_status hear(const ballot *b, clmlp_voter *voter, clmlp_device *device, clmlp_error *error)
{
    clmlp_verify_result result = {.size = sizeof result};
    clmlp_status status = clmlp_verify(b->model, device, b->dataset, &b->config, &result, error);
    if (status == CLMLP_OK) {
        voter->opened = true;
        voter->passed = result.passed;
        if (result.first_failure != NULL) voter->failure = *result.first_failure;
    }
    free(result.findings);
    if (status != CLMLP_OK || voter->passed) return status;
    return clmlp_vote_narrow(voter, device, b->model, rows_of(b, voter->failure.step), error);
}

/* A device that cannot take part says why; what is wrong with the question is an error. */
static clmlp_status ask(const ballot *b, clmlp_voter *voter, clmlp_error *error)
{
    const clmlp_device_options options = {.size = sizeof options, .spec = voter->device.spec,
                                          .engine = voter->engine, .precision = b->precision};
    clmlp_error why = {.message = ""};
    clmlp_device *device = NULL;
    clmlp_status status = clmlp_device_open(&device, &options, &why);
    const bool open = status == CLMLP_OK;
    if (open) status = hear(b, voter, device, &why);
    clmlp_device_close(device);
    if (status == CLMLP_OK) return CLMLP_OK;
    if (status == CLMLP_INTERRUPTED || (open && status == CLMLP_BAD_ARGUMENT)) {
        return clmlp_fail(error, status, "%s", why.message);
    }
    voter->opened = false;
    (void)snprintf(voter->why, sizeof voter->why, "%.*s", (int)sizeof voter->why - 1, why.message);
    return CLMLP_OK;
}

static void add_voter(clmlp_vote_result *result, const clmlp_device_info *device, clmlp_engine engine)
{
    result->voters[result->count++] = (clmlp_voter){.device = *device, .engine = engine};
}

/* Every OpenCL device with both engines, and the CPU path, which always has a place. */
static clmlp_status list_voters(clmlp_vote_result *result, clmlp_error *error)
{
    clmlp_device_info *list = NULL;
    size_t count = 0;
    TRY(clmlp_device_list(&list, &count, error));
    const clmlp_status status = clmlp_allocate(&result->voters, 2 * count, sizeof *result->voters, "the votes", error);
    if (status != CLMLP_OK) {
        free(list);
        return status;
    }
    add_voter(result, &list[count - 1], CLMLP_ENGINE_AUTO);
    for (size_t i = 0; i + 1 < count; i++) {
        add_voter(result, &list[i], CLMLP_ENGINE_NATIVE);
        add_voter(result, &list[i], CLMLP_ENGINE_CLBLAST);
    }
    free(list);
    return CLMLP_OK;
}

clmlp_status clmlp_verify_vote(const clmlp_model *model, const clmlp_dataset *dataset, clmlp_precision precision,
                               const clmlp_verify_config *config, clmlp_vote_result **out, clmlp_error *error)
{
    clmlp_vote_result *result = NULL;
    clmlp_status status = CLMLP_OK;
    ballot b = {.model = model, .dataset = dataset, .precision = precision};
    REQUIRE(out != NULL, "out");
    REQUIRE(model != NULL, "model");
    REQUIRE(dataset != NULL, "dataset");
    REQUIRE_CODE(precision, CLMLP_PRECISION_COUNT, "precision");
    TRY(clmlp_model_check_single(model, "verification", error));
    b.config = clmlp_verify_config_default();
    TRY(clmlp_structure_take(&b.config, sizeof b.config, config, "config", error));
    /* of one run, not of many */
    b.config.dump = b.config.bundle = NULL;
    b.config.on_finding.function = NULL;
    b.config.go_on = false;
    TRY(clmlp_allocate(&result, 1, sizeof *result, "the votes", error));
    TRY_CLEANUP(list_voters(result, error));
    for (size_t i = 0; i < result->count; i++) TRY_CLEANUP(ask(&b, &result->voters[i], error));
    clmlp_vote_conclude(result);
    *out = result;
    result = NULL;
cleanup:
    clmlp_vote_result_destroy(result);
    return status;
}

void clmlp_vote_result_destroy(clmlp_vote_result *result)
{
    if (result != NULL) free(result->voters);
    free(result);
}

size_t clmlp_vote_result_count(const clmlp_vote_result *result)
{
    return result != NULL ? result->count : 0;
}

const clmlp_voter *clmlp_vote_result_voter(const clmlp_vote_result *result, size_t i)
{
    return result != NULL && i < result->count ? &result->voters[i] : NULL;
}

clmlp_blame clmlp_vote_result_blame(const clmlp_vote_result *result)
{
    return result != NULL ? result->blame : CLMLP_BLAME_COUNT;
}

const char *clmlp_vote_result_verdict(const clmlp_vote_result *result)
{
    return result != NULL ? result->verdict : "";
}

/* --- the verdict --------------------------------------------------------------------------------------------- */

static bool same_device(const clmlp_voter *a, const clmlp_voter *b)
{
    return strcmp(a->device.spec, b->device.spec) == 0;
}

static bool is_host(const clmlp_voter *voter)
{
    return strcmp(voter->device.type, "host") == 0;
}

/* How many voted, and how many were wrong: those on the device of `like`, or with its engine on any OpenCL device. */
typedef struct tally {
    size_t voted, wrong;
} tally;

static tally count(const clmlp_vote_result *result, const clmlp_voter *like, bool by_device)
{
    tally t = {0, 0};
    for (size_t i = 0; i < result->count; i++) {
        const clmlp_voter *voter = &result->voters[i];
        if (!voter->opened || is_host(voter)) continue;
        if (like != NULL && (by_device ? !same_device(voter, like) : voter->engine != like->engine)) continue;
        t.voted++;
        t.wrong += voter->passed ? 0 : 1;
    }
    return t;
}

/* Whether the voter's engine is wrong wherever it ran. */
static bool engine_is_wrong(const clmlp_vote_result *result, const clmlp_voter *voter)
{
    const tally engine = count(result, voter, false);
    return engine.wrong == engine.voted;
}

/* Whether its device is wrong with more than one engine, and with all. */
static bool device_is_wrong(const clmlp_vote_result *result, const clmlp_voter *voter)
{
    const tally device = count(result, voter, true);
    return device.wrong == device.voted && device.voted > 1;
}

static size_t devices(const clmlp_vote_result *result)
{
    size_t found = 0;
    for (size_t i = 0; i < result->count; i++) {
        bool seen = !result->voters[i].opened || is_host(&result->voters[i]);
        for (size_t k = 0; k < i && !seen; k++) {
            seen = result->voters[k].opened && same_device(&result->voters[k], &result->voters[i]);
        }
        found += seen ? 0 : 1;
    }
    return found;
}

/* Wrong OpenCL voters: whether engines account for all of them, and whether devices do. */
static clmlp_blame blame_of(const clmlp_vote_result *result)
{
    const tally all = count(result, NULL, false);
    bool by_engine = true, by_device = true;
    for (size_t i = 0; i < result->count; i++) {
        const clmlp_voter *voter = &result->voters[i];
        if (!voter->opened || voter->passed || is_host(voter)) continue;
        by_engine = by_engine && engine_is_wrong(result, voter);
        by_device = by_device && device_is_wrong(result, voter);
    }
    /* all of several devices: what they share is the kernels. All of one: both engines share the device */
    if (all.wrong == all.voted && all.voted > 1) return devices(result) > 1 ? CLMLP_BLAME_KERNEL : CLMLP_BLAME_DEVICE;
    if (all.voted == 1) return CLMLP_BLAME_BOTH;
    return by_engine ? CLMLP_BLAME_KERNEL : by_device ? CLMLP_BLAME_DEVICE : CLMLP_BLAME_BOTH;
}

/* Append to verdict; cut when too long. */
static void say(clmlp_vote_result *result, const char *before, const clmlp_voter *voter, const char *after)
{
    const size_t used = strlen(result->verdict), room = sizeof result->verdict - used;
    if (voter == NULL) {
        (void)snprintf(result->verdict + used, room, "%s%s", before, after);
    } else {
        (void)snprintf(result->verdict + used, room, "%s%s with %s%s", before, voter->device.name,
                       is_host(voter) ? "cblas" : clmlp_engine_name(voter->engine), after);
    }
}

static void list_wrong(clmlp_vote_result *result)
{
    const char *before = ": wrong ";
    for (size_t i = 0; i < result->count; i++) {
        const clmlp_voter *voter = &result->voters[i];
        if (!voter->opened || voter->passed) continue;
        say(result, before, voter, "");
        before = ", ";
        if (voter->gemm_m == 0) continue;
        char size[96];
        (void)snprintf(size, sizeof size, " (product of M %zu, N %zu, K %zu)", voter->gemm_m, voter->gemm_n,
                       voter->gemm_k);
        say(result, size, NULL, "");
    }
}

static void explain(clmlp_vote_result *result)
{
    static const char *const words[CLMLP_BLAME_COUNT] = {
        [CLMLP_BLAME_KERNEL] = "the kernels of an engine are wrong on every device that ran them",
        [CLMLP_BLAME_DEVICE] = "a device or its driver is wrong, whatever the engine",
        [CLMLP_BLAME_BOTH] = "an engine and a device do not get on: the kernels, the driver's compiler or the device"};
    say(result, words[result->blame], NULL, "");
    if (devices(result) == 1) say(result, " (only one OpenCL device voted)", NULL, "");
    list_wrong(result);
}

void clmlp_vote_conclude(clmlp_vote_result *result)
{
    const tally opencl = count(result, NULL, false);
    char text[96];
    bool host_wrong = false;
    for (size_t i = 0; i < result->count; i++) {
        const clmlp_voter *voter = &result->voters[i];
        host_wrong = host_wrong || (voter->opened && !voter->passed && is_host(voter));
    }
    result->verdict[0] = '\0';
    if (host_wrong) {
        result->blame = CLMLP_BLAME_DEVICE;
        say(result, "the CPU path in this precision is not within bounds of the one in double: its BLAS is to blame",
            NULL, "");
        list_wrong(result);
    } else if (opencl.wrong == 0) {
        result->blame = CLMLP_BLAME_NOTHING;
        (void)snprintf(text, sizeof text, "all agree: %zu votes of %zu OpenCL device%s, and the CPU path", opencl.voted,
                       devices(result), devices(result) == 1 ? "" : "s");
        say(result, text, NULL, "");
    } else {
        result->blame = blame_of(result);
        explain(result);
    }
}
