/* user_cache.c - checked entries in the per-user cache folder. */
#include "base/user_cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/trust.h"

enum {
    FILE_LIMIT = CLMLP_USER_CACHE_LIMIT, /* bytes of a file that is looked at */
    HASH_DIGITS = 16,
    NAME_LENGTH = 96,
    TEMPORARY_AGE = 24 * 60 * 60 /* seconds after which a file that was never renamed is an orphan */
};

static const char header_format[] = "clmlp-cache 1 %016llx %016llx %016llx\n";
enum { MARK_LENGTH = sizeof "clmlp-cache" - 1 };
enum { HEADER_LENGTH = sizeof "clmlp-cache 1 " - 1 + (size_t)3 * (HASH_DIGITS + 1) };

/* FNV-1a, 64 bits (Fowler, Noll, Vo; offset basis and prime of the IETF draft). */
static const uint64_t hash_basis = 14695981039346656037u;

static uint64_t hash_more(uint64_t hash, const void *bytes, size_t size)
{
    const unsigned char *byte = bytes;
    for (size_t i = 0; i < size; i++) hash = (hash ^ byte[i]) * 1099511628211u;
    return hash;
}

/* --- where -------------------------------------------------------------------------------------------- */

static char *join(const char *folder, const char *name)
{
    clmlp_text path = {0};
    if (clmlp_text_append(&path, NULL, "%s/%s", folder, name) != CLMLP_OK) {
        free(path.data);
        return NULL;
    }
    return path.data;
}

char *clmlp_user_cache_folder(void)
{
    const char *own = getenv("CLMLP_CACHE_DIR"), *caches = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    char *folder = NULL;
    if (own != NULL) {
        if (own[0] != '\0') (void)clmlp_duplicate(&folder, own, NULL);
        return folder;
    }
    /* the specification of XDG_CACHE_HOME says to ignore relative paths */
    if (caches != NULL && caches[0] == '/') return join(caches, "clmlp");
    return home != NULL && home[0] == '/' ? join(home, ".cache/clmlp") : NULL;
}

/* False: the kind is too long a word. */
static bool name_of(char name[NAME_LENGTH], const char *kind, const char *key)
{
    const unsigned long long hash = hash_more(hash_basis, key, strlen(key));
    const int length = snprintf(name, NAME_LENGTH, "%s-%016llx", kind, hash);
    return length > 0 && length < NAME_LENGTH;
}

static char *path_in(const char *folder, const char *kind, const char *key)
{
    char name[NAME_LENGTH];
    return name_of(name, kind, key) ? join(folder, name) : NULL;
}

char *clmlp_user_cache_path(const char *kind, const char *key)
{
    char *folder = clmlp_user_cache_folder();
    char *path = folder != NULL ? path_in(folder, kind, key) : NULL;
    free(folder);
    return path;
}

/* Make a folder and those it is in. Existing ones are fine; what fails shows when a file is opened. */
static void make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(path, S_IRWXU);
        *slash = '/';
    }
    (void)mkdir(path, S_IRWXU);
}

/* --- reading ------------------------------------------------------------------------------------------ */

/* All of a file in a folder, and a NUL behind it. NULL: there is none, or none to trust. */
static char *read_file(int folder, const char *name, size_t *size)
{
    struct stat entry;
    char *bytes = NULL;
    const int descriptor = openat(folder, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
    if (descriptor < 0) return NULL;
    const bool good = fstat(descriptor, &entry) == 0 && S_ISREG(entry.st_mode) && clmlp_distrust(&entry) == NULL &&
                      entry.st_size >= 0 && entry.st_size <= FILE_LIMIT;
    *size = good ? (size_t)entry.st_size : 0;
    bool whole = good && clmlp_allocate(&bytes, *size + 1, 1, "a cache entry", NULL) == CLMLP_OK;
    for (size_t done = 0; whole && done < *size;) {
        const ssize_t got = read(descriptor, bytes + done, *size - done);
        if (got > 0) done += (size_t)got;
        else whole = got < 0 && errno == EINTR;
    }
    /* the time of the last use decides what goes when there is too much */
    if (whole) (void)futimens(descriptor, NULL);
    (void)close(descriptor);
    if (whole) return bytes;
    free(bytes);
    return NULL;
}

static void format_header(char header[HEADER_LENGTH + 1], const char *key, size_t key_length, const void *payload,
                          size_t size)
{
    uint64_t checksum = hash_more(hash_basis, key, key_length);
    checksum = hash_more(checksum, payload, size);
    (void)snprintf(header, HEADER_LENGTH + 1, header_format, (unsigned long long)key_length, (unsigned long long)size,
                   (unsigned long long)checksum);
}

/* Where the payload begins in the bytes of a file; 0: this is not the entry of that key. The header is not
 * parsed: it has to be the one that key and payload would be written with. */
static size_t payload_offset(const char *bytes, size_t size, const char *key, size_t key_length)
{
    char header[HEADER_LENGTH + 1];
    size_t before = 0;
    if (!clmlp_add(key_length, HEADER_LENGTH + 1, &before) || size < before) return 0;
    if (memcmp(bytes + HEADER_LENGTH, key, key_length) != 0 || bytes[before - 1] != '\n') return 0;
    format_header(header, key, key_length, bytes + before, size - before);
    return memcmp(bytes, header, HEADER_LENGTH) == 0 ? before : 0;
}

bool clmlp_user_cache_read(const char *kind, const char *key, void **payload, size_t *size)
{
    size_t file_size = 0;
    int descriptor = -1;
    char name[NAME_LENGTH], *bytes = NULL, *const folder = clmlp_user_cache_folder();
    if (folder != NULL) (void)clmlp_open_trusted_folder(&descriptor, folder, NULL);
    if (descriptor >= 0 && name_of(name, kind, key)) bytes = read_file(descriptor, name, &file_size);
    if (descriptor >= 0) (void)close(descriptor);
    free(folder);
    const size_t offset = bytes != NULL ? payload_offset(bytes, file_size, key, strlen(key)) : 0;
    if (offset == 0) {
        free(bytes);
        return false;
    }
    *size = file_size - offset;
    memmove(bytes, bytes + offset, *size + 1);
    *payload = bytes;
    return true;
}

/* --- writing ------------------------------------------------------------------------------------------ */

static bool same_kind(const char *name, const char *kind)
{
    const size_t length = strlen(kind);
    return strncmp(name, kind, length) == 0 && name[length] == '-';
}

enum { OTHER, ENTRY, TEMPORARY };

/* What a file is by its name: KIND-, 16 digits of a hash; behind the temporaries of clmlp 0.1, a dot and 6 letters. */
static int by_name(const char *name, const char *kind)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    if (!same_kind(name, kind)) return OTHER;
    const char *const hash = name + strlen(kind) + 1;
    if (strspn(hash, "0123456789abcdef") != HASH_DIGITS) return OTHER;
    const char *const rest = hash + HASH_DIGITS;
    if (rest[0] == '\0') return ENTRY;
    return rest[0] == '.' && strlen(rest) == 7 && strspn(rest + 1, letters) == 6 ? TEMPORARY : OTHER;
}

/* Whether a file is of the cache: this user's alone, with one name, and it begins as an entry does. A temporary may be
 * empty. */
static bool is_of_cache(int folder, const char *name, bool temporary, struct stat *info)
{
    char begin[MARK_LENGTH];
    const int descriptor = openat(folder, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
    if (descriptor < 0) return false;
    bool is = fstat(descriptor, info) == 0 && S_ISREG(info->st_mode) && info->st_nlink == 1 &&
              clmlp_distrust(info) == NULL;
    if (is && !(temporary && info->st_size == 0)) {
        is = read(descriptor, begin, sizeof begin) == (ssize_t)sizeof begin &&
             memcmp(begin, header_format, sizeof begin) == 0;
    }
    (void)close(descriptor);
    return is;
}

/* One look through the folder: the bytes that a kind takes, and its file that was used longest ago (""
 * for none). Temporaries that a crash left are removed on the way; files that only look like ours stay. */
static unsigned long long survey(DIR *list, const char *kind, char oldest[NAME_MAX + 1])
{
    unsigned long long total = 0;
    struct timespec oldest_use = {0};
    oldest[0] = '\0';
    rewinddir(list);
    for (struct dirent *entry = NULL; (entry = readdir(list)) != NULL;) {
        struct stat info;
        const int is = by_name(entry->d_name, kind);
        if (is == OTHER || !is_of_cache(dirfd(list), entry->d_name, is == TEMPORARY, &info)) continue;
        const struct timespec use = info.st_mtim;
        if (is == TEMPORARY) {
            if (use.tv_sec < time(NULL) - TEMPORARY_AGE) (void)unlinkat(dirfd(list), entry->d_name, 0);
            continue;
        }
        total += (unsigned long long)info.st_size;
        const bool older = use.tv_sec < oldest_use.tv_sec ||
                           (use.tv_sec == oldest_use.tv_sec && use.tv_nsec < oldest_use.tv_nsec);
        if (oldest[0] != '\0' && !older) continue;
        (void)snprintf(oldest, NAME_MAX + 1, "%s", entry->d_name);
        oldest_use = use;
    }
    return total;
}

/* Closes the folder. */
static void remove_surplus(int folder, const char *kind)
{
    char oldest[NAME_MAX + 1];
    DIR *const list = fdopendir(folder);
    if (list == NULL) {
        (void)close(folder);
        return;
    }
    while (survey(list, kind, oldest) > CLMLP_USER_CACHE_LIMIT && oldest[0] != '\0') {
        if (unlinkat(folder, oldest, 0) != 0) break;
    }
    (void)closedir(list);
}

static bool write_entry(const char *path, const char *key, const void *payload, size_t size)
{
    char header[HEADER_LENGTH + 1];
    clmlp_output_file file;
    struct stat entry;
    /* never through a link, nor into what is not a file of ours: only an entry is replaced */
    if (lstat(path, &entry) == 0 && (!S_ISREG(entry.st_mode) || clmlp_distrust(&entry) != NULL)) return false;
    if (clmlp_output_open(&file, path, NULL) != CLMLP_OK) return false;
    file.disposable = true;
    (void)fchmod(fileno(file.stream), S_IRUSR | S_IWUSR);
    format_header(header, key, strlen(key), payload, size);
    (void)fprintf(file.stream, "%s%s\n", header, key);
    (void)fwrite(payload, 1, size, file.stream);
    return clmlp_output_commit(&file, NULL) == CLMLP_OK;
}

bool clmlp_user_cache_write(const char *kind, const char *key, const void *payload, size_t size)
{
    if (size > FILE_LIMIT / 2 || strlen(key) > FILE_LIMIT / 4) return false;
    char *folder = clmlp_user_cache_folder();
    char *path = folder != NULL ? path_in(folder, kind, key) : NULL;
    int descriptor = -1;
    if (path != NULL) {
        make_folders(folder);
        (void)clmlp_open_trusted_folder(&descriptor, folder, NULL);
    }
    const bool written = descriptor >= 0 && write_entry(path, key, payload, size);
    if (written) remove_surplus(descriptor, kind);
    else if (descriptor >= 0) (void)close(descriptor);
    free(path);
    free(folder);
    return written;
}

/* --- what is refused ---------------------------------------------------------------------------------- */

/* Closes the folder. */
static clmlp_status check_entries(int descriptor, const char *folder, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    DIR *const list = fdopendir(descriptor);
    if (list == NULL) (void)close(descriptor);
    for (struct dirent *entry = NULL; status == CLMLP_OK && list != NULL && (entry = readdir(list)) != NULL;) {
        struct stat info;
        const bool ours = same_kind(entry->d_name, "program") || same_kind(entry->d_name, "tuning");
        if (!ours || fstatat(descriptor, entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0) continue;
        const char *const why = clmlp_distrust(&info);
        if (why == NULL) continue;
        status = clmlp_fail(error, CLMLP_IO, "%s/%s: is not trusted: %s", folder, entry->d_name, why);
    }
    if (list != NULL) (void)closedir(list);
    return status;
}

clmlp_status clmlp_user_cache_check(clmlp_error *error)
{
    int descriptor = -1;
    char *const folder = clmlp_user_cache_folder();
    clmlp_status status = folder != NULL ? clmlp_open_trusted_folder(&descriptor, folder, error) : CLMLP_OK;
    if (status == CLMLP_OK && descriptor >= 0) status = check_entries(descriptor, folder, error);
    free(folder);
    return status;
}
