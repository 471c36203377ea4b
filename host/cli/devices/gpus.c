/* gpus.c - the graphics processors on the PCI bus, as /sys/bus/pci/devices tells them. */
#include "devices/gpus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char bus[] = "/sys/bus/pci/devices";

static const struct {
    const char *name;
    unsigned id;
} vendors[] = {
#define VENDOR_ROW(vendor, name, id) {name, id},
    CLMLP_CLI_VENDOR_LIST(VENDOR_ROW)
#undef VENDOR_ROW
};

/* Vendors whose display adapters do not compute. */
static const struct {
    unsigned id;
    const char *what;
} screens[] = {{0x1af4, "virtio"},           {0x1234, "QEMU's"},   {0x1b36, "QXL"},    {0x1013, "Cirrus"},
               {0x15ad, "VMware's"},         {0x80ee, "VirtualBox's"}, {0x1414, "Hyper-V's"}, {0x1a03, "ASPEED's"},
               {0x102b, "Matrox's"},         {0x5853, "Xen's"},    {0x1d0f, "Amazon's"}};

const char *clmlp_cli_vendor_name(clmlp_cli_vendor vendor)
{
    return (unsigned)vendor < CLMLP_CLI_VENDORS ? vendors[vendor].name : "unknown";
}

/* A number of sysfs, 0x10de; 0: there is none. */
static unsigned read_number(const clmlp_cli_machine *machine, const char *slot, const char *name)
{
    char path[CLMLP_CLI_PATH], text[32];
    (void)snprintf(path, sizeof path, "%s/%s/%s", bus, slot, name);
    if (!clmlp_cli_machine_read(machine, path, text, sizeof text)) return 0;
    return (unsigned)strtoul(text, NULL, 16);
}

static void recognise(clmlp_cli_gpu *gpu)
{
    gpu->vendor = CLMLP_CLI_UNKNOWN;
    for (size_t v = 0; v < CLMLP_CLI_VENDORS; v++) {
        if (vendors[v].id == gpu->vendor_id) gpu->vendor = (clmlp_cli_vendor)v;
    }
    for (size_t i = 0; i < sizeof screens / sizeof *screens; i++) {
        if (screens[i].id != gpu->vendor_id) continue;
        gpu->vendor = CLMLP_CLI_VIRTUAL;
        gpu->what = screens[i].what;
    }
}

void clmlp_cli_find_gpus(clmlp_cli_gpus *gpus, const clmlp_cli_machine *machine)
{
    enum { DISPLAY = 0x03, ACCELERATOR = 0x12 };
    clmlp_cli_names slots;
    char path[CLMLP_CLI_PATH];
    *gpus = (clmlp_cli_gpus){.has_bus = clmlp_cli_machine_list(machine, bus, &slots)};
    for (size_t i = 0; gpus->has_bus && i < slots.count && gpus->count < CLMLP_CLI_MOST_GPUS; i++) {
        const char *const slot = slots.list[i];
        const unsigned class = read_number(machine, slot, "class") >> 16;
        if (class != DISPLAY && class != ACCELERATOR) continue;
        clmlp_cli_gpu gpu = {.vendor_id = read_number(machine, slot, "vendor"),
                             .device_id = read_number(machine, slot, "device")};
        (void)strcpy(gpu.slot, slot);
        recognise(&gpu);
        if (class == ACCELERATOR && gpu.vendor != CLMLP_CLI_AMD) continue; /* of others these are no GPUs */
        (void)snprintf(path, sizeof path, "%s/%s/driver", bus, slot);
        if (!clmlp_cli_machine_link(machine, path, gpu.driver, sizeof gpu.driver)) gpu.driver[0] = '\0';
        gpus->list[gpus->count++] = gpu;
    }
}
