"""How far ONNX Runtime's functions are off, over all floats of a range.

ONNX says what a function is, not how exactly it is computed. docs/export.md has what this script printed; the test
beside it (check_onnx.py) takes these numbers for its bounds, and looks at one float in some thousands again.

    measure_functions.py [EVERY]    one float in EVERY; 1: all of them, which takes some minutes
"""
import sys

try:
    import numpy as np
    import onnx
    import onnxruntime
    from onnx import TensorProto, helper
    from scipy import special
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

U = 2.0**-24
LEAST, MOST = 2.0**-30, 128.0  # beyond: z itself, 0 or 1, to less than u

# Each function: attributes, and the reference in double.
SELU_ALPHA, SELU_GAMMA = float(np.float32(1.6732632423543772)), float(np.float32(1.0507009873554805))
FUNCTIONS = {
    "Sigmoid": ({}, special.expit),
    "Tanh": ({}, np.tanh),
    "Erf": ({}, special.erf),
    "Softplus": ({}, lambda z: np.logaddexp(0.0, z)),
    "Elu": ({"alpha": 1.0}, lambda z: np.where(z > 0, z, np.expm1(z))),
    "Selu": ({"alpha": SELU_ALPHA, "gamma": SELU_GAMMA},
             lambda z: SELU_GAMMA * np.where(z > 0, z, SELU_ALPHA * np.expm1(z))),
}


def session(op, attributes, columns=None):
    """One operator on a vector, or on rows."""
    shape = ["N"] if columns is None else ["N", columns]
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)
    graph = helper.make_graph([helper.make_node(op, ["x"], ["y"], **attributes)], "one", [x], [y])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=7)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def floats(every, sign):
    """All floats of the range with this sign, in blocks; or one in `every`."""
    first, last = (int(np.float32(end).view(np.uint32)) for end in (LEAST, MOST))
    block = (1 << 22) * every
    for start in range(first, last, block):
        bits = np.arange(start, min(start + block, last), every, dtype=np.uint32)
        yield bits.view(np.float32) * np.float32(sign)


def worst(op, every):
    """The largest error in u, and the largest as a part of the result in u, with where they are."""
    attributes, reference = FUNCTIONS[op]
    run = session(op, attributes)
    absolute, relative = (0.0, 0.0), (0.0, 0.0)
    for sign in (-1.0,) if op in ("Elu", "Selu") else (1.0, -1.0):  # above 0 these two are z, or a product
        for x in floats(every, sign):
            found = run.run(None, {"x": x})[0].astype(np.float64)
            expected = reference(x.astype(np.float64))
            error = np.abs(found - expected)
            assert np.all(np.isfinite(error)), op
            # where the result is tiny, only the absolute error says anything
            part = np.where(np.abs(expected) > 2.0**-100, error / np.maximum(np.abs(expected), 2.0**-100), 0.0)
            i, j = int(np.argmax(error)), int(np.argmax(part))
            absolute = max(absolute, (error[i] / U, float(x[i])))
            relative = max(relative, (part[j] / U, float(x[j])))
    return absolute, relative


def worst_exp(every):
    """exp as Softmax has it, from rows [0, x]: the ratio of the results, in u of it, without their two roundings."""
    run = session("Softmax", {"axis": 1}, 2)
    most = (0.0, 0.0)
    for x in floats(every, -1.0):
        x = x[x > -87.0]
        if len(x) == 0:
            continue
        h = run.run(None, {"x": np.column_stack([np.zeros_like(x), x])})[0].astype(np.float64)
        expected = np.exp(x.astype(np.float64))
        error = np.abs(h[:, 1] / h[:, 0] - expected) / expected / U
        i = int(np.argmax(error))
        most = max(most, (error[i], float(x[i])))
    return most


def main():
    every = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    print(f"onnxruntime {onnxruntime.__version__}, one float in {every} of {LEAST:g} to {MOST:g} in size")
    for op in FUNCTIONS:
        (absolute, at), (relative, there) = worst(op, every)
        print(f"{op:9} error {absolute:9.3f} u at {at:<14.9g} {relative:12.4g} u of the result at {there:.9g}",
              flush=True)
    most, at = worst_exp(every)
    print(f"exp       in Softmax {most:.3f} u of the result at {at:.9g}, roundings of both results included")


if __name__ == "__main__":
    main()
