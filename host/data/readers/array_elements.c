/* array_elements.c - single elements of IDX and NPY files: their bytes as numbers, and which cannot be kept. */
#include "data/readers/array_elements.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const clmlp_element_type types[] = {
#define ELEMENT_ROW(name, text, bytes, storage) {text, bytes, CLMLP_STORE_##storage},
    CLMLP_ELEMENT_LIST(ELEMENT_ROW)
#undef ELEMENT_ROW
};

const clmlp_element_type *clmlp_element_type_of(clmlp_element element)
{
    return &types[element];
}

static uint64_t load(const unsigned char *p, size_t bytes, bool big_endian)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++) value |= (uint64_t)p[i] << 8 * (big_endian ? bytes - 1 - i : i);
    return value;
}

static double load_f64(const unsigned char *p, bool big_endian)
{
    const uint64_t bits = load(p, 8, big_endian);
    double value = 0.0;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static float load_f32(const unsigned char *p, bool big_endian)
{
    const uint32_t bits = (uint32_t)load(p, 4, big_endian);
    float value = 0.0f;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void decode_f32(float *to, const unsigned char *from, size_t count, clmlp_element element, bool big_endian)
{
    switch (element) {
    case CLMLP_ELEMENT_I8:
        for (size_t i = 0; i < count; i++) to[i] = (float)(int8_t)from[i];
        break;
    case CLMLP_ELEMENT_I16:
        for (size_t i = 0; i < count; i++) to[i] = (float)(int16_t)load(from + 2 * i, 2, big_endian);
        break;
    case CLMLP_ELEMENT_U16:
        for (size_t i = 0; i < count; i++) to[i] = (float)(uint16_t)load(from + 2 * i, 2, big_endian);
        break;
    case CLMLP_ELEMENT_F32:
        for (size_t i = 0; i < count; i++) to[i] = load_f32(from + 4 * i, big_endian);
        break;
    case CLMLP_ELEMENT_BOOL: /* kept as something else */
    case CLMLP_ELEMENT_U8:
    case CLMLP_ELEMENT_I32:
    case CLMLP_ELEMENT_U32:
    case CLMLP_ELEMENT_I64:
    case CLMLP_ELEMENT_U64:
    case CLMLP_ELEMENT_F64:
    case CLMLP_ELEMENT_COUNT:
        for (size_t i = 0; i < count; i++) to[i] = NAN;
        break;
    }
}

static void decode_f64(double *to, const unsigned char *from, size_t count, clmlp_element element, bool big_endian)
{
    switch (element) {
    case CLMLP_ELEMENT_I32:
        for (size_t i = 0; i < count; i++) to[i] = (double)(int32_t)load(from + 4 * i, 4, big_endian);
        break;
    case CLMLP_ELEMENT_U32:
        for (size_t i = 0; i < count; i++) to[i] = (double)(uint32_t)load(from + 4 * i, 4, big_endian);
        break;
    case CLMLP_ELEMENT_I64:
        for (size_t i = 0; i < count; i++) to[i] = (double)(int64_t)load(from + 8 * i, 8, big_endian);
        break;
    case CLMLP_ELEMENT_U64:
        for (size_t i = 0; i < count; i++) to[i] = (double)load(from + 8 * i, 8, big_endian);
        break;
    case CLMLP_ELEMENT_F64:
        for (size_t i = 0; i < count; i++) to[i] = load_f64(from + 8 * i, big_endian);
        break;
    case CLMLP_ELEMENT_BOOL: /* kept as something else */
    case CLMLP_ELEMENT_U8:
    case CLMLP_ELEMENT_I8:
    case CLMLP_ELEMENT_I16:
    case CLMLP_ELEMENT_U16:
    case CLMLP_ELEMENT_F32:
    case CLMLP_ELEMENT_COUNT:
        for (size_t i = 0; i < count; i++) to[i] = (double)NAN;
        break;
    }
}

/* Labels of elements that any storage keeps as they are. */
#define SMALL_INTEGERS       \
    case CLMLP_ELEMENT_BOOL: \
    case CLMLP_ELEMENT_U8:   \
    case CLMLP_ELEMENT_I8:   \
    case CLMLP_ELEMENT_I16:  \
    case CLMLP_ELEMENT_U16:  \
    case CLMLP_ELEMENT_I32:  \
    case CLMLP_ELEMENT_U32:

bool clmlp_element_is_bad(const unsigned char *p, const clmlp_array_header *header, char text[32])
{
    const uint64_t limit = UINT64_C(1) << 53;
    double value = 0.0;
    switch (header->element) {
    case CLMLP_ELEMENT_I64: {
        const int64_t integer = (int64_t)load(p, 8, header->big_endian);
        (void)snprintf(text, 32, "%" PRId64, integer);
        return integer > (int64_t)limit || integer < -(int64_t)limit;
    }
    case CLMLP_ELEMENT_U64: {
        const uint64_t integer = load(p, 8, header->big_endian);
        (void)snprintf(text, 32, "%" PRIu64, integer);
        return integer > limit;
    }
    case CLMLP_ELEMENT_F32: value = (double)load_f32(p, header->big_endian); break;
    case CLMLP_ELEMENT_F64: value = load_f64(p, header->big_endian); break;
    SMALL_INTEGERS return false;
    case CLMLP_ELEMENT_COUNT: value = (double)NAN; break;
    }
    (void)snprintf(text, 32, "%s", isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
    return !isfinite(value);
}

bool clmlp_elements_are_good(const void *to, size_t count, const clmlp_array_header *header)
{
    switch (header->element) {
    case CLMLP_ELEMENT_I64:
    case CLMLP_ELEMENT_U64:
        for (size_t i = 0; i < count; i++) {
            if (!(fabs(((const double *)to)[i]) < 0x1p53)) return false;
        }
        return true;
    case CLMLP_ELEMENT_F64:
        for (size_t i = 0; i < count; i++) {
            if (!isfinite(((const double *)to)[i])) return false;
        }
        return true;
    case CLMLP_ELEMENT_F32:
        for (size_t i = 0; i < count; i++) {
            if (!isfinite(((const float *)to)[i])) return false;
        }
        return true;
    SMALL_INTEGERS return true;
    case CLMLP_ELEMENT_COUNT: break;
    }
    return false;
}

bool clmlp_element_is_nan(const unsigned char *p, const clmlp_array_header *header)
{
    if (header->element == CLMLP_ELEMENT_F32) return isnan(load_f32(p, header->big_endian));
    return header->element == CLMLP_ELEMENT_F64 && isnan(load_f64(p, header->big_endian));
}

void clmlp_elements_decode(void *to, const unsigned char *from, size_t count, const clmlp_array_header *header)
{
    switch (types[header->element].storage) {
    case CLMLP_STORE_U8: memcpy(to, from, count); break;
    case CLMLP_STORE_F32: decode_f32(to, from, count, header->element, header->big_endian); break;
    case CLMLP_STORE_F64: decode_f64(to, from, count, header->element, header->big_endian); break;
    }
}
