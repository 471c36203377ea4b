/* csv_part.h - some rows of a text file, read apart from those in front of them. */
#ifndef CLMLP_DATA_CSV_PART_H
#define CLMLP_DATA_CSV_PART_H

#include "data/readers/csv/csv.h"
#include "data/readers/divide/division.h"

/* Zero-initialise, begin, release. The layout is the whole's. */
typedef struct clmlp_csv_part {
    clmlp_csv_reader reader;
    clmlp_table table;
} clmlp_csv_part;

/* Empty, to be read behind the rows of `whole`, which has the states [table->n] of its columns there; NULL: they are as
 * they are. What was in it is released. */
clmlp_status clmlp_csv_part_begin(clmlp_csv_part *part, const clmlp_csv_reader *whole, const unsigned char *states,
                                  clmlp_error *error);

/* To the other ranks, or from one of them. */
void clmlp_csv_part_move(clmlp_parcel *parcel, clmlp_csv_part *part);

/* Its rows behind those of `whole`, as if they had been read there; lines: what its lines are counted less. */
clmlp_status clmlp_csv_part_append(clmlp_csv_reader *whole, clmlp_csv_part *part, size_t lines);

void clmlp_csv_part_release(clmlp_csv_part *part);

#endif
