#!/usr/bin/env python3
"""Check theta after 100 steps of clmlp's update rules against torch.optim in float64.

    check_momentum.py PROGRAM FOLDER [SPEC:ENGINE[:FAMILY] ...]      default: cpu:auto

Both begin with the same theta and take the same batches: all rows at once, and batches in the order of the rows. Every
number of theta has to be within 1e-10, while the rules themselves are more than 1e-3 apart. Exit status: 0 all agree; 1
not; 77 PyTorch or NumPy is not there, or clmlp does not have one of the rules (the others were checked).
"""
import os
import subprocess
import sys

import peers
from peers import np

STEPS = 100
TOLERANCE = 1e-10
APART = 1e-3  # what the rules have to differ by from plain descent, so that the check can fail
RULES = {"sgd": {}, "momentum": {"momentum": 0.9}}  # as both clmlp and torch.optim.SGD call them
# the same with gradients that are clipped to the middle norm of the gradients of such a run
CLIPPED = {"momentum+clip": RULES["momentum"]}
# activation, output, sizes, examples, batch, rate, lambda; STEPS steps are a whole number of epochs
NETWORKS = [
    ("sigmoid", "sigmoid", [13, 9, 4], 61, 61, 0.5, 0.0),
    ("tanh", "softmax", [21, 17, 33, 5], 160, 32, 0.05, 0.7),
    ("relu", "linear", [8, 31, 3], 120, 30, 0.01, 0.3),
    ("tanh", "softmax", [40, 3], 50, 1, 0.01, 0.1),
    ("swish", "softmax", [17, 19, 6, 4], 96, 24, 0.05, 0.2),
]


def make_network(random, activation, output, sizes, m):
    theta = [random.normal(size=(s_out, s_in + 1)) / np.sqrt(s_in) for s_in, s_out in zip(sizes, sizes[1:])]
    x, K = random.normal(size=(m, sizes[0])), sizes[-1]
    if output == "softmax":
        y = np.eye(K)[random.integers(0, K, m)]
    else:
        y = random.integers(0, 2, (m, K)).astype(np.float64) if output == "sigmoid" else random.normal(size=(m, K))
    return theta, x, y


def torch_train(theta, x, y, activation, output, batch, rate, strength, rule, limit=None):
    """theta after STEPS steps, and the norms of their gradients. The cost has J's lambda term, without biases."""
    import torch
    from torch.nn import functional as F

    torch.set_num_threads(1)
    g = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu, "swish": F.silu}[activation]
    cost = {"sigmoid": lambda z, y: F.binary_cross_entropy_with_logits(z, y, reduction="sum"),
            "softmax": lambda z, y: F.cross_entropy(z, y, reduction="sum"),
            "linear": lambda z, y: F.mse_loss(z, y, reduction="sum") / 2}[output]
    weights = [torch.tensor(matrix[:, 1:], dtype=torch.float64, requires_grad=True) for matrix in theta]
    biases = [torch.tensor(matrix[:, 0], dtype=torch.float64, requires_grad=True) for matrix in theta]
    optimizer = torch.optim.SGD(weights + biases, lr=rate, **rule)
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    norms = []
    for step in range(STEPS):
        first = step * batch % len(x)
        a = x[first:first + batch]
        for l, (weight, bias) in enumerate(zip(weights, biases), 1):
            z = F.linear(a, weight, bias)
            a = g(z) if l < len(weights) else z
        optimizer.zero_grad()
        decay = strength / (2 * len(x)) * sum((weight * weight).sum() for weight in weights)
        (cost(z, y[first:first + batch]) / len(z) + decay).backward()
        norms.append(float(torch.nn.utils.clip_grad_norm_(weights + biases, limit or float("inf"))))
        optimizer.step()
    return [np.column_stack([b.detach().numpy(), w.detach().numpy()]) for w, b in zip(weights, biases)], norms


def clmlp_train(program, folder, files, network, rule, place, limit):
    """theta after STEPS steps, or what clmlp said."""
    activation, output, _, m, batch, rate, strength = network
    spec, engine, *family = place
    model = os.path.join(folder, "trained.safetensors")
    rule = rule.removesuffix("+clip")
    options = [word for name, value in RULES[rule].items() for word in (f"--{name}", repr(value))]
    options += ["--clip-norm", repr(limit)] if limit else []
    environment = {**os.environ, **({"CLMLP_NATIVE_FAMILY": family[0]} if family else {})}
    line = [program, "train", files["x"], "--labels", files["y"], "--scale", "none", "--init", files["theta"],
            "--activation", activation, "--output", output, "--rate", repr(rate), "--lambda", repr(strength), "--batch",
            str(batch), "--no-shuffle", "--epochs", str(STEPS * batch // m), "--optimizer", rule, *options, "--device",
            spec, "--engine", engine, "--precision", "f64", "--model", model, "--quiet", "--json"]
    done = subprocess.run(line, capture_output=True, text=True, env=environment, check=False)
    if done.returncode != 0:
        return f"exit status {done.returncode}: {done.stderr.strip()}"
    return peers.read_model(model)[1]


def largest_difference(one, other):
    """NaN where the shapes differ, too: it is within nothing."""
    if [matrix.shape for matrix in one] != [matrix.shape for matrix in other]:
        return float("nan")
    return float(np.max([np.max(np.abs(a - b)) for a, b in zip(one, other)]))


def check(program, folder, places, rules):
    random = np.random.default_rng(1)
    failed = checks = 0
    for number, network in enumerate(NETWORKS, 1):
        activation, output, sizes, m, batch, rate, strength = network
        theta, x, y = make_network(random, activation, output, sizes, m)
        files = {name: os.path.join(folder, f"{number}-{name}") for name in ("x.npy", "y.npy", "theta.safetensors")}
        files = {os.path.basename(path)[2:].split(".")[0]: path for path in files.values()}
        np.save(files["x"], x)
        np.save(files["y"], y)
        peers.write_model(files["theta"], theta)
        right, limits = {}, {}
        for rule, options in RULES.items():
            setting = (theta, x, y, activation, output, batch, rate, strength, options)
            right[rule], norms = torch_train(*setting)
            limits[f"{rule}+clip"] = float(np.median(norms))
            right[f"{rule}+clip"], norms = torch_train(*setting, limits[f"{rule}+clip"])
        for rule in rules:
            apart = [largest_difference(right[rule], right[other]) for other in right if other != rule]
            for place in places:
                trained = clmlp_train(program, folder, files, network, rule, place, limits.get(rule))
                difference = float("nan") if isinstance(trained, str) else largest_difference(trained, right[rule])
                passed = difference <= TOLERANCE and min(apart) > APART
                checks += 1
                failed += not passed
                print(f"{'ok  ' if passed else 'FAIL'} {rule:13} {':'.join(place):22} {'-'.join(map(str, sizes)):10} "
                      f"{activation:7} {output:7} lambda {strength:<3g} m {m:<3} batch {batch:<3} "
                      f"off by {difference:.2g}, other rules by {min(apart):.2g}"
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
    usage = subprocess.run([program, "train", "--help"], capture_output=True, text=True, check=True).stdout
    rules = [rule for rule in RULES if all(f"--{option}=" in usage for option in RULES[rule])]
    rules += [rule for rule in CLIPPED if rule.removesuffix("+clip") in rules and "--clip-norm=" in usage]
    if check(program, folder, places, rules):
        return 1
    missing = [rule for rule in (*RULES, *CLIPPED) if rule not in rules]
    if missing:
        print(f"skipped: this clmlp has no {', '.join(missing)}")
    return 77 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
