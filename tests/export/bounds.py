"""How far ONNX Runtime and clmlp may be from the exact prediction of a network of floats (docs/export.md).

The derivations of clmlp's side are those of docs/verification.md; ONNX Runtime's functions are off by what
measure_functions.py found over all floats. A reference in double carries a bound for each side along.
"""
import contextlib
import json

import numpy as np
from scipy import special

U = 2.0**-24
LEAST = 2.0**-126
ROUND = np.float32


@contextlib.contextmanager
def precision(name):
    """clmlp's side in f64 while it lasts, or as it is in f32."""
    global U, LEAST, ROUND
    before = U, LEAST, ROUND
    if name == "f64":
        U, LEAST, ROUND = 2.0**-53, 2.0**-1022, np.float64
    try:
        yield
    finally:
        U, LEAST, ROUND = before

# ONNX Runtime: parts of u, absolute or of the result. See docs/export.md.
ORT = {"sigmoid": 3.0, "tanh": 6.0, "erf": 2.0, "softplus": 6.0, "elu": 3.0, "selu": 6.0, "exp": 5.0}

SELU_ALPHA, SELU_GAMMA = 1.6732632423543772, 1.0507009873554805
RISE, CUBE = np.sqrt(2.0 / np.pi), 0.044715


def gamma(n):
    return n * U / (1.0 - n * U)


def softplus(z):
    return np.logaddexp(0.0, z)


def density(z):
    return np.exp(-z * z / 2.0) / np.sqrt(2.0 * np.pi)


def rise(z):
    return 2.0 * RISE * z * (1.0 + CUBE * z * z)


# g in double, and a number that |g'| is never above
G = {
    "sigmoid": (special.expit, 0.25),
    "tanh": (np.tanh, 1.0),
    "relu": (lambda z: np.maximum(z, 0.0), 1.0),
    "linear": (lambda z: z, 1.0),
    "step": (lambda z: (z > 0.0).astype(np.float64), 0.0),
    "swish": (lambda z: z * special.expit(z), 1.1),
    "selu": (lambda z: SELU_GAMMA * np.where(z > 0, z, SELU_ALPHA * np.expm1(np.minimum(z, 0.0))),
             SELU_GAMMA * SELU_ALPHA),
    "mish": (lambda z: z * np.tanh(softplus(z)), 1.1),
    "leaky-relu": (lambda z: np.where(z > 0, z, 0.01 * z), 1.0),
    "elu": (lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0.0))), 1.0),
    "gelu": (lambda z: z * special.ndtr(z), 1.13),
    "gelu-tanh": (lambda z: z * special.expit(rise(z)), 1.13),
    "softplus": (softplus, 1.0),
}


def own_error(name, z):
    """clmlp: docs/verification.md, "Activations"; an ulp is 2u of the number at most."""
    g, _ = G[name]
    a = np.abs(g(z))
    least = (2.0 + np.abs(z)) * LEAST
    if name == "sigmoid":
        return 6 * U * a * (1 - a) + 6 * U * a + least
    if name == "swish":
        return 6 * U * a * (1 - special.expit(z)) + 6 * U * a + least
    if name == "gelu":
        return 33 * U * a + 2 * U * z * z * density(z) + least
    if name == "gelu-tanh":
        y = rise(z)
        return 14 * U * a + 7 * U * a * np.abs(y) * (1 - special.expit(y)) + least
    if name in ("elu", "selu", "leaky-relu"):
        below = {"elu": 6, "selu": 8, "leaky-relu": 2}[name]
        above = 2 if name == "selu" else 0
        return np.where(z > 0, above, below) * U * a + least
    parts = {"tanh": 10, "mish": 17, "softplus": 11, "relu": 0, "linear": 0, "step": 0}[name]
    return parts * U * a + (least if parts else 0.0)


def ort_error(name, z):
    """ONNX Runtime: the operators that clmlp writes for a function, one after the other."""
    g, _ = G[name]
    a = np.abs(g(z))
    least = (2.0 + np.abs(z)) * LEAST
    if name == "sigmoid":
        return ORT["sigmoid"] * U + least
    if name == "swish":  # a product
        return np.abs(z) * ORT["sigmoid"] * U + 2 * U * a + least
    if name == "mish":
        s = softplus(z)
        t = np.tanh(s)
        e = ORT["softplus"] * U * s * (1 - t * t) * np.exp(2 * ORT["softplus"] * U * s) + ORT["tanh"] * U * t
        return np.abs(z) * e + 2 * U * a + least
    if name == "gelu":  # the argument is off by a rounding of the constant and one of the product
        v = z * np.sqrt(0.5)
        near = np.exp(-(np.abs(v) * (1 - 2 * U)) ** 2) * 2.0 / np.sqrt(np.pi)
        e = near * 2 * U * np.abs(v) + ORT["erf"] * U * np.abs(special.erf(v))
        return np.abs(z) / 2 * (e + U * (1 + special.erf(v) + e)) + 3 * U * a + least
    if name == "gelu-tanh":
        y = rise(z)
        s = special.expit(np.abs(y) * (1 - 8 * U))
        return np.abs(z) * (s * (1 - s) * 8 * U * np.abs(y) + ORT["sigmoid"] * U) + 2 * U * a + least
    if name in ("elu", "selu"):
        above = 2 * U * a if name == "selu" else 0.0
        return np.where(z > 0, above, ORT[name] * U) + least
    if name == "leaky-relu":
        return np.where(z > 0, 0.0, 2 * U * a) + least
    parts = {"tanh": ORT["tanh"], "softplus": ORT["softplus"], "relu": 0, "linear": 0, "step": 0}[name]
    return parts * U * a + (least if parts else 0.0)


def through(name, z, b):
    """How far g may be off where z is off by b."""
    if name == "step":
        return (np.abs(z) <= b).astype(np.float64)
    g, slope = G[name]
    if name in ("swish", "mish", "gelu", "gelu-tanh"):
        return slope * b
    return np.maximum(g(z + b) - g(z), g(z) - g(z - b)) + 2.0**-50 * np.abs(g(z))


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def softmax_error(z, h, b, exp_parts, quotient_parts):
    """z off by b; the difference to the maximum rounds once, exp, the sum, and a quotient."""
    moved = np.expm1(b + b.max(axis=1, keepdims=True))
    each = U * (exp_parts + np.abs(z - z.max(axis=1, keepdims=True)) + b + b.max(axis=1, keepdims=True))
    part = each + (h * each).sum(axis=1, keepdims=True) + gamma(z.shape[1]) + quotient_parts * U
    return h * (moved + part * (1 + moved) * 1.001) + 4 * LEAST


def layer(theta, a, b):
    """z and its bound, from a that is off by b."""
    inputs = np.column_stack([np.ones(len(a)), a])
    off = np.column_stack([np.zeros(len(a)), b])
    z = inputs @ theta.T
    terms = (np.abs(inputs) + off) @ np.abs(theta).T
    n = (inputs != 0.0).sum(axis=1, keepdims=True)  # terms that are 0 round nothing
    room = n * LEAST * (1.0 + np.abs(inputs).max() + np.abs(theta).max())
    return z, (gamma(n) + n * 2.0**-52) * terms + off @ np.abs(theta).T + room


def predict(thetas, activation, output, scaled, off=0.0):
    """h in double, with the bounds of clmlp and of ONNX Runtime, whose inputs are off by `off`."""
    a = scaled.astype(np.float64)
    own, ort = np.zeros_like(a), np.zeros_like(a) + off
    for number, theta in enumerate(thetas):
        theta = theta.astype(ROUND).astype(np.float64)
        z, own = layer(theta, a, own)
        _, ort = layer(theta, a, ort)
        if number + 1 < len(thetas):
            a = G[activation][0](z)
            own = through(activation, z, own) + own_error(activation, z)
            ort = through(activation, z, ort) + ort_error(activation, z)
        elif output == "softmax":
            a = softmax(z)
            own = softmax_error(z, a, own, 6, 5)
            ort = softmax_error(z, a, ort, ORT["exp"], 3)
        else:
            name = "sigmoid" if output == "sigmoid" else "linear"
            a = G[name][0](z)
            own = through(name, z, own) + own_error(name, z)
            ort = through(name, z, ort) + ort_error(name, z)
    return a, own, ort


def predict_model(metadata, members, scaled):
    """What the whole model predicts, in the units of the target, with both bounds."""
    parts = [predict(thetas, metadata["clmlp.activation"], metadata["clmlp.output"], scaled) for thetas in members]
    h, own, ort = (sum(part[i] for part in parts) / len(parts) for i in range(3))
    if len(members) > 1:  # a few roundings in double
        own, ort = own + 2.0**-50 * np.abs(h), ort + 2.0**-50 * np.abs(h)
    scaled_targets = metadata.get("clmlp.target_scaling", "none") != "none"
    if scaled_targets:
        offset, divisor = (np.array(json.loads(metadata[f"clmlp.target_scaling.{key}"]))
                           for key in ("offset", "divisor"))
        h = h * divisor + offset
        room = 2.0**-50 * (np.abs(h) + np.abs(offset))
        own, ort = own * divisor + room, ort * divisor + room
    if scaled_targets or len(members) > 1:  # the file's outputs are floats
        ort = ort + U * (np.abs(h) + ort) + LEAST
    return h, own, ort
