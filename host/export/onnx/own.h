/* own.h - ONNX files that clmlp export wrote. */
#ifndef CLMLP_EXPORT_ONNX_OWN_H
#define CLMLP_EXPORT_ONNX_OWN_H

#include "clmlp/onnx.h"
#include "export/onnx/parsed.h"
#include "export/proto/proto_write.h"
#include "model/model.h"

/* The model that such a file was made of, with theta as floats. Errors: CLMLP_BAD_INPUT (it was changed since),
 * CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_onnx_load_own(clmlp_model **out, const clmlp_parsed *parsed, clmlp_error *error);

/* What a file computes, without its metadata: the graph and its operator sets. type: not AUTO. Errors: as
 * clmlp_onnx_save. */
clmlp_status clmlp_onnx_write_parts(clmlp_proto *proto, const clmlp_model *model, clmlp_onnx_input_type type,
                                    clmlp_error *error);

#endif
