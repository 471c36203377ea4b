"""clmlp export --c beside clmlp predict: the file is compiled, its main reads raw rows, every number is within its
derived bound.

    check_c.py CLMLP FOLDER DATA

DATA: the folder of the digits (tests/data). Skipped where NumPy, SciPy or a C compiler is missing; other compilers
(clang, g++, arm-none-eabi-gcc) come in where they are there, and it is said where not.
"""
import csv
import gzip
import json
import os
import shutil
import subprocess
import sys

try:
    import numpy as np
    import safetensors  # noqa: F401
    import scipy  # noqa: F401
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "peers"))
import bounds
import peers
import tables

CLMLP, FOLDER, DATA = sys.argv[1:4]
FAST = ["--device", "cpu", "--epochs", "3", "--quiet"]
STRICT = ["-Wall", "-Wextra", "-Werror", "-pedantic"]
# Each compiles every file without its main, which needs an operating system.
COMPILERS = {
    "gcc": ["gcc", "-std=c99", *STRICT, "-O2"],
    "clang": ["clang", "-std=c99", *STRICT, "-O1"],
    "g++": ["g++", "-x", "c++", "-std=c++17", *STRICT, "-O1"],
    "arm": [os.environ.get("ARM_CC", "arm-none-eabi-gcc"), "-mcpu=cortex-m4", "-mthumb", "-std=c99", *STRICT, "-Os",
            *os.environ.get("ARM_FLAGS", "").split()],
}
failures = []


def run(arguments, status=0, **more):
    done = subprocess.run(arguments, capture_output=True, cwd=FOLDER, **more)
    if done.returncode != status:
        said = done.stderr.decode(errors="replace")
        raise SystemExit(f"{' '.join(arguments)}: exit status {done.returncode}\n{said}")
    return done.stdout


def clmlp(*arguments, status=0):
    return run([CLMLP, *arguments], status).decode(errors="replace")


def check(condition, text):
    if not condition:
        failures.append(text)
        print(f"FAILED {text}")


def write(name, names, rows):
    with open(os.path.join(FOLDER, name), "w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(([names] if names else []) + rows)


def find_compilers():
    for name in list(COMPILERS):
        if shutil.which(COMPILERS[name][0]) is None:
            print(f"{name}: no {COMPILERS[name][0]} here, left out")
            del COMPILERS[name]
    if "gcc" not in COMPILERS:
        print("skipped: no gcc")
        sys.exit(77)


def build(name, *options, upper="MODEL", everywhere=False):
    """Write the C file, have all compilers take it, and make a program of it. Returns what the command said."""
    said = json.loads(clmlp("export", f"{name}.safetensors", "--c", f"{name}.c", "--json", "--quiet", *options))
    for compiler, line in COMPILERS.items() if everywhere else ():
        run([*line, "-c", f"{name}.c", "-o", f"{name}.{compiler}.o"])
    run([*COMPILERS["gcc"][:-1], "-O1", f"-D{upper}_MAIN", f"{name}.c", "-lm", "-o", name])
    return said


def call(name, rows):
    """Classes (None: there are none) and numbers that the program prints for rows of texts."""
    write(f"{name}-rows.csv", None, rows)
    with open(os.path.join(FOLDER, f"{name}-rows.csv"), "rb") as file:
        text = run([os.path.join(FOLDER, name)], stdin=file)
    return text.decode("utf-8").replace("new\nline", "new line").split("\n")[:-1]  # a class may be called so


def refuse(name, row):
    """What is no row of the table ends the program: one field too many or too few, a quote that stays open."""
    open_quote = ",".join(["1"] * (len(row) - 1) + ['"1'])
    for text in (",".join(["1"] * (len(row) + 1)), ",".join(["1"] * (len(row) - 1)), open_quote):
        done = subprocess.run([os.path.join(FOLDER, name)], input=text.encode() + b"\n", capture_output=True)
        check(done.returncode == 2 and done.stderr.startswith(b"line 1: "), f"{name}: takes the line {text}")


def read_model(name):
    from safetensors import safe_open
    from safetensors.numpy import load_file
    metadata = safe_open(os.path.join(FOLDER, f"{name}.safetensors"), "np").metadata()
    if metadata is None:  # as another program writes it
        metadata = {"clmlp.activation": "step", "clmlp.output": "linear"}
    tensors = load_file(os.path.join(FOLDER, f"{name}.safetensors"))
    members, k = [], 0
    while True:
        prefix = "" if k == 0 else f"member.{k}."
        if f"{prefix}0.weight" not in tensors:
            return metadata, members
        layers = sorted(int(key[len(prefix):].split(".")[0]) for key in tensors
                        if key.startswith(prefix) and key[len(prefix):].count(".") == 1 and key.endswith("weight"))
        members.append([np.column_stack([tensors[f"{prefix}{n}.bias"], tensors[f"{prefix}{n}.weight"]])
                        .astype(np.float64) for n in layers])
        k += 1


def compare(title, name, data, rows, precision, *options):
    """The program and `clmlp predict` on the same rows."""
    clmlp("predict", f"{name}.safetensors", data, "--device", "cpu", "--precision", precision, "--quiet",
          "--overwrite", "--out",
          f"{name}.npy", *options)
    own = np.load(os.path.join(FOLDER, f"{name}.npy"))
    lines = list(csv.reader(call(name, rows)))
    refuse(name, rows[0])
    K = own.shape[1] if own.ndim == 2 else 1
    own = own.reshape(-1, K)
    found = np.array([[float(cell) for cell in line[-K:]] for line in lines])
    check(found.shape == own.shape, f"{title}: {found.shape} numbers, not {own.shape}")
    with bounds.precision(precision):
        scaled = look(name, rows)
        metadata, members = read_model(name)
        bound = 2.0 * bounds.predict_model(metadata, members, scaled)[1]
    part = np.max(np.abs(found - own) / bound)
    check(part <= 1.0, f"{title}: {part:.3g} of the bound")  # NaN fails
    print(f"{title:38} {precision} {len(own):5} rows  difference {np.max(np.abs(found - own)):9.3g}  {part:6.3f} of "
          f"the bound, {np.mean(found == own):.3f} the same bits")
    if "clmlp.classes" not in metadata:
        return
    text = clmlp("predict", f"{name}.safetensors", data, "--device", "cpu", "--precision", precision, "--quiet",
                 *options)
    classes = [row[0] for row in list(csv.reader(text.splitlines()))[1:]]
    best = np.sort(own, axis=1)
    open_rows = best[:, -1] - best[:, -2] <= 2 * bound.max(axis=1)
    # the program writes names as they are, without quotes
    names = [line[0] for line in lines]
    wrong = [i for i in range(len(own)) if names[i] != classes[i].split(",")[0] and not open_rows[i]]
    check(not wrong and open_rows.mean() < 0.01, f"{title}: classes of rows {wrong[:5]}")


LOOK = r"""
#define MODEL_MAIN
#define main model_main
#include "%(name)s.c"
#undef main
int main(void)
{
    static char line[1 << 20];
    while (fgets(line, sizeof line, stdin) != NULL) {
        char *rest = line;
        size_t j;
        %(row)s
        for (j = 0; j < MODEL_FEATURES; j++) printf("%%.17g ", (double)model_scaled(x[j], j));
        puts("");
    }
    return 0;
}
"""


def look(name, rows):
    """What the network takes, from the file's own functions: these are compared with clmlp's by their results."""
    with open(os.path.join(FOLDER, f"{name}.c"), encoding="utf-8") as file:
        text = file.read()
    inner = text[text.index("int main(void)"):]
    inner = inner[inner.index("        int result;") + len("        int result;\n        size_t k;\n"):
                  inner.index("        result = ")]
    if "model_encode" in text:
        row = "size_t k = 0; double x[MODEL_FEATURES]; (void)k;\n" + inner
        row += "if (model_encode(%s, x) != 0) return 1;" % ("&row" if "model_row row" in inner else "row")
    else:
        row = "size_t k;\n" + inner + "const double *x = row;"
    with open(os.path.join(FOLDER, "look.c"), "w", encoding="utf-8") as file:
        file.write(LOOK % {"name": name, "row": row})
    run(["gcc", "-std=gnu99", "-O1", "-w", "look.c", "-lm", "-o", "look"])
    write("look.csv", None, rows)
    with open(os.path.join(FOLDER, "look.csv"), "rb") as file:
        return np.array([[float(x) for x in line.split()]
                         for line in run([os.path.join(FOLDER, "look")], stdin=file).splitlines()])


def table(title, name, made, hostile, *options, precisions=("f64", "f32"), everywhere=True):
    names, rows, target, more = made
    write(f"{name}.csv", names, rows)
    for precision in precisions:
        clmlp("train", f"{name}.csv", "--hidden", "7,5", "--model", f"{name}.safetensors", "--target", target,
              "--seed", "1", "--precision", precision, *more, *options, *FAST)
        kept = [j for j, column in enumerate(names) if column not in target.split(",")]
        new = [[row[j] for j in kept] for row in rows] + hostile
        write(f"{name}-new.csv", [names[j] for j in kept], new)
        said = build(name, "--precision", precision, everywhere=everywhere)
        check(said["inputs"] == len(kept), f"{title}: inputs in --json")
        missing = [option for option in more if option.startswith("--missing-values")]
        compare(title, name, f"{name}-new.csv", new, precision, *missing)


PEOPLE_HOSTILE = [
    ["33", "Atlantis", "yes", "2016-02-29 23:59", "100", "3"],  # a text that was never seen
    ["", "", "", "", "", ""],                                   # nothing at all; `visits` had no gap before
    ["NaN", "NA", "?", "null", "nan", "None"],
    ["33", "OSLO", "TRUE", "0001-01-01 00:00", "1e30", "1"],
    ["-0", "oslo", "nO", "9999-12-31 23:59", "1e-308", "-1e9"],
    ["40", "=cmd", "fAlSe", "2000-12-31", "5", "0"],
    ["40", "a,b", "No", "1900-02-28T12:00", "5", "0"],
    ["40", "São Paulo", "No", "2100-03-01 00:00:59Z", "5", "0"],
]
HOUSES_HOSTILE = [
    ["-999", "-999", "castle", "1969-12-31", "TRUE"],
    ["NA", "", "", "NA", ""],
    ["12", "3", "NA", "2000-02-29", "NA"],
    ["12", "3", "NaN", "2024-12-30", "no"],
    ["1e30", "3", "hut", "1600-02-29", "no"],
]


def refuses_to_guess(name, row, changes):
    """What clmlp refuses is NaN, in that row and no other."""
    for place, value in changes:
        changed = list(row)
        changed[place] = value
        lines = call(name, [row, changed, row])
        numbers = [line.split(",")[-1] for line in lines]
        check(numbers[1].strip("-") == "nan" and "nan" not in numbers[0] + numbers[2],
              f"{name}: {value!r} in column {place + 1}: {lines}")


def check_cells():
    """The main takes cells apart as `predict` does: blanks around them, quotes, blank lines, byte order mark, CRLF."""
    plain = [["33", "Oslo", "yes", "2016-02-29 23:59", "100", "3"], ["40", 'a "b"', "No", "2000-12-31", "5", "0"]]
    exact = [line.encode() for line in call("people", plain)]
    text = ('\ufeff \t\n 33\t,Oslo  , "yes" ,\t2016-02-29 23:59 ,"100", 3 \r\n\r\n40,a "b",No ,'
            '"2000-12-31"\t, 5,0\t').encode()
    for lines in (text, text.replace(b'a "b"', b' "a ""b"""\t')):
        found = run([os.path.join(FOLDER, "people")], input=lines).splitlines()
        check(found == exact, f"cells of {lines}: {found}, not {exact}")
    # blanks within quotes are of the cell
    found = run([os.path.join(FOLDER, "people")], input=b'33,Oslo,yes,"2016-02-29 ",100,3\n').splitlines()
    check(len(found) == 1 and found[0].strip(b"-").endswith(b"nan"), f"a date with a blank: {found}")
    good = b"33,Oslo,yes,2016-02-29,100,"
    for end, why in ((b'"3"x', b"text follows"), (b'"3', b"never closed"), (b"3\r" + good + b"3", b"CR without"),
                     (b"0x3", b"no number"), (b"nan(3)", b"no number"), (b"\f3", b"no number"), (b"3\0\n", b"NUL"),
                     (b"3" * (1 << 20), b"too long")):
        done = subprocess.run([os.path.join(FOLDER, "people")], input=good + end + b"\n" + good, capture_output=True)
        check(done.returncode == 2 and why in done.stderr and b"line 1: " in done.stderr,
              f"cell {end[:20]}: exit status {done.returncode}, {done.stderr}")


def check_tables():
    table("people, classes, softmax", "people", tables.people(400, 3), PEOPLE_HOSTILE, "--output", "softmax")
    refuses_to_guess("people", ["33", "Oslo", "yes", "2016-02-29 23:59", "100", "3"],
                     [(0, "inf"), (4, "-inf"), (2, "maybe"), (2, "1"), (3, "2015-02-29"), (3, "0000-01-01"),
                      (3, "2015-13-01"), (3, "2015-12-01 24:00"), (3, "2015-12-01 23:60"), (3, "2015-12"),
                      (3, "2015-12-01 23:59Zx"), (3, "10000-01-01"), (4, "1e308")])
    check_cells()
    table("houses, real target, robust-clip", "houses", tables.houses(400, 4), HOUSES_HOSTILE, "--scale", "robust-clip")
    refuses_to_guess("houses", ["50", "3", "hut", "2000-02-29", "yes"], [(0, "inf"), (1, "-inf"), (4, "tru")])
    table("signals, labels, an array", "signals", tables.signals(300, 5),
          [["", "", ""], ["NaN", "1", "NA"], ["1e300", "-1e300", "0"]], "--scale", "robust-clip")
    table("people, ensemble of 3", "ensemble", tables.people(300, 6), PEOPLE_HOSTILE, "--ensemble", "3")
    table("houses, ensemble, real target", "ensemble-real", tables.houses(300, 7), HOUSES_HOSTILE, "--ensemble", "2")
    for scale in ("none", "minmax", "robust"):
        table(f"people, --scale {scale}", "scales", tables.people(120, 8), PEOPLE_HOSTILE[:3], "--scale", scale,
              "--rate", "1e-6", precisions=("f32",), everywhere=False)


def check_activations():
    made = tables.signals(100, 10)
    for activation in bounds.G:
        if activation != "step":
            hostile = [["", "", ""], ["90", "900", "1"], ["-90", "-900", "-1"]]
            table(f"--activation {activation}", "activation", made, hostile,
                  "--activation", activation, "--initialisation", "he-normal", everywhere=False)
    draw = np.random.default_rng(1)  # step cannot be trained
    peers.write_model(os.path.join(FOLDER, "step.safetensors"),
                      [draw.normal(size=(6, 4)).astype(np.float32), draw.normal(size=(2, 7)).astype(np.float32)])
    rows = draw.normal(size=(200, 3)).tolist()
    write("step.csv", ["a", "b", "c"], rows)
    said = ["--activation", "step", "--output", "linear"]
    build("step", *said, everywhere=True)
    compare("--activation step", "step", "step.csv", [[repr(x) for x in row] for row in rows], "f32", *said,
            "--header", "yes")


HOSTILE_NAMES = ["int", "a*/", "/*", "quo\"te", "??/", "back\\", "new\nline", "Größe", "%s%n", "$N", "", "-1"]


def check_names():
    """Names that would end comments and texts, or be words of the language; and those of classes and levels."""
    names = [name for name in HOSTILE_NAMES if name] + ["kind"]
    rows = [[HOSTILE_NAMES[(i + j) % len(HOSTILE_NAMES)] + "x" for j in range(len(names) - 1)] + [HOSTILE_NAMES[i % 9]]
            for i in range(90)]
    write("names.csv", names, rows)
    clmlp("train", "names.csv", "--hidden", "3", "--model", "names.safetensors", "--target", "kind", *FAST)
    build("names", everywhere=True)
    for upper, name in (("INT", "int"), ("A1", "a1")):
        build("names", "--c-name", name, upper=upper)
    build("names")
    flat = [row[:-1] for row in rows if not any("\n" in cell for cell in row)]  # its main reads a line at a time
    write("names-new.csv", names[:-1], [row[:-1] for row in rows])
    text = clmlp("predict", "names.safetensors", "names-new.csv", "--device", "cpu", "--quiet")
    expected = [row for row, made in zip(list(csv.reader(text.splitlines(keepends=True)))[1:], rows)
                if not any("\n" in cell for cell in made)]
    found = call("names", flat)
    K = len(expected[0]) - 1 if expected else 0
    check(len(expected) == len(found) or not flat, f"hostile names: {len(found)} rows, not {len(expected)}")
    for line, row in zip(found, expected):
        numbers = [float(x) for x in line.split(",")[-K:]]
        # both are floats of a small network: as bounds has it, far below 1e-5
        check(np.allclose(numbers, [float(x) for x in row[1:]], rtol=0, atol=1e-5), f"hostile names: {line}, {row}")
    run([CLMLP, "export", "names.safetensors", "--c", "names2.c", "--c-name", "a-b"], 2)
    check(not os.path.exists(os.path.join(FOLDER, "names2.c")), "a file with a name that was refused")


def check_theta():
    """theta comes back bit by bit: compiled, printed, compared."""
    clmlp("train", os.path.join(DATA, "digits-train.csv.gz"), "--hidden", "25", "--model", "digits.safetensors",
          "--precision", "f64", *FAST)
    for precision in ("f64", "f32"):
        build("digits", "--precision", precision)
        with open(os.path.join(FOLDER, "theta.c"), "w", encoding="utf-8") as file:
            file.write('#include <stdio.h>\n#include "digits.c"\nint main(void)\n{\n    size_t i;\n'
                       "    for (i = 0; i < sizeof model_theta_1_1 / sizeof *model_theta_1_1; i++)"
                       ' printf("%.17g\\n", (double)model_theta_1_1[i]);\n    return 0;\n}\n')
        run([*COMPILERS["gcc"], "theta.c", "-lm", "-o", "theta"])
        found = np.array([float(x) for x in run([os.path.join(FOLDER, "theta")]).split()])
        kind = np.float64 if precision == "f64" else np.float32
        theta = read_model("digits")[1][0][0].astype(kind).astype(np.float64)
        check(np.array_equal(found, theta.ravel()), f"theta in {precision}")


def check_int8():
    rows = [line.split(",") for line in gzip.open(os.path.join(DATA, "digits-test.csv.gz"), "rt").read().split()]
    if not rows[0][0].replace(".", "").isdigit():
        rows = rows[1:]
    test = os.path.join(DATA, "digits-test.csv.gz")
    clmlp("train", os.path.join(DATA, "digits-train.csv.gz"), "--hidden", "25", "--model", "digits.safetensors",
          "--device", "cpu", "--epochs", "20", "--quiet")
    said = build("digits")
    compare("digits", "digits", test, [row[:-1] for row in rows], "f32")
    plain = np.array([line.split(",")[1:] for line in call("digits", [row[:-1] for row in rows])], float)
    short = build("digits", "--int8", "--measure", test, everywhere=True)
    lines = [line.split(",") for line in call("digits", [row[:-1] for row in rows])]
    right = np.mean([line[0] == row[-1] for line, row in zip(lines, rows)])
    difference = np.max(np.abs(np.array([line[1:] for line in lines], float) - plain))
    print(f"digits, int8: {short['metric']} {short['before']:.4f} before, {short['after']:.4f} after, largest "
          f"difference {short['largest_difference']:.3g}; theta {said['theta_bytes']} and {short['theta_bytes']} bytes")
    check(short["metric"] == "accuracy" and short["samples"] == len(rows), f"int8: {short}")
    check(abs(right - short["after"]) < 1.5 / len(rows), f"int8: accuracy {right}, {short['after']} said")
    # both sides round in float: what was said and what the program does differ by that
    check(abs(difference - short["largest_difference"]) < 1e-5, f"int8: difference {difference}, "
          f"{short['largest_difference']} said")
    check(short["largest_difference"] > 1e-5 and short["theta_bytes"] < 0.35 * said["theta_bytes"], f"int8: {short}")
    clmlp("export", "digits.safetensors", "--c", "x.c", "--int8", status=2)
    clmlp("export", "digits.safetensors", "--c", "x.c", "--onnx", "x.onnx", status=2)
    clmlp("export", "digits.safetensors", "--c", "x.c", "--measure", test, status=2)
    clmlp("export", "digits.safetensors", "--onnx", "x.onnx", "--int8", status=2)
    clmlp("export", "digits.safetensors", "--c", "digits.safetensors", status=2)
    check(not os.path.exists(os.path.join(FOLDER, "x.c")), "a file of a line that was refused")


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    os.makedirs(FOLDER)
    find_compilers()
    check_tables()
    check_activations()
    check_names()
    check_theta()
    check_int8()
    if failures:
        print(f"{len(failures)} failed")
        sys.exit(1)
    print("all within their bounds, taken by", ", ".join(COMPILERS))


if __name__ == "__main__":
    main()
