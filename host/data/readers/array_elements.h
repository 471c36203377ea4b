/* array_elements.h - single elements of IDX and NPY files: their bytes as numbers, and which cannot be kept. */
#ifndef CLMLP_DATA_ARRAY_ELEMENTS_H
#define CLMLP_DATA_ARRAY_ELEMENTS_H

#include "data/readers/array.h"

typedef struct clmlp_element_type {
    const char *name;
    size_t bytes;
    clmlp_storage storage;
} clmlp_element_type;
const clmlp_element_type *clmlp_element_type_of(clmlp_element element);

/* `count` elements into `to`, in the storage of their type. */
void clmlp_elements_decode(void *to, const unsigned char *from, size_t count, const clmlp_array_header *header);

/* Whether all that was decoded into `to` is surely finite and, of integers, exact. */
bool clmlp_elements_are_good(const void *to, size_t count, const clmlp_array_header *header);

/* Whether the value at p cannot be kept: it is not finite, or an integer that a double would round. text: that value;
 * of an integer always. */
bool clmlp_element_is_bad(const unsigned char *p, const clmlp_array_header *header, char text[32]);

bool clmlp_element_is_nan(const unsigned char *p, const clmlp_array_header *header);

#endif
