/* file.c - files written as a whole: to a temporary name, then renamed. */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/number.h"
#include "base/random.h"

static const char PREFIX[] = ".clmlp-part-", KEPT[] = "clmlp-kept-";
static const char LETTERS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
enum {
    MOST_LINKS = 40,
    PREFIX_LENGTH = sizeof PREFIX - 1,
    RANDOM_LENGTH = 10, /* letters; as many follow, which are computed from them: so no other file has such a name */
    NAME_LENGTH = PREFIX_LENGTH + 2 * RANDOM_LENGTH,
    LEFTOVER_AGE = 24 * 60 * 60 /* seconds */
};

/* --- names ------------------------------------------------------------------------------------------------------- */

static clmlp_status cannot_write(const char *path, int number, clmlp_error *error)
{
    return clmlp_fail_errno(error, CLMLP_IO, number, "%s: cannot be written", path);
}

/* How many of the first characters of `path` name its folder, the slash included. */
static size_t folder_length(const char *path)
{
    const char *const slash = strrchr(path, '/');
    return slash == NULL ? 0 : (size_t)(slash - path) + 1;
}

/* The folder of `path`, then `name`. */
static clmlp_status beside(char **out, const char *path, const char *name, clmlp_error *error)
{
    const size_t folder = folder_length(path), length = strlen(name);
    TRY(clmlp_allocate(out, folder + length + 1, 1, "a file name", error));
    memcpy(*out, path, folder);
    memcpy(*out + folder, name, length + 1);
    return CLMLP_OK;
}

/* Whether a link is this user's or root's, or nobody else can put one there. Where others may, as in /tmp, theirs could
 * lead to any file of this user's; the kernel refuses only such as it follows itself. */
static bool may_follow(const char *path, const struct stat *entry)
{
    struct stat folder;
    char *name = NULL;
    if (entry->st_uid == geteuid() || entry->st_uid == 0) return true;
    if (beside(&name, path, ".", NULL) != CLMLP_OK) return false;
    const bool known = stat(name, &folder) == 0;
    free(name);
    return known && (folder.st_uid == geteuid() || folder.st_uid == 0) && (folder.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* The file that a chain of symbolic links ends in, so that the links survive the rename. It need not exist. */
static clmlp_status resolve(char **out, const char *path, clmlp_error *error)
{
    struct stat entry;
    char target[PATH_MAX];
    TRY(clmlp_duplicate(out, path, error));
    for (int links = 0;; links++) {
        if (lstat(*out, &entry) != 0) return errno == ENOENT ? CLMLP_OK : cannot_write(path, errno, error);
        if (!S_ISLNK(entry.st_mode)) return CLMLP_OK;
        if (!may_follow(*out, &entry)) {
            return clmlp_fail(error, CLMLP_IO, "%s: cannot be written: %s is a link of somebody else's, in a folder "
                              "where others may write", path, *out);
        }
        const ssize_t length = readlink(*out, target, sizeof target - 1);
        if (length < 0 || links == MOST_LINKS) return cannot_write(path, length < 0 ? errno : ELOOP, error);
        target[length] = '\0';
        char *next = NULL;
        if (target[0] == '/') TRY(clmlp_duplicate(&next, target, error));
        else TRY(beside(&next, *out, target, error));
        free(*out);
        *out = next;
    }
}

/* The descriptor that a name such as /dev/stdout or /dev/fd/3 means; -1: none. */
static int descriptor_of(const char *path)
{
    int64_t number = 0;
    if (strcmp(path, "/dev/stdout") == 0) return STDOUT_FILENO;
    if (strcmp(path, "/dev/stderr") == 0) return STDERR_FILENO;
    if (strncmp(path, "/dev/fd/", 8) != 0 || !clmlp_parse_int64(path + 8, strchr(path, '\0'), &number)) return -1;
    return number >= 0 && number <= INT_MAX ? (int)number : -1;
}

/* --- opening ----------------------------------------------------------------------------------------------------- */

static clmlp_status open_stream(clmlp_output_file *file, int descriptor, const char *path, clmlp_error *error)
{
    file->stream = descriptor >= 0 ? fdopen(descriptor, "wb") : NULL;
    if (file->stream != NULL) return CLMLP_OK;
    const int number = errno;
    if (descriptor >= 0) (void)close(descriptor);
    return cannot_write(path, number, error);
}

/* Whether the file of this descriptor is still there, and nobody but us has it. Locks are advice: where there are
 * none, everything is taken for locked by somebody. */
static bool lock(int descriptor)
{
    struct stat entry;
    return flock(descriptor, LOCK_EX | LOCK_NB) == 0 && fstat(descriptor, &entry) == 0 && entry.st_nlink > 0;
}

static void write_letters(char *to, uint64_t bits)
{
    for (int i = 0; i < RANDOM_LENGTH; i++, bits /= sizeof LETTERS - 1) to[i] = LETTERS[bits % (sizeof LETTERS - 1)];
}

/* The letters that follow those at `random`. */
static void write_check(char *to, const char *random)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    for (int i = 0; i < RANDOM_LENGTH; i++) hash = (hash ^ (unsigned char)random[i]) * 1099511628211u;
    write_letters(to, hash);
}

/* Whether only this file can have made up the name. */
static bool is_own_name(const char *name)
{
    char check[RANDOM_LENGTH];
    if (strlen(name) != NAME_LENGTH || strncmp(name, PREFIX, PREFIX_LENGTH) != 0) return false;
    write_check(check, name + PREFIX_LENGTH);
    return memcmp(name + PREFIX_LENGTH + RANDOM_LENGTH, check, RANDOM_LENGTH) == 0;
}

/* One name, ours, and long enough untouched that nobody looks for it any more. */
static bool is_leftover(const struct stat *entry)
{
    return S_ISREG(entry->st_mode) && entry->st_nlink == 1 && entry->st_uid == geteuid() &&
           entry->st_mtime < time(NULL) - LEFTOVER_AGE;
}

/* Remove what killed runs of this user left in the folder of `path`. Better one is left than a file of the user's
 * lost. */
static void remove_leftovers(const char *path)
{
    char *folder = NULL;
    if (beside(&folder, path, ".", NULL) != CLMLP_OK) return;
    DIR *const entries = opendir(folder);
    free(folder);
    if (entries == NULL) return;
    for (struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        struct stat found;
        if (!is_own_name(entry->d_name)) continue;
        const int descriptor = openat(dirfd(entries), entry->d_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (descriptor < 0) continue;
        if (fstat(descriptor, &found) == 0 && is_leftover(&found) && lock(descriptor)) {
            (void)unlinkat(dirfd(entries), entry->d_name, 0);
        }
        (void)close(descriptor);
    }
    (void)closedir(entries);
}

/* Other characters in each process, thread and try. A name that is there already is no harm: it is not taken. */
static void choose_name(char *random, uint32_t attempt)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_REALTIME, &now);
    const uint64_t moment = (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
    const uint64_t caller = (uint64_t)getpid() << 48 ^ (uint64_t)(uintptr_t)&now; /* a thread has a stack of its own */
    write_letters(random, clmlp_random_bits(moment, CLMLP_RANDOM_NAME, attempt, caller));
    write_check(random + RANDOM_LENGTH, random);
}

/* A temporary that is locked, with these permissions less the umask. It is opened by hand: mkstemp makes private files,
 * and to ask for the umask, which other threads use, is to set it. Who removes leftovers may have taken the file before
 * the lock was there: then another one. */
static int make_temporary(char *name, mode_t mode)
{
    char *const random = name + strlen(name) - 2 * (size_t)RANDOM_LENGTH;
    for (uint32_t attempt = 0; attempt < 100; attempt++) {
        struct stat entry;
        choose_name(random, attempt);
        const int descriptor = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (descriptor < 0 && errno == EEXIST) continue;
        if (descriptor < 0) return -1;
        /* who has it locked before us is about to remove it */
        const bool taken = flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
        const int number = fstat(descriptor, &entry) == 0 ? 0 : errno;
        if (!taken && number == 0 && entry.st_nlink > 0) return descriptor;
        if (number != 0) (void)unlink(name);
        (void)close(descriptor);
        if (number != 0) {
            errno = number;
            return -1;
        }
    }
    errno = EAGAIN;
    return -1;
}

/* In a folder with the sticky bit, as /tmp is, nobody replaces the file of somebody else. */
static bool may_not_replace(const char *path, const struct stat *entry)
{
    struct stat folder;
    char *name = NULL;
    if (geteuid() == 0 || entry->st_uid == geteuid() || beside(&name, path, ".", NULL) != CLMLP_OK) return false;
    const bool sticky = stat(name, &folder) == 0 && (folder.st_mode & S_ISVTX) != 0 && folder.st_uid != geteuid();
    free(name);
    return sticky;
}

clmlp_status clmlp_output_open(clmlp_output_file *file, const char *path, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    struct stat entry;
    char name[NAME_LENGTH + 1];
    *file = (clmlp_output_file){.stream = NULL};
    if (path[0] == '\0') return clmlp_fail(error, CLMLP_IO, "cannot write a file with an empty name");
    const int standard = descriptor_of(path);
    if (standard >= 0) {
        TRY_CLEANUP(clmlp_duplicate(&file->path, path, error));
        TRY_CLEANUP(open_stream(file, dup(standard), path, error));
        return CLMLP_OK;
    }
    TRY_CLEANUP(resolve(&file->path, path, error));
    const bool exists = stat(file->path, &entry) == 0;
    /* what cannot be looked at may be a private file, or a pipe */
    if (!exists && errno != ENOENT) TRY_CLEANUP(cannot_write(path, errno, error));
    if (exists && !S_ISREG(entry.st_mode)) {
        file->stream = fopen(file->path, "wb");
        if (file->stream == NULL) TRY_CLEANUP(cannot_write(path, errno, error));
        return CLMLP_OK;
    }
    if (exists && access(file->path, W_OK) != 0) TRY_CLEANUP(cannot_write(path, errno, error));
    if (exists && may_not_replace(file->path, &entry)) {
        TRY_CLEANUP(clmlp_fail(error, CLMLP_IO, "%s: cannot be written: it belongs to somebody else, and its folder "
                               "has the sticky bit", path));
    }
    remove_leftovers(file->path);
    (void)snprintf(name, sizeof name, "%s%*s", PREFIX, 2 * RANDOM_LENGTH, "");
    TRY_CLEANUP(beside(&file->temporary, file->path, name, error));
    const int descriptor = make_temporary(file->temporary, exists ? 0600 : 0666);
    if (descriptor < 0) {
        const int number = errno;
        free(file->temporary);
        file->temporary = NULL;
        TRY_CLEANUP(cannot_write(path, number, error));
    }
    if (exists) (void)fchmod(descriptor, entry.st_mode & 0777); /* as before */
    TRY_CLEANUP(open_stream(file, descriptor, path, error));
    return CLMLP_OK;
cleanup:
    clmlp_output_discard(file);
    return status;
}

clmlp_status clmlp_output_reserve(clmlp_output_file *file, uint64_t bytes, clmlp_error *error)
{
    if (file->temporary == NULL || bytes == 0 || bytes > INT64_MAX) return CLMLP_OK;
    const int number = posix_fallocate(fileno(file->stream), 0, (off_t)bytes);
    if (number != ENOSPC && number != EDQUOT && number != EFBIG) return CLMLP_OK;
    char text[32];
    return clmlp_fail_errno(error, CLMLP_IO, number, "%s: cannot be written: it needs %s", file->path,
                            clmlp_format_bytes(text, bytes));
}

/* --- closing ----------------------------------------------------------------------------------------------------- */

/* What was renamed is there after a loss of power, too. A file system without such a thing is not asked twice. */
static void flush_folder(const char *path)
{
    char *folder = NULL;
    if (beside(&folder, path, ".", NULL) != CLMLP_OK) return;
    const int descriptor = open(folder, O_RDONLY | O_CLOEXEC);
    free(folder);
    if (descriptor < 0) return;
    (void)fsync(descriptor);
    (void)close(descriptor);
}

/* All of it is on the disk, and its name cannot be had: it stays under a name that nobody cleans up. */
static clmlp_status keep(clmlp_output_file *file, int number, clmlp_error *error)
{
    char *kept = NULL, name[sizeof KEPT + RANDOM_LENGTH];
    const char *const random = file->temporary + strlen(file->temporary) - 2 * (size_t)RANDOM_LENGTH;
    (void)snprintf(name, sizeof name, "%s%.*s", KEPT, RANDOM_LENGTH, random);
    if (beside(&kept, file->temporary, name, NULL) != CLMLP_OK || link(file->temporary, kept) != 0) {
        free(kept);
        kept = file->temporary; /* better than lost, though the next run may remove it */
        file->temporary = NULL;
    }
    const clmlp_status status = clmlp_fail_errno(error, CLMLP_IO, number, "%s: cannot be replaced; what was to be "
                                                 "written was kept as %s", file->path, kept);
    free(kept);
    return status;
}

clmlp_status clmlp_output_commit(clmlp_output_file *file, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    FILE *stream = file->stream;
    bool written = fflush(stream) == 0 && !ferror(stream);
    int number = written ? 0 : errno;
    if (written && file->temporary != NULL) {
        const off_t size = ftello(stream); /* less than was reserved */
        written = size >= 0 && ftruncate(fileno(stream), size) == 0 && fsync(fileno(stream)) == 0;
        if (!written) number = errno;
    }
    if (!written) {
        status = cannot_write(file->path, number, error);
    } else if (file->temporary != NULL && rename(file->temporary, file->path) != 0) {
        status = file->disposable ? cannot_write(file->path, errno, error) : keep(file, errno, error);
    } else if (file->temporary != NULL) {
        free(file->temporary);
        file->temporary = NULL;
        flush_folder(file->path);
    }
    file->stream = NULL;
    if (fclose(stream) != 0 && status == CLMLP_OK) status = cannot_write(file->path, errno, error);
    clmlp_output_discard(file);
    return status;
}

void clmlp_output_discard(clmlp_output_file *file)
{
    if (file->temporary != NULL) (void)remove(file->temporary);
    if (file->stream != NULL) (void)fclose(file->stream);
    free(file->temporary);
    free(file->path);
    *file = (clmlp_output_file){.stream = NULL};
}
