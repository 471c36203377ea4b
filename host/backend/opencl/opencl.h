/* opencl.h - what the files of the OpenCL runtime share, and what engines, probes and the choice of an engine build on.
 *
 *   error.c          names of OpenCL's codes, failure of a call
 *   linker.c         what PoCL needs to build
 *   usable.c         why a device cannot be used, or should not be taken unasked
 *   device.c         platforms and devices
 *   arguments.c      what each kernel takes
 *   environment.c    variables that change a build
 *   program_cache.c  built programs on disk
 *   program.c        kernel sources -> program
 *   kernel.c         program -> kernel that the device can run
 *   profile.c        times of kernels
 *   pace.c           how much work a launch is given
 *   last_arguments.c  which arguments each kernel was given last
 *   enqueue.c        any kernel, set and enqueued
 *   update_rule.c    kernels of each update rule
 *   activation_option.c  how programs are built for the activations of a network
 *   extra_activations.c  kernels that know more activations
 *   plain_kernels.c  kernels of kernels/plain
 *   guard.c          zones around buffers, to see who writes there
 *   staging.c        pinned memory for transfers
 *   borrow.c         matrices in the host's hands
 *   tensor.c         matrices in the plain layout, transfers, gathering
 *   input_scale.c    the learnable scale of the inputs, with kernels of its own
 *   scores.c         costs of the batches
 *   vectors.c        dot products and sums of matrices that lie as theta does
 *   tuning.c         choices that were measured, on disk
 *   backend.c        context and queues, creation and release
 *
 * Each file calls only those above it.
 *
 * An engine (engine.h) computes the equations on this runtime. The runtime knows none by name.
 */
#ifndef CLMLP_BACKEND_OPENCL_H
#define CLMLP_BACKEND_OPENCL_H

#include <CL/cl.h>

#include "backend/backend.h"
#include "backend/opencl/arguments.h"

/* Every kernel of kernels/plain but those with the update rule in them, and those of input_scale.c: X(name). */
#define CLMLP_KERNEL_LIST(X) \
    X(set_bias_unit)         \
    X(gather_rows)           \
    X(activate)              \
    X(multiply_derivative)   \
    X(output_rows)           \
    X(add_scores)            \
    X(add_decay)             \
    X(dot_parts)             \
    X(add_parts)             \
    X(clip_factor)           \
    X(combine)

/* Those of them with dropout, in a program that is built when they are first needed. */
#define CLMLP_DROPOUT_KERNEL_LIST(X) \
    X(activate_dropout)              \
    X(multiply_derivative_dropout)

/* How a program is built for dropout. */
#define CLMLP_DROPOUT_OPTION " -D DROPOUT"

typedef enum clmlp_dropout_kernel {
#define KERNEL_ENUM(name) KERNEL_##name,
    CLMLP_DROPOUT_KERNEL_LIST(KERNEL_ENUM)
#undef KERNEL_ENUM
    DROPOUT_KERNEL_COUNT
} clmlp_dropout_kernel;

typedef enum clmlp_kernel {
#define KERNEL_ENUM(name) KERNEL_##name,
    CLMLP_KERNEL_LIST(KERNEL_ENUM)
#undef KERNEL_ENUM
    KERNEL_COUNT
} clmlp_kernel;

/* A matrix in the plain layout of clmlp_tensor_layout. */
typedef struct clmlp_opencl_tensor {
    clmlp_tensor base;
    cl_mem buffer;
    size_t stride;     /* elements from one row to the next */
    size_t first;      /* element of a row that logical column 0 is */
    size_t element;    /* bytes of one number */
    /* for engines with layouts of their own: numbers from one panel to the next (0: row-major) or from one row to the
     * next; kernels take it beside the buffer */
    size_t panel_stride;
    cl_mem copy; /* theta without its bias, [s_out x s_in]; NULL: none */
    size_t copy_stride;
    cl_event uploaded; /* the last tensor_upload; NULL: none */
    cl_event used;     /* the last tensor_used; NULL: none */
    struct clmlp_opencl_loan *loan; /* see borrow.h; NULL: it was never lent */
    bool placed;                    /* the buffer is memory of the caller */
    /* INPUT, for engines that compress: the share of nonzero indices, for z and for the gradient */
    double filled[2];
    size_t looked_at; /* panels of rows that were sampled */
} clmlp_opencl_tensor;

enum { CLMLP_OPENCL_PENDING = 1024 }; /* events that are kept before their times are collected */

/* Times of kernels, by name. */
typedef struct clmlp_opencl_profile {
    bool on;
    double since;                           /* when it was switched on; since then kernels ran one after the other, */
    double spent;                           /* for so many milliseconds in all */
    double flops;                           /* of the next command that is recorded; set by who knows */
    cl_event events[CLMLP_OPENCL_PENDING];  /* [pending], not collected yet */
    size_t entries[CLMLP_OPENCL_PENDING];   /* [pending]: whose they are in `times` */
    size_t pending;
    clmlp_kernel_time *times;               /* [count] */
    size_t count, capacity;
    clmlp_error failed;                     /* the first time that could not be had; status OK: none */
} clmlp_opencl_profile;

/* Zones around buffers that must stay as they are; see guard.c. */
typedef struct clmlp_opencl_guards {
    bool on;
    struct clmlp_opencl_guarded *list; /* [count] */
    size_t count, capacity;
    size_t zone; /* bytes before and behind each buffer */
} clmlp_opencl_guards;

/* Kernels with the update rule in them: the plain one, then those that the engine lists. */
enum { RULE_descend, RULE_OF_ENGINE, RULE_KERNEL_COUNT = 8 };

/* The kernels of one update rule. */
typedef struct clmlp_opencl_rule {
    cl_program program; /* NULL: not built, or sgd's, which is in the engine's own program */
    cl_kernel kernels[RULE_KERNEL_COUNT]; /* NULL: the engine has no use for it */
    clmlp_interface_of *interfaces[RULE_KERNEL_COUNT];
} clmlp_opencl_rule;

/* The kernels of the learnable scale of the inputs; all NULL before it is used. */
enum { CLMLP_SCALE_KERNELS = 2 };
typedef struct clmlp_opencl_input_scale {
    cl_program program;
    cl_kernel kernels[CLMLP_SCALE_KERNELS];
} clmlp_opencl_input_scale;

/* A kernel, and what it was given last; see last_arguments.c. */
enum { CLMLP_REMEMBERED = 32 };
typedef struct clmlp_remembered_kernel {
    cl_kernel kernel; /* NULL: none */
    size_t buffers;   /* buffers that had been made by then */
    size_t used;      /* the last launch */
    clmlp_last_arguments last;
} clmlp_remembered_kernel;

/* How long a kernel takes, for clmlp_device_options.max_launch; see pace.c. */
enum { CLMLP_OPENCL_PACES = 64 };
typedef struct clmlp_opencl_pace {
    const char *name;
    double work, seconds; /* operations that were measured, and their time; 0: none yet */
} clmlp_opencl_pace;
typedef struct clmlp_opencl_paces {
    double most; /* seconds that a launch may take; 0: any time */
    clmlp_opencl_pace list[CLMLP_OPENCL_PACES]; /* [count] */
    size_t count;
    size_t large_side; /* of clblast/product.c; 0: not asked yet */
} clmlp_opencl_paces;

typedef struct clmlp_opencl {
    clmlp_backend base;
    cl_device_id device;
    cl_context context;
    cl_command_queue queue;    /* in order: everything else */
    cl_command_queue transfer; /* in order: uploads of streamed batches, and matrices to the host and back */
    cl_program program;
    cl_kernel kernels[KERNEL_COUNT];
    cl_program dropout_program; /* NULL: not built yet */
    cl_kernel dropout_kernels[DROPOUT_KERNEL_COUNT];
    clmlp_opencl_rule rules[CLMLP_OPTIMIZER_COUNT]; /* sgd's from the start, the others by prepare_rule */
    bool extra_activations;    /* programs know all activations from now on; extra_plain: so do the plain kernels */
    bool extra_plain;
    clmlp_opencl_input_scale input_scale;
    size_t group;              /* work-items of a group in elementwise kernels, */
    size_t group_most;         /* of which none of them may have more */
    cl_ulong local_bytes;      /* local memory of the device */
    uint64_t reach;            /* of its addresses */
    const struct clmlp_opencl_engine *engine; /* NULL: not chosen yet */
    void *state;               /* the engine's own */
    cl_uint vector_lanes;      /* of the engine's kernels; 0: the device's */
    /* costs; see scores.c */
    cl_mem scores, rights;         /* a pair of numbers and a count for each of `parts` */
    cl_mem row_cost, row_right;    /* one of each a row, where score_rows is 0 */
    size_t score_rows;             /* rows that one part is the sum of; 0: a whole batch */
    size_t *score_end;             /* [slots + 1]: where the parts of each slot end, and the next one's begin */
    size_t slots, rows, parts, score_bytes;
    cl_mem sums;                   /* pairs of numbers, [CLMLP_SUMS]; see vectors.c. NULL: nobody added up yet */
    cl_mem sum_parts;              /* pairs of numbers, [sum_parts_room] */
    size_t sum_parts_room, sum_bytes;
    size_t flushes, launches, buffers_made; /* so far */
    clmlp_remembered_kernel remembered[CLMLP_REMEMBERED];
    clmlp_opencl_paces paces;
    const char *asked;  /* tiles that the caller wants, in asked_text; NULL: none */
    const char *family; /* of kernels, that the caller wants, in family_text; NULL: none */
    char asked_text[CLMLP_TILES_LENGTH], family_text[32];
    bool keeps_none;   /* programs are not kept in the program cache from now on */
    char built[512];   /* options of the program that was built last */
    bool finish_each;  /* wait after every command that is recorded */
    clmlp_opencl_guards guards;
    cl_event mark;  /* the last one that flush left; NULL: none */
    clmlp_opencl_profile profile;
    char name[CLMLP_NAME_LENGTH];
} clmlp_opencl;

/* --- backend.c: the runtime on one device ---------------------------------------------------------------------- */

/* Context and queues on the device that info->spec ("opencl:P.D") names. No engine is chosen, no kernel built. */
clmlp_status clmlp_opencl_create(clmlp_opencl **out, const clmlp_device_info *info, clmlp_precision precision,
                                 clmlp_error *error);
/* Entries of the table. destroy takes the engine along. */
clmlp_status clmlp_opencl_flush(clmlp_backend *backend, clmlp_error *error);
void clmlp_opencl_destroy(clmlp_backend *backend);

/* Lanes that the device computes with, in vectors of the precision: 4, 8 or 16. */
cl_uint clmlp_opencl_lanes(const clmlp_opencl *opencl);

/* "CL_OUT_OF_RESOURCES" and the like. */
const char *clmlp_opencl_code_text(cl_int code);

/* Failure of an OpenCL call: `what` was tried. Allocation codes give CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_opencl_fail(clmlp_error *error, const clmlp_opencl *opencl, cl_int code, const char *what);

/* Something to tell of the device, for who asks: a line of base.remarks. */
void clmlp_opencl_remark(clmlp_opencl *opencl, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The code of a call that makes or maps `made`. Some drivers return NULL and CL_SUCCESS: that is this code of ours. */
#define CLMLP_OPENCL_NOTHING_MADE (-9999)
cl_int clmlp_opencl_made(cl_int code, const void *made);

/* Forward the failure of an OpenCL call. */
#define TRY_CL(opencl, call, what, error)                                                             \
    do {                                                                                              \
        const cl_int try_code = (call);                                                               \
        if (try_code != CL_SUCCESS) return clmlp_opencl_fail((error), (opencl), try_code, (what));    \
    } while (0)

/* All devices of all platforms; *list released with free(). */
clmlp_status clmlp_opencl_list(clmlp_device_info **list, size_t *count, clmlp_error *error);

/* Why the device cannot be used; "": it can, by what it says. */
void clmlp_opencl_find_problem(cl_device_id device, char problem[CLMLP_NAME_LENGTH]);
/* Why `auto` should not take it though it can be used; "": it may. */
void clmlp_opencl_find_drawback(cl_device_id device, char drawback[CLMLP_NAME_LENGTH]);
/* Whether the device is PoCL's, and the program `ld` is missing, without which it ends the process. */
bool clmlp_opencl_lacks_linker(cl_device_id device);
/* Whether the driver is Mesa's rusticl. */
bool clmlp_opencl_is_rusticl(cl_device_id device);
/* Whether a CPU computes there as a GPU does, with work-items as the lanes of its vectors: Mesa's software renderer. */
bool clmlp_opencl_renders(cl_device_id device);
/* Work-items that a group may have along its first dimension, whatever the kernel. */
cl_int clmlp_opencl_group_limit(cl_device_id device, size_t *limit);

/* Bytes, or work-items, that addresses of so many bits reach. */
uint64_t clmlp_opencl_reach(unsigned bits);

/* Find the device that "opencl:P.D" names. Errors: CLMLP_NO_DEVICE. */
clmlp_status clmlp_opencl_find(const char *spec, cl_device_id *device, clmlp_error *error);

/* Build kernel files (named as in kernels/, count of them) for the device in its precision, with more
 * options of the form " -D X=1". Errors: CLMLP_DEVICE with device, options and build log. */
clmlp_status clmlp_opencl_build_files(clmlp_opencl *opencl, const char *const *files, size_t count,
                                      const char *options, cl_program *program, clmlp_error *error);

/* A kernel of a program, which its owner releases. Elementwise kernels have groups that suit all
 * of them from now on. Errors: CLMLP_DEVICE, the device has not the local memory or the group that it needs. */
clmlp_status clmlp_opencl_create_kernel(clmlp_opencl *opencl, cl_program program, const char *name, cl_kernel *kernel,
                                        clmlp_error *error);

/* Build the plain kernels and create each of them; and release what of them there is. */
clmlp_status clmlp_opencl_build(clmlp_opencl *opencl, clmlp_error *error);
void clmlp_opencl_unbuild(clmlp_opencl *opencl);

/* Set the arguments, the struct of the kernel's name, and enqueue it over `items` work-items in one dimension, rounded
 * up to whole groups of `group`. items 0: nothing to do. */
clmlp_status clmlp_opencl_launch(clmlp_opencl *opencl, clmlp_kernel kernel, size_t items, size_t group,
                                 const void *arguments, clmlp_error *error);

/* The same over global [2] work-items, the first rounded up. */
clmlp_status clmlp_opencl_launch_over(clmlp_opencl *opencl, clmlp_kernel kernel, const size_t global[2], size_t group,
                                      const void *arguments, clmlp_error *error);

/* The same with dropout, whose kernels are made when they are first needed, and after a release. */
void clmlp_opencl_release_dropout(clmlp_opencl *opencl);
clmlp_status clmlp_opencl_launch_dropout(clmlp_opencl *opencl, clmlp_dropout_kernel kernel, size_t items, size_t group,
                                         const void *arguments, clmlp_error *error);

/* Recording a command: enqueue it with clmlp_opencl_event as its event, then clmlp_opencl_record it under a
 * name, with what was put into profile.flops before. The event is NULL, and nothing happens, unless
 * recording. */
cl_event *clmlp_opencl_event(clmlp_opencl *opencl);
clmlp_status clmlp_opencl_record(clmlp_opencl *opencl, const char *name, clmlp_error *error);
clmlp_status clmlp_opencl_profile_switch(clmlp_backend *backend, bool on, clmlp_error *error);
clmlp_status clmlp_opencl_profile_take(clmlp_backend *backend, clmlp_kernel_time **times, size_t *count,
                                       clmlp_error *error);
void clmlp_opencl_profile_release(clmlp_opencl *opencl);

/* A buffer between two zones; and what probe/probe.h says of them. */
clmlp_status clmlp_opencl_guarded_buffer(clmlp_opencl *opencl, size_t bytes, cl_mem *out, clmlp_error *error);
void clmlp_opencl_guard(clmlp_backend *backend, bool on);
clmlp_status clmlp_opencl_guards_broken(clmlp_backend *backend, bool *broken, char *text, size_t size,
                                        clmlp_error *error);

/* How a launch that would take too long may become several: every kernel counts its groups by get_global_id, which
 * begins where the part does. BY_COLUMNS: not along the first dimension, whose extent the kernel asks for. */
typedef enum clmlp_division { CLMLP_BY_GROUPS, CLMLP_BY_COLUMNS, CLMLP_UNDIVIDED } clmlp_division;

/* The same of any kernel, over global [2] work-items in groups of local [2]. states: matrices of state of the update
 * rule that it was built for. */
typedef struct clmlp_launch {
    cl_kernel kernel;
    clmlp_interface_of *interface;
    size_t states;
    size_t global[2], local[2];
    double work; /* operations, about; 0: a few for each work-item */
    clmlp_division division;
    const char *pace; /* under which name its time is kept; NULL: the kernel's */
} clmlp_launch;
clmlp_status clmlp_opencl_enqueue(clmlp_opencl *opencl, const clmlp_launch *launch, const void *arguments,
                                  clmlp_error *error);

/* Where a kernel's last arguments are kept; NULL: there is no place. Before the context goes: those kernels are let
 * go. */
clmlp_last_arguments *clmlp_opencl_last_arguments(clmlp_opencl *opencl, cl_kernel kernel);
void clmlp_opencl_forget_arguments(clmlp_opencl *opencl);

/* clCreateBuffer, the only one in the library: kernels get all arguments anew from now on, for a buffer that is gone
 * may have had the same address. *code: as of clmlp_opencl_made. */
cl_mem clmlp_opencl_new_buffer(clmlp_opencl *opencl, cl_mem_flags flags, size_t bytes, void *memory, cl_int *code);

/* A device buffer; the message of CLMLP_OUT_OF_MEMORY says what there is. */
clmlp_status clmlp_opencl_create_buffer(clmlp_opencl *opencl, size_t bytes, cl_mem *out, clmlp_error *error);

/* 1 into a column of the first `rows` rows. */
clmlp_status clmlp_opencl_set_bias_units(clmlp_opencl *opencl, const clmlp_opencl_tensor *tensor, size_t rows,
                                         size_t column, clmlp_error *error);

/* Create `count` kernels, the first of them number `first`, of a program that was built for an update rule. */
clmlp_status clmlp_opencl_rule_create(clmlp_opencl *opencl, clmlp_optimizer optimizer, cl_program program, size_t first,
                                      clmlp_interface_of *const *interfaces, size_t count, clmlp_error *error);
void clmlp_opencl_rule_release(clmlp_opencl *opencl);
/* One of them, set and enqueued as by clmlp_opencl_enqueue, over what `shape` says. Errors: CLMLP_BAD_ARGUMENT where
 * the rule was not prepared. */
clmlp_status clmlp_opencl_rule_enqueue(clmlp_opencl *opencl, clmlp_optimizer optimizer, size_t kernel,
                                       const clmlp_launch *shape, const void *arguments, clmlp_error *error);
clmlp_status clmlp_opencl_rule_missing(const clmlp_opencl *opencl, clmlp_optimizer optimizer, clmlp_error *error);
/* " -D UPDATE_RULE=n"; nothing for sgd, which kernels take by themselves. */
enum { CLMLP_RULE_OPTION = 32 };
void clmlp_opencl_rule_option(clmlp_optimizer optimizer, char option[CLMLP_RULE_OPTION]);
clmlp_status clmlp_opencl_prepare_rule(clmlp_backend *backend, clmlp_optimizer optimizer, clmlp_error *error);

/* Whether programs are to know all activations: one of them is this one, or was before. */
bool clmlp_opencl_wants_extra(clmlp_opencl *opencl, clmlp_activation activation);
/* What to build programs with: " -D EXTRA_ACTIVATIONS", or "". */
const char *clmlp_opencl_activation_option(const clmlp_opencl *opencl);
/* Entries of the table: before an engine is chosen; and for an engine of plain kernels. */
clmlp_status clmlp_opencl_expect_activation(clmlp_backend *backend, clmlp_activation activation, clmlp_error *error);
clmlp_status clmlp_opencl_prepare_activation(clmlp_backend *backend, clmlp_activation activation, clmlp_error *error);

/* Where an engine has element (j, i) of theta: at j / width * panel + i * row + j % width. */
typedef struct clmlp_opencl_places {
    size_t width, panel, row;
} clmlp_opencl_places;

/* The entries scale_slopes and fold_scale of the table, where `theta` and all like it lie so, and s_i at i scale_row;
 * the bias is i = bias. */
clmlp_status clmlp_opencl_scale_slopes(clmlp_opencl *opencl, const clmlp_scale_slopes_args *args,
                                       clmlp_opencl_places theta, size_t scale_row, size_t bias, clmlp_error *error);
clmlp_status clmlp_opencl_fold_scale(clmlp_opencl *opencl, const clmlp_fold_scale_args *args,
                                     clmlp_opencl_places theta, size_t scale_row, clmlp_error *error);
void clmlp_opencl_input_scale_release(clmlp_opencl *opencl);

/* Buffer of a matrix; NULL for NULL, which kernels take as "not there". */
cl_mem clmlp_opencl_buffer(const clmlp_tensor *tensor);
/* The buffer of state k of one theta; NULL where the rule has none. */
cl_mem clmlp_opencl_state(clmlp_optimizer optimizer, clmlp_tensor *const *state, size_t k);

/* Entries of the table, by file. */
clmlp_status clmlp_opencl_tensor_bytes(const clmlp_backend *backend, clmlp_tensor_kind kind, size_t rows,
                                       size_t columns, size_t *bytes, clmlp_error *error);
clmlp_status clmlp_opencl_tensor_create(clmlp_backend *backend, clmlp_tensor_kind kind, size_t rows, size_t columns,
                                        clmlp_tensor **out, clmlp_error *error);
void clmlp_opencl_tensor_destroy(clmlp_backend *backend, clmlp_tensor *tensor);
clmlp_status clmlp_opencl_tensor_write(clmlp_backend *backend, clmlp_tensor *tensor, size_t first, size_t rows,
                                       const void *values, clmlp_error *error);
clmlp_status clmlp_opencl_tensor_read(clmlp_backend *backend, const clmlp_tensor *tensor, size_t first, size_t rows,
                                      void *values, clmlp_error *error);
clmlp_status clmlp_opencl_tensor_copy(clmlp_backend *backend, const clmlp_tensor *from, clmlp_tensor *to,
                                      clmlp_error *error);
clmlp_status clmlp_opencl_tensor_upload(clmlp_backend *backend, clmlp_tensor *tensor, size_t rows, const void *values,
                                        clmlp_error *error);
clmlp_status clmlp_opencl_tensor_upload_wait(clmlp_backend *backend, clmlp_tensor *tensor, clmlp_error *error);
clmlp_status clmlp_opencl_tensor_used(clmlp_backend *backend, clmlp_tensor *tensor, clmlp_error *error);
void clmlp_opencl_staging_create(clmlp_backend *backend, size_t bytes, clmlp_staging *out);
void clmlp_opencl_staging_destroy(clmlp_backend *backend, clmlp_staging *staging);
/* The same for what goes both ways, and whether it is of no use: matrices that are mapped are not copied. */
void clmlp_opencl_staging_both_ways(clmlp_opencl *opencl, size_t bytes, clmlp_staging *out);
bool clmlp_opencl_shares_memory(const clmlp_opencl *opencl);
clmlp_status clmlp_opencl_gather(clmlp_backend *backend, const clmlp_tensor *all, const clmlp_tensor *order,
                                 size_t first, size_t M, size_t columns, clmlp_tensor *batch, clmlp_error *error);

clmlp_status clmlp_opencl_scores_reserve(clmlp_backend *backend, size_t slots, size_t rows, size_t total,
                                         clmlp_error *error);
clmlp_status clmlp_opencl_scores_read(clmlp_backend *backend, size_t first, size_t count, clmlp_batch_score *scores,
                                      clmlp_error *error);
void clmlp_opencl_scores_release(clmlp_opencl *opencl);
/* Give a slot `parts` entries, right after those of the slot before; returns the index of the first. */
size_t clmlp_opencl_score_offset(clmlp_opencl *opencl, size_t slot, size_t parts);

/* How a matrix that lies as theta does lies in memory, as kernels/plain/vectors.cl takes it. */
typedef struct clmlp_opencl_span {
    size_t panels, stride, begin, extent, width, last;
} clmlp_opencl_span;

/* Entries of the table; see vectors.c. */
clmlp_status clmlp_opencl_dot(clmlp_backend *backend, const clmlp_dot_args *args, clmlp_error *error);
clmlp_status clmlp_opencl_sums_read(clmlp_backend *backend, size_t first, size_t count, double *sums,
                                    clmlp_error *error);
clmlp_status clmlp_opencl_clip_factor(clmlp_backend *backend, size_t slot, double limit, clmlp_error *error);
clmlp_status clmlp_opencl_combine(clmlp_backend *backend, const clmlp_combine_args *args, clmlp_error *error);
void clmlp_opencl_sums_release(clmlp_opencl *opencl);

#endif
