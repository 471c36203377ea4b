/* fuzz.c - input taken apart, files, checks: what the fuzz targets share. */
#include "fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clmlp/text.h"

void fuzz_fail(const char *file, int line, const char *what, const char *more)
{
    (void)fprintf(stderr, "%s:%d: does not hold: %s\n%s\n", file, line, what, more);
    (void)fflush(stderr);
    abort();
}

void fuzz_check_error(clmlp_status status, const clmlp_error *error)
{
    CHECK_WITH(status == CLMLP_BAD_INPUT || status == CLMLP_BAD_ARGUMENT, error->message);
    CHECK(error->status == status);
    CHECK(error->message[0] != '\0');
    fuzz_check_printable(error->message);
}

void fuzz_check_printable(const char *text)
{
    for (const char *at = text; *at != '\0';) {
        const size_t length = clmlp_character_length(at);
        CHECK_WITH(*at == '\n' || !clmlp_character_steers(at, length), text);
        at += length > 0 ? length : 1;
    }
}

/* --- the input ------------------------------------------------------------------------------------------------- */

unsigned fuzz_byte(fuzz_input *in)
{
    return in->at < in->end ? *in->at++ : 0;
}

unsigned fuzz_short(fuzz_input *in)
{
    const unsigned high = fuzz_byte(in);
    return high << 8 | fuzz_byte(in);
}

const char *fuzz_text(fuzz_input *in)
{
    if (in->count == sizeof in->texts / sizeof *in->texts) return "";
    const uint8_t *const from = in->at;
    while (in->at < in->end && *in->at != '\n' && *in->at != '\0') in->at++;
    const size_t length = (size_t)(in->at - from);
    if (in->at < in->end) in->at++;
    char *const text = malloc(length + 1);
    CHECK(text != NULL);
    if (length > 0) memcpy(text, from, length);
    text[length] = '\0';
    in->texts[in->count++] = text;
    return text;
}

void fuzz_release(fuzz_input *in)
{
    for (size_t i = 0; i < in->count; i++) free(in->texts[i]);
    in->count = 0;
}

/* --- files ----------------------------------------------------------------------------------------------------- */

static char folder[512];

static bool is_among(const char *name, const char *const names[])
{
    for (; *names != NULL; names++) {
        if (strcmp(name, *names) == 0) return true;
    }
    return false;
}

static void remove_all_but(const char *path, const char *const kept[], int deeper)
{
    static const char *const none[] = {NULL};
    DIR *const list = opendir(path);
    for (struct dirent *entry = NULL; list != NULL && (entry = readdir(list)) != NULL;) {
        char inside[1024];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        if (is_among(entry->d_name, kept)) continue;
        const int length = snprintf(inside, sizeof inside, "%s/%s", path, entry->d_name);
        if (length < 0 || (size_t)length >= sizeof inside) continue;
        if (unlink(inside) == 0 || deeper == 0) continue;
        remove_all_but(inside, none, deeper - 1);
        (void)rmdir(inside);
    }
    if (list != NULL) (void)closedir(list);
}

void fuzz_keep_only(const char *const names[])
{
    remove_all_but(fuzz_path("."), names, 2);
}

static void remove_folder(void)
{
    static const char *const none[] = {NULL};
    remove_all_but(folder, none, 2);
    (void)rmdir(folder);
}

const char *fuzz_path(const char *name)
{
    static char paths[16][1024];
    static size_t next;
    if (folder[0] == '\0') {
        const char *root = getenv("FUZZ_FOLDER");
        if (root == NULL) root = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
        (void)snprintf(folder, sizeof folder, "%s/clmlp-fuzz-XXXXXX", root);
        CHECK(mkdtemp(folder) != NULL && chdir(folder) == 0);
        (void)atexit(remove_folder);
    }
    char *const path = paths[next++ % 16];
    const int length = snprintf(path, sizeof paths[0], "%s", name);
    CHECK(length > 0 && (size_t)length < sizeof paths[0]);
    return path;
}

/* Without a stream, and shortened at the end: a file that is there keeps its page. This is done for every input. */
void fuzz_put(const char *path, const void *bytes, size_t size)
{
    const int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    CHECK_WITH(file >= 0, path);
    CHECK(size == 0 || write(file, bytes, size) == (ssize_t)size);
    CHECK(ftruncate(file, (off_t)size) == 0);
    CHECK(close(file) == 0);
}

const char *fuzz_write(const char *name, const void *bytes, size_t size)
{
    const char *const path = fuzz_path(name);
    fuzz_put(path, bytes, size);
    return path;
}

uint8_t *fuzz_read(const char *path, size_t *size)
{
    struct stat info;
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    CHECK_WITH(file >= 0 && fstat(file, &info) == 0, path);
    *size = (size_t)info.st_size;
    uint8_t *const bytes = malloc(*size + 1);
    CHECK(bytes != NULL);
    CHECK(read(file, bytes, *size) == (ssize_t)*size);
    CHECK(close(file) == 0);
    return bytes;
}

void fuzz_same_files(const char *a, const char *b)
{
    size_t of_a = 0, of_b = 0;
    uint8_t *const bytes_a = fuzz_read(a, &of_a), *const bytes_b = fuzz_read(b, &of_b);
    CHECK(of_a == of_b);
    CHECK(memcmp(bytes_a, bytes_b, of_a) == 0);
    free(bytes_a);
    free(bytes_b);
}
