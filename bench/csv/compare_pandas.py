"""How fast are text files read, beside pandas.read_csv (C engine)? Is the result the same? What memory does it take?

    python compare_pandas.py READ_CSV [--megabytes 100] [--rounds 7] [--folder DIR] [--only TEXT] [--json FILE]

READ_CSV is the program that the target read_csv builds. The readers take turns on the same file, each in a process of
its own, after one reading of each that is not counted (it fills the page cache). Times are of the reading alone, not of
the start of the process. For pandas:

    pandas           the defaults: numbers are not rounded exactly, texts are objects
    pandas, exact    float_precision="round_trip": the numbers that clmlp has
    pandas, codes    dtype "category" for the texts, as clmlp keeps them

Printed are medians and the median of the ratios of each round. CPU time says more where a machine is busy. Memory is
the peak of the whole process (VmHWM). The results are compared first: numbers to the bit with pandas, exact; texts by
their place among the sorted texts of the column.
"""
import argparse
import json
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import pandas as pd

import tables

PANDAS = {"pandas": {}, "pandas, exact": {"float_precision": "round_trip"}, "pandas, codes": {"dtype": "category"}}


def read_with_pandas(path, options):
    """In a process of its own: m, columns, seconds, CPU seconds, peak KiB."""
    keywords = json.loads(options)
    if keywords.pop("dtype", None):
        names = pd.read_csv(path, nrows=0).columns
        keywords["dtype"] = {name: "category" for name in names if name.startswith("c")}
    start, cpu = time.perf_counter(), time.process_time()
    frame = pd.read_csv(path, **keywords)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    status = pathlib.Path("/proc/self/status").read_text()
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))
    print(*frame.shape, seconds, cpu, peak)


def check(program, path):
    """The rows of both readers, bit by bit."""
    frame = pd.read_csv(path, float_precision="round_trip")
    features = []
    for name in frame.columns:
        column = frame[name]
        if column.dtype == object:
            levels = sorted(column.unique(), key=str.encode)
            codes = pd.Categorical(column, categories=levels).codes
            features += [(codes == k).astype(float) for k in range(len(levels))]
        else:
            features.append(column.to_numpy(dtype=float))
    width, row = len(features), 0
    child = subprocess.Popen([program, path, "none", "--rows"], stdout=subprocess.PIPE)
    while block := child.stdout.read(10000 * width * 8):
        got = np.frombuffer(block, dtype="<u8").reshape(-1, width)
        expected = np.stack([f[row:row + len(got)] for f in features], axis=1)
        if not np.array_equal(got, np.ascontiguousarray(expected).view("<u8")):
            sys.exit(f"{path}: the results differ in rows {row + 1} to {row + len(got)}")
        row += len(got)
    if child.wait() != 0 or row != len(frame):
        sys.exit(f"{path}: clmlp has {row} rows, pandas {len(frame)}")
    return row


def measure(commands, rounds):
    """{reader: [(seconds, CPU seconds, KiB)]}, the readers in turn."""
    samples = {reader: [] for reader in commands}
    for number in range(rounds + 1):
        for reader, command in commands.items():
            fields = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
            if number > 0:
                samples[reader].append((float(fields[2]), float(fields[3]), int(fields[4])))
    return samples


def report(name, samples, megabytes, limit):
    rows = []
    for reader, list_of in samples.items():
        seconds, cpu, memory = (statistics.median(sample[k] for sample in list_of) for k in range(3))
        ratios = [statistics.median(other[k] / ours[k] for other, ours in zip(list_of, samples["clmlp"]))
                  for k in range(2)]
        rows.append({"table": name, "reader": reader, "seconds": seconds, "cpu": cpu, "mb_per_s": megabytes / seconds,
                     "peak_mb": memory * 1024 / 1e6, "ratio_seconds": ratios[0], "ratio_cpu": ratios[1]})
        print(f"| {name} | {reader} | {seconds:.3f} | {cpu:.3f} | {ratios[0]:.2f} | {ratios[1]:.2f} | "
              f"{memory * 1024 / 1e6:.0f} | {limit if reader == 'clmlp' else ''} |", flush=True)
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("--megabytes", type=float, default=100)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--folder", default=tempfile.gettempdir())
    parser.add_argument("--only", default="")
    parser.add_argument("--json")
    arguments = parser.parse_args()
    results = {"pandas": pd.__version__, "numpy": np.__version__, "python": platform.python_version(), "rows": []}
    print("| table | reader | s | CPU s | × clmlp | × CPU | peak MB | limit MB |\n|---|---|---|---|---|---|---|---|")
    for name in tables.VARIANTS:
        if arguments.only not in name:
            continue
        suffix = ".csv.gz" if tables.VARIANTS[name][-1] else ".csv"
        plain = name.replace(", ", "_").replace(" ", "_")
        path = str(pathlib.Path(arguments.folder) / f"compare_pandas_{plain}{suffix}")
        numeric, categorical = tables.make(path, name, arguments.megabytes)
        try:
            m = check(arguments.program, path)
            commands = {"clmlp": [arguments.program, path, "none"]}
            for reader, options in PANDAS.items():
                if categorical > 0 or "dtype" not in options:
                    commands[reader] = [sys.executable, __file__, "--worker", path, json.dumps(options)]
            limit = round((2 * m * (8 * numeric + categorical) + 50e6) / 1e6)
            results["rows"] += report(name, measure(commands, arguments.rounds), arguments.megabytes, limit)
        finally:
            pathlib.Path(path).unlink()
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--worker"]:
        read_with_pandas(*sys.argv[2:])
    else:
        main()
