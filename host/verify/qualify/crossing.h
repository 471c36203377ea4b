/* crossing.h - sizes at which products cross the boundaries of the tiles that a device really has. A fault at the edge
 * of a tile shows only there, and tiles differ: 12 rows by 8 columns here, 12 by 32 or 128 by 128 there.
 */
#ifndef CLMLP_VERIFY_CROSSING_H
#define CLMLP_VERIFY_CROSSING_H

#include "backend/backend.h"
#include "verify/qualify/product.h"

enum { CLMLP_CROSSINGS = 7 };

/* Sizes of up to `most` multiply-adds. Each equation has one where it takes more than one tile in every direction, and
 * one with more than one block of tiles where it has blocks. Returns their count; 0 without tiles, on the CPU path. */
size_t clmlp_crossing_sizes(clmlp_backend *backend, size_t most, clmlp_product_size out[CLMLP_CROSSINGS]);

/* One size at which all equations take more than one tile in every direction; 1 x 1 x 1 where that is more than `most`,
 * and on the CPU path. */
clmlp_product_size clmlp_crossing_of_all(clmlp_backend *backend, size_t most);

#endif
