/* fingerprint.c - a hash over all that training sees of a data set. */
#include "data/fingerprint.h"

#include <string.h>

static void add_number(clmlp_sha256 *hash, uint64_t number)
{
    clmlp_sha256_add(hash, &number, sizeof number);
}

/* What is not there differs from what is empty. */
static void add_block(clmlp_sha256 *hash, const void *bytes, size_t count)
{
    add_number(hash, bytes != NULL ? count : UINT64_MAX);
    if (bytes != NULL) clmlp_sha256_add(hash, bytes, count);
}

static void add_text(clmlp_sha256 *hash, const char *text)
{
    add_block(hash, text, text != NULL ? strlen(text) : 0);
}

static void add_names(clmlp_sha256 *hash, char *const *names, size_t count)
{
    add_number(hash, names != NULL ? count : UINT64_MAX);
    for (size_t k = 0; names != NULL && k < count; k++) add_text(hash, names[k]);
}

static void add_sparse(clmlp_sha256 *hash, const clmlp_sparse *sparse)
{
    for (size_t i = 0; i < sparse->m; i++) {
        const size_t first = sparse->starts[i], count = sparse->starts[i + 1] - first;
        /* without any value there are no arrays */
        const uint32_t *const columns = sparse->columns != NULL ? sparse->columns + first : NULL;
        const double *const values = sparse->values != NULL ? sparse->values + first : NULL;
        add_block(hash, columns, count * sizeof *columns);
        add_block(hash, values, count * sizeof *values);
    }
}

static void add_encoded(clmlp_sha256 *hash, const clmlp_encoded *encoded, size_t m)
{
    add_number(hash, encoded->count);
    add_block(hash, encoded->numbers, m * encoded->stride * sizeof *encoded->numbers);
    for (size_t c = 0; c < encoded->count; c++) {
        if (encoded->columns[c].codes == NULL) continue;
        for (size_t i = 0; i < m; i++) {
            const uint32_t level = clmlp_encoded_level(encoded, c, i);
            clmlp_sha256_add(hash, &level, sizeof level);
        }
    }
}

char *clmlp_dataset_fingerprint(const clmlp_dataset *dataset, char text[CLMLP_SHA256_HEX])
{
    clmlp_sha256 hash;
    text[0] = '\0';
    if (dataset == NULL) return text;
    const clmlp_dataset *const d = dataset;
    clmlp_sha256_begin(&hash);
    add_number(&hash, d->m);
    add_number(&hash, d->n);
    add_number(&hash, d->K);
    add_number(&hash, d->x != NULL ? (uint64_t)d->storage : d->encoded != NULL ? 100 : 101);
    if (d->x != NULL) add_block(&hash, d->x, d->m * d->n * clmlp_storage_size(d->storage));
    if (d->encoded != NULL) add_encoded(&hash, d->encoded, d->m);
    if (d->sparse != NULL) add_sparse(&hash, d->sparse);
    add_number(&hash, (uint64_t)d->target_kind);
    add_block(&hash, d->labels, d->m * sizeof *d->labels);
    add_block(&hash, d->y, d->m * d->K * sizeof *d->y);
    add_block(&hash, d->weights, d->m * sizeof *d->weights);
    add_names(&hash, d->class_names, d->K);
    add_names(&hash, d->output_names, d->K);
    add_text(&hash, d->target);
    add_names(&hash, d->columns != NULL ? d->columns->names : NULL, d->columns != NULL ? d->columns->count : 0);
    return clmlp_sha256_text(&hash, text);
}
