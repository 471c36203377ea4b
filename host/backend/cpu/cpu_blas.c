/* cpu_blas.c - BLAS on one thread while the CPU path multiplies. OpenBLAS waits for its own threads, which on a busy
 * machine takes far longer than a small product, and the bits of what it returns depend on their number. */
#include <cblas.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "backend/cpu/cpu_backend.h"
#include "base/memory.h"

#ifdef OPENBLAS_VERSION

/* The number of threads is the whole process's: the first to multiply sets it to 1, the last one sets it back. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int multiplying, threads;

/* What OpenBLAS allocates for each thread that multiplies, and a little more. It tries for ever where it cannot. */
static const size_t BUFFER = (size_t)129 << 20;
static bool has_buffer, is_alone;

static bool is_there(void)
{
    void *probe = NULL;
    if (clmlp_allocate(&probe, BUFFER, 1, "BLAS", NULL) != CLMLP_OK) return false;
    free(probe);
    return true;
}

/* A product that is too large for what OpenBLAS computes without its buffer. */
static clmlp_status take_buffer(clmlp_error *error)
{
    enum { SIDE = 128 };
    const size_t elements = (size_t)SIDE * SIDE;
    float *a = NULL;
    TRY(clmlp_allocate(&a, 2 * elements, sizeof *a, "BLAS", error));
    clmlp_cpu_blas_begin();
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, SIDE, SIDE, SIDE, 1.0f, a, SIDE, a, SIDE, 0.0f,
                a + elements, SIDE);
    clmlp_cpu_blas_end();
    free(a);
    return CLMLP_OK;
}

/* Whether a limit may keep the second thread from its buffer, however late it asks. */
static bool is_limited(void)
{
    struct rlimit space, data;
    const uint64_t memory = clmlp_physical_memory();
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    const uint64_t enough = memory + (processors > 0 ? (uint64_t)processors : 1) * BUFFER;
    if (getrlimit(RLIMIT_AS, &space) != 0 || getrlimit(RLIMIT_DATA, &data) != 0) return false;
    return (space.rlim_cur != RLIM_INFINITY && space.rlim_cur < enough) ||
           (data.rlim_cur != RLIM_INFINITY && data.rlim_cur < enough);
}

static clmlp_status prepare(clmlp_error *error)
{
    if (has_buffer) return CLMLP_OK;
    if (!is_there()) {
        return clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "OpenBLAS, which multiplies on the CPU, needs 128 MiB more "
                          "memory than could be had (is there a limit, as by ulimit -v?)");
    }
    is_alone = is_limited();
    TRY(take_buffer(error));
    has_buffer = true;
    return CLMLP_OK;
}

clmlp_status clmlp_cpu_products_prepare(clmlp_error *error)
{
    static pthread_mutex_t preparing = PTHREAD_MUTEX_INITIALIZER;
    (void)pthread_mutex_lock(&preparing);
    const clmlp_status status = prepare(error);
    (void)pthread_mutex_unlock(&preparing);
    return status;
}

bool clmlp_cpu_blas_is_alone(void)
{
    return is_alone;
}

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

clmlp_status clmlp_cpu_products_prepare(clmlp_error *error)
{
    (void)error;
    return CLMLP_OK;
}

bool clmlp_cpu_blas_is_alone(void)
{
    return false;
}

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
