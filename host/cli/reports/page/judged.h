/* judged.h - what a model makes of the data that judge it, and the sections of a page about it. */
#ifndef CLMLP_CLI_JUDGED_H
#define CLMLP_CLI_JUDGED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <clmlp/clmlp.h>

#include "reports/page/page.h"

typedef struct clmlp_cli_judged {
    const clmlp_model *model;
    clmlp_device *device;
    const clmlp_dataset *data;
    const char *role;                   /* "test data", "validation data", "training data" */
    const clmlp_evaluation *evaluation; /* of these data */
    uint64_t seed;                      /* of what is drawn */
    const char *path;                   /* of the file that these data are in, or are a part of */
    size_t m, K;
    double *h;                          /* [m x K] */
    double *y;                          /* [m x K] targets */
    bool classes;                       /* one of K classes each */
    bool labels;                        /* several labels: 0 or 1 each */
} clmlp_cli_judged;

/* Predict; the first eight members are set. Errors: as clmlp_predict. */
clmlp_status clmlp_cli_judged_take(clmlp_cli_judged *judged, clmlp_error *error);
void clmlp_cli_judged_free(clmlp_cli_judged *judged);

/* Probability of class k of example i: h of softmax, its share of sigmoid outputs; NaN: a linear output has none. */
double clmlp_cli_judged_share(const clmlp_cli_judged *judged, size_t i, size_t k);
/* The class of example i, and the one that is predicted. */
size_t clmlp_cli_judged_actual(const clmlp_cli_judged *judged, size_t i);
size_t clmlp_cli_judged_predicted(const clmlp_cli_judged *judged, size_t i);
/* Name of output k; without one its number from 1, in `text`. */
const char *clmlp_cli_judged_name(const clmlp_cli_judged *judged, size_t k, char text[32]);

/* The two tiles of its most telling scores. */
void clmlp_cli_page_score_tiles(clmlp_cli_page *page, const clmlp_cli_judged *judged);

/* Sections. Each is nothing where it has no meaning. _judged: all of those below it but the metrics. */
void clmlp_cli_page_judged(clmlp_cli_page *page, const clmlp_cli_judged *judged);
void clmlp_cli_page_metrics(clmlp_cli_page *page, const clmlp_cli_judged *judged);
void clmlp_cli_page_confusion(clmlp_cli_page *page, const clmlp_cli_judged *judged);
void clmlp_cli_page_roc(clmlp_cli_page *page, const clmlp_cli_judged *judged);
void clmlp_cli_page_values(clmlp_cli_page *page, const clmlp_cli_judged *judged);
void clmlp_cli_page_importance(clmlp_cli_page *page, const clmlp_cli_judged *judged);
void clmlp_cli_page_mistakes(clmlp_cli_page *page, const clmlp_cli_judged *judged);

/* The side of square images of 8-bit pixels that a model takes; 0: it takes something else. */
size_t clmlp_cli_image_side(const clmlp_model *model);
/* An image [side x side] of numbers 0 to 255, as a picture. */
void clmlp_cli_page_image(clmlp_cli_page *page, const double *pixels, size_t side, const char *title);
/* theta(1) of such a model as images; the weights of each hidden unit. */
void clmlp_cli_page_weights(clmlp_cli_page *page, const clmlp_model *model);

#endif
