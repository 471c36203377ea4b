/* tune_result.c - reading what clmlp_tune found. */
#include <stdlib.h>

#include "bench/tune.h"

void clmlp_tune_result_destroy(clmlp_tune_result *result)
{
    free(result);
}

const clmlp_device_info *clmlp_tune_result_device(const clmlp_tune_result *result)
{
    return result != NULL ? &result->device : NULL;
}

clmlp_precision clmlp_tune_result_precision(const clmlp_tune_result *result)
{
    return result != NULL ? result->precision : CLMLP_PRECISION_COUNT;
}

size_t clmlp_tune_result_network_count(const clmlp_tune_result *result)
{
    return result != NULL ? result->network_count : 0;
}

const clmlp_tune_network *clmlp_tune_result_network(const clmlp_tune_result *result, size_t n)
{
    return result != NULL && n < result->network_count ? &result->networks[n] : NULL;
}

const char *clmlp_tune_result_shape(const clmlp_tune_result *result, size_t n)
{
    return result != NULL && n < result->network_count ? result->shapes[n] : NULL;
}

size_t clmlp_tune_result_count(const clmlp_tune_result *result)
{
    return result != NULL ? result->count : 0;
}

size_t clmlp_tune_result_rejected(const clmlp_tune_result *result)
{
    return result != NULL ? result->rejected : 0;
}

const clmlp_tune_candidate *clmlp_tune_result_candidate(const clmlp_tune_result *result, size_t i)
{
    return result != NULL && i < result->count ? &result->candidates[i] : NULL;
}

const clmlp_tune_duel *clmlp_tune_result_duel(const clmlp_tune_result *result)
{
    return result != NULL ? &result->duel : NULL;
}

bool clmlp_tune_result_kept(const clmlp_tune_result *result)
{
    return result != NULL && result->kept;
}

const char *clmlp_tune_result_doubt(const clmlp_tune_result *result, clmlp_engine choice)
{
    return result != NULL && (unsigned)choice < CLMLP_ENGINE_COUNT ? result->doubt[choice] : NULL;
}
