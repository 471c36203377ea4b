/* scratch.c - a folder of its own for the models of trials, made when a search begins and removed when it ends. */
#include "search/scratch.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "message.h"

static const char NAME[] = "/model.safetensors";

bool clmlp_cli_scratch_make(char *path, size_t size)
{
    const char *const said = getenv("TMPDIR"), *const base = said != NULL && said[0] != '\0' ? said : "/tmp";
    const int length = snprintf(path, size, "%s/clmlp-search-XXXXXX", base);
    if (length < 0 || (size_t)length + sizeof NAME > size) {
        clmlp_cli_error("TMPDIR: too long a name");
    } else if (mkdtemp(path) == NULL) {
        clmlp_cli_error("%s: no folder for the models of trials can be made there: %s", base, strerror(errno));
    } else {
        (void)strcat(path, NAME);
        return true;
    }
    path[0] = '\0';
    return false;
}

void clmlp_cli_scratch_remove(const char *path)
{
    char folder[PATH_MAX], file[PATH_MAX + NAME_MAX + 2];
    const size_t length = strlen(path);
    if (length < sizeof NAME || length - (sizeof NAME - 1) >= sizeof folder) return;
    (void)snprintf(folder, sizeof folder, "%.*s", (int)(length - (sizeof NAME - 1)), path);
    DIR *const entries = opendir(folder);
    for (const struct dirent *entry = NULL; entries != NULL && (entry = readdir(entries)) != NULL;) {
        (void)snprintf(file, sizeof file, "%s/%s", folder, entry->d_name);
        (void)unlink(file); /* "." and ".." stay */
    }
    if (entries != NULL) (void)closedir(entries);
    (void)rmdir(folder);
}
