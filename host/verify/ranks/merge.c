/* merge.c - the findings of all ranks, brought to all. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "verify/ranks/together.h"

/* A finding on its way: `equation` of another process is nobody's pointer. */
typedef struct carried {
    clmlp_finding finding;
    char equation[32];
} carried;

/* In which order findings are told: the first that failed is what is blamed. */
enum { OF_ROWS, OF_ONE, OF_SUMS, OF_ALL, TURNS };

static int turn_of(clmlp_quantity quantity)
{
    switch (quantity) {
    case CLMLP_QUANTITY_ROWS: return OF_ROWS;
    case CLMLP_QUANTITY_SUM_GRADIENT:
    case CLMLP_QUANTITY_SUM_COST: return OF_SUMS;
    case CLMLP_QUANTITY_SAME_THETA:
    case CLMLP_QUANTITY_WHOLE_COST:
    case CLMLP_QUANTITY_WHOLE_RIGHT:
    case CLMLP_QUANTITY_WHOLE_GRADIENT:
    case CLMLP_QUANTITY_WHOLE_THETA: return OF_ALL;
    default: return OF_ONE;
    }
}

/* The same text in this process, for as long as it runs. */
static const char *own_name(const char *equation)
{
    static const char *const others[] = {"transfer", "sum", "one_process", "steps", "dot", "combine"};
    for (int e = 0; e < (int)CLMLP_EQUATION_COUNT; e++) {
        const char *const name = clmlp_equation_name((clmlp_equation)e);
        if (strcmp(name, equation) == 0) return name;
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (strcmp(others[i], equation) == 0) return others[i];
    }
    return "?";
}

/* What a rank has checked of its own part is its own; the others say whose they are. */
static void name_rank(clmlp_finding *f, size_t rank)
{
    if (turn_of(f->quantity) == OF_ONE) f->rank = rank;
}

static clmlp_status tell_all(const clmlp_together *t, carried *all, const uint64_t *counts, size_t most,
                             clmlp_together_sink *sink, void *context, clmlp_error *error)
{
    for (int turn = 0; turn < TURNS; turn++) {
        for (size_t r = 0; r < t->count; r++) {
            for (size_t i = 0; i < counts[r]; i++) {
                carried *const c = &all[r * most + i];
                if (turn_of(c->finding.quantity) != turn) continue;
                c->finding.equation = own_name(c->equation);
                name_rank(&c->finding, r);
                TRY(sink(&c->finding, context, error));
            }
        }
    }
    return CLMLP_OK;
}

static clmlp_status exchange(clmlp_together *t, const uint64_t *counts, clmlp_together_sink *sink, void *context,
                             clmlp_error *error)
{
    size_t most = 0;
    carried *mine = NULL;
    for (size_t r = 0; r < t->count; r++) most = clmlp_larger(most, (size_t)counts[r]);
    TRY(clmlp_allocate(&mine, (1 + t->count) * most, sizeof *mine, "findings", error));
    carried *const all = mine + most;
    for (size_t i = 0; i < t->own_count; i++) {
        mine[i].finding = t->own[i];
        (void)snprintf(mine[i].equation, sizeof mine[i].equation, "%s", t->own[i].equation);
    }
    clmlp_status status = clmlp_ranks_gather(t->ranks, mine, most * sizeof *mine, all, error);
    if (status == CLMLP_OK) status = tell_all(t, all, counts, most, sink, context, error);
    clmlp_together_free(t, mine);
    t->own_count = 0;
    return status;
}

clmlp_status clmlp_together_merge(clmlp_together *t, clmlp_together_sink *sink, void *context, clmlp_error *error)
{
    const uint64_t mine = t->own_count;
    uint64_t *counts = NULL;
    TRY(clmlp_allocate(&counts, t->count, sizeof *counts, "findings", error));
    clmlp_status status = clmlp_ranks_gather(t->ranks, &mine, sizeof mine, counts, error);
    if (status == CLMLP_OK) status = exchange(t, counts, sink, context, error);
    clmlp_together_free(t, counts);
    return status;
}
