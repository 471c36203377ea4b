/* share.c - the devices of a host, shared out among its ranks: a choice, and what is said of it, without any device. */
#include "devices/share.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "terminal.h"

/* --- the choice --------------------------------------------------------------------------------------------------- */

/* Item number `wanted` of A,B,C, or NULL; *count: how many there are; *length: of the item. */
static const char *item_of(const char *list, size_t wanted, size_t *count, size_t *length)
{
    const char *found = NULL;
    *count = 0;
    for (const char *item = list;; item++) {
        const size_t size = strcspn(item, ",");
        if (*count == wanted) {
            found = item;
            *length = size;
        }
        ++*count;
        item += size;
        if (*item == '\0') return found;
    }
}

static bool has_empty_item(const char *list)
{
    const size_t length = strlen(list);
    return length == 0 || list[0] == ',' || list[length - 1] == ',' || strstr(list, ",,") != NULL;
}

static const char *take_item(const clmlp_cli_share *share, char *spec, size_t size, char *complaint, size_t room)
{
    size_t count = 0, length = 0;
    const char *const item = item_of(share->list, share->local_rank, &count, &length);
    if (has_empty_item(share->list)) {
        (void)snprintf(complaint, room, "a name is empty");
    } else if (count < share->local_count) {
        (void)snprintf(complaint, room, "found %zu device%s, and this host has %zu ranks (expected one for each of "
                       "them)", count, count == 1 ? "" : "s", share->local_count);
    } else if (item == NULL || length >= size) {
        (void)snprintf(complaint, room, "a name is too long");
    } else {
        (void)snprintf(spec, size, "%.*s", (int)length, item);
        return NULL;
    }
    return complaint;
}

const char *clmlp_cli_share_device(const clmlp_cli_share *share, char *spec, size_t size, char *complaint,
                                   size_t complaint_size)
{
    const bool gpus = share->count > 0 && strcmp(share->devices[0].type, "GPU") == 0;
    const char *one = "auto"; /* without a GPU it also knows which trainings are small */
    if (share->device == NULL && share->list != NULL) return take_item(share, spec, size, complaint, complaint_size);
    if (share->device != NULL) one = share->device;
    else if (gpus) one = share->devices[share->local_rank % share->count].spec;
    const int length = snprintf(spec, size, "%s", one);
    if (length >= 0 && (size_t)length < size) return NULL;
    (void)snprintf(complaint, complaint_size, "a name is too long");
    return complaint;
}

/* --- what is said ------------------------------------------------------------------------------------------------- */

static void append(char *text, size_t size, const char *format, ...) CLMLP_CLI_PRINTF(3, 4);

static void append(char *text, size_t size, const char *format, ...)
{
    va_list arguments;
    const size_t used = strlen(text);
    va_start(arguments, format);
    if (used < size) (void)vsnprintf(text + used, size - used, format, arguments);
    va_end(arguments);
}

static bool on_same_host(const clmlp_cli_taken_list *list, size_t a, size_t b)
{
    return strcmp(list->hosts[a], list->hosts[b]) == 0;
}

static bool is_same_device(const clmlp_cli_taken *a, const clmlp_cli_taken *b)
{
    return strcmp(a->spec, b->spec) == 0 && strcmp(a->name, b->name) == 0;
}

bool clmlp_cli_share_is_first(const clmlp_cli_taken_list *list, size_t rank)
{
    for (size_t i = 0; i < rank; i++) {
        if (on_same_host(list, i, rank)) return false;
    }
    return true;
}

/* The next rank of the host of `rank`; count: there is none. */
static size_t next_of_host(const clmlp_cli_taken_list *list, size_t rank)
{
    size_t next = rank + 1;
    while (next < list->count && !on_same_host(list, next, rank)) next++;
    return next;
}

void clmlp_cli_share_line(const clmlp_cli_taken_list *list, size_t first, char *text, size_t size)
{
    text[0] = '\0';
    append(text, size, "%s:", list->hosts[first]);
    for (size_t rank = first; rank < list->count;) {
        const clmlp_cli_taken *const device = &list->taken[rank];
        size_t last = rank, next = next_of_host(list, rank);
        /* numbers that follow each other and have one device are one range */
        while (next == last + 1 && next < list->count && is_same_device(device, &list->taken[next])) {
            last = next;
            next = next_of_host(list, last);
        }
        append(text, size, rank == first ? " " : ", ");
        if (last > rank) append(text, size, "ranks %zu-%zu %s", rank, last, device->spec);
        else append(text, size, "rank %zu %s", rank, device->spec);
        if (device->name[0] != '\0') append(text, size, " (%s)", device->name);
        rank = next;
    }
}

/* How many ranks of the host of `rank`, from it on, have its device; 0: one before it has it. */
static size_t sharers(const clmlp_cli_taken_list *list, size_t rank)
{
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (!on_same_host(list, i, rank) || !is_same_device(&list->taken[i], &list->taken[rank])) continue;
        if (i < rank) return 0;
        count++;
    }
    return count;
}

void clmlp_cli_share_warning(const clmlp_cli_taken_list *list, size_t first, char *text, size_t size)
{
    size_t on_host = 0, on_opencl = 0;
    bool settled = true;
    text[0] = '\0';
    for (size_t rank = first; rank < list->count; rank = next_of_host(list, rank)) {
        const clmlp_cli_taken *const device = &list->taken[rank];
        const bool host = strcmp(device->type, "host") == 0, cpu = host || strcmp(device->type, "CPU") == 0;
        const size_t together = sharers(list, rank);
        on_host += host;
        on_opencl += cpu && !host;
        settled = settled && (!cpu || device->settled);
        if (cpu || together < 2) continue;
        append(text, size, "%s%zu ranks share %s", text[0] != '\0' ? "; " : "", together, device->spec);
    }
    if (on_host + on_opencl < 2 || settled) return;
    append(text, size, "%s%zu ranks compute on the same CPU: give each N cores of its own, and as many threads "
           "(%s%s%s)", text[0] != '\0' ? "; " : "", on_host + on_opencl, on_host > 0 ? "CLMLP_CPU_THREADS=N " : "",
           on_opencl > 0 ? "POCL_MAX_PTHREAD_COUNT=N " : "", list->bind);
}
