/* line.c - one connection of the life line. */
#include "ranks/line.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void clmlp_line_open(clmlp_line *line, int socket, double now)
{
    const int on = 1;
    memset(line, 0, sizeof *line);
    line->socket = socket;
    line->heard = now;
    (void)fcntl(socket, F_SETFL, fcntl(socket, F_GETFL) | O_NONBLOCK);
    (void)setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void clmlp_line_close(clmlp_line *line)
{
    if (line->socket >= 0) (void)close(line->socket);
    line->socket = -1;
}

bool clmlp_line_put(clmlp_line *line, clmlp_line_kind kind, const void *payload, size_t length)
{
    if (line->socket < 0 || length > CLMLP_LINE_PAYLOAD) return false;
    if (line->out_used + CLMLP_LINE_HEAD + length > sizeof line->out) return false;
    unsigned char *const to = line->out + line->out_used;
    to[0] = (unsigned char)kind;
    to[1] = (unsigned char)(length >> 8U);
    to[2] = (unsigned char)(length & 0xFFU);
    if (length > 0) memcpy(to + CLMLP_LINE_HEAD, payload, length);
    line->out_used += CLMLP_LINE_HEAD + length;
    return true;
}

/* Why a connection is of no more use; NULL: it will be again. */
static const char *describe(int number)
{
    if (number == EAGAIN || number == EWOULDBLOCK || number == EINTR) return NULL;
    /* a process that ends with something unread has its connections reset */
    return number == ECONNRESET || number == EPIPE ? "its connection closed" : "its connection broke";
}

void clmlp_line_flush(clmlp_line *line)
{
    while (line->out_used > 0) {
        const ssize_t sent = send(line->socket, line->out, line->out_used, MSG_NOSIGNAL);
        if (sent < 0) {
            if (describe(errno) != NULL) line->out_used = 0;
            return;
        }
        line->out_used -= (size_t)sent;
        memmove(line->out, line->out + sent, line->out_used);
    }
}

const char *clmlp_line_fill(clmlp_line *line, double now)
{
    const size_t room = sizeof line->in - line->in_used;
    if (room == 0) return NULL;
    const ssize_t got = recv(line->socket, line->in + line->in_used, room, 0);
    if (got == 0) return "its connection closed";
    if (got < 0) return describe(errno);
    line->in_used += (size_t)got;
    line->heard = now;
    return NULL;
}

static bool is_kind(unsigned char letter)
{
    switch ((clmlp_line_kind)letter) {
    case CLMLP_LINE_BEAT:
    case CLMLP_LINE_FAIL:
    case CLMLP_LINE_NOTED:
    case CLMLP_LINE_TOLD:
    case CLMLP_LINE_LEAVE: return true;
    }
    return false;
}

bool clmlp_line_next(clmlp_line *line, clmlp_line_message *message, bool *broken)
{
    if (line->in_used < CLMLP_LINE_HEAD) return false;
    const size_t length = (size_t)line->in[1] << 8U | line->in[2];
    if (!is_kind(line->in[0]) || length > CLMLP_LINE_PAYLOAD) {
        *broken = true;
        return false;
    }
    if (line->in_used < CLMLP_LINE_HEAD + length) return false;
    *message = (clmlp_line_message){.kind = (clmlp_line_kind)line->in[0], .length = length,
                                    .payload = line->in + CLMLP_LINE_HEAD};
    return true;
}

void clmlp_line_drop(clmlp_line *line, const clmlp_line_message *message)
{
    const size_t whole = CLMLP_LINE_HEAD + message->length;
    line->in_used -= whole;
    memmove(line->in, line->in + whole, line->in_used);
}

static void put_number(unsigned char to[4], uint32_t number)
{
    for (unsigned i = 0; i < 4; i++) to[i] = (unsigned char)(number >> (24U - 8U * i));
}

static uint32_t get_number(const unsigned char from[4])
{
    return (uint32_t)from[0] << 24U | (uint32_t)from[1] << 16U | (uint32_t)from[2] << 8U | from[3];
}

size_t clmlp_line_pack(unsigned char payload[CLMLP_LINE_PAYLOAD], size_t rank, clmlp_status status, const char *text)
{
    size_t length = strlen(text);
    if (length >= CLMLP_FAILURE_TEXT) length = CLMLP_FAILURE_TEXT - 1;
    put_number(payload, (uint32_t)rank);
    put_number(payload + 4, (uint32_t)status);
    memcpy(payload + 8, text, length);
    return 8 + length;
}

bool clmlp_line_unpack(const clmlp_line_message *message, size_t *rank, clmlp_status *status,
                       char text[CLMLP_FAILURE_TEXT])
{
    if (message->length < 8 || message->length - 8 >= CLMLP_FAILURE_TEXT) return false;
    const uint32_t code = get_number(message->payload + 4);
    *rank = get_number(message->payload);
    *status = code > CLMLP_OK && code < CLMLP_STATUS_COUNT ? (clmlp_status)code : CLMLP_RANKS;
    memcpy(text, message->payload + 8, message->length - 8);
    text[message->length - 8] = '\0'; /* a NUL before that ends it earlier */
    return true;
}
