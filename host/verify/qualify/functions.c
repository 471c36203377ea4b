/* functions.c - qualify functions: errors in ulps, special values, denormals. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "verify/qualify/qualify.h"

enum { BLOCK = 1 << 15, QUICK_BLOCK = 1 << 8, LANES = 16, FORMS = 3, FORM_TEXT = 24 };
static const double SHARE = 0.4; /* of the time, for all functions */

/* The forms that kernels use: numbers, vectors of 4 (GPU family), vectors of the device's width (CPU family). */
static unsigned form_lanes(const clmlp_qualification *q, int form)
{
    return form == 0 ? 1 : form == 1 ? 4 : q->facts.lanes;
}

static int form_count(const clmlp_qualification *q)
{
    return q->facts.lanes > 4 ? 3 : 2;
}

static void form_name(unsigned lanes, char text[FORM_TEXT])
{
    if (lanes == 1) (void)snprintf(text, FORM_TEXT, "scalar");
    else (void)snprintf(text, FORM_TEXT, "vectors of %u", lanes);
}

/* A block of arguments, as double and in the precision, and results. */
typedef struct block {
    size_t count; /* a multiple of LANES */
    double *values[CLMLP_PROBE_ARGUMENTS], *found;
    void *packed[CLMLP_PROBE_ARGUMENTS], *results;
} block;

static clmlp_status block_create(block *b, size_t count, clmlp_error *error)
{
    *b = (block){.count = count};
    for (int i = 0; i < CLMLP_PROBE_ARGUMENTS; i++) {
        TRY(clmlp_allocate(&b->values[i], count, sizeof(double), "arguments", error));
        TRY(clmlp_allocate(&b->packed[i], count, sizeof(double), "arguments", error));
    }
    TRY(clmlp_allocate(&b->found, count, sizeof(double), "results", error));
    return clmlp_allocate(&b->results, count, sizeof(double), "results", error);
}

static void block_release(block *b)
{
    for (int i = 0; i < CLMLP_PROBE_ARGUMENTS; i++) {
        free(b->values[i]);
        free(b->packed[i]);
    }
    free(b->found);
    free(b->results);
}

/* Arguments first .. first + count - 1 of a sweep. */
static void block_fill(const clmlp_qualification *q, block *b, clmlp_probe_function function, size_t first)
{
    for (unsigned which = 0; which < CLMLP_PROBE_ARGUMENTS; which++) {
        for (size_t i = 0; i < b->count; i++) {
            b->values[which][i] =
                clmlp_sweep_argument(function, q->where.precision, q->config.seed, which, first + i);
        }
        clmlp_to_precision(q->where.precision, b->values[which], b->count, b->packed[which]);
    }
}

static clmlp_status block_compute(const clmlp_qualification *q, clmlp_device *device, clmlp_probe *probe, block *b,
                                  clmlp_probe_function function, unsigned lanes, clmlp_error *error)
{
    const void *const arguments[CLMLP_PROBE_ARGUMENTS] = {b->packed[0], b->packed[1], b->packed[2]};
    memset(b->results, 0xff, b->count * sizeof(double)); /* NaN */
    TRY(device->backend->ops->probes->function(probe, function, lanes, b->count, arguments, b->results, error));
    clmlp_from_precision(q->where.precision, b->results, b->count, b->found);
    return CLMLP_OK;
}

static void arguments_at(const block *b, size_t i, double arguments[CLMLP_PROBE_ARGUMENTS])
{
    for (int k = 0; k < CLMLP_PROBE_ARGUMENTS; k++) arguments[k] = b->values[k][i];
}

/* "(1, -0.5)", as many as the function has. */
static void describe_arguments(clmlp_probe_function function, const double arguments[CLMLP_PROBE_ARGUMENTS],
                               char *text, size_t size)
{
    size_t used = 0;
    for (unsigned k = 0; k < clmlp_probe_function_arguments(function) && used < size; k++) {
        used += (size_t)snprintf(text + used, size - used, "%s%.17g", k == 0 ? "" : ", ", arguments[k]);
    }
}

/* --- sweeps --------------------------------------------------------------------------------------------------- */

typedef struct worst {
    double error, found;
    double arguments[CLMLP_PROBE_ARGUMENTS];
    long double expected;
} worst;

static void look_for_worst(const clmlp_qualification *q, const block *b, clmlp_probe_function function, worst *w)
{
    for (size_t i = 0; i < b->count; i++) {
        double arguments[CLMLP_PROBE_ARGUMENTS];
        long double expected = 0.0L;
        arguments_at(b, i, arguments);
        const double error = clmlp_function_error(function, q->where.precision, arguments, b->found[i], &expected);
        if (error <= w->error) continue;
        *w = (worst){.error = error, .found = b->found[i], .expected = expected};
        memcpy(w->arguments, arguments, sizeof arguments);
    }
}

/* The whole function, in all forms, each block in each. */
typedef struct sweep {
    clmlp_device *device;
    clmlp_probe *probe;
    clmlp_probe_function function;
    worst worst[FORMS];
    size_t elements;
} sweep;

static bool has_form(clmlp_probe_function function, int form)
{
    return form == 0 ? function != CLMLP_PROBE_LOG1P_UNIT : function != CLMLP_PROBE_TWO_SUM;
}

static clmlp_status run_sweep(clmlp_qualification *q, sweep *s, clmlp_error *error)
{
    const double until = clmlp_seconds() + q->config.seconds * SHARE / CLMLP_PROBE_FUNCTION_COUNT;
    const size_t least = clmlp_special_count(s->function);
    block b;
    clmlp_status status = CLMLP_OK;
    for (int form = 0; form < FORMS; form++) s->worst[form] = (worst){.error = -1.0};
    TRY_CLEANUP(block_create(&b, q->config.quick ? QUICK_BLOCK : BLOCK, error));
    for (size_t first = 0;; first += b.count) {
        const bool enough = first >= least + b.count && (q->config.quick || clmlp_seconds() >= until);
        if (enough) break;
        block_fill(q, &b, s->function, first);
        for (int form = 0; form < form_count(q); form++) {
            if (!has_form(s->function, form)) continue;
            TRY_CLEANUP(block_compute(q, s->device, s->probe, &b, s->function, form_lanes(q, form), error));
            look_for_worst(q, &b, s->function, &s->worst[form]);
        }
        s->elements += b.count;
    }
cleanup:
    block_release(&b);
    return status;
}

static void describe_worst(const sweep *s, const worst *w, clmlp_qualify_part *part)
{
    char arguments[128];
    if (w->error == 0.0) {
        (void)snprintf(part->detail, sizeof part->detail, "%zu arguments, all equal", s->elements);
        return;
    }
    describe_arguments(s->function, w->arguments, arguments, sizeof arguments);
    (void)snprintf(part->detail, sizeof part->detail, "%zu arguments, worst at %s: found %.17g, expected %.20Lg",
                   s->elements, arguments, w->found, w->expected);
}

static clmlp_status report_sweep(clmlp_qualification *q, const sweep *s, clmlp_error *error)
{
    for (int form = 0; form < form_count(q); form++) {
        char name[96], form_text[FORM_TEXT];
        if (!has_form(s->function, form)) continue;
        form_name(form_lanes(q, form), form_text);
        (void)snprintf(name, sizeof name, "%s, %s", clmlp_probe_function_name(s->function), form_text);
        clmlp_qualify_part part = clmlp_qualify_part_begin(CLMLP_QUALIFY_FUNCTIONS, name);
        clmlp_qualify_measure(&part, s->worst[form].error,
                              clmlp_ulp_limit(&q->facts, s->function, q->where.precision, form_lanes(q, form)), "ulp");
        describe_worst(s, &s->worst[form], &part);
        TRY(clmlp_qualify_add(q, &part, error));
    }
    return CLMLP_OK;
}

/* long double has to know better than double what double should be */
static bool reference_is_too_short(const clmlp_qualification *q, clmlp_probe_function function)
{
    return LDBL_MANT_DIG < DBL_MANT_DIG + 8 && q->where.precision == CLMLP_F64 &&
           !clmlp_is_exact(function, CLMLP_F64);
}

clmlp_status clmlp_qualify_functions(clmlp_qualification *q, clmlp_device *device, clmlp_probe *probe,
                                     clmlp_error *error)
{
    for (int f = 0; f < CLMLP_PROBE_FUNCTION_COUNT; f++) {
        const clmlp_probe_function function = (clmlp_probe_function)f;
        sweep s = {.device = device, .probe = probe, .function = function};
        clmlp_error caught = {.message = ""};
        clmlp_qualify_part part =
            clmlp_qualify_part_begin(CLMLP_QUALIFY_FUNCTIONS, clmlp_probe_function_name(function));
        if (reference_is_too_short(q, function)) {
            part.skipped = true;
            (void)snprintf(part.detail, sizeof part.detail, "this host has nothing more precise than double");
        } else if (run_sweep(q, &s, &caught) == CLMLP_OK) {
            TRY(report_sweep(q, &s, error));
            continue;
        } else {
            TRY(clmlp_qualify_fail(&part, &caught, error));
        }
        TRY(clmlp_qualify_add(q, &part, error));
    }
    return CLMLP_OK;
}

/* --- special values -------------------------------------------------------------------------------------------- */

typedef enum special_kind { NOT_A_NUMBER, INFINITIES, SIGNED_ZEROS, SPECIAL_KINDS } special_kind;

typedef struct specials {
    clmlp_device *device;
    clmlp_probe *probe;
    size_t checked[SPECIAL_KINDS], wrong[SPECIAL_KINDS];
    char first[SPECIAL_KINDS][256];
} specials;

/* 0, 1 and infinity: nothing is rounded, nothing underflows. */
static bool is_plain(double x)
{
    return x == 0.0 || fabs(x) == 1.0 || isinf(x);
}

/* What is expected, where it is one of the kinds; SPECIAL_KINDS: it is none. */
static special_kind kind_of(clmlp_probe_function function, clmlp_precision precision,
                            const double arguments[CLMLP_PROBE_ARGUMENTS], long double expected)
{
    bool plain = true, subnormal = false;
    for (unsigned k = 0; k < clmlp_probe_function_arguments(function); k++) {
        plain = plain && is_plain(arguments[k]);
        subnormal = subnormal || clmlp_is_subnormal((long double)arguments[k], precision);
    }
    if (isnan(expected)) return subnormal ? SPECIAL_KINDS : NOT_A_NUMBER;
    if (isinf(expected)) return plain ? INFINITIES : SPECIAL_KINDS;
    return expected == 0.0L && plain ? SIGNED_ZEROS : SPECIAL_KINDS;
}

static bool is_right(special_kind kind, double found, long double expected)
{
    if (kind == NOT_A_NUMBER) return isnan(found);
    return (long double)found == expected && !signbit(found) == !signbit(expected);
}

static void check_specials(const clmlp_qualification *q, specials *s, const block *b, clmlp_probe_function function,
                           size_t count, unsigned lanes)
{
    for (size_t i = 0; i < count; i++) {
        double arguments[CLMLP_PROBE_ARGUMENTS];
        char list[128], form[FORM_TEXT];
        arguments_at(b, i, arguments);
        const long double expected = clmlp_reference_function(function, q->where.precision, arguments);
        const special_kind kind = kind_of(function, q->where.precision, arguments, expected);
        if (kind == SPECIAL_KINDS) continue;
        s->checked[kind]++;
        if (is_right(kind, b->found[i], expected)) continue;
        if (s->wrong[kind]++ > 0) continue;
        describe_arguments(function, arguments, list, sizeof list);
        form_name(lanes, form);
        (void)snprintf(s->first[kind], sizeof s->first[kind], "%s(%s), %s: found %.9g, expected %.9Lg",
                       clmlp_probe_function_name(function), list, form, b->found[i], expected);
    }
}

static clmlp_status compute_specials(clmlp_qualification *q, specials *s, clmlp_error *error)
{
    for (int f = 0; f < CLMLP_PROBE_FUNCTION_COUNT; f++) {
        const clmlp_probe_function function = (clmlp_probe_function)f;
        const size_t count = clmlp_special_count(function);
        block b;
        if (count == 0) continue;
        clmlp_status status = block_create(&b, (count + LANES - 1) / LANES * LANES, error);
        if (status == CLMLP_OK) block_fill(q, &b, function, 0);
        for (int form = 0; form < form_count(q) && status == CLMLP_OK; form++) {
            if (!has_form(function, form)) continue;
            status = block_compute(q, s->device, s->probe, &b, function, form_lanes(q, form), error);
            if (status == CLMLP_OK) check_specials(q, s, &b, function, count, form_lanes(q, form));
        }
        block_release(&b);
        TRY(status);
    }
    return CLMLP_OK;
}

clmlp_status clmlp_qualify_special_values(clmlp_qualification *q, clmlp_device *device, clmlp_probe *probe,
                                          clmlp_error *error)
{
    static const char *const names[SPECIAL_KINDS] = {"NaN from NaN and from what has no value", "infinities",
                                                     "signs of zeros"};
    specials s = {.device = device, .probe = probe};
    clmlp_error caught = {.message = ""};
    const clmlp_status status = compute_specials(q, &s, &caught);
    for (int kind = 0; kind < SPECIAL_KINDS; kind++) {
        clmlp_qualify_part part = clmlp_qualify_part_begin(CLMLP_QUALIFY_SPECIAL, names[kind]);
        if (status != CLMLP_OK) {
            TRY(clmlp_qualify_fail(&part, &caught, error));
        } else if (kind != SIGNED_ZEROS && !q->facts.inf_nan) {
            part.skipped = true;
            (void)snprintf(part.detail, sizeof part.detail, "the device does not promise them (no CL_FP_INF_NAN)");
        } else {
            clmlp_qualify_measure(&part, (double)s.wrong[kind], 0.0, "wrong");
            (void)snprintf(part.detail, sizeof part.detail, "%zu cases%s%s", s.checked[kind],
                           s.wrong[kind] > 0 ? "; first " : "", s.first[kind]);
        }
        TRY(clmlp_qualify_add(q, &part, error));
    }
    return CLMLP_OK;
}

/* --- denormals --------------------------------------------------------------------------------------------------- */

/* Whether a form keeps a subnormal argument (times 1), and a subnormal result (half the least normal number). */
static clmlp_status probe_denormals(clmlp_qualification *q, clmlp_device *device, clmlp_probe *probe, unsigned lanes,
                                    bool *arguments, bool *results, clmlp_error *error)
{
    const double least = q->where.precision == CLMLP_F64 ? DBL_MIN : (double)FLT_MIN;
    block b;
    clmlp_status status = CLMLP_OK;
    TRY_CLEANUP(block_create(&b, LANES, error));
    for (size_t i = 0; i < b.count; i++) {
        const bool argument = i % 2 == 0;
        b.values[0][i] = argument ? least / 4.0 : least;
        b.values[1][i] = argument ? 4.0 : 0.5; /* the product of the first kind is normal, unless it is flushed */
    }
    for (int k = 0; k < 2; k++) clmlp_to_precision(q->where.precision, b.values[k], b.count, b.packed[k]);
    TRY_CLEANUP(block_compute(q, device, probe, &b, CLMLP_PROBE_MULTIPLY, lanes, error));
    *arguments = b.found[0] == least;
    *results = b.found[1] == 0.5 * least;
cleanup:
    block_release(&b);
    return status;
}

typedef struct denormals {
    clmlp_device *device;
    clmlp_probe *probe;
} denormals;

static clmlp_status find_denormals(clmlp_qualification *q, void *context, clmlp_qualify_part *part,
                                   clmlp_error *error)
{
    const denormals *d = context;
    size_t used = 0;
    bool kept = true;
    for (int form = 0; form < form_count(q) && used < sizeof part->detail; form++) {
        bool arguments = false, results = false;
        char name[FORM_TEXT];
        form_name(form_lanes(q, form), name);
        TRY(probe_denormals(q, d->device, d->probe, form_lanes(q, form), &arguments, &results, error));
        kept = kept && arguments && results;
        used += (size_t)snprintf(part->detail + used, sizeof part->detail - used, "%s: arguments %s, results %s; ",
                                 name, arguments ? "kept" : "flushed", results ? "kept" : "flushed");
    }
    if (used < sizeof part->detail) {
        (void)snprintf(part->detail + used, sizeof part->detail - used, "the device says %s (CL_FP_DENORM)",
                       q->facts.denormals ? "kept" : "flushed");
    }
    /* single precision may do as it likes */
    part->passed = kept || q->where.precision == CLMLP_F32;
    return CLMLP_OK;
}

clmlp_status clmlp_qualify_denormals(clmlp_qualification *q, clmlp_device *device, clmlp_probe *probe,
                                     clmlp_error *error)
{
    denormals d = {device, probe};
    return clmlp_qualify_do(q, CLMLP_QUALIFY_DENORMALS, "multiplication", find_denormals, &d, error);
}
