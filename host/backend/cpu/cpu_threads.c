/* cpu_threads.c - on how many threads the CPU path multiplies: one or many, whatever was faster of late. */
#include "backend/cpu/cpu_threads.h"

#include <math.h>
#include <pthread.h>

#include "base/clock.h"
#include "base/parallel.h"
#include "base/switch.h"

enum { SIZES = 64 }; /* by the logarithm of the work */

static const double FAR_LONGER = 3.0;

/* How busy the machine is concerns all that this process computes. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static clmlp_cpu_judge judges[SIZES];

bool clmlp_cpu_judge_next(const clmlp_cpu_judge *judge)
{
    static const bool turns[CLMLP_CPU_TRIALS] = {false, true, true, false, false, true};
    return judge->left > 0 ? judge->many : turns[judge->trials];
}

static void decide(clmlp_cpu_judge *judge)
{
    const bool many = judge->seconds[1] < judge->seconds[0];
    const bool confirmed = judge->kept > 0 && many == judge->many;
    judge->kept = confirmed ? 2 * judge->kept : CLMLP_CPU_KEPT_LEAST;
    if (judge->kept > CLMLP_CPU_KEPT_MOST) judge->kept = CLMLP_CPU_KEPT_MOST;
    *judge = (clmlp_cpu_judge){.left = judge->kept, .kept = judge->kept, .many = many};
}

void clmlp_cpu_judge_tell(clmlp_cpu_judge *judge, double seconds)
{
    if (judge->left > 0) {
        judge->left--;
        return;
    }
    judge->seconds[clmlp_cpu_judge_next(judge) ? 1 : 0] += seconds;
    judge->trials++;
    const double less = fmin(judge->seconds[0], judge->seconds[1]), more = fmax(judge->seconds[0], judge->seconds[1]);
    const bool is_even = judge->trials % 2 == 0; /* as many of one as of the other */
    if (judge->trials == CLMLP_CPU_TRIALS || (is_even && more > FAR_LONGER * less)) decide(judge);
}

clmlp_status clmlp_cpu_threads_asked(size_t *threads, clmlp_error *error)
{
    return clmlp_switch_number(CLMLP_SWITCH_CPU_THREADS, threads, error);
}

clmlp_cpu_turn clmlp_cpu_turn_begin(size_t parts, double work, bool is_alone)
{
    clmlp_cpu_turn turn = {.threads = 1, .size = -1};
    size_t asked = 0;
    if (parts < 2 || is_alone) return turn;
    if (clmlp_cpu_threads_asked(&asked, NULL) == CLMLP_OK && asked > 0) {
        turn.threads = asked;
        return turn;
    }
    const size_t most = clmlp_parallel_most();
    const int size = (int)log2(work);
    if (most < 2) return turn;
    turn.size = size < 0 ? 0 : size < SIZES ? size : SIZES - 1;
    (void)pthread_mutex_lock(&lock);
    turn.many = clmlp_cpu_judge_next(&judges[turn.size]);
    (void)pthread_mutex_unlock(&lock);
    if (turn.many) turn.threads = most;
    turn.began = clmlp_seconds();
    return turn;
}

/* Another thread of this process may have told in between: what was computed in the other way is not counted then. */
void clmlp_cpu_turn_end(const clmlp_cpu_turn *turn)
{
    if (turn->size < 0) return;
    const double seconds = clmlp_seconds() - turn->began;
    clmlp_cpu_judge *const judge = &judges[turn->size];
    (void)pthread_mutex_lock(&lock);
    if (clmlp_cpu_judge_next(judge) == turn->many) clmlp_cpu_judge_tell(judge, seconds);
    (void)pthread_mutex_unlock(&lock);
}
