/* failing.h - what runs of the program leave, compared where calls failed. */
#ifndef TEST_CLI_FAILING_H
#define TEST_CLI_FAILING_H

#include <stdbool.h>
#include <stddef.h>

enum { FAILING_MOST_FILES = 256 };

typedef struct failing_file {
    char *name, *text;
    size_t size;
} failing_file;

typedef struct failing_files {
    failing_file list[FAILING_MOST_FILES];
    size_t count;
} failing_files;

/* All files in a folder, and below, but those of cli(). */
void failing_files_take(failing_files *all, const char *folder);
void failing_files_free(failing_files *all);
/* Make the folder what it was: `found` is what is there now. Folders that are empty go. */
void failing_files_restore(const failing_files *before, const failing_files *found, const char *folder);
/* NULL: there is none. Event files for TensorBoard have a name of the time and the process: those of a folder count as
 * one. */
const failing_file *failing_files_find(const failing_files *all, const char *name);

/* Whole lines of JSON; an entry of the cache that has the lengths which its first line says. */
bool failing_are_lines(const failing_file *log);
bool failing_is_whole_entry(const failing_file *file);

/* Whole records of an event file, one at least. */
bool failing_is_events(const char *name);
bool failing_are_records(const failing_file *events);
/* A page that has its end; two that differ in numbers and in the order of elements alone: there are times among the
 * numbers, and tables go by them. */
bool failing_is_page(const failing_file *file);
bool failing_are_alike(const failing_file *one, const failing_file *other);

/* Times are never twice the same: each number before " s", " ms" or " samples/s", and behind seconds, becomes #. */
void failing_mask(char *text);

/* Remove the lines of the layers whose calls fail. */
void failing_strip(char *text);

/* Whether a layer found something that was made and not given back (tests/support/failing/layer.h). Before they are
 * stripped. */
bool failing_left(const char *err);

#endif
