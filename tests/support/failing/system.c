/* system.c - a C library whose calls fail on demand: no memory, full disks, files that cannot be read.
 *
 * A library for LD_PRELOAD. CLMLP_FAIL_SYSTEM=NAME:N lets the N-th call of a kind fail, NAME:N+ that one and all later
 * ones; the first says so on stderr, and from where it was called. CLMLP_FAIL_SYSTEM=count says on stderr, at the end,
 * how many there were of each kind; "watch" lets none fail. Only calls from clmlp, libclmlp, libcjson
 * and libpopt count: what other libraries do without memory is theirs to answer for.
 *
 * At the end it also says which memory, descriptors, streams and folders these four have made and not given back. */
#define _GNU_SOURCE /* the functions */
#include "system.h"

#include <locale.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const names[] = {
#define KIND_NAME(name) #name,
    KIND_LIST(KIND_NAME)
#undef KIND_NAME
};

const char LEFT_MEMORY[] = "memory", LEFT_DESCRIPTOR[] = "a descriptor", LEFT_STREAM[] = "a stream",
           LEFT_FOLDER[] = "an open folder";

static atomic_ulong calls[KINDS];
static kind fail_kind = KINDS;
static unsigned long fail_at;
static bool fail_later, counts, watches;

__attribute__((constructor)) static void set_up(void)
{
    char name[64] = "", later = '\0';
    const char *const text = getenv("CLMLP_FAIL_SYSTEM");
    if (text == NULL || !layer_set_up()) return;
    watches = true;
    counts = strcmp(text, "count") == 0;
    if (counts || strcmp(text, "watch") == 0) return;
    if (sscanf(text, "%63[^:]:%lu%c", name, &fail_at, &later) < 2) abort();
    for (fail_kind = (kind)0; fail_kind < KINDS && strcmp(names[fail_kind], name) != 0;) {
        fail_kind = (kind)(fail_kind + 1);
    }
    if (fail_kind == KINDS) abort();
    fail_later = later == '+';
}

__attribute__((destructor)) static void tell(void)
{
    for (int i = 0; counts && i < KINDS; i++) {
        layer_say("failing_system: %lu of %s\n", atomic_load(&calls[i]), names[i]);
    }
    if (watches) left_tell("failing_system", LEFT_MEMORY);
}

bool fails(kind k, const void *from, const char *function)
{
    unsigned long offset;
    const char *const module = layer_module(from, &offset);
    if (module == NULL) return false;
    const unsigned long call = atomic_fetch_add(&calls[k], 1) + 1;
    if (k != fail_kind) return false;
    if (call == fail_at) {
        layer_say("failing_system: call %lu of %s fails: %s, from %s %#lx\n", call, names[k], function, module, offset);
    }
    return call == fail_at || (fail_later && call > fail_at);
}

bool fails_on(void)
{
    return fail_later;
}

void note_made(const void *object, const char *what, const void *maker)
{
    unsigned long offset;
    if (object != NULL && layer_module(maker, &offset) != NULL) left_add(object, what, maker);
}

/* --- memory ------------------------------------------------------------------------------------------------------ */

void *malloc(size_t size)
{
    BEHIND(malloc);
    FAIL(malloc, malloc, ENOMEM, NULL);
    void *const memory = behind(size);
    note_made(memory, LEFT_MEMORY, CALLER);
    return memory;
}

void *calloc(size_t count, size_t size)
{
    BEHIND(calloc);
    FAIL(malloc, calloc, ENOMEM, NULL);
    void *const memory = behind(count, size);
    note_made(memory, LEFT_MEMORY, CALLER);
    return memory;
}

/* What is moved is out of the table meanwhile: its place may at once be that of another thread. */
void *realloc(void *memory, size_t size)
{
    BEHIND(realloc);
    FAIL(malloc, realloc, ENOMEM, NULL);
    const void *const maker = left_drop(memory, LEFT_MEMORY);
    void *const moved = behind(memory, size);
    if (moved != NULL) note_made(moved, LEFT_MEMORY, CALLER);
    else if (maker != NULL && size != 0) left_add(memory, LEFT_MEMORY, maker);
    return moved;
}

void free(void *memory)
{
    BEHIND(free);
    (void)left_drop(memory, LEFT_MEMORY);
    behind(memory);
}

locale_t newlocale(int categories, const char *name, locale_t base)
{
    BEHIND(newlocale);
    FAIL(malloc, newlocale, ENOMEM, NULL);
    return behind(categories, name, base);
}

int setenv(const char *name, const char *value, int overwrite)
{
    BEHIND(setenv);
    FAIL(malloc, setenv, ENOMEM, -1);
    return behind(name, value, overwrite);
}

/* of zlib, whose own memory is not counted */
int inflateInit2_(void *stream, int window, const char *version, int size)
{
    enum { NO_MEMORY = -4 };
    static int (*behind)(void *, int, const char *, int);
    if (behind == NULL) layer_find((void *)&behind, "inflateInit2_");
    if (FAILS(malloc, inflateInit2_)) return NO_MEMORY;
    return behind(stream, window, version, size);
}

/* --- threads and processes --------------------------------------------------------------------------------------- */

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument)
{
    BEHIND(pthread_create);
    if (FAILS(thread, pthread_create)) return EAGAIN;
    return behind(thread, attributes, run, argument);
}

pid_t fork(void)
{
    BEHIND(fork);
    FAIL(spawn, fork, EAGAIN, -1);
    return behind();
}
