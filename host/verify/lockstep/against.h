/* against.h - what the files of clmlp_verify_against share: its state, the folder's files, its steps' settings. */
#ifndef CLMLP_VERIFY_AGAINST_H
#define CLMLP_VERIFY_AGAINST_H

#include "backend/device.h"
#include "model/model.h"
#include "verify/lockstep/dump.h"

/* A tensor of the step under way. */
typedef struct clmlp_against_pair {
    clmlp_finding finding; /* of the device alone */
    double *bound;         /* [rows x columns], the device's; then the sum */
    bool has_file;
} clmlp_against_pair;

typedef struct clmlp_against {
    const clmlp_verify_config *config;
    clmlp_verify_result *result;
    clmlp_device *device;
    const char *folder;
    clmlp_model *start;           /* the folder's theta */
    clmlp_step_record *mine, *other;
    clmlp_stepper *stepper;
    clmlp_step_checker *my_checker, *other_checker;
    clmlp_against_pair *pairs;
    size_t count, capacity, result_capacity;
    clmlp_precision ulps_of;      /* the coarser of the two sides' */
    size_t files;                 /* tensors that were compared */
} clmlp_against;

/* The file of a tensor, path [CLMLP_DUMP_PATH]; without one the name that it should have. */
clmlp_status clmlp_against_find(const clmlp_against *g, size_t step, size_t layer, const char *name, char *path,
                                bool *found, clmlp_error *error);
/* The same, read, where there is one. */
clmlp_status clmlp_against_load(const clmlp_against *g, size_t step, size_t layer, const char *name, size_t rows,
                                size_t columns, double *values, bool *found, clmlp_error *error);
/* What both sides begin with: there, and exact in the device's precision. */
clmlp_status clmlp_against_load_start(const clmlp_against *g, size_t step, size_t layer, const char *name,
                                      size_t rows, size_t columns, double *values, clmlp_error *error);
/* Rows of the batch of a step; 0: there is none. */
clmlp_status clmlp_against_rows(const clmlp_against *g, size_t step, size_t *M, clmlp_error *error);

/* Steps with dropout would need their masks: they are refused. */
clmlp_status clmlp_against_check_dropout(const clmlp_against *g, clmlp_error *error);
/* What both sides' steps descend by, from the folder and the configuration. */
clmlp_status clmlp_against_take_settings(clmlp_against *g, const clmlp_dataset *dataset, clmlp_error *error);

#endif
