/* trust.c - whether a file or a folder can only come from this user. */
#include "base/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"

const char *clmlp_distrust(const struct stat *entry)
{
    if (S_ISLNK(entry->st_mode)) return "it is a symbolic link";
    if (entry->st_uid != geteuid()) return "it belongs to another user";
    if ((entry->st_mode & S_IWOTH) != 0) return "everybody may write to it (chmod go-w)";
    if ((entry->st_mode & S_IWGRP) != 0) return "its group may write to it (chmod go-w)";
    return NULL;
}

static clmlp_status refuse(const char *path, const char *why, clmlp_error *error)
{
    return clmlp_fail(error, CLMLP_IO, "%s: is not trusted: %s", path, why);
}

/* The folders above a resolved path; `path` is cut on the way. */
static clmlp_status check_above(char *path, clmlp_error *error)
{
    for (char *slash = strrchr(path, '/'); slash != NULL; slash = strrchr(path, '/')) {
        struct stat entry;
        slash[slash == path] = '\0';
        if (stat(path, &entry) != 0) return refuse(path, "it cannot be looked at", error);
        if (entry.st_uid != geteuid() && entry.st_uid != 0) {
            return refuse(path, "it belongs to another user, who may replace what is in it", error);
        }
        const bool is_sticky = (entry.st_mode & S_ISVTX) != 0; /* there everybody may replace their own alone */
        if (!is_sticky && (entry.st_mode & S_IWOTH) != 0) {
            return refuse(path, "everybody may replace what is in it (chmod o-w)", error);
        }
        if (!is_sticky && (entry.st_mode & S_IWGRP) != 0) {
            return refuse(path, "its group may replace what is in it (chmod g-w)", error);
        }
        if (slash == path) break;
    }
    return CLMLP_OK;
}

clmlp_status clmlp_open_trusted_folder(int *descriptor, const char *path, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    struct stat entry;
    char *own = NULL, resolved[PATH_MAX];
    const char *why = NULL;
    *descriptor = -1;
    TRY(clmlp_duplicate(&own, path, error));
    /* a slash behind a link would follow it */
    for (size_t length = strlen(own); length > 1 && own[length - 1] == '/'; length--) own[length - 1] = '\0';
    *descriptor = open(own, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (*descriptor < 0) {
        const int number = errno;
        const bool is_link = lstat(own, &entry) == 0 && S_ISLNK(entry.st_mode);
        if (is_link) TRY_CLEANUP(refuse(own, "it is a symbolic link", error));
        if (number != ENOENT) TRY_CLEANUP(clmlp_fail_errno(error, CLMLP_IO, number, "%s: cannot be used", own));
        goto cleanup;
    }
    if (fstat(*descriptor, &entry) != 0) why = "it cannot be looked at";
    else why = clmlp_distrust(&entry);
    if (why != NULL) TRY_CLEANUP(refuse(own, why, error));
    if (realpath(own, resolved) == NULL) TRY_CLEANUP(refuse(own, "its place cannot be found", error));
    TRY_CLEANUP(check_above(resolved, error));
cleanup:
    free(own);
    if (status != CLMLP_OK && *descriptor >= 0) {
        (void)close(*descriptor);
        *descriptor = -1;
    }
    return status;
}
