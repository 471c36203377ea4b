/* advice.h - what keeps the hardware of this machine from being an OpenCL device, and what helps. */
#ifndef CLMLP_CLI_DEVICES_ADVICE_H
#define CLMLP_CLI_DEVICES_ADVICE_H

#include <clmlp/device.h>

#include "devices/machine.h"

/* X(kind, its name in JSON) */
#define CLMLP_CLI_HINDRANCE_LIST(X)     \
    X(NO_DRIVER, "no_driver")           \
    X(KERNEL_DRIVER, "kernel_driver")   \
    X(NO_NODE, "no_node")               \
    X(PERMISSION, "permission")         \
    X(RUSTICL, "rusticl")               \
    X(BAD_DRIVER, "bad_driver")         \
    X(HIDDEN, "hidden")                 \
    X(NO_PLATFORM, "no_platform")       \
    X(NO_DEVICE, "no_device")           \
    X(VIRTUAL_GPU, "virtual_gpu")       \
    X(NO_GPU, "no_gpu")

typedef enum clmlp_cli_hindrance {
#define CLMLP_CLI_HINDRANCE_ENUM(kind, name) CLMLP_CLI_##kind,
    CLMLP_CLI_HINDRANCE_LIST(CLMLP_CLI_HINDRANCE_ENUM)
#undef CLMLP_CLI_HINDRANCE_ENUM
    CLMLP_CLI_HINDRANCES
} clmlp_cli_hindrance;

const char *clmlp_cli_hindrance_name(clmlp_cli_hindrance kind);

typedef struct clmlp_cli_advice {
    clmlp_cli_hindrance kind;
    char text[1024], help[512];
} clmlp_cli_advice;

enum { CLMLP_CLI_MOST_ADVICE = 48 };

typedef struct clmlp_cli_advice_list {
    clmlp_cli_advice list[CLMLP_CLI_MOST_ADVICE];
    size_t count;
} clmlp_cli_advice_list;

/* devices [count]: what OpenCL lists here. A machine whose GPUs are all among them has no hindrance, unless a driver or
 * an environment variable is wrong. */
void clmlp_cli_find_advice(clmlp_cli_advice_list *advice, const clmlp_cli_machine *machine,
                           const clmlp_device_info *devices, size_t count);

#endif
