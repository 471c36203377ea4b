#include "faults.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static char *read_all(const char *path)
{
    FILE *file = fopen(path, "rb");
    cr_assert_not_null(file, "%s", path);
    char *text = calloc(1, 1 << 20);
    (void)fread(text, 1, (1 << 20) - 1, file);
    (void)fclose(file);
    return text;
}

/* Every occurrence, below `head`; returns how many. */
static size_t write_with(const char *path, const char *text, const char *head, const char *from, const char *to)
{
    size_t count = 0;
    FILE *file = fopen(path, "wb");
    cr_assert_not_null(file, "%s", path);
    if (from != NULL && head != NULL) (void)fputs(head, file);
    for (const char *at = from != NULL ? strstr(text, from) : NULL; at != NULL; at = strstr(text, from)) {
        (void)fwrite(text, 1, (size_t)(at - text), file);
        (void)fputs(to, file);
        text = at + strlen(from);
        count++;
    }
    (void)fputs(text, file);
    cr_assert_eq(fclose(file), 0);
    return count;
}

void plant_fault_below(const char *name, const char *file, const char *head, const char *from, const char *to)
{
    char folder[1024], source[2048], target[2048];
    size_t planted = 0;
    (void)snprintf(folder, sizeof folder, "%s/kernels-%s", TEST_SCRATCH_DIR, name);
    cr_assert(mkdir(folder, 0777) == 0 || errno == EEXIST);
    DIR *kernels = opendir(TEST_KERNEL_DIR);
    cr_assert_not_null(kernels);
    for (const struct dirent *entry = readdir(kernels); entry != NULL; entry = readdir(kernels)) {
        const size_t length = strlen(entry->d_name);
        if (length < 3) continue;
        const char *const ending = entry->d_name + length - 3;
        if (strcmp(ending, ".cl") != 0 && strcmp(ending + 1, ".h") != 0) continue;
        (void)snprintf(source, sizeof source, "%s/%s", TEST_KERNEL_DIR, entry->d_name);
        (void)snprintf(target, sizeof target, "%s/%s", folder, entry->d_name);
        char *text = read_all(source);
        planted += write_with(target, text, head, strcmp(entry->d_name, file) == 0 ? from : NULL, to);
        free(text);
    }
    (void)closedir(kernels);
    cr_assert_gt(planted, 0, "'%s' is not in %s any more", from, file);
    cr_assert_eq(setenv("CLMLP_KERNEL_DIR", folder, 1), 0);
}

void plant_fault(const char *name, const char *file, const char *from, const char *to)
{
    plant_fault_below(name, file, NULL, from, to);
}
