/* layer.h - what the libraries for LD_PRELOAD share: the function behind theirs, whose call it is, what was left. */
#ifndef TEST_FAILING_LAYER_H
#define TEST_FAILING_LAYER_H

#include <stdbool.h>
#include <stddef.h>

#define BEGIN_HIDDEN _Pragma("GCC visibility push(hidden)") /* each library has its own */
#define END_HIDDEN _Pragma("GCC visibility pop")

BEGIN_HIDDEN

/* Put the address of the function behind ours into `pointer`. */
void layer_find(void *pointer, const char *name);
#define BEHIND(name)                 \
    static __typeof__(name) *behind; \
    if (behind == NULL) layer_find((void *)&behind, #name)
#define CALLER __builtin_return_address(0)

/* Whether this process is clmlp, and no shell. Looks for the modules that count. */
bool layer_set_up(void);
/* clmlp, libclmlp, libcjson or libpopt, and where in it; NULL: another library. */
const char *layer_module(const void *address, unsigned long *offset);

/* The variables of the modules, one part of memory each; false: there are no more. */
bool layer_variables(size_t i, const void *const **begin, const void *const **end);

/* A line on standard error, without a call that may fail or count. */
void layer_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* --- what is left: objects that were made and not given back ----------------------------------------------------- */

/* `kind` is a literal: kinds are compared by address. `maker`: the address that called. */
void left_add(const void *object, const char *kind, const void *maker);
/* Whoever made it; NULL: there is no such object. */
const void *left_drop(const void *object, const char *kind);
/* A line for each object that one of the modules made, and for the rest one line. Memory is left out that a variable
 * of the modules still points to, or other such memory: it is in use until the end. `memory`: that kind; NULL: none. */
void left_tell(const char *library, const char *memory);

END_HIDDEN
#endif
