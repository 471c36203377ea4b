/* fault_table.c - prints the fault table: which planted faults are found. */
#include "fault_table.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static fault_row *row_of(fault_table *table, const char *name)
{
    size_t i = 0;
    while (i < table->count && strcmp(table->rows[i].name, name) != 0) i++;
    cr_assert_lt(i, (size_t)TABLE_ROWS);
    if (i == table->count) {
        table->count++;
        table->rows[i].least = (double)INFINITY;
        (void)snprintf(table->rows[i].name, sizeof table->rows[i].name, "%s", name);
    }
    return &table->rows[i];
}

void fault_table_add(fault_table *table, const char *name, double excess, bool caught, bool right)
{
    fault_row *const row = row_of(table, name);
    if (excess <= 1.0) {
        row->within++;
        return;
    }
    row->planted++;
    row->caught += caught;
    row->blamed_right += right;
    if (excess < row->least) row->least = excess;
}

void fault_table_clean(fault_table *table, const clmlp_verify_result *result)
{
    for (size_t i = 0; i < result->count; i++) {
        const clmlp_finding *f = &result->findings[i];
        double *const smallest = &table->smallest[f->quantity], *const largest = &table->largest[f->quantity];
        if (f->max_of_bound > *largest) *largest = f->max_of_bound;
        if (f->max_of_bound > 0.0 && (*smallest == 0.0 || f->max_of_bound < *smallest)) *smallest = f->max_of_bound;
    }
    table->tensors += result->count;
    table->runs++;
}

static void print(FILE *to, const fault_table *table, const char *title)
{
    fault_row sum = {.planted = 0};
    (void)fprintf(to, "### %s\n\n", title);
    (void)fprintf(to, "| fault | planted | caught | blamed right | smallest, in bounds | within the bounds |\n"
                      "|---|---:|---:|---:|---:|---:|\n");
    for (size_t i = 0; i < table->count; i++) {
        const fault_row *r = &table->rows[i];
        (void)fprintf(to, "| %s | %zu | %zu | %zu | %.3g | %zu |\n", r->name, r->planted, r->caught, r->blamed_right,
                      r->least, r->within);
        sum.planted += r->planted, sum.caught += r->caught, sum.blamed_right += r->blamed_right,
            sum.within += r->within;
    }
    (void)fprintf(to, "| **all** | %zu | %zu | %zu | | %zu |\n\n", sum.planted, sum.caught, sum.blamed_right,
                  sum.within);
    if (table->runs == 0) return;
    (void)fprintf(to,
                  "Without a fault, %zu runs, %zu tensors, all passed; largest error of a tensor as a fraction of its "
                  "bound:\n\n| tensor | smallest | largest |\n|---|---:|---:|\n",
                  table->runs, table->tensors);
    for (int q = 0; q < CLMLP_QUANTITY_COUNT; q++) {
        if (table->largest[q] == 0.0) continue;
        (void)fprintf(to, "| %s | %.2g | %.2g |\n", clmlp_quantity_name((clmlp_quantity)q), table->smallest[q],
                      table->largest[q]);
    }
    (void)fprintf(to, "\n");
}

void fault_table_print(const fault_table *table, const char *name, const char *title)
{
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/%s.md", TEST_SCRATCH_DIR, name);
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file, "%s", path);
    print(file, table, title);
    cr_assert_eq(fclose(file), 0);
    print(stdout, table, title);
    (void)fflush(stdout);
}
