/* activation.cl - a = g(z), and the product with g'(z) of the delta recursion.
 *
 * z, delta: [M x s], rows z_stride or s elements apart. a: [M x s] inside [1 a], rows s + 1 apart, the
 * bias unit in column 0.
 * NDRange: one work-item an element, one dimension, rounded up to whole work-groups.
 *
 * -D DROPOUT: the kernels with dropout, instead of those without.
 */
#include "common/arguments.h"
#include "common/scalar.h"
#include "plain/arguments.h"

#ifndef DROPOUT

/* a[r][j] = g(z[r][j]). z may lie where a does (z_first = 1, z_stride = s + 1). */
__kernel void activate(PARAMETERS(ACTIVATE_ARGUMENTS))
{
    const size_t i = get_global_id(0);
    if (i >= M * s) return;
    const size_t r = i / s, j = i - r * s;
    a[r * (s + 1) + 1 + j] = activation(code, z[z_first + r * z_stride + j]);
}

/* delta[r][i] *= g'(z[r][i]). z 0: it is not kept, and a tells g'. */
__kernel void multiply_derivative(PARAMETERS(MULTIPLY_DERIVATIVE_ARGUMENTS))
{
    const size_t i = get_global_id(0);
    if (i >= M * s) return;
    const size_t r = i / s, j = i - r * s;
    delta[i] *= derivative(code, a[r * (s + 1) + 1 + j], z ? z[i] : NOT_A_NUMBER);
}

#else

#define WORD uint
#include "common/dropout.h"

/* Of unit j of row r: 0 where it is dropped, else 1 / (1 - p) times as much. */
INLINE REAL drop(const REAL value, const size_t r, const size_t j, const dropout_numbers *d)
{
    uint words[4];
    dropout_words(words, (uint)(j / 4), (uint)r, d);
    const uint word = j % 4 < 2 ? (j % 2 == 0 ? words[0] : words[1]) : (j % 2 == 0 ? words[2] : words[3]);
    return word >= d->threshold ? value * d->scale : ZERO;
}

__kernel void activate_dropout(PARAMETERS(ACTIVATE_DROPOUT_ARGUMENTS))
{
    const size_t i = get_global_id(0);
    if (i >= M * s) return;
    const size_t r = i / s, j = i - r * s;
    a[r * (s + 1) + 1 + j] = drop(activation(code, z[z_first + r * z_stride + j]), r, j, &dropout);
}

/* a is g(z) / (1 - p), or dropped. */
__kernel void multiply_derivative_dropout(PARAMETERS(MULTIPLY_DERIVATIVE_DROPOUT_ARGUMENTS))
{
    const size_t i = get_global_id(0);
    if (i >= M * s) return;
    const size_t r = i / s, j = i - r * s;
    const REAL value = a[r * (s + 1) + 1 + j] * dropout.rest;
    delta[i] = drop(delta[i] * derivative(code, value, z ? z[i] : NOT_A_NUMBER), r, j, &dropout);
}

#endif
