/* switch.h - environment variables that hold one of a few words, or a number. Any other text in them is refused. */
#ifndef CLMLP_BASE_SWITCH_H
#define CLMLP_BASE_SWITCH_H

#include <stddef.h>

#include "base/error.h"

typedef enum clmlp_switch {
    CLMLP_SWITCH_AUTO_SMALL,
    CLMLP_SWITCH_CPU_THREADS,
    CLMLP_SWITCH_MPI_WAIT,
    CLMLP_SWITCH_NATIVE_FAMILY,
    CLMLP_SWITCH_NATIVE_PARTS,
    CLMLP_SWITCH_NATIVE_SPARSE,
    CLMLP_SWITCH_NATIVE_STEPS,
    CLMLP_SWITCH_PROGRAM_CACHE,
    CLMLP_SWITCH_SHARED_SUMS,
    CLMLP_SWITCH_COUNT,
} clmlp_switch;

/* The word in the variable, one of its list in switch.c, or NULL: it is not set, or set to nothing.
 * Errors: CLMLP_BAD_ARGUMENT (another word). */
clmlp_status clmlp_switch_word(clmlp_switch which, const char **word, clmlp_error *error);

/* The number in the variable, 1 to its limit in switch.c, or 0: it is not set, or set to nothing.
 * Errors: CLMLP_BAD_ARGUMENT (anything else). */
clmlp_status clmlp_switch_number(clmlp_switch which, size_t *number, clmlp_error *error);

/* All of them: who mistypes one is told, also by a run that would not have read it.
 * Errors: CLMLP_BAD_ARGUMENT. */
clmlp_status clmlp_switches_check(clmlp_error *error);

#endif
