/* file.c - files written as a whole: to a temporary name, then renamed. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

/* What a link stands for: absolute, or from the folder of the link. */
static clmlp_status follow(char **path, const char *target, size_t length, clmlp_error *error)
{
    const char *const slash = target[0] == '/' ? NULL : strrchr(*path, '/');
    const size_t folder = slash != NULL ? (size_t)(slash - *path) + 1 : 0;
    char *joined = NULL;
    TRY(clmlp_allocate(&joined, folder + length + 1, 1, "a file name", error));
    memcpy(joined, *path, folder);
    memcpy(joined + folder, target, length);
    joined[folder + length] = '\0';
    free(*path);
    *path = joined;
    return CLMLP_OK;
}

/* Where a chain of symbolic links leads that ends in no file yet. */
static clmlp_status follow_all(char **out, const char *path, clmlp_error *error)
{
    enum { MOST_LINKS = 40 };
    char target[4096];
    TRY(clmlp_duplicate(out, path, error));
    for (int links = 0;; links++) {
        const ssize_t length = readlink(*out, target, sizeof target);
        if (length < 0) return CLMLP_OK; /* no link */
        if (links == MOST_LINKS || (size_t)length == sizeof target) {
            return clmlp_fail(error, CLMLP_IO, "%s: cannot be written: too many links, or too long ones", path);
        }
        TRY(follow(out, target, (size_t)length, error));
    }
}

/* The file that a chain of symbolic links ends in, so that the links survive the rename. */
static clmlp_status resolve(char **out, const char *path, clmlp_error *error)
{
    struct stat entry;
    if (lstat(path, &entry) != 0 || !S_ISLNK(entry.st_mode)) return clmlp_duplicate(out, path, error);
    if (stat(path, &entry) != 0) return follow_all(out, path, error);
    char *const target = realpath(path, NULL); /* fails for pipes in /proc, which are written to by that name */
    if (target == NULL) return clmlp_duplicate(out, path, error);
    *out = target;
    return CLMLP_OK;
}

clmlp_status clmlp_output_open(clmlp_output_file *file, const char *path, clmlp_error *error)
{
    static const char suffix[] = ".XXXXXX";
    clmlp_status status = CLMLP_OK;
    int descriptor = -1;
    struct stat entry;

    memset(file, 0, sizeof *file);
    if (path[0] == '\0') return clmlp_fail(error, CLMLP_IO, "cannot write a file with an empty name");
    TRY_CLEANUP(resolve(&file->path, path, error));
    const bool exists = stat(file->path, &entry) == 0;
    if (exists && !S_ISREG(entry.st_mode)) {
        file->stream = fopen(file->path, "wb");
        if (file->stream == NULL) {
            status = clmlp_fail_errno(error, CLMLP_IO, errno, "%s: cannot be written", path);
            goto cleanup;
        }
        return CLMLP_OK;
    }
    if (exists && access(file->path, W_OK) != 0) {
        status = clmlp_fail_errno(error, CLMLP_IO, errno, "%s: cannot be written", path);
        goto cleanup;
    }
    const size_t length = strlen(file->path);
    TRY_CLEANUP(clmlp_allocate(&file->temporary, length + sizeof suffix, 1, "a file name", error));
    memcpy(file->temporary, file->path, length);
    memcpy(file->temporary + length, suffix, sizeof suffix);
    descriptor = mkstemp(file->temporary);
    if (descriptor < 0) {
        status = clmlp_fail_errno(error, CLMLP_IO, errno, "%s: cannot be written", path);
        free(file->temporary);
        file->temporary = NULL;
        goto cleanup;
    }
    /* mkstemp makes private files; give it the permissions the file has, or would get from fopen */
    const mode_t mask = umask(0);
    (void)umask(mask);
    (void)fchmod(descriptor, exists ? entry.st_mode & 0777 : 0666 & ~mask);
    file->stream = fdopen(descriptor, "wb");
    if (file->stream == NULL) {
        status = clmlp_fail_errno(error, CLMLP_IO, errno, "%s: cannot be written", path);
        (void)close(descriptor);
    }
cleanup:
    if (status != CLMLP_OK) clmlp_output_discard(file);
    return status;
}

clmlp_status clmlp_output_commit(clmlp_output_file *file, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    FILE *stream = file->stream;
    file->stream = NULL;
    bool written = fflush(stream) == 0 && !ferror(stream);
    if (written && file->temporary != NULL) written = fsync(fileno(stream)) == 0;
    int number = written ? 0 : errno;
    if (fclose(stream) != 0 && written) {
        number = errno;
        written = false;
    }
    if (written && file->temporary != NULL && rename(file->temporary, file->path) != 0) {
        number = errno;
        written = false;
    }
    if (written) {
        free(file->temporary);
        file->temporary = NULL;
    } else {
        status = clmlp_fail_errno(error, CLMLP_IO, number, "%s: cannot be written", file->path);
    }
    clmlp_output_discard(file);
    return status;
}

void clmlp_output_discard(clmlp_output_file *file)
{
    if (file->stream != NULL) (void)fclose(file->stream);
    if (file->temporary != NULL) (void)remove(file->temporary);
    free(file->temporary);
    free(file->path);
    memset(file, 0, sizeof *file);
}
