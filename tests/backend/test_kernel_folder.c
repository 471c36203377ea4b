/* test_kernel_folder.c - kernels from CLMLP_KERNEL_DIR: what is no file of kernels is refused, and never waited for. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "faults.h"
#include "networks.h"

/* A copy of kernels/ in which `make` has put something at $file, which is gone. Returns the message of opening. */
static const char *open_with(const char *name, const char *make, clmlp_status expected)
{
    static clmlp_error error;
    char command[4096], folder[1024];
    clmlp_device_options options = clmlp_device_options_default();
    clmlp_device *device = NULL;
    (void)snprintf(folder, sizeof folder, "%s/kernel-folder-%s", TEST_SCRATCH_DIR, name);
    (void)snprintf(command, sizeof command,
                   "rm -rf '%s' && cp -r '%s' '%s' && file='%s/plain/batch.cl' && mv $file $file.old && %s", folder,
                   TEST_KERNEL_DIR, folder, folder, make);
    cr_assert_eq(system(command), 0, "%s", command);
    cr_assert_eq(setenv("CLMLP_KERNEL_DIR", folder, 1), 0);
    options.spec = "opencl";
    options.engine = CLMLP_ENGINE_CLBLAST;
    error = (clmlp_error){.message = ""};
    cr_assert_eq(clmlp_device_open(&device, &options, &error), expected, "%s", error.message);
    clmlp_device_close(device);
    return error.message;
}

static void refuse(const char *name, const char *make, const char *complaint)
{
    char expected[2048];
    (void)snprintf(expected, sizeof expected, "%s/kernel-folder-%s/plain/batch.cl (CLMLP_KERNEL_DIR): %s",
                   TEST_SCRATCH_DIR, name, complaint);
    cr_assert_str_eq(open_with(name, make, CLMLP_IO), expected);
}

#define NO_FILE "is not a regular file (expected OpenCL C)"

Test(kernel_folder, takes_files_and_links_to_them)
{
    (void)open_with("file", "mv $file.old $file", CLMLP_OK);
    (void)open_with("link", "ln -s batch.cl.old $file", CLMLP_OK);
}

Test(kernel_folder, does_not_wait_for_a_pipe) { refuse("pipe", "mkfifo $file", NO_FILE); }
Test(kernel_folder, does_not_read_a_device_without_end) { refuse("zero", "ln -s /dev/zero $file", NO_FILE); }
Test(kernel_folder, takes_no_folder_for_a_file) { refuse("folder", "mkdir $file", NO_FILE); }

Test(kernel_folder, takes_a_file_up_to_a_size)
{
    (void)open_with("full", "head -c 1048576 /dev/zero | tr '\\0' '\\n' >$file && "
                            "size=$(stat -c %s $file.old) && "
                            "{ cat $file.old; head -c $((1048576 - size)) $file; } >$file.new && mv $file.new $file",
                    CLMLP_OK);
    refuse("large", "head -c 1048577 /dev/zero | tr '\\0' '\\n' >$file", "is larger than 1048576 bytes");
}

Test(kernel_folder, takes_no_byte_0)
{
    refuse("nul", "{ cat $file.old; printf '\\0'; } >$file", "holds a byte 0 (expected OpenCL C)");
}

Test(kernel_folder, says_that_a_file_is_missing)
{
    refuse("none", "true", "cannot be read: No such file or directory");
}

/* Kernels that are built when they are first needed: the complaint is the compiler's, not that of the next call. */
Test(kernel_folder, says_that_kernels_with_dropout_do_not_build)
{
    static const char same[] = "cpu_forward_dropout(";
    clmlp_error error = {.message = ""};
    cr_assert_eq(setenv("CLMLP_NATIVE_FAMILY", "cpu", 1), 0);
    cr_assert_eq(setenv("CLMLP_NATIVE_STEPS", "never", 1), 0);
    plant_fault_below("no-dropout", "native_cpu/layers.cl", "#ifdef DROPOUT\n#error planted\n#endif\n", same, same);
    clmlp_dataset *const data = random_data(8, 3, 2, CLMLP_OUTPUT_SIGMOID, 1);
    clmlp_model *const model = model_for(data, (size_t[]){4}, 1, CLMLP_TANH, CLMLP_OUTPUT_SIGMOID, 1);
    clmlp_device *const device = open_device("opencl+native", CLMLP_F32, 0);
    clmlp_train_config config = clmlp_train_config_default();
    const double p = 0.5;
    config.epochs = 1;
    config.batch = 8;
    config.dropout = &p;
    config.dropout_count = 1;
    cr_assert_neq(clmlp_train(model, device, data, NULL, &config, NULL, &error), CLMLP_OK);
    cr_assert_not_null(strstr(error.message, "do not build"), "%s", error.message);
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
}
