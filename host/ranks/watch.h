/* watch.h - the life line: which rank is gone, told by TCP connections beside MPI, which may hang then.
 *
 * Each rank is connected with rank 0. A thread on either side sends a beat a second. A connection that closes, or no
 * beat for `timeout` seconds, means that the rank is gone. Rank 0 tells all others, and every rank sees it when rank 0
 * goes. What a rank says of its own failure takes the same way.
 */
#ifndef CLMLP_RANKS_WATCH_H
#define CLMLP_RANKS_WATCH_H

#include "ranks/failure.h"
#include "ranks/meet.h"

typedef struct clmlp_watch clmlp_watch;

/* Watch over connected sockets, and own them: sockets [count] of rank 0, at [0] the one to rank 0 of the others. Where
 * this fails they stay the caller's, for the others would take one that closes for a rank that is gone. `failure` and
 * hosts [count] outlive the watch. Errors: CLMLP_OUT_OF_MEMORY, CLMLP_RANKS. */
clmlp_status clmlp_watch_start(clmlp_watch **out, size_t rank, size_t count, double timeout, const int *sockets,
                               clmlp_failure *failure, const char (*hosts)[CLMLP_HOST_LENGTH], clmlp_error *error);

/* Let all know what `failure` has, which happened here. Waits until rank 0 has taken note, and at rank 0 until all
 * messages are on their way; at most so many seconds. */
void clmlp_watch_tell(clmlp_watch *watch, double seconds);

/* After a failure, of a rank other than 0: wait until rank 0 is gone, some seconds at most. It has things to save and
 * to say, and a launcher may end it as soon as another process is gone. */
void clmlp_watch_outlast(const clmlp_watch *watch);

/* Say that this rank leaves in good order, unless something failed, and stop. NULL is fine. */
void clmlp_watch_stop(clmlp_watch *watch);

#endif
