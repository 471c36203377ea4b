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


def compare(title, path, x, classes=None, options=()):
    global compared
    done = run("import", path, "--model", "imported.safetensors", "--json", *options)
    if done.returncode != 0:
        check(False, f"{title}: {done.stderr}")
        return None
    said = json.loads(done.stdout)
    metadata, thetas = peers.read_model(os.path.join(FOLDER, "imported.safetensors"))
    session = onnxruntime.InferenceSession(os.path.join(FOLDER, path), providers=["CPUExecutionProvider"])
    outputs = session.run(None, {session.get_inputs()[0].name: x})
    np.save(os.path.join(FOLDER, "rows.npy"), x.reshape(len(x), -1))
    run_ = run("predict", "imported.safetensors", "rows.npy", "--device", "cpu", "--quiet",
               "--overwrite", "--out", "h.npy")
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


def refused(title, path, *words, options=()):
    """With the node's name and operator; no model is left."""
    left = os.path.join(FOLDER, "refused.safetensors")
    if os.path.exists(left):
        os.remove(left)
    done = run("import", path, "--model", "refused.safetensors", *options)
    check(done.returncode == 2, f"{title}: exit status {done.returncode}")
    for word in words:
        check(word in done.stderr, f"{title}: no '{word}' in {done.stderr}")
    check(not os.path.exists(left), f"{title}: a model is left")


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
        for new in (True, False):
            net = nn.Sequential(nn.BatchNorm1d(3), nn.Linear(3, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.BatchNorm1d(6),
                                nn.Linear(6, 2), nn.Sigmoid()).train()
            for _ in range(5):
                net(3 * torch.randn(100, 3) + 1)
            if quietly(net, x, "batch.onnx", new):
                done = run("import", "batch.onnx", "--model", "imported.safetensors")
                np.save(os.path.join(FOLDER, "rows.npy"), x.numpy())
                run("predict", "imported.safetensors", "rows.npy", "--device", "cpu", "--quiet",
                    "--overwrite", "--out", "h.npy")
                own = np.load(os.path.join(FOLDER, "h.npy"))
                exact = net.double()(x.double()).detach().numpy()
                net.float()
                check(done.returncode == 0, f"PyTorch's BatchNorm1d: {done.stderr}")
                metadata, thetas = peers.read_model(os.path.join(FOLDER, "imported.safetensors"))
                scaled, off = scaled_inputs(metadata, x.numpy())
                # theta and the scaled inputs are rounded once: less than what the second bound allows sums and inputs
                _, first, second = bounds.predict(thetas, "relu", "sigmoid", scaled, off)
                part = np.max(np.abs(own - exact) / (first + second))
                check(part <= 1.0, f"PyTorch's BatchNorm1d: {part} of the bound")
                print(f"PyTorch with BatchNorm1d, {'newer' if new else 'older'} exporter: {part:.3f} of the bound")
    for net, words in ((nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 2)),
                        ["Gemm", "relu", "tanh"]),
                       (nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 2)), ["Gemm"]),
                       (nn.Sequential(nn.Linear(3, 4), nn.Hardswish(), nn.Linear(4, 2)), ["HardSwish"]),
                       (nn.Sequential(nn.Linear(3, 4), nn.ELU(0.5), nn.Linear(4, 2)), ["Elu", "numbers"]),
                       (nn.Sequential(nn.Linear(3, 2), nn.ReLU()), ["the last layer is relu"]),
                       (nn.Sequential(nn.Linear(3, 2), nn.LogSoftmax(dim=1)), ["logarithms of softmax"])):
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


# --- factors of columns: BatchNormalization, and what Keras makes of it --------------------------------------------


def columns_bound(a, b, factor, mean, summand):
    """(a - mean) factor + summand of each column, in float. A factor is off by 4u: a sum, a root, a quotient, a
    product. A product, a sum and a difference follow: on each of the parts 7u at most, and 8u with what is of second
    order."""
    found = (a - mean) * factor + summand
    parts = np.abs(a * factor) + np.abs(mean * factor) + np.abs(summand)
    return found, np.abs(factor) * b + 8 * bounds.U * parts


def in_steps(steps, x):
    """The network in double with ONNX Runtime's bound."""
    a, b = x.astype(np.float64), np.zeros(x.shape)
    for step, *numbers in steps:
        if step == "layer":
            a, b = bounds.layer(numbers[0], a, b)
        elif step == "columns":
            a, b = columns_bound(a, b, *numbers)
        else:
            a, b = np.tanh(a), bounds.through("tanh", a, b) + bounds.ort_error("tanh", a)
    return a, b


def theta(weight, bias):
    return np.column_stack([bias, weight.T])


def forms(tensors):
    """Graphs with a factor and a summand for each column; their steps; and theta(1) and theta(2) that are the same."""
    node, wide = helper.make_node, {name: value.astype(np.float64) for name, value in tensors.items()}
    w, b, v, c, scale, shift, mean, var, f, e = (wide[name] for name in ("w", "b", "v", "c", "s", "t", "mean", "var",
                                                                         "factor", "summand"))
    batch = {"epsilon": 1e-3, "momentum": 0.9}
    factor = scale / np.sqrt(var + np.float64(np.float32(1e-3)))
    first, last, tanh = ("layer", theta(w, b)), ("layer", theta(v, c)), ("tanh",)
    make_first = [node("MatMul", ["x", "w"], ["p"]), node("Add", ["p", "b"], ["z"])]
    make_last = [node("MatMul", ["a", "v"], ["q"]), node("Add", ["q", "c"], ["y"])]
    names = ["s", "t", "mean", "var"]
    return {
        "BatchNormalization before the activation": (
            [*make_first, node("BatchNormalization", ["z", *names], ["n"], **batch), node("Tanh", ["n"], ["a"]),
             *make_last],
            [first, ("columns", factor, mean, shift), tanh, last],
            (theta(w * factor, (b - mean) * factor + shift), theta(v, c))),
        "BatchNormalization behind the activation": (
            [*make_first, node("Tanh", ["z"], ["h"]), node("BatchNormalization", ["h", *names], ["a"], **batch),
             *make_last],
            [first, tanh, ("columns", factor, mean, shift), last],
            (theta(w, b), theta(v * factor[:, None], c + (shift - mean * factor) @ v))),
        "Mul between product and bias": (
            [node("MatMul", ["x", "w"], ["p"]), node("Mul", ["p", "factor"], ["m"]), node("Add", ["m", "b"], ["z"]),
             node("Tanh", ["z"], ["a"]), *make_last],
            [("layer", theta(w, 0 * b)), ("columns", f, 0 * f, b), tanh, last], (theta(w * f, b), theta(v, c))),
        "Mul and Add behind the activation": (
            [*make_first, node("Tanh", ["z"], ["h"]), node("Mul", ["h", "factor"], ["m"]),
             node("Add", ["m", "summand"], ["a"]), *make_last],
            [first, tanh, ("columns", f, 0 * f, e), last], (theta(w, b), theta(v * f[:, None], c + e @ v))),
        "Sub and Div behind the activation": (
            [*make_first, node("Tanh", ["z"], ["h"]), node("Sub", ["h", "mean"], ["m"]), node("Div", ["m", "s"], ["a"]),
             *make_last],
            [first, tanh, ("columns", 1 / scale, mean, 0 * mean), last],
            (theta(w, b), theta(v / scale[:, None], c - (mean / scale) @ v))),
    }


def plainly(path, x):
    """ONNX Runtime, node by node: it makes nothing new of the graph."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(os.path.join(FOLDER, path), options, providers=["CPUExecutionProvider"])
    return session.run(None, {"x": x})[0].astype(np.float64)


def check_factors():
    """theta is that of the folded network, rounded once; predictions are within their bounds of that."""
    draw = np.random.default_rng(5)

    def floats(*shape):
        return draw.normal(size=shape).astype(np.float32)

    tensors = {"w": floats(3, 4), "b": floats(4), "v": floats(4, 2), "c": floats(2), "s": floats(4), "t": floats(4),
               "mean": floats(4), "var": np.abs(floats(4)), "factor": floats(4), "summand": floats(4)}
    x = floats(64, 3)
    np.save(os.path.join(FOLDER, "rows.npy"), x)
    for title, (nodes, steps, exact) in forms(tensors).items():
        graph(nodes, tensors, "factors.onnx")
        done = run("import", "factors.onnx", "--model", "imported.safetensors")
        check(done.returncode == 0, f"{title}: {done.stderr}")
        if done.returncode != 0:
            continue
        _, thetas = peers.read_model(os.path.join(FOLDER, "imported.safetensors"))
        for number in (0, 1):
            off = np.abs(thetas[number] - exact[number])
            room = bounds.U * np.abs(exact[number]) + 2.0**-46 * np.abs(exact[number]).max()
            check(np.all(off <= room), f"{title}: theta({number + 1}) is off by {off.max()}")
        run("predict", "imported.safetensors", "rows.npy", "--device", "cpu", "--quiet",
            "--overwrite", "--out", "h.npy")
        own, ort = np.load(os.path.join(FOLDER, "h.npy")), plainly("factors.onnx", x)
        reference, own_bound, _ = bounds.predict(thetas, "tanh", "linear", x)
        wanted, ort_bound = in_steps(steps, x)
        parts = [np.max(np.abs(a - b) / bound) for a, b, bound in ((own, reference, own_bound),
                                                                   (ort, wanted, ort_bound))]
        check(parts[0] <= 1.0 and parts[1] <= 1.0, f"{title}: {parts} of the bounds")
        print(f"{title:42} difference {np.abs(own - ort).max():9.3g}  {max(parts):6.3f} of the bound")
    node = helper.make_node
    names = ["s", "t", "mean", "var"]
    first = [node("MatMul", ["x", "w"], ["p"]), node("Add", ["p", "b"], ["z"])]
    last = [node("MatMul", ["a", "v"], ["y"])]
    for title, nodes, change, words in (
            ("one that is training",
             [*first, node("BatchNormalization", ["z", *names], ["a"], name="n", training_mode=1), *last], {},
             ["'n' ('BatchNormalization')", "training"]),
            ("no variance", [*first, node("BatchNormalization", ["z", *names], ["a"], name="n", epsilon=0.0), *last],
             {"var": np.zeros(4, np.float32)}, ["'n'", "variance is not above 0"]),
            ("of other units", [*first, node("BatchNormalization", ["z", *names], ["a"], name="n"), *last],
             {name: np.ones(3, np.float32) for name in names}, ["'n'", "each of 4 units"]),
            ("behind the last function", [*first, node("Sigmoid", ["z"], ["a"]),
                                          node("BatchNormalization", ["a", *names], ["y"], name="n")], {},
             ["scaled behind the function of the last layer"]),
            ("of softmax", [*first, node("Softmax", ["z"], ["a"]),
                            node("BatchNormalization", ["a", *names], ["y"], name="n")], {}, ["'n'", "neither at"]),
            ("the activation as it was", [*first, node("Tanh", ["z"], ["h"]),
                                          node("BatchNormalization", ["h", *names], ["a"], name="n"),
                                          node("MatMul", ["h", "v"], ["y"], name="raw")], {}, ["'raw'", "go on"]),
            ("a factor of the input below 0", [node("BatchNormalization", ["x", *(f"{name}3" for name in names)], ["n"],
                                                    name="n"), node("MatMul", ["n", "w"], ["y"])],
             {f"{name}3": -np.ones(3, np.float32) * (name != "var") + np.float32(name == "var") for name in names},
             ["'n'", "feature 1"])):
        graph(nodes, {**tensors, **change}, "factors.onnx")
        refused(title, "factors.onnx", *words)
    ones = {"s": [2, 3, 4], "t": [1, 0, -1], "mean": [5, 6, 7], "var": [1, 4, 9]}
    graph([node("BatchNormalization", ["x", *names], ["n"], epsilon=0.0), node("MatMul", ["n", "w"], ["y"])],
          {"w": tensors["w"], **{name: np.float32(value) for name, value in ones.items()}}, "factors.onnx")
    done = run("import", "factors.onnx", "--model", "imported.safetensors")
    metadata, _ = peers.read_model(os.path.join(FOLDER, "imported.safetensors"))
    check(json.loads(metadata["clmlp.scale.divisor"]) == [0.5, 2 / 3, 0.75], f"the input: {metadata} {done.stderr}")
    check(np.allclose(json.loads(metadata["clmlp.scale.offset"]), [4.5, 6.0, 7.75], rtol=1e-15),
          f"the input: {metadata}")


# --- names and nodes as tf2onnx writes them --------------------------------------------------------------------------


def check_keras():
    draw = np.random.default_rng(6)
    node, under = helper.make_node, "StatefulPartitionedCall/sequential/"
    tensors = {f"{under}dense/MatMul/ReadVariableOp:0": draw.normal(size=(6, 4)), f"{under}dense/bias:0":
               draw.normal(size=4), f"{under}dense_1/MatMul/ReadVariableOp:0": draw.normal(size=(4, 3)),
               f"{under}dense_1/bias:0": draw.normal(size=3)}
    tensors = {name: value.astype(np.float32) for name, value in tensors.items()}
    w, b, v, c = tensors
    dense = [node("Cast", ["x"], [f"{under}Cast:0"], to=TensorProto.FLOAT),
             node("Reshape", [f"{under}Cast:0", "const_fold_opt__7"], [f"{under}flatten/Reshape:0"]),
             node("MatMul", [f"{under}flatten/Reshape:0", w], [f"{under}dense/MatMul:0"]),
             node("Add", [f"{under}dense/MatMul:0", b], [f"{under}dense/BiasAdd:0"])]
    ends = {"Softmax": ("softmax", {"axis": -1}), "Sigmoid": ("sigmoid", {}), "Identity": ("linear", {})}
    for (end, (output, attributes)), activation in zip(ends.items(), ("Relu", "Tanh", "Selu")):
        nodes = [*dense, node(activation, [f"{under}dense/BiasAdd:0"], [f"{under}dense/act:0"]),
                 node("MatMul", [f"{under}dense/act:0", v], [f"{under}dense_1/MatMul:0"]),
                 node("Add", [f"{under}dense_1/MatMul:0", c], [f"{under}dense_1/BiasAdd:0"]),
                 node(end, [f"{under}dense_1/BiasAdd:0"], ["output_1"], **attributes)]
        graph(nodes, {**tensors, "const_fold_opt__7": np.int64([-1, 6])}, "keras.onnx",
              inputs=(("x", ["unk__20", 2, 3]),), outputs=("output_1",))
        said = compare(f"as tf2onnx writes it, {activation}, {end}", "keras.onnx",
                       draw.normal(size=(50, 2, 3)).astype(np.float32))
        check(said is not None and said["output"] == output and said["activation"] == activation.lower(),
              f"tf2onnx: {said}")


# --- by hand ---------------------------------------------------------------------------------------------------------


def graph(nodes, constants, path, inputs=(("x", ["N", 3]),), outputs=("y",), opset=13):
    made = helper.make_graph(
        nodes, "g", [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in inputs],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()
         if any(name in made.input for made in nodes)])
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid("ai.onnx.ml", 1)]
    model = helper.make_model(made, opset_imports=opsets, ir_version=7)
    onnx.save(model, os.path.join(FOLDER, path))


def check_hostile(tanh, end, tensors):
    """Files that nobody's exporter writes."""
    node = helper.make_node
    first = tanh[:2]
    graph([*first, node("Tanh", ["later"], ["a"], name="ring"), node("Identity", ["a"], ["later"]), *end], tensors,
          "hostile.onnx")
    refused("a cycle", "hostile.onnx", "'ring'", "'later' is no value that was made before")
    graph([*first, node("Add", ["own", "b"], ["own"], name="self"), node("Tanh", ["own"], ["a"]), *end], tensors,
          "hostile.onnx")
    refused("a node of itself", "hostile.onnx", "'self'", "'own' is no value")
    graph([*tanh, node("Tanh", ["z"], ["a"], name="again"), *end], tensors, "hostile.onnx")
    refused("a value twice", "hostile.onnx", "'again'", "that of another value")
    graph([*tanh, *end], tensors, "hostile.onnx")
    path = os.path.join(FOLDER, "hostile.onnx")
    good = onnx.load(path)

    def changed(title, change, *words):
        model = onnx.ModelProto()
        model.CopyFrom(good)
        change(model, next(t for t in model.graph.initializer if t.name == "v"))
        with open(path, "wb") as file:
            file.write(model.SerializeToString())
        refused(title, "hostile.onnx", *words)

    changed("an initialiser twice", lambda model, v: model.graph.initializer.add().CopyFrom(v), "'v' is there twice")
    for dims in ([2**62, 2**62], [2**40, 2**40], [-1, 2], [0, 2], [2**31, 2**31], [1] * 9):
        changed(f"dimensions {dims}", lambda model, v, dims=dims: v.dims.__setitem__(slice(None), dims), "hostile.onnx")
    changed("a node without an output", lambda model, v: model.graph.node[0].output.__delitem__(0), "no name")
    changed("an unknown domain", lambda model, v: setattr(model.graph.node[0], "domain", "com.microsoft"), "domain",
            "com.microsoft")

    # numbers in two fields, or in the ONNX file itself
    changed("raw and float_data", lambda model, v: v.float_data.extend([1.0] * 8), "'v'", "more than one field")
    changed("raw and int64_data", lambda model, v: v.int64_data.extend([1] * 8), "'v'", "more than one field")

    def outside(v, location):
        v.data_location = TensorProto.EXTERNAL
        v.external_data.add(key="location", value=location)

    changed("raw and a file", lambda model, v: outside(v, "beside"), "'v'", "more than one field")
    link = os.path.join(FOLDER, "linked")
    os.link(path, link)
    for location in ("hostile.onnx", "linked"):
        changed(f"numbers in {location}", lambda model, v, at=location: (v.ClearField("raw_data"), outside(v, at)),
                location, "in itself")
    os.remove(link)
    for op, since in (("Mish", 18), ("Gelu", 20), ("Erf", 9), ("Swish", 24)):
        graph([*first, node(op, ["z"], ["a"], name="young"), *end], tensors, "hostile.onnx", opset=since - 1)
        refused(f"{op} before its time", "hostile.onnx", f"'young' ('{op}')", f"set {since}", f"of {since - 1}")

    def own_relu(model, v):
        """A function of the file that takes the place of an operator."""
        made = helper.make_function("", "Tanh", ["p"], ["q"], [node("Neg", ["p"], ["q"])],
                                    [helper.make_opsetid("", 13)])
        model.functions.append(made)

    changed("an operator of its own", own_relu, "functions")


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
    # a single output as a vector
    one = {**tensors, "v": tensors["v"][:, :1], "last axis": np.int64([-1]), "0": np.int64([0])}
    single = [*tanh, node("MatMul", ["a", "v"], ["h"]), node("Squeeze", ["h", "last axis"], ["q"])]
    graph([*single, node("Sigmoid", ["q"], ["y"])], one, "hand.onnx")
    compare("a single output, Squeeze", "hand.onnx", x)
    graph([*single, node("Softmax", ["q"], ["y"], name="all rows")], one, "hand.onnx")
    refused("softmax over all rows", "hand.onnx", "'all rows'", "one unit")
    graph([*tanh, node("MatMul", ["a", "v"], ["h"]), node("Squeeze", ["h", "0"], ["y"], name="q")], one, "hand.onnx")
    refused("rows squeezed", "hand.onnx", "'q' ('Squeeze')")
    graph([*tanh, node("MatMul", ["a", "v"], ["h"]), node("Squeeze", ["h", "last axis"], ["y"], name="q")],
          {**one, "v": tensors["v"]}, "hand.onnx")
    refused("two outputs squeezed", "hand.onnx", "'q' ('Squeeze')")
    # what a loss adds may be said; else nothing is
    graph([*tanh, node("MatMul", ["a", "v"], ["h"]), node("LogSoftmax", ["h"], ["y"], axis=-1)], tensors, "hand.onnx")
    refused("logarithms", "hand.onnx", "logarithms of softmax", "--output softmax")
    done = run("import", "hand.onnx", "--output", "softmax", "--model", "imported.safetensors")
    check(done.returncode == 0, f"logarithms that are asked for: {done.stderr}")
    np.save(os.path.join(FOLDER, "rows.npy"), x)
    run("predict", "imported.safetensors", "rows.npy", "--device", "cpu", "--quiet", "--overwrite", "--out", "h.npy")
    logarithms = onnxruntime.InferenceSession(os.path.join(FOLDER, "hand.onnx")).run(None, {"x": x})[0]
    check(np.allclose(np.load(os.path.join(FOLDER, "h.npy")), np.exp(logarithms), rtol=1e-5), "their probabilities")
    graph([*tanh, *end], tensors, "hand.onnx")
    for output, status in (("softmax", 0), ("sigmoid", 0), ("linear", 0)):
        done = run("import", "hand.onnx", "--output", output, "--model", "imported.safetensors", "--json")
        check(done.returncode == status and json.loads(done.stdout)["output"] == output, f"{output}: {done.stderr}")
    graph([*tanh, node("MatMul", ["a", "v"], ["h"]), node("Sigmoid", ["h"], ["y"])], tensors, "hand.onnx")
    refused("another output than the file's", "hand.onnx", "--output softmax", "is sigmoid",
            options=["--output", "softmax"])
    check_hostile(tanh, end, tensors)
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
    # a link out of the folder is not followed, and a pipe not waited for
    tensor.external_data[0].value = "beside"
    with open(os.path.join(FOLDER, "hand.onnx"), "wb") as file:
        file.write(model.SerializeToString())
    beside = os.path.join(FOLDER, "beside")
    os.symlink("/etc/passwd", beside)
    done = run("import", "hand.onnx", "--model", "refused.safetensors")
    check(done.returncode != 0 and "beside" in done.stderr and "symbolic" in done.stderr, f"a link: {done.stderr}")
    os.remove(beside)
    os.mkfifo(beside)
    refused("a pipe", "hand.onnx", "beside", "too short")
    os.remove(beside)


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    os.makedirs(FOLDER)
    check_by_hand()
    check_factors()
    check_keras()
    check_sklearn()
    check_torch()
    if failures:
        print(f"{len(failures)} failed")
        sys.exit(1)
    print(f"{compared} networks within their bounds")


if __name__ == "__main__":
    main()
