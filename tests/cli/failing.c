/* failing.c - what runs of the program leave, compared where calls failed. */
#define _GNU_SOURCE /* nftw */
#include "failing.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <ctype.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- files ------------------------------------------------------------------------------------------------------- */

static failing_files *noted; /* what nftw fills */
static size_t root_length;

static int note(const char *path, const struct stat *entry, int type, struct FTW *where)
{
    (void)where;
    const char *const name = path + root_length;
    if (type != FTW_F || strcmp(name, "/.out") == 0 || strcmp(name, "/.err") == 0) return 0;
    cr_assert_lt(noted->count, FAILING_MOST_FILES);
    failing_file *const f = &noted->list[noted->count++];
    FILE *const stream = fopen(path, "rb");
    *f = (failing_file){strdup(name + 1), malloc((size_t)entry->st_size + 1), (size_t)entry->st_size};
    cr_assert(stream != NULL && f->name != NULL && f->text != NULL);
    cr_assert_eq(fread(f->text, 1, f->size, stream), f->size);
    f->text[f->size] = '\0';
    return fclose(stream);
}

void failing_files_take(failing_files *all, const char *folder)
{
    all->count = 0;
    noted = all;
    root_length = strlen(folder);
    cr_assert_eq(nftw(folder, note, 8, FTW_PHYS), 0, "%s", folder);
}

void failing_files_free(failing_files *all)
{
    for (size_t i = 0; i < all->count; i++) {
        free(all->list[i].name);
        free(all->list[i].text);
    }
    all->count = 0;
}

static const char EVENTS[] = "/events.out.tfevents.";

bool failing_is_events(const char *name)
{
    return strstr(name, EVENTS) != NULL;
}

const failing_file *failing_files_find(const failing_files *all, const char *name)
{
    const char *const events = strstr(name, EVENTS);
    for (size_t i = 0; i < all->count; i++) {
        const char *const other = all->list[i].name;
        if (strcmp(other, name) == 0) return &all->list[i];
        if (events != NULL && strncmp(other, name, (size_t)(events - name) + strlen(EVENTS)) == 0) return &all->list[i];
    }
    return NULL;
}

/* A folder that is empty; those of the runs before are made anew. */
static int remove_empty(const char *path, const struct stat *entry, int type, struct FTW *where)
{
    (void)entry;
    if (type == FTW_DP && where->level > 0) (void)rmdir(path);
    return 0;
}

void failing_files_restore(const failing_files *before, const failing_files *found, const char *folder)
{
    char path[2048];
    for (size_t i = 0; i < found->count; i++) {
        if (failing_files_find(before, found->list[i].name) != NULL) continue;
        (void)snprintf(path, sizeof path, "%s/%s", folder, found->list[i].name);
        cr_assert_eq(unlink(path), 0, "%s", path);
    }
    cr_assert_eq(nftw(folder, remove_empty, 8, FTW_PHYS | FTW_DEPTH), 0);
    for (size_t i = 0; i < before->count; i++) {
        const failing_file *const old = &before->list[i], *const now = failing_files_find(found, old->name);
        if (now != NULL && now->size == old->size && memcmp(now->text, old->text, old->size) == 0) continue;
        (void)snprintf(path, sizeof path, "%s/%s", folder, old->name);
        (void)unlink(path);
        FILE *const stream = fopen(path, "wb");
        cr_assert_not_null(stream, "%s", path);
        cr_assert_eq(fwrite(old->text, 1, old->size, stream), old->size);
        cr_assert_eq(fclose(stream), 0);
    }
}

bool failing_are_lines(const failing_file *log)
{
    bool whole = log->size == 0 || log->text[log->size - 1] == '\n';
    for (const char *at = log->text; whole && *at != '\0'; at = strchr(at, '\n') + 1) {
        cJSON *const line = cJSON_Parse(at);
        whole = line != NULL;
        cJSON_Delete(line);
    }
    return whole;
}

bool failing_is_whole_entry(const failing_file *file)
{
    unsigned long long key = 0, size = 0;
    const char *const end = strchr(file->text, '\n');
    return end != NULL && sscanf(file->text, "clmlp-cache 1 %llx %llx", &key, &size) == 2 &&
           (size_t)(end - file->text) + 1 + key + 1 + size == file->size;
}

/* Each has the length of its data, a checksum, the data, and a checksum. */
bool failing_are_records(const failing_file *events)
{
    size_t at = 0;
    while (events->size - at >= 8) {
        size_t length = 0;
        for (size_t b = 8; b-- > 0;) length = length << 8 | (unsigned char)events->text[at + b];
        if (length > events->size || length + 16 > events->size - at) return false;
        at += length + 16;
    }
    return at > 0 && at == events->size;
}

bool failing_is_page(const failing_file *file)
{
    static const char end[] = "</html>\n";
    const size_t length = strlen(end);
    return strncmp(file->text, "<!DOCTYPE html>", 15) == 0 && file->size == strlen(file->text) &&
           strcmp(file->text + file->size - length, end) == 0;
}

/* Behind a number, and the narrow spaces of thousands. */
static const char *behind_number(const char *at)
{
    for (;;) {
        at += strspn(at, "0123456789.e-+");
        if (strncmp(at, "\u202f", strlen("\u202f")) != 0) return at;
        at += strlen("\u202f");
    }
}

enum { MOST_ELEMENTS = 16384 };

static int compare_texts(const void *one, const void *other)
{
    return strcmp(*(char *const *)one, *(char *const *)other);
}

/* A copy of a page without its numbers, cut into its elements, which are sorted. */
static char *elements_of(const failing_file *page, char **elements, size_t *count)
{
    char *const text = malloc(page->size + 1), *to = text;
    cr_assert_not_null(text);
    *count = 0;
    for (const char *at = page->text; *at != '\0';) {
        if (*at == '<') { /* the end of the one before */
            if (to > text) *to++ = '\0';
            cr_assert_lt(*count, MOST_ELEMENTS);
            elements[(*count)++] = to;
            at++;
        } else if (isdigit((unsigned char)*at)) {
            at = behind_number(at);
        } else {
            *to++ = *at++;
        }
    }
    *to = '\0';
    qsort(elements, *count, sizeof *elements, compare_texts);
    return text;
}

bool failing_are_alike(const failing_file *one, const failing_file *other)
{
    static char *a[MOST_ELEMENTS], *b[MOST_ELEMENTS];
    size_t count, others;
    char *const text = elements_of(one, a, &count), *const beside = elements_of(other, b, &others);
    bool alike = count == others;
    for (size_t i = 0; alike && i < count; i++) alike = strcmp(a[i], b[i]) == 0;
    free(text);
    free(beside);
    return alike;
}

/* --- texts ------------------------------------------------------------------------------------------------------- */

static void cut(char *text, const char *part)
{
    for (char *at; (at = strstr(text, part)) != NULL;) memmove(at, at + strlen(part), strlen(at + strlen(part)) + 1);
}

void failing_mask(char *text)
{
    char *to = text;
    const char *last_key = text;
    for (const char *at = text; *at != '\0';) {
        if (*at == '"') last_key = at;
        if (!isdigit((unsigned char)*at) || (at > text && isalnum((unsigned char)at[-1]))) {
            *to++ = *at++;
            continue;
        }
        const size_t length = strspn(at, "0123456789.e-+");
        const char *const behind = at + length;
        const bool unit = strncmp(behind, " s", 2) == 0 || strncmp(behind, " ms", 3) == 0;
        const bool keyed = at - last_key < 4 && last_key - text > 8 && (strncmp(last_key - 6, "second", 6) == 0 ||
                                                                        strncmp(last_key - 7, "seconds", 7) == 0);
        if (unit || keyed) *to++ = '#';
        else for (size_t i = 0; i < length; i++) *to++ = at[i];
        at = behind;
    }
    *to = '\0';
    /* a processor that cannot be asked for its name has another one */
    for (char *at; (at = strstr(text, "\"device_name\":")) != NULL;) {
        const char *const end = at + strcspn(at, "\n");
        memmove(at, end, strlen(end) + 1);
    }
    /* said where it took a second and more */
    cut(text, "# s of them until the first step was done (transfers, and what is built for a first launch; opening the "
              "device is not in it), then ");
}

void failing_strip(char *text)
{
    char *at;
    while ((at = strstr(text, "failing_system: ")) != NULL || (at = strstr(text, "failing_opencl: ")) != NULL) {
        const char *const end = strchr(at, '\n');
        memmove(at, end != NULL ? end + 1 : strchr(at, '\0'), strlen(end != NULL ? end + 1 : "") + 1);
    }
}

bool failing_left(const char *err)
{
    /* popt ends the program itself, wherever it is */
    return (strstr(err, ": left: ") != NULL && strstr(err, "virtual memory exhausted.") == NULL) ||
           strstr(err, " is released once too often") != NULL;
}
