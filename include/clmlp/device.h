/* device.h - where the arithmetic happens: the CPU path of this host, or an OpenCL device.
 *
 * A device is named by a specification:
 *   auto          the first OpenCL GPU, else the first OpenCL CPU device, else the CPU path; never a device that cannot
 *                 be used, an accelerator, or Mesa's software renderer; for a small training the CPU path in place of
 *                 an OpenCL CPU device (clmlp_training_operations)
 *   cpu           the CPU path (CBLAS); the reference that OpenCL devices are compared with
 *   opencl        what auto takes, if it is one of OpenCL; else the first OpenCL device that can be used
 *   opencl:P.D    device D of platform P, both from 0 as `clmlp devices` lists them
 *   opencl:NAME   the first device whose name contains NAME (letter case ignored)
 * Nothing falls back silently: what was asked for is opened, or an error says what there is.
 *
 * Threads: a device, with all that computes on it, belongs to one thread at a time; two threads that compute need two
 * devices. Any number of them may be open and at work at once, of the same hardware, too. The functions without a
 * device are for any thread. clmlp_device_open reads the environment: do not change that meanwhile.
 */
#ifndef CLMLP_DEVICE_H
#define CLMLP_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clmlp/export.h"
#include "clmlp/precision.h"
#include "clmlp/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* X(name, text): how an OpenCL device computes. native: clmlp's own fused kernels; clblast: CLBlast's
 * products and plain kernels for the rest; auto: what clmlp_tune found to be faster on the device; where it was
 * never asked, native on CPUs and clblast on other devices. */
#define CLMLP_ENGINE_LIST(X) \
    X(AUTO, "auto")          \
    X(NATIVE, "native")      \
    X(CLBLAST, "clblast")

typedef enum clmlp_engine {
#define CLMLP_ENGINE_ENUM(name, text) CLMLP_ENGINE_##name,
    CLMLP_ENGINE_LIST(CLMLP_ENGINE_ENUM)
#undef CLMLP_ENGINE_ENUM
    CLMLP_ENGINE_COUNT
} clmlp_engine;

CLMLP_API const char *clmlp_engine_name(clmlp_engine engine);
CLMLP_API bool clmlp_engine_parse(const char *name, clmlp_engine *engine);

enum { CLMLP_NAME_LENGTH = 256, CLMLP_TILES_LENGTH = 64, CLMLP_CHOICE_LENGTH = 256 };

/* One row of the device list. */
typedef struct clmlp_device_info {
    char spec[32];                     /* what opens it: "cpu" or "opencl:P.D" */
    char platform[CLMLP_NAME_LENGTH];  /* e.g. "Portable Computing Language" */
    char name[CLMLP_NAME_LENGTH];
    char type[16];                     /* "GPU", "CPU", "accelerator", "other", "host"; "none": asking OpenCL failed */
    char driver[CLMLP_NAME_LENGTH];    /* version of the driver, or of the BLAS for "cpu" */
    uint64_t memory;                   /* bytes */
    uint64_t largest_buffer;           /* bytes; the most that one matrix may take */
    unsigned compute_units;
    bool fp64;                         /* double precision works */
    bool is_auto;                      /* in the list: the one that "auto" takes */
    /* why it cannot be used: not available, no compiler, OpenCL below 1.2, another byte order than this host; "": it
     * can. "auto" and "opencl" pass over such a device, and opening it by its name is an error */
    char problem[CLMLP_NAME_LENGTH];
    unsigned address_bits;             /* of its addresses: with 32, memory and buffers are below 4 GiB */
    char passed_over[CLMLP_NAME_LENGTH]; /* in the list: why "auto" does not take it; "": it does */
} clmlp_device_info;

/* Every OpenCL device of every platform, then the CPU path. No platform at all is not an error.
 *   out, count  receive an array that the caller releases with clmlp_free */
CLMLP_API clmlp_status clmlp_device_list(clmlp_device_info **out, size_t *count, clmlp_error *error);

/* Those of them that the processes of one host share out among each other where none is named: every GPU that "auto"
 * may take, in the order of the list; without one, the device alone that "auto" takes. Released as above. */
CLMLP_API clmlp_status clmlp_device_list_auto(clmlp_device_info **out, size_t *count, clmlp_error *error);

typedef struct clmlp_device clmlp_device;

/* A callback: a function, NULL for none, and what it is given. It is called on the thread that opens the device, or
 * that computes with it. */
typedef struct clmlp_on_build {
    void (*function)(void *context);
    void *context;
} clmlp_on_build;

typedef struct clmlp_device_options {
    size_t size; /* sizeof of this struct; see clmlp.h */
    const char *spec; /* see above; NULL: "auto" */
    clmlp_engine engine; /* of an OpenCL device; the CPU path has none, so auto */
    clmlp_precision precision;
    /* The most device memory that clmlp's own buffers may take, in bytes; 0: 90 % of what the device
     * reports. Data that does not fit is streamed. (CLBlast's scratch space comes on top.) */
    uint64_t memory_limit;
    /* Record how long every kernel takes, by the device's own clock, for clmlp_device_kernel_times. This
     * slows most devices down. The CPU path has no kernels: it records its equations, by the host's clock. */
    bool profile;
    /* Milliseconds that one launch on an OpenCL device may take, about: the system ends kernels that take seconds on a
     * GPU that has a display. Longer ones are divided, and the results have the same bits. A work-group is not divided,
     * and CLBlast's products not beyond the size at which it takes another kernel. 0: automatic, 500 where the driver
     * says that it ends kernels, else no limit; INFINITY: no limit. Without meaning on the CPU path. */
    double max_launch;
    /* What is to be computed in all, as clmlp_training_operations counts it; 0: not known. Where "auto" would take an
     * OpenCL CPU device with the engine `auto`, and this is at most CLMLP_SMALL_OPERATIONS, it takes the CPU path. */
    double operations;
    /* Called before a program of kernels is built that neither clmlp nor, as far as is known, the driver has kept from
     * an earlier build: that may take half a minute. What CLBlast builds by itself is not told. */
    clmlp_on_build on_build;
} clmlp_device_options;

/* Operations that the CPU path does while an OpenCL CPU device only starts: 0.15 s at 4 GFLOP/s, both less than any
 * that was measured (docs/devices.md). */
#define CLMLP_SMALL_OPERATIONS 6e8

/* What a training costs on the CPU path, in operations at 4 GFLOP/s: 2 for each multiply-add, 50 for a unit of an
 * example (12.5 ns: its activation, derivative and cost), 20 for a number of theta in each step (its update), and
 * 20,000 for each layer in each step (5 us: calls). It depends on these numbers alone, so the same training is always
 * counted alike.
 *   units, layers   of the network, input and output included
 *   examples, batch, epochs   batch 0: all examples
 * 0 where a number is 0, units is NULL or there are fewer than 2 layers. */
CLMLP_API double clmlp_training_operations(const size_t *units, size_t layers, size_t examples, size_t batch,
                                           size_t epochs);

/* auto, auto, f32, no limits, no profile, operations not known. */
CLMLP_API void clmlp_device_options_init(clmlp_device_options *options, size_t size);
static inline clmlp_device_options clmlp_device_options_default(void)
{
    clmlp_device_options options;
    clmlp_device_options_init(&options, sizeof options);
    return options;
}

/* Open a device. A certain engine builds its kernels now; `auto` waits for clmlp_device_prepare, or else for the first
 * network that is made on the device.
 * Errors: CLMLP_NO_DEVICE (lists what there is), CLMLP_BAD_ARGUMENT (a specification that cannot be read, f64 on a
 * device without it, an engine other than auto on the CPU path, tiles in the environment that the engine cannot have, a
 * variable of the environment with another word or number than it may hold),
 * CLMLP_DEVICE (the device cannot be used, see clmlp_device_info; a kernel does not build: device, options and log). */
CLMLP_API clmlp_status clmlp_device_open(clmlp_device **out, const clmlp_device_options *options, clmlp_error *error);

/* Have `auto` choose the engine, and build its kernels, before a network is made: for who wants to name the engine, or
 * to learn of errors, before the work begins. Once the engine is chosen it stays until the device is closed: later
 * calls, and other networks, change nothing.
 *   units, layers  units of each layer of the network, input and output included; NULL and 0: no network is known
 *   batch          examples of a training step
 * For a network that is trained, `auto` prefers what clmlp_tune measured with just these layers and batch, else what it
 * measured with the nearest network (docs/tuning.md). For one that only predicts it takes what was the faster over all
 * networks that were measured.
 * Errors: CLMLP_BAD_ARGUMENT, CLMLP_DEVICE, as clmlp_device_open; CLMLP_OUT_OF_MEMORY. */
CLMLP_API clmlp_status clmlp_device_prepare(clmlp_device *device, const size_t *units, size_t layers, size_t batch,
                                            clmlp_error *error);
CLMLP_API void clmlp_device_close(clmlp_device *device); /* NULL is fine */

/* What was opened. Owned by the device. */
CLMLP_API const clmlp_device_info *clmlp_device_get_info(const clmlp_device *device);
CLMLP_API clmlp_precision clmlp_device_precision(const clmlp_device *device);
/* "native" or "clblast" on OpenCL, "cblas" on the CPU path. As long as `auto` has not chosen, this and the next two say
 * what it would take if no network were known. */
CLMLP_API const char *clmlp_device_engine(const clmlp_device *device);
/* How the engine cuts its products up, in a word; see the engine for what it means. "" on the CPU path. CLBlast keeps
 * its parameters for the whole process, for each device and precision: a device takes those that another open device
 * computes with, and this says which. */
CLMLP_API const char *clmlp_device_tiles(const clmlp_device *device);
/* Whether clmlp_tune stored that, rather than it being the engine's own choice or asked for. */
CLMLP_API bool clmlp_device_tuned(const clmlp_device *device);
/* Why `auto` took this engine, in words; "" where an engine was asked for, and on the CPU path. */
CLMLP_API const char *clmlp_device_choice(const clmlp_device *device);
/* Why this device, when "auto" took one that is not a GPU, passed over another one, or took the CPU path for a small
 * training; "" otherwise. */
CLMLP_API const char *clmlp_device_note(const clmlp_device *device);
/* What became known of the device and its compiler since it was opened, a line each: tiles that are passed over because
 * their kernels spill registers. "": nothing. */
CLMLP_API const char *clmlp_device_remarks(const clmlp_device *device);
/* Bytes of device memory that clmlp's buffers took at the most since the device was opened. */
CLMLP_API uint64_t clmlp_device_memory_peak(const clmlp_device *device);

/* All calls of one kernel. */
typedef struct clmlp_kernel_time {
    char name[64];       /* as in kernels/, or "clblast_gemm_nt" and the like (n: as it is, t: transposed), or of an
                            equation, "forward" */
    uint64_t calls;
    double milliseconds; /* all calls together; of a CLBlast call, the last of its kernels */
    double flops;        /* all calls together: 2 m n k of products, 0 of anything else */
} clmlp_kernel_time;

/* What a device opened with `profile`, or a training with `timed_epoch`, recorded since then, or since the last call;
 * waits for the device.
 *   out, count  receive an array, longest time first, that the caller releases with clmlp_free; NULL and 0
 *               when nothing was recorded
 * Errors: CLMLP_OUT_OF_MEMORY, CLMLP_DEVICE (also where what the driver says of times cannot be). */
CLMLP_API clmlp_status clmlp_device_kernel_times(clmlp_device *device, clmlp_kernel_time **out, size_t *count,
                                                 clmlp_error *error);

/* Where the time to open a device went, in seconds. */
typedef struct clmlp_startup {
    size_t size; /* sizeof of this struct; see clmlp.h */
    double list;       /* finding platforms and devices: loading their drivers (not for "cpu") */
    double context;    /* context and queues; 0 on the CPU path */
    double build;      /* programs, also those built later, when first needed; 0 on the CPU path */
    double total;      /* all of clmlp_device_open, and of the choice of the engine */
    size_t programs;   /* built so far */
    size_t from_cache; /* of them, taken from the program cache; drivers may have caches of their own */
} clmlp_startup;

/* So far. Errors: CLMLP_BAD_ARGUMENT. */
CLMLP_API clmlp_status clmlp_device_startup(const clmlp_device *device, clmlp_startup *startup, clmlp_error *error);

/* Whether clmlp takes what it kept between runs: built programs, and what clmlp_tune found. A folder or a file that may
 * come from somebody else is left alone, and everything works without it, but slower. Errors: CLMLP_IO (what is left
 * alone, and why). */
CLMLP_API clmlp_status clmlp_device_cache_check(clmlp_error *error);

#ifdef __cplusplus
}
#endif

#endif
