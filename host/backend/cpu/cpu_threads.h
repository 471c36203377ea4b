/* cpu_threads.h - on how many threads the CPU path multiplies: one or many, whatever was faster of late.
 *
 * On a machine that is busy many threads may take far longer than one: all wait for the one that the system leaves
 * waiting. So products of each size are tried both ways in turn, as part of the work, and the faster way is kept for a
 * while. Their bits are the same either way (cpu_backend.h), so nothing depends on what is found.
 */
#ifndef CLMLP_BACKEND_CPU_CPU_THREADS_H
#define CLMLP_BACKEND_CPU_CPU_THREADS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* What is known of products of one size. Zeroed: nothing. */
typedef struct clmlp_cpu_judge {
    double seconds[2]; /* of this trial: on one thread, on many */
    unsigned trials;   /* done of it */
    unsigned left;     /* products until the next trial */
    unsigned kept;     /* how long the last choice was kept */
    bool many;         /* that choice */
} clmlp_cpu_judge;

enum { CLMLP_CPU_TRIALS = 6, CLMLP_CPU_KEPT_LEAST = 128, CLMLP_CPU_KEPT_MOST = 4096 };

/* Whether the next product is to be computed on many threads. */
bool clmlp_cpu_judge_next(const clmlp_cpu_judge *judge);
/* How long it took so. In a trial the two ways take turns, one many many one one many; it ends early where one has
 * taken three times as long as the other. The one that took less in all is kept for 128 products, one thread in a tie.
 * A choice that the next trial confirms is kept twice as long, up to 4096. */
void clmlp_cpu_judge_tell(clmlp_cpu_judge *judge, double seconds);

/* A product of `work` multiply-adds in so many parts, about to be computed on .threads threads; is_alone: on one. */
typedef struct clmlp_cpu_turn {
    size_t threads;
    int size; /* of the judge; -1: nothing is to be learned */
    bool many;
    double began;
} clmlp_cpu_turn;

clmlp_cpu_turn clmlp_cpu_turn_begin(size_t parts, double work, bool is_alone);
void clmlp_cpu_turn_end(const clmlp_cpu_turn *turn);

/* CLMLP_CPU_THREADS in the environment asks for a number of threads, 1 to 8; *threads 0: it does not.
 * Errors: CLMLP_BAD_ARGUMENT. */
clmlp_status clmlp_cpu_threads_asked(size_t *threads, clmlp_error *error);

#endif
