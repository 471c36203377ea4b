#!/usr/bin/env python3
"""Check every metric of `clmlp evaluate --json` against sklearn.metrics.

    check_metrics.py PROGRAM FOLDER

The networks are identities in float64 on the CPU path: what is drawn at random are the outputs. `clmlp predict` writes
them, and scikit-learn gets the same numbers. Both have to agree within 1e-12, on outputs with and without ties. Exit
status: 0 all agree; 1 not; 77 scikit-learn or NumPy is not there.
"""
import json
import os
import subprocess
import sys
import warnings

import peers
from peers import np

# Of numbers above 1, relative. The results are quotients of sums of m <= 1500 terms of one sign: in any order such a
# sum is within m 2^-53 = 1.7e-13 of its value.
TOLERANCE = 1e-12


def run(program, *words):
    done = subprocess.run([program, *words, "--device", "cpu", "--precision", "f64", "--quiet"], capture_output=True,
                          text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"clmlp {' '.join(words)}: exit status {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def evaluate(program, folder, name, z, targets, output):
    """h and the metrics of clmlp; z are the weighted sums of the output layer."""
    K = z.shape[1]
    model, x, y, h = (os.path.join(folder, f"{name}{end}") for end in (".safetensors", "-x.npy", "-y.npy", "-h.npy"))
    peers.write_model(model, [np.column_stack([np.zeros(K), np.eye(K)])])
    np.save(x, z)
    np.save(y, targets)
    hints = ["--activation", "tanh", "--output", output]
    run(program, "predict", model, x, *hints, "--overwrite", "--out", h)
    return np.load(h), json.loads(run(program, "evaluate", model, x, "--labels", y, *hints, "--json"))["metrics"]


def expected_of_classes(y, h, output):
    from sklearn import metrics

    K = h.shape[1]
    told = h.argmax(axis=1)
    p = h / h.sum(axis=1, keepdims=True) if output == "sigmoid" else h
    values = {"accuracy": metrics.accuracy_score(y, told),
              "balanced_accuracy": metrics.balanced_accuracy_score(y, told),
              "f1_macro": metrics.f1_score(y, told, average="macro"),
              "f1_weighted": metrics.f1_score(y, told, average="weighted"), "mcc": metrics.matthews_corrcoef(y, told),
              "accuracy_of_mode": np.bincount(y).max() / len(y)}
    values["log_loss"] = metrics.log_loss(y, p, labels=range(K))
    if K == 2:
        values["roc_auc"] = metrics.roc_auc_score(y, p[:, 1])
    else:
        values["roc_auc"] = metrics.roc_auc_score(y, p, multi_class="ovr", average="macro", labels=range(K))
    if K > 5:
        values["top_k"] = metrics.top_k_accuracy_score(y, h, k=5, labels=range(K))
    return values


def expected_of_labels(y, h):
    from sklearn import metrics

    told = (h > 0.5).astype(int)
    y = y.astype(int)
    values = {"exact_match": metrics.accuracy_score(y, told), "hamming_loss": metrics.hamming_loss(y, told),
              "f1_micro": metrics.f1_score(y, told, average="micro"),
              "f1_macro": metrics.f1_score(y, told, average="macro")}
    own = metrics.f1_score(y, told, average=None)
    outputs = [{"f1": own[k], "hamming_loss": np.mean(y[:, k] != told[:, k])} for k in range(y.shape[1])]
    return {**values, "outputs": outputs}


def expected_of_reals(y, h):
    from sklearn import metrics

    mean = np.broadcast_to(y.mean(axis=0), y.shape)

    def values(y, h, mean):
        return {"rmse": metrics.root_mean_squared_error(y, h), "mae": metrics.mean_absolute_error(y, h),
                "r2": metrics.r2_score(y, h), "rmse_of_mean": metrics.root_mean_squared_error(y, mean),
                "mae_of_mean": metrics.mean_absolute_error(y, mean)}

    outputs = [values(y[:, k], h[:, k], mean[:, k]) for k in range(y.shape[1])]
    return {**values(y, h, mean), **({"outputs": outputs} if y.shape[1] > 1 else {})}


def compare(found, expected):
    """The largest difference, relative to numbers above 1; NaN where one has what the other has not."""
    if isinstance(expected, dict) and isinstance(found, dict):
        if found.keys() != expected.keys():
            return float("nan")
        return float(np.max([compare(found[key], expected[key]) for key in expected]))
    if isinstance(expected, list) and isinstance(found, list) and len(found) == len(expected):
        return float(np.max([compare(one, other) for one, other in zip(found, expected)]))
    if expected is None or found is None:
        return 0.0 if expected is None and found is None else float("nan")
    return abs(found - expected) / max(1.0, abs(expected))


def cases(random):
    """(what, output, z, targets)"""
    for K in (2, 3, 7, 12):
        for output in ("sigmoid", "softmax"):  # a linear output has classes in the library only
            for m, digits in ((61, 12), (1500, 12), (1500, 0)):
                labels = np.concatenate([np.arange(K), random.integers(0, K, m - K)])  # every class is there
                z = random.normal(size=(m, K)) * 2 + 1.5 * np.eye(K)[labels]
                if digits == 0 and K > 5:
                    continue  # top_k breaks ties by the order of the classes, scikit-learn by the other one
                yield "classes", output, np.round(z, digits), labels
    for K in (2, 5, 9):
        for m in (40, 1111):
            y = (random.random((m, K)) < np.linspace(0.1, 0.6, K)).astype(np.float64)
            yield "labels", "sigmoid", random.normal(size=(m, K)) + 2 * y - 1, y
    for K in (1, 2, 6):
        for shift in (0.0, 1e5):
            y = random.normal(size=(777, K)) * 30 + shift
            yield "reals", "linear", y + random.normal(size=y.shape) * 7, y


def check(program, folder):
    failed = checks = 0
    for number, (what, output, z, targets) in enumerate(cases(np.random.default_rng(1)), 1):
        h, found = evaluate(program, folder, str(number), z, targets, output)
        found.pop("undefined", None)
        if "top_k" in found:
            assert found["top_k"]["k"] == 5
            found["top_k"] = found["top_k"]["value"]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if what == "classes":
                expected = expected_of_classes(targets, h, output)
            else:
                expected = expected_of_labels(targets, h) if what == "labels" else expected_of_reals(targets, h)
        off = compare(found, expected)
        passed = off <= TOLERANCE
        checks += 1
        failed += not passed
        print(f"{'ok  ' if passed else 'FAIL'} {what:7} {output:7} {'x'.join(map(str, z.shape)):8} off by {off:.2g}"
              f"{'' if passed else f': {found} instead of {expected}'}")
    print(f"{checks - failed} of {checks} data sets have scikit-learn's metrics to {TOLERANCE:g}")
    return failed


def main(arguments):
    if len(arguments) != 2:
        return __doc__
    try:
        import sklearn
    except ImportError:
        print("skipped: scikit-learn is not installed")
        return 77
    print(f"scikit-learn {sklearn.__version__}")
    os.makedirs(arguments[1], exist_ok=True)
    return 1 if check(*arguments) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
