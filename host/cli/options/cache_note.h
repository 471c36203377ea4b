/* cache_note.h - which part of the cache is left alone, and why. */
#ifndef CLMLP_CLI_CACHE_NOTE_H
#define CLMLP_CLI_CACHE_NOTE_H

/* Note, once in a run, which part of the cache may come from somebody else. */
void clmlp_cli_note_cache(void);

#endif
