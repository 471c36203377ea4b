/* read_csv FILE [none|classes|values]: load a data set and print m, n and the seconds that took. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "clmlp/dataset.h"

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: read_csv FILE [none|classes|values]\n");
        return 2;
    }
    clmlp_load_options options = clmlp_load_options_default();
    options.target_kind = CLMLP_TARGET_NONE;
    if (argc > 2 && strcmp(argv[2], "classes") == 0) options.target_kind = CLMLP_TARGET_CLASSES;
    if (argc > 2 && strcmp(argv[2], "values") == 0) options.target_kind = CLMLP_TARGET_VALUES;
    clmlp_dataset *dataset = NULL;
    clmlp_error error;
    const double start = clmlp_seconds();
    if (clmlp_dataset_load(&dataset, argv[1], &options, &error) != CLMLP_OK) {
        fprintf(stderr, "read_csv: %s\n", error.message);
        return 1;
    }
    const double seconds = clmlp_seconds() - start;
    printf("%zu %zu %.6f\n", clmlp_dataset_examples(dataset), clmlp_dataset_features(dataset), seconds);
    clmlp_dataset_destroy(dataset);
    return 0;
}
