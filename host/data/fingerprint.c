/* fingerprint.c - a hash over all that training sees of a data set, and a checksum of the same. */
#include "data/fingerprint.h"

#include <string.h>

#include "base/mix.h"

enum { LANES = 4 };

typedef struct digest {
    clmlp_sha256 *hash;      /* NULL: a checksum is made */
    uint64_t lanes[LANES];
} digest;

static void sum_bytes(uint64_t *lanes, const unsigned char *bytes, size_t count)
{
    uint64_t words[LANES];
    for (; count >= sizeof words; bytes += sizeof words, count -= sizeof words) {
        memcpy(words, bytes, sizeof words);
        for (size_t i = 0; i < LANES; i++) lanes[i] = clmlp_mix(lanes[i], words[i]);
    }
    memset(words, 0, sizeof words);
    memcpy(words, bytes, count);
    for (size_t i = 0; i < LANES && i * sizeof *words < count; i++) lanes[i] = clmlp_mix(lanes[i], words[i]);
}

static void add_bytes(digest *d, const void *bytes, size_t count)
{
    if (d->hash != NULL) clmlp_sha256_add(d->hash, bytes, count);
    else sum_bytes(d->lanes, bytes, count);
}

static void add_number(digest *d, uint64_t number)
{
    add_bytes(d, &number, sizeof number);
}

/* What is not there differs from what is empty. */
static void add_block(digest *into, const void *bytes, size_t count)
{
    add_number(into, bytes != NULL ? count : UINT64_MAX);
    if (bytes != NULL) add_bytes(into, bytes, count);
}

static void add_text(digest *into, const char *text)
{
    add_block(into, text, text != NULL ? strlen(text) : 0);
}

static void add_names(digest *into, char *const *names, size_t count)
{
    add_number(into, names != NULL ? count : UINT64_MAX);
    for (size_t k = 0; names != NULL && k < count; k++) add_text(into, names[k]);
}

static void add_sparse(digest *into, const clmlp_sparse *sparse)
{
    for (size_t i = 0; i < sparse->m; i++) {
        const size_t first = sparse->starts[i], count = sparse->starts[i + 1] - first;
        /* without any value there are no arrays */
        const uint32_t *const columns = sparse->columns != NULL ? sparse->columns + first : NULL;
        const double *const values = sparse->values != NULL ? sparse->values + first : NULL;
        add_block(into, columns, count * sizeof *columns);
        add_block(into, values, count * sizeof *values);
    }
}

static void add_encoded(digest *into, const clmlp_encoded *encoded, size_t m)
{
    add_number(into, encoded->count);
    add_block(into, encoded->numbers, m * encoded->stride * sizeof *encoded->numbers);
    for (size_t c = 0; c < encoded->count; c++) {
        if (encoded->columns[c].codes == NULL) continue;
        for (size_t i = 0; i < m; i++) {
            const uint32_t level = clmlp_encoded_level(encoded, c, i);
            add_bytes(into, &level, sizeof level);
        }
    }
}

static void add_dataset(digest *into, const clmlp_dataset *d)
{
    add_number(into, d->m);
    add_number(into, d->n);
    add_number(into, d->K);
    add_number(into, d->x != NULL ? (uint64_t)d->storage : d->encoded != NULL ? 100 : 101);
    if (d->x != NULL) add_block(into, d->x, d->m * d->n * clmlp_storage_size(d->storage));
    if (d->encoded != NULL) add_encoded(into, d->encoded, d->m);
    if (d->sparse != NULL) add_sparse(into, d->sparse);
    add_number(into, (uint64_t)d->target_kind);
    add_block(into, d->labels, d->m * sizeof *d->labels);
    add_block(into, d->y, d->m * d->K * sizeof *d->y);
    add_block(into, d->weights, d->m * sizeof *d->weights);
    add_names(into, d->class_names, d->K);
    add_names(into, d->output_names, d->K);
    add_text(into, d->target);
    add_names(into, d->columns != NULL ? d->columns->names : NULL, d->columns != NULL ? d->columns->count : 0);
}

char *clmlp_dataset_fingerprint(const clmlp_dataset *dataset, char text[CLMLP_SHA256_HEX])
{
    clmlp_sha256 hash;
    digest of_all = {.hash = &hash};
    text[0] = '\0';
    if (dataset == NULL) return text;
    clmlp_sha256_begin(&hash);
    add_dataset(&of_all, dataset);
    return clmlp_sha256_text(&hash, text);
}

uint64_t clmlp_dataset_checksum(const clmlp_dataset *dataset)
{
    digest of_all = {.lanes = {1, 2, 3, 4}};
    uint64_t sum = 0;
    if (dataset == NULL) return 0;
    add_dataset(&of_all, dataset);
    for (size_t i = 0; i < LANES; i++) sum = clmlp_mix(sum, of_all.lanes[i]);
    return sum;
}
