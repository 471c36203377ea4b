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

/* A change of one file: `from` becomes `to` wherever it is, below `head` (NULL: nothing). */
typedef struct change {
    const char *file; /* its name below the folder of kernels */
    const char *head, *from, *to;
    size_t planted;
} change;

/* Copy the files of source/below, which ends in / or is empty, into folder/below, which is made where it is not
 * there. */
static inline bool plant_folder(const char *source, const char *folder, const char *below, change *c)
{
    char path[2048], target[2048], name[512];
    (void)snprintf(path, sizeof path, "%s/%s", source, below);
    (void)snprintf(target, sizeof target, "%s/%s", folder, below);
    bool good = mkdir(target, 0777) == 0 || errno == EEXIST;
    DIR *kernels = opendir(path);
    if (kernels == NULL) return false;
    for (const struct dirent *entry = readdir(kernels); entry != NULL && good; entry = readdir(kernels)) {
        struct stat about;
        if (entry->d_name[0] == '.') continue;
        (void)snprintf(name, sizeof name, "%s%s", below, entry->d_name);
        (void)snprintf(path, sizeof path, "%s/%s", source, name);
        (void)snprintf(target, sizeof target, "%s/%s", folder, name);
        good = stat(path, &about) == 0;
        if (good && S_ISDIR(about.st_mode)) {
            (void)snprintf(name, sizeof name, "%s%s/", below, entry->d_name);
            good = plant_folder(source, folder, name, c);
        } else if (good && is_kernel_file(name)) {
            char *text = read_all(path);
            const char *const from = strcmp(name, c->file) == 0 ? c->from : NULL;
            good = text != NULL && write_with(target, text, c->head, from, c->to, &c->planted);
            free(text);
        }
    }
    (void)closedir(kernels);
    return good;
}

/* Copy the kernels from `source` into `folder` with one change. Returns in how many places; 0: not at all, or a file
 * could not be read or written. */
static inline size_t plant_text(const char *source, const char *folder, const char *file, const char *head,
                                const char *from, const char *to)
{
    change c = {file, head, from, to, 0};
    return plant_folder(source, folder, "", &c) ? c.planted : 0;
}

#endif
