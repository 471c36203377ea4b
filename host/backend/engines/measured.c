/* measured.c - which engine clmlp_tune found faster, for which networks: reading, finding the nearest, merging. */
#include "backend/engines/measured.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

enum { MOST_LAYERS = 64, MOST_LINES = 64 };
static const double ROUNDING = 1e-9; /* of logarithms: less tells no distances apart */

/* AUTO: there is no such engine. */
static clmlp_engine engine_named(const char *name)
{
    const size_t end = strcspn(name, "\n");
    for (int e = CLMLP_ENGINE_AUTO + 1; e < CLMLP_ENGINE_COUNT; e++) {
        const char *const known = clmlp_engine_name((clmlp_engine)e);
        if (strlen(known) == end && strncmp(name, known, end) == 0) return (clmlp_engine)e;
    }
    return CLMLP_ENGINE_AUTO;
}

/* A number from 1 on without signs or zeros in front, and what follows it; false: there is none. */
static bool take_number(const char **at, size_t *value)
{
    size_t number = 0, digits = 0;
    if (**at == '0') return false;
    for (; isdigit((unsigned char)**at); (*at)++, digits++) {
        if (digits == 10) return false;
        number = 10 * number + (size_t)(**at - '0');
    }
    *value = number;
    return digits > 0;
}

/* Reads "784-25-10@128"; the place behind it, or NULL: it is none. */
static const char *read_network(const char *at, size_t s[MOST_LAYERS], clmlp_network_size *size)
{
    *size = (clmlp_network_size){.L = 0, .s = s};
    do {
        if (size->L == MOST_LAYERS || !take_number(&at, &s[size->L++])) return NULL;
    } while (*at++ == '-');
    if (size->L < 2 || at[-1] != '@' || !take_number(&at, &size->M)) return NULL;
    return at;
}

/* Where a network lies. */
typedef struct place {
    double rows, in, out, products;
} place;

static place place_of(const clmlp_network_size *size)
{
    double work = 0.0, in = 0.0, out = 0.0;
    for (size_t l = 0; l + 1 < size->L; l++) {
        const double wide = (double)size->s[l], next = (double)size->s[l + 1], w = wide * next;
        work += w;
        in += w * log(wide);
        out += w * log(next);
    }
    return (place){log((double)size->M), in / work, out / work, log((double)(size->L - 1))};
}

static double distance(const clmlp_network_size *a, const clmlp_network_size *b)
{
    const place p = place_of(a), q = place_of(b);
    const double rows = a->M > 0 && b->M > 0 ? p.rows - q.rows : 0.0;
    return sqrt(rows * rows + (p.in - q.in) * (p.in - q.in) + (p.out - q.out) * (p.out - q.out) +
                (p.products - q.products) * (p.products - q.products));
}

static bool is_same(const clmlp_network_size *a, const clmlp_network_size *b)
{
    return a->L == b->L && a->M == b->M && memcmp(a->s, b->s, a->L * sizeof *a->s) == 0;
}

/* The next line, NULL: there are no more. */
static const char *next_line(const char *line)
{
    const char *const end = strchr(line, '\n');
    return end != NULL && end[1] != '\0' ? end + 1 : NULL;
}

/* A line: its engine, and its network s, *size, where it has one. False: it makes no sense. */
static bool read_line(const char *line, size_t s[MOST_LAYERS], clmlp_network_size *size, clmlp_measured *found)
{
    static const char OVERALL[] = "overall";
    const bool is_overall = strncmp(line, OVERALL, sizeof OVERALL - 1) == 0;
    const char *const end = is_overall ? line + sizeof OVERALL - 1 : read_network(line, s, size);
    if (end == NULL || *end != ' ') return false;
    *found = (clmlp_measured){.engine = engine_named(end + 1), .network = is_overall ? NULL : line,
                              .length = (size_t)(end - line)};
    return found->engine != CLMLP_ENGINE_AUTO;
}

static bool find_overall(const char *lines, clmlp_measured *found)
{
    size_t s[MOST_LAYERS];
    clmlp_network_size size;
    clmlp_measured measured;
    for (const char *line = lines; line != NULL; line = next_line(line)) {
        if (!read_line(line, s, &size, &measured) || measured.network != NULL) continue;
        *found = measured;
        return true;
    }
    return false;
}

bool clmlp_measured_for(const char *lines, const clmlp_network_size *size, clmlp_measured *found)
{
    double least = (double)INFINITY;
    if (lines == NULL) return false;
    for (const char *line = lines; line != NULL && size != NULL; line = next_line(line)) {
        size_t s[MOST_LAYERS];
        clmlp_network_size other;
        clmlp_measured measured;
        if (!read_line(line, s, &other, &measured) || measured.network == NULL) continue;
        measured.is_same = is_same(size, &other);
        const double far = measured.is_same ? -1.0 : distance(size, &other);
        if (!(far < least * (1.0 - ROUNDING))) continue;
        least = far;
        *found = measured;
    }
    return least < (double)INFINITY || find_overall(lines, found);
}

/* Whether a line of some lines is for the same as this one. */
static bool has_line_for(const char *lines, const char *line)
{
    const size_t length = strcspn(line, " \n") + 1;
    for (const char *other = lines; other != NULL; other = next_line(other)) {
        if (strncmp(other, line, length) == 0) return true;
    }
    return false;
}

char *clmlp_measured_merge(const char *older, const char *newer)
{
    clmlp_text text = {0};
    size_t count = 0;
    const char *const sources[] = {newer, older};
    for (int i = 0; i < 2; i++) {
        for (const char *line = sources[i]; line != NULL && count < MOST_LINES; line = next_line(line)) {
            size_t s[MOST_LAYERS];
            clmlp_network_size size;
            clmlp_measured measured;
            if (!read_line(line, s, &size, &measured) || (i == 1 && has_line_for(newer, line))) continue;
            if (clmlp_text_append(&text, NULL, "%.*s\n", (int)strcspn(line, "\n"), line) != CLMLP_OK) {
                free(text.data);
                return NULL;
            }
            count++;
        }
    }
    return text.data;
}
