#!/usr/bin/env python3
"""Check clmlp's J and gradients against PyTorch and NumPy in float64, on 37 random networks.

    check_gradients.py PROGRAM FOLDER [SPEC:ENGINE:PRECISION ...]      default: cpu:auto:f64 cpu:auto:f32

Every hidden activation, the first five with every output, with and without lambda; one to three hidden layers. The
peers dump three steps each; `clmlp verify --against` compares every tensor, gradients among them, with its derived
bound; J of the whole data comes from `clmlp evaluate`. Exit status: 0 all agree; 1 not; 77 PyTorch or NumPy is not
there.
"""
import itertools
import json
import os
import subprocess
import sys

import peers
from peers import np

ROUNDOFF = {"f32": 2.0**-24, "f64": 2.0**-53}


def run(program, *arguments):
    line = [program, *arguments, "--json", "--quiet"]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 3):
        print(" ".join(line), done.stderr, sep="\n")
    return done.returncode, json.loads(done.stdout) if done.stdout.strip() else {}


def random_network(random, activation, output, strength):
    n, K, m = (int(random.integers(low, high)) for low, high in ((1, 40), (2, 12), (5, 70)))
    hidden = [int(random.integers(1, 50)) for _ in range(int(random.integers(1, 4)))]
    sizes = [n, *hidden, K]
    single = lambda values: np.asarray(values, np.float32).astype(np.float64)
    theta = [single(random.normal(size=(s_out, s_in + 1)) / np.sqrt(s_in)) for s_in, s_out in zip(sizes, sizes[1:])]
    x = single(random.normal(size=(m, n)))
    if output == "softmax":
        y = np.eye(K)[random.integers(0, K, m)]
    elif output == "sigmoid":
        y = random.integers(0, 2, (m, K)).astype(np.float64)
    else:
        y = single(random.normal(size=(m, K)))
    return dict(theta=theta, x=x, y=y, activation=activation, output=output, strength=strength, sizes=sizes)


def check_cost(program, files, network, where, J, cost_bound):
    """J by clmlp evaluate. Its sum over the examples may be off by what the cost of one step may be, 1/m times; the
    lambda term of P products by (P + 4) u, its size."""
    spec, engine, precision = where
    status, found = run(program, "evaluate", files["model"], files["x"], "--labels", files["y"], *files["kind"],
                        "--lambda", repr(network["strength"]), "--device", spec, "--engine", engine, "--precision",
                        precision)
    if status != 0:
        return False, float("nan")
    parameters = sum(matrix.size for matrix in network["theta"])
    bound = cost_bound / len(network["x"]) + (parameters + 4) * ROUNDOFF[precision] * abs(J)
    return abs(found["cost"] - J) <= bound, abs(found["cost"] - J) / bound


def check_network(program, folder, network, places):
    os.makedirs(folder, exist_ok=True)
    files = {name: os.path.join(folder, f"{name}.npy") for name in ("x", "y")}
    files["model"] = os.path.join(folder, "model.safetensors")
    files["kind"] = ["--activation", network["activation"], "--output", network["output"]]
    np.save(files["x"], network["x"])
    np.save(files["y"], network["y"])
    peers.write_model(files["model"], network["theta"])
    m, passed, worst = len(network["x"]), True, {}
    decay = network["strength"] / m
    for peer, step in peers.STEPS.items():
        dump = os.path.join(folder, peer)
        first = peers.make_dump(dump, step, network["theta"], network["x"], network["y"], network["activation"],
                                network["output"], 3, m, 0.5, decay)
        J = peers.J_of(first, network["theta"], m, decay)
        for where in places:
            spec, engine, precision = where
            status, found = run(program, "verify", files["x"], "--labels", files["y"], "--model", files["model"],
                                *files["kind"], "--against", dump, "--device", spec, "--engine", engine, "--precision",
                                precision, "--go-on")
            tensors = found.get("tensors", [])
            gradients = [t["max_of_bound"] for t in tensors if t["tensor"] == "gradient"]
            costs = [t["bound"] for t in tensors if t["tensor"] == "cost" and t["step"] == 1]
            whole = status == 0 and len(gradients) == 3 * len(network["theta"]) and len(costs) == 1
            J_right, J_share = check_cost(program, files, network, where, J, costs[0]) if whole else (False, None)
            if not (whole and J_right):
                passed = False
                print(f"  {peer}, {':'.join(where)}: exit status {status}, J off by {J_share} of its bound, "
                      f"{found.get('first_failure')}")
            else:
                share = max(max(gradients), J_share)
                worst[":".join(where)] = max(worst.get(":".join(where), 0.0), share)
    return passed, worst


def main(arguments):
    if len(arguments) < 2:
        return __doc__
    if not peers.HAS_TORCH:
        print("skipped: PyTorch is not installed")
        return 77
    program, folder = arguments[:2]
    places = [tuple(place.rsplit(":", 2)) for place in arguments[2:] or ["cpu:auto:f64", "cpu:auto:f32"]]
    random = np.random.default_rng(1)
    failed = 0
    cases = list(itertools.product(("sigmoid", "tanh", "relu", "linear", "swish"),
                                   ("sigmoid", "softmax", "linear"), (0.0, 0.7)))
    cases += [("selu", "linear", 0.0), ("mish", "softmax", 0.7), ("leaky-relu", "sigmoid", 0.0), ("elu", "linear", 0.7),
              ("gelu", "softmax", 0.0), ("gelu-tanh", "sigmoid", 0.7), ("softplus", "linear", 0.0)]
    print("largest difference of J and gradients from both peers, as a fraction of its bound, on "
          f"{', '.join(':'.join(place) for place in places)}:")
    for number, (activation, output, strength) in enumerate(cases, 1):
        network = random_network(random, activation, output, strength)
        passed, worst = check_network(program, os.path.join(folder, f"network{number}"), network, places)
        failed += not passed
        shares = "".join(f"  {share:<8.3g}" for share in worst.values())
        print(f"{'ok  ' if passed else 'FAIL'} {'-'.join(map(str, network['sizes'])):15} {activation:10} {output:7} "
              f"lambda {strength:<3g} m {len(network['x']):<2}{shares}")
    print(f"{len(cases) - failed} of {len(cases)} networks agree with PyTorch and NumPy")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
