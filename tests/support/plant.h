/* plant.h - a copy of the kernels with a fault in it. In a header, so that who uses faults.c needs no other file, and
 * the program with faults (inject_program.c) nothing of Criterion.
 */
#ifndef TEST_PLANT_H
#define TEST_PLANT_H

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST = 1 << 20 }; /* bytes of a kernel file */

/* Released with free(); NULL: it cannot be read. */
static inline char *read_all(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) return NULL;
    char *text = calloc(1, MOST);
    if (text != NULL) (void)fread(text, 1, MOST - 1, file);
    (void)fclose(file);
    return text;
}

/* Every occurrence, below `head`, is counted. */
static inline bool write_with(const char *path, const char *text, const char *head, const char *from, const char *to,
                       size_t *count)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL) return false;
    if (from != NULL && head != NULL) (void)fputs(head, file);
    for (const char *at = from != NULL ? strstr(text, from) : NULL; at != NULL; at = strstr(text, from)) {
        (void)fwrite(text, 1, (size_t)(at - text), file);
        (void)fputs(to, file);
        text = at + strlen(from);
        ++*count;
    }
    (void)fputs(text, file);
    return fclose(file) == 0;
}

static inline bool is_kernel_file(const char *name)
{
    const size_t length = strlen(name);
    if (length < 3) return false;
    const char *const ending = name + length - 3;
    return strcmp(ending, ".cl") == 0 || strcmp(ending + 1, ".h") == 0;
}

/* Copy the kernels from `source` into `folder`, which is made where it is not there, with `from` replaced by `to`
 * wherever it is in one file, and `head` (NULL: nothing) in front of that. Returns how often; 0: not at all, or a file
 * could not be read or written. */
static inline size_t plant_text(const char *source, const char *folder, const char *file, const char *head,
                                const char *from, const char *to)
{
    char path[2048], target[2048];
    size_t planted = 0;
    bool good = mkdir(folder, 0777) == 0 || errno == EEXIST;
    DIR *kernels = opendir(source);
    if (kernels == NULL) return 0;
    for (const struct dirent *entry = readdir(kernels); entry != NULL && good; entry = readdir(kernels)) {
        if (!is_kernel_file(entry->d_name)) continue;
        (void)snprintf(path, sizeof path, "%s/%s", source, entry->d_name);
        (void)snprintf(target, sizeof target, "%s/%s", folder, entry->d_name);
        char *text = read_all(path);
        good = text != NULL &&
               write_with(target, text, head, strcmp(entry->d_name, file) == 0 ? from : NULL, to, &planted);
        free(text);
    }
    (void)closedir(kernels);
    return good ? planted : 0;
}

#endif
