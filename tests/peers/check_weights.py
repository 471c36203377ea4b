#!/usr/bin/env python3
"""Check theta after 100 steps with weights of the examples against PyTorch in float64.

    check_weights.py PROGRAM FOLDER [SPEC:ENGINE[:FAMILY] ...]      default: cpu:auto

The weights are a column of the examples' file (--weights). PyTorch takes the cost of each example times its weight, of
mean 1 over all of them, and divides the sum by the rows of the batch. Every number of theta has to be within 1e-10,
while training without weights is more than 1e-3 apart. Exit status: 0 all agree; 1 not; 77 PyTorch or NumPy is not
there.
"""
import sys

import trainings
from check_optimizers import NETWORKS, make_network
from peers import np
from trainings import STEPS, largest_difference


def torch_train(theta, x, y, w, network):
    """theta after STEPS steps of gradient descent on (1/M) sum w cost + the lambda term."""
    import torch
    from torch.nn import functional as F

    activation, output, _, m, batch, rate, strength = network
    torch.set_num_threads(1)
    g = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu, "swish": F.silu}[activation]
    cost = {"sigmoid": lambda z, y: F.binary_cross_entropy_with_logits(z, y, reduction="none").sum(1),
            "softmax": lambda z, y: F.cross_entropy(z, y, reduction="none"),
            "linear": lambda z, y: F.mse_loss(z, y, reduction="none").sum(1) / 2}[output]
    matrices = [torch.tensor(matrix, dtype=torch.float64, requires_grad=True) for matrix in theta]
    x, y, w = (torch.from_numpy(values) for values in (x, y, w / w.mean()))
    for step in range(STEPS):
        rows = slice(step * batch % m, step * batch % m + batch)
        a = x[rows]
        for l, matrix in enumerate(matrices, 1):
            z = F.linear(a, matrix[:, 1:], matrix[:, 0])
            a = g(z) if l < len(matrices) else z
        decay = sum((matrix[:, 1:] ** 2).sum() for matrix in matrices)
        J = (w[rows] * cost(z, y[rows])).sum() / len(z) + strength / (2 * m) * decay
        gradients = torch.autograd.grad(J, matrices)
        with torch.no_grad():
            for matrix, gradient in zip(matrices, gradients):
                matrix -= rate * gradient
    return [matrix.detach().numpy() for matrix in matrices]


def check(program, folder, places):
    random = np.random.default_rng(2)
    checks = trainings.Checks()
    for number, network in enumerate(NETWORKS, 1):
        activation, output, sizes, m, _, _, strength = network
        theta, x, y = make_network(random, activation, output, sizes, m)
        w = random.integers(0, 5, m) * random.uniform(0.5, 1.5, m)  # some weigh nothing
        files = trainings.write(folder, number, np.column_stack([x, w]), y, theta)
        right = torch_train(theta, x, y, w, network)
        apart = largest_difference(right, torch_train(theta, x, y, np.ones(m), network))
        for place in places:
            trained = trainings.clmlp(program, folder, files, network, place, "--weights", str(sizes[0] + 1),
                                     "--target-scale", "none")
            checks.add(f"{':'.join(place):22} {'-'.join(map(str, sizes)):10} {activation:7} {output:7} lambda "
                       f"{strength:<3g} m {m:<3}", trained, right, "without weights", apart)
    return checks.end()


if __name__ == "__main__":
    sys.exit(trainings.main(sys.argv[1:], __doc__, check))
