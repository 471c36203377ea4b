/* direct_open.c - memory that all ranks of a host see: had, used, given back. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/switch.h"
#include "ranks/direct.h"
#include "ranks/inside.h"
#include "ranks/proof.h"

#if defined(_POSIX_SHARED_MEMORY_OBJECTS) && _POSIX_SHARED_MEMORY_OBJECTS > 0 && defined(_POSIX_ADVISORY_INFO) && \
    _POSIX_ADVISORY_INFO > 0
#  define HAS_SHARED_MEMORY 1
#else
#  define HAS_SHARED_MEMORY 0
#endif

enum { NAME = 48 };

/* Whether all ranks say yes. Collective. */
static clmlp_status all_say(clmlp_ranks *ranks, bool mine, bool *all, clmlp_error *error)
{
    const unsigned char yes = mine ? 1 : 0;
    const clmlp_status status = clmlp_ranks_gather(ranks, &yes, 1, ranks->said, error);
    *all = status == CLMLP_OK;
    for (size_t r = 0; r < ranks->place.count && *all; r++) *all = ranks->said[r] != 0;
    return status;
}

/* Whether all ranks want that many bytes. Collective. */
static clmlp_status all_want(clmlp_ranks *ranks, size_t bytes, bool *all, clmlp_error *error)
{
    const uint64_t mine = bytes;
    const uint64_t *const said = (const void *)ranks->said;
    const clmlp_status status = clmlp_ranks_gather(ranks, &mine, sizeof mine, ranks->said, error);
    *all = status == CLMLP_OK && bytes > 0;
    for (size_t r = 0; r < ranks->place.count && *all; r++) *all = said[r] == mine;
    return status;
}

#if HAS_SHARED_MEMORY
/* A name that nobody can guess; "": there is none. */
static void make_name(char name[NAME])
{
    unsigned char random[16];
    name[0] = '\0';
    if (clmlp_proof_random(random, sizeof random, NULL) != CLMLP_OK) return;
    int length = snprintf(name, NAME, "/clmlp-");
    for (size_t i = 0; i < sizeof random; i++) {
        length += snprintf(name + length, NAME - (size_t)length, "%02x", random[i]);
    }
}

/* Pages for this rank's part now, and near its processor: a file that is full later would end the process. */
static bool reserve(int file, size_t begin, size_t bytes)
{
    int code = EINTR;
    while (code == EINTR) code = posix_fallocate(file, (off_t)begin, (off_t)bytes);
    return code == 0;
}

/* Map the file of that name; NULL: it cannot be. */
static void *map(clmlp_ranks *ranks, const char *name, size_t part, size_t all)
{
    const size_t rank = ranks->place.rank, heads = all - part * ranks->place.count;
    const int file = name[0] != '\0' ? shm_open(name, O_RDWR, 0) : -1;
    if (file < 0) return NULL;
    const bool room = (rank > 0 || reserve(file, 0, heads)) && reserve(file, heads + rank * part, part);
    void *const memory = room ? mmap(NULL, all, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) : MAP_FAILED;
    (void)close(file);
    return memory == MAP_FAILED ? NULL : memory;
}

/* Rank 0 makes the file, and unlinks it when all have opened it. *out NULL: some could not. Collective. */
static clmlp_status share_file(void **out, clmlp_ranks *ranks, size_t part, size_t all, clmlp_error *error)
{
    char name[NAME] = "";
    bool ready = false;
    int file = -1;
    if (ranks->place.rank == 0) {
        make_name(name);
        if (name[0] != '\0') file = shm_open(name, O_CREAT | O_EXCL | O_RDWR, 0600);
        if (file >= 0 && ftruncate(file, (off_t)all) != 0) {
            (void)shm_unlink(name);
            name[0] = '\0';
        }
        if (file < 0) name[0] = '\0';
        else (void)close(file);
    }
    clmlp_status status = clmlp_ranks_share(ranks, 0, name, sizeof name, error);
    name[NAME - 1] = '\0';
    void *const memory = status == CLMLP_OK ? map(ranks, name, part, all) : NULL;
    if (status == CLMLP_OK) status = all_say(ranks, memory != NULL, &ready, error);
    if (ranks->place.rank == 0 && name[0] != '\0') (void)shm_unlink(name);
    if (ready) *out = memory;
    else if (memory != NULL) (void)munmap(memory, all);
    return status;
}

static void unmap(void *memory, size_t bytes)
{
    (void)munmap(memory, bytes);
}
#else
static clmlp_status share_file(void **out, clmlp_ranks *ranks, size_t part, size_t all, clmlp_error *error)
{
    (void)out, (void)ranks, (void)part, (void)all, (void)error;
    return CLMLP_OK;
}

static void unmap(void *memory, size_t bytes)
{
    (void)memory, (void)bytes;
}
#endif

/* What the variable says. A word that is not known is refused by all. Collective. */
static clmlp_status is_allowed(clmlp_ranks *ranks, bool *allowed, clmlp_error *error)
{
    const char *asked = NULL;
    const clmlp_status status = clmlp_switch_word(CLMLP_SWITCH_SHARED_SUMS, &asked, error);
    *allowed = asked == NULL || strcmp(asked, "yes") == 0;
    return clmlp_ranks_agree(ranks, status, error);
}

clmlp_status clmlp_direct_open(clmlp_direct **out, clmlp_ranks *ranks, size_t bytes, clmlp_error *error)
{
    size_t part = 0, all = SIZE_MAX;
    void *memory = NULL;
    bool wanted = false, allowed = false;
    *out = NULL;
    if (clmlp_ranks_alone(ranks)) return CLMLP_OK;
    TRY(is_allowed(ranks, &allowed, error));
    if (bytes > 0 && clmlp_add(bytes, CLMLP_DIRECT_PAGE - 1, &part)) {
        part -= part % CLMLP_DIRECT_PAGE;
        all = clmlp_direct_size(ranks->place.count, part);
    }
    /* half of the memory: what lies there now is beside it until it moves */
    const bool here = HAS_SHARED_MEMORY && allowed && ranks->place.local_count == ranks->place.count;
    const bool fits = here && all <= SIZE_MAX / 2 && all <= clmlp_physical_memory() / 2;
    TRY(all_want(ranks, fits ? bytes : 0, &wanted, error));
    if (!wanted) return CLMLP_OK;
    TRY(share_file(&memory, ranks, part, all, error));
    if (memory == NULL) return CLMLP_OK;
    const clmlp_status status = clmlp_direct_create(out, memory, ranks->place.rank, ranks->place.count, part, error);
    if (status != CLMLP_OK) unmap(memory, all);
    return clmlp_ranks_agree(ranks, status, error);
}

clmlp_status clmlp_direct_use(clmlp_direct *direct, clmlp_ranks *ranks, bool ready, clmlp_error *error)
{
    bool all = false;
    if (clmlp_ranks_alone(ranks)) return CLMLP_OK;
    TRY(all_say(ranks, direct != NULL && ready && !clmlp_courier_is_attached(ranks->courier), &all, error));
    if (all) clmlp_courier_attach(ranks->courier, direct);
    return CLMLP_OK;
}

void clmlp_direct_close(clmlp_direct *direct, clmlp_ranks *ranks)
{
    if (direct == NULL) return;
    if (!clmlp_courier_detach(ranks->courier, direct)) return; /* its thread may still look at it, until the end */
    size_t bytes = 0;
    void *const memory = clmlp_direct_memory(direct, &bytes);
    clmlp_direct_destroy(direct);
    unmap(memory, bytes);
}
