/* cover.c - notes which blocks of a program or library ran (gcc -fsanitize-coverage=trace-pc), for mutants.py. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SIZE = 4 << 20 };
extern const char __ehdr_start __attribute__((visibility("hidden")));
static unsigned char *ran;

/* A file that all processes of a test share: one that is killed has noted what it did. */
__attribute__((constructor(101))) static void clmlp_cover_begin(void)
{
    const char *prefix = getenv("CLMLP_COVER");
    char path[4096];
    if (prefix == NULL) return;
    snprintf(path, sizeof path, "%s." COVER_NAME, prefix);
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) return;
    if (ftruncate(file, SIZE) == 0) {
        void *map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        if (map != MAP_FAILED) ran = map;
    }
    close(file);
}

__attribute__((visibility("hidden"))) void __sanitizer_cov_trace_pc(void);
void __sanitizer_cov_trace_pc(void)
{
    uintptr_t at = (uintptr_t)__builtin_return_address(0) - (uintptr_t)&__ehdr_start;
    if (ran != NULL && at < SIZE) ran[at] = 1;
}
