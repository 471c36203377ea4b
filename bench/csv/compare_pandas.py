"""How fast are numeric CSV files read, beside pandas.read_csv (C engine, default options)?

    python compare_pandas.py READ_CSV [--megabytes 200] [--repeats 5] [--folder DIR]

READ_CSV is the program that the target read_csv builds. The two readers take turns on the same file in the same
run, after one reading of each that is not counted (it fills the page cache); both time the reading alone, not the
start of their process. Printed: the median of each, its spread, and the ratio.
"""
import argparse
import pathlib
import statistics
import subprocess
import tempfile
import time

import numpy as np
import pandas as pd

VARIANTS = {"17 digits": "%.17g", "6 digits": "%.6g", "integers": "%d"}


def make(path, form, megabytes, columns=100):
    random = np.random.default_rng(1)
    with open(path, "w") as out:
        out.write(",".join(f"x{j}" for j in range(columns)) + "\n")
        while out.tell() < megabytes * 1e6:
            block = random.integers(0, 256, (2000, columns)) if form == "%d" else random.normal(size=(2000, columns))
            np.savetxt(out, block, fmt=form, delimiter=",")


def time_pandas(path):
    start = time.perf_counter()
    frame = pd.read_csv(path)
    seconds = time.perf_counter() - start
    return frame.shape, seconds


def time_ours(program, path):
    m, n, seconds = subprocess.run([program, path, "none"], check=True, capture_output=True, text=True).stdout.split()
    return (int(m), int(n)), float(seconds)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("--megabytes", type=float, default=200)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--folder", default=tempfile.gettempdir())
    arguments = parser.parse_args()
    for name, form in VARIANTS.items():
        path = pathlib.Path(arguments.folder) / f"compare_pandas_{name.replace(' ', '_')}.csv"
        make(path, form, arguments.megabytes)
        size = path.stat().st_size / 1e6
        assert time_pandas(path)[0] == time_ours(arguments.program, path)[0], "the readers disagree about the shape"
        times = {"clmlp": [], "pandas": []}
        for _ in range(arguments.repeats):
            times["clmlp"].append(time_ours(arguments.program, path)[1])
            times["pandas"].append(time_pandas(path)[1])
        path.unlink()
        medians = {reader: statistics.median(seconds) for reader, seconds in times.items()}
        for reader, seconds in times.items():
            print(f"{name:10} {reader:7} median {medians[reader]:.3f} s  ({min(seconds):.3f} to {max(seconds):.3f})  "
                  f"{size / medians[reader]:.0f} MB/s")
        print(f"{name:10} pandas / clmlp {medians['pandas'] / medians['clmlp']:.2f}\n")


if __name__ == "__main__":
    main()
