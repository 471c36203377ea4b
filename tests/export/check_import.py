"""clmlp import: networks of scikit-learn (by skl2onnx) and PyTorch, predicted by clmlp and by ONNX Runtime.

    check_import.py CLMLP FOLDER

Skipped where onnx, onnxruntime, NumPy or SciPy are missing; scikit-learn with skl2onnx, and PyTorch, come in where they
are there. Each number is within its derived bound (bounds.py).
"""
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import warnings

try:
    import numpy as np
    import onnx
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper
    import scipy  # noqa: F401
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "peers"))
import bounds
import peers

warnings.filterwarnings("ignore")
CLMLP, FOLDER = sys.argv[1:3]
failures = []
compared = 0


def run(*arguments):
    return subprocess.run([CLMLP, *arguments], capture_output=True, text=True, cwd=FOLDER)


def check(condition, text):
    if not condition:
        failures.append(text)
        print(f"FAILED {text}")


# --- comparison -----------------------------------------------------------------------------------------------------


def scaled_inputs(metadata, x):
    """What clmlp's network takes, and how far ONNX Runtime's may be from that: it scales in float, in two roundings,
    the first of them of a difference, or of a product before a sum."""
    x = x.reshape(len(x), -1).astype(np.float64)
    if metadata["clmlp.scale"] == "none":
        return x, 0.0
    offset, divisor = (np.array(json.loads(metadata[f"clmlp.scale.{key}"])) for key in ("offset", "divisor"))
    scaled = ((x - offset) / divisor).astype(np.float32).astype(np.float64)
    return scaled, 4 * bounds.U * (np.abs(x / divisor) + np.abs(offset / divisor)) + bounds.U * np.abs(scaled)


def numbers_of(outputs):
    """The last output: a matrix, or what ZipMap makes of one."""
    found = outputs[-1]
    if isinstance(found, list):
        found = np.array([list(row.values()) for row in found])
    return np.asarray(found, np.float64).reshape(len(found), -1)


def compare(title, path, x, classes=None):
    global compared
    done = run("import", path, "--model", "imported.safetensors", "--json")
    if done.returncode != 0:
        check(False, f"{title}: {done.stderr}")
        return None
    said = json.loads(done.stdout)
    metadata, thetas = peers.read_model(os.path.join(FOLDER, "imported.safetensors"))
    session = onnxruntime.InferenceSession(os.path.join(FOLDER, path), providers=["CPUExecutionProvider"])
    outputs = session.run(None, {session.get_inputs()[0].name: x})
    np.save(os.path.join(FOLDER, "rows.npy"), x.reshape(len(x), -1))
    run_ = run("predict", "imported.safetensors", "rows.npy", "--device", "cpu", "--quiet", "--out", "h.npy")
    check(run_.returncode == 0, f"{title}: {run_.stderr}")
    own = np.load(os.path.join(FOLDER, "h.npy")).reshape(len(x), -1)
    found = numbers_of(outputs)
    scaled, off = scaled_inputs(metadata, x)
    reference, own_bound, ort_bound = bounds.predict(thetas, said["activation"], said["output"], scaled, off)
    if not np.any(thetas[-1][0]) and said["output"] == "softmax":  # one sigmoid unit, as 1 - h and h
        _, _, of_one = bounds.predict([*thetas[:-1], thetas[-1][1:]], said["activation"], "sigmoid", scaled, off)
        ort_bound = np.column_stack([of_one + bounds.U, of_one])
    parts = [np.max(np.abs(a - b) / bound) for a, b, bound in
             ((found, reference, ort_bound), (own, reference, own_bound), (found, own, own_bound + ort_bound))]
    for part, what in zip(parts, ("ONNX Runtime from the exact prediction", "clmlp from it", "the two")):
        check(part <= 1.0, f"{title}: {what}: {part:.3g} of the bound")
    print(f"{title:42} difference {np.max(np.abs(found - own)):9.3g}  {parts[2]:6.3f} of the bound")
    compared += 1
    if classes is not None:
        check(said["classes"] == classes, f"{title}: classes {said['classes']}, expected {classes}")
        names = np.array(said["classes"])
        gap = np.sort(own, axis=1)
        sure = gap[:, -1] - gap[:, -2] > 2 * (own_bound + ort_bound).max(axis=1)
        same = names[np.argmax(own, axis=1)] == np.array([str(v) for v in outputs[0]])
        check(np.all(same[sure]), f"{title}: labels")
        check(sure.mean() > 0.9, f"{title}: too many rows of two classes")
    return said


def refused(title, path, *words):
    """With the node's name and operator; no model is left."""
    done = run("import", path, "--model", "refused.safetensors")
    check(done.returncode == 2, f"{title}: exit status {done.returncode}")
    for word in words:
        check(word in done.stderr, f"{title}: no '{word}' in {done.stderr}")
    check(not os.path.exists(os.path.join(FOLDER, "refused.safetensors")), f"{title}: a model is left")


# --- scikit-learn -----------------------------------------------------------------------------------------------------


def check_sklearn():
    if importlib.util.find_spec("skl2onnx") is None or importlib.util.find_spec("sklearn") is None:
        print("scikit-learn with skl2onnx: not there, left out")
        return
    from skl2onnx import to_onnx
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, StandardScaler
    draw = np.random.default_rng(0)
    x = draw.normal(50, 10, size=(200, 3)).astype(np.float32)
    two, three = (x[:, 0] > 50).astype(int), (x[:, 0] > 47).astype(int) + (x[:, 1] > 53)
    texts = np.array(["a b", "ü", "c"])[three]
    real = (x @ [1.0, 2.0, -3.0]) / 50
    labels = np.column_stack([two, 1 - two, three > 1]).astype(int)
    for name in ("relu", "tanh", "logistic", "identity"):
        mlp = {"hidden_layer_sizes": (6, 5), "max_iter": 20, "activation": name, "random_state": 1}
        cases = [("3 classes", make_pipeline(StandardScaler(), MLPClassifier(**mlp)), texts, sorted(set(texts))),
                 ("2 classes", make_pipeline(MinMaxScaler(), MLPClassifier(**mlp)), two, ["0", "1"]),
                 ("a number", make_pipeline(MaxAbsScaler(), MLPRegressor(**mlp)), real, None),
                 ("labels", make_pipeline(StandardScaler(), MLPClassifier(**mlp)), labels, None)]
        for what, model, y, classes in cases:
            model.fit(x, y)
            for zipmap in (True, False) if name == "relu" and what != "a number" else (False,):
                options = {id(model.steps[-1][1]): {"zipmap": zipmap}} if what != "a number" else None
                onnx.save(to_onnx(model, x[:1], options=options), os.path.join(FOLDER, "sklearn.onnx"))
                title = f"scikit-learn {name}, {what}{', ZipMap' if zipmap else ''}"
                compare(title, "sklearn.onnx", x, classes=classes)
    model = MLPRegressor(max_iter=5).fit(x, np.column_stack([real, real]))
    onnx.save(to_onnx(model, x[:1]), os.path.join(FOLDER, "sklearn.onnx"))
    refused("skl2onnx makes one column of two targets", "sklearn.onnx", "Reshape", "rows of 1 values of rows of 2")


# --- PyTorch ---------------------------------------------------------------------------------------------------------


def check_torch():
    if importlib.util.find_spec("torch") is None:
        print("PyTorch: not there, left out")
        return
    import torch
    from torch import nn
    torch.manual_seed(1)
    x = torch.randn(100, 3)
    activations = {"sigmoid": nn.Sigmoid(), "tanh": nn.Tanh(), "relu": nn.ReLU(), "swish": nn.SiLU(), "selu": nn.SELU(),
                   "mish": nn.Mish(), "leaky-relu": nn.LeakyReLU(), "elu": nn.ELU(), "gelu": nn.GELU(),
                   "gelu-tanh": nn.GELU(approximate="tanh"), "softplus": nn.Softplus()}
    outputs = {"linear": nn.Identity(), "softmax": nn.Softmax(dim=1), "sigmoid": nn.Sigmoid()}

    def export(net, x, path, new=False):
        net.eval()
        if new:
            torch.onnx.export(net, (x,), os.path.join(FOLDER, path), dynamo=True, verbose=False,
                              dynamic_shapes=({0: "N"},))
        else:
            torch.onnx.export(net, (x,), os.path.join(FOLDER, path), dynamo=False, input_names=["x"],
                              dynamic_axes={"x": {0: "N"}}, opset_version=17)

    def quietly(*arguments):
        """What an exporter logs is not ours."""
        try:
            export(*arguments)
            return True
        except Exception as error:  # an older PyTorch, or one without onnxscript
            print(f"PyTorch's export: {type(error).__name__}, left out")
            return False

    for number, (name, activation) in enumerate(activations.items()):
        kind = list(outputs)[number % 3]
        net = nn.Sequential(nn.Linear(3, 6), activation, nn.Dropout(0.3), nn.Linear(6, 5), activation, nn.Linear(5, 4),
                            outputs[kind])
        if not quietly(net, x, "torch.onnx"):
            continue
        said = compare(f"PyTorch {name}, {kind}", "torch.onnx", x.numpy())
        check(said is not None and said["activation"] == name and said["output"] == kind, f"PyTorch {name}: {said}")
    # the newer exporter; large tensors are in a file beside it
    net = nn.Sequential(nn.Flatten(), nn.Linear(12, 300), nn.GELU(), nn.Linear(300, 4), nn.Softmax(dim=1))
    images = torch.randn(100, 3, 4)
    if importlib.util.find_spec("onnxscript") is not None and quietly(net, images, "new.onnx", True):
        beside = os.path.join(FOLDER, "new.onnx.data")
        check(os.path.exists(beside), "numbers beside the file")
        compare("PyTorch, newer exporter, numbers beside", "new.onnx", images.numpy())
        if os.path.exists(beside):
            os.truncate(beside, 1000)
            refused("numbers beside the file are cut", "new.onnx", "too short")
    for net, words in ((nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 2)),
                        ["Gemm", "relu", "tanh"]),
                       (nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 2)), ["Gemm"]),
                       (nn.Sequential(nn.Linear(3, 4), nn.Hardswish(), nn.Linear(4, 2)), ["HardSwish"]),
                       (nn.Sequential(nn.Linear(3, 4), nn.ELU(0.5), nn.Linear(4, 2)), ["Elu", "numbers"]),
                       (nn.Sequential(nn.Linear(3, 2), nn.ReLU()), ["the last layer is relu"]),
                       (nn.Sequential(nn.Linear(3, 2), nn.LogSoftmax(dim=1)), ["LogSoftmax"])):
        if any(isinstance(part, nn.BatchNorm1d) for part in net):
            continue  # exporters fold it into the layer, or not
        if quietly(net, x, "torch.onnx"):
            refused(f"PyTorch {words}", "torch.onnx", *words)
    # tensors alone: import adds what the file does not say
    from safetensors.torch import save_file
    net = nn.Sequential(nn.Linear(3, 5), nn.Mish(), nn.Linear(5, 2))
    save_file(net.state_dict(), os.path.join(FOLDER, "net.safetensors"))
    refused("tensors without an activation", "net.safetensors", "--activation")
    done = run("import", "net.safetensors", "--activation", "mish", "--output", "linear", "--model", "said.safetensors")
    metadata, _ = peers.read_model(os.path.join(FOLDER, "said.safetensors"))
    check(done.returncode == 0 and metadata["clmlp.activation"] == "mish", f"tensors: {done.stderr}")


# --- by hand ---------------------------------------------------------------------------------------------------------


def graph(nodes, constants, path, inputs=(("x", ["N", 3]),), outputs=("y",), opset=13):
    made = helper.make_graph(
        nodes, "g", [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in inputs],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()])
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid("ai.onnx.ml", 1)]
    model = helper.make_model(made, opset_imports=opsets, ir_version=7)
    onnx.save(model, os.path.join(FOLDER, path))


def check_by_hand():
    draw = np.random.default_rng(3)
    w, b = draw.normal(size=(3, 4)).astype(np.float32), draw.normal(size=4).astype(np.float32)
    v = draw.normal(size=(4, 2)).astype(np.float32)
    x = draw.normal(size=(64, 3)).astype(np.float32)
    node = helper.make_node
    end = [node("MatMul", ["a", "v"], ["y"], name="last")]
    tensors = {"w": w, "b": b, "v": v, "half": np.float32(0.5), "one": np.float32(1), "root": np.float32(2**0.5)}
    first = [node("MatMul", ["x", "w"], ["p"]), node("Add", ["b", "p"], ["z"])]
    gelu = [node("Div", ["z", "root"], ["r"]), node("Erf", ["r"], ["e"]), node("Add", ["e", "one"], ["s"]),
            node("Mul", ["z", "s"], ["m"]), node("Mul", ["m", "half"], ["a"])]
    graph(first + gelu + end, tensors, "hand.onnx")
    said = compare("gelu of single operators", "hand.onnx", x)
    check(said is not None and said["activation"] == "gelu", f"gelu: {said}")
    scaling = [node("Sub", ["x", "o"], ["c"]), node("Div", ["c", "d"], ["n"]), node("Mul", ["n", "half"], ["k"]),
               node("MatMul", ["k", "w"], ["p"]), node("Add", ["p", "b"], ["z"]), node("Tanh", ["z"], ["a"])]
    graph(scaling + end, {**tensors, "o": np.float32([1, 2, 3]), "d": np.float32([[0.5, 2, 4]])}, "hand.onnx")
    compare("scaling by Sub, Div and Mul", "hand.onnx", x)
    tanh = [*first, node("Tanh", ["z"], ["a"])]
    for title, nodes, constants, words in (
            ("a factor below 0", [node("Mul", ["x", "o"], ["n"], name="here"), node("MatMul", ["n", "w"], ["y"])],
             {**tensors, "o": np.float32([1, -2, 3])}, ["'here'", "'Mul'", "feature 2"]),
            ("a residual", [*tanh, node("MatMul", ["a", "u"], ["q"]), node("Add", ["q", "a"], ["y"], name="skip")],
             {**tensors, "u": draw.normal(size=(4, 4)).astype(np.float32)}, ["'skip'", "'Add'"]),
            ("another operator", [*tanh, node("Einsum", ["a", "v"], ["y"], equation="ij,jk->ik", name="odd")], tensors,
             ["'odd'", "'Einsum'"]),
            ("another attribute", [node("Gemm", ["x", "w", "b"], ["y"], alpha=2.0, name="g")], tensors,
             ["'g'", "alpha"]),
            ("two branches",
             [*tanh, node("MatMul", ["a", "v"], ["h"]), node("MatMul", ["z", "v"], ["y"], name="other")], tensors,
             ["'other'", "'MatMul'"]),
            ("z without its bias", [*first, node("Tanh", ["p"], ["a"]), node("MatMul", ["a", "v"], ["y"], name="late")],
             tensors, ["'late'", "'MatMul'"]),
            ("the input as it was", [node("Sub", ["x", "o"], ["c"]), node("MatMul", ["x", "w"], ["y"], name="raw")],
             {**tensors, "o": np.float32([1, 2, 3])}, ["'raw'", "'MatMul'"]),
            ("rows that are not those of the input", [node("Reshape", ["x", "pairs"], ["r"]),
                                                      node("MatMul", ["r", "w"], ["y"], name="m")],
             {"pairs": np.int64([-1, 1]), "w": np.ones((1, 2), np.float32)}, ["as many values as the first layer"]),
            ("outputs in other rows", [*tanh, node("MatMul", ["a", "v"], ["h"]),
                                       node("Reshape", ["h", "column"], ["y"], name="turn")],
             {**tensors, "column": np.int64([-1, 1])}, ["'turn'", "'Reshape'", "rows of 1"]),
            ("all outputs in one row", [*tanh, node("MatMul", ["a", "v"], ["h"]),
                                        node("Reshape", ["h", "row"], ["y"], name="turn")],
             {**tensors, "row": np.int64([1, -1])}, ["'turn'", "'Reshape'", "keep the rows"]),
            ("an infinite weight", [*tanh, *end], {**tensors, "v": v * np.float32("inf")}, ["'v'", "not finite"]),
            ("halves", [*tanh, *end], {**tensors, "v": v.astype(np.float16)}, ["'v'", "expected floats"]),
            ("shapes that do not fit", [*tanh, *end], {**tensors, "v": v.T.copy()}, ["'last'", "takes 2 values"])):
        graph(nodes, constants, "hand.onnx")
        refused(title, "hand.onnx", *words)
    graph([*tanh, *end], tensors, "hand.onnx", inputs=(("x", ["N", 3]), ("more", ["N", 1])))
    refused("two inputs", "hand.onnx", "several inputs")
    graph([*tanh, *end], tensors, "hand.onnx", inputs=(("x", ["N", 5, 3]),))
    refused("an input of three dimensions", "hand.onnx", "no matrix")
    # numbers beside the file, of a name that leads elsewhere
    graph([*tanh, *end], tensors, "hand.onnx")
    model = onnx.load(os.path.join(FOLDER, "hand.onnx"))
    for location in ("../beside", "/etc/passwd", ".", "..", "sub/beside"):
        tensor = next(t for t in model.graph.initializer if t.name == "v")
        tensor.ClearField("raw_data")
        tensor.ClearField("external_data")
        tensor.data_location = TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value=location)
        with open(os.path.join(FOLDER, "hand.onnx"), "wb") as file:
            file.write(model.SerializeToString())
        refused(f"numbers in {location}", "hand.onnx", "'v'", "by a name alone")


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    os.makedirs(FOLDER)
    check_by_hand()
    check_sklearn()
    check_torch()
    if failures:
        print(f"{len(failures)} failed")
        sys.exit(1)
    print(f"{compared} networks within their bounds")


if __name__ == "__main__":
    main()
