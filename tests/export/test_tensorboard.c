/* test_tensorboard.c - event files: the checksum, and what is refused. check_tensorboard.py reads whole files. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clmlp/tensorboard.h"
#include "export/tensorboard/crc32c.h"

/* RFC 3720, appendix B.4; the last one is the usual check value. */
Test(tensorboard, checksums_are_those_of_the_standard)
{
    unsigned char bytes[32];
    memset(bytes, 0, sizeof bytes);
    cr_assert_eq(clmlp_crc32c(bytes, sizeof bytes), 0x8a9136aa);
    memset(bytes, 0xff, sizeof bytes);
    cr_assert_eq(clmlp_crc32c(bytes, sizeof bytes), 0x62a8ab43);
    for (unsigned char i = 0; i < sizeof bytes; i++) bytes[i] = i;
    cr_assert_eq(clmlp_crc32c(bytes, sizeof bytes), 0x46dd794e);
    cr_assert_eq(clmlp_crc32c("123456789", 9), 0xe3069283);
    cr_assert_eq(clmlp_crc32c("", 0), 0);
}

Test(tensorboard, two_runs_have_a_file_each)
{
    static const char folder[] = TEST_SCRATCH_DIR "/board-of-two";
    static const char *const tags[] = {"cost"};
    static const double values[] = {0.5};
    clmlp_tensorboard *first = NULL, *second = NULL;
    clmlp_error error = {.message = ""};
    cr_assert_eq(clmlp_tensorboard_open(&first, folder, &error), CLMLP_OK, "%s", error.message);
    cr_assert_eq(clmlp_tensorboard_open(&second, folder, &error), CLMLP_OK, "%s", error.message);
    cr_assert_eq(clmlp_tensorboard_add(first, 1, tags, values, 1, &error), CLMLP_OK, "%s", error.message);
    cr_assert_eq(clmlp_tensorboard_add(second, -1, tags, values, 1, &error), CLMLP_BAD_ARGUMENT);
    clmlp_tensorboard_close(first);
    clmlp_tensorboard_close(second);
}

Test(tensorboard, folders_above_are_made)
{
    char folder[512];
    clmlp_tensorboard *board = NULL;
    clmlp_error error = {.message = ""};
    (void)snprintf(folder, sizeof folder, TEST_SCRATCH_DIR "/board-%ld/runs/first", (long)getpid());
    cr_assert_eq(clmlp_tensorboard_open(&board, folder, &error), CLMLP_OK, "%s", error.message);
    clmlp_tensorboard_close(board);
}

Test(tensorboard, a_folder_that_cannot_be_made_is_an_error)
{
    clmlp_tensorboard *board = NULL;
    clmlp_error error = {.message = ""};
    cr_assert_eq(clmlp_tensorboard_open(&board, "/dev/null/board", &error), CLMLP_IO);
    cr_assert_not_null(strstr(error.message, "/dev/null/board"), "%s", error.message);
    cr_assert_null(board);
}
