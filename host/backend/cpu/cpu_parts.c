/* cpu_parts.c - work in parts, on the threads that the CPU path multiplies on. */
#include "backend/cpu/cpu_backend.h"
#include "backend/cpu/cpu_threads.h"

/* Whether this thread does a part: products within it are its own. */
static _Thread_local bool has_part;

typedef struct job {
    clmlp_work_piece *part;
    void *context;
} job;

static void do_part(size_t piece, size_t begin, size_t end, void *context)
{
    const job *const j = context;
    const bool had_part = has_part;
    has_part = true;
    j->part(piece, begin, end, j->context);
    has_part = had_part;
}

void clmlp_cpu_in_parts(size_t parts, double work, clmlp_work_piece *part, void *context)
{
    job j = {part, context};
    clmlp_cpu_blas_begin();
    const clmlp_cpu_turn turn = clmlp_cpu_turn_begin(parts, work, has_part || clmlp_cpu_blas_is_alone());
    clmlp_parallel_queue(parts, turn.threads, do_part, &j);
    clmlp_cpu_turn_end(&turn);
    clmlp_cpu_blas_end();
}
