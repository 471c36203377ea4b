/* encoder.h - the encoder of one column of a table: from a raw value to the features that the network sees.
 *
 *   numeric      the value, or the median of the training values where it is missing
 *   boolean      1 or 0, or the more frequent of them (0 on a tie) where it is missing
 *   categorical  one-hot over the levels of the training data in byte order; missing is one more level where the
 *                training data had any; a text that is no level gives zeros
 *   date         year, month, day of week (1 Monday), day of year, days since the first date of the training data, and
 *                the hour where that had times; or the median of each part where it is missing
 *
 * All but categorical columns have one more feature, 1 where the value is missing, if the training data had any. */
#ifndef CLMLP_DATA_ENCODER_H
#define CLMLP_DATA_ENCODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "clmlp/dataset.h"

/* [begin, end) as true, false, yes or no in any letter case: 1 or 0. Single letters are no booleans: an F may be a
 * letter of another code, of which a small file shows only one. */
bool clmlp_parse_boolean(const char *begin, const char *end, double *value);

/* A column as it was read; everything is borrowed. */
typedef struct clmlp_raw_column {
    const char *name;
    clmlp_column_kind kind;
    size_t m;
    const double *numbers;    /* numbers[i * stride]; NaN: missing; dates: clmlp_parse_date. Not of CATEGORICAL */
    size_t stride;
    bool times;               /* DATE: any cell had a time */
    const void *codes;        /* [m], CATEGORICAL: 0: missing, else texts[code - 1] */
    size_t code_size;         /* 1, 2 or 4 bytes */
    const char *const *texts; /* [text_count], all different */
    size_t text_count;
} clmlp_raw_column;

/* The code of row i. */
uint32_t clmlp_raw_code(const clmlp_raw_column *raw, size_t i);

enum { CLMLP_DATE_PARTS = 6, CLMLP_MAX_CATEGORIES = 64 };

typedef struct clmlp_encoder {
    char *name;
    clmlp_column_kind kind;
    bool had_missing;              /* the training data: there is an indicator, or a level of what is missing */
    double fill[CLMLP_DATE_PARTS]; /* not CATEGORICAL: instead of what is missing; NaN: not known (numeric only) */
    char **levels;                 /* [level_count], CATEGORICAL: in byte order; one block */
    size_t level_count;
    int64_t first_day;             /* DATE */
    bool hour;                     /* DATE */
} clmlp_encoder;

/* Fit to training data. *out is released with clmlp_encoder_destroy.
 * Errors: CLMLP_BAD_INPUT (no row has a value; more levels than max_categories: both name the column and the option
 * that helps), CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_encoder_fit(clmlp_encoder **out, const clmlp_raw_column *raw, size_t max_categories,
                               clmlp_error *error);

/* How many levels a categorical column would have. Error: CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_encoder_count_levels(size_t *count, const clmlp_raw_column *raw, clmlp_error *error);

/* An encoder without its state, for those who read it from somewhere: fill NaN, no levels. */
clmlp_status clmlp_encoder_create(clmlp_encoder **out, const char *name, clmlp_column_kind kind, clmlp_error *error);
clmlp_status clmlp_encoder_copy(clmlp_encoder **out, const clmlp_encoder *encoder, clmlp_error *error);
void clmlp_encoder_destroy(clmlp_encoder *encoder); /* NULL is fine */

/* Whether both give the same features for every value; NULL stands for a numeric column whose missing values are not
 * known, which is what a column without an encoder is. */
bool clmlp_encoder_equal(const clmlp_encoder *a, const clmlp_encoder *b);

/* Whether the one feature of a column is its number, unless that is missing; also of NULL. */
bool clmlp_encoder_is_number(const clmlp_encoder *encoder);

/* Parts of a date that are features: 5, or 6 with the hour; other kinds: 1. Levels are no parts. */
size_t clmlp_encoder_parts(const clmlp_encoder *encoder);

/* Features. */
size_t clmlp_encoder_width(const clmlp_encoder *encoder);

/* *out = name of feature f: "age", "age missing", "city=Oslo", "city missing", "day.year". For people: two may be
 * equal where a column is called like a feature of another. Released with free(). */
clmlp_status clmlp_encoder_feature_name(char **out, const clmlp_encoder *encoder, size_t f, clmlp_error *error);

/* Whether scaling applies to feature f: to values and dates, not to what is 0 or 1. */
bool clmlp_encoder_scales(const clmlp_encoder *encoder, size_t f);

/* A raw value of a numeric, boolean or date column into out [width]. NaN: missing. */
void clmlp_encoder_encode_number(const clmlp_encoder *encoder, double value, double *out);

/* A level, as clmlp_encoder_map gives it, into out [width]. */
void clmlp_encoder_encode_level(const clmlp_encoder *encoder, uint32_t level, double *out);

/* A level that the training data did not have: zeros. */
#define CLMLP_LEVEL_UNSEEN UINT32_MAX

/* *map = the level of each code [text_count + 1] of another file's column. Released with free(). */
clmlp_status clmlp_encoder_map(uint32_t **map, const clmlp_encoder *encoder, const clmlp_raw_column *raw,
                               clmlp_error *error);

/* What an encoder meets in a column, in rows. first_...: from 0; m: there is none. */
typedef struct clmlp_encoder_counts {
    size_t missing, first_missing;
    size_t new_missing; /* those where the training data had none: all of `missing` or 0 */
    size_t unseen, first_unseen;
} clmlp_encoder_counts;

/* map: of CATEGORICAL, from clmlp_encoder_map; else NULL. */
clmlp_encoder_counts clmlp_encoder_count(const clmlp_encoder *encoder, const clmlp_raw_column *raw,
                                         const uint32_t *map);

#endif
