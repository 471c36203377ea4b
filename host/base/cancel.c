/* cancel.c - a wish to stop, made on one thread and seen on another. */
#include "clmlp/cancel.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/argument.h"
#include "base/memory.h"

/* else a signal handler might wait for a lock that the interrupted thread holds */
_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "an int is lock-free");

struct clmlp_cancel {
    atomic_int requested;
};

clmlp_status clmlp_cancel_create(clmlp_cancel **out, clmlp_error *error)
{
    clmlp_cancel *cancel = NULL;
    REQUIRE(out != NULL, "out");
    TRY(clmlp_allocate(&cancel, 1, sizeof *cancel, "a way to stop", error));
    atomic_init(&cancel->requested, 0);
    *out = cancel;
    return CLMLP_OK;
}

void clmlp_cancel_destroy(clmlp_cancel *cancel)
{
    free(cancel);
}

void clmlp_cancel_request(clmlp_cancel *cancel)
{
    if (cancel != NULL) atomic_store(&cancel->requested, 1);
}

bool clmlp_cancel_requested(const clmlp_cancel *cancel)
{
    return cancel != NULL && atomic_load(&cancel->requested) != 0;
}
