/* no_hooks.c - takes the place of libFuzzer's look at every comparison of texts (run.sh, FUZZ_FAST): that is up to a
 * sixth of the time, and many executions come after those that learned from it. */
#include <stddef.h>

void __sanitizer_weak_hook_memcmp(void *caller, const void *a, const void *b, size_t size, int result);
void __sanitizer_weak_hook_strcmp(void *caller, const char *a, const char *b, int result);
void __sanitizer_weak_hook_strncmp(void *caller, const char *a, const char *b, size_t size, int result);
void __sanitizer_weak_hook_strcasecmp(void *caller, const char *a, const char *b, int result);
void __sanitizer_weak_hook_strncasecmp(void *caller, const char *a, const char *b, size_t size, int result);
void __sanitizer_weak_hook_strstr(void *caller, const char *a, const char *b, char *result);

#pragma GCC diagnostic ignored "-Wunused-parameter"

void __sanitizer_weak_hook_memcmp(void *caller, const void *a, const void *b, size_t size, int result)
{
}

void __sanitizer_weak_hook_strcmp(void *caller, const char *a, const char *b, int result)
{
}

void __sanitizer_weak_hook_strncmp(void *caller, const char *a, const char *b, size_t size, int result)
{
}

void __sanitizer_weak_hook_strcasecmp(void *caller, const char *a, const char *b, int result)
{
}

void __sanitizer_weak_hook_strncasecmp(void *caller, const char *a, const char *b, size_t size, int result)
{
}

void __sanitizer_weak_hook_strstr(void *caller, const char *a, const char *b, char *result)
{
}
