/* model.h - what a model is inside. */
#ifndef CLMLP_MODEL_MODEL_H
#define CLMLP_MODEL_MODEL_H

#include "base/error.h"
#include "clmlp/model.h"
#include "clmlp/precision.h"
#include "data/columns/columns.h"
#include "data/scaling.h"

struct clmlp_model {
    size_t L;
    size_t *s;                   /* [L]; s[l - 1] is s_l */
    clmlp_activation activation; /* hidden layers */
    clmlp_output output;
    clmlp_scaling scaling;        /* of the features */
    clmlp_scaling target_scaling; /* NONE or STANDARD; STANDARD only with a linear output */
    clmlp_precision precision;   /* of the file that it is saved to: that of its last training */
    double lambda;               /* of its last training */
    uint64_t seed;               /* of its initial theta */
    clmlp_initialisation initialisation; /* the same */
    char **class_names;          /* [s_L], one block; NULL: outputs are not classes */
    char **output_names;         /* [s_L], one block: columns of targets that are no classes; NULL: not known */
    char *target;                /* target columns of the training data, as clmlp_load_options has them; "" */
    clmlp_columns *columns;      /* that the features come from; NULL: they have no names */
    clmlp_index_base index_base; /* what their numbers in svmlight text are counted from; AUTO: not known */
    double *theta;               /* all theta(l), one after the other: the one home of the parameters */
    size_t others;               /* members of the ensemble beside theta; 0: it is none */
    double **other_theta;        /* [others]: of each, laid out as theta */
    size_t *theta_at;            /* [L]; theta(l) begins at theta[theta_at[l - 1]], the last entry is their number */
};

/* Whether g'(z) needs z itself, because a = g(z) does not tell it (an activation that is not monotonic). */
bool clmlp_activation_needs_z(clmlp_activation activation);

/* Everything but the values of theta and seed: zeroed theta, no scaling, no class names. Checks L, s and
 * the overflow of sizes. */
clmlp_status clmlp_model_allocate(clmlp_model **out, size_t L, const size_t *s, clmlp_activation activation,
                                  clmlp_output output, clmlp_error *error);

/* theta of a member of the ensemble, from 0, which is model->theta. */
const double *clmlp_model_member_theta(const clmlp_model *model, size_t member);

/* One more member with room for its theta, all 0: *theta is where. Errors: CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_model_grow(clmlp_model *model, double **theta, clmlp_error *error);

/* Errors: CLMLP_BAD_ARGUMENT where the model is an ensemble, which `what` ("training") cannot take. */
clmlp_status clmlp_model_check_single(const clmlp_model *model, const char *what, clmlp_error *error);

/* A model with the same topology, theta (of all members), scalings, precision, lambda, seed and columns; no class
 * names, no target. */
clmlp_status clmlp_model_copy(clmlp_model **out, const clmlp_model *model, clmlp_error *error);

/* A model without columns gets those of the data that it is trained on, with the medians of their numbers, and the
 * target beside them; a model without a target gets that. */
clmlp_status clmlp_model_adopt_columns(clmlp_model *model, const clmlp_dataset *dataset, clmlp_error *error);

/* Whether data suits a model: width s_1, the names of its columns where both have some, and for with_targets also the
 * number and kind of outputs, and targets within what the cost is defined for ([0, 1] for sigmoid; rows that add up to
 * 1 for softmax). `role` ("training data", "test data") begins the message. Errors: CLMLP_BAD_ARGUMENT. */
clmlp_status clmlp_model_check_data(const clmlp_model *model, const clmlp_dataset *dataset, bool with_targets,
                                    const char *role, clmlp_error *error);

#endif
