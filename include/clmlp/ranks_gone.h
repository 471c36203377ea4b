#include "clmlp/ranks.h"
CLMLP_API void clmlp_ranks_when_gone(clmlp_ranks *ranks, void (*gone)(void *context, size_t rank, const char *text),
                                     void *context);
