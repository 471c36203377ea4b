/* machine.c - what the system tells of this machine: small files, links and folders. */
#include "devices/machine.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "message.h"

static bool may_open(const char *path)
{
    return access(path, R_OK | W_OK) == 0;
}

clmlp_cli_machine clmlp_cli_this_machine(void)
{
    return (clmlp_cli_machine){"", may_open};
}

bool clmlp_cli_machine_path(const clmlp_cli_machine *machine, const char *path, char full[CLMLP_CLI_PATH])
{
    const int length = snprintf(full, CLMLP_CLI_PATH, "%s%s", machine->root, path);
    return length >= 0 && length < CLMLP_CLI_PATH;
}

bool clmlp_cli_machine_has(const clmlp_cli_machine *machine, const char *path)
{
    char full[CLMLP_CLI_PATH];
    struct stat info;
    return clmlp_cli_machine_path(machine, path, full) && stat(full, &info) == 0;
}

bool clmlp_cli_machine_read(const clmlp_cli_machine *machine, const char *path, char *text, size_t size)
{
    char full[CLMLP_CLI_PATH];
    text[0] = '\0';
    if (!clmlp_cli_machine_path(machine, path, full)) return false;
    const int file = open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe that is called so is not waited for */
    if (file < 0) return false;
    const ssize_t got = read(file, text, size - 1);
    (void)close(file);
    size_t length = got > 0 ? (size_t)got : 0;
    while (length > 0 && isspace((unsigned char)text[length - 1])) length--;
    text[length] = '\0';
    return got >= 0;
}

bool clmlp_cli_machine_link(const clmlp_cli_machine *machine, const char *path, char *text, size_t size)
{
    char full[CLMLP_CLI_PATH], target[PATH_MAX];
    if (!clmlp_cli_machine_path(machine, path, full)) return false;
    const ssize_t length = readlink(full, target, sizeof target - 1);
    if (length < 0) return false;
    target[length] = '\0';
    const char *const slash = strrchr(target, '/');
    (void)snprintf(text, size, "%s", slash != NULL ? slash + 1 : target);
    return true;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(a, b);
}

bool clmlp_cli_machine_list(const clmlp_cli_machine *machine, const char *path, clmlp_cli_names *names)
{
    char full[CLMLP_CLI_PATH];
    const struct dirent *entry;
    names->count = 0;
    if (!clmlp_cli_machine_path(machine, path, full)) return false;
    DIR *const folder = opendir(full);
    if (folder == NULL && errno == ENOMEM) clmlp_cli_lose("the list of a folder");
    if (folder == NULL) return false;
    while (names->count < CLMLP_CLI_NAMES && (entry = readdir(folder)) != NULL) {
        if (entry->d_name[0] == '.' || strlen(entry->d_name) >= CLMLP_CLI_NAME) continue;
        (void)strcpy(names->list[names->count++], entry->d_name);
    }
    (void)closedir(folder);
    qsort(names->list, names->count, sizeof names->list[0], by_bytes);
    return true;
}

bool clmlp_cli_has_part(const char *text, const char *part)
{
    for (; *text != '\0'; text++) {
        size_t i = 0;
        while (part[i] != '\0' && tolower((unsigned char)text[i]) == tolower((unsigned char)part[i])) i++;
        if (part[i] == '\0') return true;
    }
    return false;
}
