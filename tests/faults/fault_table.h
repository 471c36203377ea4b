/* fault_table.h - what came of every fault, added up by kind, and how sharp the bounds were where there was none. */
#ifndef TEST_FAULT_TABLE_H
#define TEST_FAULT_TABLE_H

#include "clmlp/verify.h"

enum { TABLE_ROWS = 32 };

typedef struct fault_row {
    char name[32];
    size_t planted;  /* beyond the bound of some element */
    size_t caught, blamed_right;
    size_t within;   /* planted, but within the bounds of all elements: rounding might have done it */
    double least;    /* smallest fault of those planted, in bounds */
} fault_row;

typedef struct fault_table {
    fault_row rows[TABLE_ROWS];
    size_t count;
    /* of runs without a fault: smallest and largest max_of_bound of a tensor; 0, of copies, not counted */
    double smallest[CLMLP_QUANTITY_COUNT], largest[CLMLP_QUANTITY_COUNT];
    size_t tensors, runs;
} fault_table;

/* excess: see inject.h; NAN: not known. */
void fault_table_add(fault_table *table, const char *name, double excess, bool caught, bool right);
void fault_table_clean(fault_table *table, const clmlp_verify_result *result);

/* As Markdown, on standard output and into TEST_SCRATCH_DIR/NAME.md. */
void fault_table_print(const fault_table *table, const char *name, const char *title);

#endif
