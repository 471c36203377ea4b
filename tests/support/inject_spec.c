/* inject_spec.c - a fault as text: parse, and what it may spoil. */
#include "inject_spec.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_OF(name, text) text,
static const char *const fault_names[] = {FAULT_LIST(NAME_OF)};
static const char *const quantity_names[] = {CLMLP_QUANTITY_LIST(NAME_OF)};
static const char *const equation_names[] = {CLMLP_EQUATION_LIST(NAME_OF)};
#undef NAME_OF

#define COUNT_OF(list) (sizeof(list) / sizeof *(list))

/* What each fault may spoil, a bit a quantity. */
#define BIT(quantity) (UINT64_C(1) << CLMLP_QUANTITY_##quantity)
static const uint64_t allowed[FAULT_COUNT] = {
    [FAULT_NAN] = BIT(Z) | BIT(A) | BIT(COST) | BIT(DELTA) | BIT(GRADIENT) | BIT(THETA),
    [FAULT_INF] = BIT(Z) | BIT(A) | BIT(COST) | BIT(DELTA) | BIT(GRADIENT) | BIT(THETA),
    [FAULT_FLIP] = BIT(Z) | BIT(A) | BIT(COST) | BIT(RIGHT) | BIT(DELTA) | BIT(GRADIENT) | BIT(THETA),
    [FAULT_SCALE] = BIT(Z) | BIT(A) | BIT(COST) | BIT(DELTA) | BIT(GRADIENT) | BIT(THETA),
    [FAULT_RATE] = BIT(THETA),
    [FAULT_STALE] = BIT(Z) | BIT(A) | BIT(COST) | BIT(DELTA) | BIT(GRADIENT) | BIT(THETA),
    [FAULT_LATE] = BIT(Z) | BIT(DELTA) | BIT(GRADIENT) | BIT(THETA),
    [FAULT_TRANSPOSE] = BIT(Z) | BIT(DELTA) | BIT(GRADIENT) | BIT(THETA),
    [FAULT_TAIL] = BIT(Z) | BIT(DELTA) | BIT(GRADIENT) | BIT(THETA),
    [FAULT_EDGE] = BIT(Z) | BIT(A) | BIT(DELTA) | BIT(GRADIENT) | BIT(THETA),
    [FAULT_NO_BIAS] = BIT(Z) | BIT(GRADIENT) | BIT(THETA),
    [FAULT_LAMBDA_ON_BIAS] = BIT(GRADIENT) | BIT(THETA),
    [FAULT_NO_MEAN] = BIT(GRADIENT) | BIT(THETA),
    [FAULT_NO_WEIGHT] = BIT(DELTA),
};
#undef BIT

static size_t find(const char *const *names, size_t count, const char *from, size_t length)
{
    size_t i = 0;
    while (i < count && (strlen(names[i]) != length || strncmp(names[i], from, length) != 0)) i++;
    return i;
}

static bool parse_count(const char *text, const char end, const char **rest, size_t *value)
{
    char *after = NULL;
    if (*text < '0' || *text > '9') return false;
    const unsigned long number = strtoul(text, &after, 10);
    *value = (size_t)number;
    *rest = after;
    return *after == end && number > 0;
}

/* "1.0001" or "1+1e-4", up to a colon. */
static bool parse_factor(const char *text, const char **rest, double *factor)
{
    char *after = NULL;
    double sum = strtod(text, &after);
    bool good = after != text;
    while (good && *after == '+') {
        const char *const term = after + 1;
        sum += strtod(term, &after);
        good = after != term;
    }
    *factor = sum;
    *rest = after;
    return good && *after == ':';
}

static bool parse_place(fault_spec *out, const char *text)
{
    static const clmlp_quantity results[] = {CLMLP_QUANTITY_Z, CLMLP_QUANTITY_Z, CLMLP_QUANTITY_DELTA,
                                             CLMLP_QUANTITY_GRADIENT, CLMLP_QUANTITY_THETA};
    const size_t length = strcspn(text, ":");
    const size_t quantity = find(quantity_names, COUNT_OF(quantity_names), text, length);
    const size_t equation = find(equation_names, COUNT_OF(equation_names), text, length);
    out->whole = out->kind == FAULT_SKIP;
    if (out->whole && equation == COUNT_OF(equation_names)) return false;
    if (!out->whole && (quantity == COUNT_OF(quantity_names) || (allowed[out->kind] >> quantity & 1) == 0))
        return false;
    out->equation = out->whole ? (clmlp_equation)equation : CLMLP_EQUATION_COUNT;
    out->quantity = out->whole ? results[equation] : (clmlp_quantity)quantity;
    return text[length] == ':' && parse_count(text + length + 1, '@', &text, &out->layer) &&
           parse_count(text + 1, '\0', &text, &out->step);
}

clmlp_status fault_parse(fault_spec *out, const char *text, clmlp_error *error)
{
    const size_t length = strcspn(text, ":"), kind = find(fault_names, COUNT_OF(fault_names), text, length);
    const char *rest = text + length;
    bool good = kind < COUNT_OF(fault_names) && *rest == ':';
    *out = (fault_spec){.kind = (fault_kind)kind, .factor = 1.0};
    if (good && (out->kind == FAULT_SCALE || out->kind == FAULT_RATE))
        good = parse_factor(rest + 1, &rest, &out->factor);
    if (good && parse_place(out, rest + 1)) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT,
                      "fault '%s' (expected FAULT:QUANTITY:LAYER@STEP, such as nan:delta:2@3 or scale:1+1e-4:z:2@1, or "
                      "skip:EQUATION:LAYER@STEP)", text);
}
