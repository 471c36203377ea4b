/* packages.h - which package of this distribution brings what. */
#ifndef CLMLP_CLI_DEVICES_PACKAGES_H
#define CLMLP_CLI_DEVICES_PACKAGES_H

#include "devices/gpus.h"

typedef enum clmlp_cli_distribution {
    CLMLP_CLI_DEBIAN_12,
    CLMLP_CLI_DEBIAN_13, /* and later, and those made of it */
    CLMLP_CLI_UBUNTU,
    CLMLP_CLI_OTHER_DISTRIBUTION
} clmlp_cli_distribution;

/* By /etc/os-release. */
clmlp_cli_distribution clmlp_cli_find_distribution(const clmlp_cli_machine *machine);

/* How a GPU of that vendor gets an OpenCL driver. */
const char *clmlp_cli_packages_of(clmlp_cli_vendor vendor, clmlp_cli_distribution distribution);
/* How its driver of the kernel comes; VENDORS only. */
const char *clmlp_cli_kernel_driver_of(clmlp_cli_vendor vendor, clmlp_cli_distribution distribution);
/* How the CPU becomes an OpenCL device. */
const char *clmlp_cli_packages_of_cpu(clmlp_cli_distribution distribution);
/* The package that has the library of an .icd file; NULL: it is not known. */
const char *clmlp_cli_package_with(const char *library);

#endif
