/* divided.h - a file read by several ranks, which are threads here, beside the same file read by one process. */
#ifndef CLMLP_TESTS_DATA_DIVIDED_H
#define CLMLP_TESTS_DATA_DIVIDED_H

#include <stddef.h>

#include "clmlp/dataset.h"

enum { MOST_RANKS = 4 };

/* Read `path` alone and with 2 to MOST_RANKS ranks, rank r from paths[r]; NULL: all from `path`. `head`: rows that all
 * ranks read. Asserts that all get the same data set, to the last bit, with the same notes, or the same message; of
 * other paths than `path` only that all ranks get the same. `what` names the case. Returns what one process got: the
 * message, or "" - until the next call. */
const char *expect_same(const char *what, const char *path, const char *const *paths, size_t head,
                        const clmlp_load_options *options);

/* The same in two steps: one process, whose message or "" is returned, and so many ranks beside it. */
const char *read_alone(const char *path, size_t head, const clmlp_load_options *options);
void expect_ranks(size_t count, const char *what, const char *path, const char *const *paths, size_t head,
                  const clmlp_load_options *options);

/* So many ranks, whatever comes of it. */
void read_by_ranks(size_t count, const char *path, const char *const *paths, size_t head,
                   const clmlp_load_options *options);

/* What each rank does before and after that; NULL: nothing. */
extern void (*before_reading)(size_t rank);
extern void (*after_reading)(void);

/* What the ranks of the last call said: rank r of all `ranks`. */
const char *message_of(size_t ranks, size_t r);

/* In how many rounds they read parts of text files. */
size_t rounds_of(size_t ranks);

/* Write the bytes, and the same with heads of 1 and 3 rows. */
void expect_bytes_same(const char *name, const void *bytes, size_t size, const clmlp_load_options *options);
void expect_text_same(const char *name, const char *text, const clmlp_load_options *options);

#endif
