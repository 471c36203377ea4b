/* read_program.c FILE [TARGET]: read a data set, alone or with the other ranks of MPI, and print what it is: a hash of
 * all that training sees, its notes, and in how many rounds the ranks have read; or the message of what is wrong.
 * Rank 0 prints, and makes sure that all have the same. "seconds" as the third argument: also how long each rank
 * took. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "data/fingerprint.h"
#include "data/readers/load.h"

enum { TEXT = 1 << 16 };

static void describe(char *text, const clmlp_dataset *dataset)
{
    char fingerprint[CLMLP_SHA256_HEX];
    size_t used = (size_t)snprintf(text, TEXT, "%zu examples: %s\n", clmlp_dataset_examples(dataset),
                                   clmlp_dataset_fingerprint(dataset, fingerprint));
    for (size_t i = 0; i < clmlp_dataset_notes(dataset) && used < TEXT; i++) {
        used += (size_t)snprintf(text + used, TEXT - used, "%s\n", clmlp_dataset_note(dataset, i));
    }
}

static void print_times(clmlp_ranks *ranks, double seconds)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    (void)fprintf(stderr, "rank %zu of %zu: %.2f s, of CPU %.2f s, %ld MiB\n", clmlp_ranks_rank(ranks),
                  clmlp_ranks_count(ranks), seconds,
                  (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec * 1e-6, usage.ru_maxrss / 1024);
}

int main(int argc, char **argv)
{
    static char text[TEXT];
    clmlp_error error = {.status = CLMLP_OK};
    clmlp_ranks *ranks = NULL;
    clmlp_dataset *dataset = NULL;
    clmlp_division division = {.ranks = NULL};
    clmlp_load_options options = clmlp_load_options_default();
    if (argc < 2) return 9;
    if (clmlp_ranks_open(&ranks, NULL, &error) != CLMLP_OK) {
        (void)fprintf(stderr, "%s\n", error.message);
        return 9;
    }
    options.ranks = ranks;
    options.target_kind = CLMLP_TARGET_AUTO;
    options.target = argc > 2 && argv[2][0] != '\0' ? argv[2] : NULL;
    const double began = clmlp_seconds();
    clmlp_status status = clmlp_dataset_load_divided(&dataset, NULL, &division, argv[1], &options, &error);
    if (argc > 3) print_times(ranks, clmlp_seconds() - began);
    if (status == CLMLP_OK) describe(text, dataset);
    else (void)snprintf(text, sizeof text, "%s\n", error.message);
    clmlp_dataset_destroy(dataset);
    const clmlp_status same = clmlp_ranks_same(ranks, "data", text, sizeof text, &error);
    if (clmlp_ranks_rank(ranks) == 0) {
        (void)fputs(same == CLMLP_OK ? text : error.message, stdout);
        (void)fprintf(stderr, "%zu rounds\n", division.rounds);
        (void)fflush(stdout);
    }
    clmlp_ranks_close(ranks);
    return same == CLMLP_OK ? 0 : 9;
}
