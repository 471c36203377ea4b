/* line.h - one connection of the life line: short messages over TCP, never waiting.
 *
 * A message is a letter, the length of its payload in two bytes (high one first), and the payload. What comes is not
 * trusted: a letter that is none, or a length above the most, breaks the connection.
 */
#ifndef CLMLP_RANKS_LINE_H
#define CLMLP_RANKS_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "ranks/failure.h"

typedef enum clmlp_line_kind {
    CLMLP_LINE_BEAT = 'b',  /* I live */
    CLMLP_LINE_FAIL = 'f',  /* to rank 0: I cannot go on; status and text */
    CLMLP_LINE_NOTED = 'n', /* rank 0's answer to that */
    CLMLP_LINE_TOLD = 't',  /* of rank 0: which rank failed, status and text */
    CLMLP_LINE_LEAVE = 'l'  /* I leave in good order: the connection will close */
} clmlp_line_kind;

enum {
    CLMLP_LINE_HEAD = 3,
    CLMLP_LINE_PAYLOAD = 8 + CLMLP_FAILURE_TEXT, /* the most: rank, status, text */
    CLMLP_LINE_ROOM = 4 * (CLMLP_LINE_HEAD + CLMLP_LINE_PAYLOAD)
};

typedef struct clmlp_line {
    int socket; /* -1: none, or closed */
    double heard; /* when something came last */
    bool left;    /* it has said that it leaves */
    size_t in_used, out_used;
    unsigned char in[CLMLP_LINE_ROOM], out[CLMLP_LINE_ROOM];
} clmlp_line;

typedef struct clmlp_line_message {
    clmlp_line_kind kind;
    size_t length;
    const unsigned char *payload; /* until the next call with this line */
} clmlp_line_message;

/* Take over a connected socket, which does not block from now on. */
void clmlp_line_open(clmlp_line *line, int socket, double now);
void clmlp_line_close(clmlp_line *line);

/* Put a message in line to be sent; false: there is no room, for the other side takes nothing. */
bool clmlp_line_put(clmlp_line *line, clmlp_line_kind kind, const void *payload, size_t length);

/* Send what can be sent. Nothing is said of a connection that is broken: what came before that can still be read. */
void clmlp_line_flush(clmlp_line *line);

/* Read what is there. NULL: fine; else why the connection is of no more use: "its connection closed". */
const char *clmlp_line_fill(clmlp_line *line, double now);

/* Take the next whole message, and forget it with clmlp_line_drop. False: there is none. *broken: what came is none. */
bool clmlp_line_next(clmlp_line *line, clmlp_line_message *message, bool *broken);
void clmlp_line_drop(clmlp_line *line, const clmlp_line_message *message);

/* The payload of FAIL and TOLD; length of it, and back. False: it is none. */
size_t clmlp_line_pack(unsigned char payload[CLMLP_LINE_PAYLOAD], size_t rank, clmlp_status status, const char *text);
bool clmlp_line_unpack(const clmlp_line_message *message, size_t *rank, clmlp_status *status,
                       char text[CLMLP_FAILURE_TEXT]);

#endif
