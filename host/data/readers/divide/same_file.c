/* same_file.c - whether all ranks have one file; what can be read only once goes from rank 0 to all. */
#include "data/readers/divide/same_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "base/open_error.h"

enum { BLOCK = 1 << 20 };

typedef enum file_kind { KIND_FILE, KIND_STREAM, KIND_NONE } file_kind;

/* What one rank sees of the file. */
typedef struct facts {
    uint64_t kind, size;
    uint64_t identity[5]; /* number and times: no two files have them all alike, unless one is an image of the other */
} facts;

static clmlp_status look(facts *seen, const char *path, clmlp_error *error)
{
    struct stat entry;
    *seen = (facts){.kind = KIND_STREAM};
    if (clmlp_input_is_standard(path)) return CLMLP_OK;
    errno = 0;
    if (stat(path, &entry) != 0) {
        seen->kind = KIND_NONE;
        return clmlp_fail_open(error, errno, path);
    }
    if (!S_ISREG(entry.st_mode) && !S_ISDIR(entry.st_mode)) return CLMLP_OK;
    *seen = (facts){.kind = KIND_FILE, .size = (uint64_t)entry.st_size,
                    .identity = {(uint64_t)entry.st_ino, (uint64_t)entry.st_mtim.tv_sec,
                                 (uint64_t)entry.st_mtim.tv_nsec, (uint64_t)entry.st_ctim.tv_sec,
                                 (uint64_t)entry.st_ctim.tv_nsec}};
    return CLMLP_OK;
}

/* --- copies ----------------------------------------------------------------------------------------------- */

/* Polynomials modulo 2^64 in four interleaved parts, for speed: memory goes by faster than a disk. */
static void add_block(uint64_t parts[4], const unsigned char *bytes, size_t count)
{
    const uint64_t odd = UINT64_C(0x9e3779b97f4a7c15);
    for (size_t i = 0; i < count; i += 8) {
        uint64_t word = 0;
        memcpy(&word, bytes + i, count - i < 8 ? count - i : 8);
        uint64_t *const part = &parts[i / 8 % 4];
        *part = (*part ^ word) * odd;
        *part ^= *part >> 29;
    }
}

static clmlp_status hash_file(const char *path, uint64_t *hash, clmlp_error *error)
{
    uint64_t parts[4] = {1, 2, 3, 4};
    unsigned char *block = NULL;
    FILE *file = NULL;
    size_t count = 0;
    clmlp_status status = CLMLP_OK;
    TRY_CLEANUP(clmlp_input_open_file(path, &file, error));
    TRY_CLEANUP(clmlp_allocate(&block, BLOCK, 1, "an input buffer", error));
    errno = 0;
    while ((count = fread(block, 1, BLOCK, file)) > 0) add_block(parts, block, count);
    if (ferror(file)) status = clmlp_fail_errno(error, CLMLP_IO, errno, "%s: cannot be read", path);
    *hash = parts[0] ^ parts[1] * 3 ^ parts[2] * 5 ^ parts[3] * 7;
cleanup:
    if (file != NULL) (void)fclose(file);
    free(block);
    return status;
}

/* Rank r has another file; all know it. */
static clmlp_status differ(clmlp_division *division, const char *path, size_t r, const char *what, clmlp_error *error)
{
    const clmlp_status status = clmlp_fail(error, CLMLP_BAD_INPUT, "%s %s rank 0 (host %s): all need the same data",
                                           path, what, clmlp_ranks_host(division->ranks, 0));
    return clmlp_division_pass(division, r, status, true, error);
}

/* Each rank has a file of its own. */
static clmlp_status compare_copies(clmlp_division *division, const char *path, clmlp_error *error)
{
    uint64_t hash = 0;
    const void *gathered = NULL;
    TRY(clmlp_division_meet(division, hash_file(path, &hash, error), error));
    TRY(clmlp_division_gather(division, &hash, sizeof hash, &gathered, error));
    const uint64_t *const all = gathered;
    for (size_t r = 1; r < division->count; r++) {
        if (all[r] != all[0]) return differ(division, path, r, "has other bytes than at", error);
    }
    return CLMLP_OK;
}

static clmlp_status compare(clmlp_division *division, const char *path, const facts *all, clmlp_error *error)
{
    bool one = true;
    char what[96];
    for (size_t r = 1; r < division->count; r++) {
        if (all[r].kind != KIND_FILE) return differ(division, path, r, "is no regular file, as it is at", error);
        if (all[r].size != all[0].size) {
            (void)snprintf(what, sizeof what, "has %llu bytes, not %llu as at", (unsigned long long)all[r].size,
                           (unsigned long long)all[0].size);
            return differ(division, path, r, what, error);
        }
        one = one && memcmp(all[r].identity, all[0].identity, sizeof all[r].identity) == 0;
    }
    division->size = all[0].size;
    return one ? CLMLP_OK : compare_copies(division, path, error);
}

/* --- streams ---------------------------------------------------------------------------------------------- */

/* All bytes of what can be read once; one more than `most` says that there are too many. */
static clmlp_status read_stream(clmlp_division *division, const char *path, uint64_t most, clmlp_error *error)
{
    const uint64_t wanted = most > 0 ? most : clmlp_physical_memory();
    FILE *file = NULL;
    size_t capacity = 0, count = 0;
    clmlp_status status = CLMLP_OK;
    TRY_CLEANUP(clmlp_input_open_file(path, &file, error));
    do {
        TRY_CLEANUP(clmlp_grow(&division->bytes, &capacity, division->byte_count + BLOCK, 1, "what a pipe gave",
                               error));
        errno = 0;
        count = fread(division->bytes + division->byte_count, 1, BLOCK, file);
        division->byte_count += count;
    } while (count > 0 && division->byte_count <= wanted);
    if (ferror(file)) {
        status = clmlp_fail_errno(error, CLMLP_IO, errno, "%s: cannot be read", clmlp_input_name(path));
    }
cleanup:
    if (file != NULL) (void)fclose(file);
    return status;
}

static clmlp_status share_stream(clmlp_division *division, const char *path, uint64_t most, clmlp_error *error)
{
    clmlp_parcel parcel;
    const void *gathered = NULL;
    clmlp_status status = CLMLP_OK;
    const bool reads = division->rank == 0;
    if (reads) status = read_stream(division, path, most, error);
    TRY(clmlp_division_meet(division, status, error));
    const uint64_t own = division->byte_count;
    TRY(clmlp_division_gather(division, &own, sizeof own, &gathered, error));
    division->byte_count = (size_t)*(const uint64_t *)gathered;
    if (!reads) status = clmlp_allocate(&division->bytes, division->byte_count, 1, "what a pipe gave", error);
    TRY(clmlp_division_meet(division, status, error));
    clmlp_parcel_begin(&parcel, division, 0, error);
    clmlp_parcel_move(&parcel, division->bytes, division->byte_count);
    return clmlp_parcel_end(&parcel);
}

/* What the ranks have in place of that name. */
static clmlp_status take_file(clmlp_division *division, const char *path, uint64_t most, clmlp_error *error)
{
    facts mine;
    const void *gathered = NULL;
    free(division->bytes);
    division->bytes = NULL;
    division->byte_count = 0;
    division->size = 0;
    const clmlp_status status = look(&mine, path, error);
    TRY(clmlp_division_meet(division, CLMLP_OK, error));
    TRY(clmlp_division_gather(division, &mine, sizeof mine, &gathered, error));
    const facts *const all = gathered;
    if (all[0].kind == KIND_STREAM) return share_stream(division, path, most, error);
    bool missing = false;
    for (size_t r = 0; r < division->count; r++) missing = missing || all[r].kind == KIND_NONE;
    if (missing) return clmlp_division_meet(division, status, error);
    return compare(division, path, all, error);
}

clmlp_status clmlp_division_open(clmlp_division *division, clmlp_input *input, const char *path, uint64_t most,
                                 clmlp_error *error)
{
    if (!clmlp_is_divided(division)) return clmlp_input_open(input, path, most, error);
    TRY(take_file(division, path, most, error));
    if (division->bytes != NULL) {
        return clmlp_input_open_bytes(input, path, division->bytes, division->byte_count, most, error);
    }
    TRY(clmlp_input_open(input, path, most, error));
    if (clmlp_input_is_packed(input)) division->size = 0;
    return CLMLP_OK;
}
