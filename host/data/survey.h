/* survey.h - reading a data set to describe it: what would stop a training is remembered, and reading goes on. */
#ifndef CLMLP_DATA_SURVEY_H
#define CLMLP_DATA_SURVEY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "clmlp/dataset.h"

/* A column of the file, from 0, whose fractions may be thousands: how many, and that in words. */
typedef struct clmlp_thousands {
    size_t column, count;
    char *text;
} clmlp_thousands;

/* Zero-initialise; release with clmlp_survey_release. */
typedef struct clmlp_survey {
    bool target_is_optional;   /* given: a file without the target column that is named has no targets */
    const clmlp_columns *like; /* given: columns that are categorical there are so here, by name; NULL: none */
    char *form;                /* what the file is, for people; NULL: not known */
    size_t *source;            /* column of the file, from 0, that each column of the data set was; NULL: not known */
    size_t rows;               /* of the file, with those that have no target */
    size_t missing;            /* rows without a target, which were left out; if all have none, they are there */
    char *missing_place;       /* of the first of them; NULL: there is none */
    clmlp_thousands *thousands; /* [thousands_count] */
    size_t thousands_count;
    size_t odd_line, odd_column; /* where the first text stands that is not UTF-8; 0: none */
    char *question;            /* what --task asks; NULL: nothing. The targets are then read as classes */
} clmlp_survey;

/* clmlp_dataset_load, but
 *   - there may be no target column: in files of one column, and of images
 *   - any number of texts is no error, nor is a column without any value: its feature says that it is missing
 *   - rows without a target are left out
 *   - --task auto never asks
 * and the data set has no notes about missing values, texts, identifiers or classes. survey NULL: clmlp_dataset_load.
 * On failure, too, the survey has to be released. */
clmlp_status clmlp_dataset_survey(clmlp_dataset **out, clmlp_survey *survey, const char *path,
                                  const clmlp_load_options *options, clmlp_error *error);

void clmlp_survey_release(clmlp_survey *survey);

#endif
