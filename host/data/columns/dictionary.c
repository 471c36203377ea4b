/* dictionary.c - the distinct texts of a column, found by hash. */
#include "data/columns/dictionary.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { FIRST_SLOTS = 64 };

/* Compiles to one load where count is 4 or 8. */
static uint64_t load(const char *text, size_t count)
{
    uint64_t value = 0;
    for (size_t i = 0; i < count; i++) value |= (uint64_t)(unsigned char)text[i] << 8 * i;
    return value;
}

static uint64_t mix(uint64_t value)
{
    value *= UINT64_C(0x9e3779b97f4a7c15); /* 2^64 / golden ratio: high bits depend on all bits */
    return value ^ value >> 32;
}

/* Words of 8 bytes, the last of which overlaps the one before; short texts as two such halves. */
static size_t hash(const char *text, size_t length)
{
    const char *const end = text + length;
    uint64_t value = length;
    if (length >= 8) {
        for (; end - text > 8; text += 8) value = mix(value ^ load(text, 8));
        value ^= load(end - 8, 8);
    } else if (length >= 4) {
        value = mix(value ^ load(text, 4)) ^ load(end - 4, 4);
    } else {
        for (; text < end; text++) value = value << 8 ^ (unsigned char)*text;
    }
    return (size_t)mix(mix(value)); /* once: the last letters do not reach the low bits, which choose the slot */
}

/* The slot that has this text, or the free one where it belongs. */
static uint32_t *find_slot(const clmlp_dictionary *dictionary, const char *text, size_t length)
{
    const size_t mask = dictionary->slot_count - 1;
    for (size_t i = hash(text, length) & mask;; i = (i + 1) & mask) {
        uint32_t *const slot = &dictionary->slots[i];
        if (*slot == 0) return slot;
        if (clmlp_dictionary_length(dictionary, *slot) != length) continue;
        if (memcmp(clmlp_dictionary_text(dictionary, *slot), text, length) == 0) return slot;
    }
}

/* At most half of the slots are taken. */
static clmlp_status reserve_slot(clmlp_dictionary *dictionary, clmlp_error *error)
{
    if (2 * (dictionary->count + 1) <= dictionary->slot_count) return CLMLP_OK;
    const size_t slot_count = dictionary->slot_count > 0 ? 2 * dictionary->slot_count : FIRST_SLOTS;
    uint32_t *slots = NULL;
    TRY(clmlp_allocate(&slots, slot_count, sizeof *slots, "the texts of a column", error));
    free(dictionary->slots);
    dictionary->slots = slots;
    dictionary->slot_count = slot_count;
    for (size_t code = 1; code <= dictionary->count; code++) {
        const char *const text = clmlp_dictionary_text(dictionary, code);
        *find_slot(dictionary, text, clmlp_dictionary_length(dictionary, code)) = (uint32_t)code;
    }
    return CLMLP_OK;
}

static clmlp_status add(clmlp_dictionary *dictionary, const char *text, size_t length, clmlp_error *error)
{
    if (dictionary->count >= UINT32_MAX - 1) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "a column has more than 2^32 - 2 different texts");
    }
    TRY(clmlp_grow(&dictionary->offsets, &dictionary->offset_capacity, dictionary->count + 1,
                   sizeof *dictionary->offsets, "the texts of a column", error));
    TRY(clmlp_grow(&dictionary->texts, &dictionary->text_capacity, dictionary->text_length + length + 1, 1,
                   "the texts of a column", error));
    memcpy(dictionary->texts + dictionary->text_length, text, length);
    dictionary->texts[dictionary->text_length + length] = '\0';
    dictionary->offsets[dictionary->count++] = dictionary->text_length;
    dictionary->text_length += length + 1;
    return CLMLP_OK;
}

clmlp_status clmlp_dictionary_code(clmlp_dictionary *dictionary, const char *text, size_t length, uint32_t *code,
                                   clmlp_error *error)
{
    TRY(reserve_slot(dictionary, error));
    uint32_t *const slot = find_slot(dictionary, text, length);
    if (*slot == 0) {
        TRY(add(dictionary, text, length, error));
        *slot = (uint32_t)dictionary->count;
    }
    *code = *slot;
    return CLMLP_OK;
}

uint32_t clmlp_dictionary_find(const clmlp_dictionary *dictionary, const char *text, size_t length)
{
    return dictionary->count > 0 ? *find_slot(dictionary, text, length) : 0;
}

void clmlp_dictionary_release(clmlp_dictionary *dictionary)
{
    free(dictionary->texts);
    free(dictionary->offsets);
    free(dictionary->slots);
    memset(dictionary, 0, sizeof *dictionary);
}
