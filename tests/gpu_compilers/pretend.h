/* pretend.h - an OpenCL library that computes nothing: it has one device, the one that is asked for, and tells of every
 * kernel that is made. */
#ifndef TEST_PRETEND_H
#define TEST_PRETEND_H

#include <stdbool.h>
#include <stddef.h>

/* What a driver says of its device: X(key, name, vendor, platform, group, local, units, wave, major, minor, fp64). */
#define PRETEND_DEVICE_LIST(X)                                                                                         \
    X("sm_70", "Tesla V100-SXM2-16GB", NVIDIA, 1024, 49152, 80, 32, 7, 0, true)                                        \
    X("sm_80", "NVIDIA A100-SXM4-40GB", NVIDIA, 1024, 49152, 108, 32, 8, 0, true)                                      \
    X("sm_90", "NVIDIA H100 80GB HBM3", NVIDIA, 1024, 49152, 132, 32, 9, 0, true)                                      \
    X("gfx90a", "gfx90a:sramecc+:xnack-", AMD, 256, 65536, 104, 64, 9, 0, true)                                        \
    X("gfx1030", "gfx1030", AMD, 256, 65536, 40, 32, 10, 3, true)                                                      \
    X("gfx1100", "gfx1100", AMD, 256, 65536, 48, 32, 11, 0, true)                                                      \
    X("tgllp", "Intel(R) Iris(R) Xe Graphics", INTEL, 512, 65536, 96, 8, 12, 0, false)                                 \
    X("dg2-g10", "Intel(R) Arc(TM) A770 Graphics", INTEL, 1024, 65536, 512, 8, 12, 55, false)

/* The keys; NULL behind the last. */
extern const char *const pretend_keys[];

/* From now on it is this device; false: there is none of that key. */
bool pretend_to_be(const char *key);
bool pretend_has_fp64(void);

/* One kernel of a program that was built. */
typedef struct pretend_kernel {
    const char *text, *options, *name;
} pretend_kernel;

/* Called for each kernel that is made, with what its program was built of. */
extern void (*pretend_made)(const pretend_kernel *kernel);

#endif
