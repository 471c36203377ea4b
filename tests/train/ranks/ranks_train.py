#!/usr/bin/env python3
"""Trainings of several processes against those of one, by the program.

    ranks_train.py CLMLP MPIRUN FOLDER DEVICE [whole]

Numbers here are small multiples of powers of two, so that every sum is exact in f64: whatever the order of sums,
several processes must get the bits of one. What is not exact (real digits, f32) must get equal bits in every run, and
keeps the rest of what is promised: one file of each kind, one voice, stops that all take at the same step. The whole
has each exact training with 2, 3 and 4 processes. Else it is one of these, another for each MPI and DEVICE.
"""
import json
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
from launched import FOLDER, IS_OPENMPI, begin, check, end, run, said, start  # noqa: E402

DEVICE = sys.argv[4]
WHOLE = sys.argv[5:] == ["whole"]
DATA = pathlib.Path(__file__).resolve().parents[3] / ".." / "shared" / "data"


def write_npy(name, rows):
    header = "{'descr': '<f8', 'fortran_order': False, 'shape': (%d, %d), }" % (len(rows), len(rows[0]))
    header += " " * (-(len(header) + 11) % 64) + "\n"
    with open(FOLDER / name, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
        for row in rows:
            file.write(struct.pack("<%dd" % len(row), *row))


def write_model(name, tensors):
    """Tensors without metadata: {name: rows}, or a list for a bias."""
    header, body = {}, b""
    for key, values in tensors.items():
        shape = [len(values), len(values[0])] if isinstance(values[0], list) else [len(values)]
        flat = [v for row in values for v in row] if len(shape) == 2 else values
        raw = struct.pack("<%dd" % len(flat), *flat)
        header[key] = {"dtype": "F64", "shape": shape, "data_offsets": [len(body), len(body) + len(raw)]}
        body += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    (FOLDER / name).write_bytes(struct.pack("<Q", len(text)) + text + body)


def tensors(name):
    """{name: bytes} of a model file."""
    raw = (FOLDER / name).read_bytes()
    length = struct.unpack("<Q", raw[:8])[0]
    header = json.loads(raw[8:8 + length])
    header.pop("__metadata__", None)
    return {key: raw[8 + length + value["data_offsets"][0]:8 + length + value["data_offsets"][1]]
            for key, value in header.items()}


class Draws:
    """The same small whole numbers every time."""
    def __init__(self, seed):
        self.state = seed

    def next(self, low, high):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return low + (self.state >> 33) % (high - low + 1)

    def rows(self, m, n, low, high, scale=1.0):
        return [[scale * self.next(low, high) for _ in range(n)] for _ in range(m)]


COMMON = ["--scale", "none", "--precision", "f64", "--device", DEVICE]
# name, examples, layers, options: every batch is a power of two of examples, and the rate one of 2
EXACT = [
    ("linear", 96, [5, 3], ["--batch", 32, "--epochs", 1]),
    ("short last batch", 72, [5, 3], ["--batch", 32, "--epochs", 1]),
    ("one row of a batch", 33, [3, 2], ["--batch", 32, "--epochs", 1]),
    ("full batch", 64, [5, 3], ["--batch", "full", "--epochs", 2]),
    ("lambda", 64, [5, 3], ["--batch", 32, "--lambda", 8, "--epochs", 1]),
    ("hidden", 32, [4, 3, 2], ["--batch", 16, "--epochs", 1]),
    ("two hidden", 32, [4, 3, 5, 2], ["--batch", "full", "--epochs", 1]),
    ("dropout", 32, [4, 9, 2], ["--batch", 16, "--epochs", 1, "--dropout", 0.5]),
    ("momentum", 64, [5, 3], ["--batch", 32, "--epochs", 1, "--optimizer", "momentum", "--momentum", 0.5]),
    ("streamed", 2048, [40, 3], ["--batch", 512, "--epochs", 1, "--rate", 1, "--device-memory", "900K"]),
]


def prepare(case):
    name, m, layers, options = case
    draws = Draws(len(name) + m)
    largest = 1 if "--rate" in options else 2  # numbers get longer with each step
    write_npy("x.npy", draws.rows(m, layers[0], -largest, largest))
    write_npy("y.npy", draws.rows(m, layers[-1], -4, 4))
    theta = {}
    for l in range(len(layers) - 1):
        theta["%d.weight" % (2 * l)] = draws.rows(layers[l + 1], layers[l], -2, 2, 0.5)
        theta["%d.bias" % (2 * l)] = [0.5 * draws.next(-2, 2) for _ in range(layers[l + 1])]
    write_model("start.safetensors", theta)
    words = ["train", "x.npy", "--labels", "y.npy", "--init", "start.safetensors", "--activation", "relu", "--output",
             "linear", "--target-scale", "none", *COMMON, *options]
    return words if "--rate" in options else [*words, "--rate", 0.125]


def same_history(m):
    """All but seconds. Squares of exact numbers may be longer than a double; sums of m numbers >= 0 in two orders are
    apart by 2 m u of them at most."""
    one, more = ([json.loads(line) for line in (FOLDER / name).read_text().splitlines()]
                 for name in ("one.jsonl", "more.jsonl"))
    for a, b in zip(one, more, strict=True):
        same = {k: v for k, v in a.items() if k not in ("seconds", "cost")}
        if same != {k: v for k, v in b.items() if k not in ("seconds", "cost")}:
            return False
        if not abs(a["cost"] - b["cost"]) <= 2 * m * 2**-53 * a["cost"]:
            return False
    return True


def exact():
    turn = IS_OPENMPI + 2 * (DEVICE == "opencl")
    for i, case in enumerate(EXACT):
        words = prepare(case)
        code, out, error = run(0, *words, "--model", "one.safetensors", "--history", "one.jsonl", "--overwrite",
                               "--json")
        check(code == 0, "%s: one process trains%s" % (case[0], "" if code == 0 else ": " + error))
        if case[0] == "streamed":
            check(code == 0 and json.loads(out)["streamed"], "streamed: it is")
        for ranks in (2, 3, 4) if WHOLE else (2 + (i + turn) % 3,):
            code, _, error = run(ranks, *words, "--model", "more.safetensors", "--history", "more.jsonl", "--overwrite")
            same = code == 0 and tensors("one.safetensors") == tensors("more.safetensors")
            check(same, "%s: %d processes get the bits of one%s" % (case[0], ranks, "" if same else ": " + error))
            check(same and same_history(case[1]), "%s: and its history" % case[0])


def doubles(raw):
    return struct.unpack("<%dd" % (len(raw) // 8), raw)


def local_steps():
    """Two ranks that meet at the end of an epoch: the mean of what each trains alone on its half of every batch."""
    words = prepare(("local", 64, [5, 3], ["--batch", 16, "--epochs", 1, "--no-shuffle"]))
    draws = Draws(len("local") + 64)
    x, y = draws.rows(64, 5, -2, 2), draws.rows(64, 3, -4, 4)
    code, _, error = run(2, *words, "--local-steps", 1000, "--model", "met.safetensors", "--overwrite")
    check(code == 0, "local steps: two ranks train" + ("" if code == 0 else ": " + error))
    halves = []
    for rank in (0, 1):
        own = [row for row in range(64) if row % 16 // 8 == rank]
        write_npy("x.npy", [x[row] for row in own])
        write_npy("y.npy", [y[row] for row in own])
        alone = [8 if word == 16 else word for word in words]
        code, _, error = run(0, *alone, "--model", "alone.safetensors", "--overwrite")
        check(code == 0, "local steps: one trains alone" + ("" if code == 0 else ": " + error))
        halves.append(tensors("alone.safetensors"))
    met = tensors("met.safetensors")
    same = all(list(doubles(met[name])) == [(a + b) / 2 for a, b in zip(doubles(halves[0][name]),
                                                                       doubles(halves[1][name]))] for name in met)
    check(same, "local steps: theta is the mean of both")
    words = prepare(EXACT[0])
    run(0, *words, "--model", "one.safetensors", "--overwrite")
    code, _, _ = run(2, *words, "--local-steps", 1, "--model", "met.safetensors", "--overwrite")
    check(code == 0 and tensors("met.safetensors") == tensors("one.safetensors"), "local steps: 1 is gradient descent")


DIGITS = ["train", DATA / "mnist1k-test-images-idx3-ubyte.gz", "--labels", DATA / "mnist1k-test-labels-idx1-ubyte.gz",
          "--device", DEVICE, "--batch", 100, "--hidden", 30]


def repeated():
    """Real numbers: the same bits in five runs, one result on standard output."""
    seen = set()
    for way in (None, None, None, "no", "no"):  # of one host: in shared memory, else by messages
        more = {} if way is None else {"CLMLP_SHARED_SUMS": way}
        code, out, error = run(2, *DIGITS, "--epochs", 2, "--model", "r.safetensors", "--overwrite", "--json", **more)
        check(code == 0 and len(out.splitlines()) >= 1 and isinstance(json.loads(out), dict),
              "digits: one JSON object" + ("" if code == 0 else ": " + error))
        seen.add((FOLDER / "r.safetensors").read_bytes())
    check(len(seen) == 1, "digits: two processes give the same bits in five runs")


def shortened():
    """Gradients in 16 bits: the same bits in each run, half the bytes, and a cost that is near."""
    costs, sizes, seen = [], [], set()
    for how in ("whole", "bf16", "bf16"):
        code, out, error = run(2, *DIGITS, "--epochs", 5, "--gradients", how, "--model", "g.safetensors", "--overwrite",
                               "--json")
        check(code == 0, "gradients %s: two processes train%s" % (how, "" if code == 0 else ": " + error))
        result = json.loads(out)
        costs.append(result["cost"])
        sizes.append(result["ranks"]["exchange_bytes"])
        if how == "bf16":
            seen.add((FOLDER / "g.safetensors").read_bytes())
    check(len(seen) == 1, "gradients bf16: the same bits in two runs")
    check(0.5 <= sizes[1] / sizes[0] < 0.6, "gradients bf16: half the bytes: %g" % (sizes[1] / sizes[0]))
    # rounding of 2^-9 of each sum and each part; what it does to 50 steps is far below a hundredth
    check(abs(costs[1] / costs[0] - 1) < 0.01, "gradients bf16: the cost is near: %g and %g" % (costs[0], costs[1]))
    code, _, error = run(2, *DIGITS, "--gradients", "bf16", "--precision", "f64", "--model", "g.safetensors",
                         "--overwrite")
    check(code == 2 and "f64" in error, "gradients bf16: not with f64")


def resumed():
    """A checkpoint of two processes goes on with another number of them, and with two to the same bits."""
    whole = [*DIGITS, "--epochs", 4, "--optimizer", "adam", "--rate", 0.002]
    code, _, error = run(2, *whole, "--model", "whole.safetensors", "--overwrite")
    check(code == 0, "resume: the whole training" + ("" if code == 0 else ": " + error))
    half = [*DIGITS, "--epochs", 2, "--optimizer", "adam", "--rate", 0.002]
    code, _, error = run(2, *half, "--shares", "1,1", "--model", "half.safetensors", "--checkpoint", "c.safetensors",
                         "--overwrite")
    check(code == 0, "resume: its half" + ("" if code == 0 else ": " + error))
    shutil.copy(FOLDER / "c.safetensors", FOLDER / "half.check")  # a resume goes on writing c.safetensors
    for ranks in (2, 1, 3):
        (FOLDER / "on.safetensors").unlink(missing_ok=True)
        code, out, error = run(ranks, *whole, "--resume", "half.check", "--model", "on.safetensors", "--json")
        check(code == 0, "resume: goes on with %d processes%s" % (ranks, "" if code == 0 else ": " + error))
        if ranks > 1 and code == 0:  # what was sent belongs to the half that was trained here
            found = json.loads(out)
            check(found["ranks"]["part_steps"] * 2 == found["steps"], "resume: steps of this part")
        if ranks == 2:
            check(tensors("on.safetensors") == tensors("whole.safetensors"), "resume: to the bits of the whole")


def stopped():
    """SIGINT to one rank stops all at the same step, and the model is saved."""
    process = start(2, *DIGITS, "--epochs", 100000, "--model", "stop.safetensors", "--overwrite", "--checkpoint",
                    "stop.check", "--checkpoint-every", 1)
    until = time.time() + 60
    while time.time() < until and not (FOLDER / "stop.check").exists():
        time.sleep(0.05)
    found = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True).stdout.split()
    children = [int(pid) for pid in found]
    if not any(name_of(pid) == "clmlp" for pid in children):
        children = [int(pid) for child in children for pid in subprocess.run(
            ["pgrep", "-P", str(child)], capture_output=True, text=True).stdout.split()]
    children = [pid for pid in children if name_of(pid).startswith("clmlp")]
    check(len(children) == 2, "stop: two processes are found")
    if children:
        os.kill(children[-1], signal.SIGINT)
    out, error = process.communicate(timeout=60)
    check(process.returncode not in (0, None) and (FOLDER / "stop.safetensors").exists(),
          "stop: all stop, and the model is there: exit status %s" % process.returncode)
    check(error.count("interrupted") >= 1, "stop: it is said: " + error[-300:])


def name_of(pid):
    try:
        return pathlib.Path("/proc/%d/comm" % pid).read_text().strip()
    except OSError:
        return ""


def refused():
    code, out, error = run(2, "train", "nowhere.csv")
    lines = [line for line in error.splitlines() if line.startswith("clmlp")]
    check(code != 0 and len(lines) == 1 and "nowhere.csv" in lines[0], "a missing file is said once: %r" % lines)
    code, out, error = run(2, "train", "--no-such-option")
    lines = [line for line in error.splitlines() if line.startswith("clmlp")]
    check(code != 0 and len(lines) == 1, "a wrong option is said once: %r" % lines)
    words = prepare(EXACT[0])
    code, out, error = run(2, *words, "--shares", "1,2,3", "--model", "w.safetensors", "--overwrite")
    check(code != 0 and "3 weights" in error, "three weights for two processes are refused")
    code, out, error = run(2, *words, "--shares", "3,1", "--model", "w.safetensors", "--overwrite")
    code0, _, _ = run(0, *words, "--model", "one.safetensors", "--overwrite")
    check(code == code0 == 0 and tensors("w.safetensors") == tensors("one.safetensors"), "shares 3,1: the bits of one")


def main():
    begin()
    exact()
    local_steps()
    refused()
    if (DATA / "mnist1k-test-images-idx3-ubyte.gz").exists():
        repeated()
        shortened()
        resumed()
        stopped()
    else:
        print("left out: ../shared/data has the digits, and is not there")
    end()


main()
