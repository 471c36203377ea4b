/* dataset_values.c - the values of a data set as doubles, however they are stored. */
#include "data/dataset.h"

void clmlp_dataset_values(const clmlp_dataset *dataset, size_t i, size_t first, size_t count, double *to)
{
    if (dataset->encoded != NULL) {
        clmlp_encoded_load(dataset->encoded, i, first, count, to);
        return;
    }
    if (dataset->sparse != NULL) {
        clmlp_sparse_load(dataset->sparse, i, first, count, to);
        return;
    }
    const size_t at = i * dataset->n + first;
    const uint8_t *u8 = dataset->x;
    const float *f32 = dataset->x;
    const double *f64 = dataset->x;
    switch (dataset->storage) {
    case CLMLP_STORE_U8:
        for (size_t j = 0; j < count; j++) to[j] = (double)u8[at + j];
        break;
    case CLMLP_STORE_F32:
        for (size_t j = 0; j < count; j++) to[j] = (double)f32[at + j];
        break;
    case CLMLP_STORE_F64:
        for (size_t j = 0; j < count; j++) to[j] = f64[at + j];
        break;
    }
}

void clmlp_dataset_columns_of(const clmlp_dataset *dataset, size_t first, size_t count, double *to)
{
    double row[CLMLP_COLUMNS_AT_ONCE];
    for (size_t i = 0; i < dataset->m; i++) {
        clmlp_dataset_values(dataset, i, first, count, row);
        for (size_t j = 0; j < count; j++) to[j * dataset->m + i] = row[j];
    }
}

clmlp_dataset clmlp_dataset_of_targets(const clmlp_dataset *dataset)
{
    return (clmlp_dataset){.m = dataset->m, .n = dataset->K, .x = dataset->y, .storage = CLMLP_STORE_F64};
}
