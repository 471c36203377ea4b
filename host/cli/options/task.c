/* task.c - --task: whether targets are classes or numbers, and what was taken. */
#include "options/task.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "options/shared.h"

enum { SHOWN = 10, TEXT = 2048 };

const char *clmlp_cli_task_complaint(clmlp_cli_task task, bool has_output, clmlp_output output)
{
    if (!has_output || task == CLMLP_CLI_TASK_AUTO) return NULL;
    const bool linear = output == CLMLP_OUTPUT_LINEAR;
    if (task == CLMLP_CLI_TASK_REGRESS && !linear) return "numbers are learned with --output linear";
    if (task == CLMLP_CLI_TASK_CLASSIFY && linear) return "classes are learned with --output sigmoid or softmax";
    return NULL;
}

clmlp_target_kind clmlp_cli_task_kind(clmlp_cli_task task, bool has_output, clmlp_output output)
{
    switch (task) {
    case CLMLP_CLI_TASK_CLASSIFY: return CLMLP_TARGET_CLASSES;
    case CLMLP_CLI_TASK_REGRESS: return CLMLP_TARGET_VALUES;
    case CLMLP_CLI_TASK_AUTO: break;
    }
    return has_output ? clmlp_cli_target_kind(output) : CLMLP_TARGET_AUTO;
}

/* labels [K], one for each output: whether it is 0 or 1 in all examples. Returns how many are; K + 1: not enough
 * memory. */
static size_t find_labels(const clmlp_dataset *dataset, size_t K, bool *labels)
{
    const size_t m = clmlp_dataset_examples(dataset);
    double *const y = malloc(K * sizeof *y);
    size_t count = 0;
    if (y == NULL) return K + 1;
    for (size_t k = 0; k < K; k++) labels[k] = true;
    for (size_t i = 0; i < m; i++) {
        if (clmlp_dataset_row(dataset, i, NULL, y, NULL) != CLMLP_OK) break;
        for (size_t k = 0; k < K; k++) labels[k] = labels[k] && (y[k] == 0.0 || y[k] == 1.0);
    }
    free(y);
    for (size_t k = 0; k < K; k++) count += labels[k];
    return count;
}

/* "'price'", or "number 2" */
static const char *name_target(const clmlp_dataset *dataset, size_t k, char text[128])
{
    const char *const name = clmlp_dataset_output_name(dataset, k);
    if (name != NULL) (void)snprintf(text, 128, "'%.100s'", name);
    else (void)snprintf(text, 128, "number %zu", k + 1);
    return text;
}

/* Some targets are labels, others are not. */
static clmlp_status ask(const clmlp_dataset *dataset, const bool *labels, clmlp_error *error)
{
    const char *const target = clmlp_dataset_target(dataset);
    char a[128], b[128];
    size_t label = 0, number = 0;
    while (!labels[label]) label++;
    while (labels[number]) number++;
    *error = (clmlp_error){.status = CLMLP_BAD_INPUT};
    (void)snprintf(error->message, sizeof error->message,
                   "are the targets%s%.200s labels or numbers? (%s has only 0 and 1, %s has other numbers); say --task "
                   "regress to learn all of them as numbers, or train labels and numbers apart",
                   target != NULL ? " " : "", target != NULL ? target : "", name_target(dataset, label, a),
                   name_target(dataset, number, b));
    return error->status;
}

clmlp_status clmlp_cli_task_output(clmlp_cli_task task, const clmlp_dataset *dataset, clmlp_output *output,
                                   clmlp_error *error)
{
    const size_t K = clmlp_dataset_outputs(dataset);
    const bool lists = clmlp_dataset_is_sparse(dataset) && clmlp_dataset_output_name(dataset, 0) != NULL;
    const bool classes = clmlp_dataset_target_kind(dataset) == CLMLP_TARGET_CLASSES || lists;
    /* to classify what is neither is refused later */
    *output = classes || task == CLMLP_CLI_TASK_CLASSIFY ? CLMLP_OUTPUT_SIGMOID : CLMLP_OUTPUT_LINEAR;
    if (classes || task != CLMLP_CLI_TASK_AUTO || K < 2) return CLMLP_OK;
    bool *const labels = calloc(K, sizeof *labels);
    const size_t count = labels != NULL ? find_labels(dataset, K, labels) : K + 1;
    clmlp_status status = CLMLP_OK;
    if (count > K) {
        *error = (clmlp_error){.status = CLMLP_OUT_OF_MEMORY, .message = "not enough memory for a list of targets"};
        status = error->status;
    } else if (count > 0 && count < K) {
        status = ask(dataset, labels, error);
    } else if (count == K) {
        *output = CLMLP_OUTPUT_SIGMOID;
    }
    free(labels);
    return status;
}

/* " in 'species'", " in column 3", or "", into text [size]. */
static void where(const clmlp_dataset *dataset, const char *before, char *text, size_t size)
{
    const char *const target = clmlp_dataset_target(dataset);
    text[0] = '\0';
    if (target == NULL) return;
    const char *const column = clmlp_dataset_outputs(dataset) > 1 && clmlp_dataset_class_name(dataset, 0) == NULL
                                   ? "columns" : "column";
    const bool number = target[strspn(target, "0123456789,")] == '\0';
    (void)snprintf(text, size, number ? "%s%s %s" : "%s%.0s'%s'", before, column, target);
}

/* Whether all classes could be numbers, too. */
static bool are_numbers(const clmlp_dataset *dataset)
{
    for (size_t k = 0; k < clmlp_dataset_outputs(dataset); k++) {
        const char *const name = clmlp_dataset_class_name(dataset, k);
        char *end = NULL;
        (void)strtod(name, &end);
        if (end == name || *end != '\0') return false;
    }
    return true;
}

static void note_classes(const clmlp_dataset *dataset, bool asked)
{
    const size_t K = clmlp_dataset_outputs(dataset);
    size_t *const counts = malloc(K * sizeof *counts), used = 0;
    char text[TEXT] = "", in[256];
    if (counts == NULL) clmlp_cli_error("not enough memory for a note on the classes"); /* nothing else is lost */
    if (counts == NULL || clmlp_dataset_class_counts(dataset, counts, NULL) != CLMLP_OK) {
        free(counts);
        return;
    }
    for (size_t k = 0; k < K && k < SHOWN && used < sizeof text; k++) {
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%.100s %zu", k > 0 ? ", " : "",
                                 clmlp_dataset_class_name(dataset, k), counts[k]);
    }
    free(counts);
    if (K > SHOWN && used < sizeof text) {
        (void)snprintf(text + used, sizeof text - used, ", and %zu more", K - SHOWN);
    }
    where(dataset, " in ", in, sizeof in);
    clmlp_cli_note_guess(asked && are_numbers(dataset), "task: classify, %zu class%s%s: %s", K, K == 1 ? "" : "es", in,
                         text);
}

static void note_values(const clmlp_dataset *dataset, bool asked)
{
    const size_t m = clmlp_dataset_examples(dataset);
    double least = 0.0, most = 0.0, mean = 0.0, y = 0.0;
    char in[256];
    for (size_t i = 0; i < m; i++) {
        if (clmlp_dataset_row(dataset, i, NULL, &y, NULL) != CLMLP_OK) return;
        least = i == 0 || y < least ? y : least;
        most = i == 0 || y > most ? y : most;
        mean += y / (double)m;
    }
    where(dataset, " ", in, sizeof in);
    clmlp_cli_note_guess(asked, "task: regress%s: %.10g .. %.10g, mean %.6g", in, least, most, mean);
}

/* Several targets, by name where they have some. */
static void note_several(const clmlp_dataset *dataset, bool labels, bool asked)
{
    const size_t m = clmlp_dataset_examples(dataset), K = clmlp_dataset_outputs(dataset);
    double *const y = calloc(2 * K, sizeof *y), *const sums = y != NULL ? y + K : NULL;
    char text[TEXT] = "", name[128];
    size_t used = 0;
    if (y == NULL) {
        clmlp_cli_error("not enough memory for a note on the targets"); /* nothing else is lost */
        return;
    }
    for (size_t i = 0; i < m; i++) {
        if (clmlp_dataset_row(dataset, i, NULL, y, NULL) != CLMLP_OK) break;
        for (size_t k = 0; k < K; k++) sums[k] += labels ? y[k] : y[k] / (double)m;
    }
    for (size_t k = 0; k < K && k < SHOWN && used < sizeof text; k++) {
        used += (size_t)snprintf(text + used, sizeof text - used, labels ? "%s%s %.10g" : "%s%s mean %.6g",
                                 k > 0 ? ", " : "", name_target(dataset, k, name), sums[k]);
    }
    if (K > SHOWN && used < sizeof text) {
        (void)snprintf(text + used, sizeof text - used, ", and %zu more", K - SHOWN);
    }
    free(y);
    if (labels) clmlp_cli_note_guess(asked, "task: classify, several labels: how many of %zu have each: %s", m, text);
    else clmlp_cli_note_guess(asked, "task: regress, %zu numbers: %s", K, text);
}

void clmlp_cli_task_note(const clmlp_dataset *dataset, clmlp_output output, bool asked)
{
    const size_t K = clmlp_dataset_outputs(dataset);
    const bool linear = output == CLMLP_OUTPUT_LINEAR;
    if (clmlp_dataset_target_kind(dataset) == CLMLP_TARGET_CLASSES) note_classes(dataset, asked);
    else if (K > 1) note_several(dataset, !linear, asked);
    else if (!linear) clmlp_cli_note_guess(asked, "task: classify, 1 label each");
    else note_values(dataset, asked);
}
