/* qualify.h - what the files of qualification share. Each group of parts is a file:
 *
 *   qualify.c            the order of the groups
 *   parts.c              the list of parts, opening
 *   ulp.c                references of functions, limits of the specification, ulps
 *   arguments.c          what functions are swept over
 *   functions.c          functions, special values, denormals
 *   engines.c            functions and products as the engines have them
 *   stress.c             barriers, ordering, copies of bytes
 *   matrices.c           reductions, copies of matrices, uploads
 *   runs.c               repeatability, settings
 */
#ifndef CLMLP_VERIFY_QUALIFY_H
#define CLMLP_VERIFY_QUALIFY_H

#include "backend/probe/probe.h"
#include "clmlp/qualify.h"

/* An engine to be put to the test. */
typedef struct clmlp_subject {
    const char *name;    /* "clblast", "native cpu", "native gpu", "cblas" */
    clmlp_engine engine;
    const char *family;  /* as in clmlp_device_options */
    bool spare;          /* a family that clmlp would not take on this device: need not build */
} clmlp_subject;

enum { CLMLP_SUBJECTS = 3 };

typedef struct clmlp_qualification {
    clmlp_qualify_config config;
    clmlp_qualify_result *result;
    size_t capacity;              /* of result->parts */
    clmlp_device_options where;   /* spec, precision, memory_limit */
    clmlp_subject subjects[CLMLP_SUBJECTS];
    size_t subject_count;
    clmlp_probe_facts facts;      /* zero on the CPU path */
} clmlp_qualification;

/* One part's work: fills measured, limit, unit, detail, and clears `passed` where something is wrong. An error becomes
 * a failed part, but for a lack of memory. */
typedef clmlp_status clmlp_part_work(clmlp_qualification *q, void *context, clmlp_qualify_part *part,
                                     clmlp_error *error);

/* Do it, add the part to the list and tell the callback. Errors: CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_qualify_do(clmlp_qualification *q, clmlp_qualify_group group, const char *name,
                              clmlp_part_work *work, void *context, clmlp_error *error);
/* The part as it is. */
clmlp_status clmlp_qualify_add(clmlp_qualification *q, const clmlp_qualify_part *part, clmlp_error *error);
/* A part that has passed so far, measured NaN. */
clmlp_qualify_part clmlp_qualify_part_begin(clmlp_qualify_group group, const char *name);
/* measured and limit, and with them whether it passed; NaN does not. */
void clmlp_qualify_measure(clmlp_qualify_part *part, double measured, double limit, const char *unit);
/* An error's first line as the detail of a failed part. A lack of memory is no fault of the device: that stays an
 * error. */
clmlp_status clmlp_qualify_fail(clmlp_qualify_part *part, const clmlp_error *caught, clmlp_error *error);

/* Open the device for a subject. tiles NULL: its own choice. */
clmlp_status clmlp_qualify_open(const clmlp_qualification *q, const clmlp_subject *subject, const char *tiles,
                                clmlp_device **out, clmlp_error *error);
/* The same; where that fails, a part of the group says so (a spare one is skipped) and *out is NULL. */
clmlp_status clmlp_qualify_open_or_say(clmlp_qualification *q, clmlp_qualify_group group, const clmlp_subject *subject,
                                       clmlp_device **out, clmlp_error *error);

/* Multiply-adds up to which a product may cross the device's tiles: few for a quick card, which is for simulators. */
size_t clmlp_qualify_most(const clmlp_qualification *q);

/* --- the groups; errors as clmlp_qualify_do ------------------------------------------------------------------ */

/* With a device of any engine and its probe. */
clmlp_status clmlp_qualify_functions(clmlp_qualification *q, clmlp_device *device, clmlp_probe *probe,
                                     clmlp_error *error);
clmlp_status clmlp_qualify_special_values(clmlp_qualification *q, clmlp_device *device, clmlp_probe *probe,
                                          clmlp_error *error);
clmlp_status clmlp_qualify_denormals(clmlp_qualification *q, clmlp_device *device, clmlp_probe *probe,
                                     clmlp_error *error);
clmlp_status clmlp_qualify_barriers(clmlp_qualification *q, clmlp_device *device, clmlp_probe *probe,
                                    clmlp_error *error);
clmlp_status clmlp_qualify_ordering(clmlp_qualification *q, clmlp_device *device, clmlp_probe *probe,
                                    clmlp_error *error);
clmlp_status clmlp_qualify_bytes(clmlp_qualification *q, clmlp_device *device, clmlp_probe *probe, clmlp_error *error);

/* With the device opened for a subject. */
clmlp_status clmlp_qualify_engine_functions(clmlp_qualification *q, const clmlp_subject *subject,
                                            clmlp_device *device, clmlp_error *error);
clmlp_status clmlp_qualify_engine_denormals(clmlp_qualification *q, const clmlp_subject *subject,
                                            clmlp_device *device, clmlp_error *error);
clmlp_status clmlp_qualify_products(clmlp_qualification *q, const clmlp_subject *subject, clmlp_device *device,
                                    clmlp_error *error);
clmlp_status clmlp_qualify_reductions(clmlp_qualification *q, const clmlp_subject *subject, clmlp_device *device,
                                      clmlp_error *error);
clmlp_status clmlp_qualify_matrices(clmlp_qualification *q, const clmlp_subject *subject, clmlp_device *device,
                                    clmlp_error *error);
clmlp_status clmlp_qualify_uploads(clmlp_qualification *q, const clmlp_subject *subject, clmlp_device *device,
                                   clmlp_error *error);
clmlp_status clmlp_qualify_repeatability(clmlp_qualification *q, const clmlp_subject *subject, clmlp_device *device,
                                         clmlp_error *error);
clmlp_status clmlp_qualify_settings(clmlp_qualification *q, const clmlp_subject *subject, clmlp_device *device,
                                    clmlp_error *error);

/* All products on some sizes as one part: for other settings. */
clmlp_status clmlp_qualify_products_within(clmlp_qualification *q, void *device, clmlp_qualify_part *part,
                                           clmlp_error *error);

/* --- functions: ulp.c, arguments.c ---------------------------------------------------------------------------- */

/* f in the precision of the device; those that have to be correctly rounded are, others are not rounded. */
long double clmlp_reference_function(clmlp_probe_function function, clmlp_precision precision,
                                     const double arguments[CLMLP_PROBE_ARGUMENTS]);
/* Whether the specification wants the correctly rounded result. */
bool clmlp_is_exact(clmlp_probe_function function, clmlp_precision precision);
/* Ulps that f may be off, from the specification or derived from it; lanes 1 for scalars. */
double clmlp_ulp_limit(const clmlp_probe_facts *facts, clmlp_probe_function function, clmlp_precision precision,
                       unsigned lanes);
/* How far `found` is from f, in ulps as the specification defines them; infinite for a NaN or an infinity that is none,
 * and the other way round. Results and, in single precision, arguments that are subnormal may be taken as 0. */
double clmlp_function_error(clmlp_probe_function function, clmlp_precision precision,
                            const double arguments[CLMLP_PROBE_ARGUMENTS], double found, long double *expected);

/* Below the normal numbers, and not 0. */
bool clmlp_is_subnormal(long double x, clmlp_precision precision);

/* Special arguments, alone and in all combinations, come first: how many. */
size_t clmlp_special_count(clmlp_probe_function function);
/* Argument `which` of element i: special for i < clmlp_special_count, random above. Exact in the precision. */
double clmlp_sweep_argument(clmlp_probe_function function, clmlp_precision precision, uint64_t seed, unsigned which,
                            size_t i);

/* Numbers to and from the device's precision: dense [count]. */
void clmlp_to_precision(clmlp_precision precision, const double *values, size_t count, void *out);
void clmlp_from_precision(clmlp_precision precision, const void *values, size_t count, double *out);

#endif
