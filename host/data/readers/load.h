/* load.h - loading a data set, alone or with the other ranks. */
#ifndef CLMLP_DATA_READERS_LOAD_H
#define CLMLP_DATA_READERS_LOAD_H

#include "data/readers/divide/division.h"
#include "data/survey.h"

/* clmlp_dataset_survey, and clmlp_dataset_load where survey is NULL, with what `division` says of head and least: zero,
 * but in tests. The ranks are those of the options. */
clmlp_status clmlp_dataset_load_divided(clmlp_dataset **out, clmlp_survey *survey, clmlp_division *division,
                                        const char *path, const clmlp_load_options *options, clmlp_error *error);

#endif
