/* test_model_save.c - saving models: unwritable paths, old files, links. */
#include <dirent.h>
#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model_files.h"

Test(model_save, a_failed_save_leaves_the_old_file)
{
    char folder[512], path[600];
    size_t size = 0;
    clmlp_error error = {CLMLP_OK, ""};
    clmlp_model *model = small_model(CLMLP_F32);
    (void)mkdir(scratch(folder, "old"), 0777);
    (void)snprintf(path, sizeof path, "%s/model.safetensors", folder);
    write_file(path, "old contents", 12);
    model->theta[5] = (double)NAN;
    cr_assert_eq(clmlp_model_save(model, path, &error), CLMLP_BAD_ARGUMENT);
    cr_assert_not_null(strstr(error.message, ": not written: theta(1) row 1 column 1 is nan, not a finite f32"), "%s",
                       error.message);
    model->theta[5] = 1e300;
    cr_assert_eq(clmlp_model_save(model, path, &error), CLMLP_BAD_ARGUMENT);
    cr_assert_not_null(strstr(error.message, "row 1 column 1 is 1e+300, not a finite f32"), "%s", error.message);
    unsigned char *bytes = read_file(path, &size);
    cr_assert(size == 12 && memcmp(bytes, "old contents", 12) == 0);
    free(bytes);
    clmlp_model_destroy(model);
}

Test(model_save, an_unwritable_place_is_an_error_that_leaves_the_old_file)
{
    char path[512], message[600];
    size_t size = 0;
    clmlp_error error = {CLMLP_OK, ""};
    clmlp_model *model = small_model(CLMLP_F32);
    cr_assert_eq(clmlp_model_save(model, scratch(path, "no_such_folder/model.safetensors"), &error), CLMLP_IO);
    (void)snprintf(message, sizeof message, "%s: cannot be written: No such file or directory", path);
    cr_assert_str_eq(error.message, message);
    /* the superuser may write anywhere, so permissions are tested for others only */
    if (geteuid() != 0) {
        write_file(scratch(path, "read_only.safetensors"), "old contents", 12);
        cr_assert_eq(chmod(path, 0444), 0);
        cr_assert_eq(clmlp_model_save(model, path, &error), CLMLP_IO);
        unsigned char *bytes = read_file(path, &size);
        cr_assert(size == 12 && memcmp(bytes, "old contents", 12) == 0);
        free(bytes);
        (void)remove(path);
    }
    clmlp_model_destroy(model);
}

Test(model_save, a_full_disk_is_an_error)
{
    clmlp_error error = {CLMLP_OK, ""};
    if (access("/dev/full", W_OK) != 0) cr_skip_test("there is no /dev/full");
    clmlp_model *model = small_model(CLMLP_F32);
    cr_assert_eq(clmlp_model_save(model, "/dev/full", &error), CLMLP_IO);
    cr_assert_str_eq(error.message, "/dev/full: cannot be written: No space left on device");
    clmlp_model_destroy(model);
}

Test(model_save, saving_over_a_symbolic_link_keeps_the_link)
{
    char link[512], target[512];
    struct stat entry;
    clmlp_model *model = small_model(CLMLP_F32), *copy = NULL;
    write_file(scratch(target, "link_target.safetensors"), "old", 3);
    (void)remove(scratch(link, "link.safetensors"));
    cr_assert_eq(symlink(target, link), 0);
    CHECK_OK(clmlp_model_save(model, link, &check_error));
    cr_assert_eq(lstat(link, &entry), 0);
    cr_assert(S_ISLNK(entry.st_mode), "the link was replaced");
    CHECK_OK(clmlp_model_load(&copy, target, NULL, &check_error));
    cr_assert_eq(memcmp(copy->theta, model->theta, 14 * sizeof(double)), 0);
    clmlp_model_destroy(copy);
    clmlp_model_destroy(model);
}

/* Nobody saved into it: nothing is left, and the old file is as it was. */
Test(model_save, a_place_that_is_closed_leaves_nothing)
{
    char folder[512], path[600];
    size_t size = 0, files = 0;
    clmlp_error error = {CLMLP_OK, ""};
    clmlp_model_place *place = NULL;
    clmlp_model *model = small_model(CLMLP_F32);
    (void)mkdir(scratch(folder, "place"), 0777);
    (void)snprintf(path, sizeof path, "%s/model.safetensors", folder);
    write_file(path, "old contents", 12);
    cr_assert_eq(clmlp_model_place_open(&place, model, 1, path, &error), CLMLP_OK, "%s", error.message);
    clmlp_model_place_close(place);
    unsigned char *bytes = read_file(path, &size);
    cr_assert(size == 12 && memcmp(bytes, "old contents", 12) == 0);
    DIR *const entries = opendir(folder);
    for (const struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) files++;
    (void)closedir(entries);
    cr_assert_eq(files, 3, "%zu files with . and ..", files);
    free(bytes);
    clmlp_model_destroy(model);
}

Test(model_save, a_copy_has_the_scaling_of_the_targets)
{
    static const double offset[] = {5.0, 6.0, 7.0, 8.0}, divisor[] = {2.0, 3.0, 4.0, 5.0};
    clmlp_error error = {CLMLP_OK, ""};
    clmlp_model *copy = NULL, *model = NULL;
    cr_assert_eq(clmlp_model_create(&model, 2, (const size_t[]){3, 2}, CLMLP_TANH, CLMLP_OUTPUT_LINEAR, 1, &error),
                 CLMLP_OK, "%s", error.message);
    cr_assert_eq(clmlp_model_set_target_scaling(model, CLMLP_SCALE_STANDARD, offset, divisor, &error), CLMLP_OK, "%s",
                 error.message);
    cr_assert_eq(clmlp_model_copy(&copy, model, &error), CLMLP_OK, "%s", error.message);
    cr_assert_eq(copy->target_scaling.kind, CLMLP_SCALE_STANDARD);
    cr_assert(copy->target_scaling.offset[1] == 6.0 && copy->target_scaling.divisor[1] == 3.0);
    clmlp_model_destroy(copy);
    clmlp_model_destroy(model);
}
