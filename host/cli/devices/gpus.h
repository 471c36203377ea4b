/* gpus.h - the graphics processors on the PCI bus. */
#ifndef CLMLP_CLI_DEVICES_GPUS_H
#define CLMLP_CLI_DEVICES_GPUS_H

#include "devices/machine.h"

/* X(vendor, name, PCI identifier) of those that compute. */
#define CLMLP_CLI_VENDOR_LIST(X) \
    X(NVIDIA, "NVIDIA", 0x10de)  \
    X(AMD, "AMD", 0x1002)        \
    X(INTEL, "Intel", 0x8086)

typedef enum clmlp_cli_vendor {
#define CLMLP_CLI_VENDOR_ENUM(vendor, name, id) CLMLP_CLI_##vendor,
    CLMLP_CLI_VENDOR_LIST(CLMLP_CLI_VENDOR_ENUM)
#undef CLMLP_CLI_VENDOR_ENUM
    CLMLP_CLI_VIRTUAL, /* a virtual machine's, or a server's for its console: it shows a screen, no more */
    CLMLP_CLI_UNKNOWN  /* of somebody else */
} clmlp_cli_vendor;

enum { CLMLP_CLI_VENDORS = CLMLP_CLI_VIRTUAL };

const char *clmlp_cli_vendor_name(clmlp_cli_vendor vendor);

typedef struct clmlp_cli_gpu {
    clmlp_cli_vendor vendor;
    unsigned vendor_id, device_id;
    const char *what;             /* of a virtual one */
    char slot[CLMLP_CLI_NAME];    /* 0000:01:00.0 */
    char driver[CLMLP_CLI_NAME];  /* of the kernel; "": none */
} clmlp_cli_gpu;

enum { CLMLP_CLI_MOST_GPUS = 16 };

typedef struct clmlp_cli_gpus {
    clmlp_cli_gpu list[CLMLP_CLI_MOST_GPUS];
    size_t count;
    bool has_bus; /* there is a bus to look at */
} clmlp_cli_gpus;

void clmlp_cli_find_gpus(clmlp_cli_gpus *gpus, const clmlp_cli_machine *machine);

#endif
