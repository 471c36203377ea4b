/* tsan_arena.c - has Criterion put the memory that its processes share where the thread sanitizer has room for it. */
#include <stdlib.h>

/* In the place of the real one. BoxFort, in Criterion, draws an address: 0x200000000000 + 2^24 r, r 22 bits of this
 * number. The sanitizer uses most of that range by itself, and leaves 0x550000000000 to 0x568000000000 to programs,
 * which are there, too. Where something is already, BoxFort draws again. */
int rand_r(unsigned *seed)
{
    *seed = *seed * 1103515245U + 12345U;
    return (int)(0x350000U + (*seed >> 8) % 0x18000U);
}
