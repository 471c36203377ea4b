/* files.c - descriptors, folders and names of files that fail on demand (system.c says how). */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "system.h"

static int note_descriptor(int descriptor, const void *maker)
{
    if (descriptor >= 0) note_made(NUMBERED(descriptor), LEFT_DESCRIPTOR, maker);
    return descriptor;
}

/* --- descriptors ------------------------------------------------------------------------------------------------- */

int open(const char *path, int flags, ...)
{
    BEHIND(open);
    FAIL(open, open, EMFILE, -1);
    va_list rest;
    va_start(rest, flags);
    const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return note_descriptor(behind(path, flags, mode), CALLER);
}

int openat(int folder, const char *path, int flags, ...)
{
    BEHIND(openat);
    FAIL(open, openat, EMFILE, -1);
    va_list rest;
    va_start(rest, flags);
    const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return note_descriptor(behind(folder, path, flags, mode), CALLER);
}

DIR *opendir(const char *path)
{
    BEHIND(opendir);
    FAIL(open, opendir, EMFILE, NULL);
    DIR *const folder = behind(path);
    note_made(folder, LEFT_FOLDER, CALLER);
    return folder;
}

DIR *fdopendir(int descriptor)
{
    BEHIND(fdopendir);
    FAIL(open, fdopendir, ENOMEM, NULL);
    DIR *const folder = behind(descriptor);
    if (folder != NULL) (void)left_drop(NUMBERED(descriptor), LEFT_DESCRIPTOR);
    note_made(folder, LEFT_FOLDER, CALLER);
    return folder;
}

struct dirent *readdir(DIR *folder)
{
    BEHIND(readdir);
    FAIL(read, readdir, EIO, NULL);
    return behind(folder);
}

int closedir(DIR *folder)
{
    BEHIND(closedir);
    (void)left_drop(folder, LEFT_FOLDER);
    return behind(folder);
}

int close(int descriptor)
{
    BEHIND(close);
    (void)left_drop(NUMBERED(descriptor), LEFT_DESCRIPTOR);
    return behind(descriptor);
}

int mkstemp(char *name)
{
    BEHIND(mkstemp);
    FAIL(open, mkstemp, ENOSPC, -1);
    return note_descriptor(behind(name), CALLER);
}

char *mkdtemp(char *name)
{
    BEHIND(mkdtemp);
    FAIL(open, mkdtemp, ENOSPC, NULL);
    return behind(name);
}

int mkdir(const char *path, mode_t mode)
{
    BEHIND(mkdir);
    FAIL(open, mkdir, ENOSPC, -1);
    return behind(path, mode);
}

int dup(int descriptor)
{
    BEHIND(dup);
    FAIL(open, dup, EMFILE, -1);
    return note_descriptor(behind(descriptor), CALLER);
}

int pipe(int ends[2])
{
    BEHIND(pipe);
    FAIL(open, pipe, EMFILE, -1);
    const int code = behind(ends);
    for (int i = 0; code == 0 && i < 2; i++) (void)note_descriptor(ends[i], CALLER);
    return code;
}

ssize_t read(int descriptor, void *to, size_t size)
{
    BEHIND(read);
    FAIL(read, read, EIO, -1);
    return behind(descriptor, to, size);
}

ssize_t pread(int descriptor, void *to, size_t size, off_t at)
{
    BEHIND(pread);
    FAIL(read, pread, EIO, -1);
    return behind(descriptor, to, size, at);
}

ssize_t write(int descriptor, const void *from, size_t size)
{
    static bool is_full;
    BEHIND(write);
    if (descriptor == STDERR_FILENO || !FAILS(write, write)) return behind(descriptor, from, size);
    if (!is_full && fails_on() && size > 1) { /* a disk that fills up takes a part before */
        is_full = true;
        return behind(descriptor, from, size / 2);
    }
    errno = ENOSPC;
    return -1;
}

int fsync(int descriptor)
{
    BEHIND(fsync);
    FAIL(fsync, fsync, EIO, -1);
    return behind(descriptor);
}

int ftruncate(int descriptor, off_t size)
{
    BEHIND(ftruncate);
    FAIL(ftruncate, ftruncate, EIO, -1);
    return behind(descriptor, size);
}

int posix_fallocate(int descriptor, off_t at, off_t size)
{
    BEHIND(posix_fallocate);
    if (FAILS(fallocate, posix_fallocate)) return ENOSPC;
    return behind(descriptor, at, size);
}

int rename(const char *from, const char *to)
{
    BEHIND(rename);
    FAIL(rename, rename, EIO, -1);
    return behind(from, to);
}

int link(const char *from, const char *to)
{
    BEHIND(link);
    FAIL(link, link, EPERM, -1);
    return behind(from, to);
}

/* --- what is asked about files ----------------------------------------------------------------------------------- */

#define ASKED(name, parameters, arguments) \
    int name parameters                    \
    {                                      \
        BEHIND(name);                      \
        FAIL(stat, name, EIO, -1);         \
        return behind arguments;           \
    }

ASKED(stat, (const char *path, struct stat *entry), (path, entry))
ASKED(lstat, (const char *path, struct stat *entry), (path, entry))
ASKED(fstat, (int descriptor, struct stat *entry), (descriptor, entry))
ASKED(fstatat, (int folder, const char *path, struct stat *entry, int flags), (folder, path, entry, flags))
ASKED(access, (const char *path, int mode), (path, mode))

ssize_t readlink(const char *path, char *to, size_t size)
{
    BEHIND(readlink);
    FAIL(stat, readlink, EIO, -1);
    return behind(path, to, size);
}

char *realpath(const char *path, char *to)
{
    BEHIND(realpath);
    FAIL(stat, realpath, EIO, NULL);
    return behind(path, to);
}

int flock(int descriptor, int what)
{
    BEHIND(flock);
    FAIL(lock, flock, ENOLCK, -1);
    return behind(descriptor, what);
}
