/* file.c - files written as a whole: to a temporary name, then renamed. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

/* The file that a chain of symbolic links ends in, so that the link survives the rename. */
static clmlp_status resolve(char **out, const char *path, clmlp_error *error)
{
    struct stat entry;
    if (lstat(path, &entry) == 0 && S_ISLNK(entry.st_mode)) {
        char *target = realpath(path, NULL);
        if (target != NULL) {
            *out = target;
            return CLMLP_OK;
        }
    }
    return clmlp_duplicate(out, path, error);
}

clmlp_status clmlp_output_open(clmlp_output_file *file, const char *path, clmlp_error *error)
{
    static const char suffix[] = ".XXXXXX";
    clmlp_status status = CLMLP_OK;
    int descriptor = -1;
    struct stat entry;

    memset(file, 0, sizeof *file);
    if (path[0] == '\0') return clmlp_fail(error, CLMLP_IO, "cannot write a file with an empty name");
    TRY(resolve(&file->path, path, error));
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
