/* line_world.h - the life line without waiting: time that is counted, connections whose other end is the target, and a
 * thread that runs at once. Functions of the library and of the system are taken over while the world is on. */
#ifndef FUZZ_LINE_WORLD_H
#define FUZZ_LINE_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WORLD_CALLS = 64, WORLD_FREE = 24 };

/* What connect() comes upon: a connection whose other end is `far`, or an error. */
typedef struct world_call {
    int why; /* errno; 0: it works */
    int near, far;
} world_call;

/* The clock begins anew, and so do the random numbers: the k-th is 16 bytes k. `feed` is called before each poll of
 * the thread; once it says false, the thread stands still. */
void world_begin(bool (*feed)(void *), void *of_feed);
void world_end(void);
void world_wait(double seconds);

/* What the next calls of connect() find; near and far are filled. At the end none are left. */
void world_calls(world_call *calls, size_t count);
size_t world_called(void);

/* Two ends that are connected, and do not block. */
void world_pair(int ends[2]);
/* All that has come to an end; *closed: and that nothing more will. */
size_t world_heard(int end, uint8_t *bytes, size_t size, bool *closed);
/* The lowest descriptors that are free. */
void world_free_descriptors(int found[WORLD_FREE]);

#endif
