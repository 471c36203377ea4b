"""clmlp export --script beside clmlp train: the script is run, and each epoch costs what it costs there.

    check_script.py CLMLP FOLDER DATA [all]

DATA: the folder of the digits (tests/data). all: each activation and optimizer, too. Skipped where PyTorch,
scikit-learn and Octave are all missing. In f64 the two differ by roundings alone, which some hundred steps of a smooth
network carry on by a factor of hundreds, not millions: 1e-10 of J is 10^6 u. Another order of examples
is further off than 1e-6.
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
# What runs a script. Octave reads no settings of the user's.
RUN = {"pytorch": [sys.executable], "sklearn": [sys.executable], "octave": ["octave-cli", "--norc"]}
NEEDS = {"pytorch": [sys.executable, "-c", "import torch"], "sklearn": [sys.executable, "-c", "import sklearn"],
         "octave": ["octave-cli", "--norc", "--eval", "jsondecode ('[1]');"]}
NAME = {"pytorch": "train.py", "sklearn": "train.py", "octave": "train.m"}
RULES = {"pytorch": ("momentum", "nesterov", "rmsprop", "adam", "adamw"), "sklearn": ("momentum", "nesterov", "adam"),
         "octave": ("momentum", "nesterov", "rmsprop", "adam", "adamw")}
NUMBERS = {"momentum": ("--momentum", "0.7"), "nesterov": ("--momentum", "0.8"),
           "rmsprop": ("--beta2", "0.95", "--epsilon", "1e-6"), "adam": ("--beta1", "0.8", "--epsilon", "1e-4"),
           "adamw": ("--beta2", "0.99", "--weight-decay", "0.3")}
failures = []


def has(kind):
    try:
        return subprocess.run(NEEDS[kind], capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


def run(arguments, status=0, folder=FOLDER):
    done = subprocess.run(arguments, capture_output=True, text=True, cwd=folder)
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
    script = os.path.join(FOLDER, NAME[kind])
    run([CLMLP, "export", "start.safetensors", "--script", kind, "--out", NAME[kind], "--data", data, "--seed", "7",
         *common, *target, *more])
    found = costs_of(run([*RUN[kind], script], folder="/").stdout)
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
    if ALL or kind == "octave":
        compare("people, full batches, no shuffle", kind, "people.csv",
                ["--hidden", "6", "--output", "softmax", *people], ("0.1", "0", "full"), "--no-shuffle")
    for rule in RULES[kind] if ALL else RULES[kind][-1:]:
        compare(f"--optimizer {rule}", kind, "people.csv",
                ["--hidden", "6", "--activation", "tanh", "--output", "softmax", *people], ("0.01", "0.3", "16"),
                "--optimizer", rule, *NUMBERS[rule])


def check_activations(kind):
    people = write("people.csv", tables.people(100, 3))
    for activation in ("relu", "linear", "swish", "selu", "mish", "leaky-relu", "elu", "gelu", "gelu-tanh", "softplus"):
        compare(f"--activation {activation}", kind, "people.csv",
                ["--hidden", "6", "--activation", activation, "--output", "softmax", *people], ("0.05", "0.1", "20"))


def check_files(kind):
    """A script goes elsewhere with its rows and finds its model; both may be named; its head says what it is."""
    people = write("people.csv", tables.people(60, 3))
    for folder in ("odd 'ü\\name", "else where"):
        shutil.rmtree(os.path.join(FOLDER, folder), ignore_errors=True)
    odd, there = os.path.join(FOLDER, "odd 'ü\\name"), os.path.join(FOLDER, "else where")
    os.makedirs(odd)
    os.makedirs(there)
    model = os.path.join(odd, "start.safetensors")
    run([CLMLP, "train", "people.csv", "--model", model, "--epochs", "1", "--hidden", "4", "--device", "cpu", "--quiet",
         *people])
    out = os.path.join(odd, NAME[kind])
    done = run([CLMLP, "export", os.path.relpath(model, FOLDER), "--script", kind, "--out", out, "--data", "people.csv",
                "--epochs", "2", "--optimizer", "adam", *people[:2]])
    check("optimizer" not in done.stderr, done.stderr)
    first = run([*RUN[kind], out], folder="/").stdout
    for name in (NAME[kind], NAME[kind] + ".csv"):
        shutil.move(os.path.join(odd, name), there)
    moved = os.path.join(there, NAME[kind])
    check(run([*RUN[kind], moved], folder="/").stdout == first, f"{kind}: moved with its rows")
    shutil.move(model, os.path.join(there, "m"))
    shutil.move(moved + ".csv", os.path.join(there, "r"))
    check(run([*RUN[kind], moved, "m", "r"], folder=there).stdout == first, f"{kind}: files by name")
    with open(moved, encoding="utf-8") as file:
        head = file.read(3000)
    for text in ("--optimizer adam --beta1 0.9 --beta2 0.999 --epsilon 1e-08 --rate 0.003 --lambda 0",
                 "--batch 32 --epochs 2 --seed 1\n", "validation data,\n# early stopping",
                 os.path.join(FOLDER, "people.csv"),
                 f"{NAME[kind]}.csv beside this script"):
        check(text in head, f"{kind}: the head does not say '{text}':\n{head}")


def check_refused():
    people = write("people.csv", tables.people(100, 3))
    run([CLMLP, "train", "people.csv", "--model", "odd.safetensors", "--epochs", "1", "--activation", "gelu",
         "--hidden", "3", "--device", "cpu", "--quiet", *people])
    line = [CLMLP, "export", "odd.safetensors", "--script", "sklearn", "--out", "odd.py", "--data", "people.csv"]
    done = subprocess.run(line, capture_output=True, text=True, cwd=FOLDER)
    check(done.returncode != 0 and "gelu" in done.stderr, f"an activation that sklearn lacks: {done.stderr}")
    check(not os.path.exists(os.path.join(FOLDER, "odd.py")), "a script of what was refused")
    script = ["--script", "pytorch", "--out", "x.py", "--data", "people.csv"]
    for option in ("lbfgs", "cg"):
        done = run([CLMLP, "export", "odd.safetensors", *script, "--optimizer", option], 2)
        check(option in done.stderr, f"a minimiser is refused by name: {done.stderr}")
    done = run([CLMLP, "export", "odd.safetensors", *script, "--momentum", "0.5"], 2)
    check("--momentum" in done.stderr, f"a number that sgd does not have: {done.stderr}")
    run([CLMLP, "train", "people.csv", "--model", "tanh.safetensors", "--epochs", "1", "--activation", "tanh",
         "--output", "softmax", "--hidden", "3", "--device", "cpu", "--quiet", *people])
    done = subprocess.run([CLMLP, "export", "tanh.safetensors", "--script", "sklearn", "--out", "odd.py", "--data",
                           "people.csv", "--optimizer", "rmsprop"], capture_output=True, text=True, cwd=FOLDER)
    check(done.returncode != 0 and "rmsprop" in done.stderr, f"an optimizer that sklearn lacks: {done.stderr}")
    quiet = [CLMLP, "export", "tanh.safetensors", *script, "--quiet"]
    with open(os.path.join(FOLDER, "people.csv"), encoding="utf-8") as file:
        lines = file.read().splitlines()
    with open(os.path.join(FOLDER, "more.csv"), "w", encoding="utf-8") as file:
        file.writelines(f"{line},{'more' if i == 0 else i}\n" for i, line in enumerate(lines))
    check("more" in run([*quiet[:-1], "--data", "more.csv"]).stderr, "an extra column is told")
    check(run([*quiet, "--data", "more.csv"]).stderr == "", "notes with --quiet")
    for wrong in (["--script", "basic", "--out", "x.py", "--data", "people.csv"], ["--script", "pytorch"],
                  ["--script", "pytorch", "--out", "x.py"], ["--c", "x.c", "--rate", "1"],
                  ["--script", "pytorch", "--out", "odd.safetensors", "--data", "people.csv"]):
        run([CLMLP, "export", "odd.safetensors", *wrong], 2)


def main():
    kinds = [kind for kind in RUN if has(kind)]
    missing = [kind for kind in RUN if kind not in kinds]
    if missing:
        print("not here, so left out:", ", ".join(missing))
    if not kinds:
        print("skipped: neither PyTorch nor scikit-learn nor Octave is here")
        sys.exit(77)
    shutil.rmtree(FOLDER, ignore_errors=True)
    os.makedirs(FOLDER)
    for kind in kinds:
        check_kind(kind)
        if ALL or kind != "pytorch":  # which is slow to start, and has that in common with sklearn
            check_files(kind)
        if ALL and kind != "sklearn":
            check_activations(kind)
    check_refused()
    if failures:
        print(f"{len(failures)} failed")
        sys.exit(1)
    print("all costs agree:", ", ".join(kinds))


if __name__ == "__main__":
    main()
