/* csv_runs.c - the runs of a row: columns side by side that are read alike. */
#include "data/readers/csv/csv.h"

static void add_run(clmlp_csv_layout *layout, clmlp_csv_run_kind kind, size_t j)
{
    clmlp_csv_run *const last = layout->run_count > 0 ? &layout->runs[layout->run_count - 1] : NULL;
    if (last != NULL && last->kind == kind) last->stop = j + 1;
    else layout->runs[layout->run_count++] = (clmlp_csv_run){kind, j, j + 1};
}

void clmlp_csv_make_runs(clmlp_csv_layout *layout)
{
    size_t next = 0;
    layout->in_order = true;
    for (size_t j = 0; j < layout->columns; j++) {
        const size_t place = layout->place[j];
        const bool target = clmlp_csv_is_target(layout, j);
        const clmlp_csv_run_kind none = j == layout->weight ? CLMLP_CSV_WEIGHT : CLMLP_CSV_SKIPPED;
        const clmlp_csv_run_kind others = place == CLMLP_CSV_NOWHERE ? none : CLMLP_CSV_NUMBERS;
        add_run(layout, clmlp_csv_is_kept(layout, j) ? CLMLP_CSV_KEPT : target ? CLMLP_CSV_TARGET : others, j);
        if (!target && place != CLMLP_CSV_NOWHERE) layout->in_order = layout->in_order && place == next++;
    }
}
