/* open_error.c - what is said of a file that cannot be opened: why, and which file of its folder may be meant. */
#include "base/open_error.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/nearest.h"

/* A folder with more files than that is not looked through to its end. */
enum { MOST_FILES = 10000, OTHER_ENDING = 3 };

static size_t length_of_stem(const char *name)
{
    const char *const dot = strrchr(name, '.');
    return dot != NULL && dot != name ? (size_t)(dot - name) : strlen(name);
}

/* An ending that both have says nothing: q.csv is not nearly p.csv. */
static size_t distance_of_stems(const char *name, const char *other)
{
    char one[NAME_MAX + 1], two[NAME_MAX + 1];
    const size_t stem = length_of_stem(name), of_other = length_of_stem(other);
    if (strcmp(name + stem, other + of_other) != 0 || stem > NAME_MAX || of_other > NAME_MAX) {
        return clmlp_word_distance(name, other);
    }
    (void)snprintf(one, sizeof one, "%.*s", (int)stem, name);
    (void)snprintf(two, sizeof two, "%.*s", (int)of_other, other);
    return clmlp_word_distance(one, two);
}

/* How far `other` is from `name`; SIZE_MAX: it is something else. */
static size_t file_distance(const char *name, const char *other)
{
    const size_t apart = distance_of_stems(name, other), length = strlen(name), stem = length_of_stem(other);
    const bool hidden = other[0] == '.' && name[0] != '.';
    if (hidden) return SIZE_MAX;
    if (apart != SIZE_MAX) return apart;
    /* points for points.csv, points.txt for it, points.csv for points.csv.gz */
    const bool longer = strncmp(other, name, length) == 0 && other[length] == '.';
    const bool ends_otherwise = stem == length_of_stem(name) && strncmp(name, other, stem) == 0;
    return longer || ends_otherwise ? OTHER_ENDING : SIZE_MAX;
}

static bool is_file(const char *path)
{
    struct stat entry;
    return stat(path, &entry) == 0 && !S_ISDIR(entry.st_mode);
}

/* The nearest name in the folder of `path`, with the folder as it was typed, into near; false: there is none. */
static bool find_near(const char *path, char near[PATH_MAX])
{
    char folder[PATH_MAX] = ".", full[PATH_MAX];
    const char *const slash = strrchr(path, '/'), *const name = slash != NULL ? slash + 1 : path;
    const size_t before = (size_t)(name - path);
    const struct dirent *entry;
    size_t least = SIZE_MAX;
    if (name[0] == '\0' || before + 1 > sizeof folder) return false;
    if (slash != NULL) {
        memcpy(folder, path, before);
        folder[before] = '\0';
    }
    DIR *const list = opendir(folder);
    for (int i = 0; list != NULL && i < MOST_FILES && (entry = readdir(list)) != NULL; i++) {
        const size_t apart = file_distance(name, entry->d_name);
        if (apart == SIZE_MAX || apart > least) continue;
        const int length = snprintf(full, sizeof full, "%.*s%s", (int)before, path, entry->d_name);
        if (length < 0 || (size_t)length >= sizeof full || !is_file(full)) continue;
        if (apart == least && strcmp(full, near) >= 0) continue; /* a folder has no order */
        least = apart;
        (void)strcpy(near, full);
    }
    if (list != NULL) (void)closedir(list);
    return least != SIZE_MAX;
}

clmlp_status clmlp_fail_open(clmlp_error *error, int number, const char *path)
{
    char near[PATH_MAX];
    if (number == ENOENT && error != NULL && find_near(path, near)) {
        return clmlp_fail(error, CLMLP_IO, "%s: cannot be opened: %s; did you mean '%s'?", path, strerror(number),
                          near);
    }
    return clmlp_fail_errno(error, CLMLP_IO, number, "%s: cannot be opened", path);
}
