/* input_file.c - a file, or the standard input, opened. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/open_error.h"
#include "data/readers/input.h"

bool clmlp_input_is_standard(const char *path)
{
    static const char *const names[] = {"-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(path, names[i]) == 0) return true;
    }
    return false;
}

const char *clmlp_input_name(const char *path)
{
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

clmlp_status clmlp_input_open_file(const char *path, FILE **file, clmlp_error *error)
{
    struct stat entry;
    errno = 0;
    if (clmlp_input_is_standard(path)) {
        const int descriptor = dup(STDIN_FILENO);
        *file = descriptor >= 0 ? fdopen(descriptor, "rb") : NULL;
        if (*file == NULL && descriptor >= 0) (void)close(descriptor);
    } else {
        if (stat(path, &entry) != 0) return clmlp_fail_open(error, errno, path);
        if (S_ISDIR(entry.st_mode)) return clmlp_fail(error, CLMLP_IO, "%s: is a folder, not a file", path);
        *file = fopen(path, "rb");
    }
    if (*file == NULL) return clmlp_fail_open(error, errno, clmlp_input_name(path));
    (void)setvbuf(*file, NULL, _IONBF, 0);
    return CLMLP_OK;
}
