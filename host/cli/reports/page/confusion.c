/* confusion.c - which classes are taken for which: the whole table, or where there are many the worst of it. */
#include <math.h>
#include <stdlib.h>

#include "reports/page/judged.h"

enum { TABLE = 20, PAIRS = 30, CLASSES = 30, NAMES = 28, LONG = 60 /* characters */ };

static uint64_t cell(const clmlp_cli_judged *judged, size_t actual, size_t predicted)
{
    return judged->evaluation->confusion[actual * judged->K + predicted];
}

static uint64_t actual_total(const clmlp_cli_judged *judged, size_t k)
{
    return judged->evaluation->per_class[k].support;
}

/* Colour by the share of the row, in five steps; nothing is white. */
static int heat(const clmlp_cli_judged *judged, size_t actual, size_t predicted)
{
    const uint64_t count = cell(judged, actual, predicted), total = actual_total(judged, actual);
    if (count == 0 || total == 0) return 0;
    const double share = (double)count / (double)total;
    return share < 0.02 ? 1 : share < 0.1 ? 2 : share < 0.3 ? 3 : share < 0.7 ? 4 : 5;
}

static void put_table(clmlp_cli_page *page, const clmlp_cli_judged *judged)
{
    char text[32], name[CLMLP_CLI_SHORT_LENGTH];
    clmlp_cli_page_put(page, "<p class=\"soft\">Rows are the actual class, columns the predicted one.</p>\n<div "
                       "class=\"wide\"><table class=\"heat confusion\"><thead><tr><th></th>");
    for (size_t k = 0; k < judged->K; k++) {
        clmlp_cli_page_put(page, "<th class=\"n\">");
        clmlp_cli_page_text(page, clmlp_cli_page_shorten(clmlp_cli_judged_name(judged, k, text), NAMES, name));
        clmlp_cli_page_put(page, "</th>");
    }
    clmlp_cli_page_put(page, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < judged->K; i++) {
        clmlp_cli_page_put(page, "<tr><th>");
        clmlp_cli_page_text(page, clmlp_cli_page_shorten(clmlp_cli_judged_name(judged, i, text), NAMES, name));
        clmlp_cli_page_put(page, "</th>");
        for (size_t k = 0; k < judged->K; k++) {
            clmlp_cli_page_put(page, "<td class=\"n h%d%s\">%llu</td>", heat(judged, i, k),
                               i == k ? " diagonal" : "", (unsigned long long)cell(judged, i, k));
        }
        clmlp_cli_page_put(page, "</tr>\n");
    }
    clmlp_cli_page_put(page, "</tbody></table></div>\n");
}

typedef struct pair {
    size_t actual, predicted;
    uint64_t count;
} pair;

/* The most frequent first; of equal ones in the order of the classes. */
static int by_count(const void *a, const void *b)
{
    const pair *const x = a, *const y = b;
    if (x->count != y->count) return x->count < y->count ? 1 : -1;
    if (x->actual != y->actual) return x->actual < y->actual ? -1 : 1;
    return (x->predicted > y->predicted) - (x->predicted < y->predicted);
}

/* The mistakes that are made most often, kept in order while they are found. */
static size_t find_pairs(const clmlp_cli_judged *judged, pair list[PAIRS + 1])
{
    size_t count = 0;
    for (size_t i = 0; i < judged->K; i++) {
        for (size_t k = 0; k < judged->K; k++) {
            const pair found = {i, k, cell(judged, i, k)};
            if (i == k || found.count == 0) continue;
            if (count == PAIRS && by_count(&found, &list[PAIRS - 1]) >= 0) continue;
            list[count < PAIRS ? count++ : PAIRS - 1] = found;
            qsort(list, count, sizeof list[0], by_count);
        }
    }
    return count;
}

static void put_pairs(clmlp_cli_page *page, const clmlp_cli_judged *judged)
{
    pair list[PAIRS + 1];
    char text[32], name[CLMLP_CLI_SHORT_LENGTH];
    const size_t count = find_pairs(judged, list);
    clmlp_cli_page_put(page, "<table class=\"pairs\"><caption>The most frequent mistakes of %zu classes</caption>"
                       "<thead><tr><th>actual</th><th>predicted</th><th class=\"n\">examples</th><th class=\"n\">of "
                       "the class</th></tr></thead><tbody>\n", judged->K);
    for (size_t i = 0; i < count; i++) {
        clmlp_cli_page_put(page, "<tr>");
        clmlp_cli_page_cell_text(page, clmlp_cli_page_shorten(clmlp_cli_judged_name(judged, list[i].actual, text), LONG,
                                                              name));
        clmlp_cli_page_cell_text(page, clmlp_cli_page_shorten(clmlp_cli_judged_name(judged, list[i].predicted, text),
                                                              LONG, name));
        clmlp_cli_page_cell_number(page, (double)list[i].count);
        clmlp_cli_page_put(page, "<td class=\"n\">%.1f %%</td></tr>\n",
                           100.0 * (double)list[i].count / (double)actual_total(judged, list[i].actual));
    }
    clmlp_cli_page_put(page, "</tbody></table>\n");
}

typedef struct rank {
    double f1;
    size_t k;
} rank;

static int by_f1(const void *a, const void *b)
{
    const rank *const x = a, *const y = b;
    if (x->f1 != y->f1) return x->f1 < y->f1 ? -1 : 1;
    return (x->k > y->k) - (x->k < y->k);
}

/* Of many classes those with the smallest F1 that the data has. */
static void put_classes(clmlp_cli_page *page, const clmlp_cli_judged *judged)
{
    rank *const ranks = malloc(judged->K * sizeof *ranks);
    char text[32], name[CLMLP_CLI_SHORT_LENGTH];
    size_t count = 0;
    if (ranks == NULL) {
        page->lost = true;
        return;
    }
    for (size_t k = 0; k < judged->K; k++) {
        if (judged->K > CLASSES && actual_total(judged, k) == 0) continue;
        ranks[count++] = (rank){judged->evaluation->per_class[k].f1, k};
    }
    if (judged->K > CLASSES) qsort(ranks, count, sizeof ranks[0], by_f1);
    if (count > CLASSES) count = CLASSES;
    clmlp_cli_page_put(page, "<table class=\"classes\"><caption>%s</caption><thead><tr><th>class</th><th class=\"n\">"
                       "examples</th><th class=\"n\">precision</th><th class=\"n\">recall</th><th class=\"n\">F1</th>"
                       "</tr></thead><tbody>\n", judged->K > CLASSES ? "The classes with the smallest F1"
                                                                     : "Each class");
    for (size_t i = 0; i < count; i++) {
        const clmlp_class_score *const score = &judged->evaluation->per_class[ranks[i].k];
        clmlp_cli_page_put(page, "<tr>");
        clmlp_cli_page_cell_text(page, clmlp_cli_page_shorten(clmlp_cli_judged_name(judged, ranks[i].k, text), LONG,
                                                              name));
        clmlp_cli_page_cell_number(page, (double)score->support);
        clmlp_cli_page_put(page, "<td class=\"n\">%.3f</td><td class=\"n\">%.3f</td><td class=\"n\">%.3f</td></tr>\n",
                           score->precision, score->recall, score->f1);
    }
    clmlp_cli_page_put(page, "</tbody></table>\n");
    free(ranks);
}

void clmlp_cli_page_confusion(clmlp_cli_page *page, const clmlp_cli_judged *judged)
{
    if (!judged->classes) return;
    clmlp_cli_page_section(page, "classes", "Classes");
    clmlp_cli_page_put(page, "<p class=\"soft\">On the %s.</p>\n<div class=\"grid duo\">\n<div>", judged->role);
    if (judged->K <= TABLE) put_table(page, judged);
    else put_pairs(page, judged);
    clmlp_cli_page_put(page, "</div>\n<div>");
    put_classes(page, judged);
    clmlp_cli_page_put(page, "</div>\n</div>\n</section>\n");
}
