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

/* Every target of every example 0 or 1? */
static bool all_labels(const clmlp_dataset *dataset, double *y)
{
    const size_t m = clmlp_dataset_examples(dataset), K = clmlp_dataset_outputs(dataset);
    for (size_t i = 0; i < m; i++) {
        if (clmlp_dataset_row(dataset, i, NULL, y, NULL) != CLMLP_OK) return false;
        for (size_t k = 0; k < K; k++) {
            if (y[k] != 0.0 && y[k] != 1.0) return false;
        }
    }
    return true;
}

clmlp_output clmlp_cli_task_output(clmlp_cli_task task, const clmlp_dataset *dataset)
{
    const size_t K = clmlp_dataset_outputs(dataset);
    if (clmlp_dataset_target_kind(dataset) == CLMLP_TARGET_CLASSES) return CLMLP_OUTPUT_SIGMOID;
    if (clmlp_dataset_label_name(dataset, 0) != NULL) return CLMLP_OUTPUT_SIGMOID;
    if (task == CLMLP_CLI_TASK_CLASSIFY) return CLMLP_OUTPUT_SIGMOID; /* refused below where they are no labels */
    double *const y = task == CLMLP_CLI_TASK_AUTO && K > 1 ? malloc(K * sizeof *y) : NULL;
    const bool labels = y != NULL && all_labels(dataset, y);
    free(y);
    return labels ? CLMLP_OUTPUT_SIGMOID : CLMLP_OUTPUT_LINEAR;
}

/* " in 'species'", " in column 3", or "", into text [size]. */
static void where(const clmlp_dataset *dataset, const char *before, char *text, size_t size)
{
    const char *const target = clmlp_dataset_target(dataset);
    text[0] = '\0';
    if (target == NULL) return;
    const bool number = target[strspn(target, "0123456789")] == '\0';
    (void)snprintf(text, size, number ? "%scolumn %s" : "%s'%s'", before, target);
}

static void note_classes(const clmlp_dataset *dataset)
{
    const size_t K = clmlp_dataset_outputs(dataset);
    size_t *const counts = malloc(K * sizeof *counts), used = 0;
    char text[TEXT] = "", in[256];
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
    clmlp_cli_note("task: classify, %zu class%s%s: %s", K, K == 1 ? "" : "es", in, text);
}

static void note_values(const clmlp_dataset *dataset)
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
    clmlp_cli_note("task: regress%s: %.10g .. %.10g, mean %.6g", in, least, most, mean);
}

void clmlp_cli_task_note(const clmlp_dataset *dataset, clmlp_output output)
{
    const size_t K = clmlp_dataset_outputs(dataset);
    if (clmlp_dataset_target_kind(dataset) == CLMLP_TARGET_CLASSES) note_classes(dataset);
    else if (output != CLMLP_OUTPUT_LINEAR) clmlp_cli_note("task: classify, %zu label%s each", K, K == 1 ? "" : "s");
    else if (K > 1) clmlp_cli_note("task: regress, %zu numbers each", K);
    else note_values(dataset);
}
