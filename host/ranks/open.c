/* open.c - joining the other ranks, and leaving them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/argument.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/structure.h"
#include "clmlp/text.h"
#include "clmlp/version.h"
#include "ranks/inside.h"
#include "ranks/launcher.h"
#include "ranks/load_module.h"
#include "ranks/meet.h"
#include "ranks/threads.h"

enum { VERSION_LENGTH = 64 };
_Static_assert((size_t)VERSION_LENGTH <= CLMLP_SAID, "each rank's version has to fit");

static const double TIMEOUT = 15.0;  /* seconds without a sign of life */
static const double OPENING = 60.0;  /* seconds for all to come, before anybody is watched over */
static const double JOINING = 20.0;  /* seconds for the life line's connections */
static const double FINISHING = 20.0; /* seconds for MPI to finish */

struct clmlp_finish {
    const clmlp_transport *table;
    void *transport;
    atomic_bool done;
};

static void free_parts(clmlp_ranks *ranks)
{
    free(ranks->sockets);
    free(ranks->finish);
    if (!clmlp_failure_happened(&ranks->failure)) { /* else a message may still come there */
        free(ranks->said);
        free(ranks->message);
        free(ranks->hosts);
    }
    clmlp_failure_destroy(&ranks->failure);
    free(ranks);
}

/* Join MPI, and check that it knows what the launcher said. */
static clmlp_status open_transport(clmlp_ranks *ranks, const clmlp_launch *launch, clmlp_error *error)
{
    char problem[CLMLP_TRANSPORT_TEXT] = "";
    TRY(clmlp_module_load(&ranks->table, launch->mpi, error));
    ranks->transport = ranks->table->open(&ranks->place, problem);
    if (ranks->transport == NULL) {
        return clmlp_fail(error, CLMLP_RANKS, "MPI (%s) cannot begin: %s", launch->mpi, problem);
    }
    if (!launch->known || launch->count == ranks->place.count) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT,
                      "the launcher started %zu processes, but %s knows of %zu: it belongs to another MPI; its own "
                      "mpirun has to start them, or CLMLP_MPI names the other (openmpi, mpich)",
                      launch->count, ranks->place.library, ranks->place.count);
}

/* Names of the hosts, as each rank's MPI tells them. */
static clmlp_status gather_hosts(clmlp_ranks *ranks, clmlp_error *error)
{
    char mine[CLMLP_HOST_LENGTH] = "";
    (void)snprintf(mine, sizeof mine, "%.*s", CLMLP_HOST_LENGTH - 1, ranks->place.host);
    TRY(clmlp_ranks_gather(ranks, mine, sizeof mine, ranks->hosts, error));
    for (size_t rank = 0; rank < ranks->place.count; rank++) {
        ranks->hosts[rank][CLMLP_HOST_LENGTH - 1] = '\0';
        clmlp_make_printable(ranks->hosts[rank], false);
    }
    clmlp_courier_connect(ranks->courier, NULL, clmlp_ranks_hosts(ranks));
    return CLMLP_OK;
}

static clmlp_status check_versions(clmlp_ranks *ranks, const char *version, clmlp_error *error)
{
    char mine[VERSION_LENGTH] = "", (*const all)[VERSION_LENGTH] = (void *)ranks->said;
    (void)snprintf(mine, sizeof mine, "%s", version);
    clmlp_status status = clmlp_ranks_gather(ranks, mine, sizeof mine, all, error);
    for (size_t rank = 1; rank < ranks->place.count && status == CLMLP_OK; rank++) {
        all[rank][VERSION_LENGTH - 1] = all[0][VERSION_LENGTH - 1] = '\0';
        if (strcmp(all[rank], all[0]) == 0) continue;
        status = clmlp_fail(error, CLMLP_BAD_ARGUMENT,
                            "rank %zu (host %s) has version %s, rank 0 (host %s) has %s: all need the same", rank,
                            ranks->hosts[rank], all[rank], ranks->hosts[0], all[0]);
    }
    return status;
}

/* Connect all to rank 0: sockets [count] there, [1] of the others. Agreed upon in the end. */
static clmlp_status meet(clmlp_ranks *ranks, int *sockets, clmlp_error *error)
{
    clmlp_meet_place place;
    int listener = -1;
    clmlp_status status = CLMLP_OK;
    const bool zero = ranks->place.rank == 0;
    memset(&place, 0, sizeof place);
    if (zero) status = clmlp_meet_listen(&listener, &place, error);
    TRY_CLEANUP(clmlp_ranks_agree(ranks, status, error));
    TRY_CLEANUP(clmlp_ranks_share(ranks, 0, &place, sizeof place, error));
    if (zero) {
        status = clmlp_meet_accept(listener, &place, ranks->place.count, JOINING, sockets, error);
        (void)close(listener); /* who was not let in knows now */
        listener = -1;
    } else {
        status = clmlp_meet_join(&place, ranks->place.rank, JOINING, &sockets[0], error);
    }
    status = clmlp_ranks_agree(ranks, status, error);
cleanup:
    if (listener >= 0) (void)close(listener);
    return status;
}

static clmlp_status start_watch(clmlp_ranks *ranks, double timeout, clmlp_error *error)
{
    int *const sockets = ranks->sockets;
    for (size_t i = 0; i < ranks->place.count; i++) sockets[i] = -1;
    clmlp_status status = meet(ranks, sockets, error);
    if (status == CLMLP_OK) {
        status = clmlp_watch_start(&ranks->watch, ranks->place.rank, ranks->place.count, timeout, sockets,
                                   &ranks->failure, clmlp_ranks_hosts(ranks), error);
        status = clmlp_ranks_agree(ranks, status, error);
    }
    for (size_t i = 0; i < ranks->place.count && ranks->watch == NULL; i++) {
        if (sockets[i] >= 0) (void)close(sockets[i]);
    }
    if (status == CLMLP_OK) clmlp_courier_connect(ranks->courier, ranks->watch, clmlp_ranks_hosts(ranks));
    return status;
}

/* What talking to the others takes. */
static clmlp_status get_ready(clmlp_ranks *ranks, clmlp_error *error)
{
    const size_t count = ranks->place.count;
    TRY(clmlp_allocate(&ranks->hosts, count, sizeof *ranks->hosts, "names of hosts", error));
    TRY(clmlp_allocate(&ranks->said, count, CLMLP_SAID, "what the ranks say", error));
    TRY(clmlp_allocate(&ranks->message, CLMLP_ERROR_LENGTH, 1, "a message of another rank", error));
    TRY(clmlp_allocate(&ranks->sockets, count, sizeof *ranks->sockets, "the life line", error));
    TRY(clmlp_allocate(&ranks->finish, 1, sizeof *ranks->finish, "the end of MPI", error));
    return clmlp_courier_start(&ranks->courier, ranks->table, ranks->transport, ranks->place.rank, count,
                               &ranks->failure, error);
}

/* Everything from MPI's start on. */
static clmlp_status join(clmlp_ranks *ranks, const clmlp_launch *launch, const clmlp_ranks_options *options,
                         clmlp_error *error)
{
    clmlp_error why = {.message = ""};
    TRY(open_transport(ranks, launch, error));
    if (ranks->place.count == 1) return CLMLP_OK;
    if (get_ready(ranks, &why) != CLMLP_OK) { /* nobody else can know */
        return clmlp_fail(error, why.status, "rank %zu cannot join the others: %s", ranks->place.rank, why.message);
    }
    ranks->patience = OPENING;
    TRY(gather_hosts(ranks, error));
    TRY(check_versions(ranks, options->version != NULL ? options->version : clmlp_version(), error));
    TRY(start_watch(ranks, options->timeout > 0.0 ? options->timeout : TIMEOUT, error));
    ranks->patience = 0.0;
    return CLMLP_OK;
}

static void *do_finish(void *argument)
{
    struct clmlp_finish *const f = argument;
    f->table->close(f->transport);
    atomic_store(&f->done, true);
    return NULL;
}

/* Let MPI finish, but not for ever: MPICH 4.0 on UCX over TCP may hang in it, in any program. */
static void finish_transport(clmlp_ranks *ranks)
{
    pthread_t thread;
    struct clmlp_finish *const f = ranks->finish;
    const double until = clmlp_seconds() + FINISHING;
    f->table = ranks->table;
    f->transport = ranks->transport;
    if (clmlp_thread_start(&thread, do_finish, f, NULL) != CLMLP_OK) {
        (void)do_finish(f);
        return;
    }
    while (!atomic_load(&f->done) && clmlp_seconds() < until) clmlp_thread_sleep(500);
    if (!atomic_load(&f->done)) {
        (void)pthread_detach(thread);
        ranks->finish = NULL; /* its thread has it */
        return;
    }
    (void)pthread_join(thread, NULL);
}

/* Give back what there is. together: all ranks do this now. Where a rank failed, MPI would wait for it. */
static void leave(clmlp_ranks *ranks, bool together)
{
    if (!clmlp_courier_stop(ranks->courier)) return; /* its thread may still look at all this, until the process ends */
    clmlp_watch_stop(ranks->watch);
    if (together && ranks->transport != NULL) finish_transport(ranks);
    free_parts(ranks);
}

clmlp_status clmlp_ranks_open(clmlp_ranks **out, const clmlp_ranks_options *options, clmlp_error *error)
{
    clmlp_ranks_options own = {.size = sizeof own};
    clmlp_launch launch;
    clmlp_ranks *ranks = NULL;
    REQUIRE(out != NULL, "out");
    TRY(clmlp_structure_take(&own, sizeof own, options, "options", error));
    REQUIRE(own.timeout >= 0.0, "options.timeout");
    TRY(clmlp_launch_find(&launch, own.mpi, error));
    TRY(clmlp_allocate(&ranks, 1, sizeof *ranks, "the ranks", error));
    clmlp_failure_init(&ranks->failure);
    ranks->place = (clmlp_transport_place){.count = 1, .local_count = 1};
    if (launch.mpi != NULL) {
        const clmlp_status status = join(ranks, &launch, &own, error);
        if (status != CLMLP_OK) {
            leave(ranks, ranks->courier != NULL && !clmlp_failure_happened(&ranks->failure) &&
                         status != CLMLP_OUT_OF_MEMORY);
            return status;
        }
        if (ranks->place.count == 1) {
            ranks->table->close(ranks->transport);
            ranks->transport = NULL;
            ranks->place.library[0] = '\0';
        }
    }
    *out = ranks;
    return CLMLP_OK;
}

void clmlp_ranks_close(clmlp_ranks *ranks)
{
    const char mine = 0;
    if (ranks == NULL) return;
    if (clmlp_ranks_alone(ranks)) {
        free_parts(ranks);
        return;
    }
    ranks->patience = 0.0; /* rank 0 may have much to do at the end */
    const bool together = clmlp_ranks_gather(ranks, &mine, 1, ranks->said, NULL) == CLMLP_OK;
    if (!together && ranks->watch != NULL) clmlp_watch_outlast(ranks->watch);
    leave(ranks, together);
}
