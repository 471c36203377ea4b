/* safetensors_elements.c - safetensors elements as doubles: every element type fits exactly. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "model/formats/safetensors.h"

enum { BUFFER_BYTES = 1 << 15 };

static double from_f32(uint32_t bits)
{
    float value = 0.0F;
    memcpy(&value, &bits, sizeof value);
    return (double)value;
}

/* 1 sign, 5 exponent (bias 15) and 10 fraction bits. */
static double from_f16(uint32_t bits)
{
    const int exponent = (int)(bits >> 10 & 0x1f);
    const double fraction = (double)(bits & 0x3ff);
    double magnitude = 0.0;
    if (exponent == 0x1f) {
        magnitude = fraction == 0.0 ? (double)INFINITY : (double)NAN;
    } else if (exponent == 0) {
        magnitude = ldexp(fraction, -24);
    } else {
        magnitude = ldexp(1024.0 + fraction, exponent - 25);
    }
    return (bits & 0x8000) != 0 ? -magnitude : magnitude;
}

static double decode(const unsigned char *from, clmlp_element element)
{
    uint32_t low = (uint32_t)from[0] | (uint32_t)from[1] << 8;
    if (element == CLMLP_ELEMENT_F16) return from_f16(low);
    if (element == CLMLP_ELEMENT_BF16) return from_f32(low << 16);
    low |= (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
    if (element == CLMLP_ELEMENT_F32) return from_f32(low);
    const uint32_t high =
        (uint32_t)from[4] | (uint32_t)from[5] << 8 | (uint32_t)from[6] << 16 | (uint32_t)from[7] << 24;
    const uint64_t bits = (uint64_t)high << 32 | low;
    double value = 0.0;
    memcpy(&value, &bits, sizeof value);
    return value;
}

clmlp_status clmlp_safetensors_read(const clmlp_safetensors *file, const clmlp_stored_tensor *tensor,
                                    size_t columns, size_t stride, double *out, clmlp_error *error)
{
    unsigned char buffer[BUFFER_BYTES];
    if (tensor->count == 0) return CLMLP_OK;
    const size_t size = (size_t)(tensor->end - tensor->begin) / tensor->count;
    if (fseeko(file->stream, (off_t)(file->data_at + tensor->begin), SEEK_SET) != 0) {
        return clmlp_fail_errno(error, CLMLP_IO, errno, "%s: cannot be read", file->path);
    }
    size_t row = 0, column = 0;
    for (size_t done = 0; done < tensor->count;) {
        const size_t left = tensor->count - done, room = sizeof buffer / size;
        const size_t now = left < room ? left : room;
        if (fread(buffer, size, now, file->stream) != now) {
            return clmlp_fail_errno(error, CLMLP_IO, ferror(file->stream) ? errno : 0, "%s: %s: cannot be read",
                                    file->path, tensor->name);
        }
        for (size_t e = 0; e < now; e++) {
            out[row * stride + column] = decode(buffer + e * size, tensor->element);
            if (++column == columns) {
                column = 0;
                row++;
            }
        }
        done += now;
    }
    return CLMLP_OK;
}
