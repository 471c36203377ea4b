/* metric_title.c - what a metric is called before people. */
#include "reports/metric_title.h"

const char *clmlp_cli_metric_title(clmlp_metric metric)
{
    static const char top[] = {'t', 'o', 'p', '_', '0' + CLMLP_TOP_K, '\0'};
    return metric == CLMLP_METRIC_TOP_K ? top : clmlp_metric_name(metric);
}
