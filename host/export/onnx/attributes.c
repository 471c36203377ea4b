/* attributes.c - attributes of the nodes of an ONNX file from outside. */
#include <stdio.h>
#include <string.h>

#include "export/onnx/parsed.h"

static void read_attribute(clmlp_slice message, clmlp_parsed_attribute *attribute)
{
    clmlp_proto_field field;
    *attribute = (clmlp_parsed_attribute){.message = message};
    while (clmlp_proto_next(&message, &field)) {
        const bool bytes = field.wire == CLMLP_WIRE_BYTES;
        if (field.number == CLMLP_ATTRIBUTE_NAME && bytes) attribute->name = field.bytes;
        if (field.number == CLMLP_ATTRIBUTE_F && field.wire == CLMLP_WIRE_32) {
            const uint32_t bits = (uint32_t)field.value;
            memcpy(&attribute->number, &bits, sizeof bits);
            attribute->has_float = true;
        }
        if (field.number == CLMLP_ATTRIBUTE_I && field.wire == CLMLP_WIRE_VARINT) {
            memcpy(&attribute->integer, &field.value, sizeof field.value);
            attribute->has_int = true;
        }
        if (field.number == CLMLP_ATTRIBUTE_S && bytes) {
            attribute->text = field.bytes;
            attribute->has_text = true;
        }
        if (field.number == CLMLP_ATTRIBUTE_T && bytes) {
            attribute->tensor = field.bytes;
            attribute->has_tensor = true;
        }
    }
}

/* The next attribute of a node; `rest` begins as its message. */
static bool next_attribute(clmlp_slice *rest, clmlp_parsed_attribute *attribute)
{
    clmlp_proto_field field;
    while (clmlp_proto_next(rest, &field)) {
        if (field.number != CLMLP_NODE_ATTRIBUTE || field.wire != CLMLP_WIRE_BYTES) continue;
        read_attribute(field.bytes, attribute);
        return true;
    }
    return false;
}

clmlp_status clmlp_parsed_check_opset(const clmlp_parsed *parsed, const clmlp_parsed_node *node, int64_t since,
                                      clmlp_error *error)
{
    if (parsed->opset == 0 || parsed->opset >= since) return CLMLP_OK;
    return clmlp_parsed_refuse(parsed, node, error, "the operator came with operator set %lld, and the file is of %lld",
                               (long long)since, (long long)parsed->opset);
}

clmlp_status clmlp_parsed_check_attributes(const clmlp_parsed *parsed, const clmlp_parsed_node *node,
                                           const char *known, clmlp_error *error)
{
    clmlp_slice rest = node->message;
    clmlp_parsed_attribute attribute;
    while (next_attribute(&rest, &attribute)) {
        char name[CLMLP_QUOTE_LENGTH], word[64];
        const bool is_short = attribute.name.length > 0 && attribute.name.length < sizeof word - 3;
        const bool is_word = is_short && memchr(attribute.name.at, ' ', attribute.name.length) == NULL;
        if (is_word) {
            (void)snprintf(word, sizeof word, " %.*s ", (int)attribute.name.length, (const char *)attribute.name.at);
        }
        if (is_word && strstr(known, word) != NULL) continue;
        return clmlp_parsed_refuse(parsed, node, error, "import does not know its attribute %s",
                                   clmlp_slice_quote(name, attribute.name));
    }
    return CLMLP_OK;
}

bool clmlp_parsed_attribute_of(const clmlp_parsed_node *node, const char *name, clmlp_parsed_attribute *attribute)
{
    clmlp_slice rest = node->message;
    while (next_attribute(&rest, attribute)) {
        if (clmlp_slice_is(attribute->name, name)) return true;
    }
    return false;
}

int64_t clmlp_parsed_int(const clmlp_parsed_node *node, const char *name, int64_t otherwise)
{
    clmlp_parsed_attribute attribute;
    return clmlp_parsed_attribute_of(node, name, &attribute) && attribute.has_int ? attribute.integer : otherwise;
}

float clmlp_parsed_float(const clmlp_parsed_node *node, const char *name, float otherwise)
{
    clmlp_parsed_attribute attribute;
    return clmlp_parsed_attribute_of(node, name, &attribute) && attribute.has_float ? attribute.number : otherwise;
}

size_t clmlp_parsed_floats(const clmlp_parsed_attribute *attribute, double *to, size_t most)
{
    clmlp_slice rest = attribute->message;
    clmlp_proto_field field;
    size_t seen = 0;
    while (clmlp_proto_next(&rest, &field)) {
        const bool single = field.wire == CLMLP_WIRE_32;
        uint64_t bits = field.value;
        if (field.number != CLMLP_ATTRIBUTE_FLOATS) continue;
        while (single || clmlp_proto_fixed(&field.bytes, 4, &bits)) {
            const uint32_t low = (uint32_t)bits;
            float value;
            memcpy(&value, &low, sizeof value);
            if (seen < most) to[seen] = (double)value;
            seen++;
            if (single) break;
        }
    }
    return seen;
}

size_t clmlp_parsed_ints(const clmlp_parsed_attribute *attribute, int64_t *to, size_t most)
{
    clmlp_slice rest = attribute->message;
    clmlp_proto_field field;
    size_t seen = 0;
    while (clmlp_proto_next(&rest, &field)) {
        const bool single = field.wire == CLMLP_WIRE_VARINT;
        uint64_t bits = field.value;
        if (field.number != CLMLP_ATTRIBUTE_INTS) continue;
        while (single || clmlp_proto_varint(&field.bytes, &bits)) {
            if (seen < most) memcpy(&to[seen], &bits, sizeof bits);
            seen++;
            if (single) break;
        }
    }
    return seen;
}

size_t clmlp_parsed_texts(const clmlp_parsed_attribute *attribute, clmlp_slice *to, size_t most)
{
    clmlp_slice rest = attribute->message;
    clmlp_proto_field field;
    size_t seen = 0;
    while (clmlp_proto_next(&rest, &field)) {
        if (field.number != CLMLP_ATTRIBUTE_STRINGS || field.wire != CLMLP_WIRE_BYTES) continue;
        if (seen < most) to[seen] = field.bytes;
        seen++;
    }
    return seen;
}
