#!/usr/bin/env python3
"""Check theta after 100 steps with dropout and label smoothing against PyTorch in float64.

    check_regularisation.py PROGRAM FOLDER [SPEC:ENGINE[:FAMILY] ...]      default: cpu:auto

Dropout: Philox4x32-10 is written once more here, in NumPy, and its masks are given to PyTorch. Label smoothing: of
torch.nn.CrossEntropyLoss for softmax; for sigmoid, y' is written out. Every number of theta has to be within 1e-10,
while training without either is more than 1e-3 apart. Exit status: 0 all agree; 1 not; 77 PyTorch or NumPy is not
there.
"""
import sys

import trainings
from check_optimizers import NETWORKS, make_network
from peers import np
from trainings import STEPS, largest_difference

SEED = 0x1234567890ABCDEF
# number in NETWORKS, dropout of each hidden layer or of all, label smoothing
CASES = [(0, [0.5], 0.0), (1, [0.2, 0.5], 0.1), (2, [0.3], 0.0), (3, [], 0.3), (4, [0.0, 0.4], 0.05), (0, [], 0.2)]


def philox(counter, key):
    """Four words of Philox4x32-10 for each counter [4 x n]: Salmon et al., SC'11, section 4."""
    c = [np.asarray(word, dtype=np.uint64) for word in counter]
    key, low = list(key), np.uint64(0xFFFFFFFF)
    for _ in range(10):
        first, second = c[0] * np.uint64(0xD2511F53), c[2] * np.uint64(0xCD9E8D57)
        c = [(second >> np.uint64(32)) ^ c[1] ^ np.uint64(key[0]), second & low,
             (first >> np.uint64(32)) ^ c[3] ^ np.uint64(key[1]), first & low]
        key = [(key[0] + 0x9E3779B9) & 0xFFFFFFFF, (key[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return c


def mask(p, step, layer, rows, units):
    """[rows x units]: 0, or 1/(1 - p). Unit j of row r has word j % 4 of counter (j / 4, r, step, 256 layer + 16)."""
    row, group = np.meshgrid(np.arange(rows), np.arange((units + 3) // 4), indexing="ij")
    words = philox([group, row, np.full(row.shape, step), np.full(row.shape, 256 * layer + 16)],
                   (SEED & 0xFFFFFFFF, SEED >> 32))
    bits = np.stack(words, axis=2).reshape(rows, -1)[:, :units]
    return np.where(bits >= np.uint64(int(p * 2**32)), 1.0 / (1.0 - p), 0.0)


def torch_train(theta, x, y, network, dropout, smoothing):
    """theta after STEPS steps of gradient descent."""
    import torch
    from torch.nn import functional as F

    activation, output, sizes, m, batch, rate, strength = network
    torch.set_num_threads(1)
    g = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu, "swish": F.silu}[activation]
    cost = {"sigmoid": lambda z, y: F.binary_cross_entropy_with_logits(z, (1 - smoothing) * y + smoothing / 2,
                                                                       reduction="sum"),
            "softmax": torch.nn.CrossEntropyLoss(reduction="sum", label_smoothing=smoothing),
            "linear": lambda z, y: F.mse_loss(z, y, reduction="sum") / 2}[output]
    matrices = [torch.tensor(matrix, dtype=torch.float64, requires_grad=True) for matrix in theta]
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    each = dropout * (len(sizes) - 2) if len(dropout) == 1 else dropout or [0.0] * (len(sizes) - 2)
    for step in range(STEPS):
        rows = slice(step * batch % m, step * batch % m + batch)
        a = x[rows]
        for l, matrix in enumerate(matrices, 1):
            z = F.linear(a, matrix[:, 1:], matrix[:, 0])
            if l == len(matrices):
                break
            a = g(z) * torch.from_numpy(mask(each[l - 1], step + 1, l + 1, len(z), sizes[l]))
        decay = sum((matrix[:, 1:] ** 2).sum() for matrix in matrices)
        J = cost(z, y[rows]) / len(z) + strength / (2 * m) * decay
        gradients = torch.autograd.grad(J, matrices)
        with torch.no_grad():
            for matrix, gradient in zip(matrices, gradients):
                matrix -= rate * gradient
    return [matrix.detach().numpy() for matrix in matrices]


def check(program, folder, places):
    random = np.random.default_rng(3)
    checks = trainings.Checks()
    for number, (which, dropout, smoothing) in enumerate(CASES, 1):
        network = NETWORKS[which]
        activation, output, sizes, m, *_ = network
        theta, x, y = make_network(random, activation, output, sizes, m)
        files = trainings.write(folder, number, x, y, theta)
        right = torch_train(theta, x, y, network, dropout, smoothing)
        apart = largest_difference(right, torch_train(theta, x, y, network, [], 0.0))
        options = ["--dropout", ",".join(map(repr, dropout))] if dropout else []
        for place in places:
            trained = trainings.clmlp(program, folder, files, network, place, "--target-scale", "none", "--seed",
                                      str(SEED), "--label-smoothing", repr(smoothing), *options)
            checks.add(f"{':'.join(place):22} {'-'.join(map(str, sizes)):10} {activation:7} {output:7} dropout "
                       f"{dropout} smoothing {smoothing:<4g}", trained, right, "without", apart)
    return checks.end()


def main(arguments):
    # Random123's published vectors: all bits 0, and all bits 1
    for word, answer in ((0, [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
                         (0xFFFFFFFF, [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD])):
        found = [int(w[0]) for w in philox([[word]] * 4, (word, word))]
        if found != answer:
            return f"philox is written wrong here: {found}, not {answer}"
    return trainings.main(arguments, __doc__, check)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
