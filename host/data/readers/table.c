/* table.c - the release of a table. */
#include "data/readers/table.h"

#include <stdlib.h>
#include <string.h>

void clmlp_table_release(clmlp_table *table)
{
    free(table->x);
    clmlp_sparse_destroy(table->sparse);
    free(table->label_counts);
    for (size_t j = 0; table->cells != NULL && j < table->n; j++) clmlp_cells_release(&table->cells[j]);
    free(table->cells);
    free(table->cell_names);
    free(table->y);
    free(table->weights);
    free(table->weight_column);
    free(table->target);
    free(table->output_names);
    free(table->target_columns);
    free(table->names);
    clmlp_columns_destroy(table->named);
    free(table->source);
    free(table->form);
    for (size_t i = 0; i < table->thousands_count; i++) free(table->thousands[i].text);
    free(table->thousands);
    clmlp_kept_release(&table->kept);
    clmlp_notes_release(&table->notes);
    clmlp_classes_release(&table->classes);
    memset(table, 0, sizeof *table);
}
