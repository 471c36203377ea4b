/* thread_transport.h - messages between threads of one process, in place of MPI: late, and out of order. */
#ifndef TEST_THREAD_TRANSPORT_H
#define TEST_THREAD_TRANSPORT_H

#include "ranks/transport.h"

typedef struct thread_world thread_world;

thread_world *thread_world_create(unsigned seed);
void thread_world_destroy(thread_world *world);

/* Messages that were begun, and are not done. */
size_t thread_world_open(thread_world *world);

/* The transport of one rank, for thread_transport_table; to be freed by the caller. */
void *thread_transport(thread_world *world, size_t rank);

/* From now on every test of this rank fails. */
void thread_transport_break(void *transport);

/* The n-th message of this rank, from 1, sent or received, does not begin. */
void thread_transport_refuse(void *transport, size_t n);

extern const clmlp_transport thread_transport_table;

#endif
