/* left.c - objects that were made and not given back: a table of those there are, in memory that was there before. */
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

#include "layer.h"

enum { MOST = 1 << 18, LISTS = 1 << 16, TOLD = 8 };

typedef struct entry {
    const void *object, *maker;
    const char *kind;
    uint32_t next; /* 0: the last */
    bool in_use, searched;
} entry;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static entry entries[MOST]; /* entries[0] is in no list */
static uint32_t lists[LISTS], unused_list, used = 1;

static uint32_t *list_of(const void *object)
{
    return &lists[((uintptr_t)object >> 4) * 0x9e3779b97f4a7c15u >> 48];
}

void left_add(const void *object, const char *kind, const void *maker)
{
    if (object == NULL) return;
    (void)pthread_mutex_lock(&lock);
    uint32_t i = unused_list;
    if (i != 0) unused_list = entries[i].next;
    else if (used < MOST) i = used++;
    else abort();
    entries[i] = (entry){object, maker, kind, *list_of(object), false, false};
    *list_of(object) = i;
    (void)pthread_mutex_unlock(&lock);
}

const void *left_drop(const void *object, const char *kind)
{
    const void *maker = NULL;
    if (object == NULL) return NULL;
    (void)pthread_mutex_lock(&lock);
    uint32_t *at = list_of(object);
    while (*at != 0 && (entries[*at].object != object || entries[*at].kind != kind)) at = &entries[*at].next;
    const uint32_t i = *at;
    if (i != 0) {
        maker = entries[i].maker;
        *at = entries[i].next;
        entries[i] = (entry){.next = unused_list};
        unused_list = i;
    }
    (void)pthread_mutex_unlock(&lock);
    return maker;
}

/* Whatever these words point to is in use. */
static void mark(const void *const *begin, const void *const *end, const char *memory)
{
    for (const void *const *at = begin; at < end; at++) {
        for (uint32_t i = *at != NULL ? *list_of(*at) : 0; i != 0; i = entries[i].next) {
            if (entries[i].object == *at && entries[i].kind == memory) entries[i].in_use = true;
        }
    }
}

static void mark_all(const char *memory)
{
    const void *const *begin, *const *end;
    for (size_t i = 0; layer_variables(i, &begin, &end); i++) mark(begin, end, memory);
    for (bool more = true; more;) {
        more = false;
        for (uint32_t i = 1; i < used; i++) {
            if (!entries[i].in_use || entries[i].searched) continue;
            begin = (const void *const *)entries[i].object;
            mark(begin, begin + malloc_usable_size((void *)(uintptr_t)begin) / sizeof(void *), memory);
            entries[i].searched = more = true;
        }
    }
}

void left_tell(const char *library, const char *memory)
{
    unsigned long ours = 0, others = 0, offset;
    if (memory != NULL) mark_all(memory);
    for (uint32_t i = 1; i < used; i++) {
        if (entries[i].object == NULL || entries[i].in_use) continue;
        const char *const module = layer_module(entries[i].maker, &offset);
        if (module == NULL) others++;
        else if (++ours <= TOLD) layer_say("%s: left: %s, made by %s %#lx\n", library, entries[i].kind, module, offset);
    }
    if (ours > TOLD) layer_say("%s: left: %lu more\n", library, ours - TOLD);
    if (others > 0) layer_say("%s: of other libraries there are %lu\n", library, others);
}
