/* inspect_data.c - a description of data for people: columns, target, findings, in lines that fit a screen. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <clmlp/text.h>

#include "message.h"
#include "reports/inspect.h"
#include "reports/table.h"
#include "terminal.h"

/* What a screen takes; --all shows the rest. */
enum { COLUMNS = 40, CLASSES = 20, FINDINGS = 30, FINDING_LINES = 3, NAME = 24, CONTENT = 256 };

/* --- texts ---------------------------------------------------------------------------------------------------- */

/* The first `length` bytes of a text. */
static void print_word(const char *text, size_t length)
{
    char *const word = malloc(length + 1);
    if (word == NULL) {
        clmlp_cli_lose("a word");
        return;
    }
    (void)memcpy(word, text, length);
    word[length] = '\0';
    clmlp_make_printable(word, false);
    clmlp_cli_out("%s", word);
    free(word);
}

void clmlp_cli_print_wrapped(const char *text, size_t indent, size_t used, size_t most)
{
    size_t lines = 1;
    bool first = true;
    while (*text != '\0') {
        const size_t length = strcspn(text, " ");
        char word[CLMLP_CLI_LINE + 1] = "";
        if (length <= CLMLP_CLI_LINE) (void)memcpy(word, text, length);
        const size_t width = length <= CLMLP_CLI_LINE ? clmlp_cli_text_width(word) : length;
        if (!first && used + 1 + width > CLMLP_CLI_LINE) {
            if (lines++ == most) {
                clmlp_cli_out(" ...");
                break;
            }
            clmlp_cli_out("\n%*s", (int)indent, "");
            used = indent;
        } else if (!first) {
            clmlp_cli_out(" ");
            used++;
        }
        print_word(text, length);
        used += width;
        first = false;
        text += length + strspn(text + length, " ");
    }
    clmlp_cli_out("\n");
}

char *clmlp_cli_format_date(char text[32], double seconds, bool time)
{
    const time_t moment = (time_t)seconds;
    const struct tm *const date = gmtime(&moment);
    if (date == NULL || strftime(text, 32, time ? "%Y-%m-%dT%H:%M" : "%Y-%m-%d", date) == 0) text[0] = '\0';
    return text;
}

size_t *clmlp_cli_class_counts(const clmlp_dataset *dataset)
{
    size_t *const counts = calloc(clmlp_dataset_outputs(dataset) + 1, sizeof *counts);
    if (counts != NULL && clmlp_dataset_class_counts(dataset, counts, NULL) == CLMLP_OK) return counts;
    if (counts == NULL) clmlp_cli_lose("the numbers of examples of classes");
    free(counts);
    return NULL;
}

/* --- columns -------------------------------------------------------------------------------------------------- */

/* "3 texts: a 3, b 2, c 1", or "... 60 more" at the end, into text [CONTENT], of at most `width` characters, where that
 * is possible. */
static void list_levels(const clmlp_description *description, size_t j, const clmlp_column_summary *column,
                        char text[CONTENT], size_t width)
{
    char more[48];
    size_t used = (size_t)snprintf(text, CONTENT, "%zu %s%s", CLMLP_CLI_NUMBER(column->distinct, "text"));
    size_t good = used, listed = 0; /* as far as there is room for what says that there are more */
    for (size_t k = 0, count = 0; k < column->distinct && used < CONTENT; k++) {
        const char *const level = clmlp_description_level(description, j, k, &count);
        const char *const mark = strchr(level, ',') != NULL ? "'" : "";
        used += (size_t)snprintf(text + used, CONTENT - used, "%s%s%.100s%s %zu", k == 0 ? ": " : ", ", mark, level,
                                 mark, count);
        const size_t shown = clmlp_cli_text_width(text);
        if (k + 1 == column->distinct && shown <= width && used < CONTENT) return;
        (void)snprintf(more, sizeof more, ", ... %zu more", column->distinct - k - 1);
        if (used < CONTENT && shown + strlen(more) <= width) {
            good = used;
            listed = k + 1;
        }
        if (shown > width) break;
    }
    (void)snprintf(text + good, CONTENT - good, "%s... %zu more", listed == 0 ? ": " : ", ", column->distinct - listed);
    if (listed == 0) text[strcspn(text, ":")] = '\0';
}

static void list_content(const clmlp_description *description, size_t j, const clmlp_column_summary *column,
                         char text[CONTENT], size_t width)
{
    const size_t size = CONTENT;
    char from[32], to[32], middle[32];
    if (column->distinct == 0) {
        (void)snprintf(text, size, "no value");
        return;
    }
    switch (column->kind) {
    case CLMLP_COLUMN_NUMERIC:
        if (column->distinct == 1) {
            (void)snprintf(text, size, "always %.6g", column->least);
            break;
        }
        (void)snprintf(text, size, "%.6g .. %.6g, median %.6g, mean %.6g", column->least, column->most, column->median,
                       column->mean);
        (void)snprintf(from, sizeof from, "; %zu %s%s", CLMLP_CLI_NUMBER(column->distinct, "value"));
        if (column->distinct <= 10 && strlen(text) + strlen(from) <= width) (void)strcat(text, from);
        break;
    case CLMLP_COLUMN_BOOLEAN: (void)snprintf(text, size, "true in %.1f %%", 100.0 * column->mean); break;
    case CLMLP_COLUMN_DATE:
        (void)snprintf(text, size, "%s .. %s, median %s", clmlp_cli_format_date(from, column->least, false),
                       clmlp_cli_format_date(to, column->most, false),
                       clmlp_cli_format_date(middle, column->median, false));
        break;
    case CLMLP_COLUMN_CATEGORICAL: list_levels(description, j, column, text, width); break;
    case CLMLP_COLUMN_KIND_COUNT: text[0] = '\0'; break;
    }
}

static void print_columns(const clmlp_description *description, bool all)
{
    const size_t count = clmlp_description_columns(description);
    const size_t shown = all || count <= COLUMNS ? count : COLUMNS;
    const clmlp_index_base base = clmlp_dataset_index_base(clmlp_description_dataset(description));
    const size_t first = base == CLMLP_INDEX_BASE_ZERO ? 0 : 1;
    clmlp_cli_table table = {.columns = 5, .align = "llrlr"};
    char name[256], content[CONTENT];
    size_t longest = strlen("column"), kinds = strlen("kind");
    clmlp_column_summary column = {.size = sizeof column};
    static const char *const head[] = {"column", "kind", "missing", "holds", "features"};
    clmlp_cli_table_add(&table, "  %s", base == CLMLP_INDEX_BASE_AUTO ? head[0] : "index");
    for (size_t i = 1; i < 5; i++) clmlp_cli_table_add(&table, "%s", head[i]);
    for (size_t pass = 0; pass < 2; pass++) { /* names first, so that the rest of the line is known */
        for (size_t j = 0; j < shown; j++) {
            if (clmlp_description_column(description, j, &column, NULL) != CLMLP_OK) continue;
            const size_t number = column.number > 0 ? column.number : j + first;
            if (column.name == NULL) (void)snprintf(name, sizeof name, "%zu", number);
            else (void)snprintf(name, sizeof name, "%.200s", column.name);
            clmlp_cli_text_cut(name, NAME);
            const size_t width = clmlp_cli_text_width(name);
            if (pass == 0) {
                const size_t kind = strlen(clmlp_column_kind_name(column.kind));
                longest = width > longest ? width : longest;
                kinds = kind > kinds ? kind : kinds;
                continue;
            }
            const size_t others = 2 + longest + 2 + kinds + 2 + strlen("missing") + 2 + 2 + strlen("features");
            list_content(description, j, &column, content, CLMLP_CLI_LINE - others);
            clmlp_cli_text_cut(content, CLMLP_CLI_LINE - others);
            clmlp_cli_table_add(&table, "  %s", name);
            clmlp_cli_table_add(&table, "%s", clmlp_column_kind_name(column.kind));
            clmlp_cli_table_add(&table, "%zu", column.missing);
            clmlp_cli_table_add(&table, "%s", content);
            clmlp_cli_table_add(&table, "%zu", column.features);
        }
    }
    clmlp_cli_table_print(&table, 2, stdout);
    if (shown < count) clmlp_cli_out("  ... and %zu more columns; --all shows them\n", count - shown);
}

/* Pixels are one kind of thing in all columns; so are sparse features. */
static void print_values(const clmlp_description *description, const char *what)
{
    clmlp_column_summary values = {.size = sizeof values};
    if (clmlp_description_values(description, &values, NULL) != CLMLP_OK) return;
    clmlp_cli_out("  %s: %g .. %g, mean %.6g; %zu of %zu columns vary\n", what, values.least,
                  values.most, values.mean, values.distinct, values.features);
}

/* --- the target ------------------------------------------------------------------------------------------------ */

/* asked: they may be none, so a few will do. */
static void print_classes(const clmlp_dataset *dataset, bool asked, bool all)
{
    const size_t K = clmlp_dataset_outputs(dataset), m = clmlp_dataset_examples(dataset);
    const size_t shown = all || (K <= CLASSES && !asked) || K <= CLASSES / 4 ? K : asked ? CLASSES / 4 : CLASSES / 2;
    size_t *const counts = clmlp_cli_class_counts(dataset);
    clmlp_cli_table table = {.columns = 3, .align = "lrr"};
    char name[256];
    for (size_t k = 0; counts != NULL && k < shown; k++) {
        (void)snprintf(name, sizeof name, "%.200s", clmlp_dataset_class_name(dataset, k));
        clmlp_cli_text_cut(name, 60);
        clmlp_cli_table_add(&table, "  %s", name);
        clmlp_cli_table_add(&table, "%zu", counts[k]);
        clmlp_cli_table_add(&table, "%.1f %%", 100.0 * (double)counts[k] / (double)m);
    }
    clmlp_cli_table_print(&table, 2, stdout);
    if (shown < K) clmlp_cli_out("  ... and %zu more; --all shows them\n", K - shown);
    free(counts);
}

/* Whether an example has any number of labels: only sparse text has names of targets that are not columns. */
static bool has_lists(const clmlp_dataset *dataset)
{
    return clmlp_dataset_is_sparse(dataset) && clmlp_dataset_target_kind(dataset) == CLMLP_TARGET_VALUES &&
           clmlp_dataset_output_name(dataset, 0) != NULL;
}

static void print_target_values(const clmlp_description *description, const clmlp_dataset *dataset, bool all)
{
    const size_t K = clmlp_dataset_outputs(dataset), shown = all || K <= CLASSES ? K : CLASSES / 2;
    clmlp_column_summary target = {.size = sizeof target};
    for (size_t k = 0; k < shown; k++) {
        if (clmlp_description_target(description, k, &target, NULL) != CLMLP_OK) continue;
        const char *const of = clmlp_dataset_output_name(dataset, k);
        if (has_lists(dataset)) {
            char name[256];
            (void)snprintf(name, sizeof name, "%.200s", of);
            clmlp_cli_text_cut(name, 60);
            clmlp_cli_print(stdout, "  %s: in %.1f %% of the rows\n", name, 100.0 * target.mean);
            continue;
        }
        clmlp_cli_out("  ");
        if (K > 1 && of != NULL) clmlp_cli_print(stdout, "%.100s: ", of);
        else if (K > 1) clmlp_cli_out("%zu: ", k + 1);
        clmlp_cli_out("%.6g .. %.6g, median %.6g, mean %.6g, standard deviation %.6g\n", target.least, target.most,
                      target.median, target.mean, target.deviation);
    }
    if (shown < K) clmlp_cli_out("  ... and %zu more targets; --all shows them\n", K - shown);
}

/* A file of one column may be the targets of another one. */
static void print_labels(const clmlp_description *description, bool all)
{
    clmlp_column_summary column = {.size = sizeof column};
    clmlp_cli_table table = {.columns = 3, .align = "lrr"};
    char name[256];
    size_t count = 0;
    if (clmlp_description_column(description, 0, &column, NULL) != CLMLP_OK) return;
    if (clmlp_description_level(description, 0, 0, NULL) == NULL) {
        clmlp_cli_out("\nno targets; as a file of targets (--labels) it has numbers\n");
        return;
    }
    const size_t shown = all || column.distinct <= CLASSES ? column.distinct : CLASSES / 2;
    clmlp_cli_out("\nno targets; as a file of targets (--labels) it has %zu %s%s\n", column.distinct, "class",
                  column.distinct == 1 ? "" : "es");
    for (size_t k = 0; k < shown; k++) {
        (void)snprintf(name, sizeof name, "%.200s", clmlp_description_level(description, 0, k, &count));
        clmlp_cli_text_cut(name, 60);
        clmlp_cli_table_add(&table, "  %s", name);
        clmlp_cli_table_add(&table, "%zu", count);
        clmlp_cli_table_add(&table, "%.1f %%", 100.0 * (double)count / (double)column.rows);
    }
    clmlp_cli_table_print(&table, 2, stdout);
    if (shown < column.distinct) clmlp_cli_out("  ... and %zu more; --all shows them\n", column.distinct - shown);
}

static void print_target(const clmlp_description *description, bool all)
{
    const clmlp_dataset *const dataset = clmlp_description_dataset(description);
    const char *const target = clmlp_dataset_target(dataset);
    const size_t K = clmlp_dataset_outputs(dataset);
    char text[400] = "targets";
    if (target != NULL) (void)snprintf(text, sizeof text, "target '%.200s'", target);
    switch (clmlp_dataset_target_kind(dataset)) {
    case CLMLP_TARGET_CLASSES:
        if (clmlp_description_question(description) != NULL) {
            clmlp_cli_print(stdout, "\n%s: classes or numbers? --task has to say (%zu distinct)\n", text, K);
        } else {
            clmlp_cli_print(stdout, "\n%s: %zu %s%s (task: classify)\n", text, K, "class", K == 1 ? "" : "es");
        }
        print_classes(dataset, clmlp_description_question(description) != NULL, all);
        break;
    case CLMLP_TARGET_VALUES:
        if (has_lists(dataset)) {
            clmlp_cli_print(stdout, "\n%s: %zu %s%s, any of them in a row (task: classify)\n", text,
                            CLMLP_CLI_NUMBER(K, "label"));
        } else if (K > 1) clmlp_cli_print(stdout, "\n%s: %zu numbers each\n", text, K);
        else clmlp_cli_print(stdout, "\n%s: a number (task: regress)\n", text);
        print_target_values(description, dataset, all);
        break;
    case CLMLP_TARGET_NONE:
    case CLMLP_TARGET_AUTO:
    case CLMLP_TARGET_KIND_COUNT:
        if (target != NULL) clmlp_cli_print(stdout, "\n%s: no row has one\n", text);
        else if (clmlp_dataset_is_sparse(dataset)) clmlp_cli_out("\nno row has a label\n");
        else if (clmlp_description_columns(description) == 1) print_labels(description, all);
        else clmlp_cli_out("\nno targets (--labels FILE names a file of them)\n");
        break;
    }
}

/* --- findings -------------------------------------------------------------------------------------------------- */

static void print_findings(const clmlp_description *description, bool all)
{
    const size_t count = clmlp_description_findings(description), most = all ? 0 : FINDING_LINES;
    const size_t shown = all || count <= FINDINGS ? count : FINDINGS;
    char text[8192];
    clmlp_data_finding finding = {.size = sizeof finding};
    clmlp_cli_out(count == 0 ? "\nno findings\n" : "\n%zu %s%s\n",
                  CLMLP_CLI_NUMBER(count, "finding"));
    for (size_t i = 0; i < shown; i++) {
        if (clmlp_description_finding(description, i, &finding, NULL) != CLMLP_OK) continue;
        (void)snprintf(text, sizeof text, "%s: %s", finding.place, finding.text);
        clmlp_cli_out("  ");
        clmlp_cli_print_wrapped(text, 4, 2, most);
        if (finding.advice[0] == '\0') continue;
        clmlp_cli_out("    > ");
        clmlp_cli_print_wrapped(finding.advice, 6, 6, most);
    }
    if (shown < count) clmlp_cli_out("  ... and %zu more; --all shows them\n", count - shown);
}

/* As messages call it. */
static const char *input_name(const char *path)
{
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

void clmlp_cli_report_data(const char *path, const char *test_path, const clmlp_description *description, bool all)
{
    const clmlp_dataset *const dataset = clmlp_description_dataset(description);
    const char *const form = clmlp_description_form(description);
    const bool sparse = clmlp_dataset_is_sparse(dataset);
    const size_t rows = clmlp_description_rows(description), m = clmlp_dataset_examples(dataset);
    const size_t columns = clmlp_description_columns(description), n = clmlp_dataset_features(dataset);
    if (form != NULL) {
        clmlp_cli_print(stdout, "%s: ", input_name(path));
        clmlp_cli_print_wrapped(form, 2, strlen(input_name(path)) + 2, 0);
    } else {
        clmlp_cli_print(stdout, "%s\n", input_name(path));
    }
    clmlp_cli_out("%zu %s%s", CLMLP_CLI_NUMBER(rows, "row"));
    if (m < rows) clmlp_cli_out(", %zu of them with a target", m);
    if (columns == n || sparse) clmlp_cli_out(", %zu %s%s\n\n", CLMLP_CLI_NUMBER(n, "feature"));
    else clmlp_cli_out(", %zu %s%s that become %zu features\n\n", CLMLP_CLI_NUMBER(columns, "column"), n);
    if (clmlp_description_pixels(description)) print_values(description, "8-bit pixels");
    else if (sparse) print_values(description, "sparse numbers");
    if (sparse && columns == 0) clmlp_cli_out("  they are too many to be listed one by one\n");
    else if (!clmlp_description_pixels(description)) print_columns(description, all);
    print_target(description, all);
    if (test_path != NULL) {
        const size_t test_rows = clmlp_dataset_examples(clmlp_description_test(description));
        clmlp_cli_print(stdout, "\ntest data %s: %zu %s%s\n", input_name(test_path),
                        CLMLP_CLI_NUMBER(test_rows, "row"));
    }
    print_findings(description, all);
}
