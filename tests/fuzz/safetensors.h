/* safetensors.h - files in the format of models, made from a good one by what the input says. */
#ifndef FUZZ_SAFETENSORS_H
#define FUZZ_SAFETENSORS_H

#include "fuzz.h"

/* Changes of texts, of tensors and of the data, one after the other, to `base` [size]; or, where the input's first byte
 * says so, the input as it is. Returns the path of the file. */
const char *fuzz_safetensors(fuzz_input *in, const char *name, const uint8_t *base, size_t size);

#endif
