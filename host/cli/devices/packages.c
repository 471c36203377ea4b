/* packages.c - which package of this distribution brings what.
 *
 * Debian 12 and 13: looked up with apt-cache in both, 2026-11-29. Debian 12 has no rocm-opencl-icd, Debian 13 no
 * intel-opencl-icd; rocm-opencl-icd breaks pocl-opencl-icd and mesa-opencl-icd there. */
#include "devices/packages.h"

#include <stdlib.h>
#include <string.h>

/* VALUE of "NAME=VALUE" or NAME="VALUE" in /etc/os-release, into value [size]. */
static bool find_value(const char *text, const char *name, char *value, size_t size)
{
    const size_t length = strlen(name);
    for (const char *line = text; line != NULL; line = strchr(line, '\n'), line += line != NULL) {
        if (strncmp(line, name, length) != 0 || line[length] != '=') continue;
        const char *from = line + length + 1;
        from += *from == '"';
        const size_t count = strcspn(from, "\"\r\n");
        if (count >= size) return false;
        memcpy(value, from, count);
        value[count] = '\0';
        return true;
    }
    return false;
}

static bool is_word_of(const char *list, const char *word)
{
    const size_t length = strlen(word);
    for (const char *at = list; (at = strstr(at, word)) != NULL; at++) {
        if ((at == list || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0')) return true;
    }
    return false;
}

clmlp_cli_distribution clmlp_cli_find_distribution(const clmlp_cli_machine *machine)
{
    char text[4096], id[64] = "", like[256] = "", version[64] = "";
    if (!clmlp_cli_machine_read(machine, "/etc/os-release", text, sizeof text)) return CLMLP_CLI_OTHER_DISTRIBUTION;
    (void)find_value(text, "ID", id, sizeof id);
    (void)find_value(text, "ID_LIKE", like, sizeof like);
    (void)find_value(text, "VERSION_ID", version, sizeof version);
    if (strcmp(id, "ubuntu") == 0 || is_word_of(like, "ubuntu")) return CLMLP_CLI_UBUNTU;
    if (strcmp(id, "debian") == 0) return strcmp(version, "12") == 0 ? CLMLP_CLI_DEBIAN_12 : CLMLP_CLI_DEBIAN_13;
    return is_word_of(like, "debian") ? CLMLP_CLI_DEBIAN_13 : CLMLP_CLI_OTHER_DISTRIBUTION;
}

const char *clmlp_cli_packages_of(clmlp_cli_vendor vendor, clmlp_cli_distribution distribution)
{
    static const char *const list[CLMLP_CLI_VENDORS][CLMLP_CLI_OTHER_DISTRIBUTION + 1] = {
        [CLMLP_CLI_NVIDIA] = {"apt install nvidia-driver nvidia-opencl-icd (both are in the section non-free)",
                              "apt install nvidia-driver nvidia-opencl-icd (both are in the section non-free)",
                              "ubuntu-drivers install (OpenCL comes with NVIDIA's driver)",
                              "install NVIDIA's driver with its part for OpenCL (libnvidia-opencl.so.1)"},
        [CLMLP_CLI_AMD] = {"apt install mesa-opencl-icd, then export RUSTICL_ENABLE=radeonsi (an early one; Debian 13 "
                           "also has rocm-opencl-icd)",
                           "apt install rocm-opencl-icd (it takes the place of pocl-opencl-icd and mesa-opencl-icd); "
                           "or apt install mesa-opencl-icd, then export RUSTICL_ENABLE=radeonsi",
                           "apt install mesa-opencl-icd, then export RUSTICL_ENABLE=radeonsi",
                           "install ROCm's OpenCL; or Mesa's, then export RUSTICL_ENABLE=radeonsi"},
        [CLMLP_CLI_INTEL] = {"apt install intel-opencl-icd",
                             "apt install mesa-opencl-icd, then export RUSTICL_ENABLE=iris (Debian 13 has no "
                             "intel-opencl-icd)",
                             "apt install intel-opencl-icd", "install Intel's compute runtime for OpenCL; or Mesa's "
                             "OpenCL, then export RUSTICL_ENABLE=iris"}};
    return (unsigned)vendor < CLMLP_CLI_VENDORS ? list[vendor][distribution]
                                                : "ask its vendor for a driver with OpenCL 1.2";
}

const char *clmlp_cli_kernel_driver_of(clmlp_cli_vendor vendor, clmlp_cli_distribution distribution)
{
    const bool debian = distribution == CLMLP_CLI_DEBIAN_12 || distribution == CLMLP_CLI_DEBIAN_13;
    switch (vendor) {
    case CLMLP_CLI_NVIDIA:
        return debian ? "apt install nvidia-driver (section non-free), then restart"
                      : "install NVIDIA's driver, then restart";
    case CLMLP_CLI_AMD:
        return debian ? "apt install firmware-amd-graphics (section non-free-firmware), then restart; dmesg says why "
                        "amdgpu was not loaded"
                      : "dmesg says why amdgpu was not loaded";
    case CLMLP_CLI_INTEL:
        return debian ? "apt install firmware-misc-nonfree (section non-free-firmware), then restart; dmesg says why "
                        "i915 or xe was not loaded"
                      : "dmesg says why i915 or xe was not loaded";
    case CLMLP_CLI_VIRTUAL:
    case CLMLP_CLI_UNKNOWN: break;
    }
    return "dmesg says why none was loaded";
}

const char *clmlp_cli_packages_of_cpu(clmlp_cli_distribution distribution)
{
    return distribution == CLMLP_CLI_OTHER_DISTRIBUTION ? "PoCL makes this CPU an OpenCL device"
                                                        : "apt install pocl-opencl-icd makes this CPU an OpenCL device";
}

const char *clmlp_cli_package_with(const char *library)
{
    static const char *const list[][2] = {{"nvidia-opencl", "nvidia-opencl-icd"}, {"RusticlOpenCL", "mesa-opencl-icd"},
                                          {"MesaOpenCL", "mesa-opencl-icd"},      {"amdocl", "rocm-opencl-icd"},
                                          {"igdrcl", "intel-opencl-icd"},         {"libpocl", "pocl-opencl-icd"}};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        if (clmlp_cli_has_part(library, list[i][0])) return list[i][1];
    }
    return NULL;
}
