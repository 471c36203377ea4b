/* describe.c - what was asked of a search, as one text: a search that goes on has to have the same. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "search/fnv.h"
#include "search/search.h"

/* Whether what was given is a file that trainings read. */
static bool is_file(const clmlp_cli_dimension *dimension)
{
    static const char *const files[] = {"labels", "validation", "validation-labels", "init"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        if (strcmp(dimension->name, files[i]) == 0 && dimension->text != NULL) return true;
    }
    return false;
}

typedef struct fingerprint {
    unsigned long long bytes;
    uint64_t hash;
} fingerprint;

/* Of what is no file, as a fraction for --validation, that of nothing. False: it cannot be read, which was said. */
static bool take_fingerprint(fingerprint *of, const char *path)
{
    static unsigned char piece[65536];
    *of = (fingerprint){0, CLMLP_CLI_FNV_START};
    FILE *const file = path != NULL ? fopen(path, "rb") : NULL;
    bool whole = file != NULL || path == NULL || errno == ENOENT;
    for (size_t count = 1; file != NULL && count > 0;) {
        count = fread(piece, 1, sizeof piece, file);
        of->hash = clmlp_cli_fnv(of->hash, piece, count);
        of->bytes += count;
    }
    if (file != NULL) whole = ferror(file) == 0;
    if (!whole) clmlp_cli_error("%s: cannot be read: %s", path, strerror(errno));
    if (file != NULL) (void)fclose(file);
    return whole;
}

char *clmlp_cli_search_describe(const clmlp_cli_search_run *run)
{
    enum { PRINT = 64 };
    fingerprint data, file;
    if (!take_fingerprint(&data, run->plan.data)) return NULL;
    size_t size = strlen(run->plan.data) + 256 + PRINT, used;
    for (size_t d = 0; d < run->plan.space.count; d++) {
        const clmlp_cli_dimension *const dimension = &run->plan.space.dimensions[d];
        size += strlen(dimension->name) + (dimension->text != NULL ? strlen(dimension->text) : 0) + 8 + PRINT;
    }
    size += run->devices_asked != NULL ? strlen(run->devices_asked) : 0;
    char *const text = malloc(size);
    if (text == NULL) {
        clmlp_cli_error("not enough memory for the search");
        return NULL;
    }
    used = (size_t)snprintf(text, size, "%s (%llu bytes, %016" PRIx64 ") --seed %llu --strategy %s", run->plan.data,
                            data.bytes, data.hash, (unsigned long long)run->plan.seed,
                            run->halves ? "halving" : "random");
    if (run->halves) {
        used += (size_t)snprintf(text + used, size - used, " --keep-one-in %zu --trials %zu", run->keep_one_in,
                                 run->wanted);
    }
    if (run->plan.metric != NULL) used += (size_t)snprintf(text + used, size - used, " --metric %s", run->plan.metric);
    if (run->devices_asked != NULL) {
        used += (size_t)snprintf(text + used, size - used, " --devices %s", run->devices_asked);
    }
    for (size_t d = 0; d < run->plan.space.count; d++) {
        const clmlp_cli_dimension *const dimension = &run->plan.space.dimensions[d];
        used += (size_t)snprintf(text + used, size - used, dimension->text != NULL ? " --%s %s" : " --%s",
                                 dimension->name, dimension->text);
        if (!is_file(dimension)) continue;
        if (!take_fingerprint(&file, dimension->text)) {
            free(text);
            return NULL;
        }
        used += (size_t)snprintf(text + used, size - used, " (%llu bytes, %016" PRIx64 ")", file.bytes, file.hash);
    }
    return text;
}
