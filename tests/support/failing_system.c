/* failing_system.c - a C library whose calls fail on demand: no memory, full disks, files that cannot be read.
 *
 * A library for LD_PRELOAD. CLMLP_FAIL_SYSTEM=NAME:N lets the N-th call of a kind fail, NAME:N+ that one and all later
 * ones; the first says so on stderr, and from where it was called. CLMLP_FAIL_SYSTEM=count says on stderr, at the end,
 * how many there were of each kind. Only calls from clmlp, libclmlp, libcjson and libpopt count: what other libraries
 * do without memory is theirs to answer for.
 *
 * Streams fail as they do in life: for the time of the call, another file is behind the descriptor, one that is full or
 * cannot be read. */
#define _GNU_SOURCE /* RTLD_NEXT, dl_iterate_phdr, program_invocation_short_name */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <locale.h>
#include <pthread.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KIND_LIST(K)                                                                                                \
    K(malloc) K(open) K(read) K(write) K(flush) K(fsync) K(ftruncate) K(fallocate) K(rename) K(link) K(thread) K(spawn)

typedef enum kind {
#define KIND_CODE(name) KIND_##name,
    KIND_LIST(KIND_CODE)
#undef KIND_CODE
    KINDS
} kind;

static const char *const names[] = {
#define KIND_NAME(name) #name,
    KIND_LIST(KIND_NAME)
#undef KIND_NAME
};

enum { MOST_MODULES = 4 };

static struct { uintptr_t begin, end; const char *name; } modules[MOST_MODULES];
static size_t module_count;
static atomic_ulong calls[KINDS];
static kind fail_kind = KINDS;
static unsigned long fail_at;
static bool fail_later, counts;

/* The function behind ours: `pointer` is where its address goes. */
static void find(void *pointer, const char *name)
{
    void *const symbol = dlsym(RTLD_NEXT, name);
    if (symbol == NULL) abort();
    memcpy(pointer, &symbol, sizeof symbol);
}

#define BEHIND(name)                 \
    static __typeof__(name) *behind; \
    if (behind == NULL) find((void *)&behind, #name)

static int note_module(struct dl_phdr_info *info, size_t size, void *unused)
{
    static const char *const counted[] = {"/libclmlp.so", "/libcjson.so", "/libpopt.so"};
    bool is_counted = info->dlpi_name[0] == '\0'; /* the program */
    (void)size, (void)unused;
    for (size_t i = 0; i < 3; i++) is_counted |= strstr(info->dlpi_name, counted[i]) != NULL;
    for (int i = 0; is_counted && module_count < MOST_MODULES && i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *const part = &info->dlpi_phdr[i];
        if (part->p_type != PT_LOAD || (part->p_flags & PF_X) == 0) continue;
        const uintptr_t begin = info->dlpi_addr + part->p_vaddr;
        modules[module_count].begin = begin;
        modules[module_count].end = begin + part->p_memsz;
        modules[module_count++].name = info->dlpi_name[0] == '\0' ? "clmlp" : strrchr(info->dlpi_name, '/') + 1;
    }
    return 0;
}

__attribute__((constructor)) static void set_up(void)
{
    char name[64] = "", later = '\0';
    const char *const text = getenv("CLMLP_FAIL_SYSTEM");
    if (text == NULL || strcmp(program_invocation_short_name, "clmlp") != 0) return; /* a shell, say */
    (void)dl_iterate_phdr(note_module, NULL);
    counts = strcmp(text, "count") == 0;
    if (counts) return;
    if (sscanf(text, "%63[^:]:%lu%c", name, &fail_at, &later) < 2) abort();
    for (fail_kind = (kind)0; fail_kind < KINDS && strcmp(names[fail_kind], name) != 0;) {
        fail_kind = (kind)(fail_kind + 1);
    }
    if (fail_kind == KINDS) abort();
    fail_later = later == '+';
}

static void say(const char *text, int length)
{
    static ssize_t (*behind)(int, const void *, size_t);
    if (behind == NULL) find((void *)&behind, "write");
    if (behind(STDERR_FILENO, text, (size_t)length) < 0) _exit(99);
}

__attribute__((destructor)) static void tell_counts(void)
{
    char line[64];
    for (int i = 0; counts && i < KINDS; i++) {
        say(line, snprintf(line, sizeof line, "failing_system: %lu of %s\n", atomic_load(&calls[i]), names[i]));
    }
}

/* Whether this call, from that address, is to fail. */
static bool fails(kind k, const void *from, const char *function)
{
    const uintptr_t address = (uintptr_t)from;
    size_t i = 0;
    while (i < module_count && (address < modules[i].begin || address >= modules[i].end)) i++;
    if (i == module_count) return false;
    const unsigned long call = atomic_fetch_add(&calls[k], 1) + 1;
    if (k != fail_kind) return false;
    if (call == fail_at) {
        char line[160];
        Dl_info where = {0};
        (void)dladdr(from, &where);
        say(line, snprintf(line, sizeof line, "failing_system: call %lu of %s fails: %s, from %s %#lx\n", call,
                           names[k], function, modules[i].name, (unsigned long)(address - (uintptr_t)where.dli_fbase)));
    }
    return call == fail_at || (fail_later && call > fail_at);
}

#define FAILS(k, name) fails(KIND_##k, __builtin_return_address(0), #name)
#define FAIL(k, name, number, value) \
    if (FAILS(k, name)) {            \
        errno = (number);            \
        return (value);              \
    }

/* --- memory ------------------------------------------------------------------------------------------------------ */

void *malloc(size_t size)
{
    BEHIND(malloc);
    FAIL(malloc, malloc, ENOMEM, NULL);
    return behind(size);
}

void *calloc(size_t count, size_t size)
{
    BEHIND(calloc);
    FAIL(malloc, calloc, ENOMEM, NULL);
    return behind(count, size);
}

void *realloc(void *memory, size_t size)
{
    BEHIND(realloc);
    FAIL(malloc, realloc, ENOMEM, NULL);
    return behind(memory, size);
}

locale_t newlocale(int categories, const char *name, locale_t base)
{
    BEHIND(newlocale);
    FAIL(malloc, newlocale, ENOMEM, NULL);
    return behind(categories, name, base);
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
    return behind(path, flags, mode);
}

int openat(int folder, const char *path, int flags, ...)
{
    BEHIND(openat);
    FAIL(open, openat, EMFILE, -1);
    va_list rest;
    va_start(rest, flags);
    const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return behind(folder, path, flags, mode);
}

FILE *fopen(const char *path, const char *mode)
{
    BEHIND(fopen);
    FAIL(open, fopen, EMFILE, NULL);
    return behind(path, mode);
}

FILE *fdopen(int descriptor, const char *mode)
{
    BEHIND(fdopen);
    FAIL(open, fdopen, ENOMEM, NULL);
    return behind(descriptor, mode);
}

DIR *opendir(const char *path)
{
    BEHIND(opendir);
    FAIL(open, opendir, EMFILE, NULL);
    return behind(path);
}

int mkstemp(char *name)
{
    BEHIND(mkstemp);
    FAIL(open, mkstemp, ENOSPC, -1);
    return behind(name);
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
    return behind(descriptor);
}

int pipe(int ends[2])
{
    BEHIND(pipe);
    FAIL(open, pipe, EMFILE, -1);
    return behind(ends);
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
    BEHIND(write);
    if (descriptor != STDERR_FILENO) FAIL(write, write, ENOSPC, -1);
    return behind(descriptor, from, size);
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

/* --- streams ----------------------------------------------------------------------------------------------------- */

/* Put `path` behind a stream. Returns a descriptor of what was there. */
static int put_behind(FILE *stream, const char *path, int flags)
{
    static __typeof__(dup) *real_dup;
    static int (*real_open)(const char *, int, ...);
    if (real_dup == NULL) find((void *)&real_dup, "dup");
    if (real_open == NULL) find((void *)&real_open, "open");
    const int kept = real_dup(fileno(stream)), other = real_open(path, flags);
    if (kept < 0 || other < 0 || dup2(other, fileno(stream)) < 0) abort();
    (void)close(other);
    return kept;
}

static void put_back(FILE *stream, int kept)
{
    const int number = errno;
    if (kept < 0) return;
    if (stream != NULL) (void)dup2(kept, fileno(stream));
    (void)close(kept);
    errno = number;
}

static int fill(FILE *stream, const void *from, const char *function)
{
    if (stream == stderr || !__fwritable(stream) || !fails(KIND_flush, from, function)) return -1;
    return put_behind(stream, "/dev/full", O_WRONLY);
}

static int spoil(FILE *stream, const void *from, const char *function)
{
    return fails(KIND_read, from, function) ? put_behind(stream, "/", O_RDONLY) : -1;
}

#define FULL(stream, name, type, call)                                            \
    const int kept_ = fill((stream), __builtin_return_address(0), #name);         \
    const type result_ = (call);                                                  \
    put_back((stream), kept_);                                                    \
    return result_

#define UNREADABLE(stream, name, type, call)                                      \
    const int kept_ = spoil((stream), __builtin_return_address(0), #name);        \
    type const result_ = (call);                                                  \
    put_back((stream), kept_);                                                    \
    return result_

size_t fwrite(const void *from, size_t size, size_t count, FILE *stream)
{
    BEHIND(fwrite);
    FULL(stream, fwrite, size_t, behind(from, size, count, stream));
}

int fputs(const char *text, FILE *stream)
{
    BEHIND(fputs);
    FULL(stream, fputs, int, behind(text, stream));
}

int fputc(int character, FILE *stream)
{
    BEHIND(fputc);
    FULL(stream, fputc, int, behind(character, stream));
}

int fprintf(FILE *stream, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int kept = fill(stream, __builtin_return_address(0), "fprintf"), result = vfprintf(stream, format, arguments);
    va_end(arguments);
    put_back(stream, kept);
    return result;
}

int printf(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int kept = fill(stdout, __builtin_return_address(0), "printf"), result = vprintf(format, arguments);
    va_end(arguments);
    put_back(stdout, kept);
    return result;
}

int puts(const char *text)
{
    BEHIND(puts);
    FULL(stdout, puts, int, behind(text));
}

int fflush(FILE *stream)
{
    BEHIND(fflush);
    FULL(stream, fflush, int, behind(stream));
}

int fclose(FILE *stream)
{
    BEHIND(fclose);
    const int kept = fill(stream, __builtin_return_address(0), "fclose"), result = behind(stream);
    put_back(NULL, kept);
    return result;
}

size_t fread(void *to, size_t size, size_t count, FILE *stream)
{
    BEHIND(fread);
    UNREADABLE(stream, fread, size_t, behind(to, size, count, stream));
}

char *fgets(char *to, int size, FILE *stream)
{
    BEHIND(fgets);
    UNREADABLE(stream, fgets, char *, behind(to, size, stream));
}

ssize_t getline(char **line, size_t *size, FILE *stream)
{
    BEHIND(getline);
    UNREADABLE(stream, getline, ssize_t, behind(line, size, stream));
}

/* --- threads and processes --------------------------------------------------------------------------------------- */

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument)
{
    BEHIND(pthread_create);
    if (FAILS(thread, pthread_create)) return EAGAIN;
    return behind(thread, attributes, run, argument);
}

int posix_spawnp(pid_t *process, const char *file, const posix_spawn_file_actions_t *actions,
                 const posix_spawnattr_t *attributes, char *const *words, char *const *environment)
{
    BEHIND(posix_spawnp);
    if (FAILS(spawn, posix_spawnp)) return EAGAIN;
    return behind(process, file, actions, attributes, words, environment);
}
