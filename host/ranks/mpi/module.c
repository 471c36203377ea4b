/* module.c - the messages of one MPI, compiled once for each: clmlp-openmpi.so, clmlp-mpich.so. No part of the library.
 *
 * Errors are returned instead of ending the process: a rank that is gone is the caller's to name.
 */
#define _GNU_SOURCE /* dladdr */
#include <dlfcn.h>
#include <mpi.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ranks/transport.h"

#if defined(__GNUC__)
#  define EXPORTED __attribute__((visibility("default")))
#else
#  define EXPORTED
#endif

#ifdef OPEN_MPI
#  define NAME "openmpi"
#else
#  define NAME "mpich"
#endif

_Static_assert(sizeof(MPI_Request) <= sizeof(clmlp_transport_request), "a request of MPI has to fit");

typedef struct module {
    MPI_Comm world; /* a copy, so that the messages of others in this process are apart */
    bool ours;      /* MPI was started here, and is finished here */
    char problem[CLMLP_TRANSPORT_TEXT];
} module;

static void describe(int code, const char *call, char problem[CLMLP_TRANSPORT_TEXT])
{
    char text[MPI_MAX_ERROR_STRING] = "";
    int length = 0;
    if (MPI_Error_string(code, text, &length) != MPI_SUCCESS) text[0] = '\0';
    (void)snprintf(problem, CLMLP_TRANSPORT_TEXT, "%s: %.*s", call, CLMLP_TRANSPORT_TEXT - 64, text);
}

static bool good(module *m, int code, const char *call)
{
    if (code == MPI_SUCCESS) return true;
    describe(code, call, m->problem);
    return false;
}

/* The components that Open MPI loads look for its functions in the whole process, while this module was loaded for
 * itself alone: the library that MPI_Init is in is made visible. */
static void show_library(void)
{
#ifdef OPEN_MPI
    int (*const function)(int *, char ***) = MPI_Init;
    const void *address = NULL;
    Dl_info found;
    memcpy(&address, &function, sizeof address); /* C knows no conversion of functions to objects */
    if (dladdr(address, &found) == 0 || found.dli_fname == NULL) return;
    (void)dlopen(found.dli_fname, RTLD_NOW | RTLD_GLOBAL | RTLD_NOLOAD);
#endif
}

/* Whether hydra, MPICH's launcher, says that all processes are on this host. */
static bool is_one_host(void)
{
    const char *const here = getenv("MPI_LOCALNRANKS"), *const all = getenv("PMI_SIZE");
    return here != NULL && all != NULL && strcmp(here, all) == 0;
}

/* This process shall live on where another one of its host is killed. UCX would end it, too, where it was reading the
 * other's memory (cma); hydra sends SIGUSR1. And it shall come to its end: over TCP, which one host does not need, UCX
 * now and then waits for ever in MPI_Finalize (MPICH 4.0.2). What the user has set stays. */
static void survive_others(void)
{
    struct sigaction now;
    (void)setenv("UCX_TLS", is_one_host() ? "self,posix,sysv" : "^cma", 0);
    if (sigaction(SIGUSR1, NULL, &now) == 0 && now.sa_handler == SIG_DFL) (void)signal(SIGUSR1, SIG_IGN);
}

/* Open MPI over TCP asks before it sends more than 64 KiB, and has one connection between two ranks: the answer waits
 * behind what the other one sends meanwhile. Two that exchange slices then take turns, at half the link's rate. So
 * slices go unasked, unless the user has decided on it; their receivers wait for them anyway. */
static void send_unasked(void)
{
#ifdef OPEN_MPI
    (void)setenv("OMPI_MCA_btl_tcp_eager_limit", "1114112", 0); /* the longest slice, 1 MiB, and 64 KiB for heads */
#endif
}

static bool start(module *m)
{
    int begun = 0, ended = 0, provided = MPI_THREAD_SINGLE;
    (void)MPI_Initialized(&begun);
    (void)MPI_Finalized(&ended);
    if (ended) {
        (void)snprintf(m->problem, sizeof m->problem, "MPI was finished in this process, and cannot begin again");
        return false;
    }
    if (begun) {
        if (!good(m, MPI_Query_thread(&provided), "MPI_Query_thread")) return false;
    } else {
        if (!good(m, MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &provided), "MPI_Init_thread")) return false;
        m->ours = true;
        /* of errors that MPI has no communicator for: MPICH's MPI_Test of a message that is too long */
        (void)MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
        (void)MPI_Comm_set_errhandler(MPI_COMM_SELF, MPI_ERRORS_RETURN);
    }
    if (provided >= MPI_THREAD_SERIALIZED) return true;
    (void)snprintf(m->problem, sizeof m->problem, "it has no support of threads (MPI_THREAD_SERIALIZED)");
    return false;
}

/* "Open MPI v4.1.4, package: ..." and "MPICH Version: 4.0.2\n..." in few words. */
static void name_library(char text[CLMLP_TRANSPORT_TEXT])
{
    char all[MPI_MAX_LIBRARY_VERSION_STRING] = "";
    int length = 0;
    if (MPI_Get_library_version(all, &length) != MPI_SUCCESS) all[0] = '\0';
    all[strcspn(all, ",\n")] = '\0';
    char name[64] = "", version[64] = "";
    if (sscanf(all, "Open MPI v%63[^ \t]", version) == 1) {
        (void)snprintf(name, sizeof name, "Open MPI");
    } else if (sscanf(all, "%63[^ \t:] Version: %63[^ \t]", name, version) != 2 &&
               sscanf(all, "%63[^ \t:] Version:\t%63[^ \t]", name, version) != 2) {
        (void)snprintf(text, CLMLP_TRANSPORT_TEXT, "%.*s", CLMLP_TRANSPORT_TEXT - 1, all);
        return;
    }
    (void)snprintf(text, CLMLP_TRANSPORT_TEXT, "%s %s", name, version);
}

static bool find_place(module *m, clmlp_transport_place *place)
{
    char host[MPI_MAX_PROCESSOR_NAME] = "";
    int rank = 0, count = 0, length = 0;
    MPI_Comm local = MPI_COMM_NULL;
    if (!good(m, MPI_Comm_dup(MPI_COMM_WORLD, &m->world), "MPI_Comm_dup") ||
        !good(m, MPI_Comm_set_errhandler(m->world, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler") ||
        !good(m, MPI_Comm_rank(m->world, &rank), "MPI_Comm_rank") ||
        !good(m, MPI_Comm_size(m->world, &count), "MPI_Comm_size") ||
        !good(m, MPI_Get_processor_name(host, &length), "MPI_Get_processor_name") ||
        !good(m, MPI_Comm_split_type(m->world, MPI_COMM_TYPE_SHARED, rank, MPI_INFO_NULL, &local),
              "MPI_Comm_split_type")) {
        return false;
    }
    place->rank = (size_t)rank;
    place->count = (size_t)count;
    const bool found = good(m, MPI_Comm_rank(local, &rank), "MPI_Comm_rank") &&
                       good(m, MPI_Comm_size(local, &count), "MPI_Comm_size");
    place->local_rank = (size_t)rank;
    place->local_count = (size_t)count;
    (void)snprintf(place->host, sizeof place->host, "%.*s", CLMLP_TRANSPORT_TEXT - 1, host);
    name_library(place->library);
    (void)MPI_Comm_free(&local);
    return found;
}

static void leave(void *transport)
{
    module *const m = transport;
    if (m->world != MPI_COMM_NULL) (void)MPI_Comm_free(&m->world);
    if (m->ours) (void)MPI_Finalize();
    free(m);
}

static void *join(clmlp_transport_place *place, char *problem)
{
    module *const m = calloc(1, sizeof *m);
    if (m == NULL) {
        (void)snprintf(problem, CLMLP_TRANSPORT_TEXT, "not enough memory");
        return NULL;
    }
    m->world = MPI_COMM_NULL;
    show_library();
    survive_others();
    send_unasked();
    if (start(m) && find_place(m, place)) return m;
    memcpy(problem, m->problem, sizeof m->problem);
    leave(m);
    return NULL;
}

static void keep(clmlp_transport_request *request, MPI_Request made)
{
    memset(request, 0, sizeof *request);
    memcpy(request, &made, sizeof made);
}

static MPI_Request kept(const clmlp_transport_request *request)
{
    MPI_Request made;
    memcpy(&made, request, sizeof made);
    return made;
}

static bool send_bytes(void *transport, const void *bytes, size_t count, size_t to, int tag,
                       clmlp_transport_request *request)
{
    module *const m = transport;
    MPI_Request made = MPI_REQUEST_NULL;
    const bool sent = good(m, MPI_Isend(bytes, (int)count, MPI_BYTE, (int)to, tag, m->world, &made), "MPI_Isend");
    keep(request, made);
    return sent;
}

static bool receive_bytes(void *transport, void *bytes, size_t count, size_t from, int tag,
                          clmlp_transport_request *request)
{
    module *const m = transport;
    MPI_Request made = MPI_REQUEST_NULL;
    const bool begun = good(m, MPI_Irecv(bytes, (int)count, MPI_BYTE, (int)from, tag, m->world, &made), "MPI_Irecv");
    keep(request, made);
    return begun;
}

static clmlp_transport_state test_request(void *transport, clmlp_transport_request *request, size_t *received)
{
    module *const m = transport;
    MPI_Request made = kept(request);
    MPI_Status status;
    int done = 0, count = 0;
    const bool tested = good(m, MPI_Test(&made, &done, &status), "MPI_Test");
    keep(request, made);
    if (!tested) return CLMLP_TRANSPORT_FAILED;
    if (!done) return CLMLP_TRANSPORT_WAITING;
    if (received == NULL) return CLMLP_TRANSPORT_DONE;
    if (!good(m, MPI_Get_count(&status, MPI_BYTE, &count), "MPI_Get_count")) return CLMLP_TRANSPORT_FAILED;
    *received = (size_t)count;
    return CLMLP_TRANSPORT_DONE;
}

static const char *last_problem(void *transport)
{
    const module *const m = transport;
    return m->problem;
}

EXPORTED extern const clmlp_transport clmlp_transport_table;
const clmlp_transport clmlp_transport_table = {
    .version = CLMLP_TRANSPORT_VERSION,
    .mpi = NAME,
    .open = join,
    .send = send_bytes,
    .receive = receive_bytes,
    .test = test_request,
    .problem = last_problem,
    .close = leave,
};
