#!/usr/bin/env python3
"""Check theta after 100 steps with weights of the examples against PyTorch in float64.

    check_weights.py PROGRAM FOLDER [SPEC:ENGINE[:FAMILY] ...]      default: cpu:auto

The weights are a column of the examples' file (--weights). PyTorch takes the cost of each example times its weight, of
mean 1 over all of them, and divides the sum by the rows of the batch. Every number of theta has to be within 1e-10,
while training without weights is more than 1e-3 apart. Exit status: 0 all agree; 1 not; 77 PyTorch or NumPy is not
there.
"""
import os
import subprocess
import sys

import peers
from check_optimizers import NETWORKS, STEPS, TOLERANCE, APART, largest_difference, make_network
from peers import np


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


def clmlp_train(program, folder, files, network, place):
    """theta after STEPS steps, or what clmlp said."""
    activation, output, sizes, m, batch, rate, strength = network
    spec, engine, *family = place
    model = os.path.join(folder, "trained.safetensors")
    environment = {**os.environ, **({"CLMLP_NATIVE_FAMILY": family[0]} if family else {})}
    line = [program, "train", files["x"], "--labels", files["y"], "--weights", str(sizes[0] + 1), "--scale", "none",
            "--target-scale", "none", "--init", files["theta"], "--activation", activation, "--output", output,
            "--rate", repr(rate), "--lambda", repr(strength), "--batch", str(batch), "--no-shuffle",
            "--epochs", str(STEPS * batch // m), "--device", spec, "--engine", engine, "--precision", "f64",
            "--model", model, "--quiet", "--json"]
    done = subprocess.run(line, capture_output=True, text=True, env=environment, check=False)
    if done.returncode != 0:
        return f"exit status {done.returncode}: {done.stderr.strip()}"
    return peers.read_model(model)[1]


def check(program, folder, places):
    random = np.random.default_rng(2)
    failed = checks = 0
    for number, network in enumerate(NETWORKS, 1):
        activation, output, sizes, m, _, _, strength = network
        theta, x, y = make_network(random, activation, output, sizes, m)
        w = random.integers(0, 5, m) * random.uniform(0.5, 1.5, m)  # some weigh nothing
        files = {"x": f"{number}-x.npy", "y": f"{number}-y.npy", "theta": f"{number}-theta.safetensors"}
        files = {name: os.path.join(folder, file) for name, file in files.items()}
        np.save(files["x"], np.column_stack([x, w]))
        np.save(files["y"], y)
        peers.write_model(files["theta"], theta)
        right = torch_train(theta, x, y, w, network)
        apart = largest_difference(right, torch_train(theta, x, y, np.ones(m), network))
        for place in places:
            trained = clmlp_train(program, folder, files, network, place)
            difference = float("nan") if isinstance(trained, str) else largest_difference(trained, right)
            passed = difference <= TOLERANCE and apart > APART
            checks += 1
            failed += not passed
            print(f"{'ok  ' if passed else 'FAIL'} {':'.join(place):22} {'-'.join(map(str, sizes)):10} {activation:7} "
                  f"{output:7} lambda {strength:<3g} m {m:<3} off by {difference:.2g}, without weights by {apart:.2g}"
                  f"{': ' + trained if isinstance(trained, str) else ''}")
    print(f"{checks - failed} of {checks} trainings of {STEPS} steps agree with PyTorch to {TOLERANCE:g}")
    return failed


def main(arguments):
    if len(arguments) < 2:
        return __doc__
    if not peers.HAS_TORCH:
        print("skipped: PyTorch is not installed")
        return 77
    program, folder = arguments[:2]
    os.makedirs(folder, exist_ok=True)
    places = [tuple(place.split(":")) for place in arguments[2:] or ["cpu:auto"]]
    return 1 if check(program, folder, places) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
