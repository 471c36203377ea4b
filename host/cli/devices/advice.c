/* advice.c - what keeps the hardware of this machine from being an OpenCL device, and what helps. */
#include "devices/advice.h"

#include <grp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "devices/drivers.h"
#include "devices/gpus.h"
#include "devices/packages.h"
#include "terminal.h"

/* All that is known. */
typedef struct survey {
    clmlp_cli_advice_list *advice;
    const clmlp_cli_machine *machine;
    const clmlp_device_info *devices;
    size_t count;
    clmlp_cli_gpus gpus;
    clmlp_cli_drivers drivers;
    clmlp_cli_distribution distribution;
    size_t opencl, opencl_gpus; /* of the devices */
    size_t there[CLMLP_CLI_VENDORS], listed[CLMLP_CLI_VENDORS]; /* GPUs of each vendor on the bus and by OpenCL */
} survey;

const char *clmlp_cli_hindrance_name(clmlp_cli_hindrance kind)
{
    static const char *const names[] = {
#define HINDRANCE_NAME(kind, name) name,
        CLMLP_CLI_HINDRANCE_LIST(HINDRANCE_NAME)
#undef HINDRANCE_NAME
    };
    return (unsigned)kind < CLMLP_CLI_HINDRANCES ? names[kind] : "?";
}

static void advise(survey *s, clmlp_cli_hindrance kind, const char *help, const char *format, ...)
    CLMLP_CLI_PRINTF(4, 5);

static void advise(survey *s, clmlp_cli_hindrance kind, const char *help, const char *format, ...)
{
    if (s->advice->count == CLMLP_CLI_MOST_ADVICE) return;
    clmlp_cli_advice *const one = &s->advice->list[s->advice->count++];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(one->text, sizeof one->text, format, arguments);
    va_end(arguments);
    one->kind = kind;
    (void)snprintf(one->help, sizeof one->help, "%s", help);
}

static const char *last_name(const char *path)
{
    const char *const slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* --- drivers and variables ------------------------------------------------------------------------------------ */

static void advise_on_drivers(survey *s)
{
    char help[256];
    for (size_t i = 0; i < s->drivers.count; i++) {
        const clmlp_cli_driver *const driver = &s->drivers.list[i];
        const char *const package = clmlp_cli_package_with(driver->library);
        if (driver->trouble[0] == '\0') continue;
        if (driver->lacks_other) {
            (void)snprintf(help, sizeof help, "install the package with the library that is missing (apt-file search "
                           "NAME finds it)%s%s", package != NULL ? ", or again: " : "", package != NULL ? package : "");
        } else if (package != NULL) {
            (void)snprintf(help, sizeof help, "apt install --reinstall %s, or take the driver away", package);
        } else {
            (void)snprintf(help, sizeof help, "install that driver again, or take it away");
        }
        advise(s, CLMLP_CLI_BAD_DRIVER, help, "%s names a driver that cannot be loaded: %s", driver->file,
               driver->trouble);
    }
}

static void advise_on_loader(survey *s)
{
    char names[256] = "", help[256];
    size_t used = 0;
    const clmlp_cli_drivers *const drivers = &s->drivers;
    if (drivers->variable == NULL) return;
    (void)snprintf(help, sizeof help, "unset %s", drivers->variable);
    if (drivers->value_is_lost) {
        advise(s, CLMLP_CLI_HIDDEN, help, "%s names '%s', which is not there", drivers->variable, drivers->value);
    }
    if (drivers->hidden == 0) return;
    for (size_t i = 0; i < drivers->count && used < sizeof names; i++) {
        if (!drivers->list[i].is_hidden) continue;
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", used > 0 ? ", " : "",
                                 last_name(drivers->list[i].file));
    }
    advise(s, CLMLP_CLI_HIDDEN, help, "%s='%s' hides what is in " CLMLP_CLI_VENDORS_FOLDER ": %s", drivers->variable,
           drivers->value, names);
}

/* The first of variables [count] that is set; NULL: none. */
static const char *first_set(const char *const *variables, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (getenv(variables[i]) != NULL) return variables[i];
    }
    return NULL;
}

/* A variable that leaves devices of a driver out. */
static void advise_on_variable(survey *s, const char *variable, const char *what)
{
    char help[128];
    (void)snprintf(help, sizeof help, "unset %s", variable);
    advise(s, CLMLP_CLI_HIDDEN, help, "%s='%s' may hide %s", variable, getenv(variable), what);
}

/* --- GPUs ----------------------------------------------------------------------------------------------------- */

static bool is_of(const clmlp_device_info *info, clmlp_cli_vendor vendor)
{
    static const char *const parts[CLMLP_CLI_VENDORS][3] = {[CLMLP_CLI_NVIDIA] = {"NVIDIA", "GeForce", "Tesla"},
                                                            [CLMLP_CLI_AMD] = {"AMD", "Radeon", "gfx"},
                                                            [CLMLP_CLI_INTEL] = {"Intel", "Intel", "Intel"}};
    for (size_t i = 0; i < 3; i++) {
        if (clmlp_cli_has_part(info->platform, parts[vendor][i]) || clmlp_cli_has_part(info->name, parts[vendor][i])) {
            return true;
        }
    }
    return false;
}

static void count_devices(survey *s)
{
    for (size_t i = 0; i < s->count; i++) {
        if (strcmp(s->devices[i].type, "host") == 0 || strcmp(s->devices[i].type, "none") == 0) continue;
        s->opencl++;
        if (strcmp(s->devices[i].type, "GPU") != 0) continue;
        s->opencl_gpus++;
        for (size_t v = 0; v < CLMLP_CLI_VENDORS; v++) s->listed[v] += is_of(&s->devices[i], (clmlp_cli_vendor)v);
    }
    for (size_t i = 0; i < s->gpus.count; i++) {
        if ((unsigned)s->gpus.list[i].vendor < CLMLP_CLI_VENDORS) s->there[s->gpus.list[i].vendor]++;
    }
}

/* "NVIDIA GPU 10de:2335 at 0000:01:00.0", into text [size]. */
static const char *name_gpu(const clmlp_cli_gpu *gpu, char *text, size_t size)
{
    (void)snprintf(text, size, "%s GPU %04x:%04x at %s", clmlp_cli_vendor_name(gpu->vendor), gpu->vendor_id,
                   gpu->device_id, gpu->slot);
    return text;
}

static bool suits(const char *driver, clmlp_cli_vendor vendor)
{
    static const char *const good[CLMLP_CLI_VENDORS][2] = {[CLMLP_CLI_NVIDIA] = {"nvidia", "nvidia"},
                                                           [CLMLP_CLI_AMD] = {"amdgpu", "radeon"},
                                                           [CLMLP_CLI_INTEL] = {"i915", "xe"}};
    return strcmp(driver, good[vendor][0]) == 0 || strcmp(driver, good[vendor][1]) == 0;
}

/* The driver of the kernel. Returns whether it is one that OpenCL's driver works with. */
static bool advise_on_kernel(survey *s, const clmlp_cli_gpu *gpu, const char *name)
{
    if (suits(gpu->driver, gpu->vendor)) return true;
    const char *const help = clmlp_cli_kernel_driver_of(gpu->vendor, s->distribution);
    if (gpu->driver[0] == '\0') advise(s, CLMLP_CLI_KERNEL_DRIVER, help, "%s has no driver of the kernel", name);
    else if (strncmp(gpu->driver, "vfio", 4) == 0) {
        advise(s, CLMLP_CLI_KERNEL_DRIVER, "compute in that machine, or give it back",
               "%s is handed to a virtual machine (%s)", name, gpu->driver);
    } else {
        advise(s, CLMLP_CLI_KERNEL_DRIVER, help, "%s runs with the driver %s of the kernel, on which its OpenCL does "
               "not build", name, gpu->driver);
    }
    return false;
}

/* "video"; a number, where the group has no name. */
static void name_group(gid_t group, char *text, size_t size)
{
    const struct group *const entry = getgrgid(group);
    if (entry != NULL) (void)snprintf(text, size, "%s", entry->gr_name);
    else (void)snprintf(text, size, "%u", (unsigned)group);
}

static void advise_on_node(survey *s, const char *path)
{
    char full[CLMLP_CLI_PATH], group[128], help[256];
    struct stat info;
    if (!clmlp_cli_machine_path(s->machine, path, full) || stat(full, &info) != 0 || s->machine->may_open(full)) return;
    name_group(info.st_gid, group, sizeof group);
    if (info.st_gid != 0 && (info.st_mode & 0060) == 0060) {
        (void)snprintf(help, sizeof help, "as root: usermod -aG %s USER, then log in again", group);
    } else {
        (void)snprintf(help, sizeof help, "give the groups render and video access to it (a rule of udev), and "
                       "add the user to them");
    }
    advise(s, CLMLP_CLI_PERMISSION, help, "%s: this user may not read and write it (group %s, mode %04o)", path, group,
           (unsigned)(info.st_mode & 07777));
}

/* What the driver opens. false: it is not there. */
static bool has_nodes(const survey *s, clmlp_cli_vendor vendor, clmlp_cli_names *nodes)
{
    size_t kept = 0;
    if (vendor == CLMLP_CLI_NVIDIA) return clmlp_cli_machine_has(s->machine, "/dev/nvidiactl");
    if (!clmlp_cli_machine_list(s->machine, "/dev/dri", nodes)) return false;
    for (size_t i = 0; i < nodes->count; i++) {
        if (strncmp(nodes->list[i], "renderD", 7) != 0) continue;
        if (kept != i) (void)memcpy(nodes->list[kept], nodes->list[i], sizeof nodes->list[kept]);
        kept++;
    }
    nodes->count = kept;
    return kept > 0;
}

static void advise_on_nodes(survey *s, clmlp_cli_vendor vendor)
{
    clmlp_cli_names nodes = {.count = 0};
    char path[CLMLP_CLI_PATH];
    if (!has_nodes(s, vendor, &nodes)) {
        advise(s, CLMLP_CLI_NO_NODE,
               vendor == CLMLP_CLI_NVIDIA ? "a container has to be given it: docker run --gpus all ...; else load the "
                                            "kernel's module: nvidia-modprobe -u -c=0"
                                          : "a container has to be given it: docker run --device /dev/dri ...",
               "%s is not there, through which programs reach the GPU",
               vendor == CLMLP_CLI_NVIDIA ? "/dev/nvidiactl" : "/dev/dri/renderD128");
        return;
    }
    if (vendor == CLMLP_CLI_NVIDIA) {
        advise_on_node(s, "/dev/nvidiactl");
        advise_on_node(s, "/dev/nvidia0");
        advise_on_node(s, "/dev/nvidia-uvm");
    }
    for (size_t i = 0; i < nodes.count; i++) {
        (void)snprintf(path, sizeof path, "/dev/dri/%s", nodes.list[i]);
        advise_on_node(s, path);
    }
    if (vendor == CLMLP_CLI_AMD) advise_on_node(s, "/dev/kfd");
}

static const char rusticl[] = "RusticlOpenCL";

/* The OpenCL driver that serves GPUs of a vendor, rather its own than Mesa's; NULL: there is none. */
static const clmlp_cli_driver *driver_of(const survey *s, clmlp_cli_vendor vendor)
{
    static const char *const own[CLMLP_CLI_VENDORS] = {
        [CLMLP_CLI_NVIDIA] = "nvidia", [CLMLP_CLI_AMD] = "amdocl", [CLMLP_CLI_INTEL] = "igdrcl"};
    const clmlp_cli_driver *const found = clmlp_cli_driver_named(&s->drivers, own[vendor]);
    return found != NULL || vendor == CLMLP_CLI_NVIDIA ? found : clmlp_cli_driver_named(&s->drivers, rusticl);
}

/* Mesa's driver shows devices of those of its own that RUSTICL_ENABLE names. */
static void advise_on_rusticl(survey *s, const char *gallium, const char *what)
{
    char help[128];
    const char *const enabled = getenv("RUSTICL_ENABLE");
    if (enabled != NULL && strstr(enabled, gallium) != NULL) return;
    (void)snprintf(help, sizeof help, "export RUSTICL_ENABLE=%s", gallium);
    advise(s, CLMLP_CLI_RUSTICL, help, "Mesa's rusticl is installed, and shows %s only where RUSTICL_ENABLE names it "
           "(it is %s%s%s)", what, enabled != NULL ? "'" : "not set", enabled != NULL ? enabled : "",
           enabled != NULL ? "'" : "");
}

/* A vendor of whose GPUs OpenCL lists none. */
static void advise_on_vendor(survey *s, clmlp_cli_vendor vendor)
{
    char name[CLMLP_CLI_NAME + 64];
    bool kernel = false;
    const clmlp_cli_driver *const driver = driver_of(s, vendor);
    for (size_t i = 0; i < s->gpus.count; i++) {
        const clmlp_cli_gpu *const gpu = &s->gpus.list[i];
        if (gpu->vendor != vendor) continue;
        name_gpu(gpu, name, sizeof name);
        kernel |= advise_on_kernel(s, gpu, name);
        if (driver != NULL) continue;
        advise(s, CLMLP_CLI_NO_DRIVER, clmlp_cli_packages_of(vendor, s->distribution), "%s has no OpenCL driver", name);
    }
    if (kernel) advise_on_nodes(s, vendor);
    if (driver == NULL || !clmlp_cli_has_part(driver->library, rusticl)) return;
    if (vendor == CLMLP_CLI_AMD) advise_on_rusticl(s, "radeonsi", "GPUs of AMD");
    if (vendor == CLMLP_CLI_INTEL) advise_on_rusticl(s, "iris", "GPUs of Intel");
}

static void advise_on_gpus(survey *s)
{
    static const char *const cuda[] = {"CUDA_VISIBLE_DEVICES"},
                      *const rocm[] = {"ROCR_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "GPU_DEVICE_ORDINAL"};
    for (size_t v = 0; v < CLMLP_CLI_VENDORS; v++) {
        const clmlp_cli_vendor vendor = (clmlp_cli_vendor)v;
        const size_t before = s->advice->count;
        if (s->listed[v] >= s->there[v]) continue;
        if (s->listed[v] == 0) advise_on_vendor(s, vendor);
        const char *const hides = vendor == CLMLP_CLI_NVIDIA ? first_set(cuda, 1)
                                : vendor == CLMLP_CLI_AMD    ? first_set(rocm, sizeof rocm / sizeof *rocm) : NULL;
        if (hides != NULL) {
            advise_on_variable(s, hides, vendor == CLMLP_CLI_NVIDIA ? "GPUs of NVIDIA" : "GPUs of AMD");
        }
        const clmlp_cli_driver *const own = driver_of(s, vendor);
        const bool is_told = own != NULL && own->trouble[0] != '\0';
        if (s->listed[v] > 0 || s->advice->count > before || is_told) continue;
        advise(s, CLMLP_CLI_NO_DEVICE, "clinfo (package clinfo) and dmesg may say why",
               "there is a GPU of %s and an OpenCL driver for it, which shows no device",
               clmlp_cli_vendor_name(vendor));
    }
}

/* Drivers that are installed and not used. */
static bool has_idle_drivers(const survey *s)
{
    for (size_t i = 0; i < s->drivers.count; i++) {
        if (s->drivers.list[i].is_hidden) return true;
    }
    return false;
}

/* Where OpenCL has no GPU, and none is in the machine. */
static bool has_pipe(const survey *s)
{
    bool found = false;
    for (size_t i = 0; i < s->drivers.count; i++) found |= s->drivers.list[i].is_pipe;
    return found;
}

/* The variable that leaves PoCL's devices out, where PoCL is installed; NULL: none does. */
static const char *hides_pocl(const survey *s)
{
    static const char *const pocl[] = {"POCL_DEVICES"};
    return clmlp_cli_driver_named(&s->drivers, "libpocl") != NULL ? first_set(pocl, 1) : NULL;
}

static void advise_without_gpu(survey *s)
{
    const char *const cpu =
        s->opencl > 0           ? "OpenCL computes on the CPU"
        : has_idle_drivers(s)   ? "OpenCL may compute on the CPU with the drivers that are hidden"
        : has_pipe(s)           ? "OpenCL may compute on the CPU where no pipe is called like a driver"
        : hides_pocl(s) != NULL ? "PoCL computes on the CPU where POCL_DEVICES does not hide it"
                                : clmlp_cli_packages_of_cpu(s->distribution);
    const clmlp_cli_gpu *screen = NULL;
    if (!s->gpus.has_bus || s->opencl_gpus > 0) return;
    for (size_t i = 0; i < s->gpus.count; i++) {
        if (s->gpus.list[i].vendor == CLMLP_CLI_VIRTUAL) screen = &s->gpus.list[i];
        else if ((unsigned)s->gpus.list[i].vendor < CLMLP_CLI_VENDORS) return;
    }
    if (screen != NULL) {
        advise(s, CLMLP_CLI_VIRTUAL_GPU, cpu, "the only GPU is %s display adapter %04x:%04x at %s, which shows a "
               "screen and does not compute", screen->what, screen->vendor_id, screen->device_id, screen->slot);
    } else if (s->gpus.count == 0) {
        advise(s, CLMLP_CLI_NO_GPU, cpu, "there is no GPU on the PCI bus");
    } else {
        advise(s, CLMLP_CLI_NO_DRIVER, clmlp_cli_packages_of(CLMLP_CLI_UNKNOWN, s->distribution),
               "the GPU %04x:%04x at %s has no OpenCL driver that is known here", s->gpus.list[0].vendor_id,
               s->gpus.list[0].device_id, s->gpus.list[0].slot);
    }
}

/* Where OpenCL has no device at all. */
static void advise_without_platform(survey *s)
{
    size_t loaded = 0;
    if (s->opencl > 0) return;
    for (size_t i = 0; i < s->drivers.count; i++) {
        loaded += !s->drivers.list[i].is_hidden && s->drivers.list[i].trouble[0] == '\0';
    }
    if (has_pipe(s)) return;
    if (loaded == 0 && has_idle_drivers(s)) return; /* they are told */
    if (loaded == 0) {
        advise(s, CLMLP_CLI_NO_PLATFORM, clmlp_cli_packages_of_cpu(s->distribution),
               "OpenCL has no driver that can be loaded (.icd files in " CLMLP_CLI_VENDORS_FOLDER " name them)");
        return;
    }
    if (hides_pocl(s) != NULL) {
        advise_on_variable(s, hides_pocl(s), "PoCL's devices");
    } else if (clmlp_cli_driver_named(&s->drivers, rusticl) != NULL && getenv("RUSTICL_ENABLE") == NULL) {
        advise_on_rusticl(s, "llvmpipe", "the CPU");
    } else {
        advise(s, CLMLP_CLI_NO_DEVICE, clmlp_cli_packages_of_cpu(s->distribution),
               "OpenCL drivers are installed, and none of them shows a device");
    }
}

void clmlp_cli_find_advice(clmlp_cli_advice_list *advice, const clmlp_cli_machine *machine,
                           const clmlp_device_info *devices, size_t count)
{
    survey s = {.advice = advice, .machine = machine, .devices = devices, .count = count};
    advice->count = 0;
    clmlp_cli_find_gpus(&s.gpus, machine);
    clmlp_cli_find_drivers(&s.drivers, machine);
    s.distribution = clmlp_cli_find_distribution(machine);
    count_devices(&s);
    advise_on_drivers(&s);
    advise_on_loader(&s);
    advise_on_gpus(&s);
    advise_without_platform(&s);
    advise_without_gpu(&s);
}
