/* weights.c - --class-weights: read for the classes of a data set, and told. */
#include "options/weights.h"

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"

/* "--class-weights 'TEXT': ..." */
CLMLP_CLI_PRINTF(3, 4)
static clmlp_status fail(clmlp_error *error, const char *text, const char *format, ...)
{
    va_list arguments;
    const int used = snprintf(error->message, sizeof error->message, "--class-weights '%.200s': ", text);
    va_start(arguments, format);
    (void)vsnprintf(error->message + used, sizeof error->message - (size_t)used, format, arguments);
    va_end(arguments);
    error->status = CLMLP_BAD_INPUT;
    return error->status;
}

static clmlp_status no_memory(clmlp_error *error)
{
    *error = (clmlp_error){.status = CLMLP_OUT_OF_MEMORY, .message = "not enough memory for the weights of classes"};
    return error->status;
}

enum { SHOWN = 8 }; /* classes of a message */

/* "'a', 'b' and 3 more", into list [size]. */
static void list_classes(const clmlp_dataset *dataset, char *list, size_t size)
{
    const size_t K = clmlp_dataset_outputs(dataset);
    size_t used = 0;
    for (size_t k = 0; k < K && k < SHOWN && used < size; k++) {
        used += (size_t)snprintf(list + used, size - used, "%s'%.40s'", k > 0 ? ", " : "",
                                 clmlp_dataset_class_name(dataset, k));
    }
    if (K > SHOWN && used < size) (void)snprintf(list + used, size - used, " and %zu more", K - SHOWN);
}

/* "; did you mean 'setosa'?" or "", into text [size]. Returns text. */
static const char *propose_class(const clmlp_dataset *dataset, const char *name, char *text, size_t size)
{
    const size_t K = clmlp_dataset_outputs(dataset);
    const char **const names = malloc(K * sizeof *names);
    for (size_t k = 0; names != NULL && k < K; k++) names[k] = clmlp_dataset_class_name(dataset, k);
    const char *const nearest = clmlp_nearest(name, names, K);
    free(names);
    text[0] = '\0';
    if (nearest != NULL) (void)snprintf(text, size, "; did you mean '%.200s'?", nearest);
    return text;
}

/* A finite number >= 0 and nothing else. The program never sets a locale, so strtod takes points. */
static bool read_weight(const char *text, double *weight)
{
    char *end = NULL;
    if (text[0] == '\0' || strspn(text, "0123456789+-.eE") != strlen(text)) return false;
    *weight = strtod(text, &end);
    return *end == '\0' && isfinite(*weight) && *weight >= 0.0;
}

/* One NAME=W; given [K] says which classes have been named. */
static clmlp_status read_entry(const clmlp_dataset *dataset, const char *text, char *entry, double *weights,
                               bool *given, clmlp_error *error)
{
    const size_t K = clmlp_dataset_outputs(dataset);
    char *const equals = strrchr(entry, '='); /* a name may have one, too */
    char list[512];
    size_t k = 0;
    if (equals == NULL) return fail(error, text, "found '%.100s', expected balanced or NAME=W,...", entry);
    *equals = '\0';
    while (k < K && strcmp(clmlp_dataset_class_name(dataset, k), entry) != 0) k++;
    if (k == K) {
        char meant[256];
        list_classes(dataset, list, sizeof list);
        return fail(error, text, "there is no class '%.100s', expected one of %s%s", entry, list,
                    propose_class(dataset, entry, meant, sizeof meant));
    }
    if (given[k]) return fail(error, text, "class '%.100s' is named twice", entry);
    given[k] = true;
    if (read_weight(equals + 1, &weights[k])) return CLMLP_OK;
    return fail(error, text, "the weight of class '%.100s' is '%.100s', expected a finite number >= 0", entry,
                equals + 1);
}

static clmlp_status read_entries(const clmlp_dataset *dataset, const char *text, double *weights, bool *given,
                                 clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    char *const copy = malloc(strlen(text) + 1);
    if (copy == NULL) return no_memory(error);
    (void)strcpy(copy, text);
    for (char *entry = copy, *comma = copy; comma != NULL && status == CLMLP_OK;
         entry = comma != NULL ? comma + 1 : comma) {
        comma = strchr(entry, ',');
        if (comma != NULL) *comma = '\0';
        status = read_entry(dataset, text, entry, weights, given, error);
    }
    free(copy);
    return status;
}

static void tell(const clmlp_dataset *dataset, const char *how, const double *weights)
{
    const size_t K = clmlp_dataset_outputs(dataset);
    char note[1024];
    size_t used = (size_t)snprintf(note, sizeof note, "class weights%s:", how);
    for (size_t k = 0; k < K && k < SHOWN; k++) {
        used += (size_t)snprintf(note + used, sizeof note - used, "%s '%.60s' %g", k > 0 ? "," : "",
                                 clmlp_dataset_class_name(dataset, k), weights[k]);
    }
    if (K > SHOWN) used += (size_t)snprintf(note + used, sizeof note - used, " and %zu more", K - SHOWN);
    (void)snprintf(note + used, sizeof note - used, "; scaled to a mean of 1 over the training examples");
    clmlp_cli_tell(note);
}

clmlp_status clmlp_cli_weigh_classes(clmlp_dataset *dataset, const char *text, clmlp_error *error)
{
    const size_t K = clmlp_dataset_outputs(dataset);
    clmlp_status status = CLMLP_OK;
    if (text == NULL) return CLMLP_OK;
    if (clmlp_dataset_target_kind(dataset) != CLMLP_TARGET_CLASSES) {
        return fail(error, text, "the targets are numbers, not classes; weights of single examples come from a column "
                    "(--weights COL)");
    }
    const bool balanced = strcmp(text, "balanced") == 0;
    double *const weights = malloc(K * sizeof *weights);
    bool *const given = calloc(K, sizeof *given);
    if (weights == NULL || given == NULL) {
        status = no_memory(error);
    } else {
        for (size_t k = 0; k < K; k++) weights[k] = 1.0;
        if (!balanced) status = read_entries(dataset, text, weights, given, error);
        if (status == CLMLP_OK) {
            status = clmlp_dataset_weigh_classes(dataset, balanced ? NULL : weights, weights, error);
        }
        if (status == CLMLP_OK) tell(dataset, balanced ? " (balanced)" : "", weights);
        else if (status == CLMLP_BAD_ARGUMENT) status = error->status = CLMLP_BAD_INPUT;
    }
    free(given);
    free(weights);
    return status;
}
