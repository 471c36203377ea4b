/* bundle_values.c - numbers, texts and tensors of a bundle file, each checked. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "verify/step/bundle_parts.h"

clmlp_status clmlp_bundle_find_text(const clmlp_safetensors *file, const char *key, const char **text,
                                    clmlp_error *error)
{
    *text = clmlp_safetensors_metadata(file, key);
    if (*text != NULL) return CLMLP_OK;
    return clmlp_fail(
        error, CLMLP_BAD_INPUT,
        "%s: not a replay bundle: no \"%s\" in its metadata (expected a file that `clmlp train --self-check` "
        "or `clmlp verify --bundle` wrote)",
        file->path, key);
}

clmlp_status clmlp_bundle_read_text(const clmlp_safetensors *file, const char *key, char *out, size_t size,
                                    clmlp_error *error)
{
    const char *text = NULL;
    TRY(clmlp_bundle_find_text(file, key, &text, error));
    (void)snprintf(out, size, "%s", text);
    return CLMLP_OK;
}

clmlp_status clmlp_bundle_bad_value(const clmlp_safetensors *file, const char *key, const char *found,
                                    const char *expected, clmlp_error *error)
{
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: %s is \"%.200s\" (expected %s)", file->path, key, found, expected);
}

/* Decimal digits alone, up to *end. */
bool clmlp_bundle_scan_integer(const char *text, uint64_t *value, const char **end)
{
    *value = 0;
    for (*end = text; **end >= '0' && **end <= '9'; ++*end) {
        const unsigned digit = (unsigned)(**end - '0');
        if (*value > (UINT64_MAX - digit) / 10) return false;
        *value = *value * 10 + digit;
    }
    return *end != text;
}

clmlp_status clmlp_bundle_read_integer(const clmlp_safetensors *file, const char *key, uint64_t *value,
                                       clmlp_error *error)
{
    const char *text = NULL, *end = NULL;
    TRY(clmlp_bundle_find_text(file, key, &text, error));
    if (clmlp_bundle_scan_integer(text, value, &end) && *end == '\0') return CLMLP_OK;
    return clmlp_bundle_bad_value(file, key, text, "a whole number of at most 64 bits", error);
}

clmlp_status clmlp_bundle_read_real(const clmlp_safetensors *file, const char *key, double *value, clmlp_error *error)
{
    const char *text = NULL;
    TRY(clmlp_bundle_find_text(file, key, &text, error));
    if (clmlp_parse_double(text, text + strlen(text), value) && isfinite(*value) && *value >= 0.0) return CLMLP_OK;
    return clmlp_bundle_bad_value(file, key, text, "a finite number >= 0", error);
}

const clmlp_stored_tensor *clmlp_bundle_find_tensor(const clmlp_safetensors *file, const char *name)
{
    for (size_t i = 0; i < file->count; i++) {
        if (strcmp(file->tensors[i].name, name) == 0) return &file->tensors[i];
    }
    return NULL;
}

/* A tensor that must be there; columns 0: of rank 1. rows 0: any, from 1. */
clmlp_status clmlp_bundle_expect_tensor(const clmlp_safetensors *file, const char *name, size_t rows, size_t columns,
                                        const clmlp_stored_tensor **out, clmlp_error *error)
{
    const clmlp_stored_tensor *tensor = clmlp_bundle_find_tensor(file, name);
    if (tensor == NULL) return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: there is no tensor \"%s\"", file->path, name);
    const size_t rank = columns == 0 ? 1 : 2;
    if (tensor->rank != rank) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: %s has %zu dimensions (expected %zu)", file->path, name,
                          tensor->rank, rank);
    }
    if (tensor->shape[0] == 0 || (rows != 0 && tensor->shape[0] != rows) ||
        (rank == 2 && tensor->shape[1] != columns)) {
        char expected[48] = "M";
        if (rows != 0) (void)snprintf(expected, sizeof expected, "%zu", rows);
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: %s is [%zu x %zu] (expected [%s x %zu])", file->path, name,
                          tensor->shape[0], tensor->shape[1], expected, rank == 2 ? columns : 1);
    }
    *out = tensor;
    return CLMLP_OK;
}
