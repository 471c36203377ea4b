/* read_csv FILE [none|classes|values|auto] [--rows]: load a data set. Prints m, n, the seconds that took on the clock
 * and of the CPU, and the most memory of this process in KiB. --rows: prints the features [m x n], doubles, instead. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "clmlp/dataset.h"

/* VmHWM of /proc/self/status; -1 where there is none. getrusage would count what the parent had before exec. */
static long peak_kib(void)
{
    char line[256];
    long peak = -1;
    FILE *const status = fopen("/proc/self/status", "r");
    while (status != NULL && fgets(line, sizeof line, status) != NULL) {
        if (strncmp(line, "VmHWM:", 6) == 0) peak = strtol(line + 6, NULL, 10);
    }
    if (status != NULL) (void)fclose(status);
    return peak;
}

static int write_rows(const clmlp_dataset *dataset)
{
    const size_t m = clmlp_dataset_examples(dataset), n = clmlp_dataset_features(dataset);
    double *const row = malloc(n * sizeof *row);
    size_t written = 0;
    while (row != NULL && written < m) {
        if (clmlp_dataset_row(dataset, written, row, NULL, NULL) != CLMLP_OK) break;
        if (fwrite(row, sizeof *row, n, stdout) != n) break;
        written++;
    }
    free(row);
    return written == m && fflush(stdout) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: read_csv FILE [none|classes|values|auto] [--rows]\n");
        return 2;
    }
    clmlp_load_options options = clmlp_load_options_default();
    options.target_kind = CLMLP_TARGET_NONE;
    if (argc > 2 && strcmp(argv[2], "classes") == 0) options.target_kind = CLMLP_TARGET_CLASSES;
    if (argc > 2 && strcmp(argv[2], "values") == 0) options.target_kind = CLMLP_TARGET_VALUES;
    if (argc > 2 && strcmp(argv[2], "auto") == 0) options.target_kind = CLMLP_TARGET_AUTO;
    clmlp_dataset *dataset = NULL;
    clmlp_error error;
    const double start = clmlp_seconds();
    const clock_t cpu_start = clock();
    if (clmlp_dataset_load(&dataset, argv[1], &options, &error) != CLMLP_OK) {
        fprintf(stderr, "read_csv: %s\n", error.message);
        return 1;
    }
    const double seconds = clmlp_seconds() - start, cpu = (double)(clock() - cpu_start) / (double)CLOCKS_PER_SEC;
    int code = 0;
    if (argc > 3 && strcmp(argv[3], "--rows") == 0) {
        code = write_rows(dataset);
    } else {
        printf("%zu %zu %.6f %.6f %ld\n", clmlp_dataset_examples(dataset), clmlp_dataset_features(dataset), seconds,
               cpu, peak_kib());
    }
    clmlp_dataset_destroy(dataset);
    return code;
}
