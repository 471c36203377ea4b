/* fields.h - numbers of ONNX's messages that both writing and reading need: fields, types, operator sets.
 *
 * Source: onnx.proto and onnx-ml.proto of IR version 7 (github.com/onnx/onnx, docs/IR.md). */
#ifndef CLMLP_EXPORT_ONNX_FIELDS_H
#define CLMLP_EXPORT_ONNX_FIELDS_H

#include "export/proto/wire.h"

enum {
    CLMLP_ONNX_IR_VERSION = 7,
    CLMLP_ONNX_OPSET = 13,   /* of ai.onnx: what runtimes of 2021 know already */
    CLMLP_ONNX_ML_OPSET = 2  /* of ai.onnx.ml: LabelEncoder */
};
#define CLMLP_ONNX_ML "ai.onnx.ml"
#define CLMLP_ONNX_PRODUCER "clmlp" /* of files that export writes */

enum { /* ModelProto */
    CLMLP_MODEL_IR_VERSION = 1,
    CLMLP_MODEL_PRODUCER = 2,
    CLMLP_MODEL_PRODUCER_VERSION = 3,
    CLMLP_MODEL_DOC = 6,
    CLMLP_MODEL_GRAPH = 7,
    CLMLP_MODEL_OPSET = 8,
    CLMLP_MODEL_METADATA = 14,
    CLMLP_MODEL_FUNCTION = 25
};
enum { CLMLP_OPSET_DOMAIN = 1, CLMLP_OPSET_VERSION = 2 };
enum { CLMLP_ENTRY_KEY = 1, CLMLP_ENTRY_VALUE = 2 };

enum { CLMLP_FUNCTION_DOMAIN = 10 }; /* FunctionProto */

enum { /* GraphProto */
    CLMLP_GRAPH_NODE = 1,
    CLMLP_GRAPH_NAME = 2,
    CLMLP_GRAPH_INITIALIZER = 5,
    CLMLP_GRAPH_INPUT = 11,
    CLMLP_GRAPH_OUTPUT = 12,
    CLMLP_GRAPH_SPARSE = 15
};

enum { /* NodeProto */
    CLMLP_NODE_INPUT = 1,
    CLMLP_NODE_OUTPUT = 2,
    CLMLP_NODE_NAME = 3,
    CLMLP_NODE_OP = 4,
    CLMLP_NODE_ATTRIBUTE = 5,
    CLMLP_NODE_DOMAIN = 7
};

enum { /* AttributeProto */
    CLMLP_ATTRIBUTE_NAME = 1,
    CLMLP_ATTRIBUTE_F = 2,
    CLMLP_ATTRIBUTE_I = 3,
    CLMLP_ATTRIBUTE_S = 4,
    CLMLP_ATTRIBUTE_T = 5,
    CLMLP_ATTRIBUTE_FLOATS = 7,
    CLMLP_ATTRIBUTE_INTS = 8,
    CLMLP_ATTRIBUTE_STRINGS = 9,
    CLMLP_ATTRIBUTE_TYPE = 20,
    CLMLP_ATTRIBUTE_REFERENCE = 21
};
enum { /* AttributeProto.AttributeType */
    CLMLP_ATTRIBUTE_IS_FLOAT = 1,
    CLMLP_ATTRIBUTE_IS_INT = 2,
    CLMLP_ATTRIBUTE_IS_STRING = 3,
    CLMLP_ATTRIBUTE_IS_FLOATS = 6,
    CLMLP_ATTRIBUTE_IS_INTS = 7,
    CLMLP_ATTRIBUTE_IS_STRINGS = 8
};

enum { /* TensorProto */
    CLMLP_TENSOR_DIMS = 1,
    CLMLP_TENSOR_TYPE = 2,
    CLMLP_TENSOR_FLOATS = 4,
    CLMLP_TENSOR_INT32S = 5,
    CLMLP_TENSOR_STRINGS = 6,
    CLMLP_TENSOR_INT64S = 7,
    CLMLP_TENSOR_NAME = 8,
    CLMLP_TENSOR_RAW = 9,
    CLMLP_TENSOR_DOUBLES = 10,
    CLMLP_TENSOR_EXTERNAL = 13,
    CLMLP_TENSOR_LOCATION = 14
};
typedef enum clmlp_onnx_type { /* TensorProto.DataType */
    CLMLP_ONNX_FLOAT = 1,
    CLMLP_ONNX_INT32 = 6,
    CLMLP_ONNX_INT64 = 7,
    CLMLP_ONNX_STRING = 8,
    CLMLP_ONNX_BOOL = 9,
    CLMLP_ONNX_DOUBLE = 11
} clmlp_onnx_type;

enum { CLMLP_VALUE_NAME = 1, CLMLP_VALUE_TYPE = 2, CLMLP_VALUE_DOC = 3 }; /* ValueInfoProto */
enum { CLMLP_TYPE_TENSOR = 1, CLMLP_TYPE_ELEMENT = 1, CLMLP_TYPE_SHAPE = 2 }; /* TypeProto and its Tensor */
enum { CLMLP_SHAPE_DIM = 1, CLMLP_DIM_VALUE = 1, CLMLP_DIM_PARAM = 2 };       /* TensorShapeProto */

#endif
