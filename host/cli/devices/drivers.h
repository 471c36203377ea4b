/* drivers.h - the OpenCL drivers that are installed: the .icd files, and whether the loader reads them. */
#ifndef CLMLP_CLI_DEVICES_DRIVERS_H
#define CLMLP_CLI_DEVICES_DRIVERS_H

#include "devices/machine.h"

#define CLMLP_CLI_VENDORS_FOLDER "/etc/OpenCL/vendors"

typedef struct clmlp_cli_driver {
    char file[CLMLP_CLI_PATH];    /* the .icd file, or where a variable names a library, the library */
    char library[CLMLP_CLI_PATH]; /* that it names */
    char trouble[CLMLP_CLI_PATH]; /* why that cannot be loaded; "": it can, or nobody tried */
    bool lacks_other;             /* it is there, and another library is not */
    bool is_pipe;                 /* the .icd file is one: OpenCL is not asked for devices then */
    bool is_hidden;               /* it is installed, and an environment variable has the loader look elsewhere */
} clmlp_cli_driver;

enum { CLMLP_CLI_MOST_DRIVERS = 32 };

typedef struct clmlp_cli_drivers {
    clmlp_cli_driver list[CLMLP_CLI_MOST_DRIVERS];
    size_t count, hidden;
    const char *variable; /* that says where the loader looks; NULL: none does */
    const char *value;
    bool value_is_lost;   /* what it names is not there */
} clmlp_cli_drivers;

/* Each library that the loader would load is loaded, as it has been for the list of devices. */
void clmlp_cli_find_drivers(clmlp_cli_drivers *drivers, const clmlp_cli_machine *machine);

/* Whether a driver with `part` in its library's name is installed, and the loader reads it; NULL: none. */
const clmlp_cli_driver *clmlp_cli_driver_named(const clmlp_cli_drivers *drivers, const char *part);

#endif
