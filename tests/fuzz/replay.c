/* replay.c - the corpora through the targets, without libFuzzer: replay NAME FOLDER_OR_FILE... */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"

typedef struct target {
    const char *name;
    void (*function)(const uint8_t *data, size_t size);
} target;

static const target targets[] = {
#if defined FUZZ_COMMAND_LINE
    {"command_line", fuzz_command_line},
#elif defined FUZZ_PROGRAM
    {"program", fuzz_program},
    {"report", fuzz_report},
#elif defined FUZZ_LINE
    {"line", fuzz_line},
#else
#define ROW(name) {#name, fuzz_##name},
    FUZZ_TARGET_LIST(ROW)
#undef ROW
#endif
};

static size_t replay_file(const target *t, const char *path)
{
    size_t size = 0;
    uint8_t *const bytes = fuzz_read(path, &size);
    (void)printf("%s %s\n", t->name, path); /* the last line names what failed */
    (void)fflush(stdout);
    /* a copy of just its size: the address sanitizer then sees what is read behind it */
    uint8_t *const exact = malloc(size > 0 ? size : 1);
    CHECK(exact != NULL);
    memcpy(exact, bytes, size);
    t->function(exact, size);
    free(exact);
    free(bytes);
    return 1;
}

static size_t replay(const target *t, const char *path)
{
    struct stat info;
    size_t count = 0;
    CHECK_WITH(stat(path, &info) == 0, path);
    if (!S_ISDIR(info.st_mode)) return replay_file(t, path);
    DIR *const list = opendir(path);
    CHECK_WITH(list != NULL, path);
    for (struct dirent *entry = NULL; (entry = readdir(list)) != NULL;) {
        char file[4096];
        if (entry->d_name[0] == '.') continue;
        const int length = snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
        CHECK(length > 0 && (size_t)length < sizeof file);
        count += replay_file(t, file);
    }
    (void)closedir(list);
    return count;
}

static size_t all_of(const char *corpora)
{
    size_t count = 0;
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        char path[4096];
        const int length = snprintf(path, sizeof path, "%s/%s", corpora, targets[i].name);
        CHECK(length > 0 && (size_t)length < sizeof path);
        const size_t of_target = replay(&targets[i], path);
        CHECK_WITH(of_target > 0, path); /* a target without a corpus would be no test */
        count += of_target;
    }
    return count;
}

int main(int argc, char **argv)
{
    size_t count = 0;
    for (int k = argc == 2 ? 1 : 2; k < argc; k++) { /* a target may work in a folder of its own */
        char *const whole = realpath(argv[k], NULL); /* kept to the end */
        if (whole != NULL) argv[k] = whole;
    }
    if (argc == 2) {
        count = all_of(argv[1]);
    } else {
        for (size_t i = 0; argc > 2 && i < sizeof targets / sizeof *targets; i++) {
            if (strcmp(targets[i].name, argv[1]) != 0) continue;
            for (int k = 2; k < argc; k++) count += replay(&targets[i], argv[k]);
        }
    }
    (void)printf("%zu inputs\n", count);
    if (count > 0) return 0;
    (void)fprintf(stderr, "usage: %s CORPORA, or %s TARGET FILE_OR_FOLDER...\n", argv[0], argv[0]);
    return 2;
}
