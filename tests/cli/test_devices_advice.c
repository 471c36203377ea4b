/* test_devices_advice.c - what clmlp devices says of machines that are pretended: GPUs on a PCI bus, drivers, files of
 * devices, distributions. */
#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "devices/advice.h"

static char root[400];
static clmlp_cli_advice_list advice;

static void in_root(char *path, size_t size, const char *name)
{
    cr_assert_lt(snprintf(path, size, "%s%s", root, name), (int)size);
}

/* The folders above a name. */
static void make_folders(const char *name)
{
    char path[600];
    in_root(path, sizeof path, name);
    for (char *slash = path + strlen(root) + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        (void)mkdir(path, 0755);
        *slash = '/';
    }
}

static void put(const char *name, const char *text)
{
    char path[600];
    make_folders(name);
    in_root(path, sizeof path, name);
    FILE *const file = fopen(path, "w");
    cr_assert_not_null(file, "%s", path);
    cr_assert_geq(fputs(text, file), 0);
    cr_assert_eq(fclose(file), 0);
}

static void put_gpu(const char *slot, const char *class, const char *vendor, const char *device, const char *driver)
{
    char name[200], path[600], target[200];
    const char *const names[] = {"class", "vendor", "device"}, *const texts[] = {class, vendor, device};
    for (size_t i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "/sys/bus/pci/devices/%s/%s", slot, names[i]);
        put(name, texts[i]);
    }
    snprintf(name, sizeof name, "/sys/bus/pci/devices/%s/driver", slot);
    in_root(path, sizeof path, name);
    snprintf(target, sizeof target, "../../../bus/pci/drivers/%s", driver);
    if (driver[0] != '\0') cr_assert_eq(symlink(target, path), 0);
}

static void put_library(const char *name, const char *library)
{
    char path[600];
    make_folders(name);
    in_root(path, sizeof path, name);
    cr_assert_eq(symlink(library, path), 0);
}

/* A library of the machine of the test stands for a driver that loads. */
static void put_driver(const char *name, const char *library)
{
    char file[200];
    snprintf(file, sizeof file, "/etc/OpenCL/vendors/%s", name);
    put(file, library);
}

static bool everybody(const char *path)
{
    (void)path;
    return true;
}

static bool nobody(const char *path)
{
    (void)path;
    return false;
}

static void begin(void)
{
    static const char *const variables[] = {"OCL_ICD_VENDORS", "OPENCL_VENDOR_PATH", "OCL_ICD_FILENAMES",
                                            "RUSTICL_ENABLE", "CUDA_VISIBLE_DEVICES", "POCL_DEVICES",
                                            "ROCR_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "GPU_DEVICE_ORDINAL"};
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) unsetenv(variables[i]);
    snprintf(root, sizeof root, "%s/machine-XXXXXX", TEST_SCRATCH_DIR);
    cr_assert_not_null(mkdtemp(root), "%s", root);
    put("/etc/os-release", "PRETTY_NAME=\"Debian\"\nVERSION_ID=\"12\"\nID=debian\n");
    put("/sys/bus/pci/devices/0000:00:00.0/class", "0x060000\n"); /* a bridge */
}

static void end(void)
{
    char line[600];
    snprintf(line, sizeof line, "rm -r '%s'", root);
    cr_expect_eq(system(line), 0);
}

TestSuite(devices_advice, .init = begin, .fini = end);

static clmlp_device_info device(const char *type, const char *platform, const char *name)
{
    clmlp_device_info info = {.spec = "opencl:0.0"};
    snprintf(info.type, sizeof info.type, "%s", type);
    snprintf(info.platform, sizeof info.platform, "%s", platform);
    snprintf(info.name, sizeof info.name, "%s", name);
    return info;
}

/* Each in its order: kind, a part of the text, a part of the help. */
static void expect(const clmlp_device_info *opencl, bool (*may_open)(const char *), size_t count, ...)
{
    clmlp_device_info list[2];
    size_t devices = 0;
    if (opencl != NULL) list[devices++] = *opencl;
    list[devices++] = device("host", "CPU path", "AMD EPYC");
    const clmlp_cli_machine machine = {root, may_open};
    clmlp_cli_find_advice(&advice, &machine, list, devices);
    for (size_t i = 0; i < advice.count && advice.count != count; i++) {
        (void)fprintf(stderr, "%s > %s\n", advice.list[i].text, advice.list[i].help);
    }
    cr_assert_eq(advice.count, count, "%zu findings, expected %zu", advice.count, count);
    va_list parts;
    va_start(parts, count);
    for (size_t i = 0; i < count; i++) {
        const char *const kind = va_arg(parts, const char *), *const text = va_arg(parts, const char *),
                   *const help = va_arg(parts, const char *);
        const clmlp_cli_advice *const found = &advice.list[i];
        cr_expect_str_eq(clmlp_cli_hindrance_name(found->kind), kind);
        cr_expect_not_null(strstr(found->text, text), "%s\nexpected %s", found->text, text);
        cr_expect_not_null(strstr(found->help, help), "%s\nexpected %s", found->help, help);
    }
    va_end(parts);
}

Test(devices_advice, a_gpu_without_a_driver_is_told_with_the_package_that_has_one)
{
    const clmlp_device_info pocl = device("CPU", "Portable Computing Language", "pthread-AMD EPYC");
    put_gpu("0000:01:00.0", "0x030200\n", "0x10de\n", "0x2335\n", "nvidia");
    put("/dev/nvidiactl", "");
    put_driver("pocl.icd", "libc.so.6\n");
    expect(&pocl, everybody, 1, "no_driver", "NVIDIA GPU 10de:2335 at 0000:01:00.0 has no OpenCL driver",
           "apt install nvidia-driver nvidia-opencl-icd (both are in the section non-free)");
    put("/etc/os-release", "NAME=Ubuntu\nID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"24.04\"\n");
    expect(&pocl, everybody, 1, "no_driver", "NVIDIA", "ubuntu-drivers install");
    put("/etc/os-release", "ID=fedora\n");
    expect(&pocl, everybody, 1, "no_driver", "NVIDIA", "libnvidia-opencl.so.1");
}

Test(devices_advice, packages_are_those_of_the_release)
{
    put_gpu("0000:03:00.0", "0x038000\n", "0x1002\n", "0x73bf\n", "amdgpu");
    put_gpu("0000:04:00.0", "0x030000\n", "0x8086\n", "0x56a0\n", "xe");
    put("/dev/dri/renderD128", "");
    expect(NULL, everybody, 3, "no_driver", "AMD GPU 1002:73bf", "mesa-opencl-icd, then export RUSTICL_ENABLE=radeonsi",
           "no_driver", "Intel GPU 8086:56a0", "apt install intel-opencl-icd", "no_platform",
           "no driver that can be loaded", "apt install pocl-opencl-icd");
    put("/etc/os-release", "ID=debian\nVERSION_ID=\"13\"\n");
    expect(NULL, everybody, 3, "no_driver", "AMD GPU 1002:73bf", "rocm-opencl-icd (it takes the place of pocl",
           "no_driver", "Intel GPU 8086:56a0", "RUSTICL_ENABLE=iris (Debian 13 has no intel-opencl-icd)", "no_platform",
           "", "pocl-opencl-icd");
    put("/etc/os-release", "ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n");
    expect(NULL, everybody, 3, "no_driver", "AMD", "mesa-opencl-icd", "no_driver", "Intel", "intel-opencl-icd",
           "no_platform", "", "pocl-opencl-icd");
}

Test(devices_advice, a_gpu_that_opencl_lists_is_no_finding)
{
    const clmlp_device_info nvidia = device("GPU", "NVIDIA CUDA", "NVIDIA H200"),
                            mesa = device("GPU", "rusticl", "AMD Radeon RX 6800 (radeonsi, navi21)");
    put_gpu("0000:01:00.0", "0x030200\n", "0x10de\n", "0x2335\n", "nvidia");
    put_driver("nvidia.icd", "libc.so.6\n");
    expect(&nvidia, nobody, 0);
    put_gpu("0000:03:00.0", "0x030000\n", "0x1002\n", "0x73bf\n", "amdgpu");
    put("/dev/nvidiactl", "");
    put("/dev/dri/renderD128", "");
    expect(&nvidia, everybody, 1, "no_driver", "AMD GPU", "mesa-opencl-icd");
    expect(&mesa, everybody, 1, "no_driver", "NVIDIA GPU", "nvidia-opencl-icd");
    /* a processor of AMD or Intel is no GPU, nor is what is none of a display */
    end();
    begin();
    const clmlp_device_info intel = device("CPU", "Intel(R) OpenCL", "Intel(R) Xeon(R)");
    put_gpu("0000:00:02.0", "0x0c0330\n", "0x8086\n", "0x1234\n", "xhci_hcd");
    put_gpu("0000:00:03.0", "0x120000\n", "0x8086\n", "0x4940\n", "");
    expect(&intel, everybody, 1, "no_gpu", "there is no GPU on the PCI bus", "OpenCL computes on the CPU");
    put_gpu("0000:00:04.0", "0x120000\n", "0x1002\n", "0x74a1\n", "amdgpu");
    put("/dev/dri/renderD128", "");
    expect(&intel, everybody, 1, "no_driver", "AMD GPU 1002:74a1", "");
}

Test(devices_advice, the_driver_of_the_kernel_has_to_be_the_right_one)
{
    const clmlp_device_info pocl = device("CPU", "Portable Computing Language", "pthread-AMD EPYC");
    put_driver("nvidia.icd", "libnvidia-opencl.so.1\n");
    put_gpu("0000:01:00.0", "0x030000\n", "0x10de\n", "0x1b80\n", "nouveau");
    put_gpu("0000:02:00.0", "0x030000\n", "0x10de\n", "0x1b81\n", "vfio-pci");
    put_gpu("0000:03:00.0", "0x030000\n", "0x1002\n", "0x73bf\n", "");
    expect(&pocl, everybody, 5, "bad_driver", "/etc/OpenCL/vendors/nvidia.icd names a driver that cannot be loaded: "
           "libnvidia-opencl.so.1: cannot open", "apt install --reinstall nvidia-opencl-icd",
           "kernel_driver", "0000:01:00.0 runs with the driver nouveau", "apt install nvidia-driver",
           "kernel_driver", "0000:02:00.0 is handed to a virtual machine (vfio-pci)", "compute in that machine",
           "kernel_driver", "0000:03:00.0 has no driver of the kernel", "firmware-amd-graphics",
           "no_driver", "0000:03:00.0", "mesa-opencl-icd");
}

Test(devices_advice, files_of_devices_have_to_be_there_and_may_be_opened)
{
    char path[600];
    const clmlp_device_info pocl = device("CPU", "Portable Computing Language", "pthread-AMD EPYC");
    put_driver("amdocl64.icd", "/usr/lib/libamdocl64.so\n");
    put_gpu("0000:03:00.0", "0x030000\n", "0x1002\n", "0x73bf\n", "amdgpu");
    expect(&pocl, everybody, 2, "bad_driver", "/usr/lib/libamdocl64.so: cannot open", "rocm-opencl-icd", "no_node",
           "/dev/dri/renderD128 is not there", "docker run --device /dev/dri");
    put("/dev/dri/card0", "");
    put("/dev/dri/renderD128", "");
    put("/dev/dri/renderD129", "");
    put("/dev/kfd", "");
    in_root(path, sizeof path, "/dev/kfd");
    cr_assert_eq(chmod(path, 0600), 0);
    in_root(path, sizeof path, "/dev/dri/renderD128");
    cr_assert_eq(chmod(path, 0660), 0);
    const bool chowns = chown(path, (uid_t)-1, 44) == 0; /* video, in Debian */
    in_root(path, sizeof path, "/dev/dri/renderD129");
    cr_assert_eq(chmod(path, 0644), 0);
    expect(&pocl, nobody, 4, "bad_driver", "", "", "permission",
           "/dev/dri/renderD128: this user may not read and write", chowns ? "usermod -aG " : "",
           "permission", "/dev/dri/renderD129", "groups render and video", "permission",
           "/dev/kfd: this user may not read and write it", "groups render and video");
    if (chowns) cr_expect_not_null(strstr(advice.list[1].text, "mode 0660"), "%s", advice.list[1].text);
    expect(&pocl, everybody, 1, "bad_driver", "", "");
}

Test(devices_advice, nvidias_files_are_asked_for_in_containers)
{
    put_gpu("0000:01:00.0", "0x030200\n", "0x10de\n", "0x2335\n", "nvidia");
    put_driver("nvidia.icd", "libc.so.6\n");
    expect(NULL, everybody, 3, "no_driver", "NVIDIA", "nvidia-opencl-icd", "no_node", "/dev/nvidiactl is not there",
           "docker run --gpus all", "no_device", "none of them shows a device", "");
}

Test(devices_advice, rusticl_shows_what_it_is_told_to)
{
    const clmlp_device_info pocl = device("CPU", "Portable Computing Language", "pthread-AMD EPYC");
    put_library("/lib/libRusticlOpenCL.so.1", GOOD_LIBRARY);
    put_driver("rusticl.icd", "/lib/libRusticlOpenCL.so.1\n");
    put_gpu("0000:03:00.0", "0x030000\n", "0x1002\n", "0x73bf\n", "amdgpu");
    put("/dev/dri/renderD128", "");
    expect(&pocl, everybody, 1, "rusticl", "GPUs of AMD only where RUSTICL_ENABLE names it (it is not set)",
           "export RUSTICL_ENABLE=radeonsi");
    cr_assert_eq(setenv("RUSTICL_ENABLE", "iris,llvmpipe", 1), 0);
    expect(&pocl, everybody, 1, "rusticl", "(it is 'iris,llvmpipe')", "radeonsi");
    cr_assert_eq(setenv("RUSTICL_ENABLE", "radeonsi:0", 1), 0);
    expect(&pocl, everybody, 1, "no_device", "a GPU of AMD and an OpenCL driver", "clinfo");
    end();
    begin();
    put_library("/lib/libRusticlOpenCL.so.1", GOOD_LIBRARY);
    put_driver("rusticl.icd", "/lib/libRusticlOpenCL.so.1\n");
    unsetenv("RUSTICL_ENABLE");
    expect(NULL, everybody, 2, "rusticl", "the CPU only where RUSTICL_ENABLE names it", "llvmpipe", "no_gpu", "", "");
}

Test(devices_advice, a_library_that_lacks_another_is_told_apart)
{
    put_library("/lib/needy.so", NEEDY_LIBRARY);
    put_driver("needy.icd", "/lib/needy.so\n");
    put_driver("none.icd", "\n");
    put_driver("gone.icd", "libclmlp-gone.so.1\r\n");
    expect(NULL, everybody, 5, "bad_driver",
           "gone.icd names a driver that cannot be loaded: libclmlp-gone.so.1: cannot", "install that driver again",
           "bad_driver", "needy.icd names a driver that cannot be loaded: "
           "libclmlp-lost.so.9: cannot open", "the library that is missing", "bad_driver", "none.icd", "",
           "no_platform", "", "", "no_gpu", "", "");
}

Test(devices_advice, variables_that_hide_drivers_are_told)
{
    char folder[600];
    put_driver("pocl.icd", "libc.so.6\n");
    put_driver("intel.icd", "libc.so.6\n");
    cr_assert_eq(setenv("OCL_ICD_VENDORS", "/no such folder/", 1), 0);
    expect(NULL, everybody, 3, "hidden", "OCL_ICD_VENDORS names '/no such folder/', which is not there",
           "unset OCL_ICD_VENDORS", "hidden", "hides what is in /etc/OpenCL/vendors: intel.icd, pocl.icd", "unset",
           "no_gpu", "", "the drivers that are hidden");
    put("/elsewhere/pocl.icd", "libc.so.6\n");
    in_root(folder, sizeof folder, "/elsewhere");
    cr_assert_eq(setenv("OCL_ICD_VENDORS", folder, 1), 0);
    const clmlp_device_info pocl = device("CPU", "Portable Computing Language", "pthread-AMD EPYC");
    expect(&pocl, everybody, 2, "hidden", "hides what is in /etc/OpenCL/vendors: intel.icd", "unset OCL_ICD_VENDORS",
           "no_gpu", "", "OpenCL computes on the CPU");
    cr_assert_eq(setenv("OCL_ICD_VENDORS", "pocl.icd", 1), 0); /* of the usual folder */
    expect(&pocl, everybody, 2, "hidden", ": intel.icd", "", "no_gpu", "", "");
    unsetenv("OCL_ICD_VENDORS");
    expect(&pocl, everybody, 1, "no_gpu", "", "");
    cr_assert_eq(setenv("OCL_ICD_FILENAMES", "libclmlp-gone.so.1:libc.so.6", 1), 0);
    expect(&pocl, everybody, 2, "bad_driver", "OCL_ICD_FILENAMES names a driver that cannot be loaded: libclmlp-gone",
           "", "no_gpu", "", "");
}

Test(devices_advice, variables_that_hide_devices_are_told_where_one_is_missing)
{
    const clmlp_device_info nvidia = device("GPU", "NVIDIA CUDA", "NVIDIA H200");
    put_driver("nvidia.icd", "libc.so.6\n");
    put_gpu("0000:01:00.0", "0x030200\n", "0x10de\n", "0x2335\n", "nvidia");
    cr_assert_eq(setenv("CUDA_VISIBLE_DEVICES", "0", 1), 0);
    expect(&nvidia, everybody, 0);
    put_gpu("0000:02:00.0", "0x030200\n", "0x10de\n", "0x2335\n", "nvidia");
    expect(&nvidia, everybody, 1, "hidden", "CUDA_VISIBLE_DEVICES='0' may hide GPUs of NVIDIA",
           "unset CUDA_VISIBLE_DEVICES");
    end();
    begin();
    put_library("/lib/libpocl.so.2", GOOD_LIBRARY);
    put_driver("pocl.icd", "/lib/libpocl.so.2\n");
    expect(NULL, everybody, 2, "no_device", "none of them shows a device", "", "no_gpu", "", "");
    cr_assert_eq(setenv("POCL_DEVICES", "", 1), 0);
    expect(NULL, everybody, 2, "hidden", "POCL_DEVICES='' may hide PoCL's devices", "unset POCL_DEVICES", "no_gpu", "",
           "PoCL computes on the CPU where POCL_DEVICES does not hide it");
}

Test(devices_advice, a_pipe_called_like_a_driver_is_told_and_not_opened)
{
    const clmlp_device_info pocl = device("CPU", "Portable Computing Language", "pthread-AMD EPYC");
    char path[600];
    put_driver("pocl.icd", "libc.so.6\n");
    in_root(path, sizeof path, "/etc/OpenCL/vendors/pipe.icd");
    cr_assert_eq(mkfifo(path, 0600), 0);
    expect(&pocl, everybody, 2, "bad_driver", "pipe.icd names a driver that cannot be loaded: it is not a regular file",
           "take it away", "no_gpu", "", "");
    expect(NULL, everybody, 2, "bad_driver", "pipe.icd", "take it away", "no_gpu", "",
           "OpenCL may compute on the CPU where no pipe is called like a driver");
}

Test(devices_advice, a_virtual_gpu_is_no_gpu)
{
    const clmlp_device_info pocl = device("CPU", "Portable Computing Language", "pthread-AMD EPYC");
    put_gpu("0000:00:01.0", "0x030000\n", "0x1af4\n", "0x1050\n", "virtio-pci");
    expect(&pocl, everybody, 1, "virtual_gpu", "virtio display adapter 1af4:1050 at 0000:00:01.0, which shows a screen",
           "OpenCL computes on the CPU");
    expect(NULL, everybody, 2, "no_platform", "", "pocl-opencl-icd", "virtual_gpu", "", "pocl-opencl-icd");
    put_gpu("0000:00:02.0", "0x030000\n", "0x1ed5\n", "0x0100\n", "strange");
    end();
    begin();
    put_gpu("0000:00:02.0", "0x030000\n", "0x1ed5\n", "0x0100\n", "strange");
    expect(&pocl, everybody, 1, "no_driver",
           "the GPU 1ed5:0100 at 0000:00:02.0 has no OpenCL driver that is known here", "OpenCL 1.2");
}

Test(devices_advice, a_machine_without_a_pci_bus_has_no_finding_on_gpus)
{
    const clmlp_device_info pocl = device("CPU", "Portable Computing Language", "pthread-Cortex");
    char line[1000];
    snprintf(line, sizeof line, "rm -r '%s/sys' '%s/etc'", root, root);
    cr_assert_eq(system(line), 0);
    expect(&pocl, everybody, 0);
    expect(NULL, everybody, 1, "no_platform", "", "PoCL makes this CPU");
    put("/etc/keep", "");
    put("/sys/keep", "");
}
