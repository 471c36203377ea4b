/* space.c - what a search varies: ranges and lists of values, and the numbers drawn from them. */
#include "search/space.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <clmlp/random.h>

#include "search/fnv.h"

/* --- reading -------------------------------------------------------------------------------------------------- */

static size_t choices_of(const char *text)
{
    size_t count = 1;
    for (; *text != '\0'; text++) count += *text == '|';
    return count;
}

/* Choice i, and its length. */
static const char *choice(const char *text, size_t i, size_t *length)
{
    for (; i > 0; i--) text = strchr(text, '|') + 1;
    *length = strcspn(text, "|");
    return text;
}

static bool read_number(const char **text, double *value)
{
    char *end;
    if (**text == '\0' || strchr("+-.0123456789", **text) == NULL) return false;
    *value = strtod(*text, &end);
    const bool any = end != *text;
    *text = end;
    return any && isfinite(*value);
}

/* LOW:HIGH or LOW:HIGH:log. What does not begin with two such numbers stays fixed. Returns NULL, or what is wrong. */
static const char *read_range(clmlp_cli_dimension *dimension, const char *text)
{
    if (!read_number(&text, &dimension->low) || *text != ':') return NULL;
    text++;
    if (!read_number(&text, &dimension->high)) return NULL;
    if (*text != '\0' && strcmp(text, ":log") != 0) return "expected LOW:HIGH or LOW:HIGH:log";
    dimension->spread = *text == '\0' ? CLMLP_CLI_EVEN : CLMLP_CLI_LOG;
    if (!(dimension->low < dimension->high)) return "expected LOW:HIGH with LOW < HIGH";
    if (dimension->spread == CLMLP_CLI_LOG && !(dimension->low > 0.0)) return "expected LOW > 0 for a logarithm";
    return NULL;
}

static const char *check_choices(const clmlp_cli_dimension *dimension)
{
    for (size_t i = 0; i < dimension->choices; i++) {
        size_t length;
        (void)choice(dimension->text, i, &length);
        if (length >= CLMLP_CLI_VALUE_LENGTH) return "too long a value";
        if (length == 0 && strcmp(dimension->name, "hidden") != 0) return "a value between the | is empty";
    }
    return NULL;
}

const char *clmlp_cli_dimension_read(clmlp_cli_dimension *dimension, const clmlp_cli_option *option, const char *text)
{
    *dimension = (clmlp_cli_dimension){.name = option->name, .text = text, .spread = CLMLP_CLI_FIXED};
    if (text == NULL) return NULL;
    dimension->whole = option->type == &clmlp_cli_count || option->type == &clmlp_cli_batch ||
                       option->type == &clmlp_cli_hidden || option->type == &clmlp_cli_count_or_all;
    if (strchr(text, '|') != NULL) {
        dimension->spread = CLMLP_CLI_CHOICE;
        dimension->choices = choices_of(text);
        return check_choices(dimension);
    }
    /* names of files, columns and devices may look like ranges */
    return option->type == &clmlp_cli_text ? NULL : read_range(dimension, text);
}

const char *clmlp_cli_dimension_check(const clmlp_cli_dimension *dimension, const clmlp_cli_option *option, char *text)
{
    if (option->type == NULL || option->type == &clmlp_cli_text || dimension->text == NULL) return NULL;
    if (dimension->spread != CLMLP_CLI_CHOICE) return NULL;
    for (size_t i = 0; i < dimension->choices; i++) {
        size_t length;
        const char *const one = choice(dimension->text, i, &length);
        (void)snprintf(text, CLMLP_CLI_VALUE_LENGTH, "%.*s", (int)length, one);
        const char *const complaint = option->type->parse(text, option->value);
        if (complaint != NULL) return complaint;
    }
    return NULL;
}

/* --- drawing -------------------------------------------------------------------------------------------------- */

/* Four digits, so that what is printed is what was trained with; within the range all the same. */
static void write_number(const clmlp_cli_dimension *dimension, double u, char *text)
{
    const bool is_log = dimension->spread == CLMLP_CLI_LOG;
    const double low = dimension->low, high = dimension->high;
    /* each whole number of the range is as likely as another */
    const double wide = dimension->whole && !is_log ? 1.0 : 0.0;
    double value = is_log ? low * pow(high / low, u) : low + u * (high - low + wide);
    if (dimension->whole) value = is_log ? rint(value) : floor(value);
    (void)snprintf(text, CLMLP_CLI_VALUE_LENGTH, dimension->whole ? "%.0f" : "%.4g", value);
    const double rounded = strtod(text, NULL);
    if (rounded < low || rounded > high) {
        (void)snprintf(text, CLMLP_CLI_VALUE_LENGTH, "%.15g", rounded < low ? low : high);
    }
}

void clmlp_cli_draw(const clmlp_cli_space *space, size_t d, uint64_t seed, size_t draw, char *text)
{
    const clmlp_cli_dimension *const dimension = &space->dimensions[d];
    const double u = clmlp_random_draw(seed, (uint32_t)d, draw);
    switch (dimension->spread) {
    case CLMLP_CLI_FIXED:
        (void)snprintf(text, CLMLP_CLI_VALUE_LENGTH, "%s", dimension->text);
        return;
    case CLMLP_CLI_CHOICE: {
        size_t length;
        const char *const one = choice(dimension->text, (size_t)(u * (double)dimension->choices), &length);
        (void)snprintf(text, CLMLP_CLI_VALUE_LENGTH, "%.*s", (int)length, one);
        return;
    }
    case CLMLP_CLI_EVEN:
    case CLMLP_CLI_LOG: write_number(dimension, u, text); return;
    }
}

static bool same_values(const clmlp_cli_space *space, uint64_t seed, size_t a, size_t b)
{
    char of_a[CLMLP_CLI_VALUE_LENGTH], of_b[CLMLP_CLI_VALUE_LENGTH];
    for (size_t d = 0; d < space->count; d++) {
        if (space->dimensions[d].spread == CLMLP_CLI_FIXED) continue;
        clmlp_cli_draw(space, d, seed, a, of_a);
        clmlp_cli_draw(space, d, seed, b, of_b);
        if (strcmp(of_a, of_b) != 0) return false;
    }
    return true;
}

/* Draws that differ from each other, and a table of them by their values. At most half of its places are taken. */
typedef struct draw_set {
    const clmlp_cli_space *space;
    uint64_t seed;
    size_t *draws, count; /* [room / 2] */
    size_t *places, room; /* [room], a power of two: 1 + index into draws; 0: free */
} draw_set;

/* The place of the draw with the values of this one, or the free one where it belongs. */
static size_t *find_place(const draw_set *set, size_t draw)
{
    char value[CLMLP_CLI_VALUE_LENGTH];
    uint64_t hash = CLMLP_CLI_FNV_START;
    for (size_t d = 0; d < set->space->count; d++) {
        if (set->space->dimensions[d].spread == CLMLP_CLI_FIXED) continue;
        clmlp_cli_draw(set->space, d, set->seed, draw, value);
        hash = clmlp_cli_fnv(hash, value, strlen(value) + 1);
    }
    size_t at = (size_t)hash & (set->room - 1);
    while (set->places[at] != 0 && !same_values(set->space, set->seed, set->draws[set->places[at] - 1], draw)) {
        at = (at + 1) & (set->room - 1);
    }
    return &set->places[at];
}

static bool make_room(draw_set *set)
{
    const size_t room = set->room > 0 ? 2 * set->room : 64;
    size_t *const places = calloc(room, sizeof *places);
    size_t *const draws = places != NULL ? realloc(set->draws, room / 2 * sizeof *draws) : NULL;
    if (draws == NULL) {
        free(places);
        return false;
    }
    free(set->places);
    set->draws = draws;
    set->places = places;
    set->room = room;
    for (size_t i = 0; i < set->count; i++) *find_place(set, draws[i]) = i + 1;
    return true;
}

bool clmlp_cli_draws(const clmlp_cli_space *space, uint64_t seed, size_t wanted, size_t **draws, size_t *count)
{
    draw_set set = {.space = space, .seed = seed};
    size_t since = 0; /* draws without a new one */
    bool enough = make_room(&set);
    /* of n combinations the last is missed by 20 n draws with probability e^-20 */
    for (size_t draw = 0; enough && set.count < wanted && since <= 20 * (set.count + 1); draw++) {
        size_t *const place = find_place(&set, draw);
        since = *place == 0 ? 0 : since + 1;
        if (*place != 0) continue;
        set.draws[set.count++] = draw;
        *place = set.count;
        if (2 * set.count == set.room) enough = make_room(&set);
    }
    free(set.places);
    if (!enough) {
        free(set.draws);
        return false;
    }
    *draws = set.draws;
    *count = set.count;
    return true;
}
