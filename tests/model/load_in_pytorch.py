#!/usr/bin/env python3
"""Load a clmlp model into PyTorch unchanged, and run it.

    load_in_pytorch.py MODEL X            print h, one row a line
    load_in_pytorch.py MODEL X H ...      compare it with H; any number of threes

X holds scaled features [m x n], H the predictions h [m x K] that clmlp made of them, both .npy files of
float64. Exit status: 0 done; 1 the predictions differ; 77 PyTorch is not there (a test is then skipped).

Two correct results in single precision differ by rounding only. A unit of n inputs adds n + 1 products,
each with a relative error of at most (n + 1) u, u = 2^-24 (2^-53 in double), of the sum of their
magnitudes; the bound on h is that error carried from layer to layer, with activations of slope at most 1
(sigmoid: 1/4), doubled because both sides have it, and 8 u for the activation functions of either side.
"""
import ast
import json
import struct
import sys

try:
    import torch
except ImportError:
    print("skipped: PyTorch is not installed")
    sys.exit(77)

DTYPES = {"F16": torch.float16, "BF16": torch.bfloat16, "F32": torch.float32, "F64": torch.float64}
HIDDEN = {
    "sigmoid": torch.nn.Sigmoid,
    "tanh": torch.nn.Tanh,
    "relu": torch.nn.ReLU,
    "linear": torch.nn.Identity,
    "swish": torch.nn.SiLU,
    "selu": torch.nn.SELU,
    "mish": torch.nn.Mish,
    "leaky-relu": torch.nn.LeakyReLU,
    "elu": torch.nn.ELU,
    "gelu": torch.nn.GELU,
    "gelu-tanh": lambda: torch.nn.GELU(approximate="tanh"),
    "softplus": torch.nn.Softplus,
}


def read_header(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        return json.loads(file.read(length)), 8 + length


def read_tensors(path):
    """With the safetensors package where it is installed, else by the format's description."""
    try:
        from safetensors.torch import load_file

        return load_file(path)
    except ImportError:
        pass
    header, start = read_header(path)
    with open(path, "rb") as file:
        data = file.read()[start:]
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            flat = torch.frombuffer(bytearray(data[begin:end]), dtype=DTYPES[entry["dtype"]])
            tensors[name] = flat.reshape(entry["shape"])
    return tensors


def read_npy(path):
    """A version 1.0 file of float64, without NumPy, which PyTorch does not need."""
    with open(path, "rb") as file:
        data = file.read()
    assert data[:8] == b"\x93NUMPY\x01\x00", path
    (length,) = struct.unpack("<H", data[8:10])
    header = ast.literal_eval(data[10 : 10 + length].decode("ascii"))
    assert header["descr"] == "<f8" and not header["fortran_order"], header
    assert (10 + length) % 64 == 0, "the data is not aligned"
    flat = torch.frombuffer(bytearray(data[10 + length :]), dtype=torch.float64)
    return flat.reshape(header["shape"])


def build(metadata, dtype):
    """The network that the metadata describes, without the output function."""
    sizes = [int(size) for size in metadata["clmlp.layers"].split(",")]
    modules = []
    for s_in, s_out in zip(sizes, sizes[1:]):
        modules += [torch.nn.Linear(s_in, s_out, dtype=dtype), HIDDEN[metadata["clmlp.activation"]]()]
    return torch.nn.Sequential(*modules[:-1])


def output(kind, z):
    if kind == "sigmoid":
        return torch.sigmoid(z)
    return torch.softmax(z, dim=1) if kind == "softmax" else z


def slope(activation):
    return 0.25 if isinstance(activation, torch.nn.Sigmoid) else 1.0


def bound(network, kind, x, u):
    """How far each h may be from another right result in precision u, see above; [m x K]."""
    a = x.double()
    error = torch.zeros_like(a)
    for module in network:
        if isinstance(module, torch.nn.Linear):
            weight, bias = module.weight.double(), module.bias.double()
            magnitude = a.abs() @ weight.abs().T + bias.abs()
            error = error @ weight.abs().T + 2 * (module.in_features + 2) * u * magnitude
            a = a @ weight.T + bias
        else:
            a = module(a)
            error = error * slope(module) + 8 * u * a.abs()
    if kind == "sigmoid":
        error = error * slope(torch.nn.Sigmoid())
    if kind == "softmax":  # every z moves every h; together by no more than the largest of them
        error = error.max(dim=1, keepdim=True).values
    return error + (0 if kind == "linear" else 8 * u)


def predict(model_path, x_path):
    """h [m x K], and how far another right result may be from it, [m x 1]."""
    metadata = read_header(model_path)[0]["__metadata__"]
    assert all(isinstance(value, str) for value in metadata.values()), metadata
    tensors = read_tensors(model_path)
    dtype = next(iter(tensors.values())).dtype
    network = build(metadata, dtype)
    network.load_state_dict(tensors, strict=True)
    x = read_npy(x_path).to(dtype)
    u = 2.0**-53 if dtype == torch.float64 else 2.0**-24
    kind = metadata["clmlp.output"]
    with torch.no_grad():
        return output(kind, network(x)).double(), bound(network, kind, x, u)


def compare(model_path, x_path, h_path):
    h, allowed = predict(model_path, x_path)
    expected = read_npy(h_path)
    assert expected.shape == h.shape, (expected.shape, h.shape)
    difference = (h - expected).abs()
    share = (difference / allowed).max().item()
    print(f"{model_path}: largest difference {difference.max().item():.3g}, {share:.3g} of what rounding explains")
    return bool((difference <= allowed).all())  # NaN is not <=


def main(arguments):
    if len(arguments) == 2:
        for row in predict(*arguments)[0].tolist():
            print(",".join(repr(value) for value in row))
        return 0
    if not arguments or len(arguments) % 3 != 0:
        return __doc__
    threes = [arguments[i : i + 3] for i in range(0, len(arguments), 3)]
    return 0 if all([compare(*three) for three in threes]) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
