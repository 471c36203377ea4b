/* cache_note.c - which part of the cache is left alone, and why. */
#include "options/cache_note.h"

#include <stdbool.h>
#include <stdio.h>

#include <clmlp/device.h>

#include "message.h"

void clmlp_cli_note_cache(void)
{
    static bool noted;
    char note[512];
    clmlp_error error;
    if (noted || clmlp_device_cache_check(&error) == CLMLP_OK) return;
    noted = true;
    (void)snprintf(note, sizeof note, "%.440s; it is not used", error.message);
    clmlp_cli_advise(note);
}
