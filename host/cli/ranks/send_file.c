/* send_file.c - a file of one rank, copied to rank 0. */
#include "ranks/send_file.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <clmlp/ranks.h>

/* The next piece of a file, with zeros in the place of what cannot be read: all ranks count on its size. */
static bool read_piece(FILE *file, unsigned char *piece, size_t size)
{
    const size_t got = file != NULL ? fread(piece, 1, size, file) : 0;
    memset(piece + got, 0, size - got);
    return got == size;
}

/* The bytes of a file, -1: there is none. */
static int64_t size_of(FILE *file)
{
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) return -1;
    const long end = ftell(file);
    return fseek(file, 0, SEEK_SET) == 0 ? (int64_t)end : -1;
}

/* Both ends of the copy, and those who only hear of it. *good: of this rank's end. */
static clmlp_status send_pieces(clmlp_ranks *ranks, size_t from, FILE *in, FILE *out, unsigned char *piece, bool *good,
                                clmlp_error *error)
{
    const size_t rank = clmlp_ranks_rank(ranks);
    int64_t left = rank == from ? size_of(in) : 0;
    clmlp_status status = clmlp_ranks_share(ranks, from, &left, sizeof left, error);
    *good = left >= 0 && (rank != 0 || out != NULL);
    while (status == CLMLP_OK && left > 0) {
        const size_t size = left < CLMLP_CLI_FILE_PIECE ? (size_t)left : CLMLP_CLI_FILE_PIECE;
        if (rank == from) *good = read_piece(in, piece, size) && *good;
        status = clmlp_ranks_share(ranks, from, piece, size, error);
        if (status == CLMLP_OK && out != NULL) *good = fwrite(piece, 1, size, out) == size && *good;
        left -= (int64_t)size;
    }
    return status;
}

/* Whether both ends of the copy are good. */
static clmlp_status agree(clmlp_ranks *ranks, size_t from, bool good, bool *all, clmlp_error *error)
{
    unsigned char ends[2] = {good, good};
    clmlp_status status = clmlp_ranks_share(ranks, from, &ends[0], 1, error);
    if (status == CLMLP_OK) status = clmlp_ranks_share(ranks, 0, &ends[1], 1, error);
    *all = status == CLMLP_OK && ends[0] != 0 && ends[1] != 0;
    return status;
}

clmlp_status clmlp_cli_send_file(clmlp_ranks *ranks, size_t from, const char *file, const char *received,
                                 unsigned char *piece, bool *has_file, clmlp_error *error)
{
    const size_t rank = clmlp_ranks_rank(ranks);
    clmlp_status status;
    bool good = true;
    *has_file = false;
    if (from == 0) {
        if (rank == 0) good = rename(file, received) == 0;
        return agree(ranks, 0, good, has_file, error);
    }
    FILE *const in = rank == from ? fopen(file, "rb") : NULL;
    FILE *const out = rank == 0 ? fopen(received, "wb") : NULL;
    status = send_pieces(ranks, from, in, out, piece, &good, error);
    if (in != NULL) (void)fclose(in);
    if (out != NULL && fclose(out) != 0) good = false;
    if (status == CLMLP_OK) status = agree(ranks, from, good, has_file, error);
    if (out != NULL && !*has_file) (void)remove(received);
    return status;
}
