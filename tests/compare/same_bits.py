#!/usr/bin/env python3
"""Train 24 networks with two builds of clmlp on this machine, and compare every tensor of their models to the byte.

    same_bits.py [OLD [NEW]]

OLD and NEW are programs, or commits to build from this repository (with `git archive`, in the scratch folder). Without
them: the last commit before the house was rebuilt, and build/ci/clmlp.

Names, types, shapes and bytes of the tensors have to be equal; the metadata beside them may differ. Rows marked "known"
may differ, for the reason that is printed with them, and are counted by themselves. Nothing but Python, CMake and what
clmlp needs. Exit status: 0 all rows equal; 1 not; 2 bad usage, or a build that failed.
"""
import argparse
import array
import json
import os
import pathlib
import random
import struct
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BEFORE = "8b5c2c6"
FMA = "GPU family, f32: the host now says -D CLMLP_FMA where the device has CL_FP_FMA; an fma rounds once, not twice"
THREADS = "CPU path, products that OpenBLAS shared among threads: now on one, so that their number changes no bits"
PARTS = "CPU path, a product above 2^24 multiply-adds: cut into parts by its shape alone, each with BLAS on one thread"


# --- the networks ----------------------------------------------------------------------------------------------

def network(engine, precision, data, options, known=None, streamed=False, blas_threads=None, **environment):
    """options: those of clmlp train that make the row what it is. environment: FAMILY=x is CLMLP_NATIVE_FAMILY=x."""
    variables = {f"CLMLP_NATIVE_{name}": value for name, value in environment.items()}
    if blas_threads:
        variables["OPENBLAS_NUM_THREADS"] = str(blas_threads)
    return {"engine": engine, "precision": precision, "data": data, "options": options.split(), "known": known,
            "streamed": streamed, "environment": variables}


NETWORKS = [
    network("cpu", "f32", "digits", "--hidden 25 --batch 32 --lambda 0.1 --epochs 10"),
    network("cpu", "f64", "digits", "--hidden 25 --batch full --epochs 20", blas_threads=1),
    network("cpu", "f32", "digits", "--hidden 40,31 --batch 64 --lambda 1 --activation tanh --output softmax"
            " --epochs 5"),
    network("cpu", "f64", "reals", "--hidden 33 --batch 50 --rate 0.01 --activation relu --output linear --epochs 5"),
    network("cpu", "f32", "labels", "--hidden= --batch 300 --epochs 10"),
    network("cpu", "f64", "sparse", "--hidden 20 --batch 33 --rate 0.1 --activation relu --output softmax --epochs 3",
            streamed=True),
    network("native", "f32", "digits", "--hidden 25 --batch 32 --lambda 0.1 --epochs 10", FAMILY="cpu", STEPS="always"),
    network("native", "f32", "digits", "--hidden 25 --batch 32 --lambda 0.1 --epochs 10", FAMILY="cpu", STEPS="never"),
    network("native", "f64", "digits", "--hidden 64,33 --batch 100 --rate 0.1 --activation relu --output softmax"
            " --epochs 5", FAMILY="cpu", STEPS="always"),
    network("native", "f64", "digits", "--hidden 64,33 --batch 100 --rate 0.1 --activation relu --output softmax"
            " --epochs 5", FAMILY="cpu", STEPS="never"),
    network("native", "f32", "digits", "--hidden 31 --batch full --activation tanh --output softmax --epochs 20",
            FAMILY="cpu"),
    network("native", "f32", "sparse", "--hidden 257 --batch 128 --epochs 3", FAMILY="cpu", SPARSE="always"),
    network("native", "f32", "sparse", "--hidden 257 --batch 128 --epochs 3", FAMILY="cpu", SPARSE="never"),
    network("native", "f64", "sparse", "--hidden 65 --batch 64 --activation tanh --output softmax --epochs 3",
            streamed=True, FAMILY="cpu"),
    network("native", "f32", "reals", "--hidden 33,17,9 --batch 1 --rate 0.01 --activation tanh --output linear"
            " --epochs 2", FAMILY="cpu"),
    network("native", "f32", "labels", "--hidden 32 --batch 65 --lambda 0.5 --epochs 5", streamed=True, FAMILY="cpu"),
    network("native", "f64", "labels", "--hidden= --batch full --lambda 2 --epochs 20", FAMILY="cpu"),
    network("native", "f64", "digits", "--hidden 25 --batch 32 --lambda 0.1 --epochs 5", FAMILY="gpu"),
    network("native", "f64", "sparse", "--hidden 65 --batch 64 --activation tanh --output softmax --epochs 3",
            streamed=True, FAMILY="gpu"),
    network("native", "f64", "reals", "--hidden 33 --batch full --rate 0.01 --activation linear --output linear"
            " --epochs 10", FAMILY="gpu"),
    network("clblast", "f32", "digits", "--hidden 25 --batch 32 --lambda 0.1 --epochs 5"),
    network("clblast", "f64", "digits", "--hidden 31 --batch full --activation tanh --output softmax --epochs 10"),
    network("clblast", "f32", "reals", "--hidden 33 --batch 50 --rate 0.01 --activation relu --output linear"
            " --epochs 5", streamed=True),
    network("clblast", "f64", "sparse", "--hidden 65,32 --batch 64 --rate 0.1 --activation relu --epochs 2"),
    network("native", "f32", "digits", "--hidden 25 --batch 32 --lambda 0.1 --epochs 5", known=FMA, FAMILY="gpu"),
    network("native", "f32", "sparse", "--hidden 65 --batch full --activation tanh --output softmax --epochs 5",
            known=FMA, FAMILY="gpu"),
    network("cpu", "f64", "digits", "--hidden 25 --batch full --epochs 20", known=THREADS, blas_threads=2),
    network("cpu", "f32", "sparse", "--hidden 257 --batch full --activation tanh --output softmax --epochs 5",
            known=PARTS),
]


# --- the data --------------------------------------------------------------------------------------------------

def write_npy(path, columns, values):
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({len(values) // columns}, {columns}), }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    numbers = array.array("f", values)
    if sys.byteorder == "big":
        numbers.byteswap()
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + numbers.tobytes())


def write_data(folder):
    """{name: what clmlp train takes}. sparse: 4 of 5 features are 0; labels: several classes at once; reals: real
    targets."""
    chance, found = random.Random(1), {"digits": [str(ROOT / "tests/data/digits-train.csv.gz")]}
    for name, m, n, K in (("sparse", 2011, 160, 1), ("labels", 2999, 37, 5), ("reals", 1601, 19, 3)):
        x = [chance.random() if name != "sparse" or chance.random() < 0.2 else 0.0 for _ in range(m * n)]
        target = {"sparse": lambda: chance.randrange(10), "labels": lambda: chance.randrange(2),
                  "reals": lambda: chance.gauss(0, 1)}[name]
        files = [folder / f"{name}-{part}.npy" for part in "xy"]
        write_npy(files[0], n, x)
        write_npy(files[1], K, [target() for _ in range(m * K)])
        found[name] = [str(files[0]), "--labels", str(files[1]), "--scale", "none"]
    return found


# --- the programs ----------------------------------------------------------------------------------------------

def fail(text):
    print(f"same_bits.py: {text}", file=sys.stderr)
    sys.exit(2)


def program_of(name, folder, jobs):
    """A program as it is; a commit is built."""
    if os.path.isfile(name) and os.access(name, os.X_OK):
        return os.path.abspath(name)
    try:
        commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "--verify", "--quiet", name + "^{commit}"], text=True,
                                capture_output=True, check=False).stdout.strip()
    except FileNotFoundError:  # a release, on a machine without git
        commit = ""
    if not commit:
        fail(f"{name}: neither a program nor a commit")
    source = folder / f"source-{commit[:12]}"
    program = source / "build" / "clmlp"
    print(f"building {name} in {source}", file=sys.stderr)
    source.mkdir(exist_ok=True)
    with subprocess.Popen(["git", "-C", ROOT, "archive", commit], stdout=subprocess.PIPE) as archive:
        unpacked = subprocess.run(["tar", "-x", "-C", source], stdin=archive.stdout, check=False).returncode
    lines = [["cmake", "-S", source, "-B", source / "build", "-DCMAKE_BUILD_TYPE=Release", "-DBUILD_TESTING=OFF"],
             ["cmake", "--build", source / "build", "--parallel", str(jobs)]]
    for line in lines if archive.returncode == 0 and unpacked == 0 else [["false"]]:
        done = subprocess.run(line, text=True, capture_output=True, check=False)
        if done.returncode != 0:
            fail(f"building {name} failed:\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
    return str(program)


def memory_to_stream(ask, row):
    """A cap that holds the network and some batches, but not the data: three quarters of what the whole run took."""
    return str(ask(row, [])["device_memory"] * 3 // 4)


class Build:
    """A program with a folder for its cache and models."""

    def __init__(self, program, folder, device, tiles, data):
        self.program, self.folder, self.device, self.tiles, self.data = program, folder, device, tiles, data
        folder.mkdir(exist_ok=True)
        text = subprocess.run([program, "train", "--help"], text=True, capture_output=True, check=False).stdout
        self.scales_targets = "--target-scale" in text

    def train(self, row, more):
        where = ["cpu"] if row["engine"] == "cpu" else [self.device, "--engine", row["engine"]]
        if self.scales_targets and "--output linear" in " ".join(row["options"]):
            more = [*more, "--target-scale", "none"]  # what there was before this option
        line = [self.program, "train", *self.data[row["data"]], *row["options"], "--precision", row["precision"],
                "--device", *where, *more, "--model", self.model(), "--json", "--quiet"]
        variables = {name: value for name, value in os.environ.items() if not name.startswith("CLMLP_")}
        variables.update(row["environment"], CLMLP_CACHE_DIR=str(self.folder / "cache"))
        if self.tiles and row["environment"].get("CLMLP_NATIVE_FAMILY") == "cpu":
            variables["CLMLP_NATIVE_TILES"] = self.tiles
        done = subprocess.run(line, env=variables, text=True, capture_output=True, check=False)
        if done.returncode != 0:
            raise ValueError(f"exit status {done.returncode}: {done.stderr.strip()[-500:]}")
        return json.loads(done.stdout)

    def model(self):
        return str(self.folder / "model.safetensors")


# --- comparing -------------------------------------------------------------------------------------------------

def read_tensors(path):
    """{name: (type, shape, bytes)}"""
    content = pathlib.Path(path).read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8:8 + length])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        tensors[name] = (entry["dtype"], tuple(entry["shape"]), content[8 + length + begin:8 + length + end])
    return tensors


def numbers_of(kind, content):
    return [x for (x,) in struct.iter_unpack({"F32": "<f", "F64": "<d"}[kind], content)]


def differences(old, new):
    """What is not equal, in words; empty: nothing."""
    if {name: tensor[:2] for name, tensor in old.items()} != {name: tensor[:2] for name, tensor in new.items()}:
        return "names, types or shapes of the tensors"
    unequal = [name for name in old if old[name][2] != new[name][2]]
    if not unequal:
        return ""
    kind = old[unequal[0]][0]
    pairs = [pair for name in unequal for pair in zip(numbers_of(kind, old[name][2]), numbers_of(kind, new[name][2]))]
    largest = max(abs(a - b) for a, b in pairs)
    return f"{', '.join(unequal)}: {sum(a != b for a, b in pairs)} of {len(pairs)} numbers, by up to {largest:.2g}"


def compare(row, old, new):
    """Whether a network could be trained by both, and what is not equal."""
    try:
        more = ["--device-memory", memory_to_stream(old.train, row)] if row["streamed"] else []
        answers = [build.train(row, more) for build in (old, new)]
        tensors = [read_tensors(build.model()) for build in (old, new)]
    except (ValueError, OSError, KeyError, struct.error) as error:
        return False, str(error)
    if any(answer["streamed"] != row["streamed"] for answer in answers):
        return False, "was to be streamed, and was not" if row["streamed"] else "was streamed, and was not to be"
    if not tensors[0]:
        return False, "no tensors"
    return True, differences(*tensors)


def describe(row):
    shown = [part.removeprefix("--") for part in row["options"]]
    variables = [f"{name.removeprefix('CLMLP_NATIVE_').replace('OPENBLAS_NUM_', 'BLAS ').lower()} {value}"
                 for name, value in row["environment"].items()]
    return " ".join([f"{row['engine']:7} {row['precision']} {row['data']:6}", *variables,
                     *["streamed"] * row["streamed"], *shown])


def report(rows, old, new):
    """Prints the table; returns how many rows are not as they should be."""
    counts = {"same": 0, "DIFFERENT": 0, "known": 0, "known, same": 0}
    for number, row in enumerate(rows, 1):
        trained, different = compare(row, old, new)
        if not trained or (different and not row["known"]):
            verdict = "DIFFERENT"
        elif row["known"]:
            verdict = "known" if different else "known, same"
        else:
            verdict = "same"
        counts[verdict] += 1
        print(f"{number:2}  {verdict:11}  {describe(row)}", flush=True)
        if different:
            print(f"    {different}")
        if row["known"]:
            print(f"    {row['known']}", flush=True)
    known = counts["known"] + counts["known, same"]
    print(f"\n{counts['same']} networks with the same bits, {counts['DIFFERENT']} without; {known} more of the kinds "
          f"that are known to differ, of which {counts['known']} did")
    return counts["DIFFERENT"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", nargs="?", default=BEFORE, metavar="OLD")
    parser.add_argument("new", nargs="?", default=str(ROOT / "build/ci/clmlp"), metavar="NEW")
    parser.add_argument("--device", default="opencl", help="OpenCL device of the engines native and clblast")
    parser.add_argument("--tiles", help="of native's CPU family, such as 4x2x4/8 (default: what the device takes)")
    parser.add_argument("--only", default="", help="the rows that say this")
    parser.add_argument("--jobs", type=int, default=2, help="processes of a build")
    parser.add_argument("--keep", type=pathlib.Path, help="folder to work in, and to leave")
    o = parser.parse_args()
    rows = [row for row in NETWORKS if o.only in describe(row)]
    if not rows:
        fail(f"no row says '{o.only}'")
    with tempfile.TemporaryDirectory() as temporary:
        folder = o.keep or pathlib.Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        data = write_data(folder)
        old, new = (Build(program_of(name, folder, o.jobs), folder / role, o.device, o.tiles, data)
                    for name, role in ((o.old, "old"), (o.new, "new")))
        return 1 if report(rows, old, new) else 0


if __name__ == "__main__":
    sys.exit(main())
