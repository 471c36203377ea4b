/* digest.h - the digest of a checkpoint would keep nearly all changed files from what is behind it. So where the input
 * says so the digest that is found is taken to be right: the linker puts digest.c in front of the library's. */
#ifndef DIGEST_H
#define DIGEST_H

#include <stdbool.h>

extern bool fuzz_pretend_digest;

#endif
