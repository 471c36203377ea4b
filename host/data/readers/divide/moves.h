/* moves.h - what readers make of rows, as parcels: the sender has it, the receivers get their own of it. */
#ifndef CLMLP_DATA_MOVES_H
#define CLMLP_DATA_MOVES_H

#include "data/classes.h"
#include "data/columns/cells.h"
#include "data/kept.h"
#include "data/readers/divide/division.h"
#include "data/sparse.h"

/* A single value. */
#define CLMLP_MOVE(parcel, place) clmlp_parcel_move(parcel, &(place), sizeof(place))

void clmlp_move_cells(clmlp_parcel *parcel, clmlp_cells *cells);
/* Its path and marks are the receiver's. */
void clmlp_move_classes(clmlp_parcel *parcel, clmlp_classes *classes);
/* The texts of `m` rows, whose names the receiver has. */
void clmlp_move_kept(clmlp_parcel *parcel, clmlp_kept *kept, size_t m);
void clmlp_move_sparse(clmlp_parcel *parcel, clmlp_sparse *sparse);

#endif
