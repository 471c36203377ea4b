/* drivers.c - the OpenCL drivers that are installed, found as the ICD loaders of Debian and of Khronos find them. */
#include "devices/drivers.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool ends_in(const char *name, const char *end)
{
    const size_t length = strlen(name), of_end = strlen(end);
    return length >= of_end && strcmp(name + length - of_end, end) == 0;
}

static const char *last_name(const char *path)
{
    const char *const slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* Why the library of a driver cannot be loaded. */
static void try_to_load(clmlp_cli_driver *driver, const clmlp_cli_machine *machine)
{
    char path[CLMLP_CLI_PATH];
    const char *name = driver->library;
    if (name[0] == '/' && clmlp_cli_machine_path(machine, name, path)) name = path;
    void *const library = dlopen(name, RTLD_LAZY | RTLD_LOCAL);
    if (library != NULL) {
        (void)dlclose(library);
        return;
    }
    const char *const why = dlerror();
    (void)snprintf(driver->trouble, sizeof driver->trouble, "%s", why != NULL ? why : "it is not known why");
    /* the message begins with the library that is missing */
    const size_t length = strcspn(driver->trouble, ":");
    driver->lacks_other = strlen(name) != length || strncmp(driver->trouble, name, length) != 0;
}

static void add(clmlp_cli_drivers *drivers, const clmlp_cli_machine *machine, const char *file, const char *library,
                bool hidden)
{
    if (drivers->count == CLMLP_CLI_MOST_DRIVERS) return;
    clmlp_cli_driver *const driver = &drivers->list[drivers->count++];
    *driver = (clmlp_cli_driver){.is_hidden = hidden};
    (void)snprintf(driver->file, sizeof driver->file, "%s", file);
    (void)snprintf(driver->library, sizeof driver->library, "%.*s", (int)strcspn(library, "\r\n"), library);
    if (hidden) drivers->hidden++;
    else if (driver->library[0] == '\0') (void)strcpy(driver->trouble, "the file names no library");
    else try_to_load(driver, machine);
}

static void add_file(clmlp_cli_drivers *drivers, const clmlp_cli_machine *machine, const char *file, bool hidden)
{
    char library[CLMLP_CLI_PATH], full[CLMLP_CLI_PATH];
    struct stat info;
    if (!clmlp_cli_machine_path(machine, file, full)) return;
    if (stat(full, &info) == 0 && !S_ISREG(info.st_mode)) { /* a loader that opens a pipe waits for ever */
        const size_t before = drivers->count;
        add(drivers, machine, file, "", hidden);
        if (drivers->count > before && !hidden) {
            drivers->list[before].is_pipe = S_ISFIFO(info.st_mode);
            (void)strcpy(drivers->list[before].trouble, "it is not a regular file");
        }
        return;
    }
    if (clmlp_cli_machine_read(machine, file, library, sizeof library)) add(drivers, machine, file, library, hidden);
}

/* The .icd files of a folder, but for those that are known already. */
static void add_folder(clmlp_cli_drivers *drivers, const clmlp_cli_machine *machine, const char *folder, bool hidden)
{
    clmlp_cli_names names;
    char file[CLMLP_CLI_PATH];
    const size_t before = drivers->count;
    if (!clmlp_cli_machine_list(machine, folder, &names)) return;
    for (size_t i = 0; i < names.count; i++) {
        bool known = false;
        if (!ends_in(names.list[i], ".icd")) continue;
        for (size_t k = 0; k < before; k++) known |= strcmp(last_name(drivers->list[k].file), names.list[i]) == 0;
        if (known || snprintf(file, sizeof file, "%s/%s", folder, names.list[i]) >= (int)sizeof file) continue;
        add_file(drivers, machine, file, hidden);
    }
}

/* A folder, an .icd file, the name of one in the usual folder, or a library. */
static void add_value(clmlp_cli_drivers *drivers, const clmlp_cli_machine *machine, const char *value)
{
    char usual[CLMLP_CLI_PATH];
    struct stat info;
    const clmlp_cli_machine here = {"", machine->may_open}; /* what a user names stands in no other root */
    const bool is_there = stat(value, &info) == 0;
    (void)snprintf(usual, sizeof usual, CLMLP_CLI_VENDORS_FOLDER "/%s", value);
    if (is_there && S_ISDIR(info.st_mode)) add_folder(drivers, &here, value, false);
    else if (is_there && ends_in(value, ".icd")) add_file(drivers, &here, value, false);
    else if (ends_in(value, ".icd") && clmlp_cli_machine_has(machine, usual)) add_file(drivers, machine, usual, false);
    else if (!is_there && (strchr(value, '/') != NULL || strstr(value, ".so") == NULL)) drivers->value_is_lost = true;
    else add(drivers, &here, value, value, false);
}

/* Libraries between colons: Khronos's loader loads them before all others. */
static void add_libraries(clmlp_cli_drivers *drivers, const clmlp_cli_machine *machine, const char *value)
{
    char library[CLMLP_CLI_PATH];
    while (value != NULL && *value != '\0') {
        const size_t length = strcspn(value, ":");
        (void)snprintf(library, sizeof library, "%.*s", (int)length, value);
        if (length > 0) add(drivers, machine, "OCL_ICD_FILENAMES", library, false);
        value += length + (value[length] == ':');
    }
}

void clmlp_cli_find_drivers(clmlp_cli_drivers *drivers, const clmlp_cli_machine *machine)
{
    static const char *const variables[] = {"OCL_ICD_VENDORS", "OPENCL_VENDOR_PATH"}; /* the first one counts */
    *drivers = (clmlp_cli_drivers){.variable = NULL};
    for (size_t i = 0; i < 2 && drivers->variable == NULL; i++) {
        const char *const value = getenv(variables[i]);
        if (value == NULL || value[0] == '\0') continue;
        drivers->variable = variables[i];
        drivers->value = value;
    }
    if (drivers->variable != NULL) add_value(drivers, machine, drivers->value);
    add_folder(drivers, machine, CLMLP_CLI_VENDORS_FOLDER, drivers->variable != NULL);
    add_libraries(drivers, machine, getenv("OCL_ICD_FILENAMES"));
}

const clmlp_cli_driver *clmlp_cli_driver_named(const clmlp_cli_drivers *drivers, const char *part)
{
    for (size_t i = 0; i < drivers->count; i++) {
        if (!drivers->list[i].is_hidden && clmlp_cli_has_part(drivers->list[i].library, part)) return &drivers->list[i];
    }
    return NULL;
}
