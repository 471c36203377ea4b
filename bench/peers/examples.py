"""What is trained on, and where training starts, as files that each party can read."""
import dataclasses
import gzip
import pathlib
import struct

import numpy as np
from safetensors.numpy import load_file, save_file

CLASSES = 10
IMAGES, LABELS = "mnist8k-train-images-idx3-ubyte.gz", "mnist8k-train-labels-idx1-ubyte.gz"


@dataclasses.dataclass
class Examples:
    what: str
    m: int
    x: pathlib.Path       # NumPy, float32 [m x n], scaled
    labels: pathlib.Path  # text, a class a line
    y: pathlib.Path       # NumPy, float32 [m x 10], one-hot
    raw_x: pathlib.Path   # the same as bare floats, for C
    raw_y: pathlib.Path


def read_idx(path):
    content = gzip.decompress(path.read_bytes())
    dimensions = content[3]
    shape = struct.unpack(f">{dimensions}I", content[4:4 + 4 * dimensions])
    return np.frombuffer(content, np.uint8, offset=4 + 4 * dimensions).reshape(shape)


def has_mnist(folder):
    return all((folder / name).exists() for name in (IMAGES, LABELS))


def mnist(folder):
    """8,000 handwritten digits of 784 pixels from a folder that has them; None: noise of that shape in ten clusters."""
    if folder:
        labels = read_idx(folder / LABELS)
        return "8,000 MNIST digits", read_idx(folder / IMAGES).reshape(len(labels), -1) / np.float32(255), labels
    random = np.random.default_rng(1)
    labels = random.integers(0, CLASSES, 8000)
    centres = random.random((CLASSES, 784))
    return "8,000 random examples of 784 features", 0.7 * centres[labels] + 0.3 * random.random((8000, 784)), labels


def digits(root):
    """The 1,437 digits of 64 pixels that the tests use."""
    with gzip.open(root / "tests/data/digits-train.csv.gz") as file:
        table = np.loadtxt(file, delimiter=",", skiprows=1)
    return "1,437 UCI digits", table[:, :-1] / 16, table[:, -1].astype(int)


def random(layers, m):
    """Features in (-1, 1) and classes, as clmlp bench step makes its examples. Each class is there."""
    generator = np.random.default_rng(3)
    labels = generator.integers(0, CLASSES, m)
    labels[:CLASSES] = np.arange(CLASSES)
    return f"{m:,} random examples", 2 * generator.random((m, layers[0]), np.float32) - 1, labels


def write(folder, name, what, x, labels):
    x = np.ascontiguousarray(x, np.float32)
    y = np.zeros((len(labels), CLASSES), np.float32)
    y[np.arange(len(labels)), labels] = 1
    files = {kind: folder / f"{name}-{kind}" for kind in ("x.npy", "labels.csv", "y.npy", "x.f32", "y.f32")}
    np.save(files["x.npy"], x)
    np.save(files["y.npy"], y)
    files["labels.csv"].write_text("".join(f"{label}\n" for label in labels))
    x.tofile(files["x.f32"])
    y.tofile(files["y.f32"])
    return Examples(what, len(labels), files["x.npy"], files["labels.csv"], files["y.npy"], files["x.f32"],
                    files["y.f32"])


def write_theta(folder, layers):
    """The same random theta thrice: for clmlp (safetensors), Python (npz) and FANN (floats, each unit's weights and
    then its bias). Returns their paths by those endings."""
    random = np.random.default_rng(7)
    tensors, rows = {}, []
    for l, (n, s) in enumerate(zip(layers, layers[1:])):
        bound = np.sqrt(6 / (n + s))
        theta = random.uniform(-bound, bound, (s, n + 1)).astype(np.float32)
        rows.append(theta.ravel())
        tensors[f"{2 * l}.weight"] = np.ascontiguousarray(theta[:, :n])
        tensors[f"{2 * l}.bias"] = np.ascontiguousarray(theta[:, n])
    paths = {kind: folder / f"theta-{'-'.join(map(str, layers))}.{kind}" for kind in ("safetensors", "npz", "f32")}
    save_file(tensors, paths["safetensors"])
    np.savez(paths["npz"], **tensors)
    np.concatenate(rows).tofile(paths["f32"])
    return paths


def read_theta(path, layers):
    """The arrays of a model file in the order of write_theta's."""
    tensors = load_file(path)
    return [tensors[f"{2 * l}.{part}"] for l in range(layers) for part in ("weight", "bias")]
