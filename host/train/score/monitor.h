/* monitor.h - the metric of the validation data that early stopping goes by: chosen by name, measured in a pass. */
#ifndef CLMLP_TRAIN_MONITOR_H
#define CLMLP_TRAIN_MONITOR_H

#include "train/score/metrics.h"

typedef struct clmlp_monitor {
    const char *name;   /* of the list; NULL: nothing is monitored */
    bool more;          /* larger values are better */
    bool measures;      /* a metric that needs the predictions; else it is in the score */
    bool accuracy;      /* of the score; else J */
    clmlp_metric metric;
    const clmlp_dataset *data; /* of validation */
    clmlp_tensor *h;    /* MATRIX [capacity x K]: predictions of a pass; NULL unless `measures` */
    clmlp_measurement *measurement; /* of the pass under way */
    bool spoilt;        /* a prediction of it is not finite */
} clmlp_monitor;

/* Choose by name: "cost", "accuracy", or a metric that these targets have; NULL: "cost". Errors: CLMLP_BAD_ARGUMENT
 * (says what there is). */
clmlp_status clmlp_monitor_choose(clmlp_monitor *monitor, const clmlp_model *model, const clmlp_dataset *validation,
                                  const char *name, clmlp_error *error);

/* What a pass needs on the device, or release it. */
clmlp_status clmlp_monitor_place(clmlp_monitor *monitor, const clmlp_network *network, clmlp_error *error);
void clmlp_monitor_leave(clmlp_monitor *monitor, clmlp_backend *backend);

/* Around a pass of a training network over the validation data: have it predict into the sink, and take the value;
 * NaN where it is undefined. `end` comes after `begin` whatever happened in between. *sink: only where `measures`. */
clmlp_status clmlp_monitor_begin(clmlp_monitor *monitor, clmlp_network *network, clmlp_sink *sink, clmlp_error *error);
clmlp_status clmlp_monitor_end(clmlp_monitor *monitor, clmlp_network *network, double *value, clmlp_error *error);

#endif
