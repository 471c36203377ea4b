#!/usr/bin/env python3
"""Check J after 100 iterations of clmlp's lbfgs and cg against scipy's L-BFGS-B and CG, in float64.

    check_minimisers.py PROGRAM FOLDER [SPEC:ENGINE[:FAMILY] ...]      default: cpu:auto

Both begin with the same theta: 64-25-10 on scikit-learn's digits, lambda 1, the cost of Ng's course. J may not be above
scipy's by more than 1e-6 of it. Exit status: 0 it is so everywhere; 1 not; 77 SciPy, scikit-learn or NumPy is not
there.
"""
import json
import os
import subprocess
import sys

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the products are small
import peers
from peers import np

ITERATIONS = 100
SLACK = 1e-6
SEEDS = (101, 102, 103)  # none of those that the constants of lbfgs and cg were chosen on (docs/mathematics.md)
LAMBDA = 1.0
SIZES = [64, 25, 10]


def cost_and_gradient(packed, x, y):
    """J and its gradient at theta(1), theta(2), row after row."""
    m, cut = len(x), SIZES[1] * (SIZES[0] + 1)
    theta = [packed[:cut].reshape(SIZES[1], SIZES[0] + 1), packed[cut:].reshape(SIZES[2], SIZES[1] + 1)]
    with_bias = [np.column_stack([np.ones(m), x])]
    a = 1 / (1 + np.exp(-(with_bias[0] @ theta[0].T)))
    with_bias.append(np.column_stack([np.ones(m), a]))
    z = with_bias[1] @ theta[1].T
    cost = np.sum(np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))) / m
    deltas = [None, 1 / (1 + np.exp(-z)) - y]
    deltas[0] = (deltas[1] @ theta[1][:, 1:]) * a * (1 - a)
    gradient = []
    for matrix, delta, layer in zip(theta, deltas, with_bias):
        slope = delta.T @ layer / m
        slope[:, 1:] += LAMBDA / m * matrix[:, 1:]
        cost += LAMBDA / (2 * m) * np.sum(matrix[:, 1:] ** 2)
        gradient.append(slope.ravel())
    return cost, np.concatenate(gradient)


def scipy_cost(method, start, x, y):
    from scipy.optimize import minimize

    options = {"maxiter": ITERATIONS, "gtol": 0.0, **({"ftol": 0.0, "maxfun": 10**6} if method == "L-BFGS-B" else {})}
    return float(minimize(cost_and_gradient, start, (x, y), method=method, jac=True, options=options).fun)


def clmlp_cost(program, files, optimizer, place):
    """J after ITERATIONS iterations and what clmlp says of them, or what it complained of."""
    spec, engine, *family = place
    environment = {**os.environ, **({"CLMLP_NATIVE_FAMILY": family[0]} if family else {})}
    line = [program, "train", files["x"], "--labels", files["y"], "--scale", "none", "--init", files["theta"],
            "--activation", "sigmoid", "--output", "sigmoid", "--lambda", repr(LAMBDA), "--epochs", str(ITERATIONS),
            "--optimizer", optimizer, "--device", spec, "--engine", engine, "--precision", "f64", "--model",
            files["model"], "--quiet", "--json"]
    done = subprocess.run(line, capture_output=True, text=True, env=environment, check=False)
    if done.returncode != 0:
        return float("nan"), f"exit status {done.returncode}: {done.stderr.strip()}"
    report = json.loads(done.stdout)
    return report["cost"], f"{report['iterations']} iterations, {report['evaluations']} evaluations"


def main(arguments):
    if len(arguments) < 2:
        return __doc__
    try:
        import scipy.optimize
        from sklearn.datasets import load_digits
    except ImportError:
        print("skipped: SciPy or scikit-learn is not installed")
        return 77
    del scipy
    program, folder = arguments[:2]
    os.makedirs(folder, exist_ok=True)
    places = [tuple(place.split(":")) for place in arguments[2:] or ["cpu:auto"]]
    data = load_digits()
    x, y = data.data / 16.0, np.eye(10)[data.target]
    files = {"x": "x.npy", "y": "y.npy", "theta": "theta.safetensors", "model": "trained.safetensors"}
    files = {name: os.path.join(folder, path) for name, path in files.items()}
    np.save(files["x"], x)
    np.save(files["y"], y)
    failed = 0
    for seed in SEEDS:
        random = np.random.default_rng(seed)
        theta = [random.uniform(-0.12, 0.12, (s_out, s_in + 1)) for s_in, s_out in zip(SIZES, SIZES[1:])]
        start = np.concatenate([matrix.ravel() for matrix in theta])
        peers.write_model(files["theta"], theta)
        for optimizer, method in (("lbfgs", "L-BFGS-B"), ("cg", "CG")):
            theirs = scipy_cost(method, start, x, y)
            for place in places if seed == SEEDS[0] else places[:1]:
                ours, told = clmlp_cost(program, files, optimizer, place)
                passed = ours <= theirs * (1 + SLACK)
                failed += not passed
                print(f"{'ok  ' if passed else 'FAIL'} seed {seed} {optimizer:5} {':'.join(place):18} J {ours:.8f}, "
                      f"{method} of scipy {theirs:.8f}; {told}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
