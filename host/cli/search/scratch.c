/* scratch.c - a folder of its own for the models of trials, made when a search begins and removed when it ends. */
#define _DEFAULT_SOURCE /* flock */
#include "search/scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "message.h"

static const char NAME[] = "/model.safetensors", PATTERN[] = "clmlp-search-XXXXXX", MARK[] = ".clmlp-search";
enum {
    PREFIX = 13, /* of PATTERN: "clmlp-search-" */
    LEFTOVER_AGE = 24 * 60 * 60 /* seconds */
};

static int own_lock = -1; /* of this search's folder */

/* A folder in use is locked. The trial under way has the lock, too: it inherits the descriptor. So the descriptor stays
 * open until the folder is gone. -1: see errno; EWOULDBLOCK: somebody else has it. */
static int lock_folder(const char *folder)
{
    struct stat entry, there;
    const int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK);
    if (descriptor < 0) return -1;
    if (fstat(descriptor, &entry) != 0 || entry.st_uid != geteuid()) errno = EPERM;
    else if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) errno = errno == EWOULDBLOCK ? EWOULDBLOCK : ENOLCK;
    else if (lstat(folder, &there) == 0 && there.st_ino == entry.st_ino) return descriptor;
    else errno = EWOULDBLOCK; /* who removes leftovers was faster */
    const int number = errno;
    (void)close(descriptor);
    errno = number;
    return -1;
}

/* The folder and all files in it; those that are always there also where it cannot be listed. */
static void remove_folder(const char *folder)
{
    char file[PATH_MAX + NAME_MAX + 2];
    DIR *const entries = opendir(folder);
    for (const struct dirent *entry = NULL; entries != NULL && (entry = readdir(entries)) != NULL;) {
        (void)snprintf(file, sizeof file, "%s/%s", folder, entry->d_name);
        (void)unlink(file); /* "." and ".." stay */
    }
    if (entries != NULL) (void)closedir(entries);
    (void)snprintf(file, sizeof file, "%s/%s", folder, MARK);
    (void)unlink(file);
    (void)snprintf(file, sizeof file, "%s%s", folder, NAME);
    (void)unlink(file);
    (void)rmdir(folder);
}

/* What a trial writes: its model, files beside it that are called model.WORD, and temporaries. */
static bool is_of_trial(const char *name)
{
    return strncmp(name, "model.", 6) == 0 || strncmp(name, ".clmlp-part-", 12) == 0 || strcmp(name, MARK) == 0 ||
           strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Whether the folder was made by a search, a day ago or more, and has nothing but what searches write. */
static bool is_leftover(int descriptor)
{
    struct stat info, mark;
    const int list = openat(descriptor, ".", O_RDONLY | O_DIRECTORY);
    DIR *const entries = list >= 0 ? fdopendir(list) : NULL;
    if (entries == NULL && list >= 0) (void)close(list);
    bool is = entries != NULL && fstat(descriptor, &info) == 0 && (info.st_mode & 0777) == 0700 &&
              info.st_mtime < time(NULL) - LEFTOVER_AGE && fstatat(list, MARK, &mark, AT_SYMLINK_NOFOLLOW) == 0 &&
              S_ISREG(mark.st_mode) && mark.st_size == 0;
    for (const struct dirent *entry = NULL; is && (entry = readdir(entries)) != NULL;) {
        is = is_of_trial(entry->d_name) && fstatat(list, entry->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
             (S_ISDIR(info.st_mode) ? strspn(entry->d_name, ".") > 0
                                    : S_ISREG(info.st_mode) && info.st_uid == geteuid() && info.st_nlink == 1);
    }
    if (entries != NULL) (void)closedir(entries);
    return is;
}

/* What killed searches of this user left. Better one is left than a file of the user's lost. */
static void remove_leftovers(const char *base)
{
    char folder[PATH_MAX];
    DIR *const entries = opendir(base);
    if (entries == NULL) return;
    for (const struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        if (strlen(entry->d_name) != strlen(PATTERN) || strncmp(entry->d_name, PATTERN, PREFIX) != 0) continue;
        const int length = snprintf(folder, sizeof folder, "%s/%s", base, entry->d_name);
        if (length < 0 || (size_t)length >= sizeof folder) continue;
        const int descriptor = lock_folder(folder);
        if (descriptor < 0) continue;
        if (is_leftover(descriptor)) remove_folder(folder);
        (void)close(descriptor);
    }
    (void)closedir(entries);
}

/* A file says that the folder is of a search. Without it the folder will be left alone. */
static void put_mark(const char *folder)
{
    char path[PATH_MAX + sizeof MARK];
    (void)snprintf(path, sizeof path, "%s/%s", folder, MARK);
    const int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    if (descriptor >= 0) (void)close(descriptor);
}

/* mkdtemp() of a name in `base` and a lock. False: errno. */
static bool make_locked(char *path, const char *base, size_t size)
{
    for (int tries = 0; tries < 100; tries++) {
        (void)snprintf(path, size, "%s/%s", base, PATTERN);
        if (mkdtemp(path) == NULL) return false;
        own_lock = lock_folder(path);
        /* where nobody can lock, nobody removes leftovers */
        if (own_lock >= 0 || (errno != EWOULDBLOCK && errno != ENOENT)) {
            put_mark(path);
            return true;
        }
        (void)rmdir(path);
    }
    return false;
}

bool clmlp_cli_scratch_make(char *path, size_t size)
{
    const char *const said = getenv("TMPDIR"), *const base = said != NULL && said[0] != '\0' ? said : "/tmp";
    if (strlen(base) + sizeof "/" + sizeof PATTERN + sizeof NAME > size) {
        clmlp_cli_error("TMPDIR: too long a name");
    } else {
        remove_leftovers(base);
        if (make_locked(path, base, size)) {
            (void)strcat(path, NAME);
            return true;
        }
        clmlp_cli_error("%s: no folder for the models of trials can be made there: %s", base, strerror(errno));
    }
    path[0] = '\0';
    return false;
}

/* The folder of a model in one. False: it is none. */
static bool folder_of(char folder[PATH_MAX], const char *path)
{
    const size_t length = strlen(path);
    if (length < sizeof NAME || length - (sizeof NAME - 1) >= PATH_MAX) return false;
    (void)snprintf(folder, PATH_MAX, "%.*s", (int)(length - (sizeof NAME - 1)), path);
    return true;
}

void clmlp_cli_scratch_keep(char *path)
{
    char folder[PATH_MAX], kept[PATH_MAX], mark[PATH_MAX + sizeof MARK];
    if (!folder_of(folder, path)) return;
    const size_t base = strlen(folder) - strlen(PATTERN);
    const int length = snprintf(kept, sizeof kept, "%.*s" "clmlp-kept-%s", (int)base, folder, folder + base + PREFIX);
    if (length < 0 || (size_t)length >= sizeof kept || rename(folder, kept) != 0) return;
    (void)snprintf(mark, sizeof mark, "%s/%s", kept, MARK);
    (void)unlink(mark); /* it is no folder of a search any more */
    (void)sprintf(path, "%s%s", kept, NAME); /* shorter than before */
}

void clmlp_cli_scratch_remove(const char *path)
{
    char folder[PATH_MAX];
    if (folder_of(folder, path)) remove_folder(folder);
    if (own_lock >= 0) (void)close(own_lock);
    own_lock = -1;
}
