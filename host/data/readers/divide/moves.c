/* moves.c - what readers make of rows, as parcels. */
#include "data/readers/divide/moves.h"

/* Without the slots: what is received is looked at from its first text to its last. */
static void move_dictionary(clmlp_parcel *parcel, clmlp_dictionary *dictionary)
{
    CLMLP_MOVE(parcel, dictionary->count);
    CLMLP_MOVE(parcel, dictionary->text_length);
    clmlp_parcel_move_array(parcel, &dictionary->texts, dictionary->text_length, 1);
    clmlp_parcel_move_array(parcel, &dictionary->offsets, dictionary->count, sizeof *dictionary->offsets);
}

void clmlp_move_cells(clmlp_parcel *parcel, clmlp_cells *cells)
{
    CLMLP_MOVE(parcel, cells->state);
    CLMLP_MOVE(parcel, cells->m);
    CLMLP_MOVE(parcel, cells->missing);
    CLMLP_MOVE(parcel, cells->times);
    CLMLP_MOVE(parcel, cells->code_size);
    clmlp_parcel_move_array(parcel, &cells->numbers, cells->m, sizeof *cells->numbers);
    clmlp_parcel_move_array(parcel, &cells->codes, cells->m, cells->code_size);
    move_dictionary(parcel, &cells->dictionary);
}

static void move_real(clmlp_parcel *parcel, clmlp_real_targets *real)
{
    CLMLP_MOVE(parcel, real->m);
    CLMLP_MOVE(parcel, real->missing);
    CLMLP_MOVE(parcel, real->has_infinite);
    CLMLP_MOVE(parcel, real->text_line);
    clmlp_parcel_move_array(parcel, &real->y, real->m, sizeof *real->y);
    move_dictionary(parcel, &real->texts);
}

void clmlp_move_classes(clmlp_parcel *parcel, clmlp_classes *classes)
{
    CLMLP_MOVE(parcel, classes->count);
    CLMLP_MOVE(parcel, classes->m);
    CLMLP_MOVE(parcel, classes->missing);
    CLMLP_MOVE(parcel, classes->is_real);
    move_dictionary(parcel, &classes->texts);
    clmlp_parcel_move_array(parcel, &classes->places, classes->count, sizeof *classes->places);
    clmlp_parcel_move_array(parcel, &classes->labels, classes->m, sizeof *classes->labels);
    move_real(parcel, &classes->real);
}

void clmlp_move_kept(clmlp_parcel *parcel, clmlp_kept *kept, size_t m)
{
    CLMLP_MOVE(parcel, kept->count);
    CLMLP_MOVE(parcel, kept->length);
    clmlp_parcel_move_array(parcel, &kept->place, m * kept->count, sizeof *kept->place);
    clmlp_parcel_move_array(parcel, &kept->texts, kept->length, 1);
}

void clmlp_move_sparse(clmlp_parcel *parcel, clmlp_sparse *sparse)
{
    CLMLP_MOVE(parcel, sparse->m);
    CLMLP_MOVE(parcel, sparse->count);
    clmlp_parcel_move_array(parcel, &sparse->starts, sparse->m + 1, sizeof *sparse->starts);
    clmlp_parcel_move_array(parcel, &sparse->columns, sparse->count, sizeof *sparse->columns);
    clmlp_parcel_move_array(parcel, &sparse->values, sparse->count, sizeof *sparse->values);
}
