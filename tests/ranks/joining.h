/* joining.h - ranks that join the life line in threads of a test. */
#ifndef TEST_RANKS_JOINING_H
#define TEST_RANKS_JOINING_H

#include <stdbool.h>

#include "ranks/meet.h"

enum { JOINING_RANKS = 4 };

typedef struct joiner {
    const clmlp_meet_place *place;
    size_t rank;
    double wait;
    int socket;
    clmlp_status status;
    clmlp_error error;
} joiner;

void joining_sleep(double seconds);

/* clmlp_meet_join with a joiner, for pthread_create. */
void *joining_join(void *joiner);

/* Connect to the port at 127.0.0.1. */
int joining_dial(const clmlp_meet_place *place);

/* sockets of rank 0, and of the others at [rank] of `ends`. hostile: with strangers on the port. */
void joining_all(int *sockets, int *ends, bool hostile);

#endif
