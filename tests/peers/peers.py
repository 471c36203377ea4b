"""What the scripts here share: clmlp's files read without clmlp, and training steps by PyTorch and NumPy in float64.

A step is a dictionary {(layer, name): array}, named as the files of `clmlp verify --dump`: z, a, cost, delta, gradient,
theta; x and y are what it was given. theta(l) is [s_{l+1} x (s_l + 1)], column 0 for the bias unit.
"""
import gzip
import importlib.util
import json
import math
import os
import struct
import sys

try:
    import numpy as np
except ImportError:
    print("skipped: NumPy is not installed")
    sys.exit(77)

HAS_TORCH = importlib.util.find_spec("torch") is not None  # imported where it is used: that takes seconds
DTYPES = {"F16": "<f2", "F32": "<f4", "F64": "<f8"}


# --- files ---------------------------------------------------------------------------------------------------


def read_model(path):
    """The metadata, and theta(1) ... theta(L - 1) in float64."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    metadata = header.pop("__metadata__", {})

    def tensor(name):
        entry = header[name]
        begin, end = entry["data_offsets"]
        return np.frombuffer(data[begin:end], DTYPES[entry["dtype"]]).reshape(entry["shape"]).astype(np.float64)

    layers = sorted(int(name.split(".")[0]) for name in header if name.endswith(".weight"))
    theta = [np.column_stack([tensor(f"{n}.bias"), tensor(f"{n}.weight")]) for n in layers]
    return metadata, theta


def write_model(path, theta):
    """theta as a file of another program would have it: nothing but tensors."""
    header, blobs, at = {}, [], 0
    for number, matrix in enumerate(theta):
        for name, part in (("weight", matrix[:, 1:]), ("bias", matrix[:, 0])):
            blob = np.ascontiguousarray(part, "<f8").tobytes()
            header[f"{2 * number}.{name}"] = {
                "dtype": "F64", "shape": list(part.shape), "data_offsets": [at, at + len(blob)]}
            blobs.append(blob)
            at += len(blob)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def read_table(path):
    """Rows of a .csv file (with or without a header, .gz or not) as texts, or of an .npy file as numbers."""
    if path.endswith(".npy"):
        table = np.load(path)
        return table.reshape(len(table), -1)
    with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8") as file:
        rows = [line.rstrip("\r\n").split(",") for line in file if line.strip()]
    try:
        [float(field) for field in rows[0][:-1]]
    except ValueError:
        rows = rows[1:]
    return rows


def one_hot(labels, metadata, K):
    names = json.loads(metadata["clmlp.classes"]) if "clmlp.classes" in metadata else [str(k) for k in range(K)]

    def class_of(label):
        text = str(label)
        if text in names:
            return names.index(text)
        return names.index(f"{float(text):g}")

    y = np.zeros((len(labels), K))
    for i, label in enumerate(labels):
        y[i, class_of(label)] = 1.0
    return y


def read_data(path, labels, metadata, n, K):
    """x [m x n], scaled as the model says, and y [m x K]."""
    rows = read_table(path)
    if labels is None:
        x = np.array([[float(field) for field in row[:-1]] for row in rows])
        targets = [[row[-1]] for row in rows]
    else:
        x = np.array(rows, dtype=np.float64)
        targets = read_table(labels)
    single = len(targets[0]) == 1
    if single and (K > 1 or "clmlp.classes" in metadata):
        y = one_hot([row[0] for row in targets], metadata, K)
    else:
        y = np.array(targets, dtype=np.float64)
    assert x.shape[1] == n and y.shape == (len(x), K), (x.shape, y.shape, n, K)
    scale = metadata.get("clmlp.scale", "none")
    if scale == "pixel":
        x = x / 255.0
    elif scale != "none":
        divisor = np.array(json.loads(metadata["clmlp.scale.divisor"]))
        x = (x - json.loads(metadata["clmlp.scale.offset"])) / np.where(divisor == 0, np.inf, divisor)
    if scale == "robust-clip":
        x = x / np.sqrt(1 + (x / 3) ** 2)
    return x, y


def save_step(folder, number, step):
    for (layer, name), values in step.items():
        np.save(os.path.join(folder, f"{number:04d}-{layer}-{name}.npy"), np.atleast_2d(np.asarray(values, np.float64)))


# --- one step ------------------------------------------------------------------------------------------------


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softplus(z):
    return np.maximum(z, 0) + np.log1p(np.exp(-abs(z)))


def mish_slope(z):
    t = np.tanh(softplus(z))
    return t + z * (1 - t * t) * sigmoid(z)


erf = np.vectorize(math.erf, otypes=[float])
SELU, ALPHA, RISE = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717, math.sqrt(8 / math.pi)
DENSITY = 1 / math.sqrt(2 * math.pi)


def gelu_tanh_slope(z):
    s = sigmoid(RISE * (z + 0.044715 * z**3))
    return s + z * s * (1 - s) * RISE * (1 + 3 * 0.044715 * z * z)


# g and g' of z
MORE = {
    "selu": (lambda z: SELU * np.where(z > 0, z, ALPHA * np.expm1(z)),
             lambda z: SELU * np.where(z > 0, 1, ALPHA * np.exp(z))),
    "mish": (lambda z: z * np.tanh(softplus(z)), mish_slope),
    "leaky-relu": (lambda z: np.where(z > 0, z, 0.01 * z), lambda z: np.where(z > 0, 1, 0.01)),
    "elu": (lambda z: np.where(z > 0, z, np.expm1(z)), lambda z: np.where(z > 0, 1, np.exp(z))),
    "gelu": (lambda z: z * (1 + erf(z / math.sqrt(2))) / 2,
             lambda z: (1 + erf(z / math.sqrt(2))) / 2 + z * DENSITY * np.exp(-z * z / 2)),
    "gelu-tanh": (lambda z: z * sigmoid(RISE * (z + 0.044715 * z**3)), gelu_tanh_slope),
    "softplus": (softplus, sigmoid),
}


def numpy_step(theta, x, y, activation, output, rate, decay):
    """The equations of docs/mathematics.md, written out; decay = lambda / m."""
    g = {"sigmoid": sigmoid, "tanh": np.tanh, "relu": lambda z: np.maximum(z, 0),
         "linear": lambda z: z, "swish": lambda z: z * sigmoid(z),
         **{name: pair[0] for name, pair in MORE.items()}}[activation]
    slope = {"sigmoid": lambda z, a: a * (1 - a), "tanh": lambda z, a: 1 - a * a, "relu": lambda z, a: (a > 0) * 1.0,
             "linear": lambda z, a: np.ones_like(a),
             "swish": lambda z, a: sigmoid(z) * (1 + z * (1 - sigmoid(z))),
             **{name: lambda z, a, g=pair[1]: g(z) for name, pair in MORE.items()}}[activation]
    step, M, L = {}, len(x), len(theta) + 1
    a = [x]
    for l in range(1, L):
        z = np.column_stack([np.ones(M), a[-1]]) @ theta[l - 1].T
        if l + 1 < L:
            a.append(g(z))
        elif output == "sigmoid":
            a.append(sigmoid(z))
            cost = (np.maximum(z, 0) - z * y + np.log1p(np.exp(-abs(z)))).sum()
        elif output == "softmax":
            shifted = z - z.max(axis=1, keepdims=True)
            a.append(np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True))
            cost = -(y * (shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))).sum()
        else:
            a.append(z)
            cost = ((z - y) ** 2).sum() / 2
        step[l + 1, "z"], step[l + 1, "a"] = z, a[-1]
    step[L, "cost"] = cost
    delta = a[-1] - y
    for l in range(L, 1, -1):
        step[l, "delta"] = delta
        if l > 2:
            delta = (delta @ theta[l - 2])[:, 1:] * slope(step[l - 1, "z"], a[l - 2])
    for l in range(1, L):
        weights = theta[l - 1].copy()
        weights[:, 0] = 0
        gradient = step[l + 1, "delta"].T @ np.column_stack([np.ones(M), a[l - 1]]) / M + decay * weights
        step[l, "gradient"], step[l, "theta"] = gradient, theta[l - 1] - rate * gradient
    return step


def torch_step(theta, x, y, activation, output, rate, decay):
    """By PyTorch's own functions and its automatic derivatives."""
    import torch
    from torch.nn import functional as F

    g = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu, "linear": lambda z: z,
         "swish": F.silu, "selu": F.selu, "mish": F.mish, "leaky-relu": F.leaky_relu, "elu": F.elu, "gelu": F.gelu,
         "gelu-tanh": lambda z: F.gelu(z, approximate="tanh"), "softplus": F.softplus}[activation]
    target = torch.from_numpy(np.array(y))
    thetas = [torch.tensor(matrix, dtype=torch.float64, requires_grad=True) for matrix in theta]
    step, M, L = {}, len(x), len(theta) + 1
    zs, a = [], torch.from_numpy(np.array(x))
    for l, matrix in enumerate(thetas, 1):
        zs.append(F.linear(a, matrix[:, 1:], matrix[:, 0]))
        if l + 1 < L:
            a = g(zs[-1])
            step[l + 1, "a"] = a.detach().numpy()
    if output == "sigmoid":
        h, cost = torch.sigmoid(zs[-1]), F.binary_cross_entropy_with_logits(zs[-1], target, reduction="sum")
    elif output == "softmax":
        h, cost = F.softmax(zs[-1], dim=1), F.cross_entropy(zs[-1], target, reduction="sum")
    else:
        h, cost = zs[-1], F.mse_loss(zs[-1], target, reduction="sum") / 2
    J = cost / M + decay / 2 * sum((matrix[:, 1:] ** 2).sum() for matrix in thetas)
    gradients = torch.autograd.grad(J, thetas, retain_graph=True)
    deltas = torch.autograd.grad(cost, zs)
    step[L, "a"], step[L, "cost"] = h.detach().numpy(), cost.item()
    for l in range(1, L):
        step[l + 1, "z"], step[l + 1, "delta"] = zs[l - 1].detach().numpy(), deltas[l - 1].numpy()
        step[l, "gradient"] = gradients[l - 1].numpy()
        step[l, "theta"] = theta[l - 1] - rate * gradients[l - 1].numpy()
    return step


STEPS = {"numpy": numpy_step, "torch": torch_step}


def J_of(step, theta, M, decay):
    """The cost with its lambda term."""
    cost = next(values for (_, name), values in step.items() if name == "cost")
    squares = math.fsum(float(w) * float(w) for matrix in theta for w in matrix[:, 1:].ravel())
    return cost / M + decay / 2 * squares


def make_dump(folder, step_function, theta, x, y, activation, output, steps, batch, rate, decay):
    """Train in float64, batches in the order of the rows, and write everything; returns the first step."""
    os.makedirs(folder, exist_ok=True)
    save_step(folder, 0, {(0, "rate"): rate, (0, "decay"): decay})
    save_step(folder, 0, {(l, "theta"): matrix for l, matrix in enumerate(theta, 1)})
    first, at = None, 0
    for number in range(1, steps + 1):
        rows = slice(at, min(at + batch, len(x)))
        step = step_function(theta, x[rows], y[rows], activation, output, rate, decay)
        save_step(folder, number, {(1, "x"): x[rows], (len(theta) + 1, "y"): y[rows]})
        save_step(folder, number, step)
        theta = [step[l, "theta"] for l in range(1, len(theta) + 1)]
        first = first or step
        at = rows.stop % len(x)
    return first
