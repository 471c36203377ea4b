/* failure.c - which rank failed first. */
#include "ranks/failure.h"

#include <stdio.h>

#include "clmlp/text.h"

void clmlp_failure_init(clmlp_failure *failure)
{
    (void)pthread_mutex_init(&failure->lock, NULL);
    atomic_init(&failure->happened, false);
    failure->is_gone = false;
    failure->gone = NULL;
    failure->context = NULL;
}

void clmlp_failure_destroy(clmlp_failure *failure)
{
    (void)pthread_mutex_destroy(&failure->lock);
}

static bool set(clmlp_failure *failure, size_t rank, clmlp_status status, const char *text, bool is_gone)
{
    (void)pthread_mutex_lock(&failure->lock);
    const bool first = !clmlp_failure_happened(failure);
    if (first) {
        failure->rank = rank;
        failure->status = status;
        failure->is_gone = is_gone;
        (void)snprintf(failure->text, sizeof failure->text, "%s", text);
        clmlp_make_printable(failure->text, false);
        if (is_gone && failure->gone != NULL) failure->gone(failure->context, rank, failure->text);
        atomic_store_explicit(&failure->happened, true, memory_order_release);
    }
    (void)pthread_mutex_unlock(&failure->lock);
    return first;
}

bool clmlp_failure_set(clmlp_failure *failure, size_t rank, clmlp_status status, const char *text)
{
    return set(failure, rank, status, text, false);
}

bool clmlp_failure_gone(clmlp_failure *failure, size_t rank, const char *host, const char *why)
{
    char text[CLMLP_FAILURE_TEXT];
    (void)snprintf(text, sizeof text, "rank %zu (host %s) is gone: %s", rank, host, why);
    return set(failure, rank, CLMLP_RANKS, text, true);
}

void clmlp_failure_call(clmlp_failure *failure, clmlp_ranks_gone *gone, void *context)
{
    (void)pthread_mutex_lock(&failure->lock);
    failure->gone = gone;
    failure->context = context;
    if (failure->is_gone && gone != NULL) gone(context, failure->rank, failure->text);
    (void)pthread_mutex_unlock(&failure->lock);
}

clmlp_status clmlp_failure_report(const clmlp_failure *failure, const char (*hosts)[CLMLP_HOST_LENGTH],
                                  clmlp_error *error)
{
    if (failure->status == CLMLP_RANKS) return clmlp_fail(error, CLMLP_RANKS, "%s", failure->text);
    return clmlp_fail(error, CLMLP_RANKS, "rank %zu (host %s): %s", failure->rank,
                      hosts == NULL ? "?" : hosts[failure->rank], failure->text);
}
