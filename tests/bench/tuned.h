/* tuned.h - a device as it is with what tuning has stored. */
#ifndef TEST_BENCH_TUNED_H
#define TEST_BENCH_TUNED_H

#include <clmlp/clmlp.h>

#include "backend/registry.h"
#include "bench/tune.h"

typedef struct tuned_device {
    char engine[32], tiles[CLMLP_TILES_LENGTH];
    bool tuned;
} tuned_device;

extern clmlp_device_info tuned_info; /* of the first OpenCL device, once a test has begun */

/* A cache of its own, empty, and the CPU family whatever the device is. */
void tuned_begin(const char *name);

/* Store tiles, or for CLMLP_ENGINE_AUTO which engine is the faster. */
void tuned_keep(clmlp_engine engine, clmlp_precision precision, const char *text);

/* What the device is opened with. tiles, network NULL: none are asked for, none is prepared. */
tuned_device tuned_open(clmlp_engine engine, clmlp_precision precision, const char *tiles,
                        const clmlp_tune_network *network);
tuned_device tuned_open_native(void); /* in f32 */

#endif
