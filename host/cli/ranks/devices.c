/* devices.c - which device each rank computes on: chosen together, and told once. */
#define _GNU_SOURCE /* sched_getaffinity */
#include "ranks/devices.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#  include <sched.h>
#endif

#include <clmlp/clmlp.h>

#include "cluster.h"
#include "devices/share.h"
#include "message.h"
#include "ranks/launch.h"

/* Where there is no rank but this one, a longer list is a misunderstanding. */
static void check_single(const char *devices, clmlp_error *error)
{
    size_t count = 1;
    for (const char *comma = devices; (comma = strchr(comma, ',')) != NULL; comma++) count++;
    if (count == 1) return;
    error->status = CLMLP_BAD_ARGUMENT;
    (void)snprintf(error->message, sizeof error->message, "--devices '%.200s': found %zu devices, and there is one "
                   "process (expected one; mpirun -n %zu clmlp ... starts as many)", devices, count, count);
}

static clmlp_status choose(clmlp_ranks *ranks, const char *devices, const char *device, char *spec, size_t size,
                           clmlp_error *error)
{
    clmlp_device_info *list = NULL;
    clmlp_cli_share share = {.list = devices, .device = device, .local_rank = clmlp_ranks_local_rank(ranks),
                             .local_count = clmlp_ranks_local_count(ranks)};
    char complaint[256];
    const bool alone = clmlp_ranks_count(ranks) == 1;
    error->status = CLMLP_OK;
    if (devices != NULL && device != NULL) {
        error->status = CLMLP_BAD_ARGUMENT;
        (void)snprintf(error->message, sizeof error->message, "--device and --devices both say what computes; leave "
                       "one out");
    } else if (devices != NULL && alone) {
        check_single(devices, error);
    } else if (devices == NULL && device == NULL && !alone) {
        (void)clmlp_device_list_auto(&list, &share.count, error);
        share.devices = list;
    }
    const char *const wrong = error->status == CLMLP_OK ? clmlp_cli_share_device(&share, spec, size, complaint,
                                                                                 sizeof complaint) : NULL;
    if (wrong != NULL) {
        error->status = CLMLP_BAD_ARGUMENT;
        (void)snprintf(error->message, sizeof error->message, "--device%s '%.200s': %s", devices != NULL ? "s" : "",
                       devices != NULL ? devices : device, wrong);
    }
    clmlp_free(list);
    return error->status;
}

bool clmlp_cli_take_device(const char *command, clmlp_ranks *ranks, const char *devices, const char *device, char *spec,
                           size_t size, int *status)
{
    clmlp_error error = {.status = CLMLP_OK};
    clmlp_status result = choose(ranks, devices, device, spec, size, &error);
    if (clmlp_ranks_count(ranks) > 1) result = clmlp_ranks_agree(ranks, result, &error);
    if (result == CLMLP_OK) return true;
    clmlp_cli_cluster_all_know();
    if (result == CLMLP_BAD_ARGUMENT) *status = clmlp_cli_usage_error(command, "%s", error.message);
    else *status = clmlp_cli_fail(&error, true);
    return false;
}

/* --- what is said ------------------------------------------------------------------------------------------------- */

/* Whether this process is kept to some of the processors. */
static bool is_pinned(void)
{
#ifdef __linux__
    cpu_set_t set;
    const long online = sysconf(_SC_NPROCESSORS_ONLN);
    return sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) < online;
#else
    return false;
#endif
}

static bool is_set(const char *variable)
{
    const char *const value = getenv(variable);
    return value != NULL && value[0] != '\0';
}

/* Name and type of a device that is not opened, where the list has it. */
static void look_up(clmlp_cli_taken *mine, const char *spec)
{
    clmlp_device_info *list = NULL;
    size_t count = 0;
    clmlp_error error = {.status = CLMLP_OK};
    if (clmlp_device_list(&list, &count, &error) != CLMLP_OK) return; /* who opens it will tell */
    for (size_t i = 0; i < count; i++) {
        if (strcmp(spec, "auto") == 0 ? !list[i].is_auto : strcmp(list[i].spec, spec) != 0) continue;
        (void)snprintf(mine->type, sizeof mine->type, "%s", list[i].type);
        (void)snprintf(mine->name, sizeof mine->name, "%s", list[i].name);
        break;
    }
    clmlp_free(list);
}

static void tell(const clmlp_cli_taken_list *list)
{
    char text[4096];
    for (size_t rank = 0; rank < list->count; rank++) {
        if (!clmlp_cli_share_is_first(list, rank)) continue;
        clmlp_cli_share_line(list, rank, text, sizeof text);
        clmlp_cli_note("devices of %s", text);
        clmlp_cli_share_warning(list, rank, text, sizeof text);
        if (text[0] != '\0') clmlp_cli_note("%s: %s", list->hosts[rank], text);
    }
}

clmlp_status clmlp_cli_tell_taken(clmlp_ranks *ranks, const clmlp_device_info *info, const char *spec,
                                  clmlp_error *error)
{
    const size_t count = clmlp_ranks_count(ranks);
    clmlp_cli_taken mine;
    if (count == 1) return CLMLP_OK;
    memset(&mine, 0, sizeof mine); /* padding is sent, too */
    (void)snprintf(mine.spec, sizeof mine.spec, "%s", info != NULL ? info->spec : spec);
    if (info != NULL) {
        (void)snprintf(mine.type, sizeof mine.type, "%s", info->type);
        (void)snprintf(mine.name, sizeof mine.name, "%s", info->name);
    } else {
        look_up(&mine, spec);
    }
    mine.settled = is_pinned() ||
                   is_set(strcmp(mine.type, "host") == 0 ? "CLMLP_CPU_THREADS" : "POCL_MAX_PTHREAD_COUNT");
    clmlp_cli_taken *const taken = calloc(count, sizeof *taken);
    const char **const hosts = calloc(count, sizeof *hosts);
    clmlp_status status = CLMLP_OK;
    if (taken == NULL || hosts == NULL) {
        *error = (clmlp_error){.status = CLMLP_OUT_OF_MEMORY, .message = "not enough memory for the list of ranks"};
        status = CLMLP_OUT_OF_MEMORY;
    }
    status = clmlp_ranks_agree(ranks, status, error);
    if (status == CLMLP_OK) status = clmlp_ranks_gather(ranks, &mine, sizeof mine, taken, error);
    for (size_t rank = 0; status == CLMLP_OK && rank < count; rank++) hosts[rank] = clmlp_ranks_host(ranks, rank);
    if (status == CLMLP_OK && clmlp_ranks_rank(ranks) == 0) {
        const clmlp_cli_taken_list list = {taken, hosts, count, clmlp_cli_bind_text(ranks)};
        tell(&list);
    }
    free(hosts);
    free(taken);
    return status;
}
