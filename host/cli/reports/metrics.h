/* metrics.h - the metrics of one data set or of several, as JSON and as a table. */
#ifndef CLMLP_CLI_METRICS_H
#define CLMLP_CLI_METRICS_H

#include <cjson/cJSON.h>

#include <clmlp/clmlp.h>

/* Member "metrics": an object, or null where metrics is NULL. An undefined metric is null, and "undefined" in it says
 * why. The outputs of the model have its names for them. */
void clmlp_cli_json_metrics(cJSON *object, const clmlp_metrics *metrics, const clmlp_model *model);

/* A column of the table: of "train", "test"; no title: no line of titles. */
typedef struct clmlp_cli_metrics_column {
    const char *title;
    const clmlp_metrics *metrics; /* NULL: the column is left out */
} clmlp_cli_metrics_column;

enum { CLMLP_CLI_MOST_COLUMNS = 8 };

/* An empty line and a row for each metric but accuracy, which stands elsewhere; nothing where no column has any. */
void clmlp_cli_print_metrics(const clmlp_cli_metrics_column *columns, size_t count);

/* A row for each output, where there are several, but not too many for a table. of: of which data, "test"; NULL: it is
 * plain. */
void clmlp_cli_print_output_metrics(const clmlp_metrics *metrics, const clmlp_model *model, const char *of);

#endif
