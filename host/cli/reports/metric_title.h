/* metric_title.h - what a metric is called before people. */
#ifndef CLMLP_CLI_METRIC_TITLE_H
#define CLMLP_CLI_METRIC_TITLE_H

#include <clmlp/metrics.h>

/* Its name, or where that says less, "top_5". */
const char *clmlp_cli_metric_title(clmlp_metric metric);

#endif
