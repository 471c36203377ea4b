"""clmlp export --script beside clmlp train: the script is run, and each epoch costs what it costs there.

    check_script.py CLMLP FOLDER DATA [all]

DATA: the folder of the digits (tests/data). all: each activation, too. Skipped where PyTorch and scikit-learn are both
missing. In f64 the two differ by roundings alone, which some hundred steps of a smooth network carry on by a factor of
hundreds, not millions:
1e-10 of J is 10^6 u. Another order of examples is further off than 1e-6.
"""
import csv
import json
import os
import shutil
import subprocess
import sys

try:
    import numpy  # noqa: F401
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tables

CLMLP, FOLDER, DATA = sys.argv[1:4]
ALL = "all" in sys.argv[4:]
TOLERANCE, APART = 1e-10, 1e-6
EPOCHS = 4
failures = []


def has(module):
    return subprocess.run([sys.executable, "-c", f"import {module}"], capture_output=True).returncode == 0


def run(arguments, status=0):
    done = subprocess.run(arguments, capture_output=True, text=True, cwd=FOLDER)
    if done.returncode != status:
        raise SystemExit(f"{' '.join(arguments)}: exit status {done.returncode}\n{done.stderr}")
    return done


def check(condition, text):
    if not condition:
        failures.append(text)
        print(f"FAILED {text}")


def costs_of(text):
    return [json.loads(line)["cost"] for line in text.splitlines()]


def largest(one, other):
    if len(one) != len(other) or not one:
        return float("nan")
    return max(abs(a - b) / max(1.0, abs(b)) for a, b in zip(one, other))


def compare(title, kind, data, start, training, *more):
    """start: options that make the model. training: rate, lambda, batch."""
    rate, strength, batch = training
    run([CLMLP, "train", data, "--model", "start.safetensors", "--epochs", "1", "--device", "cpu", "--precision", "f64",
         "--seed", "5", "--quiet", *start])
    common = ["--rate", rate, "--lambda", strength, "--batch", batch, "--epochs", str(EPOCHS), "--precision", "f64"]
    apart = []
    for seed in ("7", "8"):
        line = [CLMLP, "train", data, "--init", "start.safetensors", "--history", f"h{seed}.jsonl", "--device", "cpu",
                "--model", "end.safetensors", "--seed", seed, "--quiet", *common, *more]
        run(line)
        with open(os.path.join(FOLDER, f"h{seed}.jsonl"), encoding="utf-8") as file:
            apart.append(costs_of(file.read()))
    target = start[start.index("--target"):start.index("--target") + 2] if "--target" in start else []
    run([CLMLP, "export", "start.safetensors", "--script", kind, "--out", "train.py", "--data", data, "--seed", "7",
         *common, *target, *[option for option in more if option == "--no-shuffle"]])
    found = costs_of(run([sys.executable, "train.py"]).stdout)
    difference, other = largest(found, apart[0]), largest(found, apart[1])
    print(f"{kind:8} {title:34} J {found[0]:.6g} to {found[-1]:.6g}, off by {difference:.2g}; another order by "
          f"{other:.2g}")
    check(difference <= TOLERANCE, f"{kind}, {title}: {found}, {apart[0]}")
    check(other > APART or "--no-shuffle" in more, f"{kind}, {title}: the check cannot fail")


def write(name, made):
    names, rows, target, more = made
    with open(os.path.join(FOLDER, name), "w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([names, *rows])
    return ["--target", target, *more]


def check_kind(kind):
    digits = os.path.join(DATA, "digits-train.csv.gz")
    people, houses = write("people.csv", tables.people(150, 3)), write("houses.csv", tables.houses(150, 4))
    compare("digits, sigmoid, lambda", kind, digits, ["--hidden", "25"], ("0.5", "1", "32"))
    compare("people, softmax, tanh", kind, "people.csv",
            ["--hidden", "7,5", "--activation", "tanh", "--output", "softmax", *people], ("0.1", "0.3", "16"))
    compare("houses, linear, robust-clip", kind, "houses.csv",
            ["--hidden", "7", "--activation", "tanh", "--scale", "robust-clip", *houses], ("0.05", "0.1", "10"))
    if not ALL:
        return
    compare("people, no shuffle", kind, "people.csv", ["--hidden", "6", "--output", "softmax", *people],
            ("0.1", "0", "150"), "--no-shuffle")


def check_activations():
    people = write("people.csv", tables.people(100, 3))
    for activation in ("relu", "linear", "swish", "selu", "mish", "leaky-relu", "elu", "gelu", "gelu-tanh", "softplus"):
        compare(f"--activation {activation}", "pytorch", "people.csv",
                ["--hidden", "6", "--activation", activation, "--output", "softmax", *people], ("0.05", "0.1", "20"))


def check_refused():
    people = write("people.csv", tables.people(100, 3))
    run([CLMLP, "train", "people.csv", "--model", "odd.safetensors", "--epochs", "1", "--activation", "gelu",
         "--hidden", "3", "--device", "cpu", "--quiet", *people])
    line = [CLMLP, "export", "odd.safetensors", "--script", "sklearn", "--out", "odd.py", "--data", "people.csv"]
    done = subprocess.run(line, capture_output=True, text=True, cwd=FOLDER)
    check(done.returncode != 0 and "gelu" in done.stderr, f"an activation that sklearn lacks: {done.stderr}")
    check(not os.path.exists(os.path.join(FOLDER, "odd.py")), "a script of what was refused")
    for wrong in (["--script", "octave", "--out", "x.py", "--data", "people.csv"], ["--script", "pytorch"],
                  ["--script", "pytorch", "--out", "x.py"], ["--c", "x.c", "--rate", "1"],
                  ["--script", "pytorch", "--out", "odd.safetensors", "--data", "people.csv"]):
        run([CLMLP, "export", "odd.safetensors", *wrong], 2)


def main():
    kinds = [kind for kind, module in (("pytorch", "torch"), ("sklearn", "sklearn")) if has(module)]
    if not kinds:
        print("skipped: neither PyTorch nor scikit-learn is here")
        sys.exit(77)
    shutil.rmtree(FOLDER, ignore_errors=True)
    os.makedirs(FOLDER)
    for kind in kinds:
        check_kind(kind)
    if ALL and "pytorch" in kinds:
        check_activations()
    check_refused()
    if failures:
        print(f"{len(failures)} failed")
        sys.exit(1)
    print("all costs agree:", ", ".join(kinds))


if __name__ == "__main__":
    main()
