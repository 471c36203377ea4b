/* scratch.c - scratch on the device that grows as it is needed, and what is in it. */
#include "backend/native/cpu/scratch.h"

#include <string.h>

bool clmlp_native_is_cached(const clmlp_opencl_cache_key *cache_key, const clmlp_opencl_cache_key *wanted)
{
    return cache_key->from == wanted->from && cache_key->order == wanted->order && cache_key->first == wanted->first &&
           cache_key->rows == wanted->rows;
}

void clmlp_native_gather_reset(clmlp_opencl *opencl)
{
    clmlp_native_of(opencl)->gathered_rows.from = NULL;
    for (size_t use = 0; use < 2; use++) clmlp_native_of(opencl)->compressed[use].cache_key.from = NULL;
}

void clmlp_native_scratch_release(clmlp_opencl *opencl, clmlp_opencl_scratch *scratch)
{
    if (scratch->buffer != NULL) (void)clReleaseMemObject(scratch->buffer);
    opencl->base.memory_used -= scratch->bytes;
    *scratch = (clmlp_opencl_scratch){NULL, 0};
}

bool clmlp_native_scratch_reserve(clmlp_opencl *opencl, clmlp_opencl_scratch *scratch, size_t bytes,
                                  clmlp_opencl_cache_key *cache_key)
{
    clmlp_backend *base = &opencl->base;
    cl_mem grown = NULL;
    if (bytes <= scratch->bytes) return true;
    const uint64_t used = base->memory_used - scratch->bytes;
    if (bytes > base->largest_buffer || used > base->memory_limit || bytes > base->memory_limit - used) return false;
    if (clmlp_opencl_create_buffer(opencl, bytes, &grown, NULL) != CLMLP_OK) return false;
    clmlp_native_scratch_release(opencl, scratch);
    *scratch = (clmlp_opencl_scratch){grown, bytes};
    base->memory_used = used + bytes;
    if (base->memory_used > base->memory_peak) base->memory_peak = base->memory_used;
    cache_key->from = NULL;
    return true;
}

clmlp_status clmlp_native_wanted(clmlp_switch variable, int *wanted, clmlp_error *error)
{
    const char *word = NULL;
    TRY(clmlp_switch_word(variable, &word, error));
    *wanted = word == NULL ? 0 : strcmp(word, "always") == 0 ? 1 : -1;
    return CLMLP_OK;
}
