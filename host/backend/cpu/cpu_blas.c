/* cpu_blas.c - BLAS on one thread while the CPU path multiplies. OpenBLAS waits for its own threads, which on a busy
 * machine takes far longer than a small product, and the bits of what it returns depend on their number. */
#include <cblas.h>
#include <pthread.h>

#include "backend/cpu/cpu_backend.h"

#ifdef OPENBLAS_VERSION

/* The number of threads is the whole process's: the first to multiply sets it to 1, the last one sets it back. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int multiplying, threads;

void clmlp_cpu_blas_begin(void)
{
    (void)pthread_mutex_lock(&lock);
    if (multiplying++ == 0) {
        threads = openblas_get_num_threads();
        if (threads > 1) openblas_set_num_threads(1);
    }
    (void)pthread_mutex_unlock(&lock);
}

void clmlp_cpu_blas_end(void)
{
    (void)pthread_mutex_lock(&lock);
    if (--multiplying == 0 && threads > 1) openblas_set_num_threads(threads);
    (void)pthread_mutex_unlock(&lock);
}

#else

void clmlp_cpu_blas_begin(void)
{
}

void clmlp_cpu_blas_end(void)
{
}

#endif

size_t clmlp_cpu_blas_part(size_t longer, size_t shorter, size_t k)
{
    const size_t slice = shorter > 0 && k > 0 ? CLMLP_CPU_PART / k / shorter : longer;
    const size_t unit = CLMLP_CPU_PART_ROWS, part = slice / unit * unit;
    if (slice >= longer) return longer > 0 ? longer : 1;
    return part > unit ? part : unit;
}
