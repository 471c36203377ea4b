/* layer.c - the function behind one of the same name, and the modules whose calls count. */
#define _GNU_SOURCE /* RTLD_NEXT, dl_iterate_phdr, program_invocation_short_name */
#include "layer.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_MODULES = 4 };

static struct { uintptr_t base, begin, end; const char *name; } modules[MOST_MODULES];
static struct { uintptr_t begin, end; } variables[2 * MOST_MODULES];
static size_t module_count, variable_count;

void layer_find(void *pointer, const char *name)
{
    void *const symbol = dlsym(RTLD_NEXT, name);
    if (symbol == NULL) {
        layer_say("failing: there is no %s\n", name);
        abort();
    }
    memcpy(pointer, &symbol, sizeof symbol);
}

static int note_module(struct dl_phdr_info *info, size_t size, void *unused)
{
    static const char *const counted[] = {"/libclmlp.so", "/libcjson.so", "/libpopt.so"};
    bool is_counted = info->dlpi_name[0] == '\0'; /* the program */
    (void)size, (void)unused;
    for (size_t i = 0; i < 3; i++) is_counted |= strstr(info->dlpi_name, counted[i]) != NULL;
    for (int i = 0; is_counted && i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *const part = &info->dlpi_phdr[i];
        const uintptr_t begin = info->dlpi_addr + part->p_vaddr;
        if (part->p_type == PT_LOAD && (part->p_flags & PF_W) != 0 && variable_count < 2 * MOST_MODULES) {
            variables[variable_count].begin = begin;
            variables[variable_count++].end = begin + part->p_memsz;
        }
        if (part->p_type != PT_LOAD || (part->p_flags & PF_X) == 0) continue;
        if (module_count == MOST_MODULES) abort();
        modules[module_count].base = info->dlpi_addr;
        modules[module_count].begin = begin;
        modules[module_count].end = begin + part->p_memsz;
        modules[module_count++].name = info->dlpi_name[0] == '\0' ? "clmlp" : strrchr(info->dlpi_name, '/') + 1;
    }
    return 0;
}

bool layer_set_up(void)
{
    if (strcmp(program_invocation_short_name, "clmlp") != 0) return false;
    (void)dl_iterate_phdr(note_module, NULL);
    return true;
}

const char *layer_module(const void *address, unsigned long *offset)
{
    const uintptr_t at = (uintptr_t)address;
    for (size_t i = 0; i < module_count; i++) {
        if (at < modules[i].begin || at >= modules[i].end) continue;
        *offset = (unsigned long)(at - modules[i].base);
        return modules[i].name;
    }
    return NULL;
}

bool layer_variables(size_t i, const void *const **begin, const void *const **end)
{
    if (i >= variable_count) return false;
    const uintptr_t aligned = (variables[i].begin + sizeof(void *) - 1) / sizeof(void *) * sizeof(void *);
    *begin = (const void *const *)aligned;
    *end = (const void *const *)(variables[i].end / sizeof(void *) * sizeof(void *));
    return true;
}

void layer_say(const char *format, ...)
{
    static ssize_t (*behind)(int, const void *, size_t);
    char line[256];
    va_list arguments;
    if (behind == NULL) {
        void *const symbol = dlsym(RTLD_NEXT, "write");
        memcpy(&behind, &symbol, sizeof symbol);
    }
    va_start(arguments, format);
    const int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (behind(STDERR_FILENO, line, (size_t)length < sizeof line ? (size_t)length : sizeof line - 1) < 0) _exit(99);
}
